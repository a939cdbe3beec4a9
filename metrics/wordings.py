"""What titles say, and which of them say nearly the same: no instant changes that, but for which title a ticket has.

For the titles that open tickets have had of late, both are worked out when a store is settled; for those of before,
when somebody asks.
"""

from datetime import datetime
from pathlib import Path

import duckdb

from metrics import masked_titles, outcomes, recent

_SQL = Path(__file__).with_suffix(".sql")
_ALIKE = Path(__file__).with_name("alike.sql")
CODE = (Path(__file__), _SQL, _ALIKE)
# Of late a ticket is by anything that happened to it; only those that were open since then can be asked about.
_OPEN = """
(
    SELECT DISTINCT ticket_id FROM store.fact.recent_open_spell
    WHERE is_open AND (until_at IS NULL OR until_at >= (FROM store.fact.recent_since))
)
"""
_OF_LATE = "until_at IS NULL OR until_at >= (FROM store.fact.recent_since)"
_KEPT = "wording AS (FROM recent_fact.wording), alike AS (FROM recent_fact.alike)"


def keep(con: duckdb.DuckDBPyConnection) -> None:
    """Write those of late into the attached store, which keeps the tickets of late by themselves already.

    wording has ticket_id, wording (a number of it), from_at and until_at (null: it is its title still); alike has
    wording, other_wording and similarity, each pair once.
    """
    found = _found("store.fact.recent_event", "store.fact.recent_ticket", _OPEN, _OF_LATE)
    con.execute(f"CREATE TEMP TABLE worded AS WITH {found} FROM wording JOIN kind USING (wording)")
    wording = "SELECT ticket_id, from_at, until_at, wording FROM worded"
    alike = f"WITH kind AS (SELECT DISTINCT wording, words, names FROM worded), {_alike()} FROM alike"
    con.execute(f"CREATE OR REPLACE TABLE store.fact.recent_wording AS {wording}")
    con.execute(f"CREATE OR REPLACE TABLE store.fact.recent_alike AS {alike}")
    con.execute("DROP TABLE worded")


def install(con: duckdb.DuckDBPyConnection) -> None:
    """Name what the attached store keeps."""
    for name in ("wording", "alike"):
        con.execute(f"CREATE VIEW recent_fact.{name} AS FROM store.fact.recent_{name}")


def among(con: duckdb.DuckDBPyConnection, tickets: str, as_of: datetime) -> str:
    """The same two as common table expressions, for the titles that some tickets have at $as_of; `tickets` is another
    such expression before them, of tickets that are open then: ticket_id, opened_at, title (as last seen)."""
    if outcomes.are_kept(con) and recent.reaches(con, as_of):
        return _KEPT
    known = "from_at < $as_of AND (until_at IS NULL OR until_at >= $as_of)"
    return f"{_found('fact.event', tickets, tickets, known)}, {_alike()}"


def _found(event: str, ticket: str, tickets: str, when: str) -> str:
    words, names = masked_titles.words("title"), masked_titles.names("title")
    text = _SQL.read_text(encoding="utf-8")
    return text.format(event=event, ticket=ticket, tickets=tickets, when=when, words=words, names=names)


def _alike() -> str:
    return _ALIKE.read_text(encoding="utf-8")
