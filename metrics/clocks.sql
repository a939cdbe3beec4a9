-- The gaps between updates while a ticket is open in a queue at one priority. Facts: see spells.sql. Presences of no
-- length owe nothing; without them, no two of one ticket begin in the same instant.
CREATE OR REPLACE TABLE update_gap AS
WITH present AS (FROM presence WHERE until_at IS NULL OR from_at < until_at),
mark AS (
    SELECT ticket_id, queue, from_at AS marked_at, from_at, until_at, true AS is_update FROM present
    UNION ALL
    SELECT p.ticket_id, p.queue, u.occurred_at, p.from_at, p.until_at, true
    FROM present AS p JOIN human_act AS u USING (ticket_id)
    WHERE u.actor_id IS NOT NULL AND u.occurred_at > p.from_at AND (p.until_at IS NULL OR u.occurred_at <= p.until_at)
    UNION ALL
    SELECT p.ticket_id, p.queue, s.from_at, p.from_at, p.until_at, false
    FROM present AS p JOIN priority_spell AS s USING (ticket_id)
    WHERE s.from_at > p.from_at AND (p.until_at IS NULL OR s.from_at < p.until_at)
),
joined AS (
    SELECT ticket_id, queue, marked_at, from_at, until_at, bool_or(is_update) AS is_update FROM mark GROUP BY ALL
),
gap AS (
    SELECT ticket_id, queue, marked_at AS started_at, until_at,
        lead(marked_at) OVER by_mark AS next_at, lead(is_update) OVER by_mark AS is_updated
    FROM joined
    WINDOW by_mark AS (PARTITION BY ticket_id, from_at ORDER BY marked_at)
)
SELECT ticket_id, queue, row_number() OVER (PARTITION BY ticket_id, queue ORDER BY started_at) AS cycle, started_at,
    CASE WHEN is_updated THEN next_at END AS met_at,
    CASE WHEN NOT is_updated THEN next_at WHEN next_at IS NULL THEN until_at END AS withdrawn_at
FROM gap WHERE until_at IS NULL OR started_at < until_at;
