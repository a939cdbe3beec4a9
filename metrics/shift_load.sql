-- What each shift met with, and what it left behind: see metrics/shift_load.py. All that happened between $begun and
-- $ended is looked at, the span of the shifts asked for, and what was over before is left out from the beginning.
WITH duty_piece AS MATERIALIZED (FROM duty($as_of)),
shift AS (
    SELECT shift_id, role, person_id, person, zone, starts_at, ends_at, middle_at, is_running, version, burden,
        least(ends_at, $as_of) AS handed_over_at
    FROM duty_piece
    WHERE ($since IS NULL OR middle_at >= $since) AND ($until IS NULL OR middle_at < $until)
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
urgent AS (
    SELECT p.ticket_id, p.queue, p.from_at, min(greatest(u.from_at, p.from_at)) AS urgent_at
    FROM present AS p JOIN priority_spell($as_of) AS u USING (ticket_id)
    WHERE u.priority IN ('P0', 'P1') AND u.until_at IS DISTINCT FROM u.from_at
        AND u.from_at < p.until_at AND (u.until_at IS NULL OR u.until_at > p.from_at)
    GROUP BY ALL
),
change AS (
    SELECT 'arrived' AS what, p.ticket_id, p.queue, p.from_at AS moment_at, u.urgent_at
    FROM present AS p LEFT JOIN urgent AS u USING (ticket_id, queue, from_at)
    UNION ALL
    SELECT 'triaged', s.ticket_id, s.queue, s.triaged_at, NULL
    FROM stay AS s LEFT JOIN store.gone AS g ON g.ticket_id = s.ticket_id AND g.gone_at < $as_of
    WHERE s.triaged_at IS NOT NULL AND (g.gone_at IS NULL OR s.triaged_at < g.gone_at)
    UNION ALL
    SELECT 'finished', ticket_id, queue, closed_at, NULL FROM present WHERE closed_at IS NOT NULL
),
happened AS (
    FROM change
    WHERE ($begun IS NULL OR moment_at >= $begun) AND ($ended IS NULL OR moment_at < $ended)
),
asked AS (
    SELECT h.*, r.role
    FROM happened AS h
    JOIN (SELECT DISTINCT v.role, a.queue FROM answered AS a JOIN role_version AS v USING (version)) AS r USING (queue)
),
stretch AS MATERIALIZED (FROM duty_stretch($as_of) SEMI JOIN shift USING (shift_id)),
located AS (
    SELECT a.*, s.stretch_at
    FROM asked AS a
    ASOF JOIN (SELECT DISTINCT role, stretch_at, stretch_until_at FROM stretch) AS s
        ON s.role = a.role AND a.moment_at >= s.stretch_at
    WHERE a.moment_at < s.stretch_until_at
),
met AS MATERIALIZED (
    SELECT l.what, l.ticket_id, l.moment_at, l.urgent_at, s.shift_id, s.person_id
    FROM located AS l JOIN stretch AS s ON s.role = l.role AND s.stretch_at = l.stretch_at
    SEMI JOIN answered AS a ON a.version = s.version AND a.queue = l.queue
),
own AS (
    SELECT DISTINCT m.what, m.ticket_id, m.shift_id
    FROM (FROM met WHERE what <> 'arrived') AS m
    JOIN store.event AS e ON e.ticket_id = m.ticket_id AND e.occurred_at = m.moment_at
    LEFT JOIN actor AS a ON a.account_id = e.actor_id
    WHERE ($begun IS NULL OR e.occurred_at >= $begun)
        AND NOT coalesce(a.is_bot, false) AND coalesce(a.person_id, e.actor_id) = m.person_id
),
done AS (
    SELECT shift_id, count(DISTINCT ticket_id) FILTER (what = 'triaged') AS triaged_tickets,
        count(DISTINCT ticket_id) FILTER (what = 'finished') AS finished_tickets
    FROM own GROUP BY shift_id
),
arrived AS (
    SELECT m.shift_id, count(*) AS arrivals, count(*) FILTER (m.urgent_at < s.handed_over_at) AS urgent_arrivals
    FROM met AS m JOIN shift AS s USING (shift_id) WHERE m.what = 'arrived' GROUP BY m.shift_id
),
-- Which tickets were open when a shift ended. Of instants and queues only the instants are joined on: a join on
-- the queue first would compare every ticket of a queue with every shift.
standing AS MATERIALIZED (
    SELECT p.ticket_id, p.queue, h.handed_over_at
    FROM (SELECT DISTINCT handed_over_at FROM shift) AS h
    JOIN present AS p ON p.from_at < h.handed_over_at AND p.until_at >= h.handed_over_at
),
untriaged AS (
    SELECT o.ticket_id, o.queue, o.handed_over_at
    FROM standing AS o JOIN stay AS t ON t.ticket_id = o.ticket_id AND t.queue = o.queue
    WHERE t.rule IS NOT NULL AND t.entered_at < o.handed_over_at
        AND (t.left_at IS NULL OR t.left_at >= o.handed_over_at)
        AND (t.triaged_at IS NULL OR t.triaged_at >= o.handed_over_at)
),
-- A semi-join on anything but equality compares everything with everything: hence the DISTINCT.
owned AS (
    SELECT DISTINCT o.ticket_id, o.queue, o.handed_over_at
    FROM standing AS o JOIN spell($as_of) AS s USING (ticket_id)
    WHERE s.field = 'owner' AND s.from_at < o.handed_over_at
        AND (s.until_at IS NULL OR s.until_at >= o.handed_over_at)
),
claimed AS MATERIALIZED (
    SELECT o.ticket_id, o.queue, o.handed_over_at, t.source, t.opened_at
    FROM owned AS o JOIN stage_spell($as_of) AS s USING (ticket_id) JOIN store.ticket AS t USING (ticket_id)
    WHERE s.stage = 'active' AND s.from_at < o.handed_over_at
        AND (s.until_at IS NULL OR s.until_at >= o.handed_over_at)
),
spoken AS (
    SELECT c.ticket_id, c.queue, c.handed_over_at, c.source, coalesce(u.occurred_at, c.opened_at) AS spoken_at
    FROM claimed AS c
    ASOF LEFT JOIN (
        SELECT DISTINCT ticket_id, occurred_at FROM human_update($as_of) SEMI JOIN claimed USING (ticket_id)
    ) AS u
        ON u.ticket_id = c.ticket_id AND c.handed_over_at > u.occurred_at
),
silent AS (
    SELECT s.ticket_id, s.queue, s.handed_over_at
    FROM spoken AS s
    JOIN queue_practice AS p ON p.kind = 'ownership' AND p.source = s.source AND p.queue = s.queue
    WHERE s.spoken_at >= p.valid_from AND s.spoken_at < p.valid_until
        AND s.handed_over_at - s.spoken_at >= to_days((p.definition::JSON->>'silent_days')::INTEGER)
),
left_behind AS (
    SELECT s.shift_id, count(*) FILTER (l.what = 'untriaged') AS untriaged_tickets,
        count(*) FILTER (l.what = 'silent') AS silent_tickets
    FROM (SELECT 'untriaged' AS what, * FROM untriaged UNION ALL SELECT 'silent', * FROM silent) AS l
    JOIN shift AS s USING (handed_over_at)
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
    CASE WHEN s.version IS NOT NULL THEN coalesce(a.arrivals, 0) END AS arrivals,
    CASE WHEN s.version IS NOT NULL THEN coalesce(a.urgent_arrivals, 0) END AS urgent_arrivals,
    CASE WHEN s.version IS NOT NULL THEN coalesce(d.triaged_tickets, 0) END AS triaged_tickets,
    CASE WHEN s.version IS NOT NULL THEN coalesce(d.finished_tickets, 0) END AS finished_tickets,
    CASE WHEN s.version IS NOT NULL AND 'triage' IN (FROM ruled) THEN coalesce(l.untriaged_tickets, 0) END
        AS untriaged_tickets,
    CASE WHEN s.version IS NOT NULL AND 'ownership' IN (FROM ruled) THEN coalesce(l.silent_tickets, 0) END
        AS silent_tickets,
    s.middle_at, s.person_id, s.zone, s.version
FROM shift AS s
JOIN held AS h USING (shift_id)
LEFT JOIN arrived AS a USING (shift_id)
LEFT JOIN done AS d USING (shift_id)
LEFT JOIN left_behind AS l USING (shift_id)
WHERE $queues IS NULL OR s.version IN (SELECT version FROM answered)
ORDER BY s.starts_at, s.role, s.person, s.shift_id
