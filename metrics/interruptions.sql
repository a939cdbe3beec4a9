-- What interrupted whoever was on duty, at most once a quarter of an hour and shift: all that tells clock hours apart
-- in any zone. One row per shift and quarter: shift_id, role, person_id, person, zone, version, moment_at, the first
-- interruption in it, and ticket_id, whose it was.
WITH felt AS (
    SELECT i.ticket_id, i.moment_at, i.doers, d.shift_id, d.person_id
    FROM (FROM fact.interruption ANTI JOIN unborn($as_of) USING (ticket_id)) AS i
    JOIN duty_day($as_of) AS d ON d.queue = i.queue AND d.day = i.moment_at::DATE
    WHERE i.moment_at < $as_of AND ($queues IS NULL OR list_contains($queues, i.queue))
        AND ($since IS NULL OR i.moment_at >= $since) AND ($until IS NULL OR i.moment_at < $until)
        AND i.moment_at >= d.stretch_at AND i.moment_at < d.stretch_until_at AND ($role IS NULL OR d.role = $role)
),
account AS (SELECT person_id, list(account_id) AS accounts FROM duty_actor GROUP BY person_id),
-- What people do themselves at that instant does not interrupt them.
quarter AS (
    SELECT shift_id, min(moment_at) AS moment_at, arg_min(ticket_id, (moment_at, ticket_id)) AS ticket_id
    FROM felt LEFT JOIN account USING (person_id)
    WHERE NOT coalesce(list_has_any(doers, accounts), false)
    GROUP BY shift_id, time_bucket(INTERVAL 15 minutes, moment_at)
)
SELECT q.shift_id, s.role, s.person_id, s.person, s.zone, s.version, q.moment_at, q.ticket_id
FROM quarter AS q JOIN rota_shift($as_of) AS s USING (shift_id)
