"""Working time of five million pairs, against the package one would loop over and against plain subtraction.

The package steps from day to day, so its time grows with the length of a pair; ours does not. Pairs of at most two
weeks, and holidays as a plain set of dates, are to its advantage.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from time import perf_counter

import businesstimedelta
import holidays
import polars as pl
import pytz  # type: ignore[import-untyped] # the package takes no zoneinfo

from metrics.worktime import Calendar, add_working_seconds_by, working_seconds_by

PAIRS = 5_000_000
SAMPLE = 300
RUNS = 5
ZONES = [
    *("Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata", "Asia/Kathmandu"),
    *("Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Casablanca", "Asia/Tokyo"),
]
HOURS = {weekday: ["09:00-17:00"] for weekday in ("mon", "tue", "wed", "thu", "fri")}


def main() -> None:
    """Measure, compare the results, and print nanoseconds per pair and the ratio to the package."""
    german = set(holidays.country_holidays("DE", years=range(2023, 2028)))
    calendars = {zone: Calendar(zone, HOURS, german) for zone in ZONES}
    berlin = calendars["Europe/Berlin"]
    names, starts, ends = random_pairs()
    seconds = berlin.working_seconds(starts, ends)

    package_seconds, package_time = loop_over_package(german, starts, ends)
    assert package_seconds == seconds.head(SAMPLE).to_list()

    print(f"{'':44}{'pairs/s':>15}{'ns/pair':>12}{'x package':>12}")
    print_row(f"businesstimedelta, a loop over {SAMPLE}", package_time, package_time)
    for label, question in {
        "working_seconds": lambda: berlin.working_seconds(starts, ends),
        "working_seconds_by, 8 calendars in 8 zones": lambda: working_seconds_by(calendars, names, starts, ends),
        "add_working_seconds": lambda: berlin.add_working_seconds(starts, seconds),
        "add_working_seconds_by": lambda: add_working_seconds_by(calendars, names, starts, seconds),
        "ends - starts, no calendar at all": lambda: ends - starts,
    }.items():
        print_row(label, fastest(question) / PAIRS, package_time)


def random_pairs() -> tuple[pl.Series, pl.Series, pl.Series]:
    """Calendar names, starts over four years from 2023, and ends up to two weeks later; the same every run.

    Whole seconds, because the package drops fractions of them.
    """
    row, day = pl.int_range(PAIRS), 86_400
    first = pl.lit(datetime(2023, 1, 1, tzinfo=UTC))
    start = first + pl.duration(seconds=row.hash(1) % (4 * 365 * day))
    length = pl.duration(seconds=row.hash(2) % (14 * day))
    zone = pl.lit(pl.Series(ZONES)).gather(row.hash(3) % len(ZONES))
    pairs = pl.select(zone=zone, start=start, length=length)
    return pairs["zone"], pairs["start"], pairs["start"] + pairs["length"]


def loop_over_package(german: set[date], starts: pl.Series, ends: pl.Series) -> tuple[list[float], float]:
    """The package's own answers for the first pairs, and the seconds it needs for one."""
    zone = pytz.timezone("Europe/Berlin")
    workday = businesstimedelta.WorkDayRule(time(9), time(17), [0, 1, 2, 3, 4], tz=zone)
    rule = businesstimedelta.Rules([workday, businesstimedelta.HolidayRule(german, tz=zone)])
    pairs = list(zip(starts.head(SAMPLE), ends.head(SAMPLE), strict=True))
    begin = perf_counter()
    answers = [rule.difference(start, end).timedelta.total_seconds() for start, end in pairs]
    return answers, (perf_counter() - begin) / SAMPLE


def fastest(question: Callable[[], object]) -> float:
    """The shortest of several runs in seconds: the rest is other work on the machine."""
    question()
    times = []
    for _ in range(RUNS):
        begin = perf_counter()
        question()
        times.append(perf_counter() - begin)
    return min(times)


def print_row(label: str, per_pair: float, package: float) -> None:
    """One line of the table; times are seconds per pair."""
    print(f"{label:44}{1 / per_pair:15,.0f}{per_pair * 1e9:12,.1f}{package / per_pair:12,.0f}")
