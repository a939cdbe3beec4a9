-- What of the checklist for new tickets is there at $as_of, of every ticket that one covers, by the version in force when
-- it was opened. Whether a check applies, intake.sql says. An outcome: see outcomes.py.
WITH practice AS (
    SELECT source, queue, version, valid_from, valid_until, (definition->'title_words')::INTEGER AS title_words,
        definition->>'promise' AS promise
    FROM queue_practice WHERE kind = 'intake'
),
arrived AS MATERIALIZED (
    SELECT t.ticket_id, t.key, t.source, t.title, t.description, t.opened_at, coalesce(s.queue, '') AS queue,
        p.version, p.title_words, p.promise
    FROM live_ticket($as_of) AS t SEMI JOIN (/* concerned */) AS c USING (ticket_id)
    LEFT JOIN first_stay($as_of) AS s USING (ticket_id)
    JOIN practice AS p ON p.source = t.source AND p.queue = coalesce(s.queue, '')
        AND t.opened_at >= p.valid_from AND t.opened_at < p.valid_until
),
happened AS MATERIALIZED (
    SELECT ticket_id, occurred_at, seq, field, old, new FROM fact.event SEMI JOIN arrived USING (ticket_id)
    WHERE field IN ('title', 'description', 'duplicate', 'link', 'custom.resolution')
),
held AS (
    SELECT ticket_id, field, lower(value) AS value FROM spell($as_of) SEMI JOIN arrived USING (ticket_id)
    WHERE until_at IS NULL AND field IN ('project', 'status', 'label')
),
titled AS (
    SELECT ticket_id, arg_max(new, (occurred_at, seq)) AS title FROM happened
    WHERE field = 'title' AND occurred_at < $as_of GROUP BY ticket_id
),
-- As the last change before the instant left it, or as the first one after it found it, or else as last seen.
described AS (
    SELECT ticket_id, bool_or(occurred_at < $as_of) AS is_told,
        arg_max_null(new, (occurred_at, seq)) FILTER (occurred_at < $as_of) AS left_as,
        arg_min_null(old, (occurred_at, seq)) FILTER (occurred_at >= $as_of) AS found_as
    FROM happened WHERE field = 'description' AND (old IS NOT NULL OR new IS NOT NULL) GROUP BY ticket_id
),
-- While a ticket was active, was there a date, or did somebody say something?
active AS (
    SELECT ticket_id, {moment: from_at, seq: from_seq} AS from_key,
        CASE WHEN until_at IS NOT NULL THEN {moment: until_at, seq: until_seq} END AS until_key
    FROM stage_spell($as_of) SEMI JOIN arrived USING (ticket_id) WHERE stage = 'active'
),
word AS (
    SELECT ticket_id, field, new, {moment: occurred_at, seq: seq} AS from_key
    FROM known_event($as_of) SEMI JOIN arrived USING (ticket_id)
    WHERE NOT is_bot AND (field = 'eta' OR field IN ('comment', 'note') AND NOT is_author)
),
reason AS (
    SELECT ticket_id, from_key, from_key AS until_key FROM word WHERE field <> 'eta'
    UNION ALL
    SELECT ticket_id, from_key, until_key FROM (
        SELECT *, lead(from_key) OVER (PARTITION BY ticket_id ORDER BY from_key) AS until_key
        FROM word WHERE field = 'eta'
    ) WHERE new IS NOT NULL
),
informed AS (
    SELECT a.ticket_id, bool_or(r.ticket_id IS NOT NULL AND (a.until_key IS NULL OR r.from_key < a.until_key)
        AND (r.until_key IS NULL OR r.until_key >= a.from_key)) AS has_eta
    FROM active AS a LEFT JOIN reason AS r USING (ticket_id) GROUP BY a.ticket_id
),
-- Ties to the ticket that was there first. Opening a ticket again takes back that it was closed as a duplicate.
tied AS (
    SELECT ticket_id, {moment: occurred_at, seq: seq} AS tied_key, field
    FROM happened
    WHERE occurred_at < $as_of AND (field = 'duplicate'
        OR field = 'link' AND regexp_matches(coalesce(new, old), '^(is_)?(duplicates|duplicate_of|merged_into) ', 'i'))
    WINDOW by_tie AS (
        PARTITION BY ticket_id, field, coalesce(new, old) ORDER BY occurred_at DESC, seq DESC, new NULLS LAST
    )
    QUALIFY row_number() OVER by_tie = 1 AND new IS NOT NULL
),
reopened AS (
    SELECT ticket_id, max({moment: from_at, seq: from_seq}) AS reopened_key
    FROM open_spell($as_of) SEMI JOIN arrived USING (ticket_id) WHERE is_open AND cycle > 1 GROUP BY ticket_id
),
resolved AS (
    SELECT ticket_id, arg_max_null(new, (occurred_at, seq)) AS value
    FROM happened WHERE field = 'custom.resolution' AND occurred_at < $as_of GROUP BY ticket_id
),
-- By the promise that the checklist names, or by all that cover the ticket, as facts tell it: the first deadline that
-- passed without an answer, and whether any promise was kept.
answered AS (
    SELECT a.ticket_id, min(j.due_at) FILTER (NOT coalesce(j.met_at <= j.due_at, false)) AS missed_at,
        bool_or(j.met_at <= j.due_at) AS is_kept
    FROM arrived AS a JOIN fact.judged AS j ON j.ticket_id = a.ticket_id AND j.policy = coalesce(a.promise, j.policy)
    WHERE j.clock = 'first_response' AND j.is_start AND j.paused_from_at IS NULL AND j.last_at < $as_of
    GROUP BY a.ticket_id
),
copy AS (
    SELECT ticket_id FROM tied LEFT JOIN reopened USING (ticket_id)
    WHERE field = 'link' OR reopened_key IS NULL OR tied_key > reopened_key
    UNION
    SELECT ticket_id FROM held WHERE field IN ('status', 'label') AND regexp_matches(value, '(^|[:/] ?)duplicates?$')
    UNION
    SELECT ticket_id FROM resolved WHERE lower(value) = 'duplicate'
),
checked AS (
    SELECT a.ticket_id, a.key, a.source, a.queue, a.version, a.opened_at, o.is_open, p.priority,
        len(regexp_extract_all(coalesce(n.title, a.title), '\S*[\pL\pN]\S*')) >= a.title_words AS has_title,
        regexp_matches(coalesce(
            CASE WHEN d.is_told THEN d.left_as WHEN NOT d.is_told THEN d.found_as ELSE a.description END, ''
        ), '\S') AS has_description,
        a.ticket_id IN (SELECT ticket_id FROM held WHERE field = 'project') AS has_project, i.has_eta,
        a.ticket_id NOT IN (FROM copy) AS is_original, w.missed_at, w.is_kept
    FROM arrived AS a
    LEFT JOIN titled AS n USING (ticket_id)
    LEFT JOIN described AS d USING (ticket_id)
    LEFT JOIN informed AS i USING (ticket_id)
    LEFT JOIN answered AS w USING (ticket_id)
    LEFT JOIN (FROM priority_spell($as_of) WHERE until_at IS NULL) AS p ON p.ticket_id = a.ticket_id
    LEFT JOIN (FROM open_spell($as_of) WHERE until_at IS NULL) AS o ON o.ticket_id = a.ticket_id
)
-- The same in numbers, for scores: which checks can be answered, and which are kept. intake.sql knows their places.
SELECT *,
    (has_title IS NOT NULL)::TINYINT + 2 * (has_description IS NOT NULL)::TINYINT + 4 + 8
        + 16 * (has_eta IS NOT NULL)::TINYINT + 32 AS known_checks,
    coalesce(has_title, false)::TINYINT + 2 * coalesce(has_description, false)::TINYINT + 4 * has_project::TINYINT
        + 8 * (priority IS NOT NULL)::TINYINT + 16 * coalesce(has_eta, false)::TINYINT + 32 * is_original::TINYINT
        AS kept_checks
FROM checked
