"""What a store knows of a rota, in the planner's words: people, roles, who was on, who will be, who is away.

Calendars tell whole days as midnights UTC; whose midnight was meant is not told. So an entry between two midnights UTC
becomes days, which the planner reads in the zone of the person or the team. Where all entries are so, the days of
handover are those days.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import duckdb
import polars as pl

from metrics.columns import ask
from metrics.shift_load import interruptions
from metrics.teams import teams
from rotation.pattern import pattern_of

MEASURED = timedelta(weeks=52)  # so far back the usual load of a role is looked at
_ROLES = """
SELECT role, version, burden, people, excludes, rest_days FROM role_version
WHERE $as_of >= valid_from AND $as_of < valid_until ORDER BY role
"""
_QUEUES = "SELECT DISTINCT queue FROM role_queue WHERE version = $version ORDER BY queue"
_EVER = datetime(9999, 12, 31)  # noqa: DTZ001 - the store's instants are UTC without a zone
_TURNS = "SELECT shift_id, role, person, from_at, until_at FROM duty($ever) ORDER BY from_at, role, person"
_SHIFTS = "SELECT starts_at, ends_at FROM rota_shift($ever) WHERE role = $role AND ends_at > $since"
_ABSENCES = """
SELECT DISTINCT p.person, a.from_at, a.until_at
FROM absence($ever) AS a JOIN (SELECT DISTINCT person_id, person FROM duty_account) AS p USING (person_id)
ORDER BY a.from_at, p.person
"""
_ZONES = "SELECT DISTINCT person, zone FROM duty_account"
_HOLIDAYS = (
    "SELECT p.name, h.day FROM store.person_holiday AS h JOIN store.person AS p USING (person_id) ORDER BY h.day"
)
_PEOPLE = "SELECT name, zone, joined_on, left_on, roles, share FROM store.person ORDER BY rowid"


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody's time in a role, [since, until): instants, or days where the calendar told days."""

    role: str
    person: str
    since: date | datetime
    until: date | datetime
    measured: float | None = None  # interrupted clock hours


@dataclass(frozen=True, slots=True)
class Answered:
    """A role with the queues it answers for."""

    role: dict[str, Any]  # as the planner's problem has it
    excludes: tuple[str, ...]
    queues: tuple[str, ...]


def moment(instant: datetime, other: datetime) -> date | datetime:
    """An instant of the store (UTC, naive): a day, where it and the other end of its entry are midnights."""
    if instant.time() == other.time() == time():
        return instant.date()
    return instant.replace(tzinfo=UTC)


def roles(con: duckdb.DuckDBPyConnection, zone: str, as_of: datetime) -> list[Answered]:
    """The roles that the settings describe, changing hands as their shifts of the last year did."""
    return [_role(con, zone, as_of, *row) for row in ask(con, _ROLES, as_of=_naive(as_of)).fetchall()]


def _role(
    con: duckdb.DuckDBPyConnection, zone: str, as_of: datetime, name: str, version: str, *agreed: Any
) -> Answered:
    burden, people, excludes, rest_days = agreed
    told = {
        "name": name,
        "burden": burden,
        "people": people,
        "rest_days": rest_days,
        **handovers(con, name, zone, as_of),
    }
    queues = ask(con, _QUEUES, version=version).fetchall()
    return Answered(told, tuple(excludes), tuple(queue for (queue,) in queues))


def handovers(con: duckdb.DuckDBPyConnection, role: str, zone: str, as_of: datetime) -> dict[str, Any]:
    """When a role changes hands, as its shifts of the last year and those planned did."""
    told = ask(con, _SHIFTS, ever=_EVER, role=role, since=_naive(as_of) - MEASURED).fetchall()
    are_days = all(not isinstance(moment(*ends), datetime) for ends in told)
    spans = [(since.replace(tzinfo=UTC), until.replace(tzinfo=UTC)) for since, until in told]
    return pattern_of(spans, "UTC" if are_days else zone)


def people(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Everybody of the settings, in their order, with public holidays by person."""
    names = ("name", "zone", "joined", "left", "roles", "share")
    return [dict(zip(names, row, strict=True)) for row in con.execute(_PEOPLE).fetchall()]


def holidays(con: duckdb.DuckDBPyConnection, since: date, until: date) -> dict[str, list[date]]:
    """Everybody's public holidays in [since, until)."""
    found: dict[str, list[date]] = {}
    for name, day in con.execute(_HOLIDAYS).fetchall():
        if since <= day < until:
            found.setdefault(name, []).append(day)
    return found


def zones(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The zone of everybody whom a calendar names, where it is known."""
    return {person: zone for person, zone in con.execute(_ZONES).fetchall() if zone}


def turns(con: duckdb.DuckDBPyConnection, as_of: datetime, since: datetime) -> list[Turn]:
    """Who did what and who is to do what from then on, in order of time; those that had ended at as_of are measured.

    A cover counts for who covered. The measure is the interrupted hours of the shift, for the part somebody did.
    """
    every = ask(con, _TURNS, ever=_EVER).fetchall()
    kept = [turn for turn in every if turn[-1] > _naive(since)]
    shifts = {turn[0] for turn in kept}
    begun = min((turn[-2] for turn in every if turn[0] in shifts), default=_naive(since)).replace(tzinfo=UTC)
    known = interruptions(con, as_of=as_of, since=begun).filter(~pl.col("is_running"))
    rates = {row["shift_id"]: _rate(row) for row in known.iter_rows(named=True)}
    return [
        Turn(role, person, moment(begin, until), moment(until, begin), _measured(rates.get(shift), until - begin))
        for shift, role, person, begin, until in kept
    ]


def _rate(row: dict[str, Any]) -> float | None:
    """Interrupted hours a week."""
    return None if row["interruptions"] is None or not row["held_weeks"] else row["interruptions"] / row["held_weeks"]


def _measured(rate: float | None, length: timedelta) -> float | None:
    return None if rate is None else round(rate * (length / timedelta(weeks=1)), 3)


def absences(con: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, date | datetime, date | datetime]]:
    """Person, since and until of everybody's time away, past and future."""
    for person, since, until in ask(con, _ABSENCES, ever=_EVER).fetchall():
        yield person, moment(since, until), moment(until, since)


def team_zone(con: duckdb.DuckDBPyConnection, as_of: datetime) -> str:
    """The zone of the team with the most tickets in queues that a role answers for; UTC where there is none."""
    queues = {queue for (queue,) in con.execute("SELECT DISTINCT queue FROM role_queue").fetchall()}
    found = [team for team in teams(con, as_of=as_of) if team.has_calendar and queues & set(team.queues)]
    return max(found, key=lambda team: team.tickets).zone if found else "UTC"


def _naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)
