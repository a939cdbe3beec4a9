"""How long a ticket waited in a queue until it was triaged.

Counts: every stay of a ticket in a queue, from entering it (opened, moved or tagged into it); re-entering is a cycle.
Where the rule asks for a comment, one that the requester cannot see is one, too.
Ignores: what bots do; the author's own comments; what happens after the ticket has left the queue.
Clock: to the first moment the queue's triage rule holds; wall time, and working time of the team's calendar.
Undefined: the latency of a stay not triaged yet (null, not zero), and of queues with no rule; working time without a
calendar.
"""

from collections.abc import Sequence
from datetime import datetime

import duckdb
import plotly.graph_objects as go
import polars as pl

from metrics import figures, policies
from metrics.columns import Queues, queue_names, window
from metrics.distributions import kaplan_meier_median, nearest_rank
from metrics.instants import parse_instant
from metrics.readings import shown_by
from metrics.recent import ask_open, ask_since
from metrics.week_bins import first_instant
from metrics.weekly_waits import weekly_waits
from metrics.weeks import Week

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
WITH stay AS (
    SELECT s.*, (coalesce(s.triaged_us, s.left_us, {now_us}) - s.entered_us) / 1e6 AS waited_working_seconds
    FROM triage_stay($as_of) AS s
    WHERE ($queues IS NULL OR list_contains($queues, s.queue))
        AND ($since IS NULL OR s.entered_at >= $since) AND ($until IS NULL OR s.entered_at < $until)
)
SELECT t.ticket_id, t.key, s.queue, s.cycle, s.entered_at, s.triaged_at, s.left_at,
    (epoch_us(s.triaged_at) - epoch_us(s.entered_at)) / 1e6 AS latency_seconds,
    CASE WHEN s.triaged_at IS NOT NULL THEN s.waited_working_seconds END AS latency_working_seconds,
    s.waited_working_seconds, o.is_open, s.team, s.calendar
FROM stay AS s
JOIN live_ticket($as_of) AS t USING (ticket_id)
LEFT JOIN (FROM open_spell($as_of) WHERE until_at IS NULL) AS o USING (ticket_id)
"""
_WAITING = "WHERE o.is_open AND s.triaged_at IS NULL AND s.left_at IS NULL"
_WAITS = """
SELECT s.entered_at AS began_at, (coalesce(s.triaged_us, s.left_us, {now_us}) - s.entered_us) / 1e6 AS waited,
    s.triaged_at IS NOT NULL AS is_over
FROM triage_stay($as_of) AS s
WHERE (s.gone_at IS NULL OR s.gone_at >= $as_of)
    AND ($queues IS NULL OR list_contains($queues, s.queue))
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
    instant, span = parse_instant(as_of), window(since, until)
    sql = _ROWS.replace("{now_us}", shown_by("s.calendar", policies.calendars(con), instant))
    rows = ask_since(con, span["since"], sql, as_of=instant, queues=queue_names(queue), **span)
    return rows.order("entered_at, ticket_id, cycle").project(", ".join(COLUMNS))


def not_triaged(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, queue: Queues = None
) -> duckdb.DuckDBPyRelation:
    """The rows of `triage_latency` of open tickets that wait to be triaged, in no order."""
    instant = parse_instant(as_of)
    sql = _ROWS.replace("{now_us}", shown_by("s.calendar", policies.calendars(con), instant)) + _WAITING
    rows = ask_open(con, sql, as_of=instant, queues=queue_names(queue), **window(None, None))
    return rows.project(", ".join(COLUMNS))


def weekly(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, weeks: Sequence[Week], queue: Queues = None
) -> pl.DataFrame:
    """One row per week in which stays began: week, starts_at, ends_at, is_complete, stays, triaged_stays,
    median_working_seconds (Kaplan–Meier: those still waiting count), and p85_triaged_working_seconds and p95_… of the
    triaged ones alone."""
    instant = parse_instant(as_of)
    sql = _WAITS.replace("{now_us}", shown_by("s.calendar", policies.calendars(con), instant))
    waits = ask_since(con, first_instant(weeks), sql, as_of=instant, queues=queue_names(queue))
    return weekly_waits(waits, weeks, as_of, list(_SUMMARY)[1:])


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
    return figures.dots(
        rows.select(columns).pl(),
        question="How long did tickets wait to be triaged?",
        y="Wait for triage (working hours)",
        counted="stays in a queue",
        over="triaged",
    )
