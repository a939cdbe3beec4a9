"""How long things waited, by the week in which they began to: medians with those still waiting, percentiles without."""

from collections.abc import Sequence
from datetime import datetime

import duckdb
import polars as pl

from metrics.distributions import kaplan_meier_median, nearest_rank
from metrics.week_bins import bin_sql, consecutive
from metrics.week_table import week_table
from metrics.weeks import Week

_PLACED = "SELECT {place}::SMALLINT AS place, waited, is_over FROM waits WHERE place IS NOT NULL"


def weekly_waits(
    waits: duckdb.DuckDBPyRelation, weeks: Sequence[Week], as_of: str | datetime, names: Sequence[str]
) -> pl.DataFrame:
    """One row per week: week, starts_at, ends_at, is_complete, then the five `names`: how many began, how many are
    over, the median of all (Kaplan–Meier), and the 85th and 95th percentile of those that are over, in seconds.

    `waits` has began_at, waited (seconds, so far or in all) and is_over. Below five none is shown.
    """
    all_weeks = consecutive(weeks)
    placed = waits.query("waits", _PLACED.format(place=bin_sql("began_at", all_weeks))).pl()
    told = [(part["place"][0], *_told(part)) for part in placed.partition_by("place")]
    begun, over, *durations = names
    bins = pl.DataFrame(
        told,
        schema={"place": pl.UInt32, begun: pl.Int64, over: pl.Int64, **dict.fromkeys(durations, pl.Float64)},
        orient="row",
    )
    table = week_table(all_weeks, as_of).with_row_index("place")
    table = table.filter(pl.col("week").is_in([week.name for week in weeks]))
    table = table.join(bins, on="place", how="left", maintain_order="left").drop("place")
    return table.with_columns(pl.col(begun, over).fill_null(0))


def _told(waits: pl.DataFrame) -> tuple[int, int, float | None, float | None, float | None]:
    waited, is_over = waits["waited"], waits["is_over"]
    over = waited.filter(is_over)
    return len(waited), len(over), kaplan_meier_median(waited, is_over), nearest_rank(over, 85), nearest_rank(over, 95)
