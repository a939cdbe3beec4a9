"""Which shifts are over, so that what is known of them is read: facts of the store, worked out anew with each of its
snapshots, because the rota has no history and its past may be told otherwise tomorrow."""

from datetime import datetime

import duckdb
import polars as pl

from metrics import duty_hours, outcomes
from metrics.columns import ask
from metrics.policy_rows import EVER

NAME = "rota_until"
# What is planned is looked at, too: a shift may end before anything else happens. None is planned for the year 9999,
# though a calendar may say so.
_UNTIL = "SELECT coalesce(max(last_at), TIMESTAMP '0001-01-01') + INTERVAL 1 YEAR AS known_until FROM store.fact.life"
_KNOWN_UNTIL = f"SELECT least(known_until, $as_of) FROM fact.{NAME}"
_IS_ANY_UNBORN = "SELECT EXISTS (FROM unborn($as_of))"
# A shift may be made of entries that overlap: it is not over as long as one of them is not.
_IS_ANY_RUNNING = "SELECT EXISTS (FROM store.shift WHERE starts_at < $as_of AND ends_at > $over)"
_HELD = f"SELECT * EXCLUDE (weekend_days, holiday_days) FROM fact.{duty_hours.NAME} WHERE ends_at <= $over"
_RUNNING = "FROM duty($as_of) WHERE ends_at > $over"
_RUNNING_SINCE = "SELECT min(from_at) FROM duty($as_of) WHERE ends_at > $over"


def keep(con: duckdb.DuckDBPyConnection) -> datetime:
    """Until when shifts are looked at, written into the attached store."""
    con.execute(f"CREATE OR REPLACE TABLE store.fact.{NAME} AS {_UNTIL}")
    [(until,)] = con.execute(f"SELECT known_until FROM store.fact.{NAME}").fetchall()
    return until  # type: ignore[no-any-return]


def duty(con: duckdb.DuckDBPyConnection, as_of: datetime) -> pl.DataFrame:
    """What duty($as_of) says, shift by shift: to plan that takes longer than most of what is asked of it."""
    # In one order, wherever it is read: a sum of fractions depends on it.
    return _duty(con, as_of).sort("shift_id", "from_at", "person_id")


def _duty(con: duckdb.DuckDBPyConnection, as_of: datetime) -> pl.DataFrame:
    if not outcomes.are_kept(con):
        return ask(con, "FROM duty($as_of)", as_of=as_of).pl()
    [(over,)] = ask(con, _KNOWN_UNTIL, as_of=as_of).fetchall()
    held = ask(con, _HELD, over=over).pl()
    if not _is_any_running(con, as_of, over):
        return held
    return pl.concat([held, ask(con, _RUNNING, as_of=as_of, over=over).pl()])


def over_until(con: duckdb.DuckDBPyConnection, as_of: datetime) -> datetime:
    """Of shifts that ended by then it is known what they met with; the beginning of time where of none.

    The facts tell it as known in the end, of tickets too that nobody knew of at as_of although things happened to them.
    """
    if not outcomes.are_kept(con) or ask(con, _IS_ANY_UNBORN, as_of=as_of).fetchall() == [(True,)]:
        return EVER
    [(until,)] = ask(con, _KNOWN_UNTIL, as_of=as_of).fetchall()
    return until  # type: ignore[no-any-return]


def running_since(con: duckdb.DuckDBPyConnection, as_of: datetime, over: datetime) -> datetime | None:
    """When the first of those began that were not over by then; None: they all were."""
    if not _is_any_running(con, as_of, over):
        return None
    [(since,)] = ask(con, _RUNNING_SINCE, as_of=as_of, over=over).fetchall()
    return since  # type: ignore[no-any-return]


def _is_any_running(con: duckdb.DuckDBPyConnection, as_of: datetime, over: datetime) -> bool:
    return ask(con, _IS_ANY_RUNNING, as_of=as_of, over=over).fetchall() == [(True,)]
