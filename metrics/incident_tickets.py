"""Which tickets are incidents, post-mortems or action items, what they went through, and which belong together.

Counts: every ticket that the rules of the settings recognise, by type, label, project, title, priority or link.
Ignores: tickets gone by then; what a ticket has become since, and rules that came into force after it was opened.
Clock: none; a milestone is the instant of its first event, or the instant that a comment or a field states.
Undefined: milestones that nothing tells of (no rows); everything, where no rules are configured.
"""

from datetime import datetime

import duckdb

from metrics.columns import Queues, queue_names
from metrics.instants import parse_instant
from metrics.reviewed import ask_reviewed

_TICKETS = """
SELECT t.ticket_id, t.key, i.role, nullif(q.queue, '') AS queue, i.recognised_at, i.withdrawn_at, i.version
FROM incident_ticket($as_of) AS i
JOIN store.ticket AS t USING (ticket_id)
JOIN queue_of($as_of) AS q USING (ticket_id)
WHERE $queues IS NULL OR list_contains($queues, q.queue)
ORDER BY i.recognised_at, t.ticket_id, i.role
"""
_MILESTONES = """
SELECT t.ticket_id, t.key, m.milestone, m.happened_at
FROM incident_milestone($as_of) AS m JOIN store.ticket AS t USING (ticket_id)
JOIN queue_of($as_of) AS q USING (ticket_id)
WHERE $queues IS NULL OR list_contains($queues, q.queue)
ORDER BY t.ticket_id, m.happened_at, m.milestone
"""
_LINKS = """
SELECT t.ticket_id, t.key, l.role, l.incident_id, i.key AS incident_key, l.relation, l.via_id,
    l.linked_at, l.unlinked_at
FROM incident_link($as_of) AS l
JOIN store.ticket AS t USING (ticket_id)
JOIN store.ticket AS i ON i.ticket_id = l.incident_id
JOIN queue_of($as_of) AS q ON q.ticket_id = l.incident_id
WHERE $queues IS NULL OR list_contains($queues, q.queue)
ORDER BY l.incident_id, l.linked_at, t.ticket_id, l.role, l.via_id
"""


def incident_tickets(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, queue: Queues = None
) -> duckdb.DuckDBPyRelation:
    """One row per recognised ticket and role: ticket_id, key, role, queue, recognised_at, withdrawn_at, version.

    role is incident, postmortem or action. recognised_at is when the rule held first; withdrawn_at is null while it
    holds; version is that of the rules in force when the ticket was opened. `queue` is the one it is in at as_of.
    """
    return ask_reviewed(con, _TICKETS, as_of=parse_instant(as_of), queues=queue_names(queue))


def incident_milestones(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, queue: Queues = None
) -> duckdb.DuckDBPyRelation:
    """One row per recognised ticket and milestone it has reached: ticket_id, key, milestone, happened_at."""
    return ask_reviewed(con, _MILESTONES, as_of=parse_instant(as_of), queues=queue_names(queue))


def incident_links(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, queue: Queues = None
) -> duckdb.DuckDBPyRelation:
    """One row per post-mortem or action item and incident it is linked to; `queue` is the incident's.

    ticket_id, key, role, incident_id, incident_key, relation, via_id, linked_at, unlinked_at. relation is the word seen
    from the ticket, null where only the other one tells of the link in a word without a counterpart. via_id is the
    post-mortem through which an action item belongs to the incident, null where it is linked to it.
    """
    return ask_reviewed(con, _LINKS, as_of=parse_instant(as_of), queues=queue_names(queue))
