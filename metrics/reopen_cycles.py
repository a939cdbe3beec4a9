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

from metrics import figures
from metrics.columns import Queues, ask, queue_names, window
from metrics.distributions import kaplan_meier_median
from metrics.instants import parse_instant

Cycles = Literal["first", "last", "sum"]

# Of a ticket that has moved since, the queue it was in then.
_ROWS = """
WITH placed AS (
    FROM fact.cycle WHERE queued_at < $as_of
    UNION ALL
    SELECT c.* REPLACE (q.queue AS queue) FROM fact.cycle AS c JOIN queue_of($as_of) AS q USING (ticket_id)
    WHERE c.queued_at >= $as_of
),
known AS (
    SELECT * REPLACE (known(until_at, $as_of) AS until_at, known(active_at, $as_of) AS active_at) FROM placed
    WHERE opened_at < $as_of AND from_at < $as_of AND (gone_at IS NULL OR gone_at >= $as_of)
)
SELECT ticket_id, key, queue, cycle, from_at AS started_at, until_at AS closed_at,
    (epoch_us(until_at) - epoch_us(from_at)) / 1e6 AS open_seconds,
    (epoch_us(coalesce(until_at, $as_of)) - epoch_us(from_at)) / 1e6 AS lasted_seconds,
    opened_at, active_at AS first_active_at, reopened_at IS NULL OR reopened_at >= $as_of AS is_last
FROM known
WHERE ($queues IS NULL OR list_contains($queues, queue))
    AND ($since IS NULL OR opened_at >= $since) AND ($until IS NULL OR opened_at < $until)
"""
# As lead_times tells it of the last cycle, which ends last and alone may be open.
_LEADS = """
closed_at IS NOT NULL AS is_finished,
(coalesce(epoch_us(closed_at), epoch_us(started_at) + round(lasted_seconds * 1e6)::BIGINT) - epoch_us(opened_at)) / 1e6
    AS lead_seconds
"""
_COUNTS = """
count(*) FILTER (is_last) AS tickets, count(*) FILTER (cycle = 2) AS reopened_tickets,
count(*) FILTER (NOT is_last) AS reopenings
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

    ticket_id, key, queue, cycle, started_at, closed_at, open_seconds, lasted_seconds (to as_of while open), opened_at,
    first_active_at (when the ticket first was in the active stage in this cycle; null: never), is_last (not opened
    again).
    """
    return openings(con, as_of=as_of, since=since, until=until, queue=queue).order("opened_at, ticket_id, cycle")


def openings(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    queue: Queues = None,
) -> duckdb.DuckDBPyRelation:
    """The rows of `reopen_cycles` in no order, for adding up."""
    return ask(con, _ROWS, as_of=parse_instant(as_of), queues=queue_names(queue), **window(since, until))


def lead_times(rows: duckdb.DuckDBPyRelation, cycles: Cycles = "last") -> pl.DataFrame:
    """One row per ticket: ticket_id, key, lead_seconds, is_finished, cycles.

    `first` measures from the opening to the first closing, `last` to the last one, `sum` only the time it was open.
    Of a ticket that is open again under `last` or `sum`, lead_seconds is what it has lasted so far.
    """
    frame = rows.pl().sort("ticket_id", "cycle")
    to_close = _seconds(_ended() - pl.col("opened_at"))
    seconds = {"first": to_close.first(), "last": to_close.last(), "sum": pl.col("lasted_seconds").sum()}[cycles]
    closing = pl.col("closed_at").first() if cycles == "first" else pl.col("closed_at").last()
    return frame.group_by("ticket_id", "key", maintain_order=True).agg(
        seconds.alias("lead_seconds"), closing.is_not_null().alias("is_finished"), pl.len().alias("cycles")
    )


def cycle_times(rows: duckdb.DuckDBPyRelation, cycles: Cycles = "last") -> pl.DataFrame:
    """One row per ticket that was ever active: ticket_id, key, cycle_seconds, is_finished, cycles (the active ones).

    `first` measures from the first active moment to the closing that follows it, `last` from there to the last closing,
    `sum` from the first active moment of each cycle to that cycle's closing, and adds them up: a reopened ticket that
    was closed again without becoming active adds nothing. Of a ticket that is open, under `last` and `sum` always and
    under `first` in its first active cycle, cycle_seconds is what it has lasted so far; under `sum` a cycle that is not
    active yet adds nothing so far.
    """
    frame = rows.pl().sort("ticket_id", "cycle")
    started = pl.col("first_active_at")
    end = _ended()
    first, last = started.drop_nulls().first(), started.is_not_null()
    seconds = {
        "first": _seconds(end.filter(last).first() - first),
        "last": _seconds(end.last() - first),
        "sum": _seconds((end - started).sum()),
    }[cycles]
    closing = pl.col("closed_at").filter(last).first() if cycles == "first" else pl.col("closed_at").last()
    told = frame.group_by("ticket_id", "key", maintain_order=True).agg(
        seconds.alias("cycle_seconds"), closing.is_not_null().alias("is_finished"), started.count().alias("cycles")
    )
    return told.filter(pl.col("cycles") > 0)


def _ended() -> pl.Expr:
    """When each cycle ended, or as_of while it lasts."""
    return pl.col("started_at") + pl.duration(microseconds=(pl.col("lasted_seconds") * 1e6).round().cast(pl.Int64))


def _seconds(lasted: pl.Expr) -> pl.Expr:
    return lasted.dt.total_microseconds() / 1e6


def summary(rows: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """One row: tickets, reopened_tickets, reopenings, median_lead_seconds (to the last closing, the open counted)."""
    leads = rows.filter("is_last").select(_LEADS).pl()
    median = kaplan_meier_median(leads["lead_seconds"], leads["is_finished"])
    return rows.aggregate(_COUNTS).pl().with_columns(median_lead_seconds=pl.lit(median, pl.Float64))


def figure(rows: duckdb.DuckDBPyRelation) -> go.Figure:
    """How many tickets took how many cycles."""
    counts = (
        rows.aggregate("ticket_id, max(cycle) AS cycles").aggregate("cycles, count(*) AS tickets").order("cycles").pl()
    )
    bars = {"type": "bar", "x": counts["cycles"].to_list(), "y": counts["tickets"].to_list()}
    return figures.drawn(
        [bars],
        question="How often does finished work come back?",
        y="Tickets (count)",
        n=int(counts["tickets"].sum()),
        counted="tickets",
        layout={"xaxis": {"title": {"text": "Times opened"}, "dtick": 1}},
    )
