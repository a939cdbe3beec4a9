"""How old all open tickets are together, week by week: a pile that ages grows even where its number stands still."""

from collections.abc import Sequence
from datetime import datetime

import duckdb
import polars as pl

from metrics.columns import ask, queue_names
from metrics.instants import parse_instant
from metrics.week_table import week_table
from metrics.weeks import Week

_ROWS = """
SELECT m.week, count(*) AS tickets, sum(epoch_us(m.moment) - epoch_us(t.opened_at)) / 1e6 AS total_age_seconds
FROM moment_asked AS m
JOIN presence($as_of) AS p ON p.from_at < m.moment AND (p.until_at IS NULL OR p.until_at >= m.moment)
JOIN store.ticket AS t USING (ticket_id)
WHERE list_contains($queues, p.queue)
GROUP BY m.week
"""


def total_age(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, weeks: Sequence[Week], queues: Sequence[str]
) -> pl.DataFrame:
    """One row per week: week, starts_at, ends_at, is_complete; tickets open when it ended, or at as_of, and
    total_age_seconds, the time since each was opened, added up."""
    table, instant = week_table(weeks, as_of), parse_instant(as_of)
    moments = table.select("week", moment=pl.min_horizontal("ends_at", pl.lit(instant, pl.Datetime("us"))))
    con.register("moment_asked", moments)
    try:
        found = ask(con, _ROWS, as_of=instant, queues=queue_names(list(queues))).pl()
    finally:
        con.unregister("moment_asked")
    return table.join(found, on="week", how="left", maintain_order="left").with_columns(
        pl.col("tickets").fill_null(0), pl.col("total_age_seconds").fill_null(0.0)
    )
