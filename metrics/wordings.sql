-- What titles say. wordings.py writes in the tickets they are of, with their events; a title's words and its names; and
-- when those asked for were the titles: from_at and until_at of each.
told AS (
    SELECT ticket_id, occurred_at, seq, new AS title FROM {event} SEMI JOIN {tickets} USING (ticket_id)
    WHERE field = 'title' AND new IS NOT NULL
),
-- A tracker that does not tell how a title was tells how it is.
titled AS (
    SELECT ticket_id, title, occurred_at AS from_at, lead(occurred_at) OVER by_title AS until_at
    FROM told WINDOW by_title AS (PARTITION BY ticket_id ORDER BY occurred_at, seq)
    UNION ALL
    SELECT ticket_id, t.title, TIMESTAMP '0001-01-01', n.until_at
    FROM {ticket} AS t SEMI JOIN {tickets} USING (ticket_id)
    LEFT JOIN (SELECT ticket_id, min(occurred_at) AS until_at FROM told GROUP BY ticket_id) AS n USING (ticket_id)
    WHERE n.until_at IS NULL OR n.until_at > t.opened_at
),
asked AS MATERIALIZED (FROM titled WHERE {when}),
said AS MATERIALIZED (
    SELECT title, {words} AS words, to_json({names})::VARCHAR AS names FROM (SELECT DISTINCT title FROM asked)
),
kind AS MATERIALIZED (
    SELECT row_number() OVER (ORDER BY words, names) AS wording, words, names
    FROM said WHERE words IS NOT NULL GROUP BY words, names
),
wording AS (
    SELECT a.ticket_id, a.from_at, a.until_at, k.wording
    FROM asked AS a JOIN said USING (title) JOIN kind AS k USING (words, names)
)
