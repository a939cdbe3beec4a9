"""Verdicts week by week: by when clocks started, and by when they fell due."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import duckdb
import polars as pl

from metrics.columns import Queues
from metrics.slo import VERDICTS, verdicts
from metrics.week_bins import bin_sql, consecutive
from metrics.week_table import week_table
from metrics.weeks import Week

_COUNTS = """
SELECT policy, any_value(policy_ordinal) AS policy_ordinal, {place} AS place, {counts}
FROM clocks WHERE {place} IS NOT NULL AND verdict IS NOT NULL GROUP BY policy, place
"""


def slo_weekly(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, weeks: Sequence[Week], queue: Queues = None
) -> pl.DataFrame:
    """One row per week and promise: week, starts_at, ends_at, is_complete, policy; due_met, due_breached_closed,
    due_breached_open, due_running and due_compliance of the clocks that fell due in the week; opened_… of those that
    started in it. Running clocks are in neither share; a share of nothing is null.
    """
    told = verdicts(con, as_of=as_of, queue=queue)
    all_weeks = consecutive(weeks)
    by = {base: _counted(told, bin_sql(column, all_weeks), base) for base, column in _BASES.items()}
    policies = pl.concat([counts.select("policy", "policy_ordinal") for counts in by.values()]).unique()
    table = week_table(all_weeks, as_of).with_row_index("place").cast({"place": pl.Int32})
    table = table.filter(pl.col("week").is_in([week.name for week in weeks]))
    table = policies.sort("policy_ordinal").join(table, how="cross", maintain_order="left_right")
    for base, counts in by.items():
        table = table.join(counts.drop("policy_ordinal"), on=["policy", "place"], how="left", maintain_order="left")
        table = table.with_columns(pl.col(*_names(base)).fill_null(0)).with_columns(_compliance(base))
    shown = [name for base in _BASES for name in (*_names(base), f"{base}_compliance")]
    return table.select("week", "starts_at", "ends_at", "is_complete", "policy", *shown)


_BASES = {"due": "due_at", "opened": "started_at"}


def _names(base: str) -> list[str]:
    return [f"{base}_{verdict.replace('-', '_')}" for verdict in VERDICTS]


def _counted(told: duckdb.DuckDBPyRelation, place: str, base: str) -> pl.DataFrame:
    named: Any = zip(VERDICTS, _names(base), strict=True)
    counts = ", ".join(f"count(*) FILTER (verdict = '{verdict}') AS {name}" for verdict, name in named)
    return told.query("clocks", _COUNTS.format(place=place, counts=counts)).pl()


def _compliance(base: str) -> pl.Expr:
    met, *breached, _ = map(pl.col, _names(base))
    judged = met + pl.sum_horizontal(breached)
    return pl.when(judged > 0).then(met / judged).alias(f"{base}_compliance")
