"""Whose turn it is to speak on an open ticket: its requester's, ours, or another ticket's to be done first.

Only comments that the requester can see are turns, and those of bots are none. Where the requester owns the ticket, or
nobody else has said anything yet, there is nobody to take turns with.
"""

from datetime import datetime

import duckdb

from metrics.columns import Queues, queue_names
from metrics.instants import parse_instant
from metrics.recent import ask_open

_ROWS = """
WITH present AS MATERIALIZED (
    SELECT t.ticket_id, t.opened_at, coalesce(a.person_id, t.author_id) AS author_id,
        CASE WHEN a.person_id IS NOT NULL THEN a.name ELSE coalesce(l.name, l.login, t.author_id) END AS author,
        s.stage, s.from_at AS stood_from
    FROM live_ticket($as_of) AS t
    JOIN (FROM open_spell($as_of) WHERE until_at IS NULL AND is_open) AS o USING (ticket_id)
    JOIN queue_of($as_of) AS q USING (ticket_id)
    LEFT JOIN (FROM stage_spell($as_of) WHERE until_at IS NULL) AS s USING (ticket_id)
    LEFT JOIN actor AS a ON a.account_id = t.author_id LEFT JOIN store.account AS l ON l.account_id = t.author_id
    WHERE $queues IS NULL OR list_contains($queues, q.queue)
),
word AS (
    SELECT ticket_id, arg_max(is_author, (occurred_at, seq)) AS is_requester_last, max(occurred_at) AS said_at,
        bool_or(NOT is_author) AS has_answer
    FROM fact.human_act SEMI JOIN present USING (ticket_id)
    WHERE field = 'comment' AND actor_id IS NOT NULL AND occurred_at < $as_of GROUP BY ticket_id
),
own AS (
    SELECT DISTINCT p.ticket_id FROM present AS p JOIN spell($as_of) AS s USING (ticket_id)
    LEFT JOIN actor AS a ON a.account_id = s.value
    WHERE s.field = 'owner' AND s.until_at IS NULL AND coalesce(a.person_id, s.value) = p.author_id
),
obstacle AS (
    SELECT l.ticket_id, string_agg(DISTINCT b.key, ', ' ORDER BY b.key) AS keys
    FROM link_spell($as_of) AS l SEMI JOIN present USING (ticket_id)
    JOIN store.ticket AS b ON b.ticket_id = l.other_id
    JOIN (FROM open_spell($as_of) WHERE until_at IS NULL AND is_open) AS o ON o.ticket_id = l.other_id
    WHERE l.relation IN ('blocked_by', 'depends_on') AND l.until_key IS NULL GROUP BY l.ticket_id
)
SELECT p.ticket_id, coalesce(p.stage = 'waiting', false) AS is_waiting,
    CASE WHEN b.keys IS NOT NULL THEN b.keys
        WHEN w.is_requester_last AND own.ticket_id IS NULL AND (has_answer OR is_waiting) THEN 'us'
        WHEN is_waiting AND own.ticket_id IS NULL THEN p.author
    END AS waits_for,
    CASE WHEN is_waiting THEN p.stood_from WHEN b.keys IS NULL THEN w.said_at END AS since_at,
    w.said_at
FROM present AS p LEFT JOIN word AS w USING (ticket_id) LEFT JOIN own USING (ticket_id)
LEFT JOIN obstacle AS b USING (ticket_id)
WHERE is_waiting OR waits_for IS NOT NULL
ORDER BY since_at, p.opened_at, p.ticket_id
"""


def whose_turn(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, queue: Queues = None
) -> duckdb.DuckDBPyRelation:
    """One row per open ticket that waits, in its stage or in its talk, the longest first.

    ticket_id, is_waiting (its stage says so), waits_for (keys of open tickets that block it; `us` where the requester
    spoke last; the requester's name; null: nothing tells), since_at (it has stood in that stage, or the requester
    spoke), said_at (the last comment).
    """
    return ask_open(con, _ROWS, as_of=parse_instant(as_of), queues=queue_names(queue))
