"""The gaps between the updates that a cadence asks for, and when each of them should have ended.

A fact of the store, and worked out anew for the tickets to which more happened after the instant asked about.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl

from metrics import outcomes, policies, rhythm
from metrics.columns import ask

_SQL = Path(__file__).with_suffix(".sql")
CODE = (Path(__file__), _SQL, Path(rhythm.__file__))
COLUMNS = (
    *("ticket_id", "key", "queue", "priority", "version", "rhythm", "calendar"),
    *("started_at", "ended_at", "ended_by", "due_at"),
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
    if not outcomes.are_kept(con):
        return _gaps(con, as_of, _about(outcomes.EVERY)).select(columns)
    known = ask(con, _KNOWN.format(columns=", ".join(columns)), as_of=as_of, since=since).pl()
    if not outcomes.are_moving(con, as_of):
        return known
    moving = outcomes.narrowed(con, _about(outcomes.MOVING), as_of)
    return pl.concat([known, _gaps(con, as_of, moving).select(columns)])


def kept(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """The gaps of the tickets in `fact.subject` as known in the end, with last_at."""
    life = con.sql("SELECT ticket_id, last_at FROM fact.life").pl()
    return _gaps(con, outcomes.FOREVER, _about(outcomes.SUBJECT)).join(life, on="ticket_id")


def _about(tickets: str) -> str:
    return _SQL.read_text(encoding="utf-8").replace("/* concerned */", tickets)


def _gaps(con: duckdb.DuckDBPyConnection, as_of: datetime, sql: str) -> pl.DataFrame:
    found = ask(con, sql, as_of=as_of).pl()
    return found.with_columns(rhythm.due_at(policies.calendars(con), found))
