"""Whether what was promised after an incident gets done.

Counts: every ticket that the rules of the settings recognise as an action item of an incident or a post-mortem.
Ignores: deadlines of items labelled aspirational, which are kept apart; links that have been taken away again.
Clock: from being recognised to the closing, wall time. Due at its ETA (a day: when it has ended in the team's zone),
without one so many days of 24 hours after it was recognised as the review of its version says.
Undefined: the age of what was closed before it was an action item; whether it outlived its incident without one.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import plotly.graph_objects as go
import polars as pl

from metrics import figures
from metrics.columns import Queues, queue_names, window
from metrics.distributions import kaplan_meier_median
from metrics.incident_reviews import reviews
from metrics.instants import parse_instant
from metrics.reviewed import ask_reviewed
from metrics.week_table import happened, standing, week_table
from metrics.weeks import Week

VERDICTS = ("done", "done late", "open", "overdue", "aspirational")
_SPANS = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
_ROWS = """
, owned AS (
    SELECT ticket_id, list(DISTINCT coalesce(a.name, s.value) ORDER BY coalesce(a.name, s.value)) AS names
    FROM reviewed_spell($as_of) AS s SEMI JOIN item USING (ticket_id) LEFT JOIN actor AS a ON a.account_id = s.value
    WHERE s.field = 'owner' AND s.until_at IS NULL GROUP BY ticket_id
),
recognised AS MATERIALIZED (FROM incident_ticket_in('piece', $as_of)),
state AS (FROM reviewed_open_spell($as_of) WHERE until_at IS NULL),
linked AS (
    SELECT l.ticket_id, list(l.incident_id ORDER BY l.incident_id) AS ids, list(i.key ORDER BY l.incident_id) AS keys,
        bool_and(NOT coalesce(s.is_open, true)) AS is_over
    FROM (
        SELECT DISTINCT ticket_id, incident_id FROM incident_link_in('recognised', $as_of)
        WHERE role = 'action' AND unlinked_at IS NULL
    ) AS l
    JOIN fact.reviewed_ticket AS i ON i.ticket_id = l.incident_id LEFT JOIN state AS s ON s.ticket_id = l.incident_id
    GROUP BY l.ticket_id
),
present AS (
    SELECT c.*, CASE WHEN NOT c.is_open THEN s.from_at END AS closed_at
    FROM course AS c LEFT JOIN state AS s USING (ticket_id) WHERE c.until_at IS NULL AND c.is_item AND NOT c.is_gone
)
SELECT t.ticket_id, t.key, to_json(coalesce(l.ids, [])) AS incident_ids, to_json(coalesce(l.keys, [])) AS incident_keys,
    p.queue, to_json(coalesce(o.names, [])) AS owners, t.opened_at, p.recognised_at, p.closed_at, p.due_at,
    CASE WHEN p.closed_at IS NULL OR p.closed_at >= p.recognised_at
        THEN (epoch_us(coalesce(p.closed_at, $as_of)) - epoch_us(p.recognised_at)) / 1e6 END AS age_seconds,
    p.is_open, p.is_aspirational, p.is_open AND coalesce(p.due_at < $as_of, false) AS is_overdue,
    p.is_open AND l.is_over AS is_after_incident_closed,
    CASE WHEN NOT p.is_open THEN if(p.closed_at > p.due_at, 'done late', 'done')
        WHEN p.is_aspirational THEN 'aspirational' WHEN p.due_at < $as_of THEN 'overdue' ELSE 'open' END AS verdict
FROM present AS p JOIN fact.reviewed_ticket AS t USING (ticket_id)
LEFT JOIN linked AS l USING (ticket_id) LEFT JOIN owned AS o USING (ticket_id)
ORDER BY p.recognised_at, t.ticket_id
"""
_COURSES = """
SELECT ticket_id, queue, changed_at AS occurred_at, until_at,
    CASE WHEN is_in AND NOT was_in THEN if(has_been_in, 'reopened', 'opened')
        WHEN was_in AND NOT is_in THEN if(is_open OR is_gone OR NOT is_item, 'withdrawn', 'closed') END AS reason,
    CASE WHEN is_in AND due_at IS NOT NULL THEN greatest(changed_at, due_at) END AS overdue_at
