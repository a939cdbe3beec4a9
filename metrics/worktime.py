"""Working time: how much of the time between two instants a team was open.

A `Calendar` is a zone, opening hours per weekday, holidays and special days. Working time is exact to the
microsecond and means what the clock on the team's wall says: an instant counts if its local time lies within
the hours of its local date. Scalars are aware datetimes; columns are Polars Datetime series, of millions of
rows, and a column may hold the calendar of each row.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from metrics.open_time_lookup import lookup
from metrics.opening_hours import WEEKDAYS, Schedule, day_number, parse_schedule
from metrics.opening_spans import (
    EARLIEST,
    EPOCH,
    LATEST,
    PAGE,
    SECOND,
    first_reached,
    last_page_needed,
    opened_between,
    page,
    spans_between,
    spans_of_day,
)

_ONE_DAY = timedelta(days=1)
_MICROSECOND = timedelta(microseconds=1)
_NEVER_REACHED = "The calendar is not open for that long before the end of the year 9999: check its hours."
_OUT_OF_RANGE = "An instant lies outside the years 1 to 9999."
_NEGATIVE = "Cannot add a negative working time: give zero or more."


@dataclass(frozen=True, init=False)
class Calendar:
    """When a team works; immutable, equal by value, usable as a dictionary key.

    >>> Calendar("Europe/Amsterdam", {"mon": ["07:30-18:00"], "fri": ["08:00-12:00", "13:00-16:00"]})

    A weekday that is not named is closed, and "24:00" is the midnight that ends a day. Holidays are closed all
    day. A special day has hours of its own, none of them (`[]`) meaning closed, and wins over a holiday.
    Raises ValueError, with what to write instead, when a zone, a weekday or hours make no sense.
    """

    schedule: Schedule

    def __init__(
        self,
        zone: str,
        hours: Mapping[str, Sequence[str]],
        holidays: Iterable[date] = (),
        special_days: Mapping[date, Sequence[str]] | None = None,
    ) -> None:
        """Check the settings and keep them."""
        object.__setattr__(self, "schedule", parse_schedule(zone, hours, holidays, special_days))

    @classmethod
    def always(cls, zone: str = "UTC") -> "Calendar":
        """Open round the clock, every day of the year."""
        return cls(zone, {weekday: ["00:00-24:00"] for weekday in WEEKDAYS})

    @property
    def zone(self) -> str:
        """The IANA name of the zone whose wall clock the hours are read on."""
        return self.schedule.zone

    def working_time(self, start: datetime, end: datetime) -> timedelta:
        """The open time in `[start, end)`, two aware datetimes; negative if `end` is before `start`."""
        return opened_between(self.schedule, _microseconds(start), _microseconds(end)) * _MICROSECOND

    def add_working_time(self, start: datetime, working_time: timedelta) -> datetime:
        """The first instant, in UTC, by which that much open time has passed since `start`.

        Zero gives `start` itself. Raises ValueError for a negative time, and where the calendar is not open
        for that long before the end of the year 9999.
        """
        if working_time < timedelta(0):
            raise ValueError(_NEGATIVE)
        instant, wanted = _microseconds(start), working_time // _MICROSECOND
        reached = first_reached(self.schedule, instant, wanted) if wanted else instant
        if reached is None:
            raise ValueError(_NEVER_REACHED)
        return _instant(reached)

    def working_seconds(self, starts: pl.Series, ends: pl.Series) -> pl.Series:
        """`working_time` for columns: Float64 seconds, equal to its `total_seconds()`; null in, null out.

        Takes Datetime series of any time unit; one without a zone is read as UTC. Nanoseconds are rounded down
        to microseconds. The result is named `working_seconds`.
        """
        return _working_seconds((self.schedule,), None, starts, ends)

    def add_working_seconds(self, starts: pl.Series, seconds: pl.Series) -> pl.Series:
        """`add_working_time` for columns: instants of the dtype of `starts`; null in, null out.

        `seconds` is numeric and rounded to microseconds. An instant between two milliseconds becomes the
        later one where `starts` has no finer unit. Raises ValueError as `add_working_time` does.
        """
        return _add_working_seconds((self.schedule,), None, starts, seconds)

    def opening_spans(self, first: datetime, last: datetime) -> list[tuple[datetime, datetime]]:
        """The open intervals `[from, until)` within `[first, last)` in UTC, in order, none touching another."""
        spans = spans_between(self.schedule, _microseconds(first), _microseconds(last))
        return [(_instant(opens), _instant(closes)) for opens, closes in spans]

    def is_open(self, instant: datetime) -> bool:
        """Whether an aware datetime lies within opening hours."""
        microseconds = _microseconds(instant)
        return page(self.schedule, microseconds // PAGE).is_open(microseconds)

    def is_working_day(self, day: date) -> bool:
        """Whether the calendar opens at all on this local date."""
        return bool(spans_of_day(self.schedule, day_number(day)))

    def day_span(self, day: date) -> tuple[datetime, datetime] | None:
        """The first opening and the last closing of a local date, in UTC; None when it is closed all day."""
        spans = spans_of_day(self.schedule, day_number(day))
        return (_instant(spans[0][0]), _instant(spans[-1][1])) if spans else None

    def next_working_day(self, day: date) -> date:
        """The first working day strictly after a local date; ValueError when there is none."""
        # Past the last exception weeks repeat; a month of them also outlasts dates that a clock change swallows.
        exception = self.schedule.last_exception
        last_chance = max(day_number(day), day_number(day) if exception is None else exception) + 31
        for later in range(day_number(day) + 1, last_chance + 1):
            if spans_of_day(self.schedule, later):
                return day + (later - day_number(day)) * _ONE_DAY
        raise ValueError(f"The calendar has no working day after {day}: check its hours.")

    def local(self, instant: datetime) -> datetime:
        """The same instant as a datetime in the calendar's zone."""
        _microseconds(instant)
        return instant.astimezone(ZoneInfo(self.zone))


