-- Times in work that a limit is for, cut where another version begins to decide; what lasts ends never. limit_times.py hands
-- over `wip_limit` (which version decides where and when) and `wip_holder` (whom each limits), whose numbers stand for
-- them: there are millions of times.
WITH held AS (
    SELECT 'person' AS holder, person_id AS name, queue, source, from_at, until_at
    FROM work($as_of) WHERE person_id IS NOT NULL
    UNION ALL
    SELECT 'queue', queue, queue, source, from_at, until_at
    FROM stage_stay($as_of) WHERE stage = 'active' AND until_at IS DISTINCT FROM from_at
),
governed AS (
    SELECT h.holder, h.name, h.queue, l.version, greatest(h.from_at, l.valid_from) AS from_at,
        least(coalesce(h.until_at, TIMESTAMP '9999-12-31'), l.valid_until) AS until_at
    FROM held AS h JOIN wip_limit AS l ON l.source = h.source AND l.queue = h.queue
)
SELECT w.number, g.from_at, g.until_at, $queues IS NULL OR list_contains($queues, g.queue) AS is_asked
FROM governed AS g JOIN wip_holder AS w ON w.holder = g.holder AND w.name = g.name AND w.version = g.version
WHERE g.from_at < g.until_at AND ($since IS NULL OR g.until_at > $since)
