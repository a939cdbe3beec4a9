"""Weeks: from Monday in the team's zone, by their ISO names."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.weeks import Week
from tests.conftest import utc

ZONES = ("UTC", "Europe/Berlin", "America/Los_Angeles", "Pacific/Chatham", "Africa/Cairo", "America/Santiago")


@pytest.mark.parametrize(
    ("instant", "zone", "name"),
    [
        ("2026-11-16 00:00", "UTC", "2026-W47"),
        ("2026-11-15 23:59:59", "UTC", "2026-W46"),
        ("2026-11-15 23:00", "Europe/Berlin", "2026-W47"),
        ("2026-11-16 07:59", "America/Los_Angeles", "2026-W46"),
        ("2027-01-01 12:00", "UTC", "2026-W53"),
        ("2024-12-30 12:00", "UTC", "2025-W01"),
    ],
)
def test_an_instant_is_in_the_week_of_its_zone(instant: str, zone: str, name: str) -> None:
    assert Week.containing(utc(instant), zone).name == name


@pytest.mark.parametrize(("name", "hours"), [("2026-W13", 167), ("2026-W14", 168), ("2026-W43", 169)])
def test_a_week_has_an_hour_less_or_more_when_the_clocks_change(name: str, hours: int) -> None:
    week = Week.parse(name, "Europe/Berlin")
    assert week.ends_at - week.starts_at == timedelta(hours=hours)


def test_a_monday_without_a_midnight_begins_when_the_day_does() -> None:
    """Cairo skips from Friday midnight to one o'clock; Santiago does so on a Sunday, Beirut's rule is like it."""
    assert Week(date(2026, 9, 7), "America/Santiago").starts_at == utc("2026-09-07 03:00")


def test_names_are_read_back_and_nonsense_is_refused() -> None:
    assert Week.parse("2026-W53", "UTC").monday == date(2026, 12, 28)
    for nonsense in ("2026-47", "2026-W54", "2025-W53", "2026-W00", "last week"):
        with pytest.raises(ValueError, match="week"):
            Week.parse(nonsense, "UTC")


def test_the_weeks_through_one_end_with_it() -> None:
    names = [week.name for week in Week.parse("2027-W01", "UTC").through(3)]
    assert names == ["2026-W52", "2026-W53", "2027-W01"]


@given(instant=st.datetimes(datetime(2000, 1, 1), datetime(2037, 1, 1)), zone=st.sampled_from(ZONES))  # noqa: DTZ001
def test_weeks_tile_time(instant: datetime, zone: str) -> None:
    week = Week.containing(instant.replace(tzinfo=UTC), zone)
    assert week.starts_at <= instant.replace(tzinfo=UTC) < week.ends_at
    assert week.ends_at == week.shifted(1).starts_at
    assert Week.containing(week.starts_at, zone) == week == Week.parse(week.name, zone)
    assert Week.containing(week.ends_at, zone) == week.shifted(1)
