"""The examples in the docstrings are the expectations."""

import doctest
from datetime import datetime

import metrics.breach_reason
import metrics.wording
from metrics.wording import day, moment


def test_the_examples_hold() -> None:
    for module in (metrics.wording, metrics.breach_reason):
        done = doctest.testmod(module)
        assert done.attempted and not done.failed


def test_a_date_says_its_year_only_where_it_is_another() -> None:
    then, now = datetime.fromisoformat("2022-03-30 18:22"), datetime.fromisoformat("2026-08-16 00:00")
    assert moment(then, "UTC", year_of=now) == "Wed 30 Mar 2022 18:22"
    assert day(then, "UTC") == "Wed 30 Mar"


def test_a_near_moment_is_a_weekday_on_the_zones_clocks() -> None:
    noon = datetime.fromisoformat("2026-11-03 12:00")
    assert moment(noon, "Asia/Kathmandu", near=datetime.fromisoformat("2026-11-05 00:00")) == "Tue 17:45"
    assert moment(noon, "UTC", near=datetime.fromisoformat("2026-11-12 00:00")) == "Tue 3 Nov 12:00"
