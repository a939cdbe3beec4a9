"""When a team is open, as wall-clock hours per weekday and per date, checked when it is written down.

`Schedule` holds only what a person would put on the office door. Time zones, and what an instant is,
begin in `metrics.opening_spans`.
"""

import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Minutes = tuple[int, int]
"""One opening as minutes since local midnight: `[opens, closes)`; 1440 is the midnight that ends the day."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_PER_DAY = 24 * 60
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_EPOCH_WEEKDAY = 3
_INTERVAL = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})", re.ASCII)


@dataclass(frozen=True)
class Schedule:
    """A zone, its weekly hours and the dates that differ; equal by value, usable as a dictionary key.

    `weekly` has seven entries, Monday first; `exceptions` pairs a day number (see `day_number`) with that
    date's own hours. Every list of hours is sorted and free of overlaps; an empty one means closed.
    """

    zone: str
    weekly: tuple[tuple[Minutes, ...], ...]
    exceptions: tuple[tuple[int, tuple[Minutes, ...]], ...] = ()
    _exceptions_by_day: dict[int, tuple[Minutes, ...]] = field(init=False, repr=False, compare=False)
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_exceptions_by_day", dict(self.exceptions))
        # Long holiday lists would be hashed again on every cache look-up. crc32, because the built-in hash
        # of a string differs between processes and would be wrong in a schedule that was pickled.
        zone = zlib.crc32(self.zone.encode())
        object.__setattr__(self, "_hash", hash((zone, self.weekly, self.exceptions)))

    def __hash__(self) -> int:
        return self._hash

    def hours_on(self, day: int) -> tuple[Minutes, ...]:
        """The wall-clock hours of one local date, given as its day number."""
        exception = self._exceptions_by_day.get(day)
        return self.weekly[(day + _EPOCH_WEEKDAY) % 7] if exception is None else exception

    @property
    def last_exception(self) -> int | None:
        """The day number of the last holiday or special day; None when every week is alike."""
        return self.exceptions[-1][0] if self.exceptions else None


def day_number(day: date) -> int:
    """Days from 1970-01-01 to `day`; negative before. Raises ValueError for anything but a plain date."""
    if not isinstance(day, date) or isinstance(day, datetime):
        raise ValueError(f"{day!r} is not a plain date: write a date without a time.")
    return day.toordinal() - _EPOCH_ORDINAL


def parse_schedule(
    zone: str,
    hours: Mapping[str, Sequence[str]],
    holidays: Iterable[date] = (),
    special_days: Mapping[date, Sequence[str]] | None = None,
) -> Schedule:
    """The schedule that these settings describe; a special day wins over a holiday on the same date.

    Raises ValueError, saying what is wrong and what to write instead, for an unknown zone or weekday and for
    hours that cannot be read, run backwards, overlap or leave the day.
    """
    _check_zone(zone)
    for weekday in hours:
        if weekday not in WEEKDAYS:
            raise ValueError(f"Unknown weekday {weekday!r}: write one of {', '.join(WEEKDAYS)}.")
    weekly = tuple(_parse_hours(hours.get(weekday, ()), weekday) for weekday in WEEKDAYS)
    exceptions: dict[int, tuple[Minutes, ...]] = {day_number(day): () for day in holidays}
    exceptions |= _parse_days(special_days or {})
    return Schedule(zone, weekly, tuple(sorted(exceptions.items())))


def _parse_days(special_days: Mapping[date, Sequence[str]]) -> dict[int, tuple[Minutes, ...]]:
    """By day number; the same hours are read once, since whole calendars of days are often alike."""
    read: dict[str, tuple[Minutes, ...]] = {}
    for day, texts in special_days.items():
        if repr(texts) not in read:
            read[repr(texts)] = _parse_hours(texts, str(day))
    return {day_number(day): read[repr(texts)] for day, texts in special_days.items()}


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError) as error:
        # A folder of the zone database, such as "Europe", fails as an OSError.
        raise ValueError(f'Unknown time zone {zone!r}: write an IANA name such as "Europe/Berlin".') from error


def _parse_hours(texts: Sequence[str], where: str) -> tuple[Minutes, ...]:
    if isinstance(texts, str):
        raise ValueError(f'The hours of {where} are one text, {texts!r}: write a list, ["{texts}"].')
    intervals = sorted((*_parse_interval(text, where), text) for text in texts)
    for (_, closes, earlier), (opens, _, later) in pairwise(intervals):
        if opens < closes:
            raise ValueError(f"The hours of {where} overlap: {earlier!r} and {later!r}. Join them into one.")
    return tuple((opens, closes) for opens, closes, _ in intervals)


def _parse_interval(text: str, where: str) -> Minutes:
    match = _INTERVAL.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f'Cannot read the hours {text!r} of {where}: write them as "09:00-17:00".')
    opens_hour, opens_minute, closes_hour, closes_minute = map(int, match.groups())
    if max(opens_minute, closes_minute) > 59:
        raise ValueError(f"The hours {text!r} of {where} name a minute past 59: minutes run from 00 to 59.")
    opens, closes = opens_hour * 60 + opens_minute, closes_hour * 60 + closes_minute
    if max(opens, closes) > MINUTES_PER_DAY:
        raise ValueError(f"The hours {text!r} of {where} go past the end of the day: 24:00 is the latest.")
    if closes <= opens:
        raise ValueError(
            f"The hours {text!r} of {where} do not end after they start. A night shift is two entries: "
            '"22:00-24:00" on one day and "00:00-06:00" on the next.'
        )
    return opens, closes
