"""Why is this red: the intervals of a clock, each with its cause, without a gap between them."""

from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from typing import Any

import duckdb
import pytest
from hypothesis import given

import metrics
from tests.conftest import OFFICE, TRIAGE_PROMISE, History, utc
from tests.metrics.conftest import Opened
from tests.metrics.oracle import FEW_EXAMPLES, WORLD, histories, instants

Store = Callable[..., duckdb.DuckDBPyConnection]
RESOLVE = (
    OFFICE
    + '[[slo]]\nname = "Resolve"\nclock = "resolve"\nobjective = 0.9\npauses = true\ngoals = [{ within = "4h" }]\n'
)


def trace(con: duckdb.DuckDBPyConnection, ticket: str, as_of: str = "2026-11-30 00:00", **asked: Any) -> list[Any]:
    rows = metrics.clock_trace(con, as_of=utc(as_of), ticket_id=ticket, **asked).pl().to_dicts()
    return [(f"{r['starts_at']:%d %H:%M}", r["state"], r["working_seconds"] / 3600, r["cause"]) for r in rows]


def test_a_late_triage_explained(history: History, open_store_of: Store) -> None:
    ticket = history.ticket(1, "2026-11-02 15:00", ("2026-11-03 11:30", "label", "+Bug", "ana"))
    assert trace(open_store_of(history.records), ticket) == [
        ("02 15:00", "running", 2.0, "opened by asker"),
        ("02 17:00", "outside hours", 0.0, "office closed"),
        ("03 09:00", "running", 2.0, "office opened"),
        ("03 11:00", "overdue", 0.5, "deadline passed"),
        ("03 11:30", "met", 0.0, "label Bug set by ana"),
    ]


def test_a_pause_names_who_began_and_who_ended_it(history: History, open_store_of: Store) -> None:
    ticket = history.ticket(
        1, "2026-11-02 09:00", ("10:00", "label", "+waiting", "ana"), ("12:00", "label", "-waiting", "bo")
    )
    told = trace(open_store_of(history.records, RESOLVE), ticket, "2026-11-02 13:00")
    assert told[1:] == [
        ("02 10:00", "paused", 2.0, "label waiting set by ana"),
        ("02 12:00", "running", 1.0, "label waiting removed by bo"),
        ("02 13:00", "still waiting", 0.0, "nothing yet"),
    ]


def test_a_pause_after_the_deadline_stops_nothing(history: History, open_store_of: Store) -> None:
    """One hour paused in time moves the deadline to 14:00; what waits from 15:00 on is overdue all the same."""
    waits = [("10:00", "+"), ("11:00", "-"), ("15:00", "+"), ("16:00", "-")]
    ticket = history.ticket(1, "2026-11-02 09:00", *[(when, "label", sign + "waiting", "ana") for when, sign in waits])
    told = trace(open_store_of(history.records, RESOLVE), ticket, "2026-11-02 16:30")
    assert [(when, state) for when, state, *_ in told] == [
        ("02 09:00", "running"),
        ("02 10:00", "paused"),
        ("02 11:00", "running"),
        ("02 14:00", "overdue"),
        ("02 16:30", "still waiting"),
    ]


def test_a_clock_of_a_closed_ticket_ends_at_its_first_closing(history: History, open_store_of: Store) -> None:
    """Closed without triage, then closed once more: the clock stood still the first time."""
    duty = OFFICE + TRIAGE_PROMISE.replace('"labelled"', '"duty"')
    again = [("15:00", "status", "closed", "ana"), ("16:00", "status", "completed", "ana")]
    ticket = history.ticket(1, "2026-11-02 09:00", *again)
    told = trace(open_store_of(history.records, duty), ticket)
    assert told[-1] == ("02 15:00", "closed", 0.0, "status closed by ana")


def test_a_clock_that_left_the_queue_too_late_ends_there(history: History, open_store_of: Store) -> None:
    ticket = history.ticket(1, "2026-11-02 09:00", ("14:00", "queue", "lost", "ana"))
    told = trace(open_store_of(history.records), ticket, "2026-11-02 16:00")
    assert [(when, state) for when, state, *_ in told] == [
        ("02 09:00", "running"),
        ("02 13:00", "overdue"),
        ("02 14:00", "withdrawn"),
    ]


def test_what_no_promise_covers_has_no_trace(history: History, open_store_of: Store) -> None:
    ticket = history.ticket(1, "2026-11-02 09:00", queue="lost")
    con = open_store_of(history.records)
    assert trace(con, ticket) == []
    assert trace(con, "nobody") == []
    assert trace(con, ticket, policy="No such promise") == []


@FEW_EXAMPLES
@given(history=histories(tickets=4), as_of=instants())
def test_intervals_tile_the_clock_and_add_up_to_what_slo_says(
    opened: Opened, history: History, as_of: datetime
) -> None:
    with opened(history.records, WORLD) as con:
        clocks = metrics.slo(con, as_of=as_of).pl().to_dicts()
        tickets = sorted({clock["ticket_id"] for clock in clocks})
        rows = [
            row for ticket in tickets for row in metrics.clock_trace(con, as_of=as_of, ticket_id=ticket).pl().to_dicts()
        ]
    ends = [n for n, row in enumerate(rows, start=1) if row["starts_at"] == row["ends_at"]]
    traces = [rows[start:end] for start, end in pairwise([0, *ends])]
    assert rows[ends[-1] :] == [] if ends else rows == []
    judged = sorted((clock for clock in clocks if clock["calendar"]), key=lambda clock: clock["ticket_id"])
    for clock, intervals in zip(judged, traces, strict=True):
        _check(clock, intervals)


def _check(clock: dict[str, Any], intervals: list[dict[str, Any]]) -> None:
    assert {(row["policy"], row["cycle"]) for row in intervals} == {(clock["policy"], clock["cycle"])}
    assert intervals[0]["starts_at"] == clock["started_at"]
    assert intervals[-1]["ends_at"] == clock["stopped_at"]
    assert all(before["ends_at"] == after["starts_at"] for before, after in pairwise(intervals))
    ran = sum(row["working_seconds"] for row in intervals if row["state"] in ("running", "overdue"))
    paused = sum(row["working_seconds"] for row in intervals if row["state"] == "paused")
    assert ran == pytest.approx(clock["elapsed_working_seconds"])
    assert paused == pytest.approx(clock["paused_working_seconds"])
    late = sum(row["working_seconds"] for row in intervals if row["state"] == "overdue")
    assert late == pytest.approx(clock["late_working_seconds"] or 0.0)
    assert all(row["working_seconds"] == 0 for row in intervals if row["state"] == "outside hours")
    assert intervals[-1]["ran_working_seconds"] == pytest.approx(clock["elapsed_working_seconds"])
    ended = {"met": "met", "running": "still waiting", "breached-open": "still waiting"}.get(clock["verdict"])
    if ended and clock["is_open"]:
        assert intervals[-1]["state"] == ended
