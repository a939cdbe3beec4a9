-- Work in the window per subject and person: see metrics/concentration.py.
WITH duty_time AS (
    SELECT 'role' AS kind, role AS subject, person_id, any_value(person) AS person,
        sum(epoch_us(least(until_at, $until)) - epoch_us(greatest(from_at, $since))) // 1000000 AS amount
    FROM duty($as_of)
    WHERE from_at < $until AND until_at > $since
        AND ($queues IS NULL OR version IN (SELECT version FROM role_queue WHERE list_contains($queues, queue)))
    GROUP BY role, person_id
),
-- Only the window's events, with who they are from. The opening is no work on a ticket, nor are the author's own words;
-- nor is tidying up: of a real queue, one account had locked more than half of the tickets and worked on none.
act AS (
    SELECT e.ticket_id, e.occurred_at,
        coalesce(a.person_id, e.actor_id) AS person_id, coalesce(a.name, e.actor_id) AS person
    FROM store.event AS e
    JOIN store.ticket AS t USING (ticket_id)
    LEFT JOIN actor AS a ON a.account_id = e.actor_id
    LEFT JOIN actor AS author ON author.account_id = t.author_id
    WHERE e.occurred_at >= $since AND e.occurred_at < $until AND e.occurred_at > t.opened_at
        AND e.actor_id IS NOT NULL AND NOT coalesce(a.is_bot, false)
        AND e.field NOT IN ('other', 'lock', 'visibility', 'comment_deleted')
        AND NOT (e.field IN ('comment', 'note', 'title', 'description')
            AND coalesce(a.person_id, e.actor_id) IS NOT DISTINCT FROM coalesce(author.person_id, t.author_id))
),
worked AS (
    SELECT 'queue' AS kind, q.queue AS subject, a.person_id, any_value(a.person) AS person,
        count(DISTINCT a.ticket_id) AS amount
    FROM act AS a JOIN queue_span($as_of) AS q ON q.ticket_id = a.ticket_id AND a.occurred_at > q.from_key.moment
        AND (q.until_key IS NULL OR a.occurred_at <= q.until_key.moment)
    WHERE q.queue <> '' AND ($queues IS NULL OR list_contains($queues, q.queue))
    GROUP BY q.queue, a.person_id
),
closing AS (
    SELECT p.ticket_id, p.queue, coalesce(a.person_id, o.actor_id) AS person_id, coalesce(a.name, o.actor_id) AS person
    FROM presence($as_of) AS p
    JOIN (FROM open_spell($as_of) WHERE NOT is_open AND actor_id IS NOT NULL AND NOT is_bot) AS o
        ON o.ticket_id = p.ticket_id AND o.from_at = p.until_at
    LEFT JOIN actor AS a ON a.account_id = o.actor_id
    WHERE p.departure = 'closed' AND p.until_at >= $since AND p.until_at < $until
        AND ($queues IS NULL OR list_contains($queues, p.queue))
),
closed AS (
    SELECT 'closed' AS kind, 'all queues' AS subject, person_id, any_value(person) AS person,
        count(DISTINCT ticket_id) AS amount
    FROM closing GROUP BY person_id
),
carried AS (FROM duty_time UNION ALL FROM worked UNION ALL FROM closed)
SELECT kind, subject, person, amount, amount / sum(amount) OVER by_subject AS share,
    rank() OVER (PARTITION BY kind, subject ORDER BY amount DESC) AS rank
FROM carried WHERE amount > 0
WINDOW by_subject AS (PARTITION BY kind, subject)
ORDER BY array_position(['role', 'queue', 'closed'], kind), subject, amount DESC, person, person_id
