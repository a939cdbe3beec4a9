"""What shifts met with, and what they left behind: tickets that arrived, that whoever held the shift triaged and
finished, and that were untriaged or silent when it ended. Of shifts that are over it is a fact of the store."""

from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from metrics.columns import ask, written
from metrics.ended_shifts import over_until
from metrics.policy_rows import EVER
from metrics.recent import ask_since

_SQL = Path(__file__).with_suffix(".sql")
CODE = (Path(__file__), _SQL)
NAME = "encounter"
TICKETS = ("arrivals", "urgent_arrivals", "triaged_tickets", "finished_tickets")
LEFT = ("untriaged_tickets", "silent_tickets")
_LOOKED_AT = _SQL.read_text(encoding="utf-8")
_SUMS = ", ".join(f"(sum(tickets) FILTER (what = '{name}'))::BIGINT AS {name}" for name in (*TICKETS, *LEFT))
_COUNTED = f"""
SELECT shift_id, {_SUMS} FROM ({{rows}}) WHERE $queues IS NULL OR list_has_any(queues, $queues) GROUP BY shift_id
"""
_SCHEMA = {"shift_id": pl.String, **dict.fromkeys((*TICKETS, *LEFT), pl.Int64)}
_KNOWN = f"FROM fact.{NAME} WHERE ends_at <= $over"


def keep(con: duckdb.DuckDBPyConnection, until: datetime) -> None:
    """Write what every shift of the rota met with until then into the attached store."""
    ever = {"over": EVER, "since": None, "until": None, "role": None, "begun": None, "ended": None}
    rows = written(_LOOKED_AT, as_of=until, **ever)
    con.execute(f"CREATE OR REPLACE TABLE store.fact.{NAME} AS {rows}")


def met(
    con: duckdb.DuckDBPyConnection, as_of: datetime, queues: list[str] | None, pieces: pl.DataFrame, **asked: Any
) -> pl.DataFrame:
    """One row per shift that met with anything: shift_id, TICKETS and LEFT (when it ended, or now), of these queues;
    null is none. `pieces` are those of the shifts asked about, whose middle lies in [since, until)."""
    over = over_until(con, as_of)
    running = pieces.filter(pl.col("ends_at") > over)
    found = [pl.DataFrame(schema=_SCHEMA)]
    if over > EVER:
        found.append(ask(con, _COUNTED.format(rows=_KNOWN), over=over, queues=queues).pl())
    if not running.is_empty():
        begun, ended = running.select(pl.min("from_at"), pl.max("until_at")).row(0)
        span = {"over": over, "begun": begun, "ended": ended, **asked}
        found.append(ask_since(con, begun, _COUNTED.format(rows=_LOOKED_AT), as_of=as_of, queues=queues, **span).pl())
    return pl.concat(found)
