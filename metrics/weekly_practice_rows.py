"""Lists of a week's page about how work is done: updates owed, limits, post-mortems, actions, duty, toil, incidents."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl

from metrics.action_items import action_items
from metrics.cadence import cadence
from metrics.columns import quoted, relation
from metrics.incidents import incidents
from metrics.instants import parse_instant
from metrics.interruptions import interrupted_hours
from metrics.over_limit import over_limit as work_over_limit
from metrics.postmortems import postmortems
from metrics.shift_load import shift_load
from metrics.toil import toil
from metrics.toil_rules import UNCLASSIFIED
from metrics.weekly_question import Question
from metrics.wip import wip

if TYPE_CHECKING:
    from metrics.weekly_rows import Wanted

Listed = tuple[str, duckdb.DuckDBPyRelation]
CARRIED = "Action items carried over"
OFF_HOURS = ("off", "sleep")


def _joined(column: str) -> str:
    """A JSON array of words as people read it."""
    return f"nullif(array_to_string(CAST({column} AS VARCHAR[]), ', '), '')"


def _cadence(con: duckdb.DuckDBPyConnection, wanted: "Wanted") -> Listed:
    gaps = cadence(con, since=wanted.since, until=wanted.until, **wanted.question.asked)
    columns = "ticket_id, key, is_late, started_at, due_at, ended_at, ended_by, late_seconds"
    return wanted.in_the_week("Owed an update"), gaps.order("is_late DESC, due_at, ticket_id").project(columns)


def over_limit(con: duckdb.DuckDBPyConnection, question: Question) -> duckdb.DuckDBPyRelation:
    """What those above their limit have in work now, by their names."""
    above = work_over_limit(con, **question.asked)
    people = ", ".join(quoted(person) for person in above["person_id"].unique(maintain_order=True)) or "NULL"
    held = wip(con, since=question.as_of, **question.asked).filter(f"until_at IS NULL AND person_id IN ({people})")
    return held.order("person, from_at, ticket_id").project(
        "ticket_id, key, person, queue, from_at AS in_work_since_at"
    )


def _over_limit(con: duckdb.DuckDBPyConnection, wanted: "Wanted") -> Listed:
    return "In work with those above their limit now", over_limit(con, wanted.question)


def _postmortems(con: duckdb.DuckDBPyConnection, wanted: "Wanted") -> Listed:
    owed = postmortems(con, **wanted.question.asked).filter("verdict IN ('due', 'overdue')")
    missing = f"{_joined('missing_sections')} AS missing_sections"
    columns = f"ticket_id, key, is_debrief_overdue, debrief_due_at, ended_at, has_postmortem, {missing}"
    return "Incidents whose debrief is owed now", owed.order("debrief_due_at, ticket_id").project(columns)


def items(con: duckdb.DuckDBPyConnection, question: Question) -> pl.DataFrame:
    """The rows of `action_items`, asked once: they are few, and telling them apart from all other tickets is not
    cheap."""
    return action_items(con, **question.asked).pl()


def _open(items: pl.DataFrame) -> pl.DataFrame:
    """Those that are open, the first due first."""
    ordered = items.filter("is_open").sort("due_at", "recognised_at", "ticket_id", nulls_last=True)
    incidents = pl.col("incident_keys").str.json_decode(pl.List(pl.String)).list.join(", ")
    named = pl.when(incidents != "").then(incidents).alias("incidents")
    return ordered.select("ticket_id", "key", "due_at", "is_overdue", named, "recognised_at")


def carried_over(items: pl.DataFrame, since: datetime) -> pl.DataFrame:
    """The open ones that were recognised before an instant."""
    return _open(items).filter(pl.col("recognised_at") < parse_instant(since))


def _actions(con: duckdb.DuckDBPyConnection, wanted: "Wanted") -> Listed:
    return "Action items overdue now", relation(con, _open(items(con, wanted.question)).filter("is_overdue"))


def _carried(con: duckdb.DuckDBPyConnection, wanted: "Wanted") -> Listed:
    return CARRIED, relation(con, carried_over(items(con, wanted.question), wanted.since))


def _incidents(con: duckdb.DuckDBPyConnection, wanted: "Wanted") -> Listed:
    found = incidents(con, since=wanted.since, until=wanted.until, **wanted.question.asked)
    columns = "ticket_id, key, recognised_at, is_ongoing, lasted_seconds, to_acknowledge_seconds, to_mitigate_seconds"
    return wanted.in_the_week("Incidents"), found.project(columns)


def _hours(con: duckdb.DuckDBPyConnection, wanted: "Wanted") -> pl.DataFrame:
    """The interrupted hours of the week's shifts, and the ticket that came first in each."""
    question = wanted.question
    week: dict[str, Any] = {"since": wanted.week.starts_at, "until": wanted.week.ends_at}
    shifts = shift_load(con, **week, **question.asked).project("shift_id, role, person, starts_at, ends_at").pl()
    if shifts.is_empty():
        return pl.DataFrame(schema=_HOURS)
    span = shifts.select(pl.min("starts_at"), pl.max("ends_at")).row(0)
    hours = interrupted_hours(con, question.instant, question.queues, *span)
    return hours.join(shifts, on="shift_id", how="semi").sort("moment_at", "role", "person").select(*_HOURS)


_HOURS: dict[str, Any] = {"ticket_id": pl.String, "moment_at": pl.Datetime("us"), "kind": pl.String}
_HOURS |= {"person": pl.String, "role": pl.String}


def _off_hours(con: duckdb.DuckDBPyConnection, wanted: "Wanted") -> Listed:
    hours = _hours(con, wanted).filter(pl.col("kind").is_in(OFF_HOURS))
    return wanted.in_the_week("Interrupted off hours or asleep,"), relation(con, hours)


def _interruptions(con: duckdb.DuckDBPyConnection, wanted: "Wanted") -> Listed:
    hours = _hours(con, wanted)
    if wanted.of:
        hours = hours.filter(person=wanted.of)
    return wanted.in_the_week(f"Interrupted hours{f' of {wanted.of}' if wanted.of else ''}"), relation(con, hours)


def _toil(con: duckdb.DuckDBPyConnection, wanted: "Wanted") -> Listed:
    rows = toil(con, since=wanted.since, until=wanted.until, **wanted.question.asked)
    kept = f"category = {quoted(wanted.of)}" if wanted.of else f"category <> '{UNCLASSIFIED}'"
    columns = "ticket_id, key, category, opened_at, effort_seconds"
    return wanted.in_the_week(f"Opened as {wanted.of or 'toil'}"), rows.filter(kept).project(columns)


KINDS = {
    "cadence": _cadence,
    "overlimit": _over_limit,
    "postmortems": _postmortems,
    "actions": _actions,
    "carried": _carried,
    "incidents": _incidents,
    "offhours": _off_hours,
    "interruptions": _interruptions,
    "toil": _toil,
}
