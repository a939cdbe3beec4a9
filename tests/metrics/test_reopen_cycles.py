"""Cycles: from each opening to its closing."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

import metrics
from metrics.reopen_cycles import Cycles, cycle_times, figure, lead_times, summary
from tests.conftest import History, utc
from tests.metrics.conftest import Opened
from tests.metrics.oracle import EXAMPLES, SAID, WORLD, Life, assert_same, histories, instants, lives, naive
from tests.metrics.wip_oracle import ACTIONS

Store = Callable[..., duckdb.DuckDBPyConnection]
REOPENED = [
    ("10:00", "status", "closed", "ana"),
    ("12:00", "status", "open", "bo"),
    ("15:00", "status", "closed", "bo"),
]


@pytest.mark.parametrize(("cycles", "hours"), [("first", 1), ("last", 6), ("sum", 4)])
def test_a_reopened_ticket_is_measured_by_its_first_or_last_closing_or_the_time_open(
    history: History, open_store_of: Store, cycles: Literal["first", "last", "sum"], hours: int
) -> None:
    history.ticket(1, "2026-11-02 09:00", *REOPENED)
    rows = metrics.reopen_cycles(open_store_of(history.records), as_of=utc("2026-11-30 00:00"))
    [row] = lead_times(rows, cycles).to_dicts()
    assert row == {
        "ticket_id": "test/infra#1",
        "key": "infra#1",
        "lead_seconds": hours * 3600.0,
        "is_finished": True,
        "cycles": 2,
    }


def test_what_is_open_again_has_lasted_so_far_and_is_not_finished(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", *REOPENED)
    rows = metrics.reopen_cycles(open_store_of(history.records), as_of=utc("2026-11-02 13:00"))
    assert rows.project("cycle, open_seconds, lasted_seconds").fetchall() == [(1, 3600.0, 3600.0), (2, None, 3600.0)]
    told = {name: lead_times(rows, name).row(0)[2:4] for name in ("first", "last", "sum")}  # type: ignore[arg-type]
    assert told == {"first": (3600.0, True), "last": (4 * 3600.0, False), "sum": (7200.0, False)}


@pytest.mark.parametrize(("asked", "lasts"), [("12:00", [True]), ("12:01", [False, True]), ("16:00", [False, True])])
def test_the_last_cycle_is_the_one_after_which_no_opening_is_known(
    history: History, open_store_of: Store, asked: str, lasts: list[bool]
) -> None:
    history.ticket(1, "2026-11-02 09:00", *REOPENED)
    rows = metrics.reopen_cycles(open_store_of(history.records), as_of=utc(f"2026-11-02 {asked}"))
    assert [is_last for (is_last,) in rows.project("is_last").fetchall()] == lasts
    assert summary(rows).row(0)[:3] == (1, len(lasts) - 1, len(lasts) - 1)


def test_moves_and_repeated_closings_end_no_cycle(history: History, open_store_of: Store) -> None:
    again = [
        ("10:00", "queue", "access", "ana"),
        ("11:00", "status", "closed", "a"),
        ("12:00", "status", "completed", "a"),
    ]
    history.ticket(1, "2026-11-02 09:00", *again)
    rows = metrics.reopen_cycles(open_store_of(history.records), as_of=utc("2026-11-30 00:00"))
    assert rows.project("cycle, open_seconds").fetchall() == [(1, 7200.0)]


def test_closed_and_reopened_within_a_second_is_a_cycle_of_its_own(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("09:00", "status", "closed", "ana"), ("09:00", "status", "open", "ana"))
    rows = metrics.reopen_cycles(open_store_of(history.records), as_of=utc("2026-11-02 10:00"))
    assert rows.project("cycle, open_seconds").fetchall() == [(1, 0.0), (2, None)]


def test_the_summary_counts_the_open_as_lasting_at_least_as_long(history: History, open_store_of: Store) -> None:
    """Closed after 1, 2 and 3 hours, open for 4 twice: three fifths have finished by the third hour."""
    for hour in (10, 11, 12):
        history.ticket(hour, "2026-11-02 09:00", (f"{hour}:00", "status", "closed", "ana"))
    history.ticket(1, "2026-11-02 09:00")
    history.ticket(2, "2026-11-02 09:00", ("10:00", "status", "closed", "ana"), ("11:00", "status", "open", "ana"))
    rows = metrics.reopen_cycles(open_store_of(history.records), as_of=utc("2026-11-02 13:00"))
    assert summary(rows).row(0) == (5, 1, 1, 3 * 3600.0)


WORKED_TWICE = [
    ("10:00", "label", "+in progress", "ana"),
    ("11:00", "label", "-in progress", "ana"),
    ("12:00", "status", "closed", "ana"),
    ("14:00", "status", "open", "bo"),
    ("15:00", "label", "+in progress", "bo"),
    ("18:00", "status", "closed", "bo"),
]


@pytest.mark.parametrize(("cycles", "hours"), [("first", 2), ("last", 8), ("sum", 5)])
def test_cycle_time_runs_from_the_first_active_moment(
    history: History, open_store_of: Store, cycles: Cycles, hours: int
) -> None:
    """Active at 10 and closed at 12; again active at 15 and closed at 18: 2 hours, 8 hours, or 2 + 3 hours."""
    history.ticket(1, "2026-11-02 09:00", *WORKED_TWICE)
    rows = metrics.reopen_cycles(open_store_of(history.records), as_of=utc("2026-11-30 00:00"))
    [row] = cycle_times(rows, cycles).to_dicts()
    wanted = {"ticket_id": "test/infra#1", "key": "infra#1", "cycle_seconds": hours * 3600.0}
    assert row == wanted | {"is_finished": True, "cycles": 2}


@pytest.mark.parametrize(
    ("cycles", "hours", "is_finished"), [("first", 2, True), ("last", 4.5, False), ("sum", 2, False)]
)
def test_what_is_reopened_and_not_active_yet(
    history: History, open_store_of: Store, cycles: Cycles, hours: float, is_finished: bool
) -> None:
    """At 14:30 the second round is not active yet: it adds nothing, but to the time since the first active moment."""
    history.ticket(1, "2026-11-02 09:00", *WORKED_TWICE)
    rows = metrics.reopen_cycles(open_store_of(history.records), as_of=utc("2026-11-02 14:30"))
    assert cycle_times(rows, cycles).row(0)[2:] == (hours * 3600.0, is_finished, 1)


@pytest.mark.parametrize(
    ("cycles", "hours", "is_finished"), [("first", 2, True), ("last", 6, False), ("sum", 3, False)]
)
def test_what_is_active_again_is_over_by_its_first_round_alone(
    history: History, open_store_of: Store, cycles: Cycles, hours: int, is_finished: bool
) -> None:
    """At 16:00 the second round has been active for an hour."""
    history.ticket(1, "2026-11-02 09:00", *WORKED_TWICE)
    rows = metrics.reopen_cycles(open_store_of(history.records), as_of=utc("2026-11-02 16:00"))
    assert cycle_times(rows, cycles).row(0)[2:] == (hours * 3600.0, is_finished, 2)


@pytest.mark.parametrize("cycles", ["first", "last", "sum"])
def test_a_first_round_never_active_is_no_cycle(history: History, open_store_of: Store, cycles: Cycles) -> None:
    """Closed and reopened untouched, then active from 13 to 14."""
    history.ticket(1, "2026-11-02 09:00", ("10:00", "status", "closed", "a"), ("12:00", "status", "open", "a"),
                   ("13:00", "label", "+in progress", "a"), ("14:00", "status", "closed", "a"))  # fmt: skip
    history.ticket(2, "2026-11-02 09:00", ("10:00", "status", "closed", "a"))
    rows = metrics.reopen_cycles(open_store_of(history.records), as_of=utc("2026-11-30 00:00"))
    assert [row[2:] for row in cycle_times(rows, cycles).rows()] == [(3600.0, True, 1)]


def test_a_cycle_is_active_from_its_first_active_moment(history: History, open_store_of: Store) -> None:
    """The label was left on while it was closed, so that the second round is active from the reopening on."""
    active, closed = ("10:00", "label", "+in progress", "a"), ("11:00", "status", "closed", "a")
    history.ticket(1, "2026-11-02 09:00", active, closed, ("13:00", "status", "open", "a"))
    rows = metrics.reopen_cycles(open_store_of(history.records), as_of=utc("2026-11-02 13:00:01"))
    moments = [naive(utc(f"2026-11-02 {clock}")) for clock in ("10:00", "13:00")]
    assert [moment for (moment,) in rows.project("first_active_at").fetchall()] == moments


def test_the_figure_counts_tickets_by_their_cycles(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", *REOPENED)
    for number in (2, 3):
        history.ticket(number, "2026-11-02 09:00")
    drawn = figure(metrics.reopen_cycles(open_store_of(history.records), as_of=utc("2026-11-30 00:00")))
    assert (drawn.data[0].x, drawn.data[0].y) == ((1, 2), (2, 1))
    assert drawn.layout.annotations[0].text == "n = 3 tickets"


def test_a_window_is_of_openings_and_a_queue_is_the_present_one(history: History, open_store_of: Store) -> None:
    for number, minute in enumerate(("08:59:59", "09:00", "09:59:59", "10:00")):
        history.ticket(number, f"2026-11-02 {minute}", ("2026-11-03 09:00", "queue", "access", "ana"))
    con = open_store_of(history.records)
    asked = {"as_of": utc("2026-11-30 00:00"), "since": utc("2026-11-02 09:00"), "until": utc("2026-11-02 10:00")}
    rows = metrics.reopen_cycles(con, queue="access", **asked)
    assert rows.project("key, queue").fetchall() == [("infra#1", "access"), ("infra#2", "access")]
    assert metrics.reopen_cycles(con, queue="infra", **asked).fetchall() == []
    before_moving = asked | {"as_of": utc("2026-11-03 09:00")}
    rows = metrics.reopen_cycles(con, queue="infra", **before_moving)
    assert rows.project("key, queue").fetchall() == [("infra#1", "infra"), ("infra#2", "infra")]


@EXAMPLES
@given(history=histories(), as_of=instants())
def test_cycles_agree_with_a_plain_replay(opened: Opened, history: History, as_of: datetime) -> None:
    with opened(history.records, WORLD) as con:
        rows = metrics.reopen_cycles(con, as_of=as_of).project("ticket_id, cycle, started_at, closed_at").fetchall()
    told = [life for life in lives(SAID, history.records, as_of) if life.is_live()]
    wanted = [
        (life.ticket.ticket_id, n, *cycle) for life in told for n, cycle in enumerate(life.open_cycles(), start=1)
    ]
    assert_same(history, as_of, rows, wanted)


def cycle_time(life: Life, cycles: Cycles) -> tuple[str, float, bool] | None:
    """Ticket, seconds and whether they are over, walking along the moments; None if it was never active."""
    rounds: list[tuple[datetime | None, datetime | None]] = []  # of each opening, the first active moment and the end
    for now in life.moments:
        if now.is_open and (not rounds or rounds[-1][1]):
            rounds.append((None, None))
        if not now.is_open and rounds and not rounds[-1][1]:
            rounds[-1] = (rounds[-1][0], now.at)
        if now.is_open and life.stage(now) == "active":
            rounds[-1] = (rounds[-1][0] or now.at, None)
    worked = [(start, end) for start, end in rounds if start]
    if not worked:
        return None
    last = rounds[-1][1]
    stop = worked[0][1] if cycles == "first" else last
    spans = [((end or life.as_of) - start).total_seconds() for start, end in worked]
    whole = ((last or life.as_of) - worked[0][0]).total_seconds()
    seconds = {"first": spans[0], "last": whole, "sum": sum(spans)}[cycles]
    return life.ticket.ticket_id, seconds, stop is not None


@EXAMPLES
@given(history=histories(actions=ACTIONS), as_of=instants(), cycles=st.sampled_from(["first", "last", "sum"]))
def test_cycle_times_agree_with_a_plain_replay(
    opened: Opened, history: History, as_of: datetime, cycles: Cycles
) -> None:
    with opened(history.records, WORLD) as con:
        rows = cycle_times(metrics.reopen_cycles(con, as_of=as_of), cycles)
    told = [life for life in lives(SAID, history.records, as_of) if life.is_live()]
    wanted = [row for life in told if (row := cycle_time(life, cycles))]
    assert_same(history, as_of, rows.select("ticket_id", "cycle_seconds", "is_finished").rows(), wanted)
