-- Milestones: events that the settings take for something having happened. The rules are the table `milestone_rule`:
-- see metrics/incident_rules.py.

-- What may be one: every event that gave a field a value, the opening, and each closing. A field that holds one value
-- may also lose it, which takes back what it said.
CREATE MACRO happening_in(tickets, events, opens, instant) AS TABLE
SELECT e.ticket_id, e.occurred_at, e.seq, e.field, e.new AS value, coalesce(a.is_bot, false) AS is_bot,
    coalesce(a.person_id, e.actor_id) IS NOT DISTINCT FROM coalesce(author.person_id, t.author_id) AS is_author
FROM (FROM query_table(events) WHERE occurred_at < instant) AS e
JOIN query_table(tickets) AS t USING (ticket_id)
LEFT JOIN actor AS a ON a.account_id = e.actor_id
LEFT JOIN actor AS author ON author.account_id = t.author_id
WHERE t.opened_at < instant AND (e.new IS NOT NULL OR e.field = 'eta' OR starts_with(e.field, 'custom.'))
UNION ALL
SELECT ticket_id, opened_at, 0, 'opened', '', false, true FROM query_table(tickets) WHERE opened_at < instant
UNION ALL
SELECT ticket_id, from_at, from_seq, 'closed', status, is_bot, false FROM open_spell_in(opens, instant) WHERE NOT is_open;

CREATE MACRO happening(instant) AS TABLE FROM happening_in('fact.ticket', 'fact.event', 'fact.open_spell', instant);

-- An instant in a text, with the zone it is written with: 2026-03-02T10:15Z, 2026-03-02 10:15:30 +0100.
CREATE MACRO written_instant(text) AS
    regexp_extract(
        text,
        '(?i)(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(Z|UTC|[+-]\d\d:?\d\d)(?:[^\w+-]|$)',
        ['day', 'clock', 'zone']
    );
CREATE MACRO zone_minutes(zone) AS
    if(zone[1] IN ('+', '-'), (zone[1] || '1')::INTEGER * (zone[2:3]::INTEGER * 60 + zone[-2:]::INTEGER), 0);
CREATE MACRO instant_in(text) AS
    try_cast(written_instant(text).day || ' ' || written_instant(text).clock AS TIMESTAMP)
        - to_minutes(zone_minutes(written_instant(text).zone));

-- The instant that a field's whole value is: as above, without a zone in UTC, or in seconds since 1970.
CREATE MACRO instant_of(value) AS coalesce(
    instant_in(value),
    CASE WHEN regexp_full_match(value, '\d{9,10}') THEN make_timestamp(value::BIGINT * 1000000) END,
    CASE WHEN regexp_full_match(value, '\d{4}-\d\d-\d\d.*') THEN try_cast(value AS TIMESTAMP) END
);

-- When the milestones of a policy's version were reached, any number of times. `happenings` names a relation of
-- happening's columns and the version that judges them. What states an instant counts at that instant, whoever states
-- it, and the last statement corrects those before; otherwise an event counts when it occurred.
CREATE MACRO milestone_told(happenings, instant) AS TABLE
-- Looking for a word first, and for the line only where the word is: a line is a pattern of its own for each rule.
WITH candidate AS MATERIALIZED (
    SELECT h.ticket_id, h.version, m.milestone, m.way, m.is_value, m.line IS NOT NULL AS is_line,
        h.occurred_at, h.seq, h.value, said(h.field, h.value) GLOB m.pattern AS is_like,
        CASE WHEN contains(lower(h.value), m.word) THEN nullif(regexp_extract(h.value, m.line), '') END AS line,
        m.is_human AND (h.is_bot OR h.is_author AND h.field IN ('comment', 'note')) AS is_idle
    FROM query_table(happenings) AS h JOIN milestone_rule AS m ON m.version = h.version AND m.field = h.field
),
told AS MATERIALIZED (
    SELECT *, CASE WHEN is_value THEN instant_of(value) ELSE instant_in(line) END AS stated_at
    FROM candidate WHERE CASE WHEN is_value THEN true WHEN is_line THEN line IS NOT NULL ELSE is_like END
),
counted AS (
    SELECT *, NOT is_value AND stated_at IS NULL AS is_event,
        count(stated_at) OVER (PARTITION BY ticket_id, version, milestone, way) > 0 AS is_corrected,
        row_number() OVER (
            PARTITION BY ticket_id, version, milestone, way, is_event ORDER BY occurred_at DESC, seq DESC
        ) = 1 AS is_last
    FROM told WHERE is_value OR stated_at IS NOT NULL OR NOT is_idle
    QUALIFY if(is_event, NOT is_corrected, is_last)
)
SELECT ticket_id, version, milestone, if(is_event, occurred_at, stated_at) AS happened_at
FROM counted WHERE if(is_event, occurred_at, stated_at) < instant;
