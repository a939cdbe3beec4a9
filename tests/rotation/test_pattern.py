"""The pattern of a role, read off its shifts: making shifts of a pattern and reading it again gives the pattern."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from rotation.moments import Span
from rotation.pattern import pattern_of
from rotation.team import Role
from tests.rotation.problems import team

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)


def made(zone: str = "UTC", **told: Any) -> list[Span]:
    problem = team("Ana", weeks=20, first_day=date(2026, 1, 7), zone=zone, roles=[{"name": "duty", **told}])
    return [shift.span for shift in problem.shifts]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/Los_Angeles"])
@pytest.mark.parametrize(
    "told",
    [
        {"pattern": "weekly"},
        {"pattern": "weekly", "starts_on": "wed", "starts_at": "09:30"},
        {"pattern": "daily", "starts_at": "08:00"},
        {"pattern": "weekday/weekend"},
        {"pattern": "weekday/weekend", "starts_at": "09:00", "weekend_on": "fri", "weekend_at": "17:00"},
    ],
)
def test_a_pattern_is_read_off_its_own_shifts(zone: str, told: dict[str, Any]) -> None:
    assert Role(name="duty", **pattern_of(made(zone, **told), zone)) == Role(name="duty", **told)


def test_without_shifts_there_is_nothing_to_say() -> None:
    assert pattern_of([], "UTC") == {}


def test_covers_and_swaps_do_not_matter() -> None:
    weeks = made()
    cover = (weeks[3][0] + timedelta(days=2, hours=9), weeks[3][0] + timedelta(days=3))
    assert pattern_of([*weeks, cover], "UTC")["pattern"] == "weekly"


def test_days_that_are_neither_become_weeks() -> None:
    half = [(MONDAY + timedelta(days=n * 3), MONDAY + timedelta(days=n * 3 + 3)) for n in range(6)]
    assert pattern_of(half, "UTC")["pattern"] == "weekly"


def test_one_weekday_alone_is_a_weekly_role() -> None:
    mondays = [(MONDAY + timedelta(weeks=n), MONDAY + timedelta(weeks=n, days=1)) for n in range(6)]
    assert pattern_of(mondays, "UTC") == {"pattern": "weekly", "starts_on": "mon", "starts_at": MONDAY.time()}
