-- Incidents, their post-mortems and their action items, recognised by the rules of the settings: the tables
-- `queue_incident` (which version decides for which queue) and `incident_mark` (what makes a ticket one). A ticket is
-- judged by the version in force when it was opened; a role holds while any way of recognising it does.

-- The shared relations over the tickets that may have a role: see reviewed.py.
CREATE MACRO reviewed_spell(instant) AS TABLE FROM spell_in('fact.reviewed_spell', instant);
CREATE MACRO reviewed_priority_spell(instant) AS TABLE FROM priority_spell_in('fact.reviewed_priority_spell', instant);
CREATE MACRO reviewed_open_spell(instant) AS TABLE FROM open_spell_in('fact.reviewed_open_spell', instant);

-- While which ticket is linked to which, told by either of them. The relation is the one seen from ticket_id; NULL
-- where only the other one names it, in a word without a counterpart.
CREATE MACRO link_spell(instant) AS TABLE
WITH told AS (
    SELECT ticket_id, relation, other_id, {moment: from_at, seq: from_seq} AS from_key,
        CASE WHEN until_at < instant THEN {moment: until_at, seq: until_seq} END AS until_key
    FROM fact.link_spell ANTI JOIN unborn(instant) USING (ticket_id)
    WHERE from_at < instant AND ticket_id <> other_id
)
FROM told
UNION ALL
SELECT t.other_id, i.inverse, t.ticket_id, t.from_key, t.until_key
FROM told AS t LEFT JOIN link_inverse AS i USING (relation);

-- While each ticket bears what a mark names, but for its links.
CREATE MACRO marked_spell(instant) AS TABLE
SELECT ticket_id, version, role, way, needed, field, {moment: from_at, seq: from_seq} AS from_key,
    CASE WHEN until_at < instant THEN {moment: until_at, seq: until_seq} END AS until_key
FROM fact.marked_spell ANTI JOIN unborn(instant) USING (ticket_id)
WHERE from_at < instant AND (replaced_at IS NULL OR replaced_at >= instant);

-- The spans during which `needed` different fields hold at once.
CREATE MACRO turns(spans) AS list_sort(list_distinct(flatten([
    [span.from_key for span in spans], [span.until_key for span in spans if span.until_key IS NOT NULL]
])));
CREATE MACRO together(spans, needed) AS [
    {from_key: piece.since, until_key: piece.until}
    for piece in [{since: turns(spans)[n], until: turns(spans)[n + 1]} for n in range(1, len(turns(spans)) + 1)]
    if len(list_distinct([
        span.field for span in spans
        if span.from_key <= piece.since AND (span.until_key IS NULL OR piece.since < span.until_key)
    ])) = needed
];

-- While which version decides about a ticket, by the queue it is in.
CREATE MACRO deciding_spell(instant) AS TABLE
SELECT t.ticket_id, q.version, greatest(s.from_key, {moment: t.opened_at, seq: 0}) AS from_key, s.until_key
FROM fact.reviewed_ticket AS t
JOIN queue_span_in('fact.reviewed_queue_span', instant) AS s USING (ticket_id)
JOIN queue_incident AS q ON q.source = t.source AND q.queue = s.queue
    AND t.opened_at >= q.valid_from AND t.opened_at < q.valid_until
WHERE s.until_key IS NULL OR s.from_key < s.until_key;

-- While a ticket has a role, in pieces that may overlap. `marked` names a relation of marked_spell's columns, `deciding`
-- one of deciding_spell's. Most ways need one mark, in the right queue: no need to lay out what holds at once.
CREATE MACRO recognised_spell(marked, deciding) AS TABLE
WITH mark AS (FROM query_table(marked) WHERE until_key IS NULL OR from_key < until_key),
single AS (
    SELECT m.ticket_id, m.version, m.role, greatest(m.from_key, d.from_key) AS from_key,
        least(m.until_key, d.until_key) AS until_key
    FROM mark AS m JOIN query_table(deciding) AS d USING (ticket_id, version) WHERE m.needed = 2
),
way AS (
    SELECT ticket_id, version, role, way, any_value(needed) AS needed FROM mark WHERE needed > 2
    GROUP BY ticket_id, version, role, way HAVING count(DISTINCT field) + 1 = any_value(needed)
),
placed AS (
    SELECT ticket_id, version, role, way, needed, field, from_key, until_key
    FROM mark SEMI JOIN way USING (ticket_id, version, role, way)
    UNION ALL
    SELECT w.*, 'queue', d.from_key, d.until_key FROM way AS w JOIN query_table(deciding) AS d USING (ticket_id, version)
),
held AS (
    SELECT ticket_id, version, role, unnest(together(
        list({field: field, from_key: from_key, until_key: until_key}), any_value(needed)
    )) AS span
    FROM placed GROUP BY ticket_id, version, role, way
)
SELECT ticket_id, version, role, span.from_key AS from_key, span.until_key AS until_key FROM held
UNION ALL
FROM single WHERE until_key IS NULL OR from_key < until_key;

