-- Time is summed as ends minus beginnings, in whole microseconds: the stages add up to the time open exactly. A closed
-- ticket is in stage done, so what is left of done is time in a Done column while open; what no stage holds is not
-- mapped. An outcome: see outcomes.py.
WITH ticket AS (FROM live_ticket($as_of) SEMI JOIN (/* concerned */) AS c USING (ticket_id)),
stood AS (
    SELECT ticket_id, stage, greatest(from_at, opened_at) AS from_at,
        epoch_us(greatest(coalesce(until_at, $as_of), opened_at)) - epoch_us(greatest(from_at, opened_at)) AS lasted
    FROM stage_spell($as_of) JOIN ticket USING (ticket_id)
),
staged AS (
    SELECT ticket_id, min(from_at) FILTER (stage = 'active') AS first_active_at,
        coalesce(sum(lasted) FILTER (stage = 'new'), 0) AS new,
        coalesce(sum(lasted) FILTER (stage = 'triaged'), 0) AS triaged,
        coalesce(sum(lasted) FILTER (stage = 'active'), 0) AS active,
        coalesce(sum(lasted) FILTER (stage = 'waiting'), 0) AS waiting,
        sum(lasted) FILTER (stage = 'done') AS done
    FROM stood GROUP BY ticket_id
),
lasted AS (
    SELECT ticket_id, is_open, from_at, from_seq, until_at IS NULL AS is_last,
        epoch_us(greatest(coalesce(until_at, $as_of), opened_at)) - epoch_us(greatest(from_at, opened_at)) AS lasted
    FROM open_spell($as_of) JOIN ticket USING (ticket_id)
),
opened AS (
    SELECT ticket_id, bool_or(NOT is_open) FILTER (is_last) AS is_finished,
        max(from_at) FILTER (is_last AND NOT is_open) AS last_done_at,
        max(from_seq) FILTER (is_last AND NOT is_open) AS done_seq,
        coalesce(sum(lasted) FILTER (is_open), 0) AS open, coalesce(sum(lasted) FILTER (NOT is_open), 0) AS closed
    FROM lasted GROUP BY ticket_id
),
-- The queue it was in when it was done, or is in.
placed AS (
    SELECT o.ticket_id, q.value AS queue
    FROM opened AS o
    JOIN (FROM spell($as_of) WHERE field = 'queue') AS q ON q.ticket_id = o.ticket_id
        AND (q.until_at IS NULL OR (o.last_done_at, o.done_seq) < (q.until_at, q.until_seq))
        AND (o.last_done_at IS NULL OR (q.from_at, q.from_seq) <= (o.last_done_at, o.done_seq))
),
measured AS (
    SELECT t.ticket_id, t.key, p.queue, t.opened_at, s.first_active_at, o.last_done_at, o.is_finished,
        coalesce(s.new, 0) AS new, coalesce(s.triaged, 0) AS triaged, coalesce(s.active, 0) AS active,
        coalesce(s.waiting, 0) AS waiting, coalesce(s.done - o.closed, 0) AS done, o.open,
        epoch_us(coalesce(o.last_done_at, $as_of)) AS ended
    FROM ticket AS t
    JOIN opened AS o USING (ticket_id)
    LEFT JOIN staged AS s USING (ticket_id)
    LEFT JOIN placed AS p USING (ticket_id)
)
SELECT ticket_id, key, queue, opened_at, first_active_at, last_done_at, is_finished,
    new / 1e6 AS new_seconds, triaged / 1e6 AS triaged_seconds, active / 1e6 AS active_seconds,
    waiting / 1e6 AS waiting_seconds, (open - new - triaged - active - waiting - done) / 1e6 AS unmapped_seconds,
    done / 1e6 AS done_seconds, open / 1e6 AS open_seconds,
    CASE WHEN is_finished THEN (ended - epoch_us(first_active_at)) / 1e6 END AS cycle_seconds,
    CASE WHEN is_finished THEN (ended - epoch_us(opened_at)) / 1e6 END AS lead_seconds,
    (ended - epoch_us(first_active_at)) / 1e6 AS cycle_lasted_seconds,
    (ended - epoch_us(opened_at)) / 1e6 AS lead_lasted_seconds,
    active / nullif(active + waiting + triaged, 0) AS flow_efficiency
FROM measured
