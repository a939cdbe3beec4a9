"""What came in, what was finished, and what it left open.

Counts: every change of whether a ticket is open in a queue: opened, reopened, moved in; closed, moved out, gone.
Ignores: a ticket closed while closed or reopened while open; moves of a closed ticket.
Clock: the instant of each change; a week is the team's, from Monday.
Undefined: nothing (a week without changes counts zero), but for control limits, which need three complete weeks, those
before the first ticket of the queues left out.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import duckdb
import plotly.graph_objects as go
import polars as pl

from metrics import figures
from metrics.columns import Queues, ask, queue_names, window
from metrics.control_limits import behaviour
from metrics.control_limits import control_limits as control_limits
from metrics.instants import parse_instant
from metrics.recent import ask_since
from metrics.week_bins import bin_sql, first_instant
from metrics.week_table import week_table
from metrics.weekly_totals import weekly_totals
from metrics.weeks import Week

ARRIVALS = ("opened", "reopened", "moved in")
DEPARTURES = ("closed", "moved out", "gone")
_REASONS = (*ARRIVALS, *DEPARTURES)
_PERIOD = ("week", "starts_at", "ends_at", "is_complete")
_SUMMED = ("arrivals", "net", "open_tickets")

_CHANGES = """
SELECT ticket_id, queue, from_at AS occurred_at, 1 AS change, arrival AS reason FROM presence($as_of)
WHERE $queues IS NULL OR list_contains($queues, queue)
UNION ALL
SELECT ticket_id, queue, until_at, -1, departure FROM presence($as_of)
WHERE until_at IS NOT NULL AND ($queues IS NULL OR list_contains($queues, queue))
"""
_ROWS = f"""
WITH change AS ({_CHANGES})
SELECT c.ticket_id, t.key, c.queue, c.occurred_at, c.change, c.reason
FROM change AS c JOIN store.ticket AS t USING (ticket_id)
WHERE ($since IS NULL OR occurred_at >= $since) AND ($until IS NULL OR occurred_at < $until)
ORDER BY c.occurred_at, c.ticket_id, c.change DESC
"""
_FIRST = "SELECT min(from_at) FROM presence($as_of) WHERE $queues IS NULL OR list_contains($queues, queue)"
_ARRIVED = """
SELECT {place} AS place, count(*) FROM presence($as_of)
WHERE $queues IS NULL OR list_contains($queues, queue) GROUP BY ALL
"""


def flow(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    queue: Queues = None,
) -> duckdb.DuckDBPyRelation:
    """One row per change of what is open, in [since, until): ticket_id, key, queue, occurred_at, change, reason.

    change is +1 for opened, reopened, moved in and -1 for closed, moved out, gone: summed up to an instant, it is
    what was open then.
    """
    span = window(since, until)
    return ask_since(con, span["since"], _ROWS, as_of=parse_instant(as_of), queues=queue_names(queue), **span)


def weekly(rows: duckdb.DuckDBPyRelation, weeks: Sequence[Week], as_of: str | datetime) -> pl.DataFrame:
    """One row per week from `flow` rows of all time; the weeks are in order.

    week, starts_at, ends_at, is_complete, opened, reopened, moved_in, closed, moved_out, gone, arrivals,
    completions (closed), net, open_tickets (when the week ended, or at as_of in the week that has not).
    """
    table = week_table(weeks, as_of)
    counts = weekly_totals(rows, weeks, "reason")
    for reason in _REASONS:
        own = counts.filter(reason=reason).select("week", (pl.col("gained") + pl.col("lost")).alias(_column(reason)))
        table = table.join(own, on="week", how="left", maintain_order="left")
    summed = counts.group_by("week").agg(
        arrivals=pl.col("gained").sum(),
        net=pl.col("gained").sum() - pl.col("lost").sum(),
        open_tickets=pl.col("standing").sum(),
    )
    table = table.join(summed, on="week", how="left", maintain_order="left")
    table = table.with_columns(pl.col(*map(_column, _REASONS), *_SUMMED).fill_null(0)).with_columns(
        completions="closed"
    )
    return table.select(*_PERIOD, *map(_column, _REASONS), "arrivals", "completions", "net", "open_tickets")


def weekly_flow(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, weeks: Sequence[Week], queue: Queues = None
) -> pl.DataFrame:
    """`weekly`, has_history (false: the week ended before the first ticket of these queues), and the limits of arrivals
    in weeks with a history beside it: see `metrics.control_limits.behaviour`."""
    begun = first_instant(weeks)
    asked: dict[str, Any] = {"as_of": parse_instant(as_of), "queues": queue_names(queue)}
    # What was over before the weeks began adds up to nothing.
    table = weekly(ask_since(con, begun, _CHANGES, **asked), weeks, as_of)
    table = table.with_columns(has_history=_has_history(con, table, **asked))
    return behaviour(table, judged=pl.col("is_complete") & pl.col("has_history"))


def _has_history(con: duckdb.DuckDBPyConnection, table: pl.DataFrame, **asked: Any) -> pl.Expr:
    """Asked of the store only where the first weeks are so quiet that there may have been nothing before them."""
    if any(any(row) for row in table.select("arrivals", "net", "open_tickets").head(1).iter_rows()):
        return pl.lit(True)
    [(first,)] = ask(con, _FIRST, **asked).fetchall()
    return pl.col("ends_at") > pl.lit(first, pl.Datetime("us")) if first else pl.lit(False)


def weekly_arrivals(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, weeks: Sequence[Week], queue: Queues = None
) -> list[int]:
    """The arrivals of `weekly_flow` for consecutive weeks, at a third of its price."""
    begun, instant = first_instant(weeks), parse_instant(as_of)
    sql = _ARRIVED.replace("{place}", bin_sql("from_at", weeks))
    counts = dict(ask_since(con, begun, sql, as_of=instant, queues=queue_names(queue)).fetchall())
    return [counts.get(place, 0) for place in range(len(weeks))]


def summary(rows: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """One row per queue: how often each reason occurred, and the net change."""
    counts = ", ".join(f"count(*) FILTER (reason = '{reason}') AS {_column(reason)}" for reason in _REASONS)
    return rows.aggregate(f"queue, {counts}, sum(change)::BIGINT AS net").order("queue").pl()


def _column(reason: str) -> str:
    return reason.replace(" ", "_")


def figure(rows: duckdb.DuckDBPyRelation) -> go.Figure:
    """What was open after each change; of rows that begin in mid-history, by how much it changed."""
    steps = rows.select("occurred_at, sum(change) OVER (ORDER BY occurred_at ROWS UNBOUNDED PRECEDING) AS open").pl()
    line = {
        "type": "scatter",
        "mode": "lines",
        "line": {"shape": "hv"},
        "x": steps["occurred_at"].to_list(),
        "y": steps["open"].to_list(),
    }
    return figures.drawn(
        [line], question="Is the pile growing?", y="Open tickets (count)", n=len(steps), counted="changes"
    )
