"""The tickets of late, and what is known of them, by themselves: a fraction of a store that reaches back for years.

They are those that are open or not done, and those to which anything happened, or that had a deadline, in the last
weeks that the store knows of. Whoever asks what happened or was open in those weeks finds it all among them, and so
does whoever asks about some of these tickets. The same query then reads the same relations, in the schema `recent`,
over their facts alone.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from metrics.columns import ask, written

SPAN = timedelta(weeks=16)  # the twelve weeks that pages draw, a month later
_SINCE = "SELECT max(last_at) - INTERVAL {seconds} SECOND AS since_at FROM store.fact.life"
# What was open at an instant since then is open still, or its closing happened since then. A clock that a pause keeps
# from falling due runs on an open ticket. What is closed is done: of a ticket that stands in another stage, no status
# is known.
_TICKETS = """
WITH since AS (FROM store.fact.recent_since)
SELECT ticket_id FROM store.fact.life WHERE last_at >= (FROM since)
UNION SELECT ticket_id FROM store.fact.open_spell WHERE is_open AND until_at IS NULL
UNION SELECT ticket_id FROM store.fact.stage_spell WHERE stage <> 'done' AND until_at IS NULL
UNION SELECT ticket_id FROM store.fact.judged WHERE started_at >= (FROM since) OR due_at >= (FROM since)
"""
_COPIED = (
    *("life", "early", "human_act", "spell", "queue_span", "mapped_spell", "stage_spell", "priority_spell"),
    *("open_spell", "triage_stay", "answer", "presence", "update_gap", "stage_stay", "active_spell", "work", "quiet"),
    *("judged", "hand_over", "passage"),
)
_PARTS = {"ticket": "store.ticket", "event": "store.event", **{name: f"store.fact.{name}" for name in _COPIED}}
_MACROS = re.findall(
    r"^CREATE MACRO \w+\([^)]*\) AS TABLE\b.*?;$",
    Path(__file__).with_name("as_of.sql").read_text(encoding="utf-8"),
    re.DOTALL | re.MULTILINE,
)
_RELATIONS = "|".join(re.escape(macro.split("(", 1)[0].removeprefix("CREATE MACRO ")) for macro in _MACROS)
_READ = re.compile(rf"\bfact\.|(?<!\.)\b(?=(?:{_RELATIONS})\()")
_IS_KNOWN = "SELECT $earliest >= since_at FROM recent_fact.since"
_MISSING = "SELECT EXISTS (FROM ({tickets}) ANTI JOIN recent_fact.ids USING (ticket_id))"


def keep(con: duckdb.DuckDBPyConnection) -> None:
    """Write them into the attached store, beside the facts that they are taken from."""
    since = _SINCE.format(seconds=int(SPAN.total_seconds()))
    con.execute(f"CREATE OR REPLACE TABLE store.fact.recent_since AS {since}")
    con.execute(f"CREATE OR REPLACE TABLE store.fact.recent_ids AS {_TICKETS}")
    for name, whole in _PARTS.items():
        rows = f"FROM {whole} SEMI JOIN store.fact.recent_ids USING (ticket_id)"
        con.execute(f"CREATE OR REPLACE TABLE store.fact.recent_{name} AS {rows}")


def read_ahead(own: duckdb.DuckDBPyConnection) -> None:
    """Read them all into memory, so that who asks first does not wait for the disk; `own` is closed afterwards.

    A store that carries no facts keeps none.
    """
    with own:
        [(is_kept,)] = own.execute("SELECT is_settled FROM fact.state").fetchall()
        for name in _PARTS if is_kept else ():
            own.execute(f"SELECT count(COLUMNS(*)) FROM recent_fact.{name}").fetchall()


def install(con: duckdb.DuckDBPyConnection, facts: Iterable[str], *, is_kept: bool) -> None:
    """Name these facts of theirs in the schema `recent_fact`, and the relations of as_of.sql over them in `recent`.

    Where the store keeps none, and for a fact of which it keeps no copy, the whole stands in for the part.
    """
    con.execute("CREATE SCHEMA recent_fact; CREATE SCHEMA recent")
    for name in ("ticket", "event", *facts):
        part = f"store.fact.recent_{name}" if is_kept and name in _PARTS else f"fact.{name}"
        con.execute(f"CREATE VIEW recent_fact.{name} AS FROM {part}")
    since = "store.fact.recent_since" if is_kept else "(SELECT TIMESTAMP '0001-01-01' AS since_at)"
    tickets = "store.fact.recent_ids" if is_kept else "(SELECT ticket_id FROM fact.life)"
    con.execute(f"CREATE VIEW recent_fact.since AS FROM {since}; CREATE VIEW recent_fact.ids AS FROM {tickets}")
    con.execute("\n".join(map(_moved, _MACROS)))


def ask_open(con: duckdb.DuckDBPyConnection, sql: str, *, as_of: datetime, **values: Any) -> duckdb.DuckDBPyRelation:
    """What a query says that speaks of nothing but tickets that are open at as_of."""
    return ask_since(con, as_of, sql, as_of=as_of, **values)


def ask_since(
    con: duckdb.DuckDBPyConnection, begun: datetime | None, sql: str, /, *, as_of: datetime, **values: Any
) -> duckdb.DuckDBPyRelation:
    """What a query says that speaks of nothing but tickets that are open, that something happens to, or that have a
    deadline, at `begun` or later; None: of any tickets."""
    if begun is not None and reaches(con, min(begun, as_of)):
        sql = _moved(sql)
    return ask(con, sql, as_of=as_of, **values)


def reaches(con: duckdb.DuckDBPyConnection, begun: datetime) -> bool:
    """Whether all that is open, that something happens to, or that has a deadline, at `begun` or later, is of late."""
    return ask(con, _IS_KNOWN, earliest=begun).fetchall() == [(True,)]


def ask_about(
    con: duckdb.DuckDBPyConnection, tickets: Sequence[str], sql: str, **values: Any
) -> duckdb.DuckDBPyRelation:
    """What a query says that speaks of nothing but these tickets, which it knows as $tickets."""
    narrowed = about(con, written("SELECT unnest($tickets) AS ticket_id", tickets=list(tickets)), sql)
    return ask(con, narrowed, tickets=list(tickets), **values)


def about(con: duckdb.DuckDBPyConnection, tickets: str, sql: str) -> str:
    """A query that speaks of nothing but the tickets that another selects: over those of late, if they all are."""
    [(is_missing,)] = con.execute(_MISSING.format(tickets=tickets)).fetchall()
    return sql if is_missing else _moved(sql)


def _moved(sql: str) -> str:
    """The same query over the tickets of late."""
    return _READ.sub(lambda found: "recent_fact." if found[0] else "recent.", sql)
