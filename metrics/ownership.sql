-- Who held a ticket when. What follows this file selects from `holder` (whose the ticket was since when).
-- What happened within one second is one step: only what holds when it is over counts. Python writes in which
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
practice AS (
    SELECT source, queue, valid_from, valid_until, (definition->>'silent_days')::INTEGER AS silent_days,
        (definition->>'dead_days')::INTEGER AS dead_days
    FROM queue_practice WHERE kind = 'ownership'
)
