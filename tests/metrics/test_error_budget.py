"""The error budget by hand: what is allowed, what is used, and on which day it will be used up."""

from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest

from metrics.error_budget import Budget, budget, budget_before
from metrics.slo_summary import error_budget
from tests.conftest import utc
from tests.metrics.oracle import naive

NOW = naive(utc("2026-11-30 00:00"))
DAY = timedelta(days=1)


def clocks(*days_ago: float, verdict: str = "met") -> pl.DataFrame:
    """Clocks that fell due so many days before NOW."""
    rows = [(NOW - DAY * ago, verdict) for ago in days_ago]
    return pl.DataFrame(rows, schema={"due_at": pl.Datetime("us"), "verdict": pl.String}, orient="row")


def told(met: pl.DataFrame, broken: pl.DataFrame, since: datetime, until: datetime, objective: float = 0.9) -> Budget:
    both = pl.concat([met, broken])
    inside = both.filter(pl.col("due_at") >= since, pl.col("due_at") < NOW)
    elapsed = min(1.0, (NOW - since) / (until - since))
    kept_clocks = inside.filter(verdict="met").height
    summary: dict[str, Any] = {"since": since, "until": until, "objective": objective, "elapsed_share": elapsed}
    return budget(summary | error_budget(objective, inside.height, kept_clocks, elapsed), both, NOW)


def test_a_calendar_window_lasts_for_one_over_burn_of_it() -> None:
    """Ten days into forty, 1 of 5 late at 90 %: 2 allowed in all, 1 used in a quarter, so used up half way."""
    found = told(clocks(9, 8, 7, 6), clocks(5, verdict="breached-closed"), NOW - 10 * DAY, NOW + 30 * DAY)
    assert (found.allowed, found.used, found.burn) == (pytest.approx(2), 1, pytest.approx(2))
    assert found.exhausted_at is not None and not found.is_exhausted and not found.is_rolling
    assert abs(found.exhausted_at - (NOW + 10 * DAY)) < timedelta(seconds=1)
    assert [(step.moment, step.used) for step in found.steps] == [(NOW - 5 * DAY, 1)]


def test_at_an_even_pace_it_lasts() -> None:
    found = told(clocks(*range(1, 10)), clocks(10, verdict="breached-open"), NOW - 10 * DAY, NOW + 30 * DAY)
    assert found.burn == pytest.approx(1) and found.exhausted_at is None


def test_used_to_the_last_one_is_not_used_up() -> None:
    """A tenth of forty is a little less than four in binary; four broken are four allowed."""
    found = told(clocks(*[1.0] * 36), clocks(*[2.0] * 4, verdict="breached-closed"), NOW - 28 * DAY, NOW)
    assert found.left == pytest.approx(0) and not found.is_exhausted


def test_used_up_means_since_the_first_one_too_many() -> None:
    broken = clocks(9, 5, 3, verdict="breached-closed")
    found = told(clocks(*[1.0] * 10), broken, NOW - 28 * DAY, NOW)
    assert found.allowed == pytest.approx(1.3)
    assert found.is_exhausted and found.exhausted_at == NOW - 5 * DAY


def test_a_rolling_window_goes_on_as_the_last_seven_days() -> None:
    """Twenty met on one day three weeks ago; of late, each day one is met and one is broken.

    At 90 % that is too many already. At 50 % half may be broken, and never more than half are. At 55 % the twenty help
    until they drop out of the window, a week from now; the day after, it is used up.
    """
    met, broken = (
        clocks(*[20.5] * 20, *[n + 0.5 for n in range(7)]),
        clocks(*[n + 0.25 for n in range(7)], verdict="breached-closed"),
    )
    start = NOW - 28 * DAY
    assert told(met, broken, start, NOW).is_exhausted
    assert told(met, broken, start, NOW, 0.5).exhausted_at is None
    # Used: 7 + d; allowed: 0.45 x (34 + 2 d) until the twenty drop out on day 8, then 0.45 x (14 + 2 d).
    assert told(met, broken, start, NOW, 0.55).exhausted_at == NOW + 8 * DAY


def test_nothing_due_is_nothing_known() -> None:
    found = told(clocks(), clocks(), NOW - 28 * DAY, NOW)
    assert (found.allowed, found.left, found.burn, found.exhausted_at) == (None, None, None, None)


def test_the_window_before_is_judged_by_its_own_clocks() -> None:
    rows = pl.concat([clocks(*[40.0] * 9, 1.0), clocks(41, verdict="breached-closed")])
    window = {"since": NOW - 56 * DAY, "until": NOW - 28 * DAY, "objective": 0.9}
    found = budget_before(window, rows)
    assert (found.used, found.left, found.burn) == (1, pytest.approx(0), pytest.approx(1))
