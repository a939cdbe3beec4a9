"""Random lives at a made-up Request Tracker: what is read is what was done, however it is read."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.client import ClientError
from ingest.demo.trackers.rt import RequestTracker
from tests.ingest.faulty import Faulty, Killed, faults, while_it_lasts
from tests.ingest.ledger import BEGIN, PEOPLE, Act, acts, perform, perform_stepwise
from tests.ingest.rt_reading import Reading, expected, read, told


@given(acts())
@settings(max_examples=200)
def test_what_is_told_is_what_was_done(todo: list[Act]) -> None:
    desk = RequestTracker()
    done = perform(desk, todo)
    assert sorted(map(str, told(read(desk)))) == sorted(map(str, expected(done)))


@given(acts())
@settings(max_examples=50)
def test_events_of_one_ticket_come_in_the_order_of_the_acts(todo: list[Act]) -> None:
    desk = RequestTracker()
    done = [did for did in perform(desk, todo) if did.ticket == "1" and did.field in ("title", "note", "priority")]
    events = sorted(read(desk).events("title", "note", "priority", ticket="rt/1"), key=lambda e: (e.occurred_at, e.seq))
    assert [event.field for event in events] == [did.field for did in done]


@dataclass(frozen=True)
class Upheaval:
    """Something that befalls a ticket after so many acts. Tickets are counted as in acts."""

    after: int
    kind: str
    ticket: int
    other: int


upheavals = st.lists(
    st.builds(
        Upheaval,
        after=st.integers(0, 40),
        kind=st.sampled_from(("hide", "merge", "requeue", "tie", "cut", "work", "promise")),
        ticket=st.integers(0, 11),
        other=st.integers(0, 11),
    ),
    max_size=8,
)


def lives(desk: RequestTracker, todo: list[Act], shocks: list[Upheaval]) -> Iterator[object]:
    """Acts, with upheavals in between; a step each."""
    step = 0
    for step, did in enumerate(perform_stepwise(desk, todo)):
        yield did
        for shock in shocks:
            if shock.after == step:
                yield befall(desk, shock)


def befall(desk: RequestTracker, shock: Upheaval) -> None:
    at, tickets = desk.now, sorted(desk.db.tickets)
    one, other = (str(tickets[n % len(tickets)]) for n in (shock.ticket, shock.other))
    who = PEOPLE[shock.other % len(PEOPLE)]
    match shock.kind:
        case "hide":
            desk.hide(at, one)
        case "merge" if desk.db.effective(int(one)) is not desk.db.effective(int(other)):
            desk.merge(at, who, one, other)
        case "requeue":
            desk.requeue(at, who, one, ("infra", "access")[shock.other % 2])
        case "tie" | "cut":
            desk.tie(at, who, one, "DependsOn", other, is_on=shock.kind == "tie")
        case "work":
            desk.work(at, who, one, shock.other * 5)
        case "promise":
            desk.promise(at, who, one, BEGIN + timedelta(days=shock.other) if shock.other else None)


@given(acts(), upheavals, st.lists(st.integers(0, 45), max_size=4))
@settings(max_examples=150)
def test_increments_while_the_world_goes_on_add_up_to_a_fresh_load(
    todo: list[Act], shocks: list[Upheaval], stops: list[int]
) -> None:
    desk, reading = RequestTracker(), Reading()
    for step, _ in enumerate(lives(desk, todo, shocks)):
        if step in stops:
            reading.run(desk)
    reading.run(desk)
    assert reading.store() == read(desk).store()


@given(acts(most=25), upheavals, faults(most=40))
@settings(max_examples=120)
def test_faults_on_the_wire_lose_nothing_double_nothing_and_delete_nothing(
    todo: list[Act], shocks: list[Upheaval], mishaps: list[str]
) -> None:
    desk, reading = RequestTracker(), Reading()
    steps = lives(desk, todo, shocks)
    next(steps)
    wire = Faulty(desk, mishaps, meanwhile=while_it_lasts(steps))
    for _ in range(len(mishaps) + 1):
        try:
            reading.run(wire)
        except (ClientError, Killed):
            continue
    list(steps)
    reading.run(desk)
    assert reading.store() == read(desk).store()
    twice = Reading(pages=[page for page in reading.pages for _ in range(2)])
    assert twice.store() == reading.store()
