"""How much of the checklist for new tickets each ticket keeps, and what it lacks.

Counts: tickets opened in the window in a queue that has a checklist, by the version in force then; what is mended later
counts from then on. A queue is the first that the ticket was in.
Ignores: tickets gone by then; bots, and of words those of the requester.
Clock: acknowledged is the verdict of the first-response promise that the checklist names, or of all that cover it.
Undefined: a check that does not apply: not on the list; acknowledged while the clock runs or no promise covers the
ticket; ETA or reason before it was active; project and priority where no ticket of the source ever had any. The
score where no check applies; being out of scope without a priority. A description is known as it was only where the
tracker tells of its changes, and otherwise as last seen.

title: words enough in it. description: not blank. project, priority: one is set. acknowledged: answered in time. eta:
while it was active, an ETA stood or somebody else than the requester commented or left a note. original: not closed or
marked as a duplicate, by status, resolution, label or link, unless that was taken back or the ticket reopened since.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import plotly.graph_objects as go
import polars as pl

from metrics import figures, outcomes
from metrics.columns import Queues, queue_names, relation, window, written
from metrics.instants import parse_instant
from metrics.slo import verdicts
from metrics.told_by_week import told_by_week
from metrics.week_bins import span
from metrics.weeks import Week

CHECKS = {
    "title": "has_title",
    "description": "has_description",
    "project": "has_project",
    "priority": "has_priority",
    "acknowledged": "has_acknowledgement",
    "eta": "has_eta",
    "original": "is_original",
}
_SQL = Path(__file__).with_name("intake.sql")
# So seen to be empty that nothing is looked for in it.
_NO_ANSWERS = "SELECT NULL::VARCHAR AS ticket_id, NULL::VARCHAR AS policy, NULL::BOOLEAN AS is_met WHERE false"


def intake(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    queue: Queues = None,
) -> duckdb.DuckDBPyRelation:
    """One row per ticket opened in [since, until) in a queue with a checklist.

    ticket_id, key, queue, version, opened_at, is_open, has_title, has_description, has_project, has_priority,
    has_acknowledgement, has_eta, is_original (each null where the check does not apply), missing (a JSON array of the
    checks it fails), score (satisfied ÷ applicable), is_out_of_scope (the priority it has is none that the queue is
    for), priority.
    """
    rows = _asked(con, as_of=as_of, since=since, until=until, queue=queue)
    return relation(con, rows.order("opened_at, ticket_id").pl())


def _asked(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    queue: Queues = None,
) -> duckdb.DuckDBPyRelation:
    """The rows of `intake` in no order."""
    instant, asked = parse_instant(as_of), window(since, until)
    sql = _SQL.read_text(encoding="utf-8").replace("/* rows */", outcomes.told(con, "checklist", instant))
    sql = written(sql, as_of=instant, queues=queue_names(queue), **asked)
    return _answers(con, as_of, since, until).query("intake_answer", sql)


def _answers(
    con: duckdb.DuckDBPyConnection, as_of: str | datetime, since: str | datetime | None, until: str | datetime | None
) -> duckdb.DuckDBPyRelation:
    """Every first-response clock that has been decided, and that no fact tells of: ticket_id, policy, is_met.

    Of a ticket that does not move on, facts tell of all but paused clocks, which are not decided.
    """
    if outcomes.are_kept(con) and not outcomes.are_moving(con, parse_instant(as_of)):
        return con.sql(_NO_ANSWERS)
    decided = verdicts(con, as_of=as_of, since=since, until=until, is_unsettled=True).filter(
        "clock = 'first_response' AND verdict <> 'running'"
    )
    return decided.select("ticket_id, policy, verdict = 'met' AS is_met")


def summary(rows: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """One row per queue and check that applies to any of its tickets: queue, item, tickets (to which it applies),
    satisfied_tickets, share."""
    checks = rows.select(", ".join(["queue", *(f"{column} AS {item}" for item, column in CHECKS.items())])).pl()
    told = checks.unpivot(index="queue", variable_name="item", value_name="holds").drop_nulls("holds")
    counted = told.group_by("queue", "item").agg(
        tickets=pl.len().cast(pl.Int64), satisfied_tickets=pl.col("holds").sum().cast(pl.Int64)
    )
    ordered = counted.with_columns(pl.col("item").cast(pl.Enum(list(CHECKS)))).sort("queue", "item")
    share = pl.col("satisfied_tickets") / pl.col("tickets")
    return ordered.with_columns(pl.col("item").cast(pl.String), share=share)


def weekly(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, weeks: Sequence[Week], queue: Queues = None
) -> pl.DataFrame:
    """One row per week, by when tickets were opened: week, starts_at, ends_at, is_complete, tickets, mean_score,
    complete_tickets (nothing is missing), complete_share; null in a week without scores."""
    rows = _asked(con, as_of=as_of, queue=queue, **span(weeks)).filter("score IS NOT NULL").select("opened_at, score")
    return told_by_week(rows, "opened_at", weeks, as_of, _week, _WEEK, counted="tickets")


_WEEK: dict[str, Any] = {
    "tickets": pl.Int64,
    "mean_score": pl.Float64,
    "complete_tickets": pl.Int64,
    "complete_share": pl.Float64,
}


def _week(rows: pl.DataFrame) -> tuple[object, ...]:
    rows = rows.sort("score")  # a sum of fractions depends on their order
    tickets, complete = int(rows["tickets"].sum()), int(rows.filter(score=1)["tickets"].sum())
    return tickets, float((rows["score"] * rows["tickets"]).sum()) / tickets, complete, complete / tickets


def figure(rows: duckdb.DuckDBPyRelation) -> go.Figure:
    """For each check, the share of the tickets to which it applies that keep it."""
    counted = summary(rows).group_by("item", maintain_order=True).agg(pl.col("satisfied_tickets", "tickets").sum())
    shares = [satisfied / tickets for _, satisfied, tickets in counted.rows()]
    bars = {
        "type": "bar",
        "x": counted["item"].to_list(),
        "y": shares,
        "text": [f"{share:.0%} of {tickets}" for share, tickets in zip(shares, counted["tickets"], strict=True)],
    }
    [n] = rows.aggregate("count(*)").fetchall()[0]
    axes = {"yaxis": {"title": {"text": "Tickets that keep it (share)"}, "range": [0, 1], "tickformat": ".0%"}}
    return figures.drawn(
        [bars], question="Do new tickets come with what we need?", y="", n=n, counted="tickets", layout=axes
    )
