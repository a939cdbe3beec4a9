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
from typing import Any

import duckdb
import plotly.graph_objects as go
import polars as pl

from metrics import figures, house, outcomes, policies, slo_judgement
from metrics.columns import Queues, ask, queue_names, relation, window
from metrics.instants import parse_instant
from metrics.readings import shown_by
from metrics.recent import ask_open, ask_since
from metrics.slo_judgement import VERDICTS
from metrics.worktime import Calendar

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
# Of a ticket to which nothing has happened since, the facts of the store tell what was known at the instant; what was
# known of the others is worked out anew. A pause that lasts moves the deadline on with every instant.
_STABLE = """
SELECT * FROM fact.judged
WHERE last_at < $as_of AND started_at < $as_of AND paused_from_at IS NULL
    AND ($ticket_id IS NULL OR ticket_id = $ticket_id)
"""
_PAUSED = "SELECT * FROM fact.judged WHERE last_at < $as_of AND paused_from_at IS NOT NULL"
# Clocks run in queues: a ticket that never was in one asked about has none there.
_HAS_BEEN_THERE = (
    " AND ($queues IS NULL OR ticket_id IN (SELECT ticket_id FROM fact.queue_span WHERE list_contains($queues, queue)))"
)
_OPENED = "SELECT ticket_id FROM fact.life WHERE opened_at < $as_of"
_NOT_GONE = " AND ticket_id NOT IN (SELECT ticket_id FROM store.gone WHERE gone_at < $as_of)"
_ROWS = """
WITH judged AS (
    SELECT *, CASE WHEN met_at IS NULL AND due_at >= $as_of THEN {running} ELSE place_once_due END AS verdict_place
    FROM ({clocks})
    WHERE ($queues IS NULL OR list_contains($queues, queue)) AND ($policy IS NULL OR policy = $policy)
),
clock AS (
    SELECT *, greatest(started_us, coalesce(stopped_us, {now_us})) AS end_us,
        CASE verdict_place {verdicts} END AS verdict,
        ($since IS NULL OR started_at >= $since) AND ($until IS NULL OR started_at < $until) AS has_started_in_window,
        coalesce(($since IS NULL OR due_at >= $since) AND ($until IS NULL OR due_at < $until), false)
            AS has_due_in_window
    FROM judged
)
SELECT ticket_id, key, policy, started_at, due_at, met_at, verdict, {today} AS verdict_today, queue, clock, cycle,
    priority, goal, (end_us - started_us - paused_us) / 1e6 AS elapsed_working_seconds,
    paused_us / 1e6 AS paused_working_seconds,
    CASE WHEN starts_with(verdict, 'breached') THEN greatest(end_us - due_us, 0) / 1e6 END AS late_working_seconds,
    is_open, calendar, version, has_started_in_window, has_due_in_window, withdrawn_at,
    greatest(started_at, coalesce(met_at, withdrawn_at, closed_at, $as_of)) AS stopped_at, policy_ordinal,
    verdict_place
FROM clock {joined}
WHERE is_start AND (has_started_in_window OR has_due_in_window)
"""
_ROWS = _ROWS.replace("{running}", str(VERDICTS.index("running"))).replace(
    "{verdicts}", " ".join(f"WHEN {place} THEN '{verdict}'" for place, verdict in enumerate(VERDICTS))
)
_PENDING = " AND verdict IN ('running', 'breached-open')"
_TODAY = """
LEFT JOIN (
    SELECT ticket_id, policy, queue, cycle, verdict AS verdict_today FROM clock
    WHERE regime_from_at <= $as_of AND regime_until_at > $as_of
) AS today USING (ticket_id, policy, queue, cycle)
"""


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
    rows = verdicts(
        con, as_of=as_of, since=since, until=until, queue=queue, policy=policy, ticket_id=ticket_id, has_today=True
    )
    return rows.order("policy_ordinal, started_at, ticket_id, cycle").project(", ".join(COLUMNS))


