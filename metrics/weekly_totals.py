"""Changes added up week by week, and what stood when each week ended."""

from collections.abc import Sequence

import duckdb
import polars as pl

from metrics.week_bins import BEFORE, bin_sql, consecutive
from metrics.weeks import Week

_SUMS = """
SELECT {by}, {place} AS place, sum(change)::BIGINT AS net,
    coalesce(sum(change) FILTER (change > 0), 0)::BIGINT AS gained,
    coalesce(-sum(change) FILTER (change < 0), 0)::BIGINT AS lost
FROM changes GROUP BY ALL
"""


def weekly_totals(changes: duckdb.DuckDBPyRelation, weeks: Sequence[Week], by: str) -> pl.DataFrame:
    """One row per week and value of the column `by`: it, week, gained and lost (the changes up and down inside the
    week) and standing (the sum of all changes before the week ended). The weeks are in order.

    `changes` has occurred_at, change and the column `by`, over all time that is known.
    """
    place = bin_sql("occurred_at", consecutive(weeks), has_before=True)
    sums = changes.query("changes", _SUMS.format(by=by, place=place)).pl()
    return running_totals(sums.drop_nulls("place"), weeks, by)


def running_totals(sums: pl.DataFrame, weeks: Sequence[Week], by: str) -> pl.DataFrame:
    """The same of changes that are added up already: `sums` has the column `by`, place (of one of the consecutive
    weeks, or BEFORE), net, gained and lost."""
    all_weeks = consecutive(weeks)
    places = pl.DataFrame(
        {"place": [BEFORE, *range(len(all_weeks))], "week": [None, *(week.name for week in all_weeks)]},
        schema={"place": pl.Int32, "week": pl.String},
    )
    grid = sums.select(by).unique(maintain_order=True).join(places, how="cross", maintain_order="left_right")
    filled = grid.join(sums, on=[by, "place"], how="left", nulls_equal=True, maintain_order="left")
    filled = filled.with_columns(pl.col("net", "gained", "lost").fill_null(0))
    told = filled.with_columns(standing=pl.col("net").cum_sum().over(by)).filter(
        pl.col("week").is_in([week.name for week in weeks])
    )
    return told.select(by, "week", "gained", "lost", "standing")
