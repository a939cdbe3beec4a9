"""Tickets as the rows of a list: what each was called and how it stood at an instant. For the few that are shown."""

from collections.abc import Sequence
from datetime import datetime

import duckdb
import polars as pl

from metrics.beginnings import first_of
from metrics.recent import ask_about

# The title as it was: undone by the first renaming that came later. Addresses that a browser would run are dropped.
_ROWS = """
WITH wanted AS (SELECT unnest($tickets) AS ticket_id, generate_subscripts($tickets, 1) AS place),
renamed AS (
    SELECT e.ticket_id, arg_min(e.old, (e.occurred_at, e.seq)) AS title FROM fact.event AS e
    SEMI JOIN wanted USING (ticket_id)
    WHERE e.field = 'title' AND e.occurred_at >= $as_of AND e.old IS NOT NULL GROUP BY e.ticket_id
),
stay AS (
    SELECT ticket_id, arg_max(queue, (from_at, from_seq)) AS queue, arg_max(stage, (from_at, from_seq)) AS stage,
        max(from_at) AS from_at
    FROM fact.stage_stay SEMI JOIN wanted USING (ticket_id)
    WHERE from_at >= $first AND from_at < $as_of AND (until_at IS NULL OR until_at >= $as_of) GROUP BY ticket_id
),
present AS (
    SELECT DISTINCT ticket_id FROM fact.presence SEMI JOIN wanted USING (ticket_id)
    WHERE from_at >= $first AND from_at < $as_of AND (until_at IS NULL OR until_at >= $as_of)
),
ranked AS (
    SELECT ticket_id, max(priority) AS priority FROM fact.priority_spell SEMI JOIN wanted USING (ticket_id)
    WHERE from_at >= $first AND from_at < $as_of AND (until_at IS NULL OR until_at >= $as_of) GROUP BY ticket_id
),
held AS (
    SELECT s.ticket_id, string_agg(DISTINCT coalesce(a.name, s.value), ', ' ORDER BY coalesce(a.name, s.value)) AS owner
    FROM fact.spell AS s SEMI JOIN wanted USING (ticket_id) LEFT JOIN actor AS a ON a.account_id = s.value
    WHERE s.field = 'owner' AND s.from_at >= $first AND s.from_at < $as_of
        AND (s.until_at IS NULL OR s.until_at >= $as_of)
    GROUP BY s.ticket_id
),
heard AS (
    SELECT ticket_id, max(occurred_at) AS updated_at FROM fact.human_act SEMI JOIN wanted USING (ticket_id)
    WHERE occurred_at >= $first AND occurred_at < $as_of GROUP BY ticket_id
)
SELECT t.ticket_id, t.key, CASE WHEN t.url SIMILAR TO 'https?://.*' THEN t.url END AS url,
    coalesce(renamed.title, t.title) AS title, held.owner, ranked.priority, nullif(stay.stage, '') AS stage,
    CASE WHEN present.ticket_id IS NOT NULL THEN epoch(CAST($as_of AS TIMESTAMP) - t.opened_at) / 86400 END AS age_days,
    epoch(CAST($as_of AS TIMESTAMP) - stay.from_at) / 86400 AS stage_days,
    heard.updated_at, t.opened_at, nullif(stay.queue, '') AS queue
FROM wanted
JOIN fact.ticket AS t USING (ticket_id)
LEFT JOIN renamed USING (ticket_id) LEFT JOIN stay USING (ticket_id) LEFT JOIN present USING (ticket_id)
LEFT JOIN ranked USING (ticket_id) LEFT JOIN held USING (ticket_id) LEFT JOIN heard USING (ticket_id)
ORDER BY wanted.place
"""


def described(con: duckdb.DuckDBPyConnection, as_of: datetime, chosen: Sequence[str]) -> pl.DataFrame:
    """One row per ticket named, in that order; as_of is UTC without a zone.

    ticket_id, key, url, title, owner (names, null for nobody), priority, stage, age_days (null for a closed one),
    stage_days (in the stage it is in), updated_at (the last word or deed of a person), opened_at, queue.
    """
    return ask_about(con, chosen, _ROWS, as_of=as_of, first=first_of(con, chosen)).pl()
