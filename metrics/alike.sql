-- Which wordings say nearly the same: pairs of the rows of `kind`. See wordings.py.
bound AS (
    SELECT min(alike) AS lowest, min(alike) / (2 - min(alike)) AS least
    FROM (SELECT (definition->>'alike')::DOUBLE AS alike FROM queue_practice WHERE kind = 'intake')
),
-- What is compared of each wording: its different words.
parted AS MATERIALIZED (SELECT wording, names, list_distinct(string_split(words, ' ')) AS words FROM kind),
-- Two titles that are alike share at least ceil(n × least) of the n words of either, and so at least three of the
-- rarest n - ceil(n × least) + 3, where two more are added that all have in common: these threes are where they meet.
spelled AS (SELECT wording, names, len(words) AS n, unnest(words || ['', ' ']) AS word FROM parted),
rarity AS (SELECT word, count(*) AS titles FROM spelled GROUP BY word),
rare AS MATERIALIZED (
    SELECT s.wording, s.names, s.n, row_number() OVER by_rarity AS place, s.word
    FROM spelled AS s JOIN rarity AS r USING (word) CROSS JOIN bound AS b
    WINDOW by_rarity AS (PARTITION BY s.wording ORDER BY trim(s.word) = '', r.titles, s.word)
    QUALIFY place <= s.n - ceil(s.n * b.least - 1e-9) + 3
),
three AS MATERIALIZED (
    SELECT a.wording, a.names, a.n, hash(a.word, b.word, c.word) AS place
    FROM rare AS a
    JOIN rare AS b ON b.wording = a.wording AND a.place < b.place
    JOIN rare AS c ON c.wording = a.wording AND b.place < c.place
),
met AS (
    SELECT DISTINCT a.wording, b.wording AS other_wording
    FROM three AS a JOIN three AS b ON a.place = b.place AND a.names = b.names AND a.wording < b.wording
    CROSS JOIN bound
    WHERE b.n >= a.n * least - 1e-9 AND a.n >= b.n * least - 1e-9
),
alike AS MATERIALIZED (
    SELECT m.wording, m.other_wording,
        2 * len(list_intersect(a.words, b.words)) / (len(a.words) + len(b.words)) AS similarity
    FROM met AS m
    JOIN parted AS a ON a.wording = m.wording
    JOIN parted AS b ON b.wording = m.other_wording
    WHERE similarity >= (SELECT lowest FROM bound) - 1e-9
)
