-- Every ticket opened in [$since, $until) in a queue with a checklist, by the version in force then: what of it is
-- there at $as_of. `intake_answer` says which tickets were answered in time.
WITH practice AS (
    SELECT source, queue, version, valid_from, valid_until,
        (definition->'checks')::VARCHAR[] AS checks, (definition->'title_words')::INTEGER AS title_words,
        definition->>'promise' AS promise, (definition->'only')::VARCHAR[] AS only_priorities
    FROM queue_practice WHERE kind = 'intake'
),
arrived AS MATERIALIZED (
    SELECT t.ticket_id, t.key, t.source, t.title, t.description, t.opened_at, coalesce(s.queue, '') AS queue,
        p.version, p.checks, p.title_words, p.promise, p.only_priorities
    FROM live_ticket($as_of) AS t
    LEFT JOIN first_stay($as_of) AS s USING (ticket_id)
    JOIN practice AS p ON p.source = t.source AND p.queue = coalesce(s.queue, '')
        AND t.opened_at >= p.valid_from AND t.opened_at < p.valid_until
    WHERE ($since IS NULL OR t.opened_at >= $since) AND ($until IS NULL OR t.opened_at < $until)
        AND ($queues IS NULL OR list_contains($queues, coalesce(s.queue, '')))
),
held AS (
    SELECT ticket_id, field, lower(value) AS value FROM spell($as_of) SEMI JOIN arrived USING (ticket_id)
    WHERE until_at IS NULL AND field IN ('project', 'status', 'label')
),
titled AS (
    SELECT ticket_id, arg_max(new, (occurred_at, seq)) AS title FROM store.event SEMI JOIN arrived USING (ticket_id)
    WHERE field = 'title' AND occurred_at < $as_of GROUP BY ticket_id
),
-- As the last change before the instant left it, or as the first one after it found it, or else as last seen.
described AS (
    SELECT ticket_id, bool_or(occurred_at < $as_of) AS is_told,
        arg_max_null(new, (occurred_at, seq)) FILTER (occurred_at < $as_of) AS left_as,
        arg_min_null(old, (occurred_at, seq)) FILTER (occurred_at >= $as_of) AS found_as
    FROM store.event SEMI JOIN arrived USING (ticket_id)
    WHERE field = 'description' AND (old IS NOT NULL OR new IS NOT NULL) GROUP BY ticket_id
),
-- Trackers that have projects, and those that have priorities: elsewhere, none can be missing.
with_projects AS (
    SELECT DISTINCT t.source FROM spell($as_of) AS s JOIN store.ticket AS t USING (ticket_id) WHERE s.field = 'project'
),
with_priorities AS (
    SELECT DISTINCT t.source FROM priority_spell($as_of) AS s JOIN store.ticket AS t USING (ticket_id)
    WHERE s.priority IS NOT NULL
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
    FROM store.event SEMI JOIN arrived USING (ticket_id)
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
    FROM store.event SEMI JOIN arrived USING (ticket_id)
    WHERE field = 'custom.resolution' AND occurred_at < $as_of GROUP BY ticket_id
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
    SELECT a.*, o.is_open, p.priority,
        CASE WHEN list_contains(a.checks, 'title')
            THEN len(regexp_extract_all(coalesce(n.title, a.title), '\S*[\pL\pN]\S*')) >= a.title_words
            END AS has_title,
        CASE WHEN list_contains(a.checks, 'description')
            THEN regexp_matches(coalesce(
                CASE WHEN d.is_told THEN d.left_as WHEN NOT d.is_told THEN d.found_as ELSE a.description END, ''
            ), '\S') END AS has_description,
        CASE WHEN list_contains(a.checks, 'project') AND a.source IN (FROM with_projects)
            THEN a.ticket_id IN (SELECT ticket_id FROM held WHERE field = 'project') END AS has_project,
        CASE WHEN list_contains(a.checks, 'priority') AND a.source IN (FROM with_priorities)
            THEN p.priority IS NOT NULL END AS has_priority,
        CASE WHEN list_contains(a.checks, 'acknowledged') THEN k.is_met END AS has_acknowledgement,
        CASE WHEN list_contains(a.checks, 'eta') THEN i.has_eta END AS has_eta,
        CASE WHEN list_contains(a.checks, 'original') THEN a.ticket_id NOT IN (FROM copy) END AS is_original
    FROM arrived AS a
    LEFT JOIN titled AS n USING (ticket_id)
    LEFT JOIN described AS d USING (ticket_id)
    LEFT JOIN informed AS i USING (ticket_id)
    LEFT JOIN (FROM priority_spell($as_of) WHERE until_at IS NULL) AS p ON p.ticket_id = a.ticket_id
    LEFT JOIN (FROM open_spell($as_of) WHERE until_at IS NULL) AS o ON o.ticket_id = a.ticket_id
    LEFT JOIN (
        SELECT ticket_id, policy, bool_and(is_met) AS is_met FROM intake_answer
        GROUP BY GROUPING SETS ((ticket_id, policy), (ticket_id))
    ) AS k ON k.ticket_id = a.ticket_id AND k.policy IS NOT DISTINCT FROM a.promise
),
marked AS (
    SELECT *, [
        {item: 'title', holds: has_title}, {item: 'description', holds: has_description},
        {item: 'project', holds: has_project}, {item: 'priority', holds: has_priority},
        {item: 'acknowledged', holds: has_acknowledgement}, {item: 'eta', holds: has_eta},
        {item: 'original', holds: is_original}
    ] AS marks
    FROM checked
)
SELECT ticket_id, key, nullif(queue, '') AS queue, version, opened_at, is_open, has_title, has_description, has_project,
    has_priority, has_acknowledgement, has_eta, is_original,
    to_json([mark.item for mark in marks if NOT mark.holds]) AS missing,
    len([1 for mark in marks if mark.holds]) / nullif(len([1 for mark in marks if mark.holds IS NOT NULL]), 0) AS score,
    CASE WHEN len(only_priorities) = 0 THEN false ELSE NOT list_contains(only_priorities, priority) END
        AS is_out_of_scope,
    priority
FROM marked
ORDER BY opened_at, ticket_id
