-- Times in work that a limit is for, cut where another version begins to decide; what lasts ends never. wip_limits.py hands
-- over `wip_limit` (which version decides where and when) and `wip_holder` (whom each limits), whose numbers stand for
-- them: there are millions of times.
WITH held AS (
    SELECT 'person' AS holder, w.person_id AS name, w.queue, t.source, w.from_at, w.until_at
    FROM work($as_of) AS w JOIN store.ticket AS t USING (ticket_id) WHERE w.person_id IS NOT NULL
    UNION ALL
    SELECT 'queue', s.queue, s.queue, t.source, s.from_at, s.until_at
    FROM stage_stay($as_of) AS s JOIN store.ticket AS t USING (ticket_id)
    WHERE s.stage = 'active' AND s.until_at IS DISTINCT FROM s.from_at
),
governed AS (
    SELECT h.holder, h.name, h.queue, l.version, greatest(h.from_at, l.valid_from) AS from_at,
        least(coalesce(h.until_at, TIMESTAMP '9999-12-31'), l.valid_until) AS until_at
    FROM held AS h JOIN wip_limit AS l ON l.source = h.source AND l.queue = h.queue
)
SELECT w.number, g.from_at, g.until_at, $queues IS NULL OR list_contains($queues, g.queue) AS is_asked
FROM governed AS g JOIN wip_holder AS w ON w.holder = g.holder AND w.name = g.name AND w.version = g.version
WHERE g.from_at < g.until_at
