"""How many tickets of each week somebody else answered, and the median seconds to the first word."""

from collections.abc import Sequence

import duckdb
import pandas as pd  # type: ignore[import-untyped] # it ships no types
import polars as pl

import metrics
from benchmarks.metrics.beside.plain import BOTS, WEEK, Question, Tables, medians, medians_told
from metrics.weeks import Week

_SQL = f"""
WITH word AS (
    SELECT e.ticket_id, min(e.occurred_at) AS responded_at
    FROM event AS e JOIN ticket AS t USING (ticket_id)
    WHERE e.field = 'comment' AND e.actor_id NOT IN ({BOTS}) AND e.actor_id <> t.author_id
    GROUP BY e.ticket_id
),
wait AS (
    SELECT {WEEK.format("t.opened_at")}, epoch(w.responded_at - t.opened_at) AS seconds
    FROM ticket AS t JOIN word AS w USING (ticket_id) ANTI JOIN gone USING (ticket_id)
)
SELECT week, count(*) AS n, CASE WHEN count(*) >= 5 THEN quantile_disc(seconds, 0.5) END AS median
FROM wait WHERE week >= 0 GROUP BY week ORDER BY week
"""


def _of_watchbill(con: duckdb.DuckDBPyConnection, as_of: str, weeks: Sequence[Week]) -> pl.DataFrame:
    return medians_told(metrics.first_response(con, as_of=as_of).pl(), "opened_at", "response_seconds", weeks)


def _in_pandas(tables: Tables) -> pd.DataFrame:
    """n and median seconds to the first word of somebody else, by the week of opening."""
    tickets = tables.ticket[~tables.ticket["ticket_id"].isin(tables.gone.index)]
    comments = tables.event[tables.event["field"] == "comment"].merge(tickets, on="ticket_id")
    comments = comments[~comments["actor_id"].isin(tables.bots) & (comments["actor_id"] != comments["author_id"])]
    first = tickets["ticket_id"].map(comments.groupby("ticket_id")["occurred_at"].min())
    return medians(tables, tickets["opened_at"], (first - tickets["opened_at"]).dt.total_seconds())


QUESTION = Question(_of_watchbill, _in_pandas, _SQL)
