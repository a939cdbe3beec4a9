"""What duty cost each person in the shifts of a week, beside what they carried and were expected to in twelve weeks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import polars as pl

from metrics.fairness import shares
from metrics.instants import parse_instant
from metrics.shift_load import interruptions
from metrics.weekly_question import Question
from metrics.weeks import Week

KINDS = ("business", "off", "sleep")
_OFF = ("off_interruptions", "sleep_interruptions")


@dataclass(frozen=True, slots=True)
class PersonLoad:
    """One person's interrupted hours in the shifts of the week (None: no shift, or the kind is not known), and their
    duty-weeks of the last twelve weeks beside the expected ones (None where nobody is listed for the role)."""

    person: str
    shifts: int
    business: int | None
    off: int | None
    sleep: int | None
    duty_weeks: float | None
    expected_duty_weeks: float | None


@dataclass(frozen=True, slots=True)
class WeekLoad:
    """People by name, never by load; off_hours and off_hours_before are the interrupted off and sleep hours of this
    week's shifts and of those of the week before (None: nobody was on duty, or nobody's hours are known)."""

    people: tuple[PersonLoad, ...]
    off_hours: int | None
    off_hours_before: int | None


def week_load(con: duckdb.DuckDBPyConnection, question: Question) -> WeekLoad:
    before, week = question.week_before, question.week
    shifts = interruptions(con, since=before.starts_at, until=week.ends_at, **question.asked)
    own, earlier = (_of_week(shifts, some) for some in (week, before))
    return WeekLoad(_people(own, _carried(con, question)), _off_hours(own), _off_hours(earlier))


def _of_week(shifts: pl.DataFrame, week: Week) -> pl.DataFrame:
    start, end = parse_instant(week.starts_at), parse_instant(week.ends_at)
    return shifts.filter(pl.col("middle_at") >= start, pl.col("middle_at") < end)


def _off_hours(shifts: pl.DataFrame) -> int | None:
    known = shifts.drop_nulls(list(_OFF)).select(_OFF)
    return None if known.is_empty() else int(known.sum_horizontal().sum())


def _carried(con: duckdb.DuckDBPyConnection, question: Question) -> pl.DataFrame:
    """Per person over all roles: duty_weeks and expected_duty_weeks of the weeks shown."""
    since = parse_instant(question.shown_weeks[0].starts_at)
    until = parse_instant(min(question.week.ends_at, question.as_of))
    rows = shares(con, question.instant, since, until, question.queues)
    sums = (_total(name) for name in ("duty_weeks", "expected_duty_weeks"))
    told = rows.group_by("person").agg(sums)
    return told.filter((pl.col("duty_weeks") > 0) | (pl.col("expected_duty_weeks") > 0))


def _people(shifts: pl.DataFrame, carried: pl.DataFrame) -> tuple[PersonLoad, ...]:
    hours = shifts.group_by("person").agg(
        pl.len().alias("shifts"), *(_total(f"{kind}_interruptions").alias(kind) for kind in KINDS)
    )
    people = hours.join(carried, on="person", how="full", coalesce=True).sort("person")
    names = PersonLoad.__dataclass_fields__
    rows: Sequence[dict[str, Any]] = people.with_columns(pl.col("shifts").fill_null(0)).select(*names).to_dicts()
    return tuple(PersonLoad(**row) for row in rows)


def _total(name: str) -> pl.Expr:
    """The sum of what is known; null where nothing is."""
    return pl.when(pl.col(name).count() > 0).then(pl.col(name).sum()).alias(name)
