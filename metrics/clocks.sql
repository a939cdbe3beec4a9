-- The clocks that promises run on. One row per time a clock ran: what it ran for, since when, when the promise was
-- met (NULL: not yet), and when it was withdrawn because the ticket left the queue or was gone (NULL: it was not).
-- Clocks between configured milestones are built per policy: see metrics/slo_clocks.py.

-- A value as a milestone's pattern names it: in lower case, an owner by the login alone.
CREATE MACRO said(field, value) AS lower(if(field = 'owner', split_part(value, '/', -1), value));

-- What people do that counts as word of progress.
CREATE MACRO human_update(instant) AS TABLE
SELECT ticket_id, occurred_at, seq FROM known_event(instant)
WHERE field IN ('comment', 'note', 'description', 'status', 'owner', 'eta') AND NOT is_bot AND actor_id IS NOT NULL;

-- The gaps between updates while a ticket is open at one priority, the running one included.
CREATE MACRO update_gap(instant) AS TABLE
WITH mark AS (
    SELECT ticket_id, queue, from_at AS marked_at, from_at, until_at, departure, true AS is_update
    FROM presence(instant)
    UNION ALL
    SELECT p.ticket_id, p.queue, u.occurred_at, p.from_at, p.until_at, p.departure, true
    FROM presence(instant) AS p
    JOIN human_update(instant) AS u ON u.ticket_id = p.ticket_id
        AND u.occurred_at > p.from_at AND (p.until_at IS NULL OR u.occurred_at <= p.until_at)
    UNION ALL
    SELECT p.ticket_id, p.queue, s.from_at, p.from_at, p.until_at, p.departure, false
    FROM presence(instant) AS p
    JOIN priority_spell(instant) AS s ON s.ticket_id = p.ticket_id
        AND s.from_at > p.from_at AND (p.until_at IS NULL OR s.from_at < p.until_at)
),
joined AS (
    SELECT ticket_id, queue, marked_at, from_at, until_at, bool_or(is_update) AS is_update FROM mark GROUP BY ALL
),
gap AS (
    SELECT ticket_id, queue, marked_at AS started_at, until_at,
        lead(marked_at) OVER by_mark AS next_at, lead(is_update) OVER by_mark AS is_updated
    FROM joined
    WINDOW by_mark AS (PARTITION BY ticket_id, queue, from_at ORDER BY marked_at)
)
SELECT ticket_id, queue, row_number() OVER (PARTITION BY ticket_id, queue ORDER BY started_at) AS cycle, started_at,
    CASE WHEN is_updated THEN next_at END AS met_at,
    CASE WHEN NOT is_updated THEN next_at WHEN next_at IS NULL THEN until_at END AS withdrawn_at
FROM gap WHERE until_at IS NULL OR started_at < until_at;

CREATE MACRO clock(instant) AS TABLE
SELECT 'triage' AS clock, ticket_id, queue, cycle, entered_at AS started_at, triaged_at AS met_at, left_at AS withdrawn_at
FROM triage_stay(instant)
UNION ALL
SELECT 'first_response', t.ticket_id, s.queue, 1, t.opened_at, w.responded_at, NULL
FROM live_ticket(instant) AS t
JOIN first_stay(instant) AS s USING (ticket_id)
LEFT JOIN first_word(instant) AS w USING (ticket_id)
UNION ALL
SELECT 'resolve', ticket_id, queue, row_number() OVER (PARTITION BY ticket_id, queue ORDER BY from_at), from_at,
    CASE WHEN departure = 'closed' THEN until_at END, CASE WHEN departure <> 'closed' THEN until_at END
FROM presence(instant)
UNION ALL
SELECT 'update', * FROM update_gap(instant);
