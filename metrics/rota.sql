-- Shared relations on shifts, as table macros that take the instant they are asked at. Calendars tell how the rota
-- stands now and keep no history: a shift exists once it has begun, and counts as far as the instant. What is planned
-- for later is a rota, not history.
--
-- `role_version` and `role_queue` are what the settings say of roles, `member` who may hold them: see metrics/rota.py.

-- Whose account a calendar names: a person of the settings, else the login stands for one, whose zone nobody knows.
CREATE VIEW duty_account AS
SELECT c.account_id, coalesce(s.person_id, c.account_id) AS person_id,
    coalesce(p.name, a.login, c.account_id[strpos(c.account_id, '/') + 1:]) AS person, p.zone,
    coalesce(s.is_bot, false) OR coalesce(a.is_bot, false) AS is_bot
FROM (SELECT account_id FROM store.shift UNION SELECT account_id FROM store.absence) AS c
LEFT JOIN store.account AS a USING (account_id)
LEFT JOIN store.account_setting AS s USING (account_id)
LEFT JOIN store.person AS p ON p.person_id = s.person_id;

CREATE MACRO absence(instant) AS TABLE
SELECT person_id, starts_at AS from_at, least(ends_at, instant) AS until_at
FROM store.absence JOIN duty_account USING (account_id) WHERE starts_at < least(ends_at, instant);

-- Shifts as the calendars have them. Entries of one person and role that overlap are one shift: two calendars may
-- tell of it, or two accounts of one person. middle_at says which week a shift belongs to: a calendar's whole days
-- begin at midnight UTC, which is the evening before for some.
CREATE MACRO rota_shift(instant) AS TABLE
WITH entry AS (
    SELECT *, max(ends_at) OVER earlier AS covered_until
    FROM store.shift JOIN duty_account USING (account_id)
    WHERE starts_at < least(ends_at, instant) AND NOT is_bot
    WINDOW earlier AS (
        PARTITION BY role, person_id ORDER BY starts_at, ends_at, shift_id
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )
),
joined AS (
    SELECT *, sum((covered_until IS NULL OR starts_at >= covered_until)::INTEGER) OVER so_far AS place
    FROM entry WINDOW so_far AS (PARTITION BY role, person_id ORDER BY starts_at, ends_at, shift_id)
),
shift AS (
    SELECT arg_min(shift_id, (starts_at, ends_at, shift_id)) AS shift_id, role, person_id, any_value(person) AS person,
        any_value(zone) AS zone, min(starts_at) AS starts_at, max(ends_at) AS ends_at
    FROM joined GROUP BY role, person_id, place
)
SELECT s.*, least(s.ends_at, instant) AS until_at, s.ends_at > instant AS is_running,
    make_timestamp((epoch_us(s.starts_at) + epoch_us(s.ends_at)) // 2) AS middle_at, v.version, v.burden, v.people
FROM shift AS s
LEFT JOIN role_version AS v ON v.role = s.role AND s.starts_at >= v.valid_from AND s.starts_at < v.valid_until;

-- The pieces of each shift in which its holder did the duty. A cover is an entry that lies within a longer one of
-- somebody else in the same role: where it gives the role as many people as it asks for, the longer one pauses.
CREATE MACRO duty(instant) AS TABLE
WITH held AS MATERIALIZED (FROM rota_shift(instant)),
cover AS (
    SELECT s.shift_id, s.people, c.person_id, c.starts_at AS from_at, c.until_at
    FROM held AS s JOIN held AS c USING (role)
    WHERE c.person_id <> s.person_id AND c.starts_at >= s.starts_at AND c.ends_at <= s.ends_at
        AND c.ends_at - c.starts_at < s.ends_at - s.starts_at
),
edge AS (
    SELECT shift_id, unnest([starts_at, until_at]) AS edge_at FROM held
    UNION SELECT shift_id, unnest([from_at, until_at]) FROM cover
),
slice AS (
    SELECT shift_id, edge_at AS from_at, lead(edge_at) OVER (PARTITION BY shift_id ORDER BY edge_at) AS until_at
    FROM edge
),
kept AS (
    SELECT s.shift_id, s.from_at, s.until_at
    FROM slice AS s
    LEFT JOIN cover AS c ON c.shift_id = s.shift_id AND c.from_at <= s.from_at AND c.until_at >= s.until_at
    WHERE s.until_at IS NOT NULL
    GROUP BY s.shift_id, s.from_at, s.until_at
    HAVING any_value(c.people) IS NULL OR count(c.person_id) < any_value(c.people)
),
turn AS (
    SELECT *, from_at IS DISTINCT FROM lag(until_at) OVER by_piece AS is_new
    FROM kept WINDOW by_piece AS (PARTITION BY shift_id ORDER BY from_at)
),
piece AS (
    SELECT *, sum(is_new::INTEGER) OVER (PARTITION BY shift_id ORDER BY from_at) AS place FROM turn
)
SELECT h.* EXCLUDE (until_at), p.from_at, p.until_at
FROM (
    SELECT shift_id, min(from_at) AS from_at, max(until_at) AS until_at FROM piece GROUP BY shift_id, place
) AS p
JOIN held AS h USING (shift_id);

-- Stretches of a role in which nothing changes about who is on duty, one row for each of those who are. The stretches
-- of a role do not overlap, so that an event is looked up in them by its instant.
CREATE MACRO duty_stretch(instant) AS TABLE
WITH piece AS MATERIALIZED (FROM duty(instant)),
edge AS (SELECT DISTINCT role, unnest([from_at, until_at]) AS edge_at FROM piece),
stretch AS (
    SELECT role, edge_at AS stretch_at, lead(edge_at) OVER (PARTITION BY role ORDER BY edge_at) AS ends_at FROM edge
)
SELECT s.role, s.stretch_at, s.ends_at AS stretch_until_at, p.shift_id, p.person_id, p.version
FROM stretch AS s JOIN piece AS p ON p.role = s.role AND p.from_at <= s.stretch_at AND p.until_at >= s.ends_at;

-- What whoever is on duty answers for, by the day (UTC): an event is looked up by its queue and its day, and lies within
-- the stretch. A look-up in the stretches by instant alone has to sort all events first.
CREATE MACRO duty_day(instant) AS TABLE
SELECT DISTINCT q.queue,
    unnest(generate_series(date_trunc('day', s.stretch_at), s.stretch_until_at, INTERVAL 1 DAY))::DATE AS day,
    s.stretch_at, s.stretch_until_at, s.shift_id, s.role, s.person_id, s.version
FROM duty_stretch(instant) AS s JOIN role_queue AS q USING (version);

-- Every account of those who are ever on duty: who acts under it is the person.
CREATE VIEW duty_actor AS
SELECT a.account_id, coalesce(a.person_id, a.account_id) AS person_id, coalesce(a.is_bot, false) AS is_bot
FROM actor AS a
WHERE coalesce(a.person_id, a.account_id) IN (SELECT person_id FROM duty_account)
UNION
SELECT person_id, person_id, false FROM duty_account WHERE person_id NOT IN (SELECT account_id FROM actor);
