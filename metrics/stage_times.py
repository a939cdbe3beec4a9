"""Where tickets spend their time, and how long the work on them takes.

Counts: every ticket that exists: its time in each stage while it is open, up to as_of; cycle time from its first active
moment to its last closing, lead time from its opening; the open are counted as lasting at least as long as they have.
Ignores: what lies between a closing and the reopening, in the stages; in cycle and lead time it is included.
Clock: wall time. Finished is closed by its status, as in flow: a ticket in a Done column that is still open is not, and
its time there stands by itself. Flow efficiency is active ÷ (active + waiting + triaged).
Undefined: cycle time of a ticket never active; cycle, lead and closing of one that is open; the efficiency of nothing.
"""

from collections.abc import Sequence
from datetime import datetime

import duckdb
import plotly.graph_objects as go
import polars as pl

from metrics import figures, outcomes
from metrics.columns import Queues, ask, queue_names, window
from metrics.distributions import kaplan_meier_median, nearest_rank
from metrics.instants import parse_instant
from metrics.told_by_week import told_by_week
from metrics.weeks import Week

STAGES = ("new", "triaged", "active", "waiting", "unmapped", "done")

_ROWS = """
FROM /* rows */
WHERE ($queues IS NULL OR list_contains($queues, queue))
    AND ($since IS NULL OR opened_at >= $since) AND ($until IS NULL OR opened_at < $until)
ORDER BY opened_at, ticket_id
"""


def stage_times(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    queue: Queues = None,
) -> duckdb.DuckDBPyRelation:
    """One row per ticket opened in [since, until), with the queue it was done in, or is in while open.

    ticket_id, key, queue, opened_at, first_active_at, last_done_at, is_finished; new_, triaged_, active_, waiting_,
    unmapped_ and done_seconds (in a Done column, yet open), which add up to open_seconds; cycle_seconds and
    lead_seconds of the finished, cycle_lasted_seconds and lead_lasted_seconds of all (to as_of while open);
    flow_efficiency (0 to 1).
    """
    instant = parse_instant(as_of)
    sql = _ROWS.replace("/* rows */", outcomes.told(con, "stage_time", instant))
    return ask(con, sql, as_of=instant, queues=queue_names(queue), **window(since, until))


def summary(rows: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """One row: tickets, finished_tickets, active_tickets (ever active); median_lead_seconds and median_cycle_seconds
    (Kaplan–Meier: the open count), p85_ and p95_finished_lead_seconds and …_cycle_seconds of the finished alone;
    flow_efficiency (pooled: all active time ÷ all active, waiting and triaged time); and the seconds of all tickets
    in each stage, as in the rows."""
    frame = rows.pl()
    told: dict[str, object] = {
        "tickets": len(frame),
        "finished_tickets": int(frame["is_finished"].sum()),
        "active_tickets": frame["first_active_at"].count(),
    }
    for name in ("lead", "cycle"):
        told[f"median_{name}_seconds"] = kaplan_meier_median(frame[f"{name}_lasted_seconds"], frame["is_finished"])
        told |= {f"p{p}_finished_{name}_seconds": nearest_rank(frame[f"{name}_seconds"], p) for p in (85, 95)}
    told["flow_efficiency"] = _pooled(frame)
    told |= {f"{name}_seconds": float(frame[f"{name}_seconds"].sum()) for name in (*STAGES, "open")}
    counts = {name: pl.Int64 for name in told if name.endswith("tickets")}
    return pl.DataFrame([told], schema_overrides={name: counts.get(name, pl.Float64) for name in told})


def _pooled(frame: pl.DataFrame) -> float | None:
    active, waiting, triaged = (float(frame[f"{name}_seconds"].sum()) for name in ("active", "waiting", "triaged"))
    total = active + waiting + triaged
    return active / total if total else None


def weekly(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, weeks: Sequence[Week], queue: Queues = None
) -> pl.DataFrame:
    """One row per week, of the tickets whose last closing lies in it: week, starts_at, ends_at, is_complete,
    finished_tickets, finished_cycles (of those, once active), p50_ and p85_finished_lead_seconds, p50_ and
    p85_finished_cycle_seconds, flow_efficiency (pooled). A ticket reopened since is in no week."""
    instant = parse_instant(as_of)
    sql = _DONE.replace("/* rows */", outcomes.told(con, "stage_time", instant, is_over=True))
    done = ask(con, sql, as_of=instant, queues=queue_names(queue))
    return told_by_week(done, "last_done_at", weeks, as_of, _week, _WEEK)


_DONE = """
SELECT last_done_at, cycle_seconds, lead_seconds, active_seconds, waiting_seconds, triaged_seconds FROM /* rows */
WHERE is_finished AND ($queues IS NULL OR list_contains($queues, queue))
"""
_WEEK = {
    "finished_tickets": pl.Int64,
    "finished_cycles": pl.Int64,
    **{f"p{p}_finished_{name}_seconds": pl.Float64 for name in ("lead", "cycle") for p in (50, 85)},
    "flow_efficiency": pl.Float64,
}


def _week(done: pl.DataFrame) -> tuple[object, ...]:
    lengths = (nearest_rank(done[f"{name}_seconds"], p) for name in ("lead", "cycle") for p in (50, 85))
    return len(done), done["cycle_seconds"].count(), *lengths, _pooled(done)


def figure(rows: duckdb.DuckDBPyRelation) -> go.Figure:
    """The time of all tickets together in each stage while open."""
    sums = ", ".join(f"coalesce(sum({name}_seconds), 0) / 86400 AS {name}" for name in STAGES)
    [(tickets, *days)] = rows.aggregate(f"count(*), {sums}").fetchall()
    names = ["not mapped" if name == "unmapped" else "done, yet open" if name == "done" else name for name in STAGES]
    return figures.drawn(
        [{"type": "bar", "x": names, "y": days}],
        question="Where do tickets wait?",
        y="Time in the stage, all tickets together (days)",
        n=tickets,
        counted="tickets",
    )
