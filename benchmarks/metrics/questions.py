"""What Watchbill is asked: every metric of the catalogue, for its weekly series where it has one."""

import inspect
from collections.abc import Callable
from typing import Any

import duckdb

import metrics
from benchmarks.metrics.span import AS_OF, WEEKS
from metrics import Metric

LEAN = "lean"  # in place of a metric's name: all of them, over a lean store


def asked() -> dict[str, tuple[str, Callable[[duckdb.DuckDBPyConnection], Any]]]:
    """Every metric by name: what is asked of it, and how. Those that need more than an instant are left out."""
    return {metric.name: question for metric in metrics.catalogue() if (question := _question(metric))}


def _question(metric: Metric) -> tuple[str, Callable[[duckdb.DuckDBPyConnection], Any]] | None:
    weekly, summary, rows = metric.weekly, metric.summary, metric.rows
    if weekly:
        return "weekly", lambda con: weekly(con, as_of=AS_OF, weeks=WEEKS)
    needed = {name for name, p in inspect.signature(rows).parameters.items() if p.default is p.empty}
    if needed > {"con", "as_of"}:
        return None
    if summary:
        return "summary", lambda con: summary(con, as_of=AS_OF)
    return "rows", lambda con: rows(con, as_of=AS_OF).pl()
