"""What every plain answer is made of: the raw tables, the weeks, and the words that an analyst knows of the trackers.

Whoever asks in pandas or SQL knows which statuses are final, which words mean which stage, that a ticket stays at its
tracker. Times of day are of each queue's zone; 9 to 17 on working days. In SQL `$first` is the Monday on which the
first week begins and `$end` the instant asked about, which ends the last one; weeks are counted from 0.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd  # type: ignore[import-untyped] # it ships no types
import polars as pl

import metrics
from benchmarks.metrics.span import FIRST, WEEKS
from metrics.distributions import nearest_rank
from metrics.weeks import Week

FINAL = ("completed", "Done", "resolved")
WEEK = "greatest(floor(epoch({}::TIMESTAMP - $first) / 604800)::INTEGER, -1) AS week"
BOTS = (
    "SELECT account_id FROM account LEFT JOIN account_setting AS s USING (account_id) WHERE account.is_bot OR s.is_bot"
)
_EVENT = """
SELECT ticket_id, occurred_at, seq, actor_id, field, old, new, origin = 'inferred' AS is_inferred FROM event
"""
_TEXT = """
SELECT ticket_id, title, coalesce(regexp_matches(description, '\\S'), false) AS has_description FROM ticket
"""


@dataclass(frozen=True, slots=True)
class Question:
    """One question put three ways; the columns that all of them tell must tell the same, row by row."""

    of_watchbill: Callable[[duckdb.DuckDBPyConnection, str, Sequence[Week]], pl.DataFrame]
    in_pandas: Callable[["Tables"], pd.DataFrame]
    in_sql: str


@dataclass(frozen=True)
class Tables:
    """The raw tables in memory, and the weeks to tell about: their starts and the last one's end.

    text holds what tickets say of themselves, by ticket: it would only weigh down what is joined with `ticket`.
    """

    ticket: pd.DataFrame
    text: pd.DataFrame
    event: pd.DataFrame
    gone: pd.Series
    account: pd.DataFrame
    bots: set[str]
    shift: pd.DataFrame
    sync_run: pd.DataFrame
    closed_days: pd.DataFrame
    zones: pd.Series
    weeks: pd.DatetimeIndex
    persons: pd.Series  # by account
    person: pd.DataFrame
    absence: pd.DataFrame
    holiday: pd.DataFrame


def read(store: Path) -> Tables:
    """Everything the questions need, in memory."""
    with duckdb.connect(str(store.resolve()), read_only=True) as con:
        con.execute("SET enable_progress_bar = false")  # it would stand among what others.py prints
        bots = con.execute(
            "SELECT account_id FROM account LEFT JOIN account_setting AS s USING (account_id)"
            " WHERE account.is_bot OR s.is_bot"
        ).fetchall()
        queues = con.execute("SELECT unnest(queues), c.zone FROM team JOIN calendar AS c USING (calendar)").fetchall()
        return Tables(
            con.execute("SELECT ticket_id, source, opened_at, author_id FROM ticket").df(),
            con.execute(_TEXT).df().set_index("ticket_id"),
            con.execute(_EVENT).df(),
            con.execute("SELECT ticket_id, gone_at FROM gone").df().set_index("ticket_id")["gone_at"],
            con.execute("FROM account LEFT JOIN account_setting USING (account_id)").df(),
            {bot for (bot,) in bots},
            con.execute("FROM shift").df(),
            con.execute("FROM sync_run").df(),
            con.execute("SELECT calendar AS zone, day FROM calendar_day").df(),
            pd.Series(dict(queues)),
            pd.date_range(FIRST, periods=len(WEEKS) + 1, freq="7D"),
            con.execute("SELECT account_id, person_id FROM account_setting").df().set_index("account_id")["person_id"],
            con.execute("SELECT person_id, zone, share, roles FROM person ORDER BY person_id").df(),
            con.execute("SELECT account_id, starts_at, ends_at FROM absence").df(),
            con.execute("SELECT person_id, day FROM person_holiday").df(),
        )


def week_of(tables: Tables, moments: pd.Series) -> Any:
    """The number of the week of each instant: 0 is before the first, len(weeks) is after the last."""
    return tables.weeks.searchsorted(moments.to_numpy(), side="right")


def per_week(tables: Tables, moments: pd.Series) -> Any:
    """How many of the instants each week holds."""
    return np.bincount(week_of(tables, moments), minlength=len(tables.weeks) + 1)[1 : len(tables.weeks)]


def ordered(events: pd.DataFrame) -> pd.DataFrame:
    """As they happened to each ticket."""
    return events.sort_values(["ticket_id", "occurred_at", "seq"])


def medians(tables: Tables, began: pd.Series, seconds: pd.Series) -> pd.DataFrame:
    """Nearest-rank medians by the week in which each began; none of fewer than five."""
    weeks = pd.DataFrame({"week": week_of(tables, began), "seconds": seconds.to_numpy()}).dropna()
    found = weeks.groupby("week")["seconds"].agg(n="count", median=lambda s: s.quantile(0.5, interpolation="lower"))
    found = found.reindex(range(1, len(tables.weeks)), fill_value=np.nan)
    return found.assign(n=found["n"].fillna(0).astype(int), median=found["median"].where(found["n"] >= 5))


def medians_told(rows: pl.DataFrame, began: str, seconds: str, weeks: Sequence[Week]) -> pl.DataFrame:
    """The same of Watchbill's rows."""
    known = rows.filter(pl.col(seconds).is_not_null())
    inside = [known.filter(in_week(began, week))[seconds] for week in weeks]
    return pl.DataFrame({"n": [len(values) for values in inside], "median": [nearest_rank(v, 50) for v in inside]})


def in_week(column: str, week: Week) -> pl.Expr:
    """Whether an instant is of the week."""
    start, end = (bound.replace(tzinfo=None) for bound in (week.starts_at, week.ends_at))
    return pl.col(column).is_between(start, end, closed="left")


def weekly_told(name: str) -> Callable[[duckdb.DuckDBPyConnection, str, Sequence[Week]], pl.DataFrame]:
    """A metric's own weekly series."""
    [metric] = [metric for metric in metrics.catalogue() if metric.name == name]
    assert metric.weekly
    weekly = metric.weekly
    return lambda con, as_of, weeks: weekly(con, as_of=as_of, weeks=weeks)


def summary_told(name: str) -> Callable[[duckdb.DuckDBPyConnection, str, Sequence[Week]], pl.DataFrame]:
    """A metric's own summary."""
    [metric] = [metric for metric in metrics.catalogue() if metric.name == name]
    assert metric.summary
    summary = metric.summary
    return lambda con, as_of, _weeks: summary(con, as_of=as_of)


def asked_in_sql(con: duckdb.DuckDBPyConnection, sql: str) -> pl.DataFrame:
    """The answer, one row per week, or whatever the question tells of."""
    end = FIRST + timedelta(weeks=len(WEEKS))
    return con.sql(sql.replace("$first", f"TIMESTAMP '{FIRST}'").replace("$end", f"TIMESTAMP '{end}'")).pl()
