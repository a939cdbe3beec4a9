"""Days and instants as the planner's JSON writes them. Intervals are [since, until)."""

from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

_TICK = timedelta(microseconds=1)
Span = tuple[datetime, datetime]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is not a time zone; write one like 'America/Los_Angeles' or 'UTC'") from None
    return name


def _moment(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value) if len(value) == len("2026-11-02") else datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(f"{value!r} is no moment; write '2026-11-02' or '2026-11-02T09:00:00Z'") from None
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError(f"{value.isoformat()} has no zone; write '{value.isoformat()}Z' or an offset like '+01:00'")
    return value.astimezone(UTC) if isinstance(value, datetime) else value


Zone = Annotated[str, AfterValidator(_zone)]
# pydantic reads a midnight as a day where both would do; here what is written decides.
Moment = Annotated[
    datetime | date, BeforeValidator(_moment), WithJsonSchema({"type": "string", "examples": ["2026-11-02"]})
]
Instant = Annotated[datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})]


def instant(moment: date | datetime, zone: str) -> datetime:
    """A moment in UTC; a day stands for its midnight in that zone."""
    return moment if isinstance(moment, datetime) else wall(moment, time(), zone)


def wall(day: date, clock: time, zone: str) -> datetime:
    """When the clock on the wall of that zone shows this, in UTC; the first time where it does so twice."""
    return datetime.combine(day, clock, ZoneInfo(zone)).astimezone(UTC)


def days_later(moment: datetime, days: int, zone: str) -> datetime:
    """The same time on the wall of that zone so many days later, in UTC: days of 23 or 25 hours are days."""
    return (moment.astimezone(ZoneInfo(zone)) + timedelta(days=days)).astimezone(UTC)


def overlap(a: Span, b: Span) -> timedelta:
    """How long two spans overlap."""
    return max(min(a[1], b[1]) - max(a[0], b[0]), timedelta())


def ratio(part: timedelta, whole: timedelta) -> Fraction:
    """One duration as an exact part of another."""
    return Fraction(part // _TICK, whole // _TICK)


def joined(spans: list[Span]) -> list[Span]:
    """The same time as spans in order, none touching another."""
    merged: list[Span] = []
    for since, until in sorted(spans):
        if merged and since <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(until, merged[-1][1])
        elif since < until:
            merged.append((since, until))
    return merged
