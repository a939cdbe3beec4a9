"""The promises broken in a week, each with the reason in words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import polars as pl

from metrics.broken_promises import reasons
from metrics.instants import parse_instant
from metrics.slo import verdicts
from metrics.ticket_rows import described
from metrics.weekly_question import Question
from metrics.weekly_rows import tickets_of
from metrics.wording import span


@dataclass(frozen=True, slots=True)
class Breach:
    """One broken promise. is_carried_over: it fell due before the week and is still open; late is working time."""

    ticket_id: str
    key: str
    url: str | None
    title: str
    owner: str | None
    priority: str | None
    policy: str
    cycle: int
    started_at: datetime
    due_at: datetime
    met_at: datetime | None
    is_open: bool
    is_carried_over: bool
    late_working_seconds: float
    late: str
    reason: str


def breaches(
    con: duckdb.DuckDBPyConnection, question: Question, *, is_carried_over: bool, most: int
) -> tuple[Breach, ...]:
    """The first broken clocks, the open ones and then the latest first: those that fell due in the week, or (carried
    over) earlier and are still open."""
    found, _ = broken(con, question, is_carried_over=is_carried_over, most=most)
    return told(found, described(con, question.instant, tickets_of(found)))


def broken(
    con: duckdb.DuckDBPyConnection, question: Question, *, is_carried_over: bool, most: int
) -> tuple[pl.DataFrame, int]:
    """As `breaches`, without what their tickets are called, and how many there are in all."""
    clocks = _broken(con, question, is_carried_over)
    first = clocks.order(_WORST_FIRST).limit(most).project(f"{_COLUMNS}, {is_carried_over} AS is_carried_over").pl()
    total = len(first) if len(first) < most else int(clocks.aggregate("count(*)").fetchall()[0][0])
    why = reasons(con, first, as_of=question.instant, zone=question.zone, near=question.middle)
    return first.with_columns(pl.Series("reason", why, dtype=pl.String)), total


def told(found: pl.DataFrame, tickets: pl.DataFrame) -> tuple[Breach, ...]:
    """The clocks of `broken`; `tickets` holds theirs, and maybe more, as metrics.ticket_rows has them."""
    named = tickets.select("ticket_id", "url", "title", "owner")
    rows = found.join(named, on="ticket_id", maintain_order="left").iter_rows(named=True)
    return tuple(map(_breach, rows))


_COLUMNS = """ticket_id, key, policy, cycle, priority, queue, calendar, clock, goal, is_open, paused_working_seconds,
    started_at, due_at, met_at, late_working_seconds, verdict = 'breached-open' AS is_waiting"""
_WORST_FIRST = "verdict = 'breached-open' DESC, late_working_seconds DESC, policy_ordinal, started_at, ticket_id, cycle"


def _broken(con: duckdb.DuckDBPyConnection, question: Question, is_carried_over: bool) -> duckdb.DuckDBPyRelation:
    since, until = question.bounds(question.week)
    if is_carried_over:
        week = f"TIMESTAMP '{parse_instant(since).isoformat(' ')}'"
        return verdicts(con, is_pending=True, **question.asked).filter(f"verdict = 'breached-open' AND due_at < {week}")
    clocks = verdicts(con, since=since, until=until, **question.asked)
    return clocks.filter("verdict LIKE 'breached%' AND has_due_in_window")


def _breach(row: dict[str, Any]) -> Breach:
    same = {name: row[name] for name in Breach.__dataclass_fields__ if name not in ("late", "is_open")}
    return Breach(**same, is_open=row["is_waiting"], late=span(row["late_working_seconds"]))
