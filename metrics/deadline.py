"""When a promise falls due: working time from the arrival, or the end of the next working day.

Arrival inside office hours means: at or after the day's first opening and before its last closing, on a working day.
The next working day is the first one whose opening lies after the arrival, so that Monday 07:00 is due on Monday; with
`next_day = "date"` it is the first working day of a later date.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, timedelta

import polars as pl

from metrics.worktime import Calendar, add_working_seconds_by

_WORKING_TIME = re.compile(r"(\d+) ?(m|h)")


def seconds(text: str) -> float | None:
    """Working seconds of a deadline such as 4h or 30m; None for `end of next working day`."""
    found = _WORKING_TIME.fullmatch(text)
    return int(found[1]) * {"m": 60.0, "h": 3600.0}[found[2]] if found else None


def due_at(calendars: Mapping[str, Calendar], clocks: pl.DataFrame) -> pl.Series:
    """The deadline of each clock, UTC; null without a calendar.

    `clocks` has the columns calendar, started_at, within, inside, outside, next_day.
    """
    days = _working_days(calendars, clocks)
    fixed = clocks.select("calendar", "started_at", "next_day").with_columns(days.select("is_inside", "day_end"))
    by_arrival = pl.when(fixed["is_inside"]).then(clocks["inside"]).otherwise(clocks["outside"])
    goal = clocks.select(pl.coalesce(clocks["within"], by_arrival).alias("goal"))["goal"]
    known = {said: seconds(said) for said in goal.drop_nulls().unique()}
    spent = goal.replace_strict(known, default=None, return_dtype=pl.Float64).cast(pl.Float64)
    by_work = add_working_seconds_by(calendars, clocks["calendar"], clocks["started_at"], spent)
    return pl.select(pl.when(spent.is_not_null()).then(by_work).otherwise(fixed["day_end"]).alias("due_at"))["due_at"]


def _working_days(calendars: Mapping[str, Calendar], clocks: pl.DataFrame) -> pl.DataFrame:
    """is_inside and day_end (of the next working day) for each clock, in the clocks' order."""
    wanted = clocks.select("calendar", "started_at", "next_day").with_row_index("row")
    parts = [
        _of_one_calendar(calendars[str(name)], part)
        for (name,), part in wanted.filter(pl.col("calendar").is_not_null()).group_by("calendar")
    ]
    empty = pl.DataFrame(schema={"row": pl.UInt32, "is_inside": pl.Boolean, "day_end": pl.Datetime("us")})
    return wanted.select("row").join(pl.concat([empty, *parts]), on="row", how="left", maintain_order="left")


def _of_one_calendar(calendar: Calendar, clocks: pl.DataFrame) -> pl.DataFrame:
    starts = clocks["started_at"]
    days = _day_table(calendar, starts)
    before = days["opens_at"].search_sorted(starts, side="right").cast(pl.Int64) - 1
    is_inside = starts < days["closes_at"].gather(before.clip(0))
    dates = _local_dates(calendar, starts)
    after_date = days["day"].search_sorted(dates, side="right").cast(pl.Int64)
    following = pl.select(pl.when(clocks["next_day"] == "date").then(after_date).otherwise(before + 1)).to_series()
    return clocks.select("row").with_columns(
        is_inside=is_inside & (before >= 0), day_end=days["closes_at"].gather(following)
    )


def _local_dates(calendar: Calendar, instants: pl.Series) -> pl.Series:
    return instants.dt.replace_time_zone("UTC").dt.convert_time_zone(calendar.zone).dt.date()


def _day_table(calendar: Calendar, starts: pl.Series) -> pl.DataFrame:
    """day, opens_at, closes_at of every working day that any of the starts may ask for."""
    dates: list[date] = _local_dates(calendar, starts).drop_nulls().to_list()
    day, last = min(dates) - timedelta(days=1), max(dates)
    days: list[date] = []
    while not days or days[-1] <= last:
        day = calendar.next_working_day(day)
        days.append(day)
    spans = [calendar.day_span(day) for day in days]
    naive = [tuple(moment.astimezone(UTC).replace(tzinfo=None) for moment in span) for span in spans if span]
    rows = [(day, *span) for day, span in zip(days, naive, strict=True)]
    return pl.DataFrame(
        rows, schema={"day": pl.Date, "opens_at": pl.Datetime("us"), "closes_at": pl.Datetime("us")}, orient="row"
    )
