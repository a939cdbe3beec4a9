-- Of which category each ticket is by the rules in force when it was opened: what it bore at $as_of decides. An outcome:
-- outcomes.py writes in the rules' words and category, the version, whether texts are needed, and the title's pattern.
WITH stood AS MATERIALIZED (
    SELECT t.ticket_id, t.key, t.source, q.queue, t.opened_at, t.type
    FROM live_ticket($as_of) AS t SEMI JOIN (/* concerned */) AS c USING (ticket_id)
    JOIN queue_of($as_of) AS q USING (ticket_id)
),
borne AS (
    SELECT ticket_id, field, lower(value) AS value FROM spell($as_of) SEMI JOIN stood USING (ticket_id)
    WHERE until_at IS NULL AND field IN ('label', 'project', 'type')
    UNION ALL
    SELECT ticket_id, 'queue', lower(queue) FROM stood WHERE queue <> ''
    UNION ALL
    SELECT ticket_id, 'type', lower(type) FROM stood  -- as last seen, where no change of it is told
    ANTI JOIN (FROM fact.event WHERE field = 'type' AND occurred_at < $as_of) USING (ticket_id)
    WHERE type IS NOT NULL
),
meaning AS (
    SELECT w.field, b.value, list(DISTINCT w.mark) AS marks
    FROM (SELECT DISTINCT field, value FROM borne) AS b JOIN /* words */ ON w.field = b.field AND b.value GLOB w.pattern
    GROUP BY ALL
),
marked AS (
    SELECT b.ticket_id, flatten(list(m.marks)) AS marks
    FROM borne AS b JOIN meaning AS m ON m.field = b.field AND m.value = b.value GROUP BY b.ticket_id
),
titled AS (
    SELECT ticket_id, arg_max(new, (occurred_at, seq)) AS title FROM fact.event SEMI JOIN stood USING (ticket_id)
    WHERE field = 'title' AND occurred_at < $as_of GROUP BY ticket_id
),
-- As the last change before the instant left it, or as the first one after it found it, or else as last seen.
described AS (
    SELECT ticket_id, bool_or(occurred_at < $as_of) AS is_told,
        arg_max_null(new, (occurred_at, seq)) FILTER (occurred_at < $as_of) AS left_as,
        arg_min_null(old, (occurred_at, seq)) FILTER (occurred_at >= $as_of) AS found_as
    FROM fact.event SEMI JOIN stood USING (ticket_id)
    WHERE /* reads text */ AND field = 'description' AND (old IS NOT NULL OR new IS NOT NULL) GROUP BY ticket_id
),
texted AS (
    SELECT t.ticket_id,
        CASE WHEN d.is_told THEN d.left_as WHEN NOT d.is_told THEN d.found_as ELSE t.description END AS text
    FROM store.ticket AS t SEMI JOIN stood USING (ticket_id) LEFT JOIN described AS d USING (ticket_id)
    WHERE /* reads text */
),
read AS (
    SELECT s.ticket_id, s.key, s.queue, s.opened_at, p.version, coalesce(n.title, t.title) AS title, x.text, m.marks
    FROM stood AS s
    JOIN store.ticket AS t USING (ticket_id)
    JOIN /* practice */ AS p ON p.source = s.source AND p.queue = s.queue
        AND s.opened_at >= p.valid_from AND s.opened_at < p.valid_until
    LEFT JOIN titled AS n ON n.ticket_id = s.ticket_id
    LEFT JOIN texted AS x ON x.ticket_id = s.ticket_id
    LEFT JOIN marked AS m ON m.ticket_id = s.ticket_id
)
SELECT r.ticket_id, r.key, r.queue, r.opened_at, CASE WHEN NOT o.is_open THEN o.from_at END AS closed_at, r.version,
    /* category */ AS category, /* pattern */ AS pattern
FROM read AS r LEFT JOIN (FROM open_spell($as_of) WHERE until_at IS NULL) AS o USING (ticket_id)
