"""Whether open tickets of an urgent priority are kept moving: how much of the time owed was covered by updates.

Counts: for each ticket open in a queue at a priority that the cadence names, the gaps between updates, from the moment
all of that began to its end, the running gap included. An update is a comment, a note, or a change of description,
status, owner or ETA by a human, the requester among them.
Ignores: bots; changes of labels alone; tickets in no queue. A gap ends where the ticket is closed, leaves the queue, is
gone or changes priority; what comes then is another interval with a gap of its own.
Clock: the cadence's calendar; by default every hour counts. The version in force when a gap began judges all of it.
Undefined: due date and times of a gap whose calendar is not known; compliance where nothing was owed.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import duckdb
import plotly.graph_objects as go
import polars as pl

from metrics import cadence_gaps, figures, policies
from metrics.cadence_weeks import week_by_week
from metrics.columns import Queues, queue_names, relation, window
from metrics.instants import parse_instant
from metrics.week_bins import consecutive
from metrics.week_table import week_table
from metrics.weeks import Week
from metrics.worktime import Calendar, working_seconds_by

_INSTANT = pl.Datetime("us")
COLUMNS = (
    "ticket_id",
    "key",
    "queue",
    "priority",
    "version",
    "rhythm",
    "calendar",
    "started_at",
    "ended_at",
    "due_at",
    "ended_by",
    "is_overdue",
    "is_late",
    "owed_seconds",
    "covered_seconds",
    "late_seconds",
)


def cadence(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    queue: Queues = None,
) -> duckdb.DuckDBPyRelation:
    """One row per gap of which some part lies in [since, until); see COLUMNS.

    ended_by is update, closed, moved out, gone or priority changed; it and ended_at are null while the gap runs.
    is_overdue: it runs, and was due before as_of. is_late: it went on past its due date within the window.
    owed_seconds, covered_seconds (until due) and late_seconds are what lies in the window, on the cadence's calendar.
    """
    instant, span = parse_instant(as_of), window(since, until)
    found, queues = cadence_gaps.gaps(con, instant, span["since"]), queue_names(queue)
    if queues is not None:
        found = found.filter(pl.col("queue").is_in(queues))
    found = found.sort("started_at", "ticket_id")
    known = [pl.lit(moment, _INSTANT).alias(name) for name, moment in {"now": instant, **span}.items()]
    return relation(con, _measured(policies.calendars(con), found.with_columns(*known)).select(*COLUMNS))


def _measured(calendars: Mapping[str, Calendar], gaps: pl.DataFrame) -> pl.DataFrame:
    """The gaps that lie in [since, until) with at least some part, and how much of that part was owed and covered.

    Beside those of a gap, `gaps` has the columns now, since and until; null is no bound.
    """
    now = pl.col("now")
    gaps = gaps.with_columns(
        begun_at=pl.max_horizontal("started_at", "since"),
        over_at=pl.min_horizontal(pl.col("ended_at").fill_null(now), "until"),
    ).filter(pl.col("begun_at") < pl.col("over_at"))
    gaps = gaps.with_columns(
        kept_at=pl.min_horizontal("over_at", pl.max_horizontal("begun_at", "due_at")),
        is_overdue=pl.col("ended_at").is_null() & (pl.col("due_at") < now),
        is_late=pl.col("due_at") < pl.col("over_at"),
    )
    owed = working_seconds_by(calendars, gaps["calendar"], gaps["begun_at"], gaps["over_at"])
    # What is not late is covered whole, and nothing of it is late: most gaps are so.
    late = gaps["is_late"].fill_null(value=False).arg_true()
    names, begun, kept, over = (gaps[name].gather(late) for name in ("calendar", "begun_at", "kept_at", "over_at"))
    return gaps.with_columns(
        owed_seconds=owed,
        covered_seconds=owed.clone().scatter(late, working_seconds_by(calendars, names, begun, kept)),
        late_seconds=(owed * 0).scatter(late, working_seconds_by(calendars, names, kept, over)),
    )


_TOTALS = """
    coalesce(sum(owed_seconds), 0) AS owed_seconds, coalesce(sum(covered_seconds), 0) AS covered_seconds,
    sum(covered_seconds) / nullif(sum(owed_seconds), 0) AS compliance,
    count(*) AS gaps, count(*) FILTER (is_late) AS late_gaps, count(DISTINCT ticket_id) AS tickets,
    count(DISTINCT ticket_id) FILTER (is_overdue) AS overdue_tickets
"""


def summary(rows: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """One row per queue and priority: owed_seconds, covered_seconds, compliance (covered ÷ owed), gaps, late_gaps,
    tickets, overdue_tickets (now). A ticket counts once, however many gaps it has."""
    return rows.aggregate(f"queue, priority, {_TOTALS}").order("queue, priority").pl()


def overdue(rows: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """The tickets owed an update now, the longest due first: ticket_id, key, queue, priority, rhythm, started_at (of
    the gap: the last update, or since when it has been owed), due_at, late_seconds."""
    columns = "ticket_id, key, queue, priority, rhythm, started_at, due_at, late_seconds"
    return rows.filter("is_overdue").select(columns).order("due_at, ticket_id").pl()


def weekly(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, weeks: Sequence[Week], queue: Queues = None
) -> pl.DataFrame:
    """One row per week: week, starts_at, ends_at, is_complete, owed_seconds and covered_seconds that fell in it,
    compliance, gaps that ran in it, late_gaps (past due in it), tickets.

    Each is what `summary` says of the rows of that week, all queues and priorities together; owed and covered time of
    all weeks add up to that of all rows.
    """
    all_weeks = consecutive(weeks)
    table = week_table(all_weeks, as_of)
    sums = week_by_week(con, parse_instant(as_of), all_weeks, table, queue_names(queue))
    table = table.with_columns(place=pl.int_range(table.height)).filter(pl.col("week").is_in([w.name for w in weeks]))
    told = table.join(sums, on="place", how="left", maintain_order="left").fill_null(0)
    compliance = pl.when(pl.col("owed_seconds") > 0).then(pl.col("covered_seconds") / pl.col("owed_seconds"))
    return told.with_columns(compliance=compliance).select(*_WEEKLY)


_WEEKLY = (
    *("week", "starts_at", "ends_at", "is_complete", "owed_seconds", "covered_seconds", "compliance"),
    *("gaps", "late_gaps", "tickets"),
)


def figure(rows: duckdb.DuckDBPyRelation) -> go.Figure:
    """Of the time owed at each priority, how much was covered and how much was late."""
    totals = rows.aggregate("priority, sum(covered_seconds) / 3600 AS covered, sum(late_seconds) / 3600 AS late")
    hours = totals.order("priority").pl()
    bars = [
        {"type": "bar", "name": name, "x": hours["priority"].to_list(), "y": hours[name].to_list(), "marker": marker}
        for name, marker in (("covered", {}), ("late", {"pattern": {"shape": "/"}}))
    ]
    [(tickets,)] = rows.aggregate("count(DISTINCT ticket_id)").fetchall()
    return figures.drawn(
        bars,
        question="Are urgent tickets kept moving?",
        y="Time owed (hours of the cadence's calendar)",
        n=tickets,
        counted="tickets",
        layout={"barmode": "stack"},
    )