def working_seconds_by(
    calendars: Mapping[str, Calendar], names: pl.Series, starts: pl.Series, ends: pl.Series
) -> pl.Series:
    """`Calendar.working_seconds` where `names` holds the name of each row's calendar; a null name gives null.

    Raises ValueError for a name that is not among `calendars`.
    """
    return _working_seconds(_schedules(calendars), _lanes(calendars, names), starts, ends)


def add_working_seconds_by(
    calendars: Mapping[str, Calendar], names: pl.Series, starts: pl.Series, seconds: pl.Series
) -> pl.Series:
    """`Calendar.add_working_seconds` where `names` holds the name of each row's calendar; null gives null.

    Raises ValueError for a name that is not among `calendars`.
    """
    return _add_working_seconds(_schedules(calendars), _lanes(calendars, names), starts, seconds)


def _working_seconds(
    schedules: tuple[Schedule, ...], lanes: pl.Series | None, starts: pl.Series, ends: pl.Series
) -> pl.Series:
    rows = _rows(lanes, start=_whole_microseconds(starts), end=_whole_microseconds(ends))
    opened = _opened(schedules, rows)
    # Polars multiplies by the reciprocal of a constant, which is off by one bit in three rows of ten.
    microseconds_per_second = pl.repeat(SECOND, rows.height, dtype=pl.Int64, eager=True)
    return (opened / microseconds_per_second).alias("working_seconds")


def _add_working_seconds(
    schedules: tuple[Schedule, ...], lanes: pl.Series | None, starts: pl.Series, seconds: pl.Series
) -> pl.Series:
    rows = _rows(lanes, start=_whole_microseconds(starts), wanted=_wanted_microseconds(seconds))
    reached = _reached(schedules, rows)
    if reached.null_count() > rows.height - rows.drop_nulls().height or _largest(reached) > LATEST:
        raise ValueError(_NEVER_REACHED)
    return _in_unit(reached, starts.dtype).alias(starts.name)


