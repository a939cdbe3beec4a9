-- What was promised after each incident that has ended, and what became of it. $reviews: see incident_reviews.py.
WITH review AS (
    SELECT unnest(from_json($reviews, '[{"version": "VARCHAR", "priorities": ["VARCHAR"], "start_days": "INTEGER",
        "debrief_days": "INTEGER", "sections": [{"name": "VARCHAR", "pattern": "VARCHAR"}],
        "aspirational": ["VARCHAR"]}]'), recursive := true)
),
known AS MATERIALIZED (FROM incident_ticket($as_of)),
recognised AS (FROM known WHERE withdrawn_at IS NULL),
milestone AS MATERIALIZED (FROM incident_milestone_in('known', $as_of)),
ended AS MATERIALIZED (
    SELECT ticket_id, min(happened_at) FILTER (milestone = 'detected') AS detected_at,
        coalesce(min(happened_at) FILTER (milestone = 'resolved'), min(happened_at) FILTER (milestone = 'mitigated'))
            AS ended_at
    FROM milestone GROUP BY ticket_id HAVING ended_at IS NOT NULL
),
past AS MATERIALIZED (
    SELECT t.ticket_id, t.key, r.version, least(t.opened_at, e.detected_at) AS began_at, e.ended_at,
        greatest(e.ended_at, r.recognised_at) AS judged_at
    FROM recognised AS r JOIN ended AS e USING (ticket_id) JOIN fact.reviewed_ticket AS t USING (ticket_id)
    WHERE r.role = 'incident'
),
queued AS (
    SELECT p.ticket_id, any_value(s.value) AS queue FROM past AS p JOIN reviewed_spell($as_of) AS s USING (ticket_id)
    WHERE s.field = 'queue' AND s.from_at <= p.judged_at AND (s.until_at IS NULL OR s.until_at > p.judged_at)
    GROUP BY p.ticket_id
),
prioritised AS (
    SELECT p.ticket_id, arg_min(s.priority, (s.from_at, s.from_seq)) AS priority
    FROM past AS p JOIN reviewed_priority_spell($as_of) AS s USING (ticket_id)
    WHERE s.priority IS NOT NULL AND (s.until_at IS NULL OR s.until_at > p.judged_at)
    GROUP BY p.ticket_id
),
incident AS MATERIALIZED (
    SELECT p.*, q.queue, c.priority, r.sections, r.aspirational,
        p.ended_at + to_days(r.start_days) AS start_due_at, p.ended_at + to_days(r.debrief_days) AS debrief_due_at
    FROM past AS p JOIN review AS r USING (version)
    LEFT JOIN queued AS q USING (ticket_id) LEFT JOIN prioritised AS c USING (ticket_id)
    WHERE (len(r.priorities) = 0 OR list_contains(r.priorities, c.priority))
        AND ($queues IS NULL OR list_contains($queues, q.queue))
        AND ($since IS NULL OR debrief_due_at >= $since) AND ($until IS NULL OR debrief_due_at < $until)
),
-- Which tickets are its post-mortem: those linked to it, and itself where it is marked as one or tells of one. A linked
-- one that was there before the incident began is its own from when it was linked.
document AS MATERIALIZED (
    SELECT i.ticket_id, l.ticket_id AS document_id,
        if(r.recognised_at >= i.began_at, r.recognised_at, l.linked_at) AS existed_at
    FROM incident AS i
    JOIN (FROM incident_link_in('known', $as_of) WHERE role = 'postmortem' AND unlinked_at IS NULL) AS l
        ON l.incident_id = i.ticket_id
    JOIN recognised AS r ON r.ticket_id = l.ticket_id AND r.role = 'postmortem'
    UNION ALL
    SELECT i.ticket_id, i.ticket_id, r.recognised_at
    FROM incident AS i
    LEFT JOIN (FROM recognised WHERE role = 'postmortem') AS r USING (ticket_id)
    LEFT JOIN (
        SELECT ticket_id, max(happened_at) AS told_at FROM milestone
        WHERE milestone IN ('postmortem_started', 'debrief_held', 'postmortem_shared') GROUP BY ticket_id
    ) AS m USING (ticket_id)
    WHERE r.ticket_id IS NOT NULL OR m.told_at >= i.began_at
),
teller AS MATERIALIZED (
    SELECT d.ticket_id, d.document_id, i.began_at
    FROM (SELECT ticket_id, document_id FROM document UNION SELECT ticket_id, ticket_id FROM incident) AS d
    JOIN incident AS i USING (ticket_id)
),
-- What was told, by the post-mortem or the incident, of the time since the incident began: before, it is of another one.
told AS (
    SELECT i.ticket_id,
        min(m.happened_at) FILTER (m.milestone = 'postmortem_started') AS started_at,
        min(m.happened_at) FILTER (m.milestone = 'debrief_held') AS debrief_held_at,
        min(m.happened_at) FILTER (m.milestone = 'postmortem_shared') AS shared_at,
        min(m.happened_at) FILTER (m.milestone = 'customer_input_asked') AS customer_input_at
    FROM teller AS i JOIN milestone AS m ON m.ticket_id = i.document_id
    WHERE m.happened_at >= i.began_at
    GROUP BY i.ticket_id
),
listed AS (
    SELECT d.ticket_id, list(d.document_id ORDER BY d.document_id) AS ids, list(t.key ORDER BY d.document_id) AS keys,
        min(d.existed_at) AS existed_at
    FROM document AS d JOIN fact.reviewed_ticket AS t ON t.ticket_id = d.document_id GROUP BY d.ticket_id
),
course AS (
    SELECT i.*, l.ids, l.keys, l.ids IS NOT NULL AS has_postmortem, t.debrief_held_at, t.shared_at, t.customer_input_at,
        coalesce(t.started_at, least(l.existed_at, t.debrief_held_at, t.shared_at)) AS started_at,
        CASE WHEN t.debrief_held_at > i.debrief_due_at THEN 'late' WHEN t.debrief_held_at IS NOT NULL THEN 'held'
            WHEN i.debrief_due_at < $as_of THEN 'overdue' ELSE 'due' END AS verdict
    FROM incident AS i LEFT JOIN listed AS l USING (ticket_id) LEFT JOIN told AS t USING (ticket_id)
)
