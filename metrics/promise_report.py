"""Everything the page "Are we keeping our promises?" says of one promise over some weeks, as numbers.

A window is [the first week's Monday, as_of), and the window before as many weeks earlier. A clock that fell due in it
is judged; one that is due later and still runs is counted as running, in the week in which it will fall due.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import polars as pl

from metrics.error_budget import RECENT_DAYS, Before, Budget, budget, budget_before
from metrics.instants import parse_instant
from metrics.kept import Kept, kept
from metrics.promise_clocks import has_changed, promise_clocks
from metrics.promise_cuts import Cut, cuts
from metrics.slo import verdicts
from metrics.slo_summary import slo_summary
from metrics.weeks import Week
from metrics.wording import day

_NONE = pl.DataFrame(
    schema={
        "policy": pl.String,
        "verdict": pl.String,
        "started_at": pl.Datetime("us"),
        "due_at": pl.Datetime("us"),
    }
)


@dataclass(frozen=True, slots=True)
class KeptWeek:
    """The clocks that fell due in a week, or will, and those that began in it. `changed` tells that another version of
    the promise came into force in it."""

    name: str
    label: str
    is_complete: bool
    due: Kept
    opened: Kept
    changed: bool


@dataclass(frozen=True, slots=True)
class Rejudged:
    """What fell due in the window by today's version of the promise: better were broken and would now be met, worse the
    other way round, uncovered are judged by no promise today."""

    kept: Kept
    better: int
    worse: int
    uncovered: int


@dataclass(frozen=True, slots=True)
class PromiseReport:
    """One promise. `overdue` clocks were missed, whenever, and their tickets are still open; `overdue_before`: were so
    when the window began. budget_before is the promise's window before its own (None: it was not in force)."""

    policy: str
    objective: float
    since: datetime
    due: Kept
    due_before: Kept
    opened: Kept
    opened_before: Kept
    overdue: int
    overdue_before: int
    weeks: tuple[KeptWeek, ...]
    budget: Budget
    budget_before: Before | None
    rejudged: Rejudged
    cuts: tuple[Cut, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One promise in short: what fell due in the window, and what is left of its budget (None: nothing fell due)."""

    policy: str
    objective: float
    due: Kept
    budget_left: float | None


def promises(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, queues: Sequence[str], since: datetime
) -> tuple[Line, ...]:
    """The promises in force that cover any of the queues, in the order of the settings, over [since, as_of)."""
    asked: dict[str, Any] = {"as_of": as_of, "queue": list(queues)}
    budgets = slo_summary(con, **asked)
    if budgets.is_empty():
        return ()
    window = slo_summary(con, **asked, since=since, until=as_of)
    return tuple(
        Line(
            row["policy"],
            row["objective"],
            Kept(row["due_met"], row["due_breached_closed"], row["due_breached_open"], row["due_running"]),
            left,
        )
        for row, left in zip(window.iter_rows(named=True), budgets["budget_left"], strict=True)
    )


def promise_report(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    queues: Sequence[str],
    policy: str,
    weeks: Sequence[Week],
) -> PromiseReport:
    """The promise of that name over consecutive weeks, the last of which as_of lies in. Raises ValueError where none of
    that name is in force for the queues."""
    instant = parse_instant(as_of)
    asked: dict[str, Any] = {"as_of": as_of, "queue": list(queues)}
    promise = next(iter(slo_summary(con, **asked, clocks=_NONE).filter(policy=policy).to_dicts()), None)
    if promise is None:
        raise ValueError(f"no promise {policy!r} is in force for {', '.join(queues)}")
    since = parse_instant(weeks[0].starts_at)
    before = parse_instant(weeks[0].shifted(-len(weeks)).starts_at)
    window = _window_before(con, policy, queues, promise["since"])
    first = min(before, promise["since"], instant - timedelta(days=RECENT_DAYS), *(w["since"] for w in window))
    clocks = promise_clocks(con, as_of=as_of, queues=queues, policy=policy, since=first)
    every = slo_summary(con, **asked, clocks=clocks.with_columns(policy=pl.lit(policy)))
    [summary] = every.filter(policy=policy).to_dicts()
    due = _between(clocks, "due_at", since, instant)
    overdue, overdue_before = (_overdue(con, policy, queues, at) for at in (instant, since))
    return PromiseReport(
        policy=policy,
        objective=promise["objective"],
        since=since,
        due=kept(due["verdict"]),
        due_before=kept(_between(clocks, "due_at", before, since)["verdict"]),
        opened=kept(_between(clocks, "started_at", since, instant)["verdict"]),
        opened_before=kept(_between(clocks, "started_at", before, since)["verdict"]),
        overdue=overdue,
        overdue_before=overdue_before,
        weeks=_weeks(clocks, weeks, instant, set(_changes(con, policy, since, instant, weeks))),
        budget=budget(summary, clocks, instant),
        budget_before=next((budget_before(earlier, clocks) for earlier in window), None),
        rejudged=_rejudged(due),
        cuts=cuts(con, due, as_of=as_of, queues=queues, zone=weeks[0].zone),
    )


def _between(clocks: pl.DataFrame, column: str, since: datetime, until: datetime) -> pl.DataFrame:
    return clocks.filter(pl.col(column) >= since, pl.col(column) < until)


def _window_before(
    con: duckdb.DuckDBPyConnection, policy: str, queues: Sequence[str], since: datetime
) -> list[dict[str, Any]]:
    """The promise's window that ended when its own began, if it was in force."""
    told = slo_summary(con, as_of=since.replace(tzinfo=UTC), queue=list(queues), clocks=_NONE)
    return told.filter(policy=policy).to_dicts()


def _overdue(con: duckdb.DuckDBPyConnection, policy: str, queues: Sequence[str], instant: datetime) -> int:
    """How many were missed and still open at an instant, as known then."""
    asked: dict[str, Any] = {"as_of": instant.replace(tzinfo=UTC), "queue": list(queues), "is_pending": True}
    return len(verdicts(con, policy=policy, **asked).filter("verdict = 'breached-open'"))


def _changes(
    con: duckdb.DuckDBPyConnection, policy: str, since: datetime, until: datetime, weeks: Sequence[Week]
) -> list[str]:
    moments = has_changed(con, policy, since, until)
    spans = [(week.name, parse_instant(week.starts_at), parse_instant(week.ends_at)) for week in weeks]
    return [name for moment in moments for name, start, end in spans if start <= moment < end]


def _weeks(clocks: pl.DataFrame, weeks: Sequence[Week], instant: datetime, changed: set[str]) -> tuple[KeptWeek, ...]:
    """What is due later in the unfinished week is there only as long as it runs: nobody has judged it yet."""
    known = clocks.filter((pl.col("due_at") < instant) | (pl.col("verdict") == "running"))
    return tuple(_week(known, clocks, week, instant, week.name in changed) for week in weeks)


def _week(known: pl.DataFrame, clocks: pl.DataFrame, week: Week, instant: datetime, changed: bool) -> KeptWeek:
    start, end = parse_instant(week.starts_at), parse_instant(week.ends_at)
    due, opened = (
        kept(_between(rows, column, start, end)["verdict"])
        for rows, column in ((known, "due_at"), (clocks, "started_at"))
    )
    return KeptWeek(week.name, day(week.starts_at, week.zone).split(" ", 1)[1], end <= instant, due, opened, changed)


def _rejudged(due: pl.DataFrame) -> Rejudged:
    turns = Counter((was.split("-")[0], (now or "none").split("-")[0]) for was, now in _verdicts(due))
    return Rejudged(
        kept(due["verdict_today"].drop_nulls()),
        turns["breached", "met"],
        turns["met", "breached"],
        sum(count for (_, now), count in turns.items() if now == "none"),
    )


def _verdicts(due: pl.DataFrame) -> list[tuple[str, str | None]]:
    return due.select("verdict", "verdict_today").rows()
