"""The dates that open tickets were promised for: the last ETA of each, as it stood at an instant.

A day stands for its end, on the clocks of the zone asked for. An ETA that was taken back is none, nor is one that is
neither a day nor an instant.
"""

from datetime import datetime

import duckdb

from metrics.columns import Queues, queue_names
from metrics.instants import parse_instant
from metrics.recent import ask_open

_ROWS = """
WITH told AS (
    SELECT ticket_id, arg_max_null(new, (occurred_at, seq)) AS eta, max(occurred_at) AS promised_at
    FROM changed('eta', $as_of) GROUP BY ticket_id
),
dated AS (
    SELECT ticket_id, promised_at, CASE WHEN regexp_full_match(eta, '\\d{4}-\\d\\d-\\d\\d')
        THEN timezone('UTC', timezone($zone, (try_cast(eta AS DATE) + 1)::TIMESTAMP)) ELSE instant_of(eta) END AS eta_at
    FROM told WHERE eta IS NOT NULL
)
SELECT d.ticket_id, d.eta_at, d.eta_at < $as_of AS is_past_due, d.promised_at
FROM dated AS d
JOIN live_ticket($as_of) USING (ticket_id)
JOIN (FROM open_spell($as_of) WHERE until_at IS NULL AND is_open) AS o USING (ticket_id)
JOIN queue_of($as_of) AS q USING (ticket_id)
WHERE d.eta_at IS NOT NULL AND ($queues IS NULL OR list_contains($queues, q.queue))
ORDER BY d.eta_at, d.ticket_id
"""


def promised_dates(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, zone: str, queue: Queues = None
) -> duckdb.DuckDBPyRelation:
    """One row per open ticket with a date, the earliest first: ticket_id, eta_at (when it has passed), is_past_due,
    promised_at (when somebody said so)."""
    return ask_open(con, _ROWS, as_of=parse_instant(as_of), zone=zone, queues=queue_names(queue))
