"""What the rows of each week say, one week at a time: every row is in one week, and the rows are read once."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import duckdb
import polars as pl

from metrics.columns import window, written
from metrics.week_bins import bin_sql, consecutive, span
from metrics.week_table import week_table
from metrics.weeks import Week

# What lies outside all weeks is passed over by blocks, before anybody looks for its week.
_PLACED = """
SELECT {place}::SMALLINT AS place, * EXCLUDE ({moment}){count} FROM told WHERE {moment} >= $since AND {moment} < $until
"""


def told_by_week(
    rows: duckdb.DuckDBPyRelation,
    moment: str,
    weeks: Sequence[Week],
    as_of: str | datetime,
    tell: Callable[[pl.DataFrame], tuple[object, ...]],
    schema: Mapping[str, Any],
    *,
    counted: str | None = None,
) -> pl.DataFrame:
    """One row per week: week, starts_at, ends_at, is_complete, then what `tell` says of the week's rows, in the columns
    of `schema`. A week without rows has counts of 0, and nothing else.

    The column `moment` tells the week that a row is in; the weeks are in order. With `counted`, rows of a week that say
    the same are one, and a column of that name tells how many they are: for what has few values.
    """
    all_weeks = consecutive(weeks)
    count = f", count(*) AS {counted}" if counted else ""
    sql = _PLACED.format(place=bin_sql(moment, all_weeks), moment=moment, count=count)
    sql = written(sql + (" GROUP BY ALL" if counted else ""), **window(**span(all_weeks)))
    parts = rows.query("told", sql).pl().partition_by("place")
    told = [(part["place"][0], *tell(part)) for part in parts]
    table = week_table(all_weeks, as_of).with_row_index("place")
    table = table.filter(pl.col("week").is_in([week.name for week in weeks]))
    found = pl.DataFrame(told, schema={"place": pl.UInt32, **schema}, orient="row")
    joined = table.join(found, on="place", how="left", maintain_order="left").drop("place")
    return joined.with_columns(pl.col(name).fill_null(0) for name, kind in schema.items() if kind == pl.Int64)
