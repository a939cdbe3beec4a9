"""Percentiles, medians with open items, and intervals of shares."""

from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.distributions import kaplan_meier_median, kaplan_meier_percentiles, median, nearest_rank, wilson_interval


def test_the_ninety_fifth_of_twenty_is_exactly_the_nineteenth() -> None:
    assert nearest_rank(pl.Series(range(1, 21)), 95) == 19
    assert nearest_rank(pl.Series(range(1, 21)), 96) == 20


def test_a_percentile_covers_enough_to_the_last_hundredth() -> None:
    """43 % of seven are 3.01, which three do not cover."""
    assert nearest_rank(pl.Series(range(1, 8)), 43) == 4


@pytest.mark.parametrize(("percent", "expected"), [(0, 15), (5, 15), (30, 20), (40, 20), (41, 35), (50, 35), (100, 50)])
def test_the_textbook_example(percent: int, expected: int) -> None:
    assert nearest_rank(pl.Series([50, 15, 40, 20, 35]), percent) == expected


def test_below_five_values_there_is_no_percentile() -> None:
    assert nearest_rank(pl.Series([1, 2, 3, 4]), 50) is None
    assert nearest_rank(pl.Series([1, 2, 3, 4, None, None]), 50) is None
    assert nearest_rank(pl.Series([], dtype=pl.Float64), 50) is None


@given(values=st.lists(st.integers(0, 9), min_size=5, max_size=40), percent=st.integers(1, 100))
def test_the_percentile_is_the_smallest_value_that_covers_enough(values: list[int], percent: int) -> None:
    enough = [v for v in values if sum(w <= v for w in values) * 100 >= percent * len(values)]
    assert nearest_rank(pl.Series(values), percent) == min(enough)


@given(values=st.lists(st.integers(0, 9) | st.none(), max_size=12))
def test_the_median_of_a_group_is_the_percentile_that_half_of_its_values_are_in(values: list[int | None]) -> None:
    column = pl.Series("lasted", values, dtype=pl.Int64)
    assert pl.DataFrame([column]).select(median("lasted")).item() == nearest_rank(column, 50)


def test_each_group_has_its_own_median_from_five_known_values_on() -> None:
    lasted = {"six": [6, 5, 4, 3, 2, 1], "five": [9, None, 7, 1, 3, 5], "four": [1, 2, 3, 4, None], "none": [None]}
    rows = pl.DataFrame({"name": list(lasted), "lasted": list(lasted.values())}).explode("lasted")
    told = rows.group_by("name", maintain_order=True).agg(median("lasted"))
    assert told.rows() == [("six", 3), ("five", 5), ("four", None), ("none", None)]


def test_a_kaplan_meier_median_by_hand() -> None:
    """6, 6, 6, 6+, 7, 9+, 10, 10+, 11+, 13, 16, 17+, 19+, 20+, 22, 23 and five more open past 25.

    The published treatment arm of Freireich et al. (1963): survival 0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448,
    so the median is the 23rd week.
    """
    finished = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    still_open = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    durations = pl.Series(finished + still_open)
    assert kaplan_meier_median(durations, pl.Series([True] * 9 + [False] * 12)) == 23


def test_dropping_the_open_would_flatter_the_median() -> None:
    durations, is_finished = pl.Series([1, 2, 3, 9, 9, 9]), pl.Series([True] * 3 + [False] * 3)
    assert kaplan_meier_median(durations, is_finished) == 3
    assert kaplan_meier_median(durations.tail(5), is_finished.tail(5)) is None


def test_without_enough_known_durations_there_is_no_median() -> None:
    nothing = pl.Series([None] * 6, dtype=pl.Float64)
    assert kaplan_meier_median(nothing, pl.Series([True] * 6)) is None
    assert kaplan_meier_median(pl.Series([1.0, 2.0, 3.0, 4.0, None]), pl.Series([True] * 5)) is None


def survival(items: list[tuple[int, bool]], instant: int) -> Fraction:
    share = Fraction(1)
    for moment in sorted({duration for duration, is_finished in items if is_finished and duration <= instant}):
        at_risk = sum(duration >= moment for duration, _ in items)
        share *= 1 - Fraction(sum(item == (moment, True) for item in items), at_risk)
    return share


@given(items=st.lists(st.tuples(st.integers(0, 8), st.booleans()), min_size=5, max_size=25))
def test_the_median_agrees_with_brute_force(items: list[tuple[int, bool]]) -> None:
    halved = [moment for moment in range(9) if survival(items, moment) <= Fraction(1, 2)]
    found = kaplan_meier_median(pl.Series([d for d, _ in items]), pl.Series([f for _, f in items]))
    assert found == (halved[0] if halved else None)


@given(durations=st.lists(st.integers(0, 50), min_size=5, max_size=30))
def test_without_open_items_it_is_the_plain_median(durations: list[int]) -> None:
    found = kaplan_meier_median(pl.Series(durations), pl.Series([True] * len(durations)))
    assert found == nearest_rank(pl.Series(durations), 50)


def test_who_is_watched_from_an_age_on_is_not_there_to_finish_at_that_age() -> None:
    """Five are watched from zero on and end by the hour; at the age of three, five more come to be watched."""
    durations, entries = pl.Series([1, 2, 3, 4, 5, 9, 9, 9, 9, 9]), pl.Series([0] * 5 + [3] * 5)
    assert kaplan_meier_percentiles(durations, pl.Series([True] * 10), [50], entries) == [3]


def test_the_curve_begins_once_five_are_at_risk() -> None:
    """One ended alone at the age of one; five more, watched from then on, end by the hour: a half of five within 4."""
    durations, entries = pl.Series([1, 2, 3, 4, 5, 6]), pl.Series([0, 1, 1, 1, 1, 1])
    assert kaplan_meier_percentiles(durations, pl.Series([True] * 6), [20, 50, 100], entries) == [2, 4, 6]


@pytest.mark.parametrize(
    ("kept", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),  # Newcombe (1998), table I, method 3
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_agrees_with_the_published_intervals(kept: int, n: int, low: float, high: float) -> None:
    assert wilson_interval(kept, n) == pytest.approx((low, high), abs=5e-5)


def test_a_share_of_nothing_has_no_interval() -> None:
    assert wilson_interval(0, 0) is None


@given(n=st.integers(1, 500), data=st.data())
def test_wilson_holds_the_share_and_is_symmetric(n: int, data: st.DataObject) -> None:
    kept = data.draw(st.integers(0, n))
    low, high = wilson_interval(kept, n) or (2.0, -1.0)
    mirrored = wilson_interval(n - kept, n) or (2.0, -1.0)
    assert 0 <= low <= kept / n <= high <= 1
    assert (low, high) == pytest.approx((1 - mirrored[1], 1 - mirrored[0]))
