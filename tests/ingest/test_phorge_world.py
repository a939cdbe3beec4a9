"""Whatever people do at a Phorge, a reader finds out, run by run, on good and on bad days."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.client import ClientError
from ingest.demo.trackers.phorge import COLUMN, PRIORITY, STATUS, Phorge
from ingest.demo.trackers.phorge.conduit import Release
from ingest.demo.trackers.phorge.model import CLAIMING, PRIORITIES
from tests.ingest.faulty import Faulty, Killed, faults, while_it_lasts
from tests.ingest.ledger import BEGIN, PEOPLE, Act, Did, acts, perform, perform_stepwise
from tests.ingest.phorge_reader import SWEPT, Counting, Held, Reader, later, read

RELEASES: tuple[Release, ...] = ("master", "stable", "2024.35")
Told = tuple[datetime, str, str, str, str | None, str | None]


def desk(release: Release = "master") -> Phorge:
    return Phorge(now=BEGIN, release=release)


# --- What is told is what was done ------------------------------------------------------------------


class Expected:
    """What Phorge makes of acts: cards, stalled tasks, tasks that are claimed by closing them."""

    def __init__(self, done: list[Did]) -> None:
        self._state: dict[str, dict[str, str | None]] = {}
        self.told: list[Told] = [told for did in done for told in self._of(did)]

    def _of(self, did: Did) -> Iterator[Told]:
        now = self._state.setdefault(
            did.ticket, {"status": "open", "priority": "Needs Triage", "owner": None, "column": "Backlog"}
        )
        match did.field:
            case "created":
                pass
            case "comment" | "note":
                yield self._one(did, "comment", None, did.value)
            case "label":
                yield self._one(did, "project", did.old, did.value)
            case "title":
                yield self._one(did, "title", did.old, did.value)
            case "owner":
                yield from self._owner(did, now, did.value)
            case "priority":
                yield from self._set(did, now, "priority", dict(PRIORITIES)[PRIORITY[did.value or ""]])
            case "stage":
                yield from self._stage(did, now)
            case "status":
                yield from self._status(did, now)

    def _stage(self, did: Did, now: dict[str, str | None]) -> Iterator[Told]:
        yield from self._set(did, now, "column", COLUMN[did.value or ""])  # type: ignore[index]
        if did.value == "waiting" or now["status"] == "stalled":
            yield from self._set(did, now, "status", "stalled" if did.value == "waiting" else "open")

    def _status(self, did: Did, now: dict[str, str | None]) -> Iterator[Told]:
        status = STATUS.get(did.value or "", "open")  # type: ignore[call-overload]
        yield from self._set(did, now, "status", status)
        if status in CLAIMING and now["owner"] is None:
            yield from self._owner(did, now, did.who)

    def _owner(self, did: Did, now: dict[str, str | None], owner: str | None) -> Iterator[Told]:
        if now["owner"] != owner:
            if now["owner"]:
                yield self._one(did, "owner", f"phorge/{now['owner']}", None)
            if owner:
                yield self._one(did, "owner", None, f"phorge/{owner}")
        now["owner"] = owner

    def _set(self, did: Did, now: dict[str, str | None], field: str, value: str) -> Iterator[Told]:
        if now[field] != value:
            yield self._one(did, field, now[field], value)
        now[field] = value

    def _one(self, did: Did, field: str, old: str | None, new: str | None) -> Told:
        return did.at, f"phorge/{did.ticket}", f"phorge/{did.who}", field, old, new


def told(reader: Reader) -> list[Told]:
    return [
        (event.occurred_at, event.ticket_id, str(event.actor_id), event.field, event.old, event.new)
        for event in reader.events()
        if not event.event_id.startswith("opened/") and event.field != "other"
    ]


@pytest.mark.parametrize("release", RELEASES)
@settings(max_examples=60)
@given(todo=acts())
def test_what_is_told_is_what_was_done(release: Release, todo: list[Act]) -> None:
    tracker = desk(release)
    done = perform(tracker, todo)
    reader = read(tracker)
    assert Counter(told(reader)) == Counter(Expected(done).told)
    born = {(did.at, f"phorge/{did.ticket}", f"phorge/{did.who}") for did in done if did.field == "created"}
    assert {(e.occurred_at, e.ticket_id, e.actor_id) for e in reader.events("created")} == born


@settings(max_examples=60)
@given(todo=acts())
def test_the_history_ends_where_the_task_is_now(todo: list[Act]) -> None:
    tracker = desk()
    perform(tracker, todo)
    last = {(e.ticket_id, e.field): e.new for e in read(tracker).events("status", "priority", "title", "column")}
    for task in tracker.tables.tasks.values():
        place = tracker.tables.place(task, task.projects[0])
        now = {"status": task.status, "priority": dict(PRIORITIES)[task.priority], "title": task.title,
               "column": place.name if place else None}  # fmt: skip
        assert {field: last[f"phorge/T{task.id}", field] for field in now} == now


# --- Run by run -------------------------------------------------------------------------------------

ODD = ("merge", "edit_comment", "remove_comment", "herald", "hide", "show", "leave", "join", "destroy", "subtask",
       "milestone", "touch", "rename_project", "requeue", "retag", "eta",
       "points", "archive", "upgrade", "drag")  # fmt: skip
Odd = tuple[str, int, int]


def odd_acts(most: int = 12) -> st.SearchStrategy[list[Odd]]:
    """What only Phorge can do, to any two tasks."""
    return st.lists(st.tuples(st.sampled_from(ODD), st.integers(0, 11), st.integers(0, 11)), max_size=most)


def do(tracker: Phorge, odd: Odd, *, may_upgrade: bool = True) -> None:
    what, n, m = odd
    keys = [f"T{task.id}" for task in tracker.tables.tasks.values()]
    if not keys:
        return
    at, who = tracker.now + timedelta(seconds=m), PEOPLE[m % len(PEOPLE)]
    one, other = keys[n % len(keys)], keys[m % len(keys)]
    comments = [r for r in tracker.tables.rows_of(tracker.task(one).phid) if r.kind == "core:comment"]
    one_word: dict[str, Callable[[], Any]] = {
        "herald": lambda: tracker.herald(at, one, priority="P0", label="alert"),
        "hide": lambda: tracker.hide(at, one),
        "show": lambda: tracker.show(at, one),
        "leave": lambda: tracker.whisper(one, is_visible=False),
        "join": lambda: tracker.whisper(one, is_visible=True),
        "destroy": lambda: tracker.destroy(at, one),
        "touch": lambda: tracker.touch(at, who, one),
        "rename_project": lambda: tracker.rename_project("alert", f"alert {n}"),
        "requeue": lambda: tracker.requeue(at, who, one, "infra" if m % 2 else "access"),
        "retag": lambda: tracker.retag(at, who, one, add="access" if m % 2 else "infra", remove="infra"),
        "points": lambda: tracker.set_points(at, who, one, n / 2),
        "eta": lambda: tracker.set_field(at, who, one, "acme.eta", ("2026-05-01", 1_790_000_000, "soon", None)[n % 4]),
        "archive": lambda: tracker.archive_project("one"),
        "drag": lambda: tracker.drop_on(
            at, who, one, "infra", tracker.tables.board(tracker.tables.project("infra").phid)[-1].name
        ),
    }
    if what in one_word:
        one_word[what]()
    elif what == "merge" and one != other and tracker.task(one).status != "duplicate":
        tracker.merge(at, who, one, other)
    elif what == "subtask" and one != other:
        tracker.subtask(at, who, one, other, is_on=bool(m % 3))
    elif what == "milestone":
        tracker.retag(at, who, one, add=tracker.add_milestone("infra", f"Sprint {n}"), remove="infra")
    elif what == "edit_comment" and comments:
        tracker.edit_comment(at, who, one, n % len(comments), f"edited {m}")
    elif what == "remove_comment" and comments and not comments[n % len(comments)].comments[-1].is_removed:
        tracker.remove_comment(at, who, one, n % len(comments))
    elif what == "upgrade" and may_upgrade:
        tracker.release = "master"


def world(tracker: Phorge, todo: list[Act], odd: list[Odd]) -> Iterator[object]:
    """Ordinary acts and odd ones in turn."""
    strange = iter(odd)
    for step in perform_stepwise(tracker, todo):
        yield step
        following = next(strange, None)
        if following and tracker.tables.tasks:
            later(tracker, following[2])
            do(tracker, following)


def swept(tracker: Phorge, reader: Reader) -> None:
    """So much later that the reader looks at everything again; twice, for what was renamed."""
    for _ in range(2):
        later(tracker, SWEPT)
        reader.run()


@settings(max_examples=60)
@given(todo=acts(), odd=odd_acts(), often=st.integers(1, 9), release=st.sampled_from(("master", "stable")))
def test_reading_bit_by_bit_tells_what_one_look_at_the_end_tells(
    todo: list[Act], odd: list[Odd], often: int, release: Release
) -> None:
    tracker = desk(release)
    reader = Reader(tracker)
    with suppress(KeyError):  # the clerk wants to go on with a task that was destroyed
        for number, _ in enumerate(world(tracker, todo, odd)):
            if number % often == 0:
                reader.run()
    swept(tracker, reader)
    assert Held(reader.records()).seen() == Held(read(tracker).records()).seen()


@settings(max_examples=300)
@given(todo=acts(most=15), odd=odd_acts(6), bad=faults(most=40), release=st.sampled_from(("master", "stable")))
def test_a_bad_day_on_the_wire_loses_nothing_and_invents_nothing(
    todo: list[Act], odd: list[Odd], bad: list[str], release: Release
) -> None:
    tracker = desk(release)
    spared = [each for each in odd if each[0] != "destroy"]
    steps = world(tracker, todo, spared)
    faulty = Counting(Faulty(tracker, bad, while_it_lasts(steps)))
    reader = Reader(faulty)
    while len(faulty.asked) < len(bad):
        with suppress(ClientError, Killed):
            reader.run()
    list(steps)
    swept(tracker, reader)
    assert Held(reader.records()).seen() == Held(read(tracker).records()).seen()
