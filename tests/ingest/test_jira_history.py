"""What is done at a Jira is found by whoever reads it, of both editions: on a good day, in steps, and on a bad day."""

from collections import deque
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.client import ClientError
from ingest.demo.trackers import Desk
from ingest.demo.trackers.jira import Jira, millis, precisely
from ingest.records import Account, Event, Ticket
from tests.ingest.faulty import Faulty, Killed, faults, while_it_lasts
from tests.ingest.jira_reader import Copy, loaded, site_of
from tests.ingest.ledger import BEGIN, Act, Did, acts, perform, perform_stepwise

EDITIONS = ("cloud", "datacenter")
Edition = Literal["cloud", "datacenter"]
STAGES = {"To Do": "open", "Selected": "triaged", "In Progress": "active", "Waiting": "waiting"}
PRIORITIES = {"Highest": "P0", "High": "P1", "Medium": "P2", "Low": "P3"}
ENDINGS = {"Done": "done", "Won't Do": "declined"}


QUICK = st.builds(
    Act, st.just("open"), st.just(0), st.just("cleo"), st.just("two words"), st.sampled_from([0, 1, 3_600])
)


def busy() -> st.SearchStrategy[list[Act]]:
    """Acts at a tracker that has tickets to begin with: enough for several small pages, and enough going on."""
    rest = st.lists(acts(most=15), min_size=3, max_size=3)
    return st.tuples(st.lists(QUICK, min_size=4, max_size=9), rest).map(lambda parts: [*parts[0], *chain(*parts[1])])


def bad_day() -> st.SearchStrategy[list[str]]:
    return st.lists(faults(most=15), min_size=3, max_size=3).map(lambda parts: list(chain(*parts)))


def small(edition: Edition, lag: float = 0.0) -> Jira:
    """One whose answers hold little, so that a few tickets fill several pages."""
    tracker = Jira(edition=edition, now=BEGIN, lag=lag)
    limits = tracker.limits
    limits.rows, limits.ids, limits.histories, limits.comments, limits.comment_rows = 3, 2, 4, 1, 2
    tracker.project("INFRA")
    return tracker


def found(copy: Copy) -> list[Did]:
    """What a reader knows, in the neutral words of the ledger."""
    logins = {record.account_id: record.name.lower() if record.name else "" for record in copy.of(Account)}
    keys = {record.ticket_id: record.key for record in copy.of(Ticket)}
    endings = {
        event.event_id.split("/")[1]: ENDINGS[event.new]
        for event in copy.events("custom.resolution")
        if event.new and event.event_id.startswith("change/")
    }
    return [did for event in copy.events() if (did := _did(event, logins, keys, endings))]


def _did(event: Event, logins: dict[str, str], keys: dict[str, str], endings: dict[str, str]) -> Did | None:
    who, field, old, new = logins[event.actor_id or ""], event.field, event.old, event.new
    if event.event_id.startswith("opened/") and field != "created":
        return None
    match field:
        case "status":
            new = endings.get(event.event_id.split("/")[1], STAGES.get(new or "", ""))
            field, old = ("stage" if new in ("triaged", "active", "waiting") else "status"), None
        case "owner":
            old, new = (logins[one] if one else None for one in (old, new))
        case "priority":
            old, new = (PRIORITIES[one] if one else None for one in (old, new))
        case "custom.resolution":
            return None
    return Did(event.occurred_at, keys[event.ticket_id], who, field, old, new)


def expected(done: list[Did]) -> list[Did]:
    """The ledger's acts, as Jira has them: an owner is replaced in two steps, and a status does not tell the last."""
    told = []
    for did in done:
        if did.field == "owner":
            told += [Did(did.at, did.ticket, did.who, "owner", did.old, None)] if did.old else []
            told += [Did(did.at, did.ticket, did.who, "owner", None, did.value)] if did.value else []
        elif did.field in ("status", "stage"):
            told.append(Did(did.at, did.ticket, did.who, did.field, None, did.value))
        else:
            told.append(did)
    return told


def in_order(told: list[Did]) -> list[str]:
    return sorted(map(repr, told))


@pytest.mark.parametrize("edition", EDITIONS)
@given(todo=acts())
def test_everything_that_was_done_is_found_as_it_was_done_and_nothing_else(edition: Edition, todo: list[Act]) -> None:
    tracker = small(edition)
    done = perform(tracker, todo, queue="INFRA")
    assert in_order(found(loaded(tracker))) == in_order(expected(done))


@pytest.mark.parametrize("edition", EDITIONS)
@given(todo=busy(), cuts=st.lists(st.integers(0, 50), max_size=4), lag=st.sampled_from([0.0, 30.0]))
def test_reading_bit_by_bit_ends_where_reading_all_at_once_does(
    edition: Edition, todo: list[Act], cuts: list[int], lag: float
) -> None:
    tracker = small(edition, lag if edition == "cloud" else 0.0)
    copy = Copy(site_of(tracker))
    for n, _ in enumerate(perform_stepwise(tracker, todo, queue="INFRA")):
        if n in cuts:
            copy.read(tracker)
    tracker.now += timedelta(days=8)
    assert copy.read(tracker).known() == loaded(tracker).known()


RARE = ("work", "sprint", "plan", "link", "link", "adopt", "requeue", "flag", "due", "promise", "touch")
RARE_ACTS = st.lists(
    st.tuples(st.sampled_from(RARE), st.integers(0, 5), st.integers(0, 5), st.sampled_from([0, 1, 3_600])), max_size=30
)


