"""When one event of a calendar happens and recurs, as it says itself.

- A time that names no zone, and a whole day, are those of the calendar's own zone. The end is never part of the event.
- An event keeps its length by the clock on the wall across a change to or from daylight saving time, whole days as
  well as hours; a duration in hours (`DURATION:PT24H`) is that many hours.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from icalendar.prop import vDuration, vRecur

from ingest.ical.text import YEARS, Component, Line, Moment
from ingest.ical.zones import Zones
from ingest.records import UnreadableError

_TOO_OFTEN = ("SECONDLY", "MINUTELY")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Times:
    """When an event happens and recurs. `exact` is the part of its length that is hours, whatever clocks do."""

    start: Moment
    end: Moment
    exact: timedelta = timedelta(0)
    rules: tuple[vRecur, ...] = ()
    more: tuple[Any, ...] = ()  # RDATE
    less: tuple[Moment, ...] = ()  # EXDATE
    instead_of: Moment | None = None  # RECURRENCE-ID
    and_later: bool = False  # RANGE=THISANDFUTURE


@dataclass(frozen=True, slots=True)
class Clock:
    """Reads moments. `is_in_own_zone`: instants in UTC are told by the clock of the calendar's own zone."""

    zones: Zones
    is_in_own_zone: bool

    def moments(self, line: Line) -> list[Any]:
        """The moments of a line, each time with its zone. Raises UnreadableError."""
        named = line.parts()[0].get("TZID")
        try:
            zone = self.zones.named(named) if named else self.zones.own
        except UnreadableError as error:
            raise UnreadableError(f"line {line.number}: {error}") from None
        return [self._at_home(moment, zone) for moment in line.moments()]

    def moment(self, line: Line) -> Moment:
        moments = self.moments(line)
        if len(moments) != 1 or not isinstance(moments[0], date):
            raise UnreadableError(f"line {line.number}: {line.name} should be one date or one instant")
        return moments[0]

    def _at_home(self, moment: Any, zone: tzinfo) -> Any:
        if isinstance(moment, tuple):
            return tuple(self._at_home(part, zone) for part in moment)
        if not isinstance(moment, datetime):
            return moment
        if moment.tzinfo is None:
            return moment.replace(tzinfo=zone)
        return moment.astimezone(self.zones.own) if self.is_in_own_zone else moment


def start_of(component: Component, clock: Clock) -> Moment | None:
    """When the event begins, if that can be read."""
    line = component.first("DTSTART")
    try:
        return clock.moment(line) if line else None
    except UnreadableError:
        return None


def times(component: Component, clock: Clock) -> Times:
    """Raises UnreadableError."""
    line = component.first("DTSTART")
    if line is None:
        raise UnreadableError("it has no DTSTART")
    start, end, exact = _span(component, clock.moment(line), clock)
    instead = component.first("RECURRENCE-ID")
    return Times(
        start=start,
        end=end,
        exact=exact,
        rules=tuple(_rule(line, start, clock.zones.own) for line in component.every("RRULE")),
        more=tuple(moment for line in component.every("RDATE") for moment in clock.moments(line)),
        less=tuple(moment for line in component.every("EXDATE") for moment in clock.moments(line)),
        instead_of=clock.moment(instead) if instead else None,
        and_later=instead is not None and instead.parts()[0].get("RANGE", "").upper() == "THISANDFUTURE",
    )


def _span(component: Component, start: Moment, clock: Clock) -> tuple[Moment, Moment, timedelta]:
    """Start, end without the exact part, and the exact part."""
    ends, lasts = component.first("DTEND"), component.first("DURATION")
    if ends is not None:
        start, end = _of_one_kind(start, clock.moment(ends), clock.zones.own)
        if end == start and not isinstance(start, datetime):
            end = start + _DAY  # meant as one whole day by programs that forget that the end is exclusive
        exact = timedelta(0)
    elif lasts is not None:
        nominal, exact = _length(lasts)
        if exact and not isinstance(start, datetime):
            start = midnight(start, clock.zones.own)
        end = start + nominal
    elif isinstance(start, datetime):
        raise UnreadableError("it has no end, neither DTEND nor DURATION")
    else:
        end, exact = start + _DAY, timedelta(0)
    if end < start or exact < timedelta(0):
        raise UnreadableError("it ends before it begins")
    if end == start and not exact:
        raise UnreadableError("it ends when it begins")
    return start, end, exact


def _length(line: Line) -> tuple[timedelta, timedelta]:
    """Days and weeks, and what is in hours, minutes and seconds."""
    [*lengths] = line.moments()
    if len(lengths) != 1 or not isinstance(lengths[0], timedelta):
        raise UnreadableError(f"line {line.number}: DURATION should be one duration")
    _, value = line.parts()
    days, _, _ = value.partition("T")
    nominal: timedelta = vDuration.from_ical(days) if re.search(r"\d", days) else timedelta(0)  # type: ignore[no-untyped-call]
    return nominal, lengths[0] - nominal


def _of_one_kind(start: Moment, end: Moment, own: ZoneInfo) -> tuple[Moment, Moment]:
    """Both dates, or both instants of the start's zone, so that their distance is that of the clock on the wall."""
    if isinstance(start, datetime):
        zone = start.tzinfo or own
        return start, end.astimezone(zone) if isinstance(end, datetime) else midnight(end, zone)
    if isinstance(end, datetime):
        return _of_one_kind(midnight(start, end.tzinfo or own), end, own)
    return start, end


def midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _rule(line: Line, start: Moment, own: ZoneInfo) -> vRecur:
    """A recurrence rule whose UNTIL is of the same kind as the start. Raises UnreadableError."""
    _, value = line.parts()
    try:
        rule: vRecur = vRecur.from_ical(value)
    except (ValueError, TypeError, KeyError) as error:
        raise UnreadableError(f"line {line.number}: RRULE is {value!r:.60}: {error}") from None
    frequency = [str(part).upper() for part in rule.get("FREQ", [])]
    if len(frequency) != 1 or frequency[0] in _TOO_OFTEN:
        raise UnreadableError(
            f"line {line.number}: RRULE recurs neither hourly nor daily nor less often: {value!r:.60}"
        )
    if any(step < 1 for step in rule.get("INTERVAL", [])):
        raise UnreadableError(f"line {line.number}: RRULE has an INTERVAL below 1: {value!r:.60}")
    if "UNTIL" in rule and "COUNT" in rule:
        raise UnreadableError(f"line {line.number}: RRULE has both UNTIL and COUNT: {value!r:.60}")
    for until in rule.pop("UNTIL", []):
        if not isinstance(until, date) or until.year < YEARS.start:
            raise UnreadableError(f"line {line.number}: RRULE has an UNTIL that is no date or instant: {value!r:.60}")
        if until.year in YEARS:  # some programs write 9999 for never
            rule["UNTIL"] = [_until(until, start, own)]
    return rule


def _until(until: Moment, start: Moment, own: ZoneInfo) -> Moment:
    """A rule may end with a day where the event has a time, and the other way round: the day counts whole."""
    if isinstance(start, datetime):
        zone = start.tzinfo or own
        if not isinstance(until, datetime):
            until = datetime.combine(until, time.max.replace(microsecond=0), zone)
        return (until if until.tzinfo else until.replace(tzinfo=zone)).astimezone(UTC)
    if not isinstance(until, datetime):
        return until
    is_plain_day = until.tzinfo is None or until.time() == time()
    return until.date() if is_plain_day else until.astimezone(own).date()
