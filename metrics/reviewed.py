"""The few tickets that may be an incident, a post-mortem or an action item, and what is known of them, by themselves.

A ticket has such a role by a mark that it bears, or by a link to one that has a role: nobody else need be looked at.
Among a million tickets that spares most of the work. Links lead from one ticket to another, so these are worked out
for the whole store at once, after the facts of each ticket. So is what has become of them: who asks about an instant
after which nothing happened to any of them reads it, and it is worked out for everybody else.
"""

import re
from datetime import datetime
from typing import Any

import duckdb

from metrics.columns import ask, written
from metrics.outcomes import FOREVER

_SET = """
WITH marked AS (SELECT DISTINCT ticket_id FROM {fact}.marked_spell),
pair AS (
    SELECT ticket_id, other_id FROM {fact}.link_spell UNION SELECT other_id, ticket_id FROM {fact}.link_spell
),
-- A post-mortem may be one by its link to an incident, an action item by its link to such a post-mortem.
near AS (FROM marked UNION SELECT other_id FROM pair SEMI JOIN marked USING (ticket_id))
FROM near UNION SELECT other_id FROM pair SEMI JOIN near USING (ticket_id)
"""
_PARTS = {
    "ticket": "store.ticket",
    "event": "store.event",
    **{name: f"{{fact}}.{name}" for name in ("spell", "queue_span", "priority_spell", "open_spell")},
}
_QUERIES = {
    "reviewed": _SET,
    **{
        f"reviewed_{name}": f"FROM {whole} SEMI JOIN {{fact}}.reviewed USING (ticket_id)"
        for name, whole in _PARTS.items()
    },
}
# What each relation of incidents.sql says in the end, and how it is read at an instant by which all of that was known
# (but for a milestone that somebody says is still to come).
_ENDED = {
    "reviewed_piece": "FROM incident_spell($as_of)",
    "reviewed_role": "FROM incident_ticket_in('fact.reviewed_piece', $as_of)",
    "reviewed_milestone": "FROM incident_milestone_in('fact.reviewed_role', $as_of)",
    "reviewed_link": "FROM incident_link_in('fact.reviewed_role', $as_of)",
}
_READ_AS = {
    "incident_spell(instant)": "FROM fact.reviewed_piece",
    "incident_ticket(instant)": "FROM fact.reviewed_role",
    "incident_ticket_in(pieces, instant)": "FROM fact.reviewed_role",
    "incident_milestone(instant)": "FROM fact.reviewed_milestone WHERE happened_at < instant",
    "incident_milestone_in(known, instant)": "FROM fact.reviewed_milestone WHERE happened_at < instant",
    "incident_link(instant)": "FROM fact.reviewed_link",
    "incident_link_in(known, instant)": "FROM fact.reviewed_link",
}
_LAST = """
SELECT max(happened_at) AS last_at FROM (
    SELECT max(occurred_at) AS happened_at FROM fact.reviewed_event
    UNION ALL SELECT max(opened_at) FROM fact.reviewed_ticket
    UNION ALL SELECT max(gone_at) FROM store.gone SEMI JOIN fact.reviewed USING (ticket_id)
)
"""
_IS_OVER = "SELECT coalesce(last_at < $as_of, false) FROM fact.reviewed_last"
_MACRO = re.compile(r"\b(?=incident_(?:spell|ticket|milestone|link)(?:_in)?\()")
NAMES = tuple(_QUERIES)
ENDED = (*_ENDED, "reviewed_last")


def keep(con: duckdb.DuckDBPyConnection) -> None:
    """Write them into the attached store, beside the facts that they are taken from."""
    for name, query in _QUERIES.items():
        con.execute(f"CREATE OR REPLACE TABLE store.fact.{name} AS {query.format(fact='store.fact')}")


def keep_ends(con: duckdb.DuckDBPyConnection) -> None:
    """Write what became of them into the attached store, which `fact` is to name already, and name that, too."""
    for name, query in (_ENDED | {"reviewed_last": _LAST}).items():
        con.execute(f"CREATE OR REPLACE TABLE store.fact.{name} AS {written(query, as_of=FOREVER)}")
        con.execute(f"CREATE VIEW fact.{name} AS FROM store.fact.{name}")


def find(con: duckdb.DuckDBPyConnection) -> None:
    """Name them over the facts in memory, to be looked for when somebody asks."""
    for name, query in _QUERIES.items():
        con.execute(f"CREATE VIEW fact.{name} AS {query.format(fact='fact')}")
    con.execute("CREATE VIEW fact.reviewed_last AS SELECT NULL::TIMESTAMP AS last_at")


def name_ends(con: duckdb.DuckDBPyConnection) -> None:
    """Name the relations of incidents.sql that read what is kept, in the schema `ended`."""
    con.execute("CREATE SCHEMA ended")
    for macro, rows in _READ_AS.items():
        con.execute(f"CREATE MACRO ended.{macro} AS TABLE {rows}")


def ask_reviewed(
    con: duckdb.DuckDBPyConnection, sql: str, *, as_of: datetime, **values: Any
) -> duckdb.DuckDBPyRelation:
    """What a query over the relations of incidents.sql says: read, where nothing that they tell of happened later."""
    [(is_over,)] = ask(con, _IS_OVER, as_of=as_of).fetchall()
    return ask(con, _MACRO.sub("ended.", sql) if is_over else sql, as_of=as_of, **values)
