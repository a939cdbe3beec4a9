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
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import duckdb
import plotly.graph_objects as go
import polars as pl

from metrics import figures, policies
from metrics.columns import Queues, queue_names, relation
from metrics.distributions import kaplan_meier_percentiles, nearest_rank
from metrics.instants import parse_instant
from metrics.readings import shown_by
from metrics.recent import ask_since

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

# Whoever left a stage may come back later than as_of.
_MEASURED = """
WITH item AS (
    SELECT *, if(left_at < $as_of, left_at, NULL) AS went_at FROM fact.passage
    WHERE opened_at < $as_of AND coalesce(gone_at >= $as_of, true) AND from_at < $as_of
        AND ($queues IS NULL OR list_contains($queues, queue))
        AND (coalesce(until_at >= $as_of, true) OR left_at >= $since AND coalesce(back_at >= $as_of, true))
)
SELECT ticket_id, nullif(queue, '') AS queue, stage, entered_at, went_at AS left_at, went_at IS NOT NULL AS has_left,
    (epoch_us(coalesce(went_at, $as_of)) - epoch_us(opened_at)) / 1e6 AS age_seconds,
    (if(went_at IS NULL, {now_us}, left_us) - opened_us) / 1e6 AS age_working_seconds,
    (epoch_us(greatest(opened_at, $since)) - epoch_us(opened_at)) / 1e6 AS entry_age_seconds,
    (if(opened_at < $since, {since_us}, opened_us) - opened_us) / 1e6 AS entry_age_working_seconds
FROM item
"""
_ROWS = """
SELECT {columns} FROM ({measured}) AS m JOIN fact.ticket AS t USING (ticket_id)
ORDER BY coalesce(m.left_at, $as_of), m.ticket_id
"""


def aging_bands(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, queue: Queues = None, days: int = 90
) -> duckdb.DuckDBPyRelation:
    """One row per ticket and stage that it left in the `days` before as_of, or is still in; see COLUMNS.

    age_seconds is the age at leaving, or at as_of; entry_age_seconds the age when the window began, 0 for a ticket
    opened later. queue is the one it was in when it left.
    """
    sql = _ROWS.replace("{columns}", ", ".join(COLUMNS)).replace("{measured}", _MEASURED)
    return relation(con, _asked(con, sql, as_of, queue, days).pl())


def bands(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, queue: Queues = None, days: int = 90
) -> pl.DataFrame:
    """The `summary` of these rows, without their names and their order, which take most of the time."""
    return summary(_asked(con, _MEASURED, as_of, queue, days))


def _asked(
    con: duckdb.DuckDBPyConnection, sql: str, as_of: str | datetime, queue: Queues, days: int
) -> duckdb.DuckDBPyRelation:
    instant = parse_instant(as_of)
    since = instant - timedelta(days=days)
    calendars = policies.calendars(con)
    for name, moment in {"{now_us}": instant, "{since_us}": since}.items():
        sql = sql.replace(name, shown_by("calendar", calendars, moment))
    return ask_since(con, since, sql, as_of=instant, since=since, queues=queue_names(queue))


def summary(rows: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """The bands. One row per stage and percent (50, 70, 85, 95): left_tickets, staying_tickets, and the age by which
    that many had left.

    age_seconds and age_working_seconds are of those that left; survival_age_seconds and survival_age_working_seconds
    count those still in the stage as well, and are null where too few have left to say.
    """
    items = rows.select(*_TOLD).pl()
    found = [(stage, part) for stage in STAGES if not (part := items.filter(stage=stage)).is_empty()]
    with ThreadPoolExecutor() as pool:  # to sort the ages of a stage takes one core its time
        told = pool.map(lambda one: list(_bands(*one)), found)
    return pl.DataFrame([band for some in told for band in some], schema=_SUMMARY)


_AGES = ("age_seconds", "age_working_seconds")
_TOLD = ("stage", "has_left", *_AGES, *(f"entry_{age}" for age in _AGES))
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
    for age in _AGES:
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
