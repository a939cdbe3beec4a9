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
-- The words of a document, line by line. A tracker that does not tell how a description was tells how it is.
words AS MATERIALIZED (
    SELECT document_id, e.event_id AS text_id, e.new AS words
    FROM (SELECT DISTINCT document_id FROM document) AS d JOIN fact.reviewed_event AS e ON e.ticket_id = d.document_id
    WHERE e.field IN ('comment', 'note') AND e.new IS NOT NULL AND e.occurred_at < $as_of
    UNION ALL
    SELECT document_id, '', coalesce(w.words, t.description)
    FROM (SELECT DISTINCT document_id FROM document) AS d JOIN fact.reviewed_ticket AS t ON t.ticket_id = d.document_id
    LEFT JOIN (
        SELECT ticket_id, arg_max(new, (occurred_at, seq)) AS words FROM fact.reviewed_event
        WHERE ticket_id IN (SELECT document_id FROM document)
            AND field = 'description' AND new IS NOT NULL AND occurred_at < $as_of GROUP BY ticket_id
    ) AS w ON w.ticket_id = d.document_id
),
line AS (
    SELECT document_id, text_id, generate_subscripts(lines, 1) AS n, unnest(lines) AS line
    FROM (SELECT document_id, text_id, string_split(replace(words, chr(13), ''), chr(10)) AS lines FROM words)
),
-- A line without its bullet or number; what stands after signs of a heading or of emphasis; and before a colon.
parted AS (
    SELECT document_id, text_id, n, regexp_matches(line, '^\s*(?:[-+*•]|\d+[.)])\s+\S') AS is_item, plain,
        nullif(regexp_extract(plain, '(?i)^(?:#{1,6}|={1,6}|h[1-6]\.|[*_]{1,3})\s*([^\s#=*_].*)$', 1), '') AS marked,
        nullif(regexp_extract(plain, '^([^:]*[^:\s])\s*:', 1), '') AS called
    FROM (SELECT *, regexp_replace(line, '^\s*(?:(?:[-+*•]|\d+(?:\.\d+)*[.)]?)\s+)?', '') AS plain FROM line)
    WHERE plain <> '' AND NOT starts_with(plain, '>')
),
heading AS MATERIALIZED (
    SELECT document_id, text_id, n, is_item, marked IS NOT NULL OR regexp_matches(plain, ':[\s*_]*$') AS is_set_off,
        marked IS NOT NULL OR called IS NOT NULL AS is_told_apart,
        lower(trim(regexp_replace(coalesce(marked, called, plain), '^\d+(?:\.\d+)*[.)]?\s+', ''), ' #=*_:' || chr(9)))
            AS heading
    FROM parted
),
borne AS MATERIALIZED (SELECT d.ticket_id, h.* FROM document AS d JOIN heading AS h USING (document_id)),
-- Which lines head which sections of which incident's review; a NULL name is an aspirational one.
headed AS MATERIALIZED (
    SELECT ticket_id, document_id, text_id, n, wanted.name AS name
    FROM (
        SELECT b.*, unnest(list_concat(
            i.sections, list_transform(i.aspirational, lambda p: {name: NULL::VARCHAR, pattern: p})
        )) AS wanted
        FROM borne AS b JOIN incident AS i USING (ticket_id)
    )
    WHERE heading GLOB if(is_told_apart, wanted.pattern || '*', wanted.pattern)
),
missing AS (
    SELECT ticket_id, list(name ORDER BY n) AS names
    FROM (SELECT ticket_id, unnest(sections).name AS name, generate_subscripts(sections, 1) AS n FROM incident)
    ANTI JOIN (FROM headed WHERE name IS NOT NULL) USING (ticket_id, name)
    GROUP BY ticket_id
),
-- Items of a list belong to the last heading above them.
placed AS (
    SELECT b.ticket_id, b.is_item AND a.n IS NULL AS is_item, last_value(
        CASE WHEN a.n IS NOT NULL OR (b.is_set_off AND NOT b.is_item) THEN coalesce(a.is_aspirational, false) END
        IGNORE NULLS
    ) OVER (PARTITION BY b.ticket_id, b.document_id, b.text_id ORDER BY b.n) AS is_aspirational
    FROM borne AS b
    LEFT JOIN (
        SELECT ticket_id, document_id, text_id, n, bool_or(name IS NULL) AS is_aspirational FROM headed GROUP BY ALL
    ) AS a USING (ticket_id, document_id, text_id, n)
),
dreamt AS (SELECT ticket_id, count(*) AS items FROM placed WHERE is_item AND is_aspirational GROUP BY ticket_id),
course AS (
    SELECT i.*, l.ids, l.keys, l.ids IS NOT NULL AS has_postmortem, t.debrief_held_at, t.shared_at, t.customer_input_at,
        coalesce(t.started_at, least(l.existed_at, t.debrief_held_at, t.shared_at)) AS started_at
    FROM incident AS i LEFT JOIN listed AS l USING (ticket_id) LEFT JOIN told AS t USING (ticket_id)
)
SELECT c.ticket_id, c.key, c.queue, c.priority, c.ended_at, c.has_postmortem,
    to_json(coalesce(c.ids, [])) AS postmortem_ids, to_json(coalesce(c.keys, [])) AS postmortem_keys,
    c.start_due_at, c.started_at, coalesce(c.started_at > c.start_due_at, false) AS is_started_late,
    c.started_at IS NULL AND c.start_due_at < $as_of AS is_start_overdue,
    c.debrief_due_at, c.debrief_held_at, coalesce(c.debrief_held_at > c.debrief_due_at, false) AS is_debrief_late,
    c.debrief_held_at IS NULL AND c.debrief_due_at < $as_of AS is_debrief_overdue,
    CASE WHEN c.debrief_held_at > c.debrief_due_at THEN 'late' WHEN c.debrief_held_at IS NOT NULL THEN 'held'
        WHEN c.debrief_due_at < $as_of THEN 'overdue' ELSE 'due' END AS verdict,
    c.shared_at, CASE WHEN c.shared_at IS NOT NULL THEN coalesce(c.shared_at < c.debrief_held_at, true) END
        AS is_shared_before_debrief,
    c.customer_input_at, CASE WHEN c.debrief_held_at IS NOT NULL THEN coalesce(c.customer_input_at < c.debrief_held_at, false)
        WHEN c.customer_input_at IS NOT NULL THEN true END AS is_customer_input_before_debrief,
    CASE WHEN c.has_postmortem THEN to_json(coalesce(m.names, [])) END AS missing_sections,
    CASE WHEN c.has_postmortem THEN coalesce(d.items, 0) END AS aspirational_items
FROM course AS c LEFT JOIN missing AS m USING (ticket_id) LEFT JOIN dreamt AS d USING (ticket_id)
ORDER BY c.debrief_due_at, c.ticket_id
