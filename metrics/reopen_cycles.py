"""How long tickets stayed open, and how often finished work came back.

Counts: every opening of a ticket, the first and each reopening, as a cycle until it was closed.
Ignores: closing a closed ticket again; moves between queues, which do not end a cycle.
Clock: from the opening or reopening to the closing; wall time.
Undefined: the duration of a cycle still open (null); what it has lasted so far stands beside it.
"""

from datetime import datetime
from typing import Literal

import duckdb
import plotly.graph_objects as go
import polars as pl

from metrics.columns import Queues, ask, queue_names, window
from metrics.distributions import kaplan_meier_median
from metrics.snapshot import parse_instant

_ROWS = """
SELECT t.ticket_id, t.key, q.queue, o.cycle, o.from_at AS started_at, o.until_at AS closed_at,
    (epoch_us(o.until_at) - epoch_us(o.from_at)) / 1e6 AS open_seconds,
    (epoch_us(coalesce(o.until_at, $as_of)) - epoch_us(o.from_at)) / 1e6 AS lasted_seconds,
    t.opened_at
FROM open_spell($as_of) AS o
JOIN live_ticket($as_of) AS t USING (ticket_id)
JOIN queue_of($as_of) AS q USING (ticket_id)
WHERE o.is_open AND ($queues IS NULL OR list_contains($queues, q.queue))
    AND ($since IS NULL OR t.opened_at >= $since) AND ($until IS NULL OR t.opened_at < $until)
ORDER BY t.opened_at, t.ticket_id, o.cycle
"""


def reopen_cycles(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    queue: Queues = None,
) -> duckdb.DuckDBPyRelation:
    """One row per cycle of the tickets opened in [since, until).

    ticket_id, key, queue, cycle, started_at, closed_at, open_seconds, lasted_seconds (to as_of while open), opened_at.
    """
    return ask(con, _ROWS, as_of=parse_instant(as_of), queues=queue_names(queue), **window(since, until))


def lead_times(rows: duckdb.DuckDBPyRelation, cycles: Literal["first", "last", "sum"] = "last") -> pl.DataFrame:
    """One row per ticket: ticket_id, key, lead_seconds, is_finished, cycles.

    `first` measures from the opening to the first closing, `last` to the last one, `sum` only the time it was open.
    Of a ticket that is open again under `last` or `sum`, lead_seconds is what it has lasted so far.
    """
    frame = rows.pl().sort("ticket_id", "cycle")
    end = pl.col("started_at") + pl.duration(microseconds=(pl.col("lasted_seconds") * 1e6).round().cast(pl.Int64))
    to_close = (end - pl.col("opened_at")).dt.total_microseconds() / 1e6
    seconds = {"first": to_close.first(), "last": to_close.last(), "sum": pl.col("lasted_seconds").sum()}[cycles]
    closing = pl.col("closed_at").first() if cycles == "first" else pl.col("closed_at").last()
    return frame.group_by("ticket_id", "key", maintain_order=True).agg(
        seconds.alias("lead_seconds"), closing.is_not_null().alias("is_finished"), pl.len().alias("cycles")
    )


def summary(rows: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """One row: tickets, reopened_tickets, reopenings, median_lead_seconds (to the last closing, the open counted)."""
    leads = lead_times(rows)
    return pl.DataFrame(
        {
            "tickets": [len(leads)],
            "reopened_tickets": [leads.filter(pl.col("cycles") > 1).height],
            "reopenings": [int((leads["cycles"].cast(pl.Int64) - 1).sum())],
            "median_lead_seconds": [kaplan_meier_median(leads["lead_seconds"], leads["is_finished"])],
        },
        schema_overrides={"median_lead_seconds": pl.Float64},
    )


def figure(rows: duckdb.DuckDBPyRelation) -> go.Figure:
    """How many tickets took how many cycles."""
    counts = (
        rows.aggregate("ticket_id, max(cycle) AS cycles").aggregate("cycles, count(*) AS tickets").order("cycles").pl()
    )
    bars = {"type": "bar", "x": counts["cycles"].to_list(), "y": counts["tickets"].to_list()}
    axes = {"xaxis": {"title": {"text": "Times opened"}, "dtick": 1}, "yaxis": {"title": {"text": "Tickets"}}}
    return go.Figure({"data": [bars], "layout": axes})
