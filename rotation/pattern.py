"""How a role changes hands, told by the shifts that were held: its week, its days, or its weekdays and weekends."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from rotation.moments import Span
from rotation.slots import WEEKDAYS

_DAY = timedelta(days=1)
Handover = tuple[int, time]  # weekday and time on the wall


def pattern_of(spans: Sequence[Span], zone: str) -> dict[str, Any]:
    """The fields of a `Role` that say when it changes hands; none, which means weeks from Monday, without shifts.

    Covers and swaps among the shifts do not matter as long as most are as the pattern has them.
    """
    if not spans:
        return {}
    handovers = Counter(_handover(since, zone) for since, _ in spans)
    (day, clock), _ = handovers.most_common(1)[0]
    length = timedelta(seconds=median((until - since).total_seconds() for since, until in spans))
    if length < 1.5 * _DAY and len({weekday for weekday, _ in handovers}) >= 5:
        return {"pattern": "daily", "starts_at": clock}
    weekly = {"pattern": "weekly", "starts_on": WEEKDAYS[day], "starts_at": clock}
    return weekly if length > 5.5 * _DAY else _in_two(spans, zone) or weekly


def _in_two(spans: Sequence[Span], zone: str) -> dict[str, Any] | None:
    """Weekdays and weekends: the longer turns begin the week."""
    turns = [[span for span in spans if (span[1] - span[0] > 3.5 * _DAY) == is_long] for is_long in (True, False)]
    if not all(turns):
        return None
    starts = [Counter(_handover(since, zone) for since, _ in part).most_common(1)[0][0] for part in turns]
    (day, clock), (weekend, weekend_clock) = starts
    if day == weekend:
        return None
    week = {"starts_on": WEEKDAYS[day], "starts_at": clock}
    return {"pattern": "weekday/weekend", **week, "weekend_on": WEEKDAYS[weekend], "weekend_at": weekend_clock}


def _handover(moment: datetime, zone: str) -> Handover:
    local = moment.astimezone(ZoneInfo(zone))
    return local.weekday(), local.time()
