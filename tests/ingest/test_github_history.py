"""What people did at GitHub is what a reader finds: random histories, read at once, in steps, and on a bad day."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.client import ClientError
from ingest.demo.trackers.github import COLUMNS, REASONS, STAGE_LABELS, GitHub
from ingest.records import Census, Gone, Record, Ticket
from tests.ingest.faulty import Faulty, Killed, faults, while_it_lasts
from tests.ingest.github_reading import Key, Reader, latest, site
from tests.ingest.ledger import BOT, Act, Did, acts, perform, perform_stepwise

APIS = ("graphql", "rest")
BOARDS = ((), ("infra",))
Told = tuple[Any, ...]
Change = tuple[str, str | None, str | None]


def account(login: str) -> str:
    return f"github/{login}[bot]" if login == BOT else f"github/{login}"


def told_by(done: list[Did], *, by_labels: bool) -> Counter[Told]:
    """What the acts are in GitHub's words. Priorities are labels, and stages are a board's columns, or labels too."""
    columns: dict[str, str | None] = {}
    found: Counter[Told] = Counter()
    for did in done:
        for field, old, new in _words(did, columns, by_labels=by_labels):
            found[did.at, f"github/acme/{did.ticket}", account(did.who), field, old, new] += 1
    return found


def _words(did: Did, columns: dict[str, str | None], *, by_labels: bool) -> list[Change]:
    match did.field:
        case "note":
            return [("comment", None, did.value)]
        case "owner":
            return _replaced("owner", did.old and account(did.old), did.value and account(did.value))
        case "priority":
            return _replaced("label", did.old, did.value)
        case "status":
            return [("status", None, "open" if did.value == "open" else REASONS[did.value])]  # type: ignore[index]
        case "stage":
            names = STAGE_LABELS if by_labels else COLUMNS
            old, new = columns.get(did.ticket, None if by_labels else "New"), names[did.value]  # type: ignore[index]
            columns[did.ticket] = new
            if old == new:
                return []
            return _replaced("label", old, new) if by_labels else [("column", old, new)]
    return [(did.field, did.old, did.value)]


def _replaced(field: str, old: str | None, new: str | None) -> list[Change]:
    told: list[Change] = [(field, old, None)] if old else []
    return [*told, (field, None, new)] if new else told


def found_by(reader: Reader) -> Counter[Told]:
    """What a reader found, without how each ticket began and without what has no counterpart in the acts."""
    told = [
        event
        for event in reader.events()
        if (not event.event_id.startswith("opened/") or event.field == "created") and event.field != "project"
    ]
    entries = {(e.ticket_id, e.event_id) for e in told if e.field == "column" and e.old is None}
    return Counter(
        (e.occurred_at, e.ticket_id, e.actor_id, e.field, e.old, e.new)
        for e in told
        if (e.ticket_id, e.event_id) not in entries
    )


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("boards", BOARDS)
@given(todo=acts())
@settings(max_examples=20)
def test_what_is_told_is_what_was_done(api: str, boards: tuple[str, ...], todo: list[Act]) -> None:
    github = GitHub(boards=boards)
    done = perform(github, todo)
    reader = Reader(github, site(api=api, boards=["acme/1"] if boards and api == "graphql" else [])).run()
    assert reader.troubles == []
    assert found_by(reader) == told_by(done, by_labels=not boards)
    assert not [event for event in reader.events() if event.origin == "inferred"]


def comparable(records: dict[Key, Record]) -> dict[Key, Record]:
    """Without the counts, which are taken at different instants."""
    return {key: record for key, record in records.items() if not isinstance(record, Census)}


@pytest.mark.parametrize("api", APIS)
@given(todo=acts(), cuts=st.lists(st.integers(1, 12), max_size=5), page_size=st.integers(1, 5))
@settings(max_examples=25)
def test_reading_in_steps_ends_at_what_reading_at_once_finds(
    api: str, todo: list[Act], cuts: list[int], page_size: int
) -> None:
    github = GitHub(boards=("infra",), page_size=page_size)
    world = perform_stepwise(github, todo)
    here = site(api=api, boards=["acme/1"] if api == "graphql" else [])
    reader = Reader(github, here)
    next(world)
    for steps in cuts:
        reader.run()
        for _ in range(steps):
            next(world, None)
    for _ in world:
        pass
    assert reader.run().troubles == []
    afresh = Reader(github, here).run()
    assert comparable(latest(reader.records)) == comparable(latest(afresh.records))


@pytest.mark.parametrize("api", APIS)
@given(todo=acts(), bad_day=faults(), page_size=st.integers(1, 5))
@settings(max_examples=40)
def test_on_a_bad_day_nothing_is_lost_and_nothing_is_invented(
    api: str, todo: list[Act], bad_day: list[str], page_size: int
) -> None:
    github = GitHub(boards=("infra",), page_size=page_size)
    world = perform_stepwise(github, todo)
    next(world)
    asked = 0
    steps = while_it_lasts(world)

    def meanwhile() -> None:
        nonlocal asked
        asked += 1
        steps()

    here = site(api=api, boards=["acme/1"] if api == "graphql" else [])
    reader = Reader(Faulty(github, bad_day, meanwhile), here)
    is_over = False
    while not is_over:
        try:
            is_over = not reader.run().troubles and asked >= len(bad_day)
        except (ClientError, Killed):
            continue
    for _ in world:
        pass
    github.now += timedelta(seconds=1)
    reader.tracker = github
    assert reader.run().troubles == []
    afresh = Reader(github, here).run()
    assert comparable(latest(reader.records)) == comparable(latest(afresh.records))
    present = {record.ticket_id for record in reader.records if isinstance(record, Ticket)}
    counts = [set(record.ids) for record in reader.records if isinstance(record, Census)]
    assert not [record for record in reader.records if isinstance(record, Gone)]
    assert counts and all(count <= present for count in counts)
