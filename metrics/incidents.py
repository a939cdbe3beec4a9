"""How fast incidents are noticed, tamed and ended.

Counts: every ticket that the rules of the settings recognise as an incident, from when they did; the ongoing ones, too.
Ignores: tickets that have lost every mark of an incident; what came after the first of several detections, or ends.
Clock: from the detection, or the opening where nothing tells of one, to each milestone; wall time.
Undefined: a milestone that nothing tells of, an interval that would be negative (null; has_backward_clock says so), and
how long an incident lasted whose ticket was closed without any word of a resolution.
"""

from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Any

import duckdb
import plotly.graph_objects as go
import polars as pl

from metrics import figures
from metrics.columns import Queues, queue_names, window
from metrics.distributions import kaplan_meier_median, median, nearest_rank
from metrics.instants import parse_instant
from metrics.reviewed import ask_reviewed
from metrics.week_table import week_table
from metrics.weeks import Week

# What a ticket held then is what it held when that second was over: trackers write whole seconds, and who labels an
# incident often moves and prioritises it in the same one.
_ROWS = """
WITH recognised AS MATERIALIZED (FROM incident_ticket($as_of)),
incident AS MATERIALIZED (
    FROM recognised WHERE role = 'incident' AND withdrawn_at IS NULL
        AND ($since IS NULL OR recognised_at >= $since) AND ($until IS NULL OR recognised_at < $until)
),
queued AS (
    SELECT i.ticket_id, any_value(s.value) AS queue
    FROM incident AS i JOIN reviewed_spell($as_of) AS s USING (ticket_id)
    WHERE s.field = 'queue' AND s.from_at <= i.recognised_at AND (s.until_at IS NULL OR s.until_at > i.recognised_at)
    GROUP BY i.ticket_id
),
prioritised AS (
    SELECT i.ticket_id, arg_min(p.priority, (p.from_at, p.from_seq)) AS priority
    FROM incident AS i JOIN reviewed_priority_spell($as_of) AS p USING (ticket_id)
    WHERE p.priority IS NOT NULL AND (p.until_at IS NULL OR p.until_at > i.recognised_at)
    GROUP BY i.ticket_id
),
reached AS (
    SELECT ticket_id, min(happened_at) FILTER (milestone = 'detected') AS detected_at,
        min(happened_at) FILTER (milestone = 'acknowledged') AS acknowledged_at,
        min(happened_at) FILTER (milestone = 'mitigated') AS mitigated_at,
        min(happened_at) FILTER (milestone = 'resolved') AS resolved_at
    FROM incident_milestone_in('recognised', $as_of) GROUP BY ticket_id
),
course AS (
    SELECT t.ticket_id, t.key, q.queue, p.priority, t.opened_at, i.recognised_at,
        r.detected_at, r.acknowledged_at, r.mitigated_at, r.resolved_at,
        epoch_us(coalesce(r.detected_at, t.opened_at)) AS began,
        coalesce(o.is_open, false) AND r.resolved_at IS NULL AS is_ongoing
    FROM incident AS i
    JOIN fact.reviewed_ticket AS t USING (ticket_id)
    LEFT JOIN queued AS q USING (ticket_id)
    LEFT JOIN prioritised AS p USING (ticket_id)
    LEFT JOIN reached AS r USING (ticket_id)
    LEFT JOIN (FROM reviewed_open_spell($as_of) WHERE until_at IS NULL) AS o USING (ticket_id)
    WHERE $queues IS NULL OR list_contains($queues, q.queue)
)
SELECT * EXCLUDE (began, is_ongoing),
    CASE WHEN epoch_us(acknowledged_at) >= began THEN (epoch_us(acknowledged_at) - began) / 1e6 END
        AS to_acknowledge_seconds,
    CASE WHEN epoch_us(mitigated_at) >= began THEN (epoch_us(mitigated_at) - began) / 1e6 END AS to_mitigate_seconds,
    CASE WHEN epoch_us(resolved_at) >= began THEN (epoch_us(resolved_at) - began) / 1e6 END AS to_resolve_seconds,
    is_ongoing,
    CASE WHEN is_ongoing THEN (epoch_us($as_of) - began) / 1e6 ELSE to_resolve_seconds END AS lasted_seconds,
    coalesce(epoch_us(least(acknowledged_at, mitigated_at, resolved_at)) < began, false) AS has_backward_clock
FROM course ORDER BY recognised_at, ticket_id
"""
_REACHED = {"acknowledged": "acknowledge", "mitigated": "mitigate", "resolved": "resolve"}  # a milestone and its verb
_PERCENTILES = {"median": 50, "p85": 85, "max": 100}


