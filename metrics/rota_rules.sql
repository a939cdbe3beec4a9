-- Rules broken by people, in what duty($as_of) says, which is `duty_piece`: weeks in a row, conflicting roles at once,
-- too little rest. Roles of burden 0 are no duty:
-- whoever looks on may do so in every week.
WITH burdened AS (
    SELECT version FROM role_version
    WHERE burden > 0
        AND ($queues IS NULL OR version IN (SELECT version FROM role_queue WHERE list_contains($queues, queue)))
),
shift AS MATERIALIZED (
    SELECT *, 'all roles' AS runs_of FROM held_shift('duty_piece') SEMI JOIN burdened USING (version)
),
run AS (
    SELECT person_id, any_value(person) AS person, list_sort(list(DISTINCT role)) AS roles,
        min(from_at) AS from_at, max(until_at) AS until_at, run_weeks(min(from_at), max(until_at)) AS weeks
    FROM in_a_row('shift') GROUP BY person_id, run
),
piece AS MATERIALIZED (
    SELECT d.*, v.excludes
    FROM duty_piece AS d JOIN role_version AS v USING (version) SEMI JOIN burdened USING (version)
),
conflict AS (
    SELECT a.person_id, a.person, [a.role, b.role] AS roles,
        greatest(a.from_at, b.from_at) AS from_at, least(a.until_at, b.until_at) AS until_at
    FROM piece AS a JOIN piece AS b USING (person_id)
    WHERE a.role < b.role AND a.from_at < b.until_at AND b.from_at < a.until_at
        AND (list_contains(a.excludes, b.role) OR list_contains(b.excludes, a.role))
),
rest AS (
    SELECT s.person_id, s.person, list_sort(list_distinct([s.role, n.role])) AS roles, v.rest_days,
        s.until_at AS from_at, greatest(n.from_at, s.until_at) AS until_at
    FROM shift AS s JOIN role_version AS v USING (version) JOIN shift AS n ON n.person_id = s.person_id
    WHERE NOT s.is_running AND n.shift_id <> s.shift_id
        AND n.until_at > s.until_at AND n.from_at < s.until_at + to_days(v.rest_days)
    QUALIFY row_number() OVER (PARTITION BY s.shift_id ORDER BY n.from_at, n.shift_id) = 1
)
SELECT if(weeks = 2, 'two weeks in a row', 'three weeks in a row') AS rule, roles, person, from_at, until_at,
    weeks || ' weeks without a free one' AS detail
FROM run WHERE weeks >= 2
UNION ALL
SELECT 'conflicting roles at once', roles, person, from_at, until_at,
    format('{:.1f} hours', (epoch_us(until_at) - epoch_us(from_at)) / 3600e6)
FROM conflict
UNION ALL
SELECT 'too little rest', roles, person, from_at, until_at,
    format('{:.1f} of {} days', (epoch_us(until_at) - epoch_us(from_at)) / 86400e6, rest_days)
FROM rest
