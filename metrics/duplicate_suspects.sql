-- Pairs of open tickets whose titles are near-identical. duplicate_suspects.py writes in a title's words and its names.
WITH practice AS (
    SELECT source, queue, valid_from, valid_until, (definition->>'alike')::DOUBLE AS alike
    FROM queue_practice WHERE kind = 'intake'
),
waiting AS (
    SELECT t.ticket_id, t.key, t.source, t.opened_at, q.queue, t.title AS seen
    FROM live_ticket($as_of) AS t
    SEMI JOIN (FROM open_spell($as_of) WHERE until_at IS NULL AND is_open) AS o USING (ticket_id)
    JOIN queue_of($as_of) AS q USING (ticket_id)
    WHERE NOT $is_within OR $queues IS NULL OR list_contains($queues, q.queue)
),
titled AS (
    SELECT ticket_id, arg_max(new, (occurred_at, seq)) AS title FROM fact.event SEMI JOIN waiting USING (ticket_id)
    WHERE field = 'title' AND occurred_at < $as_of GROUP BY ticket_id
),
read AS (
    SELECT w.* EXCLUDE (seen), coalesce(n.title, w.seen) AS title, p.alike
    FROM waiting AS w
    JOIN practice AS p ON p.source = w.source AND p.queue = w.queue
        AND w.opened_at >= p.valid_from AND w.opened_at < p.valid_until
    LEFT JOIN titled AS n USING (ticket_id)
),
said AS MATERIALIZED (SELECT * EXCLUDE (title), /* words */ AS words, to_json(/* names */)::VARCHAR AS names FROM read),
placed AS MATERIALIZED (
    SELECT *, first_value(ticket_id) OVER by_title AS first_id
    FROM said WHERE words IS NOT NULL
    WINDOW by_title AS (PARTITION BY words, names ORDER BY opened_at, ticket_id)
),
-- One of each wording: what is compared, as its different words.
kind AS MATERIALIZED (
    SELECT ticket_id, names, list_distinct(string_split(words, ' ')) AS words FROM placed WHERE ticket_id = first_id
),
bound AS (SELECT min(alike) AS lowest, min(alike) / (2 - min(alike)) AS least FROM placed),
-- Two titles that are alike share at least ceil(n × least) of the n words of either, and so at least three of the
-- rarest n - ceil(n × least) + 3, where two more are added that all have in common: these threes are where they meet.
spelled AS (SELECT ticket_id, names, len(words) AS n, unnest(words || ['', ' ']) AS word FROM kind),
rarity AS (SELECT word, count(*) AS titles FROM spelled GROUP BY word),
rare AS MATERIALIZED (
    SELECT s.ticket_id, s.names, s.n, row_number() OVER by_rarity AS place, s.word
    FROM spelled AS s JOIN rarity AS r USING (word) CROSS JOIN bound AS b
    WINDOW by_rarity AS (PARTITION BY s.ticket_id ORDER BY trim(s.word) = '', r.titles, s.word)
    QUALIFY place <= s.n - ceil(s.n * b.least - 1e-9) + 3
),
three AS MATERIALIZED (
    SELECT a.ticket_id, a.n, hash(a.names, a.word, b.word, c.word) AS place
    FROM rare AS a
    JOIN rare AS b ON b.ticket_id = a.ticket_id AND a.place < b.place
    JOIN rare AS c ON c.ticket_id = a.ticket_id AND b.place < c.place
),
met AS (
    SELECT DISTINCT a.ticket_id, b.ticket_id AS other_id
    FROM three AS a JOIN three AS b ON a.place = b.place AND a.ticket_id < b.ticket_id CROSS JOIN bound
    WHERE b.n >= a.n * least - 1e-9 AND a.n >= b.n * least - 1e-9
),
compared AS MATERIALIZED (
    SELECT m.ticket_id, m.other_id,
        2 * len(list_intersect(a.words, b.words)) / (len(a.words) + len(b.words)) AS similarity
    FROM met AS m
    JOIN kind AS a ON a.ticket_id = m.ticket_id
    JOIN kind AS b ON b.ticket_id = m.other_id AND b.names = a.names  -- two different places may have one hash
    WHERE similarity >= (SELECT lowest FROM bound) - 1e-9
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
