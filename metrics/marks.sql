-- What may make a ticket an incident, a post-mortem or an action item. Facts: see spells.sql.

-- While each ticket bears what a mark of the settings names, but for its links. A pattern is held against each value
-- once, not against each ticket that bears it. replaced_at is when a change was first told of a type that is otherwise
-- as last seen.
CREATE OR REPLACE TABLE marked_spell AS
WITH borne AS (
    SELECT ticket_id, field, value, from_at, from_seq, until_at, until_seq, NULL::TIMESTAMP AS replaced_at
    FROM spell WHERE field IN ('type', 'label', 'project')
    UNION ALL
    SELECT t.ticket_id, 'type', t.type, t.opened_at, 0, NULL, NULL, e.told_at
    FROM store.ticket AS t JOIN subject USING (ticket_id)
    LEFT JOIN (
        SELECT ticket_id, min(occurred_at) AS told_at FROM told_event WHERE field = 'type' GROUP BY ticket_id
    ) AS e USING (ticket_id)
    WHERE t.type IS NOT NULL
    UNION ALL
    SELECT ticket_id, 'title', new, occurred_at, seq, lead(occurred_at) OVER by_title, lead(seq) OVER by_title, NULL
    FROM told_event WHERE field = 'title'
    WINDOW by_title AS (PARTITION BY ticket_id ORDER BY occurred_at, seq)
    UNION ALL
    SELECT ticket_id, 'priority', priority, from_at, from_seq, until_at, until_seq, NULL FROM priority_spell
),
marked AS (
    SELECT v.field, v.value, m.version, m.role, m.way, m.needed
    FROM (SELECT DISTINCT field, value FROM borne SEMI JOIN incident_mark USING (field)) AS v
    JOIN incident_mark AS m ON m.field = v.field AND lower(v.value) GLOB m.pattern
)
SELECT b.ticket_id, m.version, m.role, m.way, m.needed, m.field, b.from_at, b.from_seq, b.until_at, b.until_seq,
    b.replaced_at
FROM borne AS b JOIN marked AS m ON m.field = b.field AND m.value = b.value;

-- While which ticket is linked to which, as this one tells it.
CREATE OR REPLACE TABLE link_spell AS
WITH touch AS (
    SELECT ticket_id, new AS link, true AS is_gain, occurred_at, seq FROM told_event WHERE field = 'link'
    UNION ALL
    SELECT ticket_id, old, false, occurred_at, seq FROM told_event WHERE field = 'link'
),
change AS (
    SELECT *, lead(occurred_at) OVER by_link AS until_at, lead(seq) OVER by_link AS until_seq
    FROM touch WHERE contains(link, ' ')
    WINDOW by_link AS (PARTITION BY ticket_id, link ORDER BY occurred_at, seq, is_gain)
)
SELECT ticket_id, regexp_replace(lower(split_part(link, ' ', 1)), '^is_', '') AS relation,
    substr(link, strpos(link, ' ') + 1) AS other_id, occurred_at AS from_at, seq AS from_seq, until_at, until_seq
FROM change WHERE is_gain;