PHRASES = {"inward": "is_blocked_by", "outward": "blocks"}


def do_rarely(desk: Jira, todo: list[tuple[str, int, int, int]]) -> None:
    """What only Jira knows, among six tickets."""
    now = BEGIN
    keys = [desk.open(now, "ana", f"ticket {n}", "text", queue="INFRA") for n in range(6)]
    for verb, one, other, seconds in todo:
        now += timedelta(seconds=seconds)
        key, target = keys[one], keys[other]
        if key != target:
            _do(desk, verb, now, key, target)


def _do(desk: Jira, verb: str, now: datetime, key: str, target: str) -> None:
    issue, other = desk.issue(key), desk.ids[target]
    is_linked = ("Blocks", "outward", other) in issue.links
    {
        "work": lambda: desk.work(now, "ben", key, 30),
        "sprint": lambda: desk.sprint(now, "ben", key, *(["two"] if len(issue.sprints) == 2 else ["one", "two"])),
        "plan": lambda: desk.plan(now, "ben", key, "1.0", is_on="1.0" not in issue.versions),
        "link": lambda: desk.link(now, "cleo", key, target, is_on=not is_linked),
        "adopt": lambda: desk.adopt(now, "dev", key, None if issue.parent else target),
        "requeue": lambda: desk.requeue(now, "dev", key, "WEB" if issue.project == "INFRA" else "INFRA"),
        "flag": lambda: desk.set_field(now, "ana", key, "Flagged", None if issue.custom else [{"value": "Impediment"}]),
        "due": lambda: desk.due(now, "ana", key, None if issue.due else "2026-04-01"),
        "promise": lambda: desk.promise(now, key, "Time to resolution", [(BEGIN, BEGIN + timedelta(hours=1), None)]),
        "touch": lambda: desk.touch(now, key),
    }[verb]()


@pytest.mark.parametrize("edition", EDITIONS)
@given(todo=RARE_ACTS)
def test_replaying_an_issues_events_ends_where_the_issue_stands(
    edition: Edition, todo: list[tuple[str, int, int, int]]
) -> None:
    """Were it not so, the issue would be `Observed` to disagree with its history."""
    tracker = small(edition)
    tracker.project("WEB")
    do_rarely(tracker, todo)
    tracker.now += timedelta(days=1)
    copy = loaded(tracker, projects=("INFRA", "WEB"))
    assert not [key for key in copy.known() if key[0] == "observed"]
    for issue in tracker.issues.values():
        ends: dict[str, set[str]] = {}
        for event in copy.events("label", "owner", "milestone", "link"):
            if event.ticket_id == f"jira/{issue.id}":
                ends.setdefault(event.field, set()).discard(event.old or "")
                ends[event.field] |= {event.new} if event.new else set()
        assert ends.get("milestone", set()) == {*issue.versions, *issue.sprints}
        assert {link for link in ends.get("link", set()) if "INFRA" not in link and "WEB" not in link} == {
            *({f"child_of jira/{issue.parent}"} if issue.parent else set()),
            *(f"{PHRASES[direction]} jira/{other}" for _, direction, other in issue.links),
        }


@pytest.mark.parametrize("edition", EDITIONS)
@given(todo=busy(), bad=bad_day(), lag=st.sampled_from([0.0, 30.0]))
def test_whatever_goes_wrong_meanwhile_nothing_is_lost_nothing_is_told_twice_and_nothing_counts_as_deleted(
    edition: Edition, todo: list[Act], bad: list[str], lag: float
) -> None:
    tracker = small(edition, lag if edition == "cloud" else 0.0)
    world = perform_stepwise(tracker, todo, queue="INFRA")
    deque(islice(world, len(todo) // 3), maxlen=0)
    wire = Faulty(tracker, bad, meanwhile=while_it_lasts(world))
    copy = Copy(site_of(tracker))
    left = len(bad)
    while left > 0:
        left -= 1
        try:
            copy.read(wire)
        except (ClientError, Killed):
            continue
        break
    list(world)
    tracker.now += timedelta(days=8)
    assert copy.read(tracker).known() == loaded(tracker).known()
    assert not copy.troubles


def test_what_happens_while_an_issue_is_read_again_was_not_there_from_the_start() -> None:
    """The index lags, so issues are read again after their histories; one gets its priority in between."""

    def opened(count: int, seconds: int = 0) -> list[Act]:
        return [Act("open", 0, "ana", "one", seconds)] * count

    todo = [*opened(12), Act("comment", 0, "ana", "one", 1), *opened(3), *opened(1, seconds=60), *opened(3)]
    todo += [Act("assign", 6, "ana", "one", 0), Act("prioritise", 6, "ana", "one", 0), *opened(2)]
    tracker = small("cloud", lag=30.0)
    world = perform_stepwise(tracker, todo, queue="INFRA")
    deque(islice(world, 8), maxlen=0)
    copy = Copy(site_of(tracker)).read(Faulty(tracker, [], meanwhile=while_it_lasts(world)))
    assert [event.event_id for event in copy.events("priority")] == ["change/70002"]


@given(todo=acts(most=20))
def test_a_desk_of_jira_writes_instants_to_the_millisecond(todo: list[Act]) -> None:
    desk: Desk = Jira(now=BEGIN)
    done = perform(desk, todo)
    assert all(millis(precisely(did.at)) == millis(did.at) for did in done)
