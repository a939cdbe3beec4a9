"""Whether the team keeps its promises: one verdict for each clock a policy covers.

Counts: every clock (triage, first response, resolve, update, acknowledge, debrief) that started before the instant on
a ticket its policy matches; an open ticket past its deadline is a breach now, not when it closes. A comment that the
requester cannot see is an update, but no first response.
Ignores: what bots say, triage or update (unless they state when a milestone was reached); gone tickets; clocks of
triage, resolving and updates on a ticket that left the queue before its deadline; in both shares, running clocks.
Clock: working time of the policy's calendar, less pauses where the policy says that waiting stops the clock.
Undefined: deadline and verdict of a queue without a calendar; shares of nothing (null, not 100 %).
"""

from datetime import datetime

import duckdb
import plotly.graph_objects as go
import polars as pl

from metrics import deadline, policies, slo_clocks
from metrics.columns import Queues, queue_names, relation, window
from metrics.snapshot import parse_instant
from metrics.worktime import Calendar, add_working_seconds_by, working_seconds_by

VERDICTS = ("met", "breached-closed", "breached-open", "running")
COLUMNS = (
    "ticket_id",
    "key",
    "policy",
    "started_at",
    "due_at",
    "met_at",
    "verdict",
    "verdict_today",
    "queue",
    "clock",
    "cycle",
    "priority",
    "goal",
    "elapsed_working_seconds",
    "paused_working_seconds",
    "late_working_seconds",
    "is_open",
    "calendar",
    "version",
    "has_started_in_window",
    "has_due_in_window",
    "withdrawn_at",
    "stopped_at",
)
_CLOCK_KEY = ("ticket_id", "policy", "queue", "cycle")


def slo(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    queue: Queues = None,
    policy: str | None = None,
    ticket_id: str | None = None,
) -> duckdb.DuckDBPyRelation:
    """One row per clock that started, or fell due, in [since, until); see COLUMNS.

    verdict is met, breached-closed (met late, or closed unmet), breached-open or running, by the policy version in
    force when the clock started; verdict_today judges by the version in force at as_of, null where none covers it.
    elapsed_working_seconds ran on the clock until it was met, or has so far; late_working_seconds is null in time.
    """
    instant, queues = parse_instant(as_of), queue_names(queue)
    clocks, pauses = slo_clocks.clocks(con, instant), slo_clocks.pauses(con, instant)
    if ticket_id is not None:
        clocks = clocks.filter(ticket_id=ticket_id)
    rows = _judged(con, slo_clocks.goals(con, clocks, instant, queues, "start"), pauses, instant)
    today = _judged(con, slo_clocks.goals(con, clocks, instant, queues, "as_of"), pauses, instant)
    today = today.select(*_CLOCK_KEY, pl.col("verdict").alias("verdict_today"))
    rows = rows.join(today.unique(_CLOCK_KEY), on=_CLOCK_KEY, how="left", maintain_order="left")
    if policy is not None:
        rows = rows.filter(policy=policy)
    return relation(con, in_window(rows, **window(since, until)).select(*COLUMNS))


def in_window(rows: pl.DataFrame, since: datetime | None, until: datetime | None) -> pl.DataFrame:
    """The clocks that started, or fell due, in [since, until), with a column for each."""
    return rows.with_columns(
        has_started_in_window=_within("started_at", since, until), has_due_in_window=_within("due_at", since, until)
    ).filter(pl.col("has_started_in_window") | pl.col("has_due_in_window"))


def _within(column: str, since: datetime | None, until: datetime | None) -> pl.Expr:
    after = pl.lit(True) if since is None else pl.col(column) >= since
    return (after if until is None else after & (pl.col(column) < until)).fill_null(False)