def incidents(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    queue: Queues = None,
) -> duckdb.DuckDBPyRelation:
    """One row per incident recognised in [since, until).

    ticket_id, key, queue, priority, opened_at, recognised_at, detected_at, acknowledged_at, mitigated_at, resolved_at,
    to_acknowledge_seconds, to_mitigate_seconds, to_resolve_seconds, is_ongoing, lasted_seconds, has_backward_clock.

    queue and priority are those it had when it was recognised; without a priority then, the first that it was given
    afterwards. is_ongoing: open, and nothing tells of a resolution. lasted_seconds is to the resolution, or to as_of.
    """
    return ask_reviewed(con, _ROWS, as_of=parse_instant(as_of), queues=queue_names(queue), **window(since, until))


def summary(rows: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """One row per queue and priority: queue, priority, incidents, ongoing_incidents, backward_incidents; of each of
    acknowledged, mitigated and resolved how many are known to be (acknowledged_incidents) and after how long
    (median_to_acknowledge_seconds, p85_…, max_…: those alone); median_lasting_seconds (Kaplan–Meier: the ongoing ones
    count as lasting at least as long as they have). Below five known values none is shown."""
    groups = rows.pl().group_by("queue", "priority")
    found = [{"queue": queue, "priority": priority, **_summed(some)} for (queue, priority), some in groups]
    return pl.DataFrame(found, schema=_SUMMARY).sort("queue", "priority", nulls_last=True)


def _summed(some: pl.DataFrame) -> dict[str, Any]:
    told: dict[str, Any] = {
        "incidents": len(some),
        "ongoing_incidents": int(some["is_ongoing"].sum()),
        "backward_incidents": int(some["has_backward_clock"].sum()),
    }
    for milestone, verb in _REACHED.items():
        seconds = some[f"to_{verb}_seconds"]
        told[f"{milestone}_incidents"] = seconds.count()
        told |= {f"{name}_to_{verb}_seconds": nearest_rank(seconds, rank) for name, rank in _PERCENTILES.items()}
    lasted = some.drop_nulls("lasted_seconds")
    return told | {"median_lasting_seconds": kaplan_meier_median(lasted["lasted_seconds"], ~lasted["is_ongoing"])}


_SUMMARY: dict[str, Any] = {"queue": pl.String, "priority": pl.String, "incidents": pl.Int64}
_SUMMARY |= {"ongoing_incidents": pl.Int64, "backward_incidents": pl.Int64}
for _milestone, _verb in _REACHED.items():
    _SUMMARY[f"{_milestone}_incidents"] = pl.Int64
    _SUMMARY |= {f"{name}_to_{_verb}_seconds": pl.Float64 for name in _PERCENTILES}
_SUMMARY["median_lasting_seconds"] = pl.Float64


def weekly(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, weeks: Sequence[Week], queue: Queues = None
) -> pl.DataFrame:
    """One row per week: week, starts_at, ends_at, is_complete, and of the incidents recognised in it: incidents,
    ongoing_incidents and resolved_incidents (as known at as_of), median_to_acknowledge_seconds,
    median_to_mitigate_seconds and median_to_resolve_seconds of those that were (null below five)."""
    table = week_table(weeks, as_of)
    found = incidents(con, as_of=as_of, queue=queue).pl().sort("recognised_at")
    placed = found.join_asof(table.sort("starts_at"), left_on="recognised_at", right_on="starts_at", coalesce=False)
    counts = placed.filter(pl.col("recognised_at") < pl.col("ends_at")).group_by("week").agg(_COHORT)
    counted = pl.col("incidents", "ongoing_incidents", "resolved_incidents").fill_null(0)
    return table.join(counts, on="week", how="left", maintain_order="left").with_columns(counted)


_COHORT = [
    pl.len().cast(pl.Int64).alias("incidents"),
    pl.col("is_ongoing").sum().cast(pl.Int64).alias("ongoing_incidents"),
    pl.col("to_resolve_seconds").count().cast(pl.Int64).alias("resolved_incidents"),
    *(median(f"to_{verb}_seconds").alias(f"median_to_{verb}_seconds") for verb in _REACHED.values()),
]


def figure(rows: duckdb.DuckDBPyRelation) -> go.Figure:
    """Each incident's times by when it was recognised: every point is one incident, those ongoing are hollow."""
    frame = rows.pl()
    keys = [escape(key) for key in frame["key"]]
    traces = [_points(frame, keys, f"to_{verb}_seconds", f"to {verb}") for verb in _REACHED.values()]
    ongoing = frame.with_columns(so_far=pl.when("is_ongoing").then("lasted_seconds"))
    traces.append(_points(ongoing, keys, "so_far", "ongoing, so far") | {"marker": {"symbol": "circle-open"}})
    return figures.drawn(
        traces,
        question="How fast do we notice, tame and end an incident?",
        y="Since the detection (hours)",
        n=len(frame),
        counted="incidents",
    )


def _points(frame: pl.DataFrame, keys: list[str], column: str, name: str) -> dict[str, Any]:
    hours = (frame[column] / 3600).to_list()
    return {"type": "scatter", "mode": "markers", "name": name, "x": frame["recognised_at"].to_list(), "y": hours} | {
        "text": keys
    }