def verdicts(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    queue: Queues = None,
    policy: str | None = None,
    ticket_id: str | None = None,
    has_today: bool = False,
    is_pending: bool = False,
    is_unsettled: bool = False,
) -> duckdb.DuckDBPyRelation:
    """The rows of `slo` in no order, for adding up: COLUMNS, policy_ordinal, and verdict_place, the verdict's place
    among VERDICTS: numbers are sooner grouped than words. verdict_today is null unless asked.

    is_pending asks for none but those that run or are broken on open tickets, is_unsettled for none but those that no
    fact tells of.
    """
    instant = parse_instant(as_of)
    calendars = policies.calendars(con)
    span = window(since, until)
    asked: dict[str, Any] = {"queues": queue_names(queue), "policy": policy, "ticket_id": ticket_id, **span}
    sql = _ROWS.replace("{now_us}", shown_by("calendar", calendars, instant))
    sql = sql.replace("{today}", "verdict_today" if has_today else "NULL::VARCHAR")
    sql = sql.replace("{joined}", _TODAY if has_today else "") + (_PENDING if is_pending else "")
    begun = instant if is_pending else span["since"]
    others = _unsettled(con, calendars, instant, begun, queue_names(queue), ticket_id)
    if not is_unsettled:
        known = ask_since(con, begun, sql.replace("{clocks}", _STABLE), as_of=instant, **asked)
        if others.is_empty():
            return known
    con.register("unsettled", others)
    try:
        told = relation(con, ask(con, sql.replace("{clocks}", "FROM unsettled"), as_of=instant, **asked).pl())
        return told if is_unsettled else known.union(told)
    finally:
        con.unregister("unsettled")


def _unsettled(
    con: duckdb.DuckDBPyConnection,
    calendars: dict[str, Calendar],
    instant: datetime,
    begun: datetime | None,
    queues: list[str] | None,
    ticket_id: str | None,
) -> pl.DataFrame:
    """The clocks that no fact tells of, in the columns of the facts: in flight at the instant, or paused."""
    moving = outcomes.MOVING if outcomes.are_kept(con) else _OPENED
    tickets = ask_since(con, begun, moving + _NOT_GONE + _HAS_BEEN_THERE, as_of=instant, queues=queues).pl()
    paused = ask_open(con, _PAUSED, as_of=instant).pl()  # a clock that runs is of an open ticket
    if ticket_id is not None:
        tickets, paused = tickets.filter(ticket_id=ticket_id), paused.filter(ticket_id=ticket_id)
    if not tickets.is_empty():
        paused = pl.concat([paused, slo_judgement.judged(con, instant, tickets)])
    return slo_judgement.paused_until(calendars, paused, instant)


def figure(rows: duckdb.DuckDBPyRelation) -> go.Figure:
    """Clocks by the week they started and their verdict."""
    weeks = rows.aggregate("date_trunc('week', started_at) AS week, verdict, count(*) AS clocks").order("week").pl()
    bars = [
        {
            "type": "bar",
            "name": verdict,
            "marker": {"color": colour, "pattern": {"shape": pattern}},
            "x": weeks.filter(verdict=verdict)["week"].to_list(),
            "y": weeks.filter(verdict=verdict)["clocks"].to_list(),
        }
        for verdict, (colour, pattern) in zip(VERDICTS, _MARKS, strict=True)
    ]
    judged = weeks.filter(pl.col("verdict").is_not_null())
    return figures.drawn(
        bars,
        question="Do we keep our promises?",
        x="Week the clock started (Monday, UTC)",
        y="Clocks (count)",
        n=int(judged["clocks"].sum()),
        counted="clocks with a deadline",
        layout={"barmode": "stack"},
    )


# Colour is never the only signal: a breach that still grows is hatched.
_MARKS = ((house.BLUE, ""), (house.VERMILION, ""), (house.VERMILION, "/"), (house.GREY, ""))
