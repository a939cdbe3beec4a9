-- Shared relations, as table macros over a snapshot attached as `store`. Every one takes the instant it is asked at
-- and knows only what happened before it. A spell is a maximal interval [from_at, until_at) in which one ticket keeps
-- one value of one field; until_at is NULL while it lasts. (from_at, from_seq) orders spells of one second.
--
-- `queue_mapping`, `queue_triage` and `queue_calendar` are the policies spelled out per queue, the first two per source
-- too: see metrics/policy_rows.py.

-- Accounts with what the settings say of them.
CREATE VIEW actor AS
SELECT account_id, a.login, s.person_id, coalesce(p.name, a.login) AS name,
    a.is_bot OR coalesce(s.is_bot, false) AS is_bot
FROM store.account AS a
LEFT JOIN store.account_setting AS s USING (account_id)
LEFT JOIN store.person AS p ON p.person_id = s.person_id;

-- Tickets that exist: opened before, not gone by then.
CREATE MACRO live_ticket(instant) AS TABLE
SELECT t.* FROM store.ticket AS t LEFT JOIN store.gone AS g ON g.ticket_id = t.ticket_id AND g.gone_at < instant
WHERE t.opened_at < instant AND g.ticket_id IS NULL;

-- Events before the instant, with who acted; one person under two accounts is one author. Gone tickets are among them:
-- they have a past, and whoever asks about the present joins live_ticket.
CREATE MACRO known_event(instant) AS TABLE
SELECT e.*, t.source, coalesce(a.is_bot, false) AS is_bot,
    coalesce(a.person_id, e.actor_id) IS NOT DISTINCT FROM coalesce(author.person_id, t.author_id) AS is_author
FROM store.event AS e
JOIN store.ticket AS t USING (ticket_id)
LEFT JOIN actor AS a ON a.account_id = e.actor_id
LEFT JOIN actor AS author ON author.account_id = t.author_id
WHERE e.occurred_at < instant AND t.opened_at < instant;

-- Fields with one value: the next change ends the spell. Fields with many: gaining and losing do.
CREATE MACRO spell(instant) AS TABLE
WITH touch AS (
    SELECT ticket_id, field, NULL AS many, new AS value, true AS is_gain, occurred_at, seq, is_bot, actor_id
    FROM known_event(instant) WHERE field IN ('status', 'column', 'priority', 'queue', 'type')
    UNION ALL
    SELECT ticket_id, field, new, new, true, occurred_at, seq, is_bot, actor_id
    FROM known_event(instant) WHERE field IN ('label', 'owner', 'project', 'milestone') AND new IS NOT NULL
    UNION ALL
    SELECT ticket_id, field, old, old, false, occurred_at, seq, is_bot, actor_id
    FROM known_event(instant) WHERE field IN ('label', 'owner', 'project', 'milestone') AND old IS NOT NULL
),
-- A label set twice is one spell; a status set again to the same value too.
change AS (
    SELECT * FROM touch
    WINDOW by_touch AS (PARTITION BY ticket_id, field, many ORDER BY occurred_at, seq, is_gain)
    QUALIFY (is_gain, value) IS DISTINCT FROM (lag(is_gain) OVER by_touch, lag(value) OVER by_touch)
),
closed AS (
    SELECT *, lead(occurred_at) OVER by_change AS until_at, lead(seq) OVER by_change AS until_seq FROM change
    WINDOW by_change AS (PARTITION BY ticket_id, field, many ORDER BY occurred_at, seq, is_gain)
)
SELECT ticket_id, field, value, occurred_at AS from_at, seq AS from_seq, until_at, until_seq, is_bot, actor_id
FROM closed WHERE is_gain AND value IS NOT NULL;

-- The queue a ticket is in at the instant; '' for a ticket that is in none.
CREATE MACRO queue_of(instant) AS TABLE
SELECT t.ticket_id, coalesce(q.value, '') AS queue
FROM store.ticket AS t
LEFT JOIN (FROM spell(instant) WHERE field = 'queue' AND until_at IS NULL) AS q USING (ticket_id)
WHERE t.opened_at < instant;

-- Which queue a ticket was in when; '' while it was in none. The keys order changes of one second.
CREATE MACRO queue_span(instant) AS TABLE
SELECT ticket_id, source, coalesce(new, '') AS queue, {moment: occurred_at, seq: seq} AS from_key,
    lead({moment: occurred_at, seq: seq}) OVER (PARTITION BY ticket_id ORDER BY occurred_at, seq) AS until_key
FROM known_event(instant) WHERE field = 'queue'
UNION ALL
SELECT t.ticket_id, t.source, '', {moment: TIMESTAMP '0001-01-01', seq: 0},
    min({moment: e.occurred_at, seq: e.seq}) FILTER (e.seq IS NOT NULL)
FROM store.ticket AS t LEFT JOIN (FROM known_event(instant) WHERE field = 'queue') AS e USING (ticket_id)
WHERE t.opened_at < instant GROUP BY t.ticket_id, t.source;

-- Spells of what the maps speak of, cut where the ticket changes queues: what a value means is for the queue to say
-- that the ticket was in then, not for the one it is in today. began_at is when the value itself began.
CREATE MACRO queued_spell(instant) AS TABLE
WITH keyed AS (
    SELECT *, {moment: from_at, seq: from_seq} AS from_key,
        CASE WHEN until_at IS NOT NULL THEN {moment: until_at, seq: until_seq} END AS until_key
    FROM spell(instant) WHERE field IN ('status', 'column', 'priority', 'label')
),
piece AS (
    SELECT s.ticket_id, s.field, s.value, s.from_at AS began_at, s.is_bot, s.actor_id, q.source, q.queue,
        greatest(s.from_key, q.from_key) AS from_key, least(s.until_key, q.until_key) AS until_key
    FROM keyed AS s JOIN queue_span(instant) AS q USING (ticket_id)
)
SELECT * EXCLUDE (from_key, until_key),
    from_key.moment AS from_at, from_key.seq AS from_seq, until_key.moment AS until_at, until_key.seq AS until_seq
