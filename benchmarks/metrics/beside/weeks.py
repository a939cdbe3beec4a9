"""Every week as a row, and what happened in each or stood at its end."""

from typing import Any

import pandas as pd  # type: ignore[import-untyped] # it ships no types

from benchmarks.metrics.beside.plain import Tables

EACH_WEEK = """
week AS (
    SELECT week, $first + to_days((7 * week)::INTEGER) AS starts_at, starts_at + INTERVAL 7 DAY AS ends_at
    FROM range((epoch($end - $first) / 604800)::BIGINT) AS numbers(week)
)"""


def standing(tables: Tables, begun: pd.Series, over: pd.Series) -> Any:
    """How many of the intervals [begun, over) stood at the end of each week; what lasts has no end."""
    ends = tables.weeks[1:].to_numpy()
    before = (moments.dropna().sort_values().searchsorted(ends) for moments in (begun, over))
    return next(before) - next(before)
