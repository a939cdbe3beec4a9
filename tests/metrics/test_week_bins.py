"""The place of a week: what the weeks themselves say, over both changes of the clocks, to the microsecond."""

from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from metrics.week_bins import BEFORE, bin_sql, consecutive
from metrics.weeks import Week

ZONES = ["UTC", "Europe/Berlin", "America/Los_Angeles", "Pacific/Chatham", "Australia/Lord_Howe"]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("has_before", [False, True])
def test_every_boundary_of_two_years_belongs_to_the_week_that_begins(zone: str, has_before: bool) -> None:
    _agree(Week.containing(datetime(2026, 11, 9, 12, tzinfo=UTC), zone).through(104), has_before)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("count", [1, 2])
def test_so_does_every_boundary_of_few_weeks_whichever_is_the_last(zone: str, count: int) -> None:
    """A week in which clocks change may be the first of a series, the last, or all of it."""
    for last in Week.containing(datetime(2026, 11, 9, 12, tzinfo=UTC), zone).through(53):
        _agree(last.through(count), has_before=True)


def _agree(weeks: list[Week], has_before: bool) -> None:
    moments = [week.starts_at + nudge for week in weeks for nudge in map(_microseconds, (-1, 0, 1))]
    moments += [weeks[-1].ends_at + nudge for nudge in map(_microseconds, (-1, 0))]
    naive = [moment.astimezone(UTC).replace(tzinfo=None) for moment in moments]
    place = bin_sql("moment", weeks, has_before=has_before)
    found = duckdb.execute(f"SELECT {place} FROM (SELECT unnest($moments) AS moment)", {"moments": naive}).fetchall()
    outside = {0: BEFORE if has_before else None, len(moments) - 1: None}
    wanted = [
        outside.get(
            n, next((place for place, week in enumerate(weeks) if week.starts_at <= moment < week.ends_at), None)
        )
        for n, moment in enumerate(moments)
    ]
    assert [place for (place,) in found] == wanted


def _microseconds(count: int) -> timedelta:
    return timedelta(microseconds=count)


def test_without_weeks_nothing_has_a_place() -> None:
    assert duckdb.execute(f"SELECT {bin_sql('TIMESTAMP $$2026-01-01$$', [])}").fetchall() == [(None,)]


def test_what_came_before_has_a_place_of_no_week() -> None:
    assert BEFORE < 0


def test_weeks_between_those_asked_about_are_filled_in() -> None:
    last = Week.parse("2026-W02", "Europe/Berlin")
    weeks = consecutive([last.shifted(-3), last.shifted(-2), last])
    assert [week.name for week in weeks] == ["2025-W51", "2025-W52", "2026-W01", "2026-W02"]
    assert consecutive([last]) == [last]
    assert len(consecutive([last.shifted(-13), last])) == 14
    assert consecutive([]) == []
