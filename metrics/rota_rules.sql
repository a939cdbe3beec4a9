-- Rules broken by people: conflicting roles at once, too little rest. `burdened_piece` is what duty($as_of) says of roles
-- that are a burden, `burdened_shift` the shifts that these are pieces of.
WITH piece AS MATERIALIZED (SELECT d.*, v.excludes FROM burdened_piece AS d JOIN role_version AS v USING (version)),
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
    FROM burdened_shift AS s JOIN role_version AS v USING (version) JOIN burdened_shift AS n ON n.person_id = s.person_id
    WHERE NOT s.is_running AND n.shift_id <> s.shift_id
        AND n.until_at > s.until_at AND n.from_at < s.until_at + to_days(v.rest_days)
    QUALIFY row_number() OVER (PARTITION BY s.shift_id ORDER BY n.from_at, n.shift_id) = 1
)
SELECT 'conflicting roles at once' AS rule, roles, person, from_at, until_at,
    format('{:.1f} hours', (epoch_us(until_at) - epoch_us(from_at)) / 3600e6) AS detail
FROM conflict
UNION ALL
SELECT 'too little rest', roles, person, from_at, until_at,
    format('{:.1f} of {} days', (epoch_us(until_at) - epoch_us(from_at)) / 86400e6, rest_days)
FROM rest
