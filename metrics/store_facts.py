"""Facts of the store, not of each ticket: its queues, since when it tells of what, and how much of it on each day."""

import duckdb

# Every queue of every source, with how many tickets ever were in it.
_PLACE = "SELECT source, queue, count(DISTINCT ticket_id) AS tickets FROM {fact}.queue_span GROUP BY ALL"
# Since when each source has told of projects, and of priorities: before, no ticket of it can lack one.
_TOLD_OF = """
SELECT t.source, 'project' AS field, min(greatest(s.from_at, t.opened_at)) AS since_at
FROM {fact}.spell AS s JOIN store.ticket AS t USING (ticket_id) WHERE s.field = 'project' GROUP BY t.source
UNION ALL
SELECT t.source, 'priority', min(greatest(p.from_at, t.opened_at))
FROM {fact}.priority_spell AS p JOIN store.ticket AS t USING (ticket_id) WHERE p.priority IS NOT NULL GROUP BY t.source
"""
# Since when tickets that ever were in a queue have had dates.
_DATED = """
SELECT q.queue, min(e.occurred_at) AS since_at
FROM store.event AS e JOIN {fact}.queue_span AS q USING (ticket_id) WHERE e.field = 'eta' GROUP BY q.queue
"""
# How much each source told on each day, by when it was known: nothing of a ticket is before its opening.
_TOLD_DAILY = """
SELECT t.source, e.field, greatest(e.occurred_at, t.opened_at)::DATE AS known_on, count(*) AS events,
    max(e.occurred_at) AS newest_at
FROM store.event AS e JOIN store.ticket AS t USING (ticket_id) GROUP BY ALL
"""
_GONE = "SELECT g.*, t.source, t.key, t.opened_at FROM store.gone AS g JOIN store.ticket AS t USING (ticket_id)"
_QUERIES = {"place": _PLACE, "told_of": _TOLD_OF, "dated": _DATED, "told_daily": _TOLD_DAILY, "gone": _GONE}
NAMES = tuple(_QUERIES)


def keep(con: duckdb.DuckDBPyConnection) -> None:
    """Write them into the attached store, from the facts of its tickets."""
    for name, rows in _QUERIES.items():
        con.execute(f"CREATE OR REPLACE TABLE store.fact.{name} AS {rows.format(fact='store.fact')}")


def find(con: duckdb.DuckDBPyConnection) -> None:
    """Name them in the schema `fact`, to be worked out from the facts there when somebody asks."""
    for name, rows in _QUERIES.items():
        con.execute(f"CREATE VIEW fact.{name} AS {rows.format(fact='fact')}")
