"""Verdicts week by week: by when clocks started, and by when they fell due."""

from collections.abc import Sequence
from datetime import datetime

import duckdb
import polars as pl

from metrics.columns import Queues
from metrics.slo import verdicts
from metrics.slo_judgement import VERDICTS
from metrics.week_bins import bin_sql, consecutive
from metrics.week_table import week_table
from metrics.weeks import Week

# One pass over the clocks, however many weeks and verdicts. What has no deadline has no verdict, which takes longer to
# ask each clock about.
_COUNTS = """
SELECT verdict_place, policy_ordinal, {due} AS due, {opened} AS opened, count(*) AS clocks
FROM clocks WHERE due_at IS NOT NULL GROUP BY ALL
"""
_POLICIES = "SELECT DISTINCT ordinal AS policy_ordinal, policy FROM slo_policy"


def slo_weekly(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, weeks: Sequence[Week], queue: Queues = None
) -> pl.DataFrame:
    """One row per week and promise: week, starts_at, ends_at, is_complete, policy; due_met, due_breached_closed,
    due_breached_open, due_running and due_compliance of the clocks that fell due in the week; opened_… of those that
    started in it. Running clocks are in neither share; a share of nothing is null.
    """
    all_weeks = consecutive(weeks)
    places = {base: bin_sql(column, all_weeks) for base, column in _BASES.items()}
    clocks = verdicts(con, as_of=as_of, since=weeks[0].starts_at if weeks else None, queue=queue)
    counts = clocks.query("clocks", _COUNTS.format(**places)).pl()
    counts = counts.join(con.sql(_POLICIES).pl(), on="policy_ordinal")
    counts = counts.filter(pl.any_horizontal(pl.col(*_BASES).is_not_null()))
    policies = counts.group_by("policy").agg(pl.min("policy_ordinal")).sort("policy_ordinal").select("policy")
    table = week_table(all_weeks, as_of).with_row_index("place").cast({"place": pl.Int32})
    table = table.filter(pl.col("week").is_in([week.name for week in weeks]))
    table = policies.join(table, how="cross", maintain_order="left_right")
    for base in _BASES:
        table = table.join(_counted(counts, base), on=["policy", "place"], how="left", maintain_order="left")
        table = table.with_columns(pl.col(*_names(base)).fill_null(0)).with_columns(_compliance(base))
    shown = [name for base in _BASES for name in (*_names(base), f"{base}_compliance")]
    return table.select("week", "starts_at", "ends_at", "is_complete", "policy", *shown)


_BASES = {"due": "due_at", "opened": "started_at"}


def _names(base: str) -> list[str]:
    return [f"{base}_{verdict.replace('-', '_')}" for verdict in VERDICTS]


def _counted(counts: pl.DataFrame, base: str) -> pl.DataFrame:
    """How many clocks of each promise and week have each verdict."""
    sums = (
        pl.col("clocks").filter(pl.col("verdict_place") == place).sum().cast(pl.Int64).alias(name)
        for place, name in enumerate(_names(base))
    )
    return counts.drop_nulls(base).group_by("policy", pl.col(base).alias("place")).agg(*sums)


def _compliance(base: str) -> pl.Expr:
    met, *breached, _ = map(pl.col, _names(base))
    judged = met + pl.sum_horizontal(breached)
    return pl.when(judged > 0).then(met / judged).alias(f"{base}_compliance")