-- While each ticket is an incident, a post-mortem or an action item, in pieces. A post-mortem may be one by its link to
-- an incident, an action item by its link to either.
CREATE MACRO incident_spell(instant) AS TABLE
WITH marked AS MATERIALIZED (FROM marked_spell(instant)),
link AS MATERIALIZED (FROM link_spell(instant)),
deciding AS MATERIALIZED (FROM deciding_spell(instant)),
incident_mark_spell AS (FROM marked WHERE role = 'incident'),
incident AS MATERIALIZED (FROM recognised_spell('incident_mark_spell', 'deciding')),
postmortem_mark_spell AS (
    FROM marked WHERE role = 'postmortem'
    UNION ALL
    SELECT l.ticket_id, m.version, m.role, m.way, m.needed, m.field,
        greatest(l.from_key, r.from_key), least(l.until_key, r.until_key)
    FROM link AS l JOIN incident AS r ON r.ticket_id = l.other_id
    JOIN incident_mark AS m ON m.role = 'postmortem' AND m.field = 'link' AND l.relation GLOB m.pattern
),
postmortem AS MATERIALIZED (FROM recognised_spell('postmortem_mark_spell', 'deciding')),
action_mark_spell AS (
    FROM marked WHERE role = 'action'
    UNION ALL
    SELECT l.ticket_id, m.version, m.role, m.way, m.needed, m.field,
        greatest(l.from_key, r.from_key), least(l.until_key, r.until_key)
    FROM link AS l JOIN (FROM incident UNION ALL FROM postmortem) AS r ON r.ticket_id = l.other_id
    JOIN incident_mark AS m ON m.role = 'action' AND m.field = 'link' AND l.relation GLOB m.pattern
)
FROM incident
UNION ALL
FROM postmortem
UNION ALL
FROM recognised_spell('action_mark_spell', 'deciding');

-- What follows from those pieces comes in two forms: by an instant alone, and `…_in`, for a query that says more than
-- one of them, over a relation that it works out once.

-- One row per ticket that is there and role that it has or had: since when it was first recognised, by which version of
-- the rules, and since when it no longer is (NULL: it is). `pieces` names a relation of incident_spell's columns.
CREATE MACRO incident_ticket_in(pieces, instant) AS TABLE
SELECT ticket_id, role, arg_min(version, from_key) AS version, min(from_key).moment AS recognised_at,
    CASE WHEN bool_and(until_key IS NOT NULL) THEN max(until_key).moment END AS withdrawn_at
FROM query_table(pieces)
SEMI JOIN (FROM fact.reviewed_ticket WHERE opened_at < instant) USING (ticket_id)
ANTI JOIN (FROM store.gone WHERE gone_at < instant) USING (ticket_id)
GROUP BY ticket_id, role;
CREATE MACRO incident_ticket(instant) AS TABLE
WITH piece AS MATERIALIZED (FROM incident_spell(instant)) FROM incident_ticket_in('piece', instant);

-- One row per recognised ticket and milestone that it has reached: the first instant at which it did. `known` names a
-- relation of incident_ticket's columns.
CREATE MACRO incident_milestone_in(known, instant) AS TABLE
WITH judged AS MATERIALIZED (
    SELECT ticket_id, arg_min(version, (recognised_at, role)) AS version FROM query_table(known) GROUP BY ticket_id
),
happened AS (
    SELECT h.*, j.version
    FROM happening_in('fact.reviewed_ticket', 'fact.reviewed_event', 'fact.reviewed_open_spell', instant) AS h
    JOIN judged AS j USING (ticket_id)
)
SELECT ticket_id, milestone, min(happened_at) AS happened_at
FROM milestone_told('happened', instant) GROUP BY ticket_id, milestone;
CREATE MACRO incident_milestone(instant) AS TABLE
WITH recognised AS MATERIALIZED (FROM incident_ticket(instant)) FROM incident_milestone_in('recognised', instant);

-- Which post-mortems and action items belong to which incident, by links of any relation: directly, or an action item
-- through each of its post-mortems (via_id). Since when they are linked, and since when no longer (NULL: they are).
CREATE MACRO incident_link_in(known, instant) AS TABLE
WITH pair AS MATERIALIZED (
    SELECT l.ticket_id, r.role, l.other_id, o.role AS other_role,
        arg_min(l.relation, (l.from_key, l.relation)) AS relation,
        min(l.from_key).moment AS linked_at,
        CASE WHEN bool_and(l.until_key IS NOT NULL) THEN max(l.until_key).moment END AS unlinked_at
    FROM link_spell(instant) AS l
    JOIN query_table(known) AS r ON r.ticket_id = l.ticket_id AND r.role <> 'incident'
    JOIN query_table(known) AS o ON o.ticket_id = l.other_id AND o.role <> 'action'
    WHERE r.role = 'action' OR o.role = 'incident'
    GROUP BY ALL
),
direct AS (
    SELECT other_id AS incident_id, ticket_id, role, relation, NULL::VARCHAR AS via_id, linked_at, unlinked_at
    FROM pair WHERE other_role = 'incident'
),
through AS (
    SELECT p.other_id AS incident_id, a.ticket_id, a.role, a.relation, a.other_id AS via_id,
        greatest(a.linked_at, p.linked_at) AS linked_at, least(a.unlinked_at, p.unlinked_at) AS unlinked_at
    FROM pair AS a
    JOIN pair AS p ON a.role = 'action' AND a.other_role = 'postmortem' AND p.ticket_id = a.other_id
        AND p.role = 'postmortem' AND p.other_id <> a.ticket_id
    ANTI JOIN direct AS d ON d.ticket_id = a.ticket_id AND d.role = 'action' AND d.incident_id = p.other_id
)
FROM direct UNION ALL FROM through;
CREATE MACRO incident_link(instant) AS TABLE
WITH recognised AS MATERIALIZED (FROM incident_ticket(instant)) FROM incident_link_in('recognised', instant);
