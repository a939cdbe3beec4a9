"""How long things waited, by the week in which they began to: medians with those still waiting, percentiles without."""

from collections.abc import Sequence
from datetime import datetime

import duckdb
import polars as pl

from metrics.distributions import kaplan_meier_median, nearest_rank
from metrics.told_by_week import told_by_week
from metrics.weeks import Week


def weekly_waits(
    waits: duckdb.DuckDBPyRelation, weeks: Sequence[Week], as_of: str | datetime, names: Sequence[str]
) -> pl.DataFrame:
    """One row per week: week, starts_at, ends_at, is_complete, then the five `names`: how many began, how many are
    over, the median of all (Kaplan–Meier), and the 85th and 95th percentile of those that are over, in seconds.

    `waits` has began_at, waited (seconds, so far or in all) and is_over. Below five none is shown.
    """
    kinds = (pl.Int64, pl.Int64, pl.Float64, pl.Float64, pl.Float64)
    return told_by_week(waits, "began_at", weeks, as_of, _told, dict(zip(names, kinds, strict=True)))


def _told(waits: pl.DataFrame) -> tuple[int, int, float | None, float | None, float | None]:
    waited, is_over = waits["waited"], waits["is_over"]
    over = waited.filter(is_over)
    return len(waited), len(over), kaplan_meier_median(waited, is_over), nearest_rank(over, 85), nearest_rank(over, 95)
