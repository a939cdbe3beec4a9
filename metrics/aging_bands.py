"""At what age tickets leave each stage: what today's open tickets are held against.

Counts: for each stage, the tickets that left it in the trailing window (90 days unless told) and have not come back,
with their age since opening when they left it for the last time; and those still in it, with the age they have reached.
Ignores: gone tickets; the stage done, and values the stage map does not name; stages held for no time at all.
Clock: from opening to leaving the stage; calendar time, and working time of the team of the queue the ticket was in
when it left, by the calendar in force when it was opened.
Undefined: percentiles of fewer than five; working time without a calendar. Tickets that left tell of the quick ones
alone, so survival-based (Kaplan–Meier) percentiles stand beside theirs: tickets still in the stage count as leaving
later than now. Of the tickets opened before the window, only those that had not left by its beginning are seen; each is
at risk from the age it had then, so that old ones do not count as if all of their time had stayed. Being at risk does
not wait for the stage: the age at leaving it is asked of every ticket that passes through. Tickets that will enter it
one day are not known yet, so that even these percentiles are rather short.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import duckdb
import plotly.graph_objects as go
import polars as pl

from metrics import figures, policies
from metrics.columns import Queues, queue_names, relation
from metrics.distributions import kaplan_meier_percentiles, nearest_rank
from metrics.instants import parse_instant
from metrics.recent import ask_since
from metrics.worktime import working_seconds_by

STAGES = ("new", "triaged", "active", "waiting", "done")
PERCENTS = (50, 70, 85, 95)
COLUMNS = (
    "ticket_id",
    "key",
    "queue",
    "stage",
    "entered_at",
    "left_at",
    "has_left",
    "age_seconds",
    "age_working_seconds",
    "entry_age_seconds",
    "entry_age_working_seconds",
)

_ROWS = """
WITH stay AS (FROM stage_spell($as_of) WHERE stage <> 'done' AND until_at IS DISTINCT FROM from_at),
item AS (
    SELECT ticket_id, stage, min(from_at) AS entered_at,
        CASE WHEN bool_and(until_at IS NOT NULL) THEN max(until_at) END AS left_at
    FROM stay SEMI JOIN (FROM stay WHERE until_at IS NULL OR until_at >= $since) USING (ticket_id, stage)
    GROUP BY ticket_id, stage
)
SELECT t.ticket_id, t.key, nullif(q.queue, '') AS queue, i.stage, i.entered_at, i.left_at,
    i.left_at IS NOT NULL AS has_left, t.opened_at, v.version AS calendar,
    coalesce(i.left_at, $as_of) AS reached_at, greatest(t.opened_at, $since) AS watched_at,
    (epoch_us(reached_at) - epoch_us(t.opened_at)) / 1e6 AS age_seconds,
    (epoch_us(watched_at) - epoch_us(t.opened_at)) / 1e6 AS entry_age_seconds
FROM item AS i
JOIN live_ticket($as_of) AS t USING (ticket_id)
JOIN queue_span($as_of) AS q ON q.ticket_id = i.ticket_id AND q.from_key.moment < coalesce(i.left_at, $as_of)
    AND (q.until_key IS NULL OR q.until_key.moment >= coalesce(i.left_at, $as_of))
LEFT JOIN queue_calendar AS c ON c.queue = q.queue
LEFT JOIN calendar_version AS v ON v.calendar = c.calendar
    AND t.opened_at >= v.valid_from AND t.opened_at < v.valid_until
WHERE $queues IS NULL OR list_contains($queues, q.queue)
ORDER BY reached_at, t.ticket_id, i.stage
"""


def aging_bands(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, queue: Queues = None, days: int = 90
) -> duckdb.DuckDBPyRelation:
    """One row per ticket and stage that it left in the `days` before as_of, or is still in; see COLUMNS.

    age_seconds is the age at leaving, or at as_of; entry_age_seconds the age when the window began, 0 for a ticket
    opened later. queue is the one it was in when it left.
    """
    instant = parse_instant(as_of)
    since = instant - timedelta(days=days)
    items = ask_since(con, since, _ROWS, as_of=instant, since=since, queues=queue_names(queue)).pl()
    calendars = policies.calendars(con)
    names, opened, watched, reached = (items[name] for name in ("calendar", "opened_at", "watched_at", "reached_at"))
    items = items.with_columns(
        age_working_seconds=working_seconds_by(calendars, names, opened, reached),
        entry_age_working_seconds=working_seconds_by(calendars, names, opened, watched),
    )
    return relation(con, items.select(*COLUMNS))


def summary(rows: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """The bands. One row per stage and percent (50, 70, 85, 95): left_tickets, staying_tickets, and the age by which
    that many had left.

    age_seconds and age_working_seconds are of those that left; survival_age_seconds and survival_age_working_seconds
    count those still in the stage as well, and are null where too few have left to say.
    """
    items = rows.pl()
    found = [(stage, items.filter(stage=stage)) for stage in STAGES]
    bands = [band for stage, part in found if not part.is_empty() for band in _bands(stage, part)]
    return pl.DataFrame(bands, schema=_SUMMARY)


_SUMMARY: dict[str, Any] = {
    "stage": pl.String,
    "percent": pl.Int64,
    "left_tickets": pl.Int64,
    "staying_tickets": pl.Int64,
    "age_seconds": pl.Float64,
    "age_working_seconds": pl.Float64,
    "survival_age_seconds": pl.Float64,
    "survival_age_working_seconds": pl.Float64,
}


def _bands(stage: str, items: pl.DataFrame) -> Iterator[dict[str, Any]]:
    left = items.filter("has_left")
    told = {}
    for age in ("age_seconds", "age_working_seconds"):
        in_order = left[age].sort()
        told[age] = [nearest_rank(in_order, percent) for percent in PERCENTS]
        told[f"survival_{age}"] = kaplan_meier_percentiles(
            items[age], items["has_left"], PERCENTS, items[f"entry_{age}"]
        )
    counts = {"stage": stage, "left_tickets": left.height, "staying_tickets": len(items) - len(left)}
    for place, percent in enumerate(PERCENTS):
        yield {**counts, "percent": percent, **{name: values[place] for name, values in told.items()}}


def traces(bands: pl.DataFrame) -> list[dict[str, Any]]:
    """The bands as marks above each stage, in days: broad ones for those that left, diamonds for the survival-based."""
    marks = []
    for column, name, marker in (
        ("age_seconds", "left", {"symbol": "line-ew-open", "size": 48, "line": {"width": 2}}),
        ("survival_age_seconds", "left, or stay", {"symbol": "diamond-open", "size": 9}),
    ):
        known = bands.drop_nulls(column)
        marks.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": name,
                "x": known["stage"].to_list(),
                "y": (known[column] / 86400).to_list(),
                "hovertext": [f"{percent} % by this age" for percent in known["percent"]],
                "marker": marker,
            }
        )
    return marks


def figure(rows: duckdb.DuckDBPyRelation) -> go.Figure:
    """The age by which 50, 70, 85 and 95 % had left each stage."""
    [(tickets,)] = rows.aggregate("count(DISTINCT ticket_id)").fetchall()
    return figures.drawn(
        traces(summary(rows)),
        question="How old are tickets when they leave each stage?",
        y="Age since opening (days)",
        n=tickets,
        counted="tickets",
        layout={"xaxis": {"categoryorder": "array", "categoryarray": list(STAGES)}},
    )
