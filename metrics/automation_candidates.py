"""Which tickets come again and again under the same title, so that doing the work by machine would pay.

Counts: tickets opened in the window, by default the last 180 days, whose titles are alike once names, numbers and dates
are masked; a group has at least three of them, in one queue or several.
Ignores: tickets gone by then; titles without a word; queues without toil rules, which have no categories.
Clock: effort as toil has it: recorded work, otherwise working time in the stage active.
Undefined: the median effort of a group in which it is known of fewer than five tickets; a sum stands beside it.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

import duckdb
import plotly.graph_objects as go
import polars as pl

from metrics import figures
from metrics.columns import Queues, relation
from metrics.distributions import median
from metrics.effort import hands
from metrics.instants import parse_instant
from metrics.toil import alone

DAYS = 180
FEWEST = 3  # tickets in a group
COLUMNS = (
    "ticket_id",
    "key",
    "queue",
    "pattern",
    "category",
    "opened_at",
    "closed_at",
    "effort_seconds",
    "has_effort_recorded",
    "people",
    "names",
)
_ADDED_UP = ("pattern", "category", "opened_at", "effort_seconds", "has_effort_recorded", "names")
_EXAMPLE = ("ticket_id", "key", "pattern", "opened_at")
_SHOWN = 10  # groups in the figure
_EXAMPLES = 5


def automation_candidates(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    queue: Queues = None,
) -> duckdb.DuckDBPyRelation:
    """One row per ticket of a group of at least three; see COLUMNS, which mean what they mean in `toil`.

    A group is the tickets with one pattern. Without `since`, the window begins 180 days before as_of.
    """
    rows = _candidates(con, COLUMNS, as_of=as_of, since=since, until=until, queue=queue)
    return relation(con, rows.sort("opened_at", "ticket_id"))


def groups(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    queue: Queues = None,
) -> pl.DataFrame:
    """The `summary` of these rows. To bring them into order, and all of their names, would take half of the time."""
    rows = _candidates(con, _ADDED_UP, as_of=as_of, since=since, until=until, queue=queue)
    earliest = rows.group_by("pattern").agg(_examples_from())["opened_at"].min()
    begin = earliest if isinstance(earliest, datetime) else parse_instant(as_of)  # where there are no rows, none
    named = alone(con, _EXAMPLE, as_of=as_of, since=begin.replace(tzinfo=UTC), until=until, queue=queue)
    return ranked(rows, named)


def _candidates(
    con: duckdb.DuckDBPyConnection,
    columns: Sequence[str],
    *,
    as_of: str | datetime,
    since: str | datetime | None,
    **asked: Any,
) -> pl.DataFrame:
    begin = since if since is not None else parse_instant(as_of).replace(tzinfo=UTC) - timedelta(days=DAYS)
    return grouped(alone(con, columns, as_of=as_of, since=begin, **asked))


def grouped(rows: pl.DataFrame) -> pl.DataFrame:
    """Of rows of `toil`, those of a group of at least three."""
    together = pl.col("pattern").is_not_null() & (pl.len().over("pattern") >= FEWEST)
    return rows.filter(together)


def summary(rows: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """One row per group, the one that would free most first.

    pattern, category (of most of its tickets), tickets, people, median_effort_seconds (null below five known values),
    effort_seconds (all that is known, null where nothing is), effort_tickets, recorded_tickets, weight_seconds
    (tickets × median, or where there is none the known effort; by it they are ranked), first_opened_at,
    last_opened_at, keys (a JSON array of the last five).
    """
    return ranked(rows.pl())


def ranked(frame: pl.DataFrame, named: pl.DataFrame | None = None) -> pl.DataFrame:
    """`summary` of rows that are there already. With `named`, they need no ticket_id and key: it has those of the
    latest."""
    known = pl.col("effort_seconds").is_not_null()
    groups = frame.group_by("pattern").agg(
        category=pl.col("category").sort().mode(maintain_order=True).first(),
        tickets=pl.len().cast(pl.Int64),
        median_effort_seconds=median("effort_seconds"),
        effort_seconds=pl.when(known.any()).then(pl.col("effort_seconds").sum()),
        effort_tickets=known.sum().cast(pl.Int64),
        recorded_tickets=pl.col("has_effort_recorded").sum().cast(pl.Int64),
        first_opened_at=pl.col("opened_at").min(),
        last_opened_at=pl.col("opened_at").max(),
    )
    weight = pl.coalesce(pl.col("tickets") * pl.col("median_effort_seconds"), "effort_seconds")
    groups = groups.with_columns(weight_seconds=weight).join(hands(frame, "pattern"), on="pattern", how="left")
    examples = _examples(frame if named is None else named)
    groups = groups.join(examples, on="pattern", how="left").select(*_SUMMARY)
    return groups.sort("weight_seconds", "tickets", "pattern", descending=[True, True, False], nulls_last=True)


_SUMMARY = (
    *("pattern", "category", "tickets", "people", "median_effort_seconds", "effort_seconds", "effort_tickets"),
    *("recorded_tickets", "weight_seconds", "first_opened_at", "last_opened_at", "keys"),
)


def _examples(frame: pl.DataFrame) -> pl.DataFrame:
    """pattern, keys."""
    late = frame.filter(pl.col("opened_at") >= _examples_from().over("pattern"))
    latest = late.sort("opened_at", "ticket_id", descending=True).group_by("pattern")
    keys = latest.agg(pl.col("key").head(_EXAMPLES))
    texts = [json.dumps(few, ensure_ascii=False) for few in keys["key"].to_list()]
    return keys.select("pattern", keys=pl.Series(texts, dtype=pl.String))


def _examples_from() -> pl.Expr:
    return pl.col("opened_at").top_k(_EXAMPLES).min()


def figure(rows: duckdb.DuckDBPyRelation) -> go.Figure:
    """The groups that would free most, by the effort they would free."""
    groups = summary(rows)
    first = groups.drop_nulls("weight_seconds").head(_SHOWN).reverse()
    hours = first["weight_seconds"] / pl.Series([3600] * first.height, dtype=pl.Int64)
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": hours.to_list(),
        "y": [escape(pattern) for pattern in first["pattern"]],
        "text": [f"{tickets} tickets" for tickets in first["tickets"]],
    }
    axes = {"xaxis": {"title": {"text": "Tickets × median effort (hours)"}, "rangemode": "tozero"}}
    return figures.drawn(
        [bars],
        question="What should we automate first?",
        y="Title",
        n=int(groups["tickets"].sum()),
        counted="tickets that came at least three times",
        layout=axes | {"yaxis": {"title": {"text": "Title"}, "automargin": True}},
    )
