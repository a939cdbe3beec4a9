"""Cycles: from each opening to its closing."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal

import duckdb
import pytest
from hypothesis import given

import metrics
from metrics.reopen_cycles import lead_times, summary
from tests.conftest import History, utc
from tests.metrics.conftest import Opened
from tests.metrics.oracle import EXAMPLES, SAID, WORLD, assert_same, histories, instants, lives

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
