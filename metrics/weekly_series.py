"""Twelve weeks of one team as numbers to draw: what came and went, how long triage took, and promises kept."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import duckdb

from metrics.control_limits import behaviour
from metrics.flow import weekly_flow
from metrics.kept import Kept
from metrics.slo import verdicts
from metrics.slo_summary import slo_summary
from metrics.triage_latency import weekly as weekly_triage
from metrics.week_bins import bin_sql
from metrics.weekly_question import Question
from metrics.weeks import Week
from metrics.wording import day

Signal = Literal["above", "below"] | None


@dataclass(frozen=True, slots=True)
class FlowWeek:
    """Tickets by week. arrivals: opened, reopened or moved in; departures: closed, moved out or gone; open_tickets:
    when the week ended, or at as_of where it has not. has_history: the first ticket had come by the week's end. signal
    tells a point outside the limits."""

    name: str
    label: str
    arrivals: int
    departures: int
    net: int
    open_tickets: int
    has_history: bool
    is_complete: bool
    signal: Signal

    @property
    def is_judged(self) -> bool:
        """Whether its arrivals are held against the limits, and made them."""
        return self.has_history and self.is_complete


@dataclass(frozen=True, slots=True)
class WaitWeek:
    """The stays that began in a week, how many of them are triaged, and the median working time until then (those still
    waiting count; None below five)."""

    name: str
    label: str
    stays: int
    triaged: int
    median: float | None
    is_complete: bool
    signal: Signal


@dataclass(frozen=True, slots=True)
class Limits:
    """The usual range of a weekly number (XmR), from so many complete weeks."""

    lower: float
    mean: float
    upper: float
    weeks: int


@dataclass(frozen=True, slots=True)
class PromiseWeek:
    name: str
    label: str
    is_complete: bool
    due: Kept
    started: Kept


@dataclass(frozen=True, slots=True)
class Promise:
    """One policy: its weeks, and its error budget over its own window in words. is_overspent is null where unknown."""

    policy: str
    objective: float
    weeks: tuple[PromiseWeek, ...]
    budget: str
    overspent: int | None


def flow_weeks(con: duckdb.DuckDBPyConnection, question: Question) -> tuple[tuple[FlowWeek, ...], Limits | None]:
    """Twelve weeks of arrivals and departures, and the usual range of arrivals (None: fewer than three weeks)."""
    rows = weekly_flow(con, weeks=question.shown_weeks, **question.asked).to_dicts()
    weeks = zip(question.shown_weeks, rows, strict=True)
    return tuple(_flow_week(week, row) for week, row in weeks), _limits(rows)


def _flow_week(week: Week, row: dict[str, Any]) -> FlowWeek:
    arrivals, net = row["arrivals"], row["net"]
    return FlowWeek(
        week.name, week_label(week), arrivals, arrivals - net, net, row["open_tickets"], row["has_history"],
        row["is_complete"], row["signal"],
    )  # fmt: skip


def triage_weeks(con: duckdb.DuckDBPyConnection, question: Question) -> tuple[tuple[WaitWeek, ...], Limits | None]:
    """Twelve weeks of triage, and the usual range of their medians (None: fewer than three weeks have one)."""
    told = weekly_triage(con, weeks=question.shown_weeks, **question.asked)
    rows = behaviour(told, "median_working_seconds").to_dicts()
    weeks = zip(question.shown_weeks, rows, strict=True)
    return tuple(_wait_week(week, row) for week, row in weeks), _limits(rows)


def _wait_week(week: Week, row: dict[str, Any]) -> WaitWeek:
    return WaitWeek(
        week.name, week_label(week), row["stays"], row["triaged_stays"], row["median_working_seconds"],
        row["is_complete"], row["signal"],
    )  # fmt: skip


def _limits(rows: list[dict[str, Any]]) -> Limits | None:
    judged = [row for row in rows if row["is_outside"] is not None]
    if not judged:
        return None
    return Limits(judged[0]["lower_limit"], judged[0]["mean"], judged[0]["upper_limit"], len(judged))


def week_label(week: Week) -> str:
    """Its Monday, such as `9 Nov`."""
    return day(week.starts_at, week.zone).split(" ", 1)[1]


# One pass over the clocks, however many weeks and promises. What is not due yet is judged by nobody.
_CLOCKS = """
SELECT policy, verdict, CASE WHEN due_at < TIMESTAMP '{as_of}' THEN {due} END AS due, {started} AS started,
    count(*) AS clocks
FROM clocks WHERE verdict IS NOT NULL GROUP BY ALL
"""
Counts = Mapping[tuple[str, str, int], Mapping[str, int]]


def promises(con: duckdb.DuckDBPyConnection, question: Question) -> tuple[Promise, ...]:
    """Every policy in force at as_of, in the order of the settings."""
    summary = slo_summary(con, **question.asked).to_dicts()
    if not summary:
        return ()
    counts = _counts(con, question)
    return tuple(_promise(question, counts, row) for row in summary)


def _counts(con: duckdb.DuckDBPyConnection, question: Question) -> Counts:
    """How many clocks of each policy have each verdict, by base (due or started) and place of the week."""
    weeks = question.shown_weeks
    clocks = verdicts(con, since=weeks[0].starts_at, until=weeks[-1].ends_at, **question.asked)
    places = {base: bin_sql(f"{base}_at", weeks) for base in ("due", "started")}
    sql = _CLOCKS.format(as_of=question.instant.isoformat(" "), **places)
    counts: dict[tuple[str, str, int], dict[str, int]] = {}
    for policy, verdict, due, started, clocks_counted in clocks.query("clocks", sql).fetchall():
        for base, place in (("due", due), ("started", started)):
            if place is not None:
                told = counts.setdefault((policy, base, place), {})
                told[verdict] = told.get(verdict, 0) + clocks_counted
    return counts


def _promise(question: Question, counts: Counts, row: dict[str, Any]) -> Promise:
    policy, left = row["policy"], row["budget_left"]
    weeks = tuple(
        PromiseWeek(
            week.name,
            week_label(week),
            week.ends_at <= question.as_of,
            *(_kept(counts.get((policy, base, place), {})) for base in ("due", "started")),
        )
        for place, week in enumerate(question.shown_weeks)
    )
    overspent = None if left is None else max(0, math.ceil(-left))
    return Promise(policy, row["objective"], weeks, _budget(row, question.zone), overspent)


def _kept(verdicts: Mapping[str, int]) -> Kept:
    return Kept(*(verdicts.get(verdict, 0) for verdict in ("met", "breached-closed", "breached-open", "running")))


def _budget(row: dict[str, Any], zone: str) -> str:
    window = f"Error budget from {day(row['since'], zone)} to {day(row['until'], zone)}"
    if row["budget_left"] is None:
        return f"{window}: nothing fell due yet."
    used = f"{window}: {row['budget_used']} late, {math.floor(row['budget_allowed'])} allowed at this pace"
    if row["budget_left"] < 0:
        return f"{used}; overspent by {math.ceil(-row['budget_left'])}."
    return f"{used}; {math.floor(row['budget_left'])} left."
