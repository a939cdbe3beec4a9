"""How long a ticket waited in a queue until it was triaged.

Counts: every stay of a ticket in a queue, from entering it (opened, moved or tagged into it); re-entering is a cycle.
Where the rule asks for a comment, one that the requester cannot see is one, too.
Ignores: what bots do; the author's own comments; what happens after the ticket has left the queue.
Clock: to the first moment the queue's triage rule holds; wall time, and working time of the team's calendar.
Undefined: the latency of a stay not triaged yet (null, not zero), and of queues with no rule; working time without a
calendar.
"""

from datetime import datetime

import duckdb
import plotly.graph_objects as go
import polars as pl

from metrics import figures, policies
from metrics.columns import Queues, ask, queue_names, relation, window
from metrics.distributions import kaplan_meier_median, nearest_rank
from metrics.snapshot import parse_instant
from metrics.worktime import working_seconds_by

COLUMNS = (
    "ticket_id",
    "key",
    "queue",
    "cycle",
    "entered_at",
    "triaged_at",
    "left_at",
    "latency_seconds",
    "latency_working_seconds",
    "waited_working_seconds",
    "is_open",
    "team",
    "calendar",
)

_ROWS = """
SELECT t.ticket_id, t.key, s.queue, s.cycle, s.entered_at, s.triaged_at, s.left_at,
    (epoch_us(s.triaged_at) - epoch_us(s.entered_at)) / 1e6 AS latency_seconds, o.is_open, s.team, s.calendar
FROM triage_stay($as_of) AS s
JOIN live_ticket($as_of) AS t USING (ticket_id)
LEFT JOIN (FROM open_spell($as_of) WHERE until_at IS NULL) AS o USING (ticket_id)
WHERE ($queues IS NULL OR list_contains($queues, s.queue))
    AND ($since IS NULL OR s.entered_at >= $since) AND ($until IS NULL OR s.entered_at < $until)
ORDER BY s.entered_at, s.ticket_id
"""


def triage_latency(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    queue: Queues = None,
) -> duckdb.DuckDBPyRelation:
    """One row per stay in a queue that began in [since, until).

    ticket_id, key, queue, cycle, entered_at, triaged_at, left_at, latency_seconds, latency_working_seconds,
    waited_working_seconds (to the triage, or to where the stay or the known history ends), is_open, team, calendar.
    """
    instant = parse_instant(as_of)
    stays = ask(con, _ROWS, as_of=instant, queues=queue_names(queue), **window(since, until)).pl()
    return relation(con, _with_working_time(con, stays, instant))


def _with_working_time(con: duckdb.DuckDBPyConnection, stays: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    calendars, ends = policies.calendars(con), pl.coalesce("triaged_at", "left_at", pl.lit(as_of, pl.Datetime("us")))
    stays = stays.with_columns(waited_until=ends)
    waited = working_seconds_by(calendars, stays["calendar"], stays["entered_at"], stays["waited_until"])
    return (
        stays.drop("waited_until")
        .with_columns(waited_working_seconds=waited)
        .with_columns(
            latency_working_seconds=pl.when(pl.col("triaged_at").is_not_null()).then("waited_working_seconds")
        )
        .select(*COLUMNS)
    )


def summary(rows: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """One row per queue: stays, triaged_stays, median_working_seconds (Kaplan–Meier: those still waiting count), and
    p85_triaged_working_seconds and p95_… of the triaged ones alone."""
    return pl.DataFrame(
        [
            {
                "queue": queue,
                "stays": len(stays),
                "triaged_stays": stays["triaged_at"].count(),
                "median_working_seconds": kaplan_meier_median(
                    stays["waited_working_seconds"], stays["triaged_at"].is_not_null()
                ),
                "p85_triaged_working_seconds": nearest_rank(stays["latency_working_seconds"], 85),
                "p95_triaged_working_seconds": nearest_rank(stays["latency_working_seconds"], 95),
            }
            for (queue,), stays in rows.pl().group_by("queue", maintain_order=True)
        ],
        schema=_SUMMARY,
    )


_SUMMARY = {
    "queue": pl.String,
    "stays": pl.Int64,
    "triaged_stays": pl.Int64,
    "median_working_seconds": pl.Float64,
    "p85_triaged_working_seconds": pl.Float64,
    "p95_triaged_working_seconds": pl.Float64,
}


def figure(rows: duckdb.DuckDBPyRelation) -> go.Figure:
    """Each stay by when it began and how many working hours it waited; those still waiting are hollow."""
    columns = (
        "key, entered_at AS began_at, waited_working_seconds AS working_seconds, triaged_at IS NOT NULL AS is_over"
    )
    return figures.dots(rows.select(columns).pl(), "Working hours to triage")
