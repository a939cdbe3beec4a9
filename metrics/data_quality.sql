-- Every finding about what the numbers of a store stand on, one branch for each kind.
WITH event AS NOT MATERIALIZED (
    SELECT e.ticket_id, t.source, t.key, t.opened_at, e.event_id, e.occurred_at, e.seq, e.field, e.old, e.new, e.origin
    FROM store.event AS e JOIN store.ticket AS t USING (ticket_id)
    WHERE e.occurred_at < $as_of AND t.opened_at < $as_of
),
run AS (FROM store.sync_run WHERE finished_at < $as_of),
stay AS (FROM queue_stay($as_of)),

-- A status has its stage from the settings or from the tracker itself; a column from the settings alone, and only where
-- they speak of columns at all. What a ticket was while it was not in a queue of ours yet is nothing to map.
placed AS (
    SELECT s.ticket_id, q.source, q.queue, s.field, s.value, s.from_at
    FROM spell($as_of) AS s JOIN queue_span($as_of) AS q USING (ticket_id)
    WHERE s.field IN ('status', 'column')
        AND (q.until_key IS NULL OR (s.from_at, s.from_seq) < (q.until_key.moment, q.until_key.seq))
        AND (s.until_at IS NULL OR (q.from_key.moment, q.from_key.seq) < (s.until_at, s.until_seq))
        AND (q.queue <> '' OR s.ticket_id NOT IN (SELECT ticket_id FROM stay))
),
unmapped AS (
    SELECT p.source, p.field, p.value, p.ticket_id, p.from_at
    FROM placed AS p
    LEFT JOIN queue_mapping AS spoken ON spoken.kind = 'stages' AND spoken.source = p.source
        AND spoken.queue = p.queue AND spoken.field = p.field AND spoken.value IS NULL
        AND p.from_at >= spoken.valid_from AND p.from_at < spoken.valid_until
    ANTI JOIN queue_mapping AS named ON named.kind = 'stages' AND named.source = p.source AND named.queue = p.queue
        AND named.field = p.field AND lower(named.value) = lower(p.value)
        AND p.from_at >= named.valid_from AND p.from_at < named.valid_until
    WHERE p.field = 'status' OR spoken.field IS NOT NULL
),
homeless AS (
    SELECT t.source, s.queue, s.team, s.ticket_id, s.entered_at
    FROM stay AS s JOIN store.ticket AS t USING (ticket_id)
    WHERE s.calendar IS NULL
),

-- Who does a team's work: owns tickets, is on duty, or changes what others have opened by more than a comment.
stranger AS (
    SELECT account_id, a.source, a.login, a.email, a.name
    FROM store.account AS a JOIN actor USING (account_id)
    WHERE actor.person_id IS NULL AND NOT actor.is_bot
),
deed AS (
    SELECT account_id, e.ticket_id, e.occurred_at
    FROM fact.event AS e JOIN stranger AS s ON s.account_id = e.actor_id JOIN fact.ticket AS t USING (ticket_id)
    WHERE e.occurred_at < $as_of AND t.opened_at < $as_of AND e.actor_id IS DISTINCT FROM t.author_id
        AND e.field NOT IN ('created', 'comment', 'comment_deleted', 'link', 'lock', 'visibility', 'other')
    UNION ALL
    SELECT account_id, e.ticket_id, e.occurred_at
    FROM fact.event AS e JOIN stranger AS s ON s.account_id = e.new JOIN fact.ticket AS t USING (ticket_id)
    WHERE e.field = 'owner' AND e.occurred_at < $as_of AND t.opened_at < $as_of
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

broken_chain AS (
    SELECT t.source, t.key, b.* FROM fact.broken_chain AS b JOIN store.ticket AS t USING (ticket_id)
    WHERE b.occurred_at < $as_of AND t.opened_at < $as_of
),
milestone AS (
    SELECT m.ticket_id, t.source, t.key, m.milestone, m.happened_at,
        lag(m.milestone) OVER in_order AS earlier, lag(m.happened_at) OVER in_order AS earlier_at
    FROM incident_milestone($as_of) AS m
    JOIN store.ticket AS t USING (ticket_id)
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
    SELECT t.source, 'ticket gone', t.key, NULL, g.ticket_id,
        CASE g.reason WHEN 'hidden' THEN 'The tracker shows it no more and does not say why'
            ELSE format('It was {} in the tracker', g.reason) END || ': it counts until then and not after',
        NULL, 1, 1, NULL, g.gone_at, g.gone_at
    FROM store.gone AS g JOIN store.ticket AS t USING (ticket_id) WHERE g.gone_at < $as_of AND t.opened_at < $as_of
    UNION ALL
    SELECT source, 'inferred events', field, field, NULL,
        format('{} of {} events of this field were not told by the tracker, but inferred from what it shows',
            count(*) FILTER (origin = 'inferred'), count(*)),
        NULL, count(DISTINCT ticket_id) FILTER (origin = 'inferred'), count(*) FILTER (origin = 'inferred'),
        count(*) FILTER (origin = 'inferred') / count(*),
        min(occurred_at) FILTER (origin = 'inferred'), max(occurred_at) FILTER (origin = 'inferred')
    FROM event GROUP BY source, field HAVING bool_or(origin = 'inferred')
    UNION ALL
    SELECT source, 'broken chain', key, field, ticket_id,
        format('At {} UTC its {} changed from ''{}'', but had been {}: a change is missing',
            strftime(min(occurred_at), '%Y-%m-%d %H:%M:%S'), field, arg_min(old, (occurred_at, seq, event_id)),
            coalesce('''' || arg_min_null(before, (occurred_at, seq, event_id)) || '''', 'empty')),
        NULL, 1, count(*), NULL, min(occurred_at), max(occurred_at)
    FROM broken_chain GROUP BY source, key, field, ticket_id
    UNION ALL
    SELECT source, 'event before opening', key, NULL, ticket_id,
        format('{} events lie before its opening at {} UTC', count(*),
            strftime(any_value(opened_at), '%Y-%m-%d %H:%M:%S')),
        NULL, 1, count(*), NULL, min(occurred_at), max(occurred_at)
    FROM event SEMI JOIN fact.early USING (ticket_id) WHERE occurred_at < opened_at GROUP BY source, key, ticket_id
    UNION ALL
    SELECT t.source, 'done before opened', t.key, 'status', t.ticket_id,
        format('It was done at {} UTC, before it was opened at {} UTC', strftime(min(o.from_at), '%Y-%m-%d %H:%M:%S'),
            strftime(any_value(t.opened_at), '%Y-%m-%d %H:%M:%S')),
        NULL, 1, count(*), NULL, min(o.from_at), max(o.from_at)
    FROM open_spell($as_of) AS o JOIN store.ticket AS t USING (ticket_id)
    WHERE NOT o.is_open AND o.from_at < t.opened_at AND t.opened_at < $as_of
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
