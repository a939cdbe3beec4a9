-- Pairs of open tickets whose titles are near-identical. duplicate_suspects.py writes in what wordings.py tells.
WITH practice AS (
    SELECT source, queue, valid_from, valid_until, (definition->>'alike')::DOUBLE AS alike
    FROM queue_practice WHERE kind = 'intake'
),
waiting AS MATERIALIZED (
    SELECT t.ticket_id, t.key, t.source, t.opened_at, t.title, q.queue
    FROM live_ticket($as_of) AS t
    SEMI JOIN (FROM open_spell($as_of) WHERE until_at IS NULL AND is_open) AS o USING (ticket_id)
    JOIN queue_of($as_of) AS q USING (ticket_id)
    WHERE NOT $is_within OR $queues IS NULL OR list_contains($queues, q.queue)
),
/* wordings */,
placed AS MATERIALIZED (
    SELECT w.* EXCLUDE (source, title), p.alike, s.wording, first_value(w.ticket_id) OVER by_wording AS first_id
    FROM waiting AS w
    JOIN practice AS p ON p.source = w.source AND p.queue = w.queue
        AND w.opened_at >= p.valid_from AND w.opened_at < p.valid_until
    JOIN wording AS s ON s.ticket_id = w.ticket_id
        AND s.from_at < $as_of AND (s.until_at IS NULL OR s.until_at >= $as_of)
    WINDOW by_wording AS (PARTITION BY s.wording ORDER BY w.opened_at, w.ticket_id)
),
-- One ticket of each wording is compared.
first AS (SELECT ticket_id, wording FROM placed WHERE ticket_id = first_id),
compared AS MATERIALIZED (
    SELECT a.ticket_id, b.ticket_id AS other_id, k.similarity
    FROM alike AS k JOIN first AS a ON a.wording = k.wording JOIN first AS b ON b.wording = k.other_wording
),
pair AS (
    SELECT ticket_id, first_id AS other_id, 1.0::DOUBLE AS similarity FROM placed WHERE ticket_id <> first_id
    UNION ALL
    FROM compared
    UNION ALL
    SELECT other_id, ticket_id, similarity FROM compared
),
-- The later of the two is the one that is suspected, and its checklist says how alike is too alike.
ordered AS (
    SELECT a.*, b.ticket_id AS other_id, b.key AS other_key, b.queue AS other_queue, b.opened_at AS other_opened_at,
        p.similarity
    FROM pair AS p JOIN placed AS a ON a.ticket_id = p.ticket_id JOIN placed AS b ON b.ticket_id = p.other_id
    WHERE (b.opened_at, b.ticket_id) < (a.opened_at, a.ticket_id)
)
SELECT ticket_id, key, other_id, other_key, nullif(queue, '') AS queue, nullif(other_queue, '') AS other_queue,
    similarity, opened_at, other_opened_at, queue = other_queue AS is_same_queue
FROM ordered
WHERE similarity >= alike - 1e-9
    AND ($queues IS NULL OR list_contains($queues, queue) OR list_contains($queues, other_queue))
    AND ($since IS NULL OR opened_at >= $since) AND ($until IS NULL OR opened_at < $until)
ORDER BY similarity DESC, opened_at, ticket_id, other_id
