-- Who held a ticket when, and where it went. What follows this file selects from `hand_over` (one row per change) or
-- `holder` (whose the ticket was since when).
-- What happened within one second is one step: only what holds when it is over counts. ownership.py writes in which
-- tickets that concerns: to look at them all takes a while.
WITH concerned AS MATERIALIZED (SELECT DISTINCT ticket_id FROM (/* concerned */)),
owning AS (
    SELECT s.ticket_id, coalesce(a.person_id, s.value) AS person, coalesce(a.name, s.value) AS name, s.from_at, s.from_seq,
        coalesce(s.until_at, TIMESTAMP '9999-12-31') AS until_at
    FROM spell($as_of) AS s SEMI JOIN concerned USING (ticket_id) LEFT JOIN actor AS a ON a.account_id = s.value
    WHERE s.field = 'owner' AND NOT coalesce(a.is_bot, false) AND (s.until_at IS NULL OR s.until_at > s.from_at)
),
-- Spells of one person that touch are one, whatever account of theirs it was.
touching AS (
    SELECT *, coalesce(from_at <= max(until_at) OVER (
        PARTITION BY ticket_id, person ORDER BY from_at, from_seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ), false) AS goes_on
    FROM owning
),
numbered AS (
    SELECT *, sum((NOT goes_on)::INTEGER) OVER (PARTITION BY ticket_id, person ORDER BY from_at, from_seq) AS n
    FROM touching
),
possession AS (
    SELECT ticket_id, person, any_value(name) AS name, min(from_at) AS from_at,
        arg_min(from_seq, (from_at, from_seq)) AS from_seq, max(until_at) AS until_at
    FROM numbered GROUP BY ticket_id, person, n
),
owner_turn AS (
    SELECT ticket_id, from_at AS turned_at FROM possession
    UNION
    SELECT ticket_id, until_at FROM possession WHERE until_at < TIMESTAMP '9999-12-31'
),
-- Of several owners at once, the one who has held the ticket longest.
holder AS MATERIALIZED (
    SELECT t.ticket_id, t.turned_at,
        arg_min(p.person, (p.from_at, p.from_seq, p.person)) FILTER (p.until_at > t.turned_at) AS person,
        arg_min(p.name, (p.from_at, p.from_seq, p.person)) FILTER (p.until_at > t.turned_at) AS name
    FROM owner_turn AS t JOIN possession AS p ON p.ticket_id = t.ticket_id AND p.from_at <= t.turned_at
    GROUP BY t.ticket_id, t.turned_at
),
succession AS (
    SELECT *, lag(person) OVER by_owner AS former, lag(name) OVER by_owner AS former_name
    FROM holder WHERE person IS NOT NULL WINDOW by_owner AS (PARTITION BY ticket_id ORDER BY turned_at)
    QUALIFY person IS DISTINCT FROM former
),
place AS (
    SELECT ticket_id, source, queue, greatest(from_key.moment, TIMESTAMP '0001-01-01') AS from_at,
        coalesce(until_key.moment, TIMESTAMP '9999-12-31') AS until_at
    FROM queue_span($as_of) SEMI JOIN concerned USING (ticket_id)
    WHERE until_key IS NULL OR until_key.moment > from_key.moment
),
move AS (
    SELECT p.ticket_id, p.queue, c.team, p.from_at, lag(p.queue) OVER by_place AS former
    FROM place AS p LEFT JOIN queue_calendar AS c USING (queue)
    WHERE p.queue <> '' WINDOW by_place AS (PARTITION BY p.ticket_id ORDER BY p.from_at)
    QUALIFY p.queue IS DISTINCT FROM former
),
moved AS (
    SELECT *, row_number() OVER (PARTITION BY ticket_id, queue ORDER BY from_at) > 1
        OR team IS NOT NULL AND team IS DISTINCT FROM lag(team) OVER (PARTITION BY ticket_id ORDER BY from_at)
            AND row_number() OVER (PARTITION BY ticket_id, team ORDER BY from_at) > 1 AS is_return
    FROM move
),
hand_over AS MATERIALIZED (
    SELECT s.ticket_id, 'owner' AS kind, nullif(p.queue, '') AS queue, s.turned_at AS occurred_at,
        s.former_name AS from_name, s.name AS to_name, s.is_return
    FROM (
        SELECT *, row_number() OVER (PARTITION BY ticket_id, person ORDER BY turned_at) > 1 AS is_return FROM succession
    ) AS s
    JOIN place AS p ON p.ticket_id = s.ticket_id AND p.from_at <= s.turned_at AND s.turned_at < p.until_at
    WHERE s.former IS NOT NULL
    UNION ALL
    SELECT ticket_id, 'queue', queue, from_at, former, queue, is_return FROM moved WHERE former IS NOT NULL
),
practice AS (
    SELECT source, queue, valid_from, valid_until, (definition->>'silent_days')::INTEGER AS silent_days,
        (definition->>'dead_days')::INTEGER AS dead_days
    FROM queue_practice WHERE kind = 'ownership'
)
