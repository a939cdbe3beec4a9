"""How much of a promise's error budget is used, and when it will be used up if things go on as they do.

In a window of the calendar, the pace so far goes on to its end: then burn says all, and the budget lasts for 1 ÷ burn
of the window. In a rolling window, days drop out as others come: the days to come are taken to be like the last seven.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor
from typing import Any

import polars as pl

from metrics.kept import kept
from metrics.slo_summary import error_budget

RECENT_DAYS = 7
_NOISE = 1e-9  # a tenth of forty is a little less than four
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Spent:
    """How many were broken up to an instant."""

    moment: datetime
    used: int


@dataclass(frozen=True, slots=True)
class Budget:
    """The error budget of the promise's own window [since, until), UTC without a zone.

    allowed, left and burn are None where nothing fell due. exhausted_at is when it was used up, or will be at this
    pace; None: not within the window to come. `steps` are the breaches one by one, as they fell due.
    """

    since: datetime
    until: datetime
    is_rolling: bool
    elapsed_share: float
    allowed: float | None
    used: int
    left: float | None
    burn: float | None
    is_exhausted: bool
    exhausted_at: datetime | None
    steps: tuple[Spent, ...]


@dataclass(frozen=True, slots=True)
class Before:
    """The budget of the window before: of a whole window, so that burn is the share used. None where nothing fell
    due."""

    used: int
    left: float | None
    burn: float | None


def budget_before(window: dict[str, Any], clocks: pl.DataFrame) -> Before:
    """What was used of the budget of an earlier window, a row of `slo_summary`, as far as is known today."""
    due = clocks.filter(pl.col("due_at") >= window["since"], pl.col("due_at") < window["until"])
    counts = kept(due["verdict"])
    told = error_budget(window["objective"], counts.judged, counts.met, 1.0)
    return Before(counts.breached, told["budget_left"], told["burn"])


def budget(summary: dict[str, Any], clocks: pl.DataFrame, as_of: datetime) -> Budget:
    """The budget of one row of `slo_summary`, told from the promise's clocks since the beginning of its window, and for
    at least RECENT_DAYS."""
    since, until, allowed = summary["since"], summary["until"], summary["budget_allowed"]
    due = clocks.filter(pl.col("due_at") < as_of, pl.col("verdict") != "running").sort("due_at")
    broken = due.filter(pl.col("verdict").str.starts_with("breached"))
    moments = broken.filter(pl.col("due_at") >= since)["due_at"].to_list()
    is_exhausted = summary["budget_left"] is not None and summary["budget_left"] < -_NOISE
    is_rolling = until == as_of and summary["elapsed_share"] == 1
    exhausted_at = None
    if is_exhausted:
        exhausted_at = moments[floor(allowed + _NOISE)]
    elif allowed is not None and is_rolling:
        exhausted_at = _rolling_exhaustion(due, broken, summary["objective"], as_of, until - since)
    elif summary["burn"] is not None and summary["burn"] > 1 + _NOISE:
        exhausted_at = since + (until - since) / summary["burn"]
    return Budget(
        since, until, is_rolling, summary["elapsed_share"], allowed, summary["budget_used"], summary["budget_left"],
        summary["burn"], is_exhausted, exhausted_at, tuple(Spent(at, n) for n, at in enumerate(moments, start=1)),
    )  # fmt: skip


def _rolling_exhaustion(
    due: pl.DataFrame, broken: pl.DataFrame, objective: float, as_of: datetime, length: timedelta
) -> datetime | None:
    """The first of the days to come, as far as the window is long, on which more would be broken than is allowed."""
    recent = as_of - RECENT_DAYS * _DAY
    came, missed = (_since(rows, recent) / RECENT_DAYS for rows in (due, broken))
    for days in range(1, length // _DAY + 1):
        start = as_of + days * _DAY - length
        judged, used = _since(due, start) + came * days, _since(broken, start) + missed * days
        if used > (1 - objective) * judged + _NOISE:
            return as_of + days * _DAY
    return None


def _since(rows: pl.DataFrame, start: datetime) -> int:
    return rows.filter(pl.col("due_at") >= start).height
