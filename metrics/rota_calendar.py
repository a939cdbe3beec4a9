"""Who holds which role when, past and planned, and who is away: what the calendar of a rota shows.

Planned shifts are told as calendars have them now; the metrics of the past ignore them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import duckdb

from metrics.columns import Queues, ask, queue_names
from metrics.instants import parse_instant
from metrics.weeks import Week

_EVER = datetime(9999, 12, 31)  # noqa: DTZ001 - the store's instants are UTC without a zone
_TURNS = """
SELECT role, person, from_at, until_at FROM duty($ever)
WHERE until_at > $since AND from_at < $until
    AND ($queues IS NULL OR version IN (SELECT version FROM role_queue WHERE list_contains($queues, queue)))
ORDER BY from_at, role, person
"""
_AWAY = """
SELECT DISTINCT p.person, a.from_at, a.until_at
FROM absence($ever) AS a JOIN (SELECT DISTINCT person_id, person FROM duty_account) AS p USING (person_id)
WHERE a.until_at > $since AND a.from_at < $until ORDER BY p.person, a.from_at
"""
_HOLIDAYS = """
SELECT DISTINCT p.name, h.day FROM store.person_holiday AS h JOIN store.person AS p USING (person_id)
JOIN member AS m USING (person_id)
WHERE h.day >= $since AND h.day < $until ORDER BY p.name, h.day
"""
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody's time in a role, [from_at, until_at) in UTC; a planned one begins later than was asked."""

    role: str
    person: str
    from_at: datetime
    until_at: datetime
    is_planned: bool = False

    def within(self, since: datetime, until: datetime) -> timedelta:
        return max(min(self.until_at, until) - max(self.from_at, since), timedelta())


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody's time away, [from_at, until_at) in UTC."""

    person: str
    from_at: datetime
    until_at: datetime


@dataclass(frozen=True, slots=True)
class RotaCalendar:
    turns: tuple[Turn, ...]
    away: tuple[Away, ...]
    holidays: tuple[tuple[str, date], ...]  # of those who may hold a role, by person

    @property
    def roles(self) -> list[str]:
        return sorted({turn.role for turn in self.turns})

    @property
    def people(self) -> list[str]:
        return sorted({turn.person for turn in self.turns})


def rota_calendar(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    since: str | datetime,
    until: str | datetime,
    queue: Queues = None,
) -> RotaCalendar:
    """Everything that overlaps [since, until). With `queue`, only the roles that answer for it."""
    instant, begin, end = (parse_instant(moment) for moment in (as_of, since, until))
    bounds = {"ever": _EVER, "since": begin, "until": end}
    turns = ask(con, _TURNS, queues=queue_names(queue), **bounds).fetchall()
    days = ask(con, _HOLIDAYS, since=begin.date(), until=end.date()).fetchall()
    return RotaCalendar(
        tuple(Turn(role, who, _utc(a), _utc(b), a >= instant) for role, who, a, b in turns),
        tuple(Away(who, _utc(a), _utc(b)) for who, a, b in ask(con, _AWAY, **bounds).fetchall()),
        tuple(days),
    )


def _utc(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CalendarWeek:
    """One week of the calendar, in words: `held` by role."""

    week: Week
    is_planned: bool  # begins later than was asked
    held: dict[str, list[str]]
    away: list[str]
    holidays: list[str]


def by_week(calendar: RotaCalendar, weeks: Sequence[Week], as_of: datetime) -> list[CalendarWeek]:
    """The calendar as weeks: who had less than four days of one stands there with the days."""
    return [
        CalendarWeek(
            week,
            week.starts_at >= as_of,
            {role: list(_holders(calendar.turns, role, week)) for role in calendar.roles},
            sorted({one.person for one in calendar.away if _overlap(one, week) >= _A_DAY}),
            list(_festive(calendar.holidays, week)),
        )
        for week in weeks
    ]


def _holders(turns: Iterable[Turn], role: str, week: Week) -> Iterator[str]:
    """In order of time. Calendars tell whole days as midnights UTC: a shift may begin the evening before its week."""
    found: dict[str, timedelta] = {}
    for turn in turns:
        held = turn.within(week.starts_at, week.ends_at)
        if turn.role == role and (held >= _A_DAY or held == turn.until_at - turn.from_at):
            found[turn.person] = found.get(turn.person, timedelta()) + held
    for person, held in found.items():
        is_part = held < timedelta(days=4) and len(found) > 1
        yield f"{person} ({_lasting(held)})" if is_part else person


def _lasting(held: timedelta) -> str:
    days = round(held / _A_DAY)
    return f"{days} day{'s' * (days != 1)}" if days else f"{round(held.total_seconds() / 3600)} h"


def _overlap(away: Away, week: Week) -> timedelta:
    return max(min(away.until_at, week.ends_at) - max(away.from_at, week.starts_at), timedelta())


def _festive(holidays: Iterable[tuple[str, date]], week: Week) -> Iterator[str]:
    told: dict[str, list[date]] = {}
    for person, day in holidays:
        if week.monday <= day < week.monday + timedelta(days=7):
            told.setdefault(person, []).append(day)
    for person, days in told.items():
        yield f"{person} ({', '.join(f'{day.day} {day:%b}' for day in days)})"


def replaced(calendar: RotaCalendar, turns: Iterable[Turn], span: tuple[datetime, datetime]) -> RotaCalendar:
    """The calendar with other planned turns in a span: a rota that was published there counts, and not what calendars
    had before. What has begun already stays as it was done."""
    published = [turn for turn in turns if turn.is_planned]
    roles = {turn.role for turn in published}
    kept = (
        turn
        for turn in calendar.turns
        if not (turn.is_planned and turn.role in roles and span[0] <= _middle(turn) < span[1])
    )
    ordered = sorted([*kept, *published], key=lambda turn: (turn.from_at, turn.role, turn.person))
    return RotaCalendar(tuple(ordered), calendar.away, calendar.holidays)


def _middle(turn: Turn) -> datetime:
    return turn.from_at + (turn.until_at - turn.from_at) / 2
