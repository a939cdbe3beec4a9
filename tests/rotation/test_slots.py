"""From a role's pattern to its shifts."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rotation.slots import WEEKDAYS
from tests.rotation.problems import FIRST, team


def ids(**role: Any) -> list[str]:
    return [
        shift.id.removeprefix("duty/2026-") for shift in team("Ana", weeks=1, roles=[{"name": "duty", **role}]).shifts
    ]


def test_a_week_from_monday_to_monday_is_what_one_gets_unasked() -> None:
    (shift,) = team("Ana", weeks=1).shifts
    assert (shift.since, shift.until) == (datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 11, 9, tzinfo=UTC))


def test_patterns() -> None:
    assert ids(pattern="daily") == ["11-02", "11-03", "11-04", "11-05", "11-06", "11-07", "11-08"]
    assert ids(pattern="weekday/weekend") == ["11-02", "11-07"]
    assert ids(starts_on="wed") == ["11-04"]


def test_a_weekend_may_begin_on_friday_evening() -> None:
    role = {
        "name": "duty",
        "pattern": "weekday/weekend",
        "starts_at": "09:00",
        "weekend_on": "fri",
        "weekend_at": "17:00",
    }
    weekdays, weekend = team("Ana", weeks=1, roles=[role]).shifts
    assert weekdays.until == weekend.since == datetime(2026, 11, 6, 17, tzinfo=UTC)
    assert weekend.until == datetime(2026, 11, 9, 9, tzinfo=UTC)


def test_a_weekend_cannot_begin_with_the_week() -> None:
    with pytest.raises(ValidationError, match="the weekend of duty starts on mon, as its week does"):
        ids(pattern="weekday/weekend", weekend_on="mon")


def test_handovers_follow_the_clock_on_the_wall() -> None:
    """Clocks go back on 25 October 2026 in Berlin: that week has 169 hours."""
    problem = team("Ana", weeks=1, zone="Europe/Berlin", first_day=FIRST - timedelta(weeks=2))
    (shift,) = problem.shifts
    assert shift.until - shift.since == timedelta(hours=169)


@given(
    st.sampled_from(["weekly", "daily", "weekday/weekend"]),
    st.sampled_from(WEEKDAYS[:5]),
    st.times(),
    st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Chatham", "America/Sao_Paulo"]),
    st.integers(0, 400),
)
def test_shifts_of_a_role_follow_each_other_without_a_gap(
    pattern: str, day: str, at: Any, zone: str, later: int
) -> None:
    role = {"name": "duty", "pattern": pattern, "starts_on": day, "starts_at": at}
    problem = team("Ana", weeks=3, zone=zone, roles=[role], first_day=FIRST + timedelta(days=later))
    assert all(earlier.until == after.since for earlier, after in pairwise(problem.shifts))
    assert len({shift.id for shift in problem.shifts}) == len(problem.shifts)
    assert len(problem.shifts) == 3 * {"weekly": 1, "daily": 7, "weekday/weekend": 2}[pattern]
    assert all(problem.span[0] <= shift.since < problem.span[1] for shift in problem.shifts)


def test_the_weeks_before_the_plan_have_negative_numbers() -> None:
    problem = team("Ana", weeks=2)
    spans = problem.week_spans(range(-2, 2))
    assert spans[2][0] == problem.span[0] and spans[-1][1] == problem.span[1]
    assert all(until - since == timedelta(weeks=1) for since, until in spans)
