"""When a promise falls due. "Inside" is opening ≤ t < closing on a working day; else the next working day's end."""

from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import settings
from metrics.deadline import due_at, seconds
from metrics.worktime import Calendar
from tests.metrics import oracle

NINE_TO_FIVE = {day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
OFFICE = Calendar(
    zone="UTC", hours=NINE_TO_FIVE, special_days={date(2026, 11, 26): [], date(2026, 11, 27): ["09:00-12:00"]}
)
LUNCH = Calendar(zone="Europe/Berlin", hours={day: ["09:00-12:00", "13:00-17:00"] for day in NINE_TO_FIVE})
CALENDARS = {"office": OFFICE, "lunch": LUNCH, "always": Calendar.always()}
REFERENCE = {"inside": "4h", "outside": "end of next working day"}


def due(start: str, calendar: str | None = "office", **goal: Any) -> str | None:
    said = {"within": None, "inside": None, "outside": None, "next_day": "opening", **(goal or REFERENCE)}
    row = {"calendar": calendar, "started_at": datetime.fromisoformat(start), **said}
    schema = dict.fromkeys(row, pl.String) | {"started_at": pl.Datetime("us")}
    [found] = due_at(CALENDARS, pl.DataFrame([row], schema=schema))
    return found and f"{found:%a %d %H:%M:%S}"


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2026-11-16T07:00", "Mon 16 17:00:00"),  # before opening: this very day is the next to open
        ("2026-11-16T08:59:59", "Mon 16 17:00:00"),
        ("2026-11-16T09:00", "Mon 16 13:00:00"),  # at the opening: inside
        ("2026-11-16T13:00", "Mon 16 17:00:00"),
        ("2026-11-16T13:00:01", "Tue 17 09:00:01"),
        ("2026-11-16T16:59:59", "Tue 17 12:59:59"),
        ("2026-11-16T17:00", "Tue 17 17:00:00"),  # at the closing: outside
        ("2026-11-20T16:00", "Mon 23 12:00:00"),
        ("2026-11-20T17:00", "Mon 23 17:00:00"),
        ("2026-11-21T12:00", "Mon 23 17:00:00"),
        ("2026-11-25T16:00", "Fri 27 12:00:00"),  # an hour, then a holiday, then a half day of three hours
        ("2026-11-25T17:00", "Fri 27 12:00:00"),  # the day after the holiday ends at noon
        ("2026-11-26T10:00", "Fri 27 12:00:00"),  # on the holiday itself
        ("2026-11-27T11:59:59", "Mon 30 12:59:59"),
        ("2026-11-27T12:00", "Mon 30 17:00:00"),
    ],
)
def test_the_reference_case(start: str, expected: str) -> None:
    assert due(start) == expected


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2026-11-16T07:00", "Tue 17 17:00:00"),
        ("2026-11-16T17:00", "Tue 17 17:00:00"),
        ("2026-11-20T17:00", "Mon 23 17:00:00"),
        ("2026-11-22T23:59:59", "Mon 23 17:00:00"),
        ("2026-11-23T00:00", "Tue 24 17:00:00"),
    ],
)
def test_the_literal_following_date(start: str, expected: str) -> None:
    assert due(start, inside="4h", outside="end of next working day", next_day="date") == expected


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2026-11-16T10:30", "Mon 16 15:30:00"),  # Berlin 11:30: half an hour, lunch, three and a half
        ("2026-11-16T11:30", "Mon 16 16:00:00"),  # lunch is inside the day: four hours from 13:00 in Berlin
        ("2026-11-16T16:00", "Tue 17 16:00:00"),
    ],
)
def test_lunch_breaks_are_inside_the_day_but_not_worked(start: str, expected: str) -> None:
    assert due(start, "lunch") == expected


def test_round_the_clock_everything_is_inside() -> None:
    assert due("2026-11-22T23:00", "always") == "Mon 23 03:00:00"
    assert due("2026-11-21T10:00", "always", within="end of next working day") == "Mon 23 00:00:00"


def test_without_a_calendar_nothing_falls_due() -> None:
    assert due("2026-11-16T10:00", None) is None


def test_deadlines_are_written_in_minutes_and_hours() -> None:
    assert [seconds(text) for text in ("30m", "4 h", "end of next working day")] == [1800.0, 14400.0, None]


ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/Los_Angeles", "Pacific/Chatham", "Asia/Kolkata"])
HOURS = st.sampled_from([["09:00-17:00"], ["00:00-24:00"], ["08:00-12:00", "13:00-16:30"], ["10:00-24:00"]])
WEEKS = st.dictionaries(st.sampled_from(oracle.WEEKDAYS), HOURS, min_size=1)
GOALS = st.sampled_from(
    [
        settings.Goal(inside="4h", outside="end of next working day"),
        settings.Goal(inside="30m", outside="end of next working day", next_day="date"),
        settings.Goal(inside="end of next working day", outside="2h"),
        settings.Goal(within="8h"),
        settings.Goal(within="end of next working day"),
    ]
)
FIRST = datetime.fromisoformat("2026-10-22")
STARTS = st.integers(0, 24 * 12 * 12).map(lambda n: FIRST + timedelta(minutes=5 * n))


@given(zone=ZONES, hours=WEEKS, goal=GOALS, starts=st.lists(STARTS, min_size=1, max_size=12))
def test_deadlines_agree_with_a_walk_along_the_days(
    zone: str, hours: dict[Any, list[str]], goal: settings.Goal, starts: list[datetime]
) -> None:
    said = settings.Calendar(name="any", zone=zone, hours=hours)
    row = {name: getattr(goal, name) for name in ("within", "inside", "outside", "next_day")}
    schema = {"calendar": pl.String, "started_at": pl.Datetime("us"), **dict.fromkeys(row, pl.String)}
    clocks = pl.DataFrame([{"calendar": "any", "started_at": start, **row} for start in starts], schema=schema)
    found = due_at({"any": Calendar(zone=zone, hours=dict(hours))}, clocks).to_list()
    assert found == [oracle.due_at(said, goal, start) for start in starts]
    assert all(end > start for start, end in zip(starts, found, strict=True))
