"""What kinds of work came in a week, and what share of it was toil: what a rule of the settings names."""

from dataclasses import dataclass

import duckdb
import polars as pl

from metrics import toil_rules
from metrics.instants import parse_instant
from metrics.toil import alone
from metrics.toil_rules import UNCLASSIFIED
from metrics.weekly_question import Question


@dataclass(frozen=True, slots=True)
class Category:
    """Tickets opened as one kind of work, this week and the week before; effort in seconds, where any is known."""

    name: str
    tickets: int
    before: int
    effort: float | None

    @property
    def is_unclassified(self) -> bool:
        return self.name == UNCLASSIFIED


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, this week and the week before; None where there is no whole."""

    part: float
    whole: float
    part_before: float
    whole_before: float

    @property
    def now(self) -> float | None:
        return self.part / self.whole if self.whole else None

    @property
    def before(self) -> float | None:
        return self.part_before / self.whole_before if self.whole_before else None


@dataclass(frozen=True, slots=True)
class WeekToil:
    """categories: the most frequent first, unclassified last; by_tickets and by_effort: the share that rules name."""

    categories: tuple[Category, ...]
    by_tickets: Share
    by_effort: Share


_COLUMNS = ("category", "opened_at", "effort_seconds")


def week_toil(con: duckdb.DuckDBPyConnection, question: Question) -> WeekToil | None:
    """None where no rule says what toil is."""
    if not toil_rules.in_force(con).versions:
        return None
    before, week = question.week_before, question.week
    rows = alone(con, _COLUMNS, since=before.starts_at, until=week.ends_at, **question.asked)
    named = rows.drop_nulls("category").select(
        "category",
        tickets=pl.lit(1),
        effort="effort_seconds",
        is_now=pl.col("opened_at") >= parse_instant(week.starts_at),
        is_toil=pl.col("category") != UNCLASSIFIED,
    )
    return WeekToil(_categories(named), _share(named, "tickets"), _share(named, "effort"))


def _share(rows: pl.DataFrame, column: str) -> Share:
    known = rows.with_columns(pl.col(column).fill_null(0))
    sums = []
    for week in (known.filter("is_now"), known.filter(~pl.col("is_now"))):
        sums += [float(week.filter("is_toil")[column].sum()), float(week[column].sum())]
    return Share(*sums)


def _categories(rows: pl.DataFrame) -> tuple[Category, ...]:
    now = pl.col("is_now")
    known = (now & pl.col("effort").is_not_null()).any()
    counted = rows.group_by("category", "is_toil").agg(
        tickets=now.sum(), before=(~now).sum(), effort=pl.when(known).then(pl.col("effort").filter(now).sum())
    )
    if counted.filter(category=UNCLASSIFIED).is_empty():
        nothing = pl.DataFrame({"category": [UNCLASSIFIED], "is_toil": [False]})
        counted = pl.concat([counted, nothing], how="diagonal").with_columns(pl.col("tickets", "before").fill_null(0))
    ordered = counted.sort("is_toil", "tickets", "before", "category", descending=[True, True, True, False])
    return tuple(Category(*row) for row in ordered.select("category", "tickets", "before", "effort").rows())
