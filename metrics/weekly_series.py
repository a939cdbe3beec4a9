"""Twelve weeks of one team as numbers to draw: what came and went, its usual range, and promises kept."""

import math
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from metrics.distributions import wilson_interval
from metrics.flow import control_limits
from metrics.weekly_facts import Facts, naive
from metrics.weekly_rows import clocks
from metrics.weeks import Week
from metrics.wording import day


@dataclass(frozen=True, slots=True)
class FlowWeek:
    """Tickets by week. arrivals: opened, reopened or moved in; departures: closed, moved out or gone; open_tickets:
    when the week ended, or at as_of where it has not. signal tells a point outside the limits."""

    name: str
    label: str
    arrivals: int
    departures: int
    net: int
    open_tickets: int
    is_complete: bool
    signal: Literal["above", "below"] | None


@dataclass(frozen=True, slots=True)
class Limits:
    """The usual range of weekly arrivals (XmR), from so many complete weeks."""

    lower: float
    mean: float
    upper: float
    weeks: int


@dataclass(frozen=True, slots=True)
class Judged:
    """Clocks by outcome; the share is met of judged (null where nothing is), running ones in neither."""

    met: int
    breached: int
    breached_open: int
    running: int

    @property
    def judged(self) -> int:
        return self.met + self.breached

    @property
    def share(self) -> float | None:
        return self.met / self.judged if self.judged else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 %, by Wilson's score."""
        return wilson_interval(self.met, self.judged)


@dataclass(frozen=True, slots=True)
class PromiseWeek:
    name: str
    label: str
    is_complete: bool
    due: Judged
    started: Judged


@dataclass(frozen=True, slots=True)
class Promise:
    """One policy: its weeks, and its error budget over its own window in words. is_overspent is null where unknown."""

    policy: str
    objective: float
    weeks: tuple[PromiseWeek, ...]
    budget: str
    overspent: int | None


def limits(facts: Facts) -> Limits | None:
    """None with fewer than three complete weeks."""
    complete = facts.weeks.filter("is_complete")["arrivals"].to_list()
    found = control_limits(complete)
    return Limits(*found, weeks=len(complete)) if found else None


def flow_weeks(facts: Facts) -> tuple[FlowWeek, ...]:
    usual = limits(facts)
    rows = zip(facts.shown_weeks, facts.weeks.iter_rows(named=True), strict=True)
    return tuple(_flow_week(week, row, usual) for week, row in rows)


def _flow_week(week: Week, row: dict[str, Any], usual: Limits | None) -> FlowWeek:
    signal: Literal["above", "below"] | None = None
    if usual and row["is_complete"] and not usual.lower <= row["arrivals"] <= usual.upper:
        signal = "above" if row["arrivals"] > usual.upper else "below"
    arrivals, net = row["arrivals"], row["net"]
    return FlowWeek(
        week.name, week_label(week), arrivals, arrivals - net, net, row["open_tickets"], row["is_complete"], signal
    )


def week_label(week: Week) -> str:
    """Its Monday, such as `9 Nov`."""
    return day(week.starts_at, week.zone).split(" ", 1)[1]


def promises(facts: Facts) -> tuple[Promise, ...]:
    """Every policy in force at as_of, in the order of the settings."""
    return tuple(_promise(facts, row) for row in facts.promises.iter_rows(named=True))


def _promise(facts: Facts, row: dict[str, Any]) -> Promise:
    weeks = tuple(_promise_week(facts, row["policy"], week) for week in facts.shown_weeks)
    left = row["budget_left"]
    overspent = None if left is None else max(0, math.ceil(-left))
    return Promise(row["policy"], row["objective"], weeks, _budget(row, facts.team.zone), overspent)


def _promise_week(facts: Facts, policy: str, week: Week) -> PromiseWeek:
    counts = [_counted(clocks(facts, column, *facts.bounds(week), policy)) for column in ("due_at", "started_at")]
    is_complete = naive(week.ends_at) <= facts.as_of
    return PromiseWeek(week.name, week_label(week), is_complete, *counts)


def _counted(rows: pl.DataFrame) -> Judged:
    verdicts = rows["verdict"]
    met, running, open_breaches = (int((verdicts == name).sum()) for name in ("met", "running", "breached-open"))
    return Judged(met, len(verdicts) - met - running, open_breaches, running)


def _budget(row: dict[str, Any], zone: str) -> str:
    window = f"Error budget from {day(row['since'], zone)} to {day(row['until'], zone)}"
    if row["budget_left"] is None:
        return f"{window}: nothing fell due yet."
    used = f"{window}: {row['budget_used']} late, {math.floor(row['budget_allowed'])} allowed at this pace"
    if row["budget_left"] < 0:
        return f"{used}; overspent by {math.ceil(-row['budget_left'])}."
    return f"{used}; {math.floor(row['budget_left'])} left."
