"""When somebody is at work: the hours of one office, and how long a piece of work takes there."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

OPENS, CLOSES = time(9), time(17)

# Harrow's own days, on top of the public ones. They hold for every office.
CLOSED_DAYS = (date(2025, 12, 26), date(2026, 1, 2), date(2026, 5, 22), date(2026, 12, 24))
HALF_DAYS = (date(2025, 12, 24), date(2026, 7, 2), date(2026, 12, 23))
HALF_DAY_CLOSES = time(12)


def steady(_day: date) -> float:
    """The pace of a day on which work goes as planned."""
    return 1.0


@dataclass(frozen=True)
class Office:
    zone: str
    country: str
    subdivision: str | None = None

    def local(self, instant: datetime) -> datetime:
        return instant.astimezone(ZoneInfo(self.zone))

    def hours(self, day: date) -> tuple[datetime, datetime] | None:
        """Opening and closing of a local day in UTC; None when closed."""
        return _hours(self, day)

    def is_open(self, instant: datetime) -> bool:
        hours = self.hours(self.local(instant).date())
        return hours is not None and hours[0] <= instant < hours[1]

    def next_opening(self, instant: datetime) -> datetime:
        """The first opening that lies after `instant`."""
        day = self.local(instant).date()
        while True:
            hours = self.hours(day)
            if hours and hours[0] > instant:
                return hours[0]
            day += timedelta(days=1)

    def after(self, start: datetime, hours: float, pace: Callable[[date], float] = steady) -> datetime:
        """When `hours` of work are done, begun at `start`; a day of pace 0.5 yields half its hours."""
        left, day = timedelta(hours=hours), self.local(start).date()
        while True:
            opening = self.hours(day)
            if opening and pace(day) > 0 and start < opening[1]:
                begin = max(start, opening[0])
                if left < (opening[1] - begin) * pace(day):
                    return (begin + left / pace(day)).replace(microsecond=0)
                left -= (opening[1] - begin) * pace(day)
            day += timedelta(days=1)

    def promised(self, opened: datetime) -> datetime:
        """The triage promise: four working hours, or the end of the next working day for arrivals off hours."""
        if self.is_open(opened):
            return self.after(opened, 4)
        closing = self.hours(self.local(self.next_opening(opened)).date())
        assert closing is not None
        return closing[1]


@cache
def _hours(office: Office, day: date) -> tuple[datetime, datetime] | None:
    if day.weekday() >= 5 or day in CLOSED_DAYS or day in _public_holidays(office, day.year):
        return None
    zone = ZoneInfo(office.zone)
    closes = HALF_DAY_CLOSES if day in HALF_DAYS else CLOSES
    return (
        datetime.combine(day, OPENS, zone).astimezone(UTC),
        datetime.combine(day, closes, zone).astimezone(UTC),
    )


@cache
def _public_holidays(office: Office, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(office.country, subdiv=office.subdivision, years=year))
