"""Weeks as teams count them: from Monday, in the team's zone, named as ISO 8601 does (2026-W47)."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """One week of one zone; `starts_at` and `ends_at` are UTC, [starts_at, ends_at), 167 to 169 hours apart."""

    monday: date
    zone: str

    @classmethod
    def containing(cls, instant: datetime, zone: str) -> Self:
        day = instant.astimezone(ZoneInfo(zone)).date()
        return cls(day - timedelta(days=day.weekday()), zone)

    @classmethod
    def parse(cls, name: str, zone: str) -> Self:
        """The week a name such as 2026-W47 stands for. Raises ValueError."""
        found = re.fullmatch(r"(\d{4})-W(\d{2})", name)
        if not found:
            raise ValueError(f"{name!r} is not a week; write it as 2026-W47")
        return cls(date.fromisocalendar(int(found[1]), int(found[2]), 1), zone)

    @property
    def name(self) -> str:
        year, number, _ = self.monday.isocalendar()
        return f"{year}-W{number:02}"

    @property
    def starts_at(self) -> datetime:
        return self._midnight(self.monday)

    @property
    def ends_at(self) -> datetime:
        return self._midnight(self.monday + timedelta(days=7))

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), ZoneInfo(self.zone)).astimezone(UTC)

    def shifted(self, weeks: int) -> Self:
        return type(self)(self.monday + timedelta(weeks=weeks), self.zone)

    def through(self, count: int) -> list[Self]:
        """The `count` weeks that end with this one, oldest first."""
        return [self.shifted(-back) for back in reversed(range(count))]
