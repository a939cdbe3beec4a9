"""How long a requester waited for the first word from somebody else.

Counts: every ticket, from its opening to the first comment by a human who is not its author.
Ignores: bots; the author's own comments; internal comments, which the requester cannot see; comments the tracker no
longer holds.
Clock: wall time, and working time of the calendar of the team whose queue the ticket was opened in.
Undefined: the response of a ticket nobody has answered (null, not zero); working time without a calendar.
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
from metrics.recent import ask_since
from metrics.week_bins import first_instant
from metrics.weekly_waits import weekly_waits
from metrics.weeks import Week

_ROWS = """
SELECT t.ticket_id, t.key, w.queue, t.opened_at, w.responded_at, coalesce(a.login, w.responder_id) AS responder,
    (epoch_us(w.responded_at) - epoch_us(t.opened_at)) / 1e6 AS response_seconds,
    (w.responded_us - w.opened_us) / 1e6 AS response_working_seconds,
    (coalesce(w.responded_us, {now_us}) - w.opened_us) / 1e6 AS waited_working_seconds, o.is_open, w.team, w.calendar
FROM answer($as_of) AS w
JOIN live_ticket($as_of) AS t USING (ticket_id)
LEFT JOIN actor AS a ON a.account_id = w.responder_id
LEFT JOIN (FROM open_spell($as_of) WHERE until_at IS NULL) AS o USING (ticket_id)
WHERE ($queues IS NULL OR list_contains($queues, w.queue))
    AND ($since IS NULL OR t.opened_at >= $since) AND ($until IS NULL OR t.opened_at < $until)
"""
_WAITS = """
SELECT w.opened_at AS began_at, (coalesce(w.responded_us, {now_us}) - w.opened_us) / 1e6 AS waited,
    w.responded_at IS NOT NULL AS is_over
FROM answer($as_of) AS w
WHERE (w.gone_at IS NULL OR w.gone_at >= $as_of)
    AND ($queues IS NULL OR list_contains($queues, w.queue))
"""


def first_response(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    queue: Queues = None,
) -> duckdb.DuckDBPyRelation:
    """One row per ticket opened in [since, until).

    ticket_id, key, queue, opened_at, responded_at, responder, response_seconds, response_working_seconds,
    waited_working_seconds (to the response, or to where the known history ends), is_open, team, calendar.
    """
    instant, span = parse_instant(as_of), window(since, until)
    sql = _ROWS.replace("{now_us}", shown_by("w.calendar", policies.calendars(con), instant))
    rows = ask_since(con, span["since"], sql, as_of=instant, queues=queue_names(queue), **span)
    return rows.order("opened_at, ticket_id")


def weekly(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, weeks: Sequence[Week], queue: Queues = None
) -> pl.DataFrame:
    """One row per week in which tickets were opened: week, starts_at, ends_at, is_complete, tickets, answered_tickets,
    median_working_seconds (Kaplan–Meier: the unanswered count), and p85_answered_working_seconds and p95_… of the
    answered ones alone."""
    instant = parse_instant(as_of)
    sql = _WAITS.replace("{now_us}", shown_by("w.calendar", policies.calendars(con), instant))
    waits = ask_since(con, first_instant(weeks), sql, as_of=instant, queues=queue_names(queue))
    return weekly_waits(waits, weeks, as_of, _WEEKLY)


_WEEKLY = (
    "tickets",
    "answered_tickets",
    "median_working_seconds",
    "p85_answered_working_seconds",
    "p95_answered_working_seconds",
)


def summary(rows: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """One row per queue: tickets, answered_tickets, median_working_seconds (Kaplan–Meier: the unanswered count) and
    p85_answered_working_seconds of the answered ones alone."""
    return pl.DataFrame(
        [
            {
                "queue": queue,
                "tickets": len(tickets),
                "answered_tickets": tickets["responded_at"].count(),
                "median_working_seconds": kaplan_meier_median(
                    tickets["waited_working_seconds"], tickets["responded_at"].is_not_null()
                ),
                "p85_answered_working_seconds": nearest_rank(tickets["response_working_seconds"], 85),
            }
            for (queue,), tickets in rows.pl().group_by("queue", maintain_order=True)
        ],
        schema={
            "queue": pl.String,
            "tickets": pl.Int64,
            "answered_tickets": pl.Int64,
            "median_working_seconds": pl.Float64,
            "p85_answered_working_seconds": pl.Float64,
        },
    )


def figure(rows: duckdb.DuckDBPyRelation) -> go.Figure:
    """Each ticket by when it was opened and how many working hours it waited; the unanswered are hollow."""
    columns = (
        "key, opened_at AS began_at, waited_working_seconds AS working_seconds, responded_at IS NOT NULL AS is_over"
    )
    return figures.dots(
        rows.select(columns).pl(),
        question="How long did requesters wait for a first word?",
        y="Wait for a first word (working hours)",
        counted="tickets",
        over="answered",
    )
