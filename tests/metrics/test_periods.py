"""Days of a zone, and what stood and changed in them."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.periods import day_table, steps, totals
from tests.metrics.oracle import naive

UTC_NOON = datetime.fromisoformat("2026-10-25 12:00")
MOMENTS = st.integers(0, 40).map(lambda n: UTC_NOON + n * timedelta(hours=6))


def days(since: str, until: str | None = None, as_of: str = "2026-12-01", zone: str = "UTC") -> list[tuple[date, int]]:
    """Each day with its hours."""
    bounds = [None if text is None else datetime.fromisoformat(text) for text in (since, until, as_of)]
    table = day_table(zone, bounds[0], bounds[1], bounds[2] or UTC_NOON)
    return [(day, (end - start) // timedelta(hours=1)) for day, start, end, _ in table.rows()]


def test_a_day_that_has_begun_is_there_and_one_that_begins_at_the_end_is_not() -> None:
    assert days("2026-11-01 23:59", "2026-11-03 00:00") == [(date(2026, 11, 1), 24), (date(2026, 11, 2), 24)]
    assert len(days("2026-11-01 23:59", "2026-11-03 00:00:01")) == 3
    assert len(days("2026-11-01 00:00", as_of="2026-11-01 00:00:01")) == 1


def test_days_end_with_what_is_known() -> None:
    assert len(days("2026-11-01", "2026-11-30", as_of="2026-11-03 12:00")) == 3


def test_there_are_no_days_of_nothing() -> None:
    assert days("2026-11-01", "2026-11-01") == []
    assert day_table("UTC", None, None, UTC_NOON).is_empty()


@pytest.mark.parametrize(
    ("zone", "since", "first"),
    [
        ("Europe/Berlin", "2026-10-24 22:00", (date(2026, 10, 25), 25)),
        ("Europe/Berlin", "2026-10-24 21:59", (date(2026, 10, 24), 24)),
        ("Europe/Berlin", "2026-03-28 23:00", (date(2026, 3, 29), 23)),
        ("America/Santiago", "2026-09-06 12:00", (date(2026, 9, 6), 23)),  # a day without a midnight
        ("Asia/Tokyo", "2026-11-01 15:00", (date(2026, 11, 2), 24)),
    ],
)
def test_a_day_is_as_long_as_its_clock_says(zone: str, since: str, first: tuple[date, int]) -> None:
    assert days(since, zone=zone)[0] == first


def test_a_day_is_complete_once_it_has_ended() -> None:
    table = day_table("UTC", UTC_NOON, None, datetime.fromisoformat("2026-10-26 00:00"))
    assert table["is_complete"].to_list() == [True]
    table = day_table("UTC", UTC_NOON, None, datetime.fromisoformat("2026-10-26 00:00:01"))
    assert table["is_complete"].to_list() == [True, False]


def test_an_interval_that_lasts_has_no_end() -> None:
    spans = pl.DataFrame({"who": ["a", "b"], "from_at": [UTC_NOON, UTC_NOON], "until_at": [None, UTC_NOON]})
    assert steps(spans, ["who"]).rows() == [("a", UTC_NOON, 1), ("b", UTC_NOON, 1), ("b", UTC_NOON, -1)]


def test_what_comes_and_goes_at_midnight_is_of_the_day_that_begins() -> None:
    """And what comes after the last day is of none."""
    moments = [datetime(2026, 10, day) for day in (25, 26, 26, 27)]  # noqa: DTZ001 - instants in the store are naive
    changes = pl.DataFrame({"occurred_at": moments, "change": [1, 1, -1, 1]})
    table = day_table("UTC", moments[0], moments[-1], UTC_NOON + timedelta(days=9))
    assert totals(changes, table, []).select("standing", "gained", "lost").rows() == [(1, 1, 0), (1, 1, 1)]


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b", None]), MOMENTS, st.sampled_from([1, 1, -1])), max_size=30), MOMENTS
)
def test_totals_are_plain_sums(told: list[tuple[str | None, datetime, int]], since: datetime) -> None:
    schema = {"who": pl.String, "occurred_at": pl.Datetime("us"), "change": pl.Int64}
    changes = pl.DataFrame(told, schema=schema, orient="row")
    table = day_table("Europe/Berlin", since, None, UTC_NOON + timedelta(days=11))
    rows = totals(changes, table, ["who"]).rows(named=True)
    assert len(rows) == len(table) * len({who for who, _, _ in told})
    for row in rows:
        own = [(moment, change) for who, moment, change in told if who == row["who"]]
        inside = [change for moment, change in own if row["starts_at"] <= moment < row["ends_at"]]
        assert row["standing"] == sum(change for moment, change in own if moment < row["ends_at"])
        assert row["gained"] == sum(change for change in inside if change > 0)
        assert row["lost"] == -sum(change for change in inside if change < 0)


def test_the_instants_are_utc_without_a_zone() -> None:
    [row] = day_table("Asia/Tokyo", UTC_NOON, UTC_NOON + timedelta(hours=1), UTC_NOON + timedelta(days=9)).to_dicts()
    assert row["starts_at"] == naive(datetime(2026, 10, 24, 15, tzinfo=UTC))
