-- The gaps between updates while a ticket is open in a queue at a priority that a cadence names. See cadence_gaps.py.
-- Instants alone place things, not their order within a second: a priority or a queue held for no time at all owes
-- nothing, and an update in the second in which an interval ends cannot be told from that end.
WITH rule AS (
    SELECT source, queue, version, definition->>'calendar' AS calendar, valid_from, valid_until,
        unnest(map_entries((definition->'every')::MAP(VARCHAR, VARCHAR))) AS owed
    FROM queue_practice WHERE kind = 'cadence'
),
piece AS (
    SELECT p.ticket_id, p.queue, p.from_at AS arrived_at, p.until_at AS left_at, p.departure, s.priority,
        greatest(p.from_at, s.from_at) AS from_at, least(p.until_at, s.until_at) AS until_at
    FROM presence($as_of) AS p SEMI JOIN (/* concerned */) AS c USING (ticket_id)
    JOIN priority_spell($as_of) AS s USING (ticket_id)
    WHERE s.priority IN (SELECT owed.key FROM rule)
        AND greatest(p.from_at, s.from_at) < coalesce(least(p.until_at, s.until_at), $as_of)
),
-- The priority may be set again to what it was, by a label as well as by its field: that ends no interval.
numbered AS (
    SELECT piece.*, sum(is_turn::INTEGER) OVER (PARTITION BY ticket_id, arrived_at ORDER BY from_at) AS turn
    FROM (
        SELECT *, coalesce(priority <> lag(priority) OVER by_piece OR from_at <> lag(until_at) OVER by_piece, true)
            AS is_turn
        FROM piece WINDOW by_piece AS (PARTITION BY ticket_id, arrived_at ORDER BY from_at)
    ) AS piece
),
stay AS (
    SELECT ticket_id, queue, left_at, departure, priority, min(from_at) AS from_at,
        CASE WHEN bool_and(until_at IS NOT NULL) THEN max(until_at) END AS until_at
    FROM numbered GROUP BY ticket_id, queue, arrived_at, left_at, departure, priority, turn
),
mark AS (
    SELECT *, from_at AS started_at FROM stay
    UNION
    SELECT s.*, u.occurred_at FROM stay AS s JOIN human_update($as_of) AS u ON u.ticket_id = s.ticket_id
        AND u.occurred_at > s.from_at AND u.occurred_at < coalesce(s.until_at, $as_of)
),
gap AS (
    SELECT *, lead(started_at) OVER (PARTITION BY ticket_id, from_at ORDER BY started_at) AS updated_at FROM mark
)
SELECT g.ticket_id, t.key, g.queue, g.priority, r.version, r.owed.value AS rhythm, v.version AS calendar,
    g.started_at, coalesce(g.updated_at, g.until_at) AS ended_at,
    CASE WHEN g.updated_at IS NOT NULL THEN 'update' WHEN g.until_at IS NULL THEN NULL
        WHEN g.until_at = g.left_at THEN g.departure ELSE 'priority changed' END AS ended_by,
    lag(coalesce(g.updated_at, g.until_at)) OVER (PARTITION BY g.ticket_id ORDER BY g.started_at) AS previous_until
FROM gap AS g
JOIN store.ticket AS t USING (ticket_id)
JOIN rule AS r ON r.source = t.source AND r.queue = g.queue AND r.owed.key = g.priority
    AND g.started_at >= r.valid_from AND g.started_at < r.valid_until
LEFT JOIN queue_calendar AS c ON c.queue = g.queue
LEFT JOIN calendar_version AS v ON v.calendar = CASE r.calendar WHEN 'team' THEN c.calendar ELSE r.calendar END
    AND g.started_at >= v.valid_from AND g.started_at < v.valid_until
