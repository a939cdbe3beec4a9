-- What interrupted whoever was on duty, at most once a quarter of an hour, queue and shift: all that tells clock hours
-- apart in any zone. One row per shift, queue and quarter: shift_id, role, person_id, person, zone, version, ends_at,
-- queue, moment_at, the first interruption in it, and ticket_id, whose it was. Shifts that were over at $over are left
-- out.
WITH shift AS MATERIALIZED (FROM rota_shift($as_of) WHERE ends_at > $over),
felt AS MATERIALIZED (
    SELECT e.ticket_id, e.queue, e.moment_at, d.shift_id
    FROM (FROM fact.duty_event ANTI JOIN unborn($as_of) USING (ticket_id)) AS e
    JOIN (FROM duty_day($as_of) SEMI JOIN shift USING (shift_id)) AS d ON d.queue = e.queue AND d.day = e.moment_at::DATE
    WHERE e.what IN ('arrived', 'urgent') AND e.moment_at < $as_of
        AND ($queues IS NULL OR list_contains($queues, e.queue))
        AND ($since IS NULL OR e.moment_at >= $since) AND ($until IS NULL OR e.moment_at < $until)
        AND e.moment_at >= d.stretch_at AND e.moment_at < d.stretch_until_at
        -- What people do themselves at that instant does not interrupt them.
        AND e.doer IS DISTINCT FROM d.person_id AND NOT coalesce(list_contains(e.others, d.person_id), false)
),
-- Looking for the first and its ticket at once compares pairs, which takes twice as long as looking again.
soonest AS (
    SELECT shift_id, queue, min(moment_at) AS moment_at
    FROM felt GROUP BY shift_id, queue, time_bucket(INTERVAL 15 minutes, moment_at)
),
quarter AS (
    SELECT shift_id, queue, moment_at, min(ticket_id) AS ticket_id
    FROM felt SEMI JOIN soonest USING (shift_id, queue, moment_at) GROUP BY shift_id, queue, moment_at
)
SELECT q.shift_id, s.role, s.person_id, s.person, s.zone, s.version, s.ends_at, q.queue, q.moment_at, q.ticket_id
FROM quarter AS q JOIN shift AS s USING (shift_id)
