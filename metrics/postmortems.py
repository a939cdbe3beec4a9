"""Whether incidents were learnt from in time: a post-mortem started, debriefed, shared, and complete.

Counts: every incident whose priority the review asks for and that has ended; those without a post-mortem, too.
Ignores: what was told of a time before the incident began: a post-mortem linked to several has a past of its own.
Clock: from the end of the incident (its resolution, or the mitigation where nothing tells of one), in days of 24 hours.
Undefined: missing sections without a post-mortem. Where a tracker does not tell how a description was, the sections
are those of the description as last seen, whatever the instant; comments are those written by then.
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
from metrics.distributions import wilson_interval
from metrics.incident_reviews import reviews
from metrics.instants import parse_instant
from metrics.reviewed import ask_reviewed
from metrics.week_table import happened, week_table
from metrics.weeks import Week

VERDICTS = ("held", "late", "overdue", "due")
_COURSE, _TEXTS = (
    Path(__file__).with_name(name).read_text(encoding="utf-8") for name in ("postmortems.sql", "postmortem_texts.sql")
)
_DEBRIEFS = _COURSE + "SELECT debrief_due_at, has_postmortem, verdict FROM course"


def postmortems(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    queue: Queues = None,
) -> duckdb.DuckDBPyRelation:
    """One row per incident that has ended and needs a post-mortem, its debrief due in [since, until).

    ticket_id, key, queue, priority, ended_at, has_postmortem, postmortem_ids, postmortem_keys (JSON arrays; the
    incident's own ticket where that tells of one), start_due_at, started_at, is_started_late, is_start_overdue,
    debrief_due_at, debrief_held_at, is_debrief_late, is_debrief_overdue, verdict, shared_at, is_shared_before_debrief,
    customer_input_at, is_customer_input_before_debrief, missing_sections (JSON array), aspirational_items.

    queue and priority are those it had when it had ended and was known as an incident; without a priority then, the
    first it was given afterwards. started_at is told by a milestone, or by the first sign of a post-mortem: its ticket,
    a debrief, being shared. late is done after the deadline, overdue not done yet; at the deadline is in time. verdict
    is of the debrief: held, late, overdue or due. What is shared while no debrief was held was shared before it; while
    there may still be one, customer input that nobody asked for is unknown. aspirational_items are the list items under
    a heading that the settings call aspirational: they are no action items.
    """
    return _asked(con, f"{_COURSE}, {_TEXTS}", as_of, queue, since, until)


def _asked(
    con: duckdb.DuckDBPyConnection,
    sql: str,
    as_of: str | datetime,
    queue: Queues,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
) -> duckdb.DuckDBPyRelation:
    asked = {"queues": queue_names(queue), "reviews": reviews(con), **window(since, until)}
    return ask_reviewed(con, sql, as_of=parse_instant(as_of), **asked)


def summary(rows: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """One row per queue: queue, incidents, incidents_with_postmortem, incidents_to_start (without one, and still time
    for it), coverage (with one, of all but those to start), coverage_low, coverage_high (Wilson, 95 %); starts_in_time,
    starts_late, starts_overdue, start_share, start_low, start_high (in time, of the three); debriefs_held,
    debriefs_late, debriefs_overdue, debriefs_due, debrief_share, debrief_low, debrief_high (held in time, of all but
    the due); shared_before_debrief, incomplete_postmortems, most_missed_section."""
    groups = rows.pl().sort("queue", nulls_last=True).group_by("queue", maintain_order=True)
    return pl.DataFrame([{"queue": queue, **_summed(some)} for (queue,), some in groups], schema=_SUMMARY)


def _summed(some: pl.DataFrame) -> dict[str, Any]:
    verdicts = {f"debriefs_{verdict}": some.filter(verdict=verdict).height for verdict in VERDICTS}
    covered = int(some["has_postmortem"].sum())
    to_start = some.filter(~pl.col("has_postmortem") & ~pl.col("is_start_overdue")).height
    starts = {
        "starts_in_time": some.filter(pl.col("started_at") <= pl.col("start_due_at")).height,
        "starts_late": int(some["is_started_late"].sum()),
        "starts_overdue": int(some["is_start_overdue"].sum()),
    }
    judged = len(some) - verdicts["debriefs_due"]
    missed = sections(some)
    told: dict[str, Any] = {
        "incidents": len(some),
        "incidents_with_postmortem": covered,
        "incidents_to_start": to_start,
    }
    told |= _share("coverage", covered, len(some) - to_start) | starts
    told |= _share("start", starts["starts_in_time"], sum(starts.values())) | verdicts
    told |= _share("debrief", verdicts["debriefs_held"], judged)
    told["shared_before_debrief"] = int(some["is_shared_before_debrief"].sum())
    told["incomplete_postmortems"] = some.filter(pl.col("missing_sections") != "[]").height
    return told | {"most_missed_section": missed["section"][0] if len(missed) else None}


def _share(name: str, kept: int, n: int) -> dict[str, float | None]:
    low, high = wilson_interval(kept, n) or (None, None)
    share = "coverage" if name == "coverage" else f"{name}_share"
    return {share: kept / n if n else None, f"{name}_low": low, f"{name}_high": high}


_COUNTS = (
    *("incidents", "incidents_with_postmortem", "incidents_to_start", "starts_in_time", "starts_late"),
    *("starts_overdue", *(f"debriefs_{verdict}" for verdict in VERDICTS)),
    *("shared_before_debrief", "incomplete_postmortems"),
)
_SUMMARY: dict[str, Any] = {"queue": pl.String, **dict.fromkeys(_COUNTS[:3], pl.Int64)}
_SUMMARY |= dict.fromkeys(("coverage", "coverage_low", "coverage_high"), pl.Float64)
_SUMMARY |= dict.fromkeys(_COUNTS[3:6], pl.Int64)
_SUMMARY |= dict.fromkeys(("start_share", "start_low", "start_high"), pl.Float64)
_SUMMARY |= dict.fromkeys(_COUNTS[6:10], pl.Int64)
_SUMMARY |= dict.fromkeys(("debrief_share", "debrief_low", "debrief_high"), pl.Float64)
_SUMMARY |= dict.fromkeys(_COUNTS[10:], pl.Int64) | {"most_missed_section": pl.String}


def sections(rows: pl.DataFrame) -> pl.DataFrame:
    """How often each section is missing, the worst first: section, postmortems (without it)."""
    names = rows.select(pl.col("missing_sections").str.json_decode(pl.List(pl.String)).alias("section"))
    missed = names.explode("section").drop_nulls().group_by("section").agg(pl.len().cast(pl.Int64).alias("postmortems"))
    return missed.sort("postmortems", "section", descending=[True, False])


def weekly(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, weeks: Sequence[Week], queue: Queues = None
) -> pl.DataFrame:
    """One row per week: week, starts_at, ends_at, is_complete, and of the incidents whose debrief is due in it:
    incidents, incidents_with_postmortem, debriefs_held, debriefs_late, debriefs_overdue, debriefs_due, each as known at
    as_of: the four verdicts add up to the incidents."""
    table = week_table(weeks, as_of)
    found = _asked(con, _DEBRIEFS, as_of, queue).pl()
    due = {"incidents": found, "incidents_with_postmortem": found.filter("has_postmortem")}
    due |= {f"debriefs_{verdict}": found.filter(verdict=verdict) for verdict in VERDICTS}
    return table.with_columns(happened(table, some["debrief_due_at"]).alias(name) for name, some in due.items())


def figure(rows: duckdb.DuckDBPyRelation) -> go.Figure:
    """Incidents by what became of their debrief, one bar for each verdict."""
    counts = dict(rows.aggregate("verdict, count(*)").fetchall())
    bars = {"type": "bar", "x": list(VERDICTS), "y": [counts.get(verdict, 0) for verdict in VERDICTS]}
    return figures.drawn(
        [bars],
        question="Did we learn from it, in time?",
        y="Debriefs (incidents)",
        n=sum(counts.values()),
        counted="incidents",
    )
