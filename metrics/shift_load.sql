-- What each shift met with, and what it left behind: see metrics/shift_load.py. All that happened between $begun and
-- $ended is looked at, the span of the shifts asked for, and what was over before is left out from the beginning.
WITH duty_piece AS MATERIALIZED (FROM duty($as_of)),
shift AS (
    SELECT shift_id, role, person_id, person, zone, starts_at, ends_at, middle_at, is_running, version, burden,
        least(ends_at, $as_of) AS handed_over_at
    FROM duty_piece
    WHERE ($since IS NULL OR middle_at >= $since) AND ($until IS NULL OR middle_at < $until)
        AND ($role IS NULL OR role = $role)
    GROUP BY ALL
),
answered AS (
    SELECT * FROM role_queue WHERE $queues IS NULL OR list_contains($queues, queue)
),
present AS MATERIALIZED (
    SELECT ticket_id, queue, from_at, coalesce(until_at, TIMESTAMP '9999-12-31') AS until_at,
        CASE WHEN departure = 'closed' THEN until_at END AS closed_at
    FROM presence($as_of) SEMI JOIN answered USING (queue)
    WHERE $begun IS NULL OR until_at IS NULL OR until_at >= $begun
),
stay AS MATERIALIZED (
    FROM triage_stay($as_of) SEMI JOIN answered USING (queue)
    WHERE $begun IS NULL OR triaged_at IS NULL OR triaged_at >= $begun
),
-- What others did is nobody's load on this shift, but for what arrived.
met AS (
    SELECT d.shift_id, count(*) FILTER (e.what = 'arrived') AS arrivals,
        count(*) FILTER (e.what = 'arrived' AND e.urgent_at < d.handed_over_at) AS urgent_arrivals,
        count(DISTINCT e.ticket_id) FILTER (e.what = 'triaged') AS triaged_tickets,
        count(DISTINCT e.ticket_id) FILTER (e.what = 'finished') AS finished_tickets
    FROM (FROM fact.duty_event ANTI JOIN unborn($as_of) USING (ticket_id)) AS e
    JOIN (
        SELECT w.*, s.handed_over_at FROM duty_day($as_of) AS w JOIN shift AS s USING (shift_id)
    ) AS d ON d.queue = e.queue AND d.day = e.moment_at::DATE
    WHERE e.what <> 'urgent' AND (e.what = 'arrived' OR e.doer IS NOT NULL) AND e.moment_at < $as_of
        AND ($begun IS NULL OR e.moment_at >= $begun) AND ($ended IS NULL OR e.moment_at < $ended)
        AND ($queues IS NULL OR list_contains($queues, e.queue))
        AND e.moment_at >= d.stretch_at AND e.moment_at < d.stretch_until_at
        AND (e.what = 'arrived' OR e.doer = d.person_id OR coalesce(list_contains(e.others, d.person_id), false))
    GROUP BY d.shift_id
),
-- Of what stood open when a shift ended only the instants are joined on: a join on the queue first would compare every
-- ticket of a queue with every shift.
handover AS (SELECT DISTINCT handed_over_at FROM shift),
waiting AS (
    SELECT s.ticket_id, s.queue, h.handed_over_at
    FROM handover AS h JOIN (
        SELECT ticket_id, queue, entered_at,
            least(coalesce(left_at, TIMESTAMP '9999-12-31'), coalesce(triaged_at, TIMESTAMP '9999-12-31')) AS until_at
        FROM stay WHERE rule IS NOT NULL
    ) AS s ON s.entered_at < h.handed_over_at AND s.until_at >= h.handed_over_at
),
untriaged AS (
    SELECT w.ticket_id, w.queue, w.handed_over_at FROM waiting AS w JOIN present AS p USING (ticket_id, queue)
    WHERE p.from_at < w.handed_over_at AND p.until_at >= w.handed_over_at
),
silent AS (
    SELECT s.ticket_id, s.queue, h.handed_over_at
    FROM handover AS h JOIN (
        SELECT ticket_id, queue, from_at, coalesce(until_at, TIMESTAMP '9999-12-31') AS until_at
        FROM silence($as_of) SEMI JOIN answered USING (queue)
    ) AS s ON s.from_at < h.handed_over_at AND s.until_at >= h.handed_over_at
),
standing AS (
    SELECT handed_over_at, queue, count(*) FILTER (what = 'untriaged') AS untriaged_tickets,
        count(*) FILTER (what = 'silent') AS silent_tickets
    FROM (SELECT 'untriaged' AS what, * FROM untriaged UNION ALL SELECT 'silent', * FROM silent)
    GROUP BY handed_over_at, queue
),
left_behind AS (
    SELECT s.shift_id, sum(l.untriaged_tickets)::BIGINT AS untriaged_tickets,
        sum(l.silent_tickets)::BIGINT AS silent_tickets
    FROM standing AS l JOIN shift AS s USING (handed_over_at)
    SEMI JOIN answered AS a ON a.version = s.version AND a.queue = l.queue
    GROUP BY s.shift_id
),
ruled AS (SELECT DISTINCT kind FROM store.policy WHERE kind IN ('triage', 'ownership') AND valid_from < $as_of),
held AS (
    SELECT shift_id, sum(epoch_us(until_at) - epoch_us(from_at)) / 604800e6 AS held_weeks
    FROM duty_piece GROUP BY shift_id
)
SELECT s.shift_id, s.role, s.person, s.starts_at, s.ends_at, s.is_running, h.held_weeks,
    h.held_weeks * s.burden AS duty_weeks,
    CASE WHEN s.version IS NOT NULL THEN coalesce(m.arrivals, 0) END AS arrivals,
    CASE WHEN s.version IS NOT NULL THEN coalesce(m.urgent_arrivals, 0) END AS urgent_arrivals,
    CASE WHEN s.version IS NOT NULL THEN coalesce(m.triaged_tickets, 0) END AS triaged_tickets,
    CASE WHEN s.version IS NOT NULL THEN coalesce(m.finished_tickets, 0) END AS finished_tickets,
    CASE WHEN s.version IS NOT NULL AND 'triage' IN (FROM ruled) THEN coalesce(l.untriaged_tickets, 0) END
        AS untriaged_tickets,
    CASE WHEN s.version IS NOT NULL AND 'ownership' IN (FROM ruled) THEN coalesce(l.silent_tickets, 0) END
        AS silent_tickets,
    s.middle_at, s.person_id, s.zone, s.version
FROM shift AS s
JOIN held AS h USING (shift_id)
LEFT JOIN met AS m USING (shift_id)
LEFT JOIN left_behind AS l USING (shift_id)
WHERE $queues IS NULL OR s.version IN (SELECT version FROM answered)
ORDER BY s.starts_at, s.role, s.person, s.shift_id
