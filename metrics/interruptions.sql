-- What interrupted whoever was on duty, at most once a quarter of an hour and shift: all that tells clock hours apart
-- in any zone. One row per shift and quarter: shift_id, role, person_id, person, zone, version, moment_at, the first
-- interruption in it, and ticket_id, whose it was.
WITH present AS (
    SELECT ticket_id, queue, from_at, coalesce(until_at, TIMESTAMP '9999-12-31') AS until_at FROM presence($as_of)
),
urgent AS (
    SELECT DISTINCT ticket_id FROM priority_spell($as_of)
    WHERE priority IN ('P0', 'P1') AND ($since IS NULL OR from_at >= $since) AND ($until IS NULL OR from_at < $until)
),
urgency AS (
    SELECT ticket_id, priority, from_at, lag(priority) OVER by_turn AS before
    FROM priority_spell($as_of) SEMI JOIN urgent USING (ticket_id) WHERE until_at IS DISTINCT FROM from_at
    WINDOW by_turn AS (PARTITION BY ticket_id ORDER BY from_at, from_seq)
),
interruption AS (
    SELECT ticket_id, queue, from_at AS moment_at FROM present
    UNION
    SELECT p.ticket_id, p.queue, u.from_at
    FROM urgency AS u JOIN present AS p USING (ticket_id)
    WHERE u.priority IN ('P0', 'P1') AND u.before IS DISTINCT FROM u.priority AND u.before IS DISTINCT FROM 'P0'
        AND u.from_at > p.from_at AND u.from_at < p.until_at
),
asked AS (
    SELECT i.*, r.role
    FROM interruption AS i
    JOIN (
        SELECT DISTINCT v.role, q.queue FROM role_queue AS q JOIN role_version AS v USING (version)
    ) AS r USING (queue)
    WHERE ($queues IS NULL OR list_contains($queues, i.queue))
        AND ($since IS NULL OR i.moment_at >= $since) AND ($until IS NULL OR i.moment_at < $until)
),
stretch AS MATERIALIZED (FROM duty_stretch($as_of)),
located AS (
    SELECT a.*, s.stretch_at
    FROM asked AS a
    ASOF JOIN (SELECT DISTINCT role, stretch_at, stretch_until_at FROM stretch) AS s
        ON s.role = a.role AND a.moment_at >= s.stretch_at
    WHERE a.moment_at < s.stretch_until_at
),
felt AS (
    SELECT l.ticket_id, l.moment_at, s.shift_id, s.role, s.person_id, s.version
    FROM located AS l JOIN stretch AS s ON s.role = l.role AND s.stretch_at = l.stretch_at
    SEMI JOIN role_queue AS q ON q.version = s.version AND q.queue = l.queue
),
-- What people do themselves at that instant does not interrupt them.
own AS (
    SELECT DISTINCT f.ticket_id, f.moment_at, f.person_id
    FROM felt AS f
    JOIN store.event AS e ON e.ticket_id = f.ticket_id AND e.occurred_at = f.moment_at
    LEFT JOIN actor AS a ON a.account_id = e.actor_id
    WHERE coalesce(a.person_id, e.actor_id) = f.person_id
),
other AS (FROM felt ANTI JOIN own USING (ticket_id, moment_at, person_id))
SELECT o.shift_id, o.role, o.person_id, d.person, d.zone, o.version, min(o.moment_at) AS moment_at,
    arg_min(o.ticket_id, (o.moment_at, o.ticket_id)) AS ticket_id
FROM other AS o JOIN (SELECT DISTINCT person_id, person, zone FROM duty_account) AS d USING (person_id)
GROUP BY o.shift_id, o.role, o.person_id, d.person, d.zone, o.version, time_bucket(INTERVAL 15 minutes, o.moment_at)
ORDER BY o.shift_id, moment_at
