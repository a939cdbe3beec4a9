"""Process-behaviour limits, with a pencil."""

import polars as pl
import pytest

from metrics.control_limits import behaviour, control_limits
from metrics.flow import control_limits as flow_limits


def weeks(*arrivals: int | None, complete: int | None = None) -> pl.DataFrame:
    """Weeks with these arrivals, of which the first `complete` have ended."""
    ended = len(arrivals) if complete is None else complete
    return pl.DataFrame(
        {"is_complete": [n < ended for n in range(len(arrivals))], "arrivals": arrivals},
        schema_overrides={"arrivals": pl.Int64},
    )


def test_limits_are_the_mean_and_2_66_mean_moving_ranges() -> None:
    """10, 12, 8, 14: mean 11, moving ranges 2, 4, 6 with mean 4, so 11 ± 10.64."""
    assert control_limits([10, 12, 8, 14]) == pytest.approx((0.36, 11.0, 21.64))
    assert control_limits([0, 9, 0]) == pytest.approx((0.0, 3.0, 3.0 + 2.66 * 9))
    assert control_limits([5, 5, 5]) == (5.0, 5.0, 5.0)


def test_three_values_are_the_fewest() -> None:
    assert control_limits([5, 5]) is None
    assert control_limits([]) is None


def test_the_limits_are_where_they_were() -> None:
    assert flow_limits is control_limits


def test_weeks_outside_are_marked_and_say_on_which_side() -> None:
    """Nineteen weeks of 10 and one of 40: mean 11.5, mean moving range 30 ÷ 19 = 1.58, so 7.3 to 15.7."""
    table = behaviour(weeks(*[10] * 19, 40))
    assert table["is_outside"].to_list() == [False] * 19 + [True]
    assert table["signal"].to_list() == [None] * 19 + ["above"]
    assert table.row(0)[2:5] == pytest.approx((11.5 - 2.66 * 30 / 19, 11.5, 11.5 + 2.66 * 30 / 19))
    low = behaviour(weeks(*[40] * 19, 10))
    assert low["signal"].to_list() == [None] * 19 + ["below"]


def test_a_week_on_the_limit_is_inside() -> None:
    assert behaviour(weeks(5, 5, 5))["is_outside"].to_list() == [False, False, False]


def test_a_week_that_has_not_ended_makes_no_limits_and_is_not_judged() -> None:
    table = behaviour(weeks(5, 5, 5, 1, complete=3))
    assert table["upper_limit"].to_list() == [5.0] * 4
    assert table["is_outside"].to_list() == [False, False, False, None]
    assert table["signal"].to_list() == [None] * 4


def test_below_three_complete_weeks_nothing_is_usual() -> None:
    table = behaviour(weeks(5, 5, 5, complete=2))
    assert table.select("lower_limit", "mean", "upper_limit", "signal", "is_outside").rows() == [(None,) * 5] * 3
    assert table["is_outside"].dtype == pl.Boolean


def test_a_week_without_a_value_is_left_out() -> None:
    table = behaviour(weeks(4, None, 6, 8))
    assert table["mean"].to_list() == [6.0] * 4
    assert table["is_outside"].to_list() == [False, None, False, False]


def test_a_week_that_is_not_to_be_judged_is_left_out() -> None:
    table = behaviour(weeks(0, 0, 4, 6, 8), judged=pl.col("arrivals") > 0)
    assert table["mean"].to_list() == [6.0] * 5
    assert table["is_outside"].to_list() == [None, None, False, False, False]


def test_another_column_may_be_judged() -> None:
    table = weeks(1, 2, 3).rename({"arrivals": "closed"})
    assert behaviour(table, "closed")["mean"].to_list() == [2.0] * 3
