"""How long things waited, by the week in which they began to: medians with those still waiting, percentiles without."""

from collections.abc import Sequence
from datetime import datetime

import duckdb
import polars as pl

from metrics.distributions import FEWEST, kaplan_meier_median
from metrics.week_bins import bin_sql, consecutive
from metrics.week_table import week_table
from metrics.weeks import Week

# Where nothing stopped waiting unfinished before the plain median, that is the Kaplan–Meier median, too.
_BINS = """
SELECT {place} AS place, count(*) AS begun, count(*) FILTER (is_over) AS over,
    CASE WHEN count(waited) >= {fewest} THEN quantile_disc(waited, 0.5) END AS median,
    min(waited) FILTER (NOT is_over) AS first_waiting,
    CASE WHEN count(waited) FILTER (is_over) >= {fewest}
        THEN quantile_disc(waited, [0.85, 0.95]) FILTER (is_over) END AS slowest
FROM waits WHERE {place} IS NOT NULL GROUP BY ALL
"""


def weekly_waits(
    waits: duckdb.DuckDBPyRelation, weeks: Sequence[Week], as_of: str | datetime, names: Sequence[str]
) -> pl.DataFrame:
    """One row per week: week, starts_at, ends_at, is_complete, then the five `names`: how many began, how many are
    over, the median of all (Kaplan–Meier), and the 85th and 95th percentile of those that are over, in seconds.

    `waits` has began_at, waited (seconds, so far or in all) and is_over. Below five none is shown.
    """
    all_weeks = consecutive(weeks)
    place = bin_sql("began_at", all_weeks)
    bins = waits.query("waits", _BINS.format(place=place, fewest=FEWEST)).pl()
    bins = bins.with_columns(median=_medians(waits, bins, place))
    table = week_table(all_weeks, as_of).with_row_index("place").cast({"place": pl.Int32})
    table = table.filter(pl.col("week").is_in([week.name for week in weeks]))
    table = table.join(bins, on="place", how="left", maintain_order="left")
    begun, over, median, p85, p95 = names
    return table.select(
        *table.columns[1:5],
        pl.col("begun").fill_null(0).alias(begun),
        pl.col("over").fill_null(0).alias(over),
        pl.col("median").alias(median),
        pl.col("slowest").list.get(0, null_on_oob=True).alias(p85),
        pl.col("slowest").list.get(1, null_on_oob=True).alias(p95),
    )


def _medians(waits: duckdb.DuckDBPyRelation, bins: pl.DataFrame, place: str) -> pl.Series:
    is_censored = (pl.col("first_waiting") <= pl.col("median")).fill_null(False)
    places = bins.filter(is_censored)["place"].to_list()
    if not places:
        return bins["median"]
    listed = ", ".join(map(str, places))
    rows = waits.query("waits", f"SELECT {place} AS place, waited, is_over FROM waits WHERE place IN ({listed})").pl()
    medians = {found: kaplan_meier_median(part["waited"], part["is_over"]) for (found,), part in rows.group_by("place")}
    return pl.Series(
        [medians.get(n, plain) for n, plain in zip(bins["place"], bins["median"], strict=True)], dtype=pl.Float64
    )
