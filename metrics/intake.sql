-- Every ticket opened in [$since, $until) in a queue with a checklist: which checks apply to it, and which of them it
-- keeps. `intake_answer` says which tickets were answered in time; intake.py writes in the rows of checklist.sql.
WITH practice AS (
    SELECT DISTINCT version, (definition->'checks')::VARCHAR[] AS checks, definition->>'promise' AS promise,
        (definition->'only')::VARCHAR[] AS only_priorities
    FROM queue_practice WHERE kind = 'intake'
),
-- Trackers that have projects, and those that have priorities: elsewhere, none can be missing.
with_projects AS (SELECT source FROM fact.told_of WHERE field = 'project' AND since_at < $as_of),
with_priorities AS (SELECT source FROM fact.told_of WHERE field = 'priority' AND since_at < $as_of),
checked AS (
    SELECT a.ticket_id, a.key, a.queue, a.version, a.opened_at, a.is_open, a.priority, v.only_priorities,
        if(list_contains(v.checks, 'title'), a.has_title, NULL) AS has_title,
        if(list_contains(v.checks, 'description'), a.has_description, NULL) AS has_description,
        if(list_contains(v.checks, 'project') AND a.source IN (FROM with_projects), a.has_project, NULL) AS has_project,
        if(list_contains(v.checks, 'priority') AND a.source IN (FROM with_priorities), a.priority IS NOT NULL, NULL)
            AS has_priority,
        if(list_contains(v.checks, 'acknowledged'), k.is_met, NULL) AS has_acknowledgement,
        if(list_contains(v.checks, 'eta'), a.has_eta, NULL) AS has_eta,
        if(list_contains(v.checks, 'original'), a.is_original, NULL) AS is_original
    FROM /* rows */ AS a
    JOIN practice AS v USING (version)
    LEFT JOIN (
        SELECT ticket_id, policy, bool_and(is_met) AS is_met FROM intake_answer
        GROUP BY GROUPING SETS ((ticket_id, policy), (ticket_id))
    ) AS k ON k.ticket_id = a.ticket_id AND k.policy IS NOT DISTINCT FROM v.promise
    WHERE ($since IS NULL OR a.opened_at >= $since) AND ($until IS NULL OR a.opened_at < $until)
        AND ($queues IS NULL OR list_contains($queues, a.queue))
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
