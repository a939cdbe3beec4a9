"""What did each duty cost whoever held it?

Counts: every shift that has begun, of the role's queues: tickets arriving, triaged and finished by the person on duty,
the P0/P1 among the arrivals (urgent before the shift ended), interrupted hours, and what was left untriaged or silent.
Ignores: shifts planned for later, and those whose holder was covered for all the time; what others or bots triaged or
finished; interruptions by the person on duty (see metrics/interruptions.py); tickets of other queues.
Clock: from the shift's start to its end, or as far as is known; a cover counts for who did it. duty_weeks are weeks
held × the role's burden, by the version in force when the shift began; hours and days are those of the person's zone.
Undefined: the load of a role that the settings do not describe; kinds of hours and days where nobody knows the zone;
what is untriaged or silent without any such rule. The rota has no history: a past shift is as it stands now.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import duckdb
import plotly.graph_objects as go
import polars as pl

from metrics import carried, duty_hours, encounters, figures
from metrics.columns import Queues, ask, queue_names, relation, window
from metrics.duty_hours import KINDS
from metrics.encounters import TICKETS
from metrics.ended_shifts import duty
from metrics.instants import parse_instant
from metrics.interruptions import COUNTS, counted
from metrics.week_bins import span
from metrics.week_table import week_table
from metrics.weeks import Week

INTERRUPTIONS = COUNTS
BURDENS = ("held_weeks", "duty_weeks", "weekend_days", "holiday_days")
COLUMNS = (
    *("shift_id", "role", "person", "starts_at", "ends_at", "is_running", *BURDENS, *TICKETS, *INTERRUPTIONS),
    *(*encounters.LEFT, "middle_at"),
)
QUESTION = "What did each duty cost whoever held it?"
_SHIFT = ("shift_id", "role", "person_id", "person", "zone", "starts_at", "ends_at", "middle_at")
_RULES = "SELECT DISTINCT kind FROM store.policy WHERE valid_from < $as_of"


def shift_load(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    queue: Queues = None,
) -> duckdb.DuckDBPyRelation:
    """One row per shift whose middle lies in [since, until), so that a shift belongs to one week, whose ever midnight
    it begins at.

    shift_id, role, person, starts_at, ends_at (as planned), is_running, held_weeks, duty_weeks, weekend_days,
    holiday_days (time within them, in days of 24 hours), arrivals, urgent_arrivals, triaged_tickets, finished_tickets,
    interruptions (clock hours), business_interruptions, off_interruptions, sleep_interruptions, untriaged_tickets and
    silent_tickets (when it ended), middle_at. With `queue`, only those queues count, and only roles that answer for
    them.
    """
    return relation(con, _shifts(con, parse_instant(as_of), queue_names(queue), role=None, **window(since, until)))


def shifts_of(
    con: duckdb.DuckDBPyConnection, role: str, *, as_of: str | datetime, since: datetime, until: datetime
) -> pl.DataFrame:
    """The rows of `shift_load` of one role alone."""
    return _shifts(con, parse_instant(as_of), None, role=role, **window(since, until))


def _shifts(con: duckdb.DuckDBPyConnection, instant: datetime, queues: list[str] | None, **asked: Any) -> pl.DataFrame:
    pieces = _pieces(con, instant, queues, **asked)
    days = duty_hours.with_days(con, pieces).group_by("shift_id").agg(map(_total, ("weekend_days", "holiday_days")))
    told = (days, encounters.met(con, instant, queues, pieces, **asked), _interrupted(con, instant, queues, pieces))
    shifts = _held(pieces)
    for measures in told:
        shifts = shifts.join(measures, on="shift_id", how="left")
    shifts = _none_where_unruled(con, instant, _none_for_nothing(shifts, *TICKETS, *encounters.LEFT))
    return shifts.sort("starts_at", "role", "person", "shift_id").select(*COLUMNS)


def _pieces(
    con: duckdb.DuckDBPyConnection,
    instant: datetime,
    queues: list[str] | None,
    *,
    role: str | None,
    since: datetime | None,
    until: datetime | None,
) -> pl.DataFrame:
    """The pieces of the shifts asked about, of one role or any."""
    found = carried.answering(con, duty(con, instant), queues)
    if role is not None:
        found = found.filter(role=role)
    if since is not None:
        found = found.filter(pl.col("middle_at") >= since)
    return found if until is None else found.filter(pl.col("middle_at") < until)


def _held(pieces: pl.DataFrame) -> pl.DataFrame:
    """The shifts that the pieces are of, with held_weeks and duty_weeks."""
    held = (pl.col("until_at") - pl.col("from_at")).dt.total_microseconds().sum() / 604_800e6
    shifts = pieces.group_by(*_SHIFT, "is_running", "version", "burden").agg(held_weeks=held)
    return shifts.with_columns(duty_weeks=pl.col("held_weeks") * pl.col("burden"))


def _interrupted(
    con: duckdb.DuckDBPyConnection, instant: datetime, queues: list[str] | None, pieces: pl.DataFrame
) -> pl.DataFrame:
    """INTERRUPTIONS of every shift that was interrupted while these pieces were held."""
    if pieces.is_empty():
        since = until = instant
    else:
        since, until = pieces.select(pl.min("from_at"), pl.max("until_at")).row(0)
    return counted(con, instant, queues, since, until, "shift_id")


def _none_where_unruled(con: duckdb.DuckDBPyConnection, instant: datetime, shifts: pl.DataFrame) -> pl.DataFrame:
    """What is untriaged or silent is unknown as long as no settings say what that is."""
    ruled = {kind for (kind,) in ask(con, _RULES, as_of=instant).fetchall()}
    kinds = zip(encounters.LEFT, ("triage", "ownership"), strict=True)
    return shifts.with_columns(pl.lit(None, pl.Int64).alias(name) for name, kind in kinds if kind not in ruled)


def interruptions(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    queue: Queues = None,
) -> pl.DataFrame:
    """What `shift_load` says of interruptions, at a fraction of its price: shift_id, person, middle_at, is_running,
    held_weeks, interruptions and its kinds."""
    instant, queues = parse_instant(as_of), queue_names(queue)
    pieces = _pieces(con, instant, queues, role=None, **window(since, until))
    hours = _interrupted(con, instant, queues, pieces)
    told = _none_for_nothing(_held(pieces).join(hours, on="shift_id", how="left"))
    return told.select("shift_id", "person", "middle_at", "is_running", "held_weeks", *INTERRUPTIONS)


def _none_for_nothing(shifts: pl.DataFrame, *counts: str) -> pl.DataFrame:
    """A shift without interruptions had none, if the role's queues and the person's hours are known."""
    is_known = pl.col("version").is_not_null()
    total, *kinds = INTERRUPTIONS
    return shifts.with_columns(
        *(pl.when(is_known).then(pl.col(name).fill_null(0)).alias(name) for name in (total, *counts)),
        *(
            pl.when(is_known & pl.col("zone").is_not_null()).then(pl.col(kind).fill_null(0)).alias(kind)
            for kind in kinds
        ),
    )


def _total(name: str) -> pl.Expr:
    """The sum of what is known; null where nothing is."""
    return pl.when(pl.col(name).count() > 0).then(pl.col(name).sum()).alias(name)


def summary(rows: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """One row per person and role: person, role, shifts, and the sums of the rows' weeks, days, tickets and hours; what
    is null in every row is null."""
    totals = map(_total, (*BURDENS, *TICKETS, *INTERRUPTIONS))
    return (
        rows.pl()
        .group_by("person", "role")
        .agg(pl.len().cast(pl.Int64).alias("shifts"), *totals)
        .sort("person", "role")
    )


def weekly(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, weeks: Sequence[Week], queue: Queues = None
) -> pl.DataFrame:
    """One row per week: week, starts_at, ends_at, is_complete, shifts, people, and the sums over the week's shifts of
    duty weeks, tickets and interrupted hours. A shift belongs to the week that its middle lies in."""
    table = week_table(weeks, as_of)
    shifts = (
        shift_load(con, as_of=as_of, queue=queue, **span(weeks))
        .select(", ".join((*_SUMMED, "person", "middle_at")))
        .pl()
    )
    place = table["ends_at"].search_sorted(shifts["middle_at"], side="right")
    placed = shifts.with_columns(place=place).join(table.with_row_index("place"), on="place")
    counts = pl.len().alias("shifts"), pl.n_unique("person").alias("people")
    inside = placed.filter(pl.col("middle_at") >= pl.col("starts_at"))
    sums = inside.group_by("week").agg(*(count.cast(pl.Int64) for count in counts), pl.sum(*_SUMMED))
    return table.join(sums, on="week", how="left", maintain_order="left").fill_null(0)


_SUMMED = ("duty_weeks", *TICKETS, *INTERRUPTIONS)


def figure(rows: duckdb.DuckDBPyRelation) -> go.Figure:
    """Interrupted hours of each shift, by the kind of hour they fell into."""
    shifts = rows.pl()
    bars = [
        {
            "type": "bar",
            "name": f"{kind} hours",
            "x": shifts["starts_at"].to_list(),
            "y": shifts[f"{kind}_interruptions"].to_list(),
            "text": [f"{person}, {role}" for person, role in shifts.select("person", "role").iter_rows()],
        }
        for kind in KINDS
    ]
    return figures.drawn(
        bars,
        question=QUESTION,
        y="Interrupted hours (clock hours)",
        n=shifts.height,
        counted="shifts",
        layout={"barmode": "stack"},
    )
