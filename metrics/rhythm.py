"""When the next update falls due: some time of a calendar after the last one, or the end of a working day.

`24h` and `30m` are time of the calendar. `2 working days` lasts until the last closing of the second working day after
the update: of those whose opening lies after it, so that an update on Monday at 07:00 makes Monday the first.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import polars as pl

from metrics.worktime import Calendar, add_working_seconds_by

_INSTANT = pl.Datetime("us")


def due_at(calendars: Mapping[str, Calendar], updates: pl.DataFrame) -> pl.Series:
    """The instant, UTC, by which the next update is owed; null without a calendar.

    `updates` has the columns calendar, started_at, rhythm.
    """
    wanted = updates.select(
        "calendar",
        "started_at",
        count=pl.col("rhythm").str.extract(r"^(\d+)").cast(pl.Int64),
        unit=pl.col("rhythm").str.extract(r"(h|m|day)"),
    )
    spent = wanted.select(pl.col("count") * pl.when(unit="h").then(3600.0).when(unit="m").then(60.0)).to_series()
    by_time = add_working_seconds_by(calendars, wanted["calendar"], wanted["started_at"], spent)
    by_days = _closing_of_day(calendars, wanted.with_columns(days=pl.when(unit="day").then("count")))
    return pl.select(pl.coalesce(by_time, by_days).alias("due_at"))["due_at"]


def _closing_of_day(calendars: Mapping[str, Calendar], updates: pl.DataFrame) -> pl.Series:
    """The last closing of the `days`-th working day after each update, in their order; null where days is."""
    wanted = updates.with_row_index("row")
    parts = [pl.DataFrame(schema={"row": pl.UInt32, "due_at": _INSTANT})]
    for (name,), part in wanted.drop_nulls(["calendar", "days"]).group_by("calendar"):
        days = _working_days(calendars[str(name)], part)
        begun = days["opens_at"].search_sorted(part["started_at"], side="right").cast(pl.Int64)
        parts.append(part.select("row", due_at=days["closes_at"].gather(begun + part["days"] - 1)))
    return wanted.select("row").join(pl.concat(parts), on="row", how="left", maintain_order="left")["due_at"]


def _working_days(calendar: Calendar, updates: pl.DataFrame) -> pl.DataFrame:
    """opens_at and closes_at of every working day that any of the updates may ask for."""
    first, last, count = (
        updates.select(first=pl.min("started_at"), last=pl.max("started_at"), count=pl.max("days"))
        .with_columns(pl.col("first", "last").dt.replace_time_zone("UTC"))
        .row(0)
    )
    day = calendar.local(first).date() - timedelta(days=1)
    spans: list[tuple[datetime, datetime]] = []
    while len(spans) < count or spans[-count][0] <= last:
        day = calendar.next_working_day(day)
        spans += filter(None, [calendar.day_span(day)])
    rows = [tuple(moment.astimezone(UTC).replace(tzinfo=None) for moment in span) for span in spans]
    return pl.DataFrame(rows, schema={"opens_at": _INSTANT, "closes_at": _INSTANT}, orient="row")
