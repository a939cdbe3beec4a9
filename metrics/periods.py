"""Periods as bins: what stood when each day or week ended, and what came and went inside."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

_INSTANT = pl.Datetime("us")
_PERIOD: dict[str, Any] = {"starts_at": _INSTANT, "ends_at": _INSTANT, "is_complete": pl.Boolean}


def day_table(zone: str, since: datetime | None, until: datetime | None, as_of: datetime) -> pl.DataFrame:
    """One row per day of the zone that has begun in [since, until) and before as_of: day, starts_at, ends_at,
    is_complete.

    The day that since falls into is the first. Without since there are no days: nothing has happened.
    """
    last = as_of if until is None else min(until, as_of)
    if since is None or since >= last:
        return pl.DataFrame(schema={"day": pl.Date, **_PERIOD})
    first, after = _local_day(since, zone), _local_day(last - timedelta(microseconds=1), zone)
    days = [first + timedelta(days=n) for n in range((after - first).days + 1)]
    spans = [(day, _midnight(day, zone), _midnight(day + timedelta(days=1), zone)) for day in days]
    rows = [(*span, span[-1] <= as_of) for span in spans]
    return pl.DataFrame(rows, schema={"day": pl.Date, **_PERIOD}, orient="row")


def steps(intervals: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """The beginnings and ends of intervals [from_at, until_at) as changes for `totals`; a null end is none."""
    begun = intervals.select(*by, pl.col("from_at").alias("occurred_at"), change=1)
    ended = intervals.filter(pl.col("until_at").is_not_null())
    return pl.concat([begun, ended.select(*by, pl.col("until_at").alias("occurred_at"), change=-1)])


def totals(changes: pl.DataFrame, periods: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """The periods, once for each value of `by` among the changes, with what stood at the end and what came and went.

    `changes` has occurred_at, change and the columns of `by`; `periods` are in order and do not overlap. Adds standing
    (the sum of all changes before the period ended), gained and lost (the changes up and down inside it).
    """
    ends, starts = periods["ends_at"], periods["starts_at"]
    binned = changes.with_columns(bin=ends.search_sorted(changes["occurred_at"], side="right").cast(pl.UInt32))
    binned = binned.filter(pl.col("bin") < len(periods))
    is_inside = pl.col("occurred_at") >= pl.lit(starts).gather(pl.col("bin"))
    change = pl.col("change").cast(pl.Int64)
    counts = binned.group_by(*by, "bin").agg(
        change.sum().alias("net"),
        change.filter(is_inside, pl.col("change") > 0).sum().alias("gained"),
        (-change.filter(is_inside, pl.col("change") < 0).sum()).alias("lost"),
    )
    grid = changes.select(*by).unique(maintain_order=True) if by else pl.DataFrame({"all": [True]})
    grid = grid.join(periods.with_row_index("bin"), how="cross")
    filled = grid.join(counts, on=[*by, "bin"], how="left", nulls_equal=True, maintain_order="left")
    filled = filled.with_columns(pl.col("net", "gained", "lost").fill_null(0))
    running = pl.col("net").cum_sum().over(by) if by else pl.col("net").cum_sum()
    return filled.with_columns(standing=running).select(*by, *periods.columns, "standing", "gained", "lost")


def _local_day(instant: datetime, zone: str) -> date:
    return instant.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()


def _midnight(day: date, zone: str) -> datetime:
    return _naive(datetime.combine(day, time(), ZoneInfo(zone)))


def _naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)
