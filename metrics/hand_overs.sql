-- One row per change of a ticket's owner or queue. Follows ownership.sql.
, succession AS (
    SELECT *, lag(person) OVER by_owner AS former, lag(name) OVER by_owner AS former_name
    FROM holder WHERE person IS NOT NULL WINDOW by_owner AS (PARTITION BY ticket_id ORDER BY turned_at)
    QUALIFY person IS DISTINCT FROM former
),
place AS (
    SELECT ticket_id, source, queue, greatest(from_key.moment, TIMESTAMP '0001-01-01') AS from_at,
        coalesce(until_key.moment, TIMESTAMP '9999-12-31') AS until_at
    FROM queue_span($as_of) SEMI JOIN concerned USING (ticket_id)
    WHERE until_key IS NULL OR until_key.moment > from_key.moment
),
move AS (
    SELECT p.ticket_id, p.queue, c.team, p.from_at, lag(p.queue) OVER by_place AS former
    FROM place AS p LEFT JOIN queue_calendar AS c USING (queue)
    WHERE p.queue <> '' WINDOW by_place AS (PARTITION BY p.ticket_id ORDER BY p.from_at)
    QUALIFY p.queue IS DISTINCT FROM former
),
moved AS (
    SELECT *, row_number() OVER (PARTITION BY ticket_id, queue ORDER BY from_at) > 1
        OR team IS NOT NULL AND team IS DISTINCT FROM lag(team) OVER (PARTITION BY ticket_id ORDER BY from_at)
            AND row_number() OVER (PARTITION BY ticket_id, team ORDER BY from_at) > 1 AS is_return
    FROM move
)
SELECT s.ticket_id, 'owner' AS kind, nullif(p.queue, '') AS queue, s.turned_at AS occurred_at,
    s.former_name AS from_name, s.name AS to_name, s.is_return
FROM (
    SELECT *, row_number() OVER (PARTITION BY ticket_id, person ORDER BY turned_at) > 1 AS is_return FROM succession
) AS s
JOIN place AS p ON p.ticket_id = s.ticket_id AND p.from_at <= s.turned_at AND s.turned_at < p.until_at
WHERE s.former IS NOT NULL
UNION ALL
SELECT ticket_id, 'queue', queue, from_at, former, queue, is_return FROM moved WHERE former IS NOT NULL
