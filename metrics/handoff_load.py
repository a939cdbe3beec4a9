"""What the duty of a week met with, beside what is usual for the role, and whether those concerned carried their share.

Nobody is held against anybody else: a shift stands beside the role's usual one, a person beside the expected share.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import duckdb
import polars as pl

from metrics.distributions import nearest_rank
from metrics.fairness import shares
from metrics.instants import parse_instant
from metrics.shift_load import shifts_of
from metrics.weeks import Week

USUAL_WEEKS, SHARE_WEEKS = 12, 26
MEASURES = {
    "arrivals": "came in",
    "urgent_arrivals": "urgent (P0, P1)",
    "triaged_tickets": "triaged by them",
    "finished_tickets": "finished by them",
    "interruptions": "hours with an interruption",
    "business_interruptions": "… in business hours",
    "off_interruptions": "… off hours",
    "sleep_interruptions": "… while they sleep",
    "untriaged_tickets": "left untriaged",
    "silent_tickets": "left silent",
}


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of a shift (None: not known), beside the median of the role's shifts of the twelve weeks before
    (None: fewer than five)."""

    name: str
    words: str
    value: int | None
    usual: float | None


@dataclass(frozen=True, slots=True)
class Shift:
    """A shift of the week, as far as it has run."""

    person: str
    is_running: bool
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """What somebody carried in the role in 26 weeks, and was expected to, in duty-weeks."""

    person: str
    carried: float | None
    expected: float | None


@dataclass(frozen=True, slots=True)
class Load:
    """The week's shifts of a role, and the shares of those who go off and come on."""

    shifts: tuple[Shift, ...]
    shares: tuple[Share, ...]
    usual_of: int  # shifts


def load(con: duckdb.DuckDBPyConnection, *, as_of: Any, role: str, week: Week, people: Sequence[str]) -> Load:
    """What a week's shifts of a role met with, in all of the role's queues; the shares are those of `people`."""
    since = week.starts_at - timedelta(weeks=USUAL_WEEKS)
    shifts = shifts_of(con, role, as_of=as_of, since=since, until=week.ends_at)
    is_this = pl.col("middle_at") >= parse_instant(week.starts_at)
    before = shifts.filter(~is_this)
    told = tuple(_shift(row, before) for row in shifts.filter(is_this).iter_rows(named=True))
    return Load(told, tuple(_shares(con, as_of, role, week, people)), len(before))


def _shift(row: dict[str, Any], before: pl.DataFrame) -> Shift:
    measures = (Measure(name, words, row[name], nearest_rank(before[name], 50)) for name, words in MEASURES.items())
    return Shift(row["person"], row["is_running"], tuple(measures))


def _shares(
    con: duckdb.DuckDBPyConnection, as_of: Any, role: str, week: Week, people: Sequence[str]
) -> Iterable[Share]:
    until = min(parse_instant(as_of), parse_instant(week.ends_at))
    since = parse_instant(week.ends_at - timedelta(weeks=SHARE_WEEKS))
    rows = shares(con, parse_instant(as_of), since, until, None).filter(role=role)
    known = {row["person"]: row for row in rows.iter_rows(named=True)}
    for person in people:
        row = known.get(person, {})
        yield Share(person, row.get("duty_weeks"), row.get("expected_duty_weeks"))
