"""The few tickets that may be an incident, a post-mortem or an action item, and what is known of them, by themselves.

A ticket has such a role by a mark that it bears, or by a link to one that has a role: nobody else need be looked at.
Among a million tickets that spares most of the work. Links lead from one ticket to another, so these are worked out
for the whole store at once, after the facts of each ticket.
"""

import duckdb

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
NAMES = tuple(_QUERIES)


def keep(con: duckdb.DuckDBPyConnection) -> None:
    """Write them into the attached store, beside the facts that they are taken from."""
    for name, query in _QUERIES.items():
        con.execute(f"CREATE OR REPLACE TABLE store.fact.{name} AS {query.format(fact='store.fact')}")


def find(con: duckdb.DuckDBPyConnection) -> None:
    """Name them over the facts in memory, to be looked for when somebody asks."""
    for name, query in _QUERIES.items():
        con.execute(f"CREATE VIEW fact.{name} AS {query.format(fact='fact')}")
