"""How many stays that began in each week were triaged, and the median seconds until then."""

from collections.abc import Sequence

import duckdb
import pandas as pd  # type: ignore[import-untyped] # it ships no types
import polars as pl

import metrics
from benchmarks.metrics.beside.plain import WEEK, Question, Tables, medians, medians_told
from benchmarks.metrics.beside.triage_stays import STAYS, stays
from metrics.weeks import Week

_SQL = f"""
WITH {STAYS},
wait AS (
    SELECT {WEEK.format("entered_at")}, epoch(triaged_at - entered_at) AS seconds
    FROM stay WHERE triaged_at IS NOT NULL
)
SELECT week, count(*) AS n, CASE WHEN count(*) >= 5 THEN quantile_disc(seconds, 0.5) END AS median
FROM wait WHERE week >= 0 GROUP BY week ORDER BY week
"""


def _of_watchbill(con: duckdb.DuckDBPyConnection, as_of: str, weeks: Sequence[Week]) -> pl.DataFrame:
    return medians_told(metrics.triage_latency(con, as_of=as_of).pl(), "entered_at", "latency_seconds", weeks)


def _in_pandas(tables: Tables) -> pd.DataFrame:
    """n and median seconds of the triaged stays, by the week of entering."""
    stay = stays(tables)
    return medians(tables, stay["entered_at"], (stay["triaged_at"] - stay["entered_at"]).dt.total_seconds())


QUESTION = Question(_of_watchbill, _in_pandas, _SQL)