def _opened(schedules: tuple[Schedule, ...], rows: pl.DataFrame) -> pl.Series:
    """Open microseconds from `start` to `end`, row by row."""
    instants = [instant for name in ("start", "end") for instant in (rows[name].min(), rows[name].max())]
    pages = [instant // PAGE for instant in instants if isinstance(instant, int)]
    clock = lookup(schedules, min(pages, default=0), max(pages, default=0))
    if clock is None:
        return _lane_by_lane(_opened, schedules, rows)
    lane = _lane(rows)
    opened = clock.opened_until(pl.col("end"), lane) - clock.opened_until(pl.col("start"), lane)
    # Lazily, because only then does Polars compute what the two sides share once, and both at a time.
    return rows.lazy().select(opened).collect().to_series()


def _reached(schedules: tuple[Schedule, ...], rows: pl.DataFrame) -> pl.Series:
    """The first instant by which `wanted` microseconds from `start` were open, row by row; null if none."""
    first, last, most = rows["start"].min(), rows["start"].max(), rows["wanted"].max()
    if not (isinstance(first, int) and isinstance(last, int) and isinstance(most, int)):
        return pl.repeat(None, rows.height, dtype=pl.Int64, eager=True)
    last_page = max(last_page_needed(schedule, last, most) for schedule in schedules)
    clock = lookup(schedules, first // PAGE, last_page)
    if clock is None:
        return _lane_by_lane(_reached, schedules, rows)
    lane, wanted = _lane(rows), pl.col("wanted")
    # A column of its own: the expression that uses it several times would compute it each time.
    targets = rows.lazy().with_columns(opened=clock.opened_until(pl.col("start"), lane) + wanted).collect()
    reached = clock.reached(pl.col("opened"), lane)
    return targets.select(pl.when(wanted == 0).then("start").otherwise(reached)).to_series()


def _lane_by_lane(
    answer: Callable[[tuple[Schedule, ...], pl.DataFrame], pl.Series],
    schedules: tuple[Schedule, ...],
    rows: pl.DataFrame,
) -> pl.Series:
    """The same answers, one calendar at a time: for ranges too large for one table of them all."""
    numbered = rows.with_row_index("row")
    parts = [pl.DataFrame(schema={"row": numbered["row"].dtype, "answer": pl.Int64})]
    for lane, schedule in enumerate(schedules):
        part = numbered.filter(pl.col("lane") == lane)
        parts.append(part.select("row", answer=answer((schedule,), part.drop("lane"))))
    answers = pl.concat(parts)
    return numbered.join(answers, on="row", how="left", maintain_order="left")["answer"]


def _rows(lanes: pl.Series | None, **columns: pl.Series) -> pl.DataFrame:
    lengths = {series.len() for series in (*columns.values(), *([] if lanes is None else [lanes]))}
    if len(lengths) > 1:
        raise ValueError(f"The columns have different lengths: {sorted(lengths)}.")
    if lanes is None:
        return pl.DataFrame(columns)
    if lanes.has_nulls():
        columns["start"] = columns["start"].set(lanes.is_null(), None)
    return pl.DataFrame({"lane": lanes, **columns})


def _lane(rows: pl.DataFrame) -> pl.Expr:
    return pl.col("lane") if "lane" in rows.columns else pl.lit(0)


def _schedules(calendars: Mapping[str, Calendar]) -> tuple[Schedule, ...]:
    return tuple(calendar.schedule for calendar in calendars.values())


def _lanes(calendars: Mapping[str, Calendar], names: pl.Series) -> pl.Series:
    lanes = names.cast(pl.Enum(list(calendars)), strict=False)
    if lanes.null_count() > names.null_count():
        unknown = names.filter(lanes.is_null()).drop_nulls().unique().sort().head(5).to_list()
        raise ValueError(f"No calendar named {unknown}: the calendars are {sorted(calendars)}.")
    return lanes.to_physical().cast(pl.Int64)


def _microseconds(instant: datetime) -> int:
    if instant.utcoffset() is None:
        raise ValueError(f"{instant!r} has no time zone: give an aware datetime.")
    return (instant - EPOCH) // _MICROSECOND


def _instant(microseconds: int) -> datetime:
    if not EARLIEST <= microseconds <= LATEST:
        raise ValueError(_OUT_OF_RANGE)
    return EPOCH + timedelta(microseconds=microseconds)


def _whole_microseconds(instants: pl.Series) -> pl.Series:
    if instants.dtype == pl.Null:
        return instants.cast(pl.Int64)
    multiple, divisor = _microseconds_per_unit(instants.dtype)
    ticks = instants.to_physical()
    if _smallest(ticks) * multiple // divisor < EARLIEST or _largest(ticks) * multiple // divisor > LATEST:
        raise ValueError(_OUT_OF_RANGE)
    return ticks if multiple == divisor else ticks * multiple // divisor


def _in_unit(microseconds: pl.Series, dtype: pl.DataType) -> pl.Series:
    if dtype == pl.Null:
        return microseconds.cast(pl.Null)
    multiple, divisor = _microseconds_per_unit(dtype)
    if _largest(microseconds) * divisor // multiple >= 2**63:
        raise ValueError(f"An instant is too late for {dtype}: use Datetime('us').")
    # Rounded up: at the earlier millisecond the time would not have passed yet.
    ticks = microseconds if multiple == divisor else -(-microseconds * divisor // multiple)
    return ticks.cast(dtype)


def _microseconds_per_unit(dtype: pl.DataType) -> tuple[int, int]:
    if not isinstance(dtype, pl.Datetime):
        raise TypeError(f"Instants must be a Polars Datetime series, not {dtype}.")
    return {"ns": (1, 1000), "us": (1, 1), "ms": (1000, 1)}[dtype.time_unit]


def _wanted_microseconds(seconds: pl.Series) -> pl.Series:
    if not (seconds.dtype.is_numeric() or seconds.dtype == pl.Null):
        raise TypeError(f"Seconds must be a numeric Polars series, not {seconds.dtype}.")
    microseconds = seconds.cast(pl.Float64) * SECOND
    if not microseconds.is_finite().all():
        raise ValueError("Seconds must be finite numbers: some are NaN or infinite.")
    least, most = microseconds.min(), microseconds.max()
    if isinstance(least, float) and least < 0:
        raise ValueError(_NEGATIVE)
    if isinstance(most, float) and most > LATEST - EARLIEST:
        raise ValueError(_NEVER_REACHED)
    return microseconds.round().cast(pl.Int64)


def _smallest(values: pl.Series) -> int:
    value = values.min()
    return value if isinstance(value, int) else 0


def _largest(values: pl.Series) -> int:
    value = values.max()
    return value if isinstance(value, int) else 0
