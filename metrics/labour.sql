-- What each ticket took, as far as no time passes, and who was in it. An outcome: outcomes.py writes in the tickets.
-- effort_seconds is what was recorded, or else how long the ticket was active before it was active last; while it lasts,
-- the clock of `calendar` runs on from running_us.
WITH concerned AS MATERIALIZED (
    SELECT ticket_id, author_id FROM fact.ticket SEMI JOIN (/* concerned */) AS c USING (ticket_id)
    WHERE opened_at < $as_of
),
recorded AS (
    SELECT ticket_id, 60 * sum(try_cast(new AS DOUBLE)) AS seconds FROM fact.event SEMI JOIN concerned USING (ticket_id)
    WHERE field = 'effort' AND occurred_at < $as_of
    GROUP BY ticket_id HAVING sum(try_cast(new AS DOUBLE)) > 0
),
active AS (
    SELECT ticket_id, sum((until_us - from_us) / 1e6) FILTER (until_at < $as_of) AS seconds,
        any_value(calendar) FILTER (until_at IS NULL OR until_at >= $as_of) AS calendar,
        any_value(from_us) FILTER (until_at IS NULL OR until_at >= $as_of) AS running_us
    FROM fact.active_spell SEMI JOIN concerned USING (ticket_id)
    WHERE from_at < $as_of AND calendar IS NOT NULL GROUP BY ticket_id
),
-- Doing something to a ticket, or speaking on it. A mention elsewhere, a lock or a subscription is neither.
hand AS (
    SELECT e.ticket_id, count(DISTINCT a.name) AS people, to_json(list(DISTINCT a.name ORDER BY a.name)) AS names
    FROM fact.event AS e
    JOIN concerned AS c USING (ticket_id)
    JOIN actor AS a ON a.account_id = e.actor_id
    LEFT JOIN actor AS author ON author.account_id = c.author_id
    WHERE e.occurred_at < $as_of AND NOT a.is_bot
        AND coalesce(a.person_id, e.actor_id) IS DISTINCT FROM coalesce(author.person_id, c.author_id)
        AND e.field IN ('comment', 'note', 'description', 'title', 'status', 'column', 'priority', 'owner', 'project',
            'label', 'queue', 'type', 'milestone', 'eta', 'effort', 'duplicate')
    GROUP BY e.ticket_id
)
SELECT ticket_id, coalesce(r.seconds, a.seconds) AS effort_seconds, r.seconds IS NOT NULL AS has_effort_recorded,
    coalesce(h.people, 0) AS people, coalesce(h.names, '[]')::VARCHAR AS names,
    if(r.seconds IS NULL, a.calendar, NULL) AS calendar, if(r.seconds IS NULL, a.running_us, NULL) AS running_us
FROM concerned LEFT JOIN recorded AS r USING (ticket_id) LEFT JOIN active AS a USING (ticket_id)
LEFT JOIN hand AS h USING (ticket_id)