FROM course ORDER BY changed_at, ticket_id, seq
"""


def action_items(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    queue: Queues = None,
) -> duckdb.DuckDBPyRelation:
    """One row per action item recognised in [since, until).

    ticket_id, key, incident_ids, incident_keys (JSON arrays), queue (when it was recognised), owners (a JSON array of
    names), opened_at, recognised_at, closed_at (of what is closed), due_at, age_seconds (to the closing, or as_of),
    is_open, is_aspirational, is_overdue, is_after_incident_closed (still open, and every incident it belongs to is
    closed), verdict: done, done late, open, overdue or aspirational (open, without a deadline).
    """
    return _asked(con, _SPANS + _ROWS, as_of, queue, **window(since, until))


def _asked(
    con: duckdb.DuckDBPyConnection, sql: str, as_of: str | datetime, queue: Queues, **bounds: datetime | None
) -> duckdb.DuckDBPyRelation:
    return ask_reviewed(con, sql, as_of=parse_instant(as_of), queues=queue_names(queue), reviews=reviews(con), **bounds)


def summary(rows: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """One row for all, one per owner and one per incident: grouped_by (all, owner, incident), name (null: none),
    action_items, open_items, overdue_items, chased_items (open though the incident is closed), aspirational_items
    (open), done_items, late_items (done late), oldest_open_seconds, median_age_seconds (Kaplan–Meier: the open count as
    lasting at least as long as they have). An item of two owners or incidents counts for each of them."""
    items = rows.pl()
    found = [{"grouped_by": "all", "name": None, **_summed(items)}] if len(items) else []
    for grouped_by, column in (("owner", "owners"), ("incident", "incident_keys")):
        groups = _by_name(items, column).group_by("name", maintain_order=True)
        found += [{"grouped_by": grouped_by, "name": name, **_summed(some)} for (name,), some in groups]
    return pl.DataFrame(found, schema=_SUMMARY)


def _by_name(items: pl.DataFrame, column: str) -> pl.DataFrame:
    """The items once for each of the names in a column of JSON arrays, null where there is none."""
    names = pl.col(column).str.json_decode(pl.List(pl.String))
    nobody = pl.lit([None], dtype=pl.List(pl.String))  # an empty list would be no row at all
    named = items.with_columns(name=pl.when(names.list.len() > 0).then(names).otherwise(nobody))
    return named.explode("name").sort("name", nulls_last=True)


def _summed(some: pl.DataFrame) -> dict[str, Any]:
    still_open, aged = some.filter("is_open"), some.drop_nulls("age_seconds")
    return {
        "action_items": len(some),
        "open_items": len(still_open),
        "overdue_items": int(some["is_overdue"].sum()),
        "chased_items": int(some["is_after_incident_closed"].sum()),
        "aspirational_items": some.filter(verdict="aspirational").height,
        "done_items": len(some) - len(still_open),
        "late_items": some.filter(verdict="done late").height,
        "oldest_open_seconds": still_open["age_seconds"].max(),
        "median_age_seconds": kaplan_meier_median(aged["age_seconds"], ~aged["is_open"]),
    }


_COUNTS = (
    *("action_items", "open_items", "overdue_items", "chased_items", "aspirational_items", "done_items", "late_items"),
)
_SUMMARY: dict[str, Any] = {"grouped_by": pl.String, "name": pl.String, **dict.fromkeys(_COUNTS, pl.Int64)}
_SUMMARY |= {"oldest_open_seconds": pl.Float64, "median_age_seconds": pl.Float64}


def weekly(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, weeks: Sequence[Week], queue: Queues = None
) -> pl.DataFrame:
    """One row per week: week, starts_at, ends_at, is_complete, opened, reopened, closed, withdrawn (no action item any
    more, or gone), net, open_items and overdue_items (when the week ended, or at as_of in the week that has not).

    opened and reopened minus closed and withdrawn is net, the change in open_items. An item that loses and regains its
    mark is withdrawn and reopened.
    """
    courses = _asked(con, _SPANS + _COURSES, as_of, queue, since=None, until=None).pl()
    table = week_table(weeks, as_of)
    moments = {reason: courses.filter(reason=reason)["occurred_at"] for reason in _REASONS}
    table = table.with_columns(happened(table, moments[reason]).alias(reason) for reason in _REASONS)
    entered, left = (pl.concat([moments[name] for name in names]) for names in (_REASONS[:2], _REASONS[2:]))
    late = courses.filter(pl.col("until_at").is_null() | (pl.col("overdue_at") < pl.col("until_at")))
    late = late.drop_nulls("overdue_at")
    return table.with_columns(
        (pl.col("opened") + pl.col("reopened") - pl.col("closed") - pl.col("withdrawn")).alias("net"),
        standing(table, entered, left, as_of).alias("open_items"),
        standing(table, late["overdue_at"], late["until_at"], as_of).alias("overdue_items"),
    )


_REASONS = ("opened", "reopened", "closed", "withdrawn")


def figure(rows: duckdb.DuckDBPyRelation) -> go.Figure:
    """Action items by verdict, one bar for each."""
    counts = dict(rows.aggregate("verdict, count(*)").fetchall())
    bars = {"type": "bar", "x": list(VERDICTS), "y": [counts.get(verdict, 0) for verdict in VERDICTS]}
    return figures.drawn(
        [bars],
        question="Do we do what we said we would?",
        y="Action items (tickets)",
        n=sum(counts.values()),
        counted="tickets",
    )
