"""The gaps between the updates that a cadence asks for, and when each of them should have ended.

A fact of the store, and worked out anew for the tickets to which more happened after the instant asked about.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl

from metrics import outcomes, policies, rhythm
from metrics.columns import ask, written
from metrics.readings import reading

_SQL = Path(__file__).with_suffix(".sql")
CODE = (Path(__file__), _SQL, Path(rhythm.__file__))
COLUMNS = (
    *("ticket_id", "key", "queue", "priority", "version", "rhythm", "calendar"),
    *("started_at", "ended_at", "ended_by", "due_at"),
)
_READ = ("started_at", "ended_at", "due_at")
_TIMES = ", ".join(
    ("ticket_id", "queue", "calendar", *_READ, *(f"{moment[:-3]}_us" for moment in _READ), "previous_until")
)
_KNOWN = """
SELECT {columns} FROM fact.cadence_gap
WHERE last_at < $as_of AND ($since IS NULL OR ended_at IS NULL OR ended_at > $since)
"""


def gaps(
    con: duckdb.DuckDBPyConnection,
    as_of: datetime,
    since: datetime | None = None,
    columns: Sequence[str] = COLUMNS,
) -> pl.DataFrame:
    """ticket_id, key, queue, priority, version, rhythm, calendar, started_at, ended_at, ended_by (both null while the
    gap runs), due_at (null without a calendar). Of those that were over at `since`, some are left out."""
    moving = _moving(con, as_of)
    parts = [] if moving is None else [moving.select(columns)]
    if outcomes.are_kept(con):
        parts.append(ask(con, _KNOWN.format(columns=", ".join(columns)), as_of=as_of, since=since).pl())
    return pl.concat(parts)


@contextmanager
def timed(con: duckdb.DuckDBPyConnection, as_of: datetime, since: datetime | None) -> Iterator[str]:
    """The same as a relation for SQL: ticket_id, queue, calendar, started_at, ended_at and due_at; started_us, ended_us
    and due_us, what the calendar's clock shows then; previous_until, the end of the ticket's gap before."""
    moving, parts = _moving(con, as_of), []
    if outcomes.are_kept(con):
        parts.append(written(_KNOWN.format(columns=_TIMES), as_of=as_of, since=since))
    if moving is None:
        yield parts[0]
        return
    con.register("moving_gap", _read(con, moving))
    try:
        yield " UNION ALL ".join((*parts, f"SELECT {_TIMES} FROM moving_gap"))
    finally:
        con.unregister("moving_gap")


def kept(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """The gaps of the tickets in `fact.subject` as known in the end, with what `timed` says of them and last_at."""
    life = con.sql("SELECT ticket_id, last_at FROM fact.life").pl()
    return _read(con, _gaps(con, outcomes.FOREVER, _about(outcomes.SUBJECT))).join(life, on="ticket_id")


def _moving(con: duckdb.DuckDBPyConnection, as_of: datetime) -> pl.DataFrame | None:
    """The gaps that the store does not carry as they are at as_of; None: it carries them all."""
    if not outcomes.are_kept(con):
        return _gaps(con, as_of, _about(outcomes.EVERY))
    if not outcomes.are_moving(con, as_of):
        return None
    return _gaps(con, as_of, outcomes.narrowed(con, _about(outcomes.MOVING), as_of))


def _read(con: duckdb.DuckDBPyConnection, gaps: pl.DataFrame) -> pl.DataFrame:
    calendars = policies.calendars(con)
    return gaps.with_columns(reading(calendars, gaps, moment).alias(f"{moment[:-3]}_us") for moment in _READ)


def _about(tickets: str) -> str:
    return _SQL.read_text(encoding="utf-8").replace("/* concerned */", tickets)


def _gaps(con: duckdb.DuckDBPyConnection, as_of: datetime, sql: str) -> pl.DataFrame:
    found = ask(con, sql, as_of=as_of).pl()
    return found.with_columns(rhythm.due_at(policies.calendars(con), found))