def _judged(con: duckdb.DuckDBPyConnection, rows: pl.DataFrame, pauses: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """Clocks with their goals, given deadline and verdict."""
    calendars = policies.calendars(con)
    rows = rows.with_columns(deadline.due_at(calendars, rows), _goal_text())
    rows = _shifted_by_pauses(calendars, rows.with_row_index("row"), pauses)
    rows = rows.filter(~(pl.col("met_at").is_null() & (pl.col("withdrawn_at") <= pl.col("due_at")).fill_null(False)))
    rows = rows.with_columns(
        _verdict(as_of),
        stopped_at=pl.max_horizontal("started_at", pl.coalesce("met_at", "withdrawn_at", "closed_at", pl.lit(as_of))),
    )
    names, started, due, stopped = (rows[name] for name in ("calendar", "started_at", "due_at", "stopped_at"))
    elapsed = working_seconds_by(calendars, names, started, stopped)
    late = working_seconds_by(calendars, names, due, stopped)
    return rows.with_columns(
        elapsed_working_seconds=elapsed - rows["paused_working_seconds"],
        late_working_seconds=pl.when(pl.col("verdict").str.starts_with("breached")).then(late.clip(0)),
    )


def _goal_text() -> pl.Expr:
    by_arrival = pl.format("{} in office hours, else by the {}", "inside", "outside")
    return pl.coalesce("within", by_arrival).alias("goal")


def _shifted_by_pauses(calendars: dict[str, Calendar], rows: pl.DataFrame, pauses: pl.DataFrame) -> pl.DataFrame:
    """Deadlines moved on by the working time paused, pause by pause: one that began after the deadline is too late."""
    rows = rows.with_columns(paused_working_seconds=pl.lit(0.0))
    waits = (
        rows.filter("pauses")
        .select("row", "ticket_id", "started_at", "judged_at")
        .join(pauses, on="ticket_id")
        .with_columns(
            from_at=pl.max_horizontal("from_at", "started_at"), until_at=pl.min_horizontal("until_at", "judged_at")
        )
        .filter(pl.col("from_at") < pl.col("until_at"))
        .sort("row", "from_at")
        .with_columns(turn=pl.int_range(pl.len()).over("row"))
    )
    for turn in waits["turn"].unique().sort():
        rows = _shifted_once(calendars, rows, waits.filter(turn=turn).select("row", "from_at", "until_at"))
    return rows


def _shifted_once(calendars: dict[str, Calendar], rows: pl.DataFrame, waits: pl.DataFrame) -> pl.DataFrame:
    rows = rows.join(waits, on="row", how="left", maintain_order="left")
    counts = (rows["from_at"] < rows["due_at"]).fill_null(False)
    paused = working_seconds_by(calendars, rows["calendar"], rows["from_at"], rows["until_at"])
    paused = pl.select(pl.when(counts).then(paused.fill_null(0.0)).otherwise(0.0)).to_series()
    moved = add_working_seconds_by(calendars, rows["calendar"], rows["due_at"], paused)
    return rows.with_columns(due_at=moved, paused_working_seconds=pl.col("paused_working_seconds") + paused).drop(
        "from_at", "until_at"
    )


def _verdict(as_of: datetime) -> pl.Expr:
    is_waiting = pl.col("met_at").is_null() & pl.col("withdrawn_at").is_null() & pl.col("is_open")
    return (
        pl.when(pl.col("due_at").is_null())
        .then(None)
        .when(pl.col("met_at") <= pl.col("due_at"))
        .then(pl.lit("met"))
        .when(pl.col("met_at").is_null() & (pl.col("due_at") >= as_of))
        .then(pl.lit("running"))
        .when(is_waiting)
        .then(pl.lit("breached-open"))
        .otherwise(pl.lit("breached-closed"))
        .alias("verdict")
    )


def figure(rows: duckdb.DuckDBPyRelation) -> go.Figure:
    """Clocks by the week they started and their verdict."""
    weeks = rows.aggregate("date_trunc('week', started_at) AS week, verdict, count(*) AS clocks").order("week").pl()
    bars = [
        {
            "type": "bar",
            "name": verdict,
            "x": weeks.filter(verdict=verdict)["week"].to_list(),
            "y": weeks.filter(verdict=verdict)["clocks"].to_list(),
        }
        for verdict in VERDICTS
    ]
    return go.Figure({"data": bars, "layout": {"barmode": "stack", "yaxis": {"title": {"text": "Clocks"}}}})
