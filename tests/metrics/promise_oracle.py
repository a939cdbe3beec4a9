"""What the page on promises says, counted again from the rows of `slo`, one by one, in plain Python."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from metrics.worktime import Calendar

Row = dict[str, Any]


def counted(rows: list[Row], verdict: str = "verdict") -> tuple[int, int, int, int]:
    counts = Counter(row[verdict] for row in rows)
    return counts["met"], counts["breached-closed"], counts["breached-open"], counts["running"]


def between(rows: list[Row], column: str, since: datetime, until: datetime) -> list[Row]:
    start, end = (moment.astimezone(UTC).replace(tzinfo=None) for moment in (since, until))
    return [row for row in rows if row["verdict"] is not None and start <= row[column] < end]


def arrival(row: Row, calendars: dict[str, Calendar]) -> str:
    """In which hours the clock began, second by second of its day where need be."""
    calendar = calendars[row["calendar"]]
    begun = row["started_at"].replace(tzinfo=UTC)
    if calendar.working_time(begun, begun + timedelta(seconds=1)):
        return "in opening hours"
    local = begun.astimezone(ZoneInfo(calendar.zone))
    spans = calendar.opening_spans(begun - timedelta(days=2), begun + timedelta(days=2))
    same_day = [span for span in spans if span[0].astimezone(ZoneInfo(calendar.zone)).date() == local.date()]
    if any(opens < begun for opens, _ in same_day):
        return "after closing"
    return "before opening" if same_day else "on a closed day"
