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
    UNION ALL
    SELECT p.ticket_id, p.queue, u.from_at
    FROM urgency AS u JOIN present AS p USING (ticket_id)
    WHERE u.priority IN ('P0', 'P1') AND u.before IS DISTINCT FROM u.priority AND u.before IS DISTINCT FROM 'P0'
        AND u.from_at > p.from_at AND u.from_at < p.until_at
),
moment AS (
    FROM interruption
    WHERE ($queues IS NULL OR list_contains($queues, queue))
        AND ($since IS NULL OR moment_at >= $since) AND ($until IS NULL OR moment_at < $until)
),
felt AS (
    SELECT m.ticket_id, m.moment_at, d.shift_id, d.person_id
    FROM moment AS m JOIN duty_day($as_of) AS d ON d.queue = m.queue AND d.day = m.moment_at::DATE
    WHERE m.moment_at >= d.stretch_at AND m.moment_at < d.stretch_until_at AND ($role IS NULL OR d.role = $role)
),
-- What people do themselves at that instant does not interrupt them. It is looked up once for all: planned together with
-- the moments, it is joined in an order that takes long.
deed AS MATERIALIZED (
    SELECT e.ticket_id, e.occurred_at, a.person_id
    FROM fact.event AS e JOIN duty_actor AS a ON a.account_id = e.actor_id
    WHERE ($since IS NULL OR e.occurred_at >= $since) AND ($until IS NULL OR e.occurred_at < $until)
),
own AS (
    SELECT DISTINCT f.ticket_id, f.moment_at, f.person_id
    FROM deed AS d
    JOIN felt AS f ON f.ticket_id = d.ticket_id AND f.moment_at = d.occurred_at AND f.person_id = d.person_id
),
quarter AS (
    SELECT shift_id, min(moment_at) AS moment_at, arg_min(ticket_id, (moment_at, ticket_id)) AS ticket_id
    FROM felt ANTI JOIN own USING (ticket_id, moment_at, person_id)
    GROUP BY shift_id, time_bucket(INTERVAL 15 minutes, moment_at)
)
SELECT q.shift_id, s.role, s.person_id, s.person, s.zone, s.version, q.moment_at, q.ticket_id
FROM quarter AS q JOIN rota_shift($as_of) AS s USING (shift_id)
