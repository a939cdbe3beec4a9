-- Every finding about what the numbers of a store stand on, one branch for each kind; data_quality.py writes in the
-- rows of told_by_field.sql.
WITH run AS (FROM store.sync_run WHERE finished_at < $as_of),
unmapped AS (
    FROM fact.unmapped WHERE known_at < $as_of AND (placed_at IS NULL OR placed_at >= $as_of)
),
homeless AS (
    SELECT t.source, s.queue, s.team, s.ticket_id, s.entered_at
    FROM queue_stay($as_of) AS s JOIN store.ticket AS t USING (ticket_id)
    WHERE s.calendar IS NULL
),

-- Who does a team's work: owns tickets, is on duty, or changes what others have opened by more than a comment.
stranger AS (
    SELECT account_id, a.source, a.login, a.email, a.name
    FROM store.account AS a JOIN actor USING (account_id)
    WHERE actor.person_id IS NULL AND NOT actor.is_bot
),
deed AS (
    SELECT account_id, ticket_id, occurred_at FROM fact.stranger_deed WHERE known_at < $as_of
    UNION ALL
    SELECT account_id, NULL, starts_at FROM store.shift SEMI JOIN stranger USING (account_id) WHERE starts_at < $as_of
),
namesake AS (
    SELECT s.person_id, lower(a.login) AS login, lower(a.email) AS email, lower(a.name) AS name
    FROM store.account AS a JOIN store.account_setting AS s USING (account_id) WHERE s.person_id IS NOT NULL
    UNION ALL
    SELECT person_id, NULL, NULL, lower(name) FROM store.person
),
likeness AS (
    SELECT s.account_id, n.person_id,
        CASE WHEN lower(s.email) = n.email THEN 1 WHEN lower(s.name) = n.name THEN 2 ELSE 3 END AS distance
    FROM stranger AS s
    JOIN namesake AS n ON lower(s.email) = n.email OR lower(s.name) = n.name OR lower(s.login) = n.login
),
-- Two people who are equally alike are no suggestion.
suggested AS (
    SELECT account_id, any_value(person_id) AS person_id FROM (
        FROM likeness QUALIFY distance = min(distance) OVER (PARTITION BY account_id)
    ) GROUP BY account_id HAVING count(DISTINCT person_id) = 1
),

inferred AS (
    SELECT source, field, count(DISTINCT ticket_id) AS tickets, count(*) AS records,
        min(occurred_at) AS first_at, max(occurred_at) AS last_at
    FROM fact.inferred WHERE known_at < $as_of GROUP BY source, field
),
broken_chain AS (
    SELECT t.source, t.key, b.* FROM fact.broken_chain AS b JOIN store.ticket AS t USING (ticket_id)
    WHERE b.occurred_at < $as_of AND t.opened_at < $as_of
),
milestone AS (
    SELECT m.ticket_id, t.source, t.key, m.milestone, m.happened_at,
        lag(m.milestone) OVER in_order AS earlier, lag(m.happened_at) OVER in_order AS earlier_at
    FROM incident_milestone($as_of) AS m
    JOIN fact.reviewed_ticket AS t USING (ticket_id)
    JOIN (VALUES
        (['detected', 'acknowledged', 'mitigated', 'resolved']),
        (['postmortem_started', 'debrief_held', 'postmortem_shared'])
    ) AS ordered(steps) ON list_contains(ordered.steps, m.milestone)
    WINDOW in_order AS (PARTITION BY m.ticket_id, steps ORDER BY list_position(ordered.steps, m.milestone))
),
source_read AS (
    SELECT source, max(finished_at) FILTER (failure IS NULL) AS read_at, max(finished_at) AS tried_at,
        max(data_until) FILTER (failure IS NULL) AS data_until_at, arg_max_null(failure, finished_at) AS failure
    FROM run WHERE source <> 'journal' GROUP BY source
),

