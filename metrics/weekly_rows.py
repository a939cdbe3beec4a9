"""The lists behind a week's figures: a name such as `opened@2026-W46` or `due:Triage:breached` is a list of rows.

Names travel in addresses, so they say only what a reader may ask for, and every figure of the page carries one. A list
is fetched when somebody opens it, and no more of it than can be read or saved.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import duckdb
import polars as pl

from metrics import weekly_clock_rows, weekly_flow_rows, weekly_practice_rows
from metrics.ticket_rows import described
from metrics.weekly_question import Question
from metrics.weeks import Week
from metrics.wording import day

TICKET_COLUMNS = ("ticket_id", "key", "url", "title", "owner", "priority", "stage")
MOST = 10_000  # rows of a list: whoever needs more has a metric and a file
_NAME = re.compile(r"(?P<kind>[a-z]+)(:(?P<of>.+?))?(:(?P<outcome>met|breached|running))?(@(?P<week>\d{4}-W\d\d))?")


@dataclass(frozen=True, eq=False)
class RowSet:
    """A list with its title; rows begin with TICKET_COLUMNS. `policy` is whose clock a ticket here opens into; `total`
    is how many rows there are where not all of them were fetched."""

    name: str
    title: str
    rows: pl.DataFrame
    policy: str | None = None
    total: int | None = None

    @property
    def count(self) -> int:
        return len(self.rows) if self.total is None else self.total


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the name of a list asks for: of which promise or category, with which outcome, of which week."""

    question: Question
    of: str | None
    outcome: str | None
    week: Week
    since: datetime
    until: datetime

    def in_the_week(self, what: str) -> str:
        return f"{what} in the week of {day(self.week.starts_at, self.question.zone)}"


Kind = Callable[[duckdb.DuckDBPyConnection, Wanted], tuple[str, duckdb.DuckDBPyRelation]]


@dataclass(frozen=True, eq=False)
class Found:
    """A list that does not say yet what its tickets are called and how they stood: `own` begins with ticket_id."""

    name: str
    title: str
    own: pl.DataFrame
    policy: str | None
    total: int

    def told(self, tickets: pl.DataFrame) -> RowSet:
        """`tickets` holds those of the list, and maybe more, as metrics.ticket_rows has them."""
        own_columns = [column for column in self.own.columns if column not in TICKET_COLUMNS]
        named = tickets.select(*TICKET_COLUMNS)
        rows = self.own.select("ticket_id", *own_columns).join(named, "ticket_id", how="left", maintain_order="left")
        return RowSet(self.name, self.title, rows.select(*TICKET_COLUMNS, *own_columns), self.policy, self.total)


def rows(con: duckdb.DuckDBPyConnection, question: Question, name: str, most: int = MOST) -> RowSet:
    """The list a name stands for. Raises ValueError for a name that no figure of this page carries."""
    found = find(con, question, name, most)
    return found.told(described(con, question.instant, tickets_of(found.own)))


def find(con: duckdb.DuckDBPyConnection, question: Question, name: str, most: int = MOST) -> Found:
    """As `rows`."""
    parts = _NAME.fullmatch(name)
    kinds = _kinds()
    if parts is None or parts["kind"] not in kinds:
        raise ValueError(f"{name!r} names no list of this page")
    week = Week.parse(parts["week"], question.zone) if parts["week"] else question.week
    wanted = Wanted(question, parts["of"], parts["outcome"], week, *question.bounds(week))
    title, own = kinds[parts["kind"]](con, wanted)
    first = own.limit(most).pl()
    total = len(first) if len(first) < most else int(own.aggregate("count(*)").fetchall()[0][0])
    return Found(name, title, first, wanted.of if parts["kind"] in weekly_clock_rows.KINDS else None, total)


def fetched(name: str, title: str, own: pl.DataFrame, most: int) -> Found:
    """As `find`, of rows that are there already."""
    return Found(name, title, own.head(most), None, len(own))


def tickets_of(*frames: pl.DataFrame) -> list[str]:
    """The tickets that rows speak of, each once."""
    return pl.concat([frame.select("ticket_id") for frame in frames])["ticket_id"].unique(maintain_order=True).to_list()


def _kinds() -> Mapping[str, Kind]:
    return {**weekly_flow_rows.KINDS, **weekly_clock_rows.KINDS, **weekly_practice_rows.KINDS}
