"""A series of weeks as a table, and what happened in each week or stood at its end. No loop over weeks or rows."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import polars as pl

from metrics.instants import parse_instant
from metrics.weeks import Week

_SCHEMA: dict[str, Any] = {
    "week": pl.String,
    "starts_at": pl.Datetime("us"),
    "ends_at": pl.Datetime("us"),
    "is_complete": pl.Boolean,
}


def week_table(weeks: Sequence[Week], as_of: str | datetime) -> pl.DataFrame:
    """One row per week: week, starts_at, ends_at, is_complete (it had ended at as_of)."""
    instant = parse_instant(as_of)
    bounds = [(week.name, _naive(week.starts_at), _naive(week.ends_at)) for week in weeks]
    return pl.DataFrame([(*bound, bound[2] <= instant) for bound in bounds], schema=_SCHEMA, orient="row")


def happened(table: pl.DataFrame, instants: pl.Series) -> pl.Series:
    """How many of the instants lie in each week of a `week_table`, [starts_at, ends_at); nulls are left out."""
    known = instants.drop_nulls().cast(pl.Datetime("us")).sort()
    return _below(known, table["ends_at"]) - _below(known, table["starts_at"])


def standing(table: pl.DataFrame, starts: pl.Series, ends: pl.Series, as_of: str | datetime) -> pl.Series:
    """How many of the intervals [start, end) stood when each week ended, or at as_of in a week that had not.

    As everywhere, only what began before that moment is known at it, and what ends at it had not ended yet. A null end
    is none.
    """
    moments = table.select(pl.min_horizontal("ends_at", pl.lit(parse_instant(as_of), pl.Datetime("us")))).to_series()
    begun, over = (instants.drop_nulls().cast(pl.Datetime("us")).sort() for instants in (starts, ends))
    return _below(begun, moments) - _below(over, moments)


def _below(known: pl.Series, moments: pl.Series) -> pl.Series:
    return known.search_sorted(moments, side="left").cast(pl.Int64)


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
