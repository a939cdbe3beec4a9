"""Readings of a calendar's clock: how long it has been open until an instant, in microseconds.

The difference of two readings is working time. Facts keep readings beside their instants, so that working time up to
any instant is a subtraction.
"""

from datetime import datetime

import polars as pl

from metrics.columns import quoted
from metrics.worktime import Calendar, working_seconds_by

SINCE = datetime(2020, 1, 1)  # noqa: DTZ001 - where every clock shows 0, and less before; UTC without a zone


def reading(calendars: dict[str, Calendar], rows: pl.DataFrame, moment: str) -> pl.Series:
    """What the clock of each row's `calendar` shows at the instant in its column `moment`; null without either."""
    since = pl.repeat(SINCE, len(rows), dtype=pl.Datetime("us"), eager=True)
    return microseconds(working_seconds_by(calendars, rows["calendar"], since, rows[moment]))


def microseconds(seconds: pl.Series) -> pl.Series:
    """Whole microseconds."""
    return (seconds * 1_000_000).round().cast(pl.Int64)


def shown(calendars: dict[str, Calendar], instant: datetime) -> str:
    """What every clock shows at one instant, as a relation for SQL: calendar, open_us."""
    known = (f"({quoted(name)}, {open_us})" for name, open_us in _readings(calendars, instant))
    values = ["(NULL::VARCHAR, NULL::BIGINT)", *known]
    return f"(FROM (VALUES {', '.join(values)}) AS r (calendar, open_us))"


def shown_by(column: str, calendars: dict[str, Calendar], instant: datetime) -> str:
    """What the clock of the calendar that a column names shows at one instant, as SQL without a join."""
    known = [f"WHEN {quoted(name)} THEN {open_us}" for name, open_us in _readings(calendars, instant)]
    return f"(CASE {column} {' '.join(known)} END)" if known else "NULL::BIGINT"


def _readings(calendars: dict[str, Calendar], instant: datetime) -> list[tuple[str, int]]:
    names = pl.DataFrame({"calendar": list(calendars)}, schema={"calendar": pl.String})
    asked = names.with_columns(instant=pl.lit(instant, pl.Datetime("us")))
    return list(zip(calendars, reading(calendars, asked, "instant"), strict=True))