FROM piece WHERE until_key IS NULL OR from_key < until_key;

-- Values of the source in our words, by the mapping in force when the value began. rank says which wins when a
-- ticket holds several; a value of a mapped field that the mapping does not name has no target and beats all but done.
CREATE MACRO mapped_spell(mapping_kind, instant) AS TABLE
SELECT s.ticket_id, s.field, m.target, m.rank, s.from_at, s.from_seq, s.until_at, s.until_seq, s.is_bot
FROM queued_spell(instant) AS s
JOIN queue_mapping AS m ON m.kind = mapping_kind AND m.source = s.source AND m.queue = s.queue AND m.field = s.field
    AND lower(m.value) = lower(s.value) AND s.began_at >= m.valid_from AND s.began_at < m.valid_until
UNION ALL
SELECT s.ticket_id, s.field, m.target, m.rank, s.from_at, s.from_seq, s.until_at, s.until_seq, s.is_bot
FROM queued_spell(instant) AS s
JOIN queue_mapping AS m ON m.kind = mapping_kind AND m.source = s.source AND m.queue = s.queue AND m.field = s.field
    AND m.value IS NULL AND s.began_at >= m.valid_from AND s.began_at < m.valid_until
ANTI JOIN queue_mapping AS named ON named.kind = mapping_kind AND named.source = s.source AND named.queue = s.queue
    AND named.field = s.field AND lower(named.value) = lower(s.value)
    AND s.began_at >= named.valid_from AND s.began_at < named.valid_until;

-- Stage or priority over time: at every instant the highest-ranking of what the ticket holds.
CREATE MACRO ranked_spell(mapping_kind, instant) AS TABLE
WITH mapped AS (FROM mapped_spell(mapping_kind, instant)),
turn AS (
    SELECT ticket_id, from_at AS turned_at, from_seq AS seq, bool_and(is_bot) AS is_bot FROM mapped GROUP BY ALL
    UNION ALL
    SELECT ticket_id, until_at, until_seq, false FROM mapped WHERE until_at IS NOT NULL
),
-- Joined on the ticket alone and filtered after: a join on (instant, place) pairs is ten times slower.
candidate AS (
    SELECT t.ticket_id, t.turned_at, t.seq, t.is_bot, m.target, m.rank,
        (m.from_at, m.from_seq) <= (t.turned_at, t.seq)
            AND (m.until_at IS NULL OR (t.turned_at, t.seq) < (m.until_at, m.until_seq)) AS is_held
    FROM turn AS t JOIN mapped AS m USING (ticket_id)
),
held AS (
    SELECT ticket_id, turned_at, seq, bool_or(is_bot) AS is_bot,
        arg_max_null(target, rank) FILTER (WHERE is_held) AS value, max(rank) FILTER (WHERE is_held) AS rank
    FROM candidate GROUP BY ticket_id, turned_at, seq
),
change AS (
    SELECT * FROM held
    WINDOW by_turn AS (PARTITION BY ticket_id ORDER BY turned_at, seq)
    QUALIFY row_number() OVER by_turn = 1 OR (value, rank) IS DISTINCT FROM (lag(value) OVER by_turn, lag(rank) OVER by_turn)
)
SELECT ticket_id, value, turned_at AS from_at, seq AS from_seq,
    lead(turned_at) OVER by_value AS until_at, lead(seq) OVER by_value AS until_seq, is_bot
FROM change
WINDOW by_value AS (PARTITION BY ticket_id ORDER BY turned_at, seq);

CREATE MACRO stage_spell(instant) AS TABLE
SELECT * RENAME (value AS stage) FROM ranked_spell('stages', instant);

CREATE MACRO priority_spell(instant) AS TABLE
SELECT * RENAME (value AS priority) FROM ranked_spell('priorities', instant);

-- When a ticket was open and when closed, by its status alone, repeats of either joined; cycle counts the openings.
CREATE MACRO open_spell(instant) AS TABLE
WITH judged AS (
    SELECT s.*, coalesce(m.target = 'done', false) AS is_done
    FROM queued_spell(instant) AS s
    LEFT JOIN queue_mapping AS m ON m.kind = 'stages' AND m.source = s.source AND m.queue = s.queue
        AND m.field = 'status' AND lower(m.value) = lower(s.value)
        AND s.began_at >= m.valid_from AND s.began_at < m.valid_until
    WHERE s.field = 'status'
),
change AS (
    SELECT * FROM judged
    WINDOW by_status AS (PARTITION BY ticket_id ORDER BY from_at, from_seq)
    QUALIFY is_done IS DISTINCT FROM lag(is_done) OVER by_status
)
SELECT ticket_id, NOT is_done AS is_open, value AS status, from_at, from_seq, is_bot, actor_id,
    lead(from_at) OVER by_cycle AS until_at, lead(from_seq) OVER by_cycle AS until_seq,
    sum((NOT is_done)::INTEGER) OVER by_cycle AS cycle
FROM change
WINDOW by_cycle AS (PARTITION BY ticket_id ORDER BY from_at, from_seq);