finding AS (
    SELECT source, 'unmapped ' || field AS finding, value AS subject, field, NULL AS ticket_id,
        format('The {} ''{}'' has no stage: name it under [[stages]]', field, value) AS reason, NULL AS suggestion,
        count(DISTINCT ticket_id) AS tickets, count(*) AS records, NULL::DOUBLE AS share,
        min(from_at) AS first_seen_at, max(from_at) AS last_seen_at
    FROM unmapped GROUP BY source, field, value
    UNION ALL
    SELECT source, if(team IS NULL, 'queue without team', 'queue without calendar'), queue, 'queue', NULL,
        CASE WHEN team IS NULL
            THEN format('The queue ''{}'' is no team''s: add it to a [[team]], or its working time is unknown', queue)
            ELSE format('Tickets entered ''{}'' before a calendar of its team ''{}'' was in force', queue, team) END,
        NULL, count(DISTINCT ticket_id), count(*), NULL, min(entered_at), max(entered_at)
    FROM homeless GROUP BY source, queue, team
    UNION ALL
    SELECT s.source, 'account without person', s.login, 'account', NULL,
        format('The account ''{}'' does work and is nobody''s: name it in a [[person]], or among the bots', account_id)
            || if(lower(s.login) LIKE '%bot', ' (it is called one)', ''),
        any_value(g.person_id), count(DISTINCT d.ticket_id), count(*), NULL, min(d.occurred_at), max(d.occurred_at)
    FROM deed AS d JOIN stranger AS s USING (account_id) LEFT JOIN suggested AS g USING (account_id)
    GROUP BY account_id, s.source, s.login
    UNION ALL
    SELECT source, 'ticket gone', key, NULL, ticket_id,
        CASE reason WHEN 'hidden' THEN 'The tracker shows it no more and does not say why'
            ELSE format('It was {} in the tracker', reason) END || ': it counts until then and not after',
        NULL, 1, 1, NULL, gone_at, gone_at
    FROM fact.gone WHERE gone_at < $as_of AND opened_at < $as_of
    UNION ALL
    SELECT source, 'inferred events', field, field, NULL,
        format('{} of {} events of this field were not told by the tracker, but inferred from what it shows',
            records, t.events),
        NULL, tickets, records, records / t.events, first_at, last_at
    FROM inferred JOIN /* told */ AS t USING (source, field)
    UNION ALL
    SELECT source, 'broken chain', key, field, ticket_id,
        format('At {} UTC its {} changed from ''{}'', but had been {}: a change is missing',
            strftime(min(occurred_at), '%Y-%m-%d %H:%M:%S'), field, arg_min(old, (occurred_at, seq, event_id)),
            coalesce('''' || arg_min_null(before, (occurred_at, seq, event_id)) || '''', 'empty')),
        NULL, 1, count(*), NULL, min(occurred_at), max(occurred_at)
    FROM broken_chain GROUP BY source, key, field, ticket_id
    UNION ALL
    SELECT t.source, 'event before opening', t.key, NULL, ticket_id,
        format('{} events lie before its opening at {} UTC', e.events, strftime(e.opened_at, '%Y-%m-%d %H:%M:%S')),
        NULL, 1, e.events, NULL, e.first_at, e.last_at
    FROM fact.early AS e JOIN store.ticket AS t USING (ticket_id) WHERE e.opened_at < $as_of
    UNION ALL
    SELECT t.source, 'done before opened', t.key, 'status', t.ticket_id,
        format('It was done at {} UTC, before it was opened at {} UTC', strftime(min(o.from_at), '%Y-%m-%d %H:%M:%S'),
            strftime(any_value(t.opened_at), '%Y-%m-%d %H:%M:%S')),
        NULL, 1, count(*), NULL, min(o.from_at), max(o.from_at)
    FROM open_spell($as_of) AS o SEMI JOIN fact.early USING (ticket_id) JOIN store.ticket AS t USING (ticket_id)
    WHERE NOT o.is_open AND o.from_at < t.opened_at
    GROUP BY t.source, t.key, t.ticket_id
    UNION ALL
    SELECT source, 'milestones out of order', key, NULL, ticket_id,
        string_agg(
            format('{} at {} UTC lies before {} at {} UTC', milestone, strftime(happened_at, '%Y-%m-%d %H:%M:%S'),
                earlier, strftime(earlier_at, '%Y-%m-%d %H:%M:%S')), '; ' ORDER BY earlier_at, milestone),
        NULL, 1, count(*), NULL, min(happened_at), max(happened_at)
    FROM milestone WHERE happened_at < earlier_at GROUP BY source, key, ticket_id
    UNION ALL
    -- Of the last run over each scope: what an earlier one could not read, a later one may have.
    SELECT r.source, 'rejected record', r.place, NULL, NULL, r.reason, NULL, 0, count(*), NULL,
        min(last.finished_at), max(last.finished_at)
    FROM store.rejected AS r
    JOIN (FROM run QUALIFY row_number() OVER (PARTITION BY source, scope ORDER BY finished_at DESC, run_id DESC) = 1)
        AS last USING (run_id)
    GROUP BY r.source, r.place, r.reason
    UNION ALL
    SELECT source, 'failed sync', source, NULL, NULL,
        format('It could not be read at {} UTC: {}', strftime(tried_at, '%Y-%m-%d %H:%M'), failure),
        NULL, 0, 1, NULL, tried_at, tried_at
    FROM source_read WHERE failure IS NOT NULL
    UNION ALL
    SELECT source, 'history behind', source, NULL, NULL,
        if(data_until_at IS NULL, 'It has never been read to its end',
            format('Its history ends {} UTC, well before the others''', strftime(data_until_at, '%Y-%m-%d %H:%M'))),
        NULL, 0, 1, NULL, data_until_at, data_until_at
    FROM source_read, (SELECT max(data_until_at) AS newest_at FROM source_read)
    WHERE failure IS NULL AND newest_at - coalesce(data_until_at, TIMESTAMP '0001-01-01') > to_seconds($lag_seconds)
)
FROM finding ORDER BY source, finding, field, subject, ticket_id, reason
