-- What each person carried of each role in the window, and what would have been their share: see metrics/fairness.py.
-- `duty_piece` is what duty($as_of) says, $since and $until are its bounds, $until no later than the instant asked at.
WITH piece AS MATERIALIZED (
    SELECT shift_id, role, person_id, person, burden,
        greatest(from_at, coalesce($since, from_at)) AS from_at, least(until_at, $until) AS until_at
    FROM duty_piece
    WHERE from_at < $until AND ($since IS NULL OR until_at > $since)
        AND ($queues IS NULL OR version IN (SELECT version FROM role_queue WHERE list_contains($queues, queue)))
),
span AS (SELECT role, coalesce($since, min(from_at)) AS from_at, $until AS until_at FROM piece GROUP BY role),
away AS (FROM absence($as_of)),
-- Within a slice nothing changes: neither who holds the role nor who could.
edge AS (
    SELECT role, unnest([from_at, until_at]) AS edge_at FROM piece
    UNION SELECT role, unnest([from_at, until_at]) FROM member
    UNION SELECT m.role, unnest([a.from_at, a.until_at]) FROM member AS m JOIN away AS a USING (person_id)
),
slice AS (
    SELECT role, edge_at AS from_at, lead(edge_at) OVER (PARTITION BY role ORDER BY edge_at) AS until_at FROM edge
),
-- What was carried in each slice, in duty-weeks.
carried AS (
    SELECT s.role, s.from_at, s.until_at,
        sum(p.burden) * (epoch_us(s.until_at) - epoch_us(s.from_at)) / 604800e6 AS load
    FROM slice AS s JOIN piece AS p ON p.role = s.role AND p.from_at <= s.from_at AND p.until_at >= s.until_at
    WHERE p.burden IS NOT NULL
    GROUP BY s.role, s.from_at, s.until_at
),
able AS (
    SELECT c.role, c.from_at, c.load, m.person_id, m.share
    FROM carried AS c JOIN member AS m ON m.role = c.role AND m.from_at <= c.from_at AND m.until_at >= c.until_at
    WHERE NOT EXISTS (
        SELECT 1 FROM away AS a WHERE a.person_id = m.person_id AND a.from_at <= c.from_at AND a.until_at >= c.until_at
    )
),
owed AS (
    SELECT *, load * share / sum(share) OVER (PARTITION BY role, from_at) AS expected FROM able
),
expected AS (
    SELECT role, person_id, sum(expected) AS expected_duty_weeks FROM owed GROUP BY role, person_id
),
held AS (
    SELECT role, person_id, any_value(person) AS person, count(DISTINCT shift_id) AS shifts,
        sum(epoch_us(until_at) - epoch_us(from_at)) / 604800e6 AS held_weeks,
        sum((epoch_us(until_at) - epoch_us(from_at)) * burden) / 604800e6 AS duty_weeks
    FROM piece GROUP BY role, person_id
),
listed AS (
    SELECT m.role, m.person_id, m.person,
        greatest(m.from_at, s.from_at) AS from_at, least(m.until_at, s.until_at) AS until_at
    FROM member AS m JOIN span AS s ON s.role = m.role AND m.from_at < s.until_at AND m.until_at > s.from_at
),
-- Of a role that nobody is listed for, nobody's share is known; of one that the settings do not describe, no load is.
judged AS (
    SELECT role, count(*) FILTER (burden IS NOT NULL) > 0 AS has_load, role IN (SELECT role FROM member) AS has_members
    FROM piece GROUP BY role
),
carrier AS (
    SELECT role, person_id, coalesce(h.person, l.person) AS person, coalesce(h.shifts, 0) AS shifts,
        coalesce(h.held_weeks, 0) AS held_weeks, h.duty_weeks, l.person_id IS NOT NULL AS is_listed,
        coalesce(l.from_at, s.from_at) AS from_at, coalesce(l.until_at, s.until_at) AS until_at
    FROM held AS h FULL JOIN listed AS l USING (role, person_id) JOIN span AS s USING (role)
)
SELECT c.role, c.person, c.shifts, c.held_weeks,
    CASE WHEN j.has_load THEN coalesce(c.duty_weeks, 0) END AS duty_weeks,
    CASE WHEN j.has_load AND j.has_members THEN coalesce(e.expected_duty_weeks, 0) END AS expected_duty_weeks,
    c.is_listed, (epoch_us(c.until_at) - epoch_us(c.from_at)) / 604800e6 AS member_weeks,
    v.share_limit, c.person_id, s.from_at AS window_from_at
FROM carrier AS c
JOIN judged AS j USING (role)
JOIN span AS s USING (role)
LEFT JOIN expected AS e USING (role, person_id)
LEFT JOIN role_version AS v ON v.role = c.role AND v.valid_from < $until AND v.valid_until >= $until
