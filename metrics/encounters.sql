-- What shifts met with, and what they left behind: see metrics/encounters.py. All that happened between $begun and
-- $ended is looked at, the span of the shifts asked for, and what was over before is left out from the beginning.
WITH shift AS MATERIALIZED (
    SELECT DISTINCT shift_id, ends_at, version, least(ends_at, $as_of) AS handed_over_at
    FROM duty($as_of)
    WHERE ends_at > $over AND ($since IS NULL OR middle_at >= $since) AND ($until IS NULL OR middle_at < $until)
        AND ($role IS NULL OR role = $role)
),
answered AS (FROM role_queue SEMI JOIN shift USING (version)),
present AS MATERIALIZED (
    SELECT ticket_id, queue, from_at, coalesce(until_at, TIMESTAMP '9999-12-31') AS until_at
    FROM presence($as_of) SEMI JOIN answered USING (queue)
    WHERE $begun IS NULL OR until_at IS NULL OR until_at >= $begun
),
stay AS MATERIALIZED (
    FROM triage_stay($as_of) SEMI JOIN answered USING (queue)
    WHERE $begun IS NULL OR triaged_at IS NULL OR triaged_at >= $begun
),
-- What others did is nobody's load on this shift, but for what arrived.
met AS MATERIALIZED (
    SELECT d.shift_id, e.what, e.ticket_id, e.queue, e.urgent_at < d.handed_over_at AS was_urgent
    FROM (FROM fact.duty_event ANTI JOIN unborn($as_of) USING (ticket_id)) AS e
    JOIN (
        SELECT w.*, s.handed_over_at FROM duty_day($as_of) AS w JOIN shift AS s USING (shift_id)
    ) AS d ON d.queue = e.queue AND d.day = e.moment_at::DATE
    WHERE e.what <> 'urgent' AND e.moment_at < $as_of
        AND ($begun IS NULL OR e.moment_at >= $begun) AND ($ended IS NULL OR e.moment_at < $ended)
        AND e.moment_at >= d.stretch_at AND e.moment_at < d.stretch_until_at
        AND (e.what = 'arrived' OR e.doer = d.person_id OR list_contains(e.others, d.person_id))
),
-- A ticket that is triaged in two queues during one shift is one ticket.
done AS (
    SELECT shift_id, what, list_sort(list(DISTINCT queue)) AS queues
    FROM met WHERE what <> 'arrived' GROUP BY shift_id, what, ticket_id
),
-- Of what stood open when a shift ended only the instants are joined on: a join on the queue first would compare every
-- ticket of a queue with every shift.
handover AS (SELECT DISTINCT handed_over_at FROM shift),
waiting AS (
    SELECT s.ticket_id, s.queue, h.handed_over_at
    FROM handover AS h JOIN (
        SELECT ticket_id, queue, entered_at, coalesce(least(left_at, triaged_at), TIMESTAMP '9999-12-31') AS until_at
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
    SELECT handed_over_at, 'untriaged_tickets' AS what, queue, count(*) AS tickets FROM untriaged GROUP BY ALL
    UNION ALL
    SELECT handed_over_at, 'silent_tickets', queue, count(*) FROM silent GROUP BY ALL
),
encounter AS (
    SELECT shift_id, 'arrivals' AS what, [queue] AS queues, count(*) AS tickets
    FROM met WHERE what = 'arrived' GROUP BY shift_id, queue
    UNION ALL
    SELECT shift_id, 'urgent_arrivals', [queue], count(*)
    FROM met WHERE was_urgent GROUP BY shift_id, queue
    UNION ALL
    SELECT shift_id, what || '_tickets', queues, count(*) FROM done GROUP BY shift_id, what, queues
    UNION ALL
    SELECT s.shift_id, l.what, [l.queue], l.tickets
    FROM standing AS l JOIN shift AS s USING (handed_over_at)
    SEMI JOIN answered AS a ON a.version = s.version AND a.queue = l.queue
)
SELECT e.*, s.ends_at FROM encounter AS e JOIN shift AS s USING (shift_id)
