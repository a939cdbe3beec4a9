-- What the texts of post-mortems say, and the rows: goes on where postmortems.sql ends.
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
dreamt AS (SELECT ticket_id, count(*) AS items FROM placed WHERE is_item AND is_aspirational GROUP BY ticket_id)
SELECT c.ticket_id, c.key, c.queue, c.priority, c.ended_at, c.has_postmortem,
    to_json(coalesce(c.ids, [])) AS postmortem_ids, to_json(coalesce(c.keys, [])) AS postmortem_keys,
    c.start_due_at, c.started_at, coalesce(c.started_at > c.start_due_at, false) AS is_started_late,
    c.started_at IS NULL AND c.start_due_at < $as_of AS is_start_overdue,
    c.debrief_due_at, c.debrief_held_at, coalesce(c.debrief_held_at > c.debrief_due_at, false) AS is_debrief_late,
    c.debrief_held_at IS NULL AND c.debrief_due_at < $as_of AS is_debrief_overdue,
    c.verdict,
    c.shared_at, CASE WHEN c.shared_at IS NOT NULL THEN coalesce(c.shared_at < c.debrief_held_at, true) END
        AS is_shared_before_debrief,
    c.customer_input_at, CASE WHEN c.debrief_held_at IS NOT NULL THEN coalesce(c.customer_input_at < c.debrief_held_at, false)
        WHEN c.customer_input_at IS NOT NULL THEN true END AS is_customer_input_before_debrief,
    CASE WHEN c.has_postmortem THEN to_json(coalesce(m.names, [])) END AS missing_sections,
    CASE WHEN c.has_postmortem THEN coalesce(d.items, 0) END AS aspirational_items
FROM course AS c LEFT JOIN missing AS m USING (ticket_id) LEFT JOIN dreamt AS d USING (ticket_id)
ORDER BY c.debrief_due_at, c.ticket_id
