-- Every ticket opened in [$since, $until) in a queue with a checklist: which checks apply to it, and which of them it
-- keeps. intake.py writes in the rows of checklist.sql, and `intake_answer` says which promises were kept where they do
-- not: to tickets that move on after $as_of. A clock that a pause holds up is not decided.
-- Written down, a relation that is read three times would keep columns alive that nobody asks for.
WITH with_projects AS NOT MATERIALIZED (SELECT source FROM fact.told_of WHERE field = 'project' AND since_at < $as_of),
with_priorities AS NOT MATERIALIZED (SELECT source FROM fact.told_of WHERE field = 'priority' AND since_at < $as_of),
-- Trackers without projects, or without priorities, are asked for none.
practice AS NOT MATERIALIZED (
    SELECT source, version, definition->>'promise' AS promise, (definition->'only')::VARCHAR[] AS only_priorities,
        list_contains(checks, 'title') AS asks_title, list_contains(checks, 'description') AS asks_description,
        list_contains(checks, 'project') AND has_projects AS asks_project,
        list_contains(checks, 'priority') AND has_priorities AS asks_priority,
        list_contains(checks, 'acknowledged') AS asks_answer,
        list_contains(checks, 'eta') AS asks_eta, list_contains(checks, 'original') AS asks_original,
        asks_title::TINYINT + 2 * asks_description::TINYINT + 4 * asks_project::TINYINT + 8 * asks_priority::TINYINT
            + 16 * asks_eta::TINYINT + 32 * asks_original::TINYINT AS asked_checks
    FROM (
        SELECT DISTINCT source, version, definition, (definition->'checks')::VARCHAR[] AS checks,
            source IN (FROM with_projects) AS has_projects, source IN (FROM with_priorities) AS has_priorities
        FROM queue_practice WHERE kind = 'intake'
    )
),
-- By one promise, or by all that cover the ticket: whichever a checklist names.
answered AS (
    SELECT ticket_id, policy, bool_and(is_met) AS is_met FROM intake_answer
    WHERE policy IN (SELECT promise FROM practice) GROUP BY ticket_id, policy
    UNION ALL
    SELECT ticket_id, NULL, bool_and(is_met) FROM intake_answer
    WHERE EXISTS (FROM practice WHERE promise IS NULL) GROUP BY ticket_id
),
checked AS (
    SELECT a.ticket_id, a.key, a.queue, a.version, a.opened_at, a.is_open, a.priority, v.only_priorities,
        if(v.asks_title, a.has_title, NULL) AS has_title,
        if(v.asks_description, a.has_description, NULL) AS has_description,
        if(v.asks_project, a.has_project, NULL) AS has_project,
        if(v.asks_priority, a.priority IS NOT NULL, NULL) AS has_priority,
        if(v.asks_answer, CASE WHEN a.missed_at < $as_of THEN false WHEN a.is_kept THEN true ELSE k.is_met END, NULL)
            AS has_acknowledgement,
        if(v.asks_eta, a.has_eta, NULL) AS has_eta,
        if(v.asks_original, a.is_original, NULL) AS is_original,
        a.known_checks & v.asked_checks AS known_checks, a.kept_checks & v.asked_checks AS kept_checks
    FROM /* rows */ AS a
    JOIN practice AS v USING (source, version)
    LEFT JOIN answered AS k ON k.ticket_id = a.ticket_id AND k.policy IS NOT DISTINCT FROM v.promise
    WHERE ($since IS NULL OR a.opened_at >= $since) AND ($until IS NULL OR a.opened_at < $until)
        AND ($queues IS NULL OR list_contains($queues, a.queue))
),
-- Bits are counted: lists of the marks took longer than all the rest, and to add them up took half of it.
counted AS (
    SELECT *, bit_count(kept_checks) + coalesce(has_acknowledgement, false)::TINYINT AS kept,
        bit_count(known_checks) + (has_acknowledgement IS NOT NULL)::TINYINT AS applicable
    FROM checked
)
SELECT ticket_id, key, nullif(queue, '') AS queue, version, opened_at, is_open, has_title, has_description, has_project,
    has_priority, has_acknowledgement, has_eta, is_original,
    to_json(list_filter([
        if(NOT has_title, 'title', NULL), if(NOT has_description, 'description', NULL),
        if(NOT has_project, 'project', NULL), if(NOT has_priority, 'priority', NULL),
        if(NOT has_acknowledgement, 'acknowledged', NULL), if(NOT has_eta, 'eta', NULL),
        if(NOT is_original, 'original', NULL)
    ], lambda item: item IS NOT NULL)) AS missing,
    kept / nullif(applicable, 0) AS score,
    CASE WHEN len(only_priorities) = 0 THEN false ELSE NOT list_contains(only_priorities, priority) END
        AS is_out_of_scope,
    priority
FROM counted
