"""The shifts to be held: what a role's pattern makes of a stretch of weeks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Literal

from rotation.moments import wall

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True, order=True)
class Shift:
    """One turn of a role, [since, until) in UTC, with as many seats as the role asks for people.

    The id is the role and the local day on which the shift begins, such as "duty/2026-11-02".
    """

    since: datetime
    until: datetime
    role: str
    id: str
    people: int

    @property
    def span(self) -> tuple[datetime, datetime]:
        return self.since, self.until


Handover = tuple[int, time]  # weekday, Monday being 0, and the time on the wall


def shifts_between(role: str, people: int, handovers: list[Handover], zone: str, first: date, days: int) -> list[Shift]:
    """The shifts that begin on one of these local days, each lasting until the next handover."""
    begins = list(_handovers(handovers, zone, first, days + 8))
    return [
        Shift(since, until, role, f"{role}/{day}", people)
        for (day, since), (_, until) in pairwise(begins)
        if day < first + timedelta(days=days)
    ]


def _handovers(handovers: list[Handover], zone: str, first: date, days: int) -> Iterator[tuple[date, datetime]]:
    clocks = dict(handovers)
    for day in (first + timedelta(days=n) for n in range(days)):
        if day.weekday() in clocks:
            yield day, wall(day, clocks[day.weekday()], zone)


def week_spans(zone: str, first: date, weeks: range) -> list[tuple[datetime, datetime]]:
    """The weeks of the rota in UTC, counted from the first day's midnight; negative ones lie before it."""
    midnights = [wall(first + timedelta(weeks=week), time(), zone) for week in range(weeks.start, weeks.stop + 1)]
    return list(pairwise(midnights))
