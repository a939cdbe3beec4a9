"""Process-behaviour charts (XmR): what a weekly number usually is, and which weeks are out of it."""

from collections.abc import Sequence
from itertools import pairwise

import polars as pl

_REACH = 2.66  # mean moving ranges from the mean to a limit: three sigma, told by differences of two neighbours
_FEWEST = 3
_COMPLETE = pl.col("is_complete")


def control_limits(values: Sequence[float]) -> tuple[float, float, float] | None:
    """Lower limit, mean and upper limit of a process-behaviour chart: mean ± 2.66 × mean moving range, never below 0.

    None below three values.
    """
    if len(values) < _FEWEST:
        return None
    mean = sum(values) / len(values)
    ranges = [abs(after - before) for before, after in pairwise(values)]
    reach = _REACH * sum(ranges) / len(ranges)
    return max(0.0, mean - reach), mean, mean + reach


def behaviour(weeks: pl.DataFrame, column: str = "arrivals", *, judged: pl.Expr = _COMPLETE) -> pl.DataFrame:
    """The weeks with the limits of one of their columns beside it: lower_limit, mean, upper_limit, signal, is_outside.

    Only weeks that are `judged`, which are those that have ended, make the limits. signal is above or below for a week
    outside; signal and is_outside are null for a week that is not judged, and all five below three that are. A week on
    a limit is inside. Weeks without a value (null) are left out.
    """
    known = weeks.filter(judged)[column].drop_nulls().cast(pl.Float64).to_list()
    lower, mean, upper = control_limits(known) or (None, None, None)
    limits = {"lower_limit": lower, "mean": mean, "upper_limit": upper}
    value = pl.when(judged).then(pl.col(column))
    signal = pl.when(value > pl.col("upper_limit")).then(pl.lit("above"))
    return (
        weeks.with_columns(pl.lit(limit, pl.Float64).alias(name) for name, limit in limits.items())
        .with_columns(signal=signal.when(value < pl.col("lower_limit")).then(pl.lit("below")))
        .with_columns(
            is_outside=pl.when(value.is_not_null() & pl.col("mean").is_not_null()).then(pl.col("signal").is_not_null())
        )
    )
