-- What tickets went through, worked out from their events once: the facts. Every statement makes one table for the
-- tickets named in `subject`, over their whole history; `as_of.sql` cuts these tables at an instant. A spell is a
-- maximal interval [from_at, until_at) in which one ticket keeps one value of one field; until_at is NULL while it
-- lasts. (from_at, from_seq) orders spells of one second. Nothing here may depend on what happened later than it tells
-- of: what holds at an instant is what was worked out from the events before it.
--
-- `queue_mapping`, `queue_triage` and `queue_calendar` are the policies spelled out per queue, the first two per source
-- too: see metrics/policy_rows.py.

-- Events with who acted; one person under two accounts is one author. Words are left where they are.
CREATE OR REPLACE TABLE told_event AS
SELECT e.ticket_id, e.occurred_at, e.seq, e.actor_id, e.field, e.old,
    CASE WHEN e.field NOT IN ('comment', 'note', 'description') THEN e.new END AS new,
    t.source, t.opened_at, coalesce(a.is_bot, false) AS is_bot,
    coalesce(a.person_id, e.actor_id) IS NOT DISTINCT FROM coalesce(author.person_id, t.author_id) AS is_author
FROM event AS e
JOIN subject USING (ticket_id)
JOIN store.ticket AS t USING (ticket_id)
LEFT JOIN actor AS a ON a.account_id = e.actor_id
LEFT JOIN actor AS author ON author.account_id = t.author_id;

-- When the last thing happened to each ticket: after that, only time passes.
CREATE OR REPLACE TABLE life AS
SELECT t.ticket_id, t.opened_at, greatest(t.opened_at, max(e.occurred_at), any_value(g.gone_at)) AS last_at
FROM store.ticket AS t JOIN subject USING (ticket_id)
LEFT JOIN told_event AS e USING (ticket_id) LEFT JOIN store.gone AS g USING (ticket_id)
GROUP BY t.ticket_id, t.opened_at;

-- Tickets with a history from before their opening: until that, nothing of it is known.
CREATE OR REPLACE TABLE early AS
SELECT ticket_id, opened_at, count(*) AS events, min(occurred_at) AS first_at, max(occurred_at) AS last_at
FROM told_event WHERE occurred_at < opened_at GROUP BY ticket_id, opened_at;

-- Where a change is missing: what one change leaves is what the next one finds, where the tracker tells both.
CREATE OR REPLACE TABLE broken_chain AS
SELECT ticket_id, field, occurred_at, seq, event_id, old, lag(new) OVER by_change AS before
FROM event JOIN subject USING (ticket_id) WHERE field IN ('status', 'column', 'priority', 'queue', 'type')
WINDOW by_change AS (PARTITION BY ticket_id, field ORDER BY occurred_at, seq, event_id)
QUALIFY row_number() OVER by_change > 1 AND old IS NOT NULL AND old IS DISTINCT FROM before;

-- What people said and did that others can see, the requester's own included.
CREATE OR REPLACE TABLE human_act AS
SELECT ticket_id, occurred_at, seq, field, actor_id, is_author FROM told_event
WHERE field IN ('comment', 'note', 'description', 'status', 'owner', 'eta') AND NOT is_bot;

-- Fields with one value: the next change ends the spell. Fields with many: gaining and losing do.
CREATE OR REPLACE TABLE spell AS
WITH touch AS (
    SELECT ticket_id, field, NULL AS many, new AS value, true AS is_gain, occurred_at, seq, is_bot, actor_id
    FROM told_event WHERE field IN ('status', 'column', 'priority', 'queue', 'type')
    UNION ALL
    SELECT ticket_id, field, new, new, true, occurred_at, seq, is_bot, actor_id
    FROM told_event WHERE field IN ('label', 'owner', 'project', 'milestone') AND new IS NOT NULL
    UNION ALL
    SELECT ticket_id, field, old, old, false, occurred_at, seq, is_bot, actor_id
    FROM told_event WHERE field IN ('label', 'owner', 'project', 'milestone') AND old IS NOT NULL
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

-- Which queue a ticket was in when; '' while it was in none. The keys order changes of one second.
CREATE OR REPLACE TABLE queue_span AS
SELECT ticket_id, source, opened_at, coalesce(new, '') AS queue, occurred_at AS from_at, seq AS from_seq,
    lead(occurred_at) OVER by_queue AS until_at, lead(seq) OVER by_queue AS until_seq
FROM told_event WHERE field = 'queue'
WINDOW by_queue AS (PARTITION BY ticket_id ORDER BY occurred_at, seq)
UNION ALL
SELECT t.ticket_id, t.source, t.opened_at, '', TIMESTAMP '0001-01-01', 0,
    min(e.occurred_at), arg_min(e.seq, (e.occurred_at, e.seq))
FROM store.ticket AS t JOIN subject USING (ticket_id)
LEFT JOIN (FROM told_event WHERE field = 'queue') AS e USING (ticket_id)
GROUP BY t.ticket_id, t.source, t.opened_at;

-- Spells of what the maps speak of, cut where the ticket changes queues: what a value means is for the queue to say
-- that the ticket was in then, not for the one it is in today. began_at is when the value itself began.
CREATE OR REPLACE TABLE queued_spell AS
WITH piece AS (
    SELECT s.ticket_id, s.field, s.value, s.from_at AS began_at, s.is_bot, s.actor_id, q.source, q.queue,
        (q.from_at, q.from_seq) > (s.from_at, s.from_seq) AS is_cut_before,
        s.until_at IS NULL OR (q.until_at, q.until_seq) < (s.until_at, s.until_seq) AS is_cut_after,
        s.from_at, s.from_seq, s.until_at, s.until_seq,
        q.from_at AS in_at, q.from_seq AS in_seq, q.until_at AS out_at, q.until_seq AS out_seq
    FROM spell AS s JOIN queue_span AS q USING (ticket_id)
    WHERE s.field IN ('status', 'column', 'priority', 'label')
        AND (q.until_at IS NULL OR (s.from_at, s.from_seq) < (q.until_at, q.until_seq))
        AND (s.until_at IS NULL OR (q.from_at, q.from_seq) < (s.until_at, s.until_seq))
)
SELECT ticket_id, field, value, began_at, is_bot, actor_id, source, queue,
    if(is_cut_before, in_at, from_at) AS from_at, if(is_cut_before, in_seq, from_seq) AS from_seq,
    if(is_cut_after, out_at, until_at) AS until_at, if(is_cut_after, out_seq, until_seq) AS until_seq
FROM piece;

-- Values of the source in our words, by the mapping in force when the value began. rank says which wins when a
-- ticket holds several; a value of a mapped field that the mapping does not name has no target and beats all but done.
CREATE OR REPLACE TABLE mapped_spell AS
WITH place AS (SELECT DISTINCT source, queue, field, value, lower(value) AS word FROM queued_spell),
meaning AS (
    SELECT p.source, p.queue, p.field, p.value, m.kind, m.target, m.rank, m.valid_from, m.valid_until
    FROM place AS p
    JOIN queue_mapping AS m ON m.source = p.source AND m.queue = p.queue AND m.field = p.field AND lower(m.value) = p.word
    UNION ALL
    SELECT p.source, p.queue, p.field, p.value, m.kind, m.target, m.rank, m.valid_from, m.valid_until
    FROM place AS p
    JOIN queue_mapping AS m ON m.source = p.source AND m.queue = p.queue AND m.field = p.field AND m.value IS NULL
    ANTI JOIN queue_mapping AS named ON named.kind = m.kind AND named.source = p.source AND named.queue = p.queue
        AND named.field = p.field AND lower(named.value) = p.word
        AND named.valid_from = m.valid_from AND named.valid_until = m.valid_until
)
SELECT s.ticket_id, m.kind, s.field, m.target, m.rank, s.from_at, s.from_seq, s.until_at, s.until_seq, s.is_bot
FROM queued_spell AS s
JOIN meaning AS m ON m.source = s.source AND m.queue = s.queue AND m.field = s.field AND m.value = s.value
    AND s.began_at >= m.valid_from AND s.began_at < m.valid_until;

-- Stage or priority over time: at every instant the highest-ranking of what the ticket holds.
CREATE OR REPLACE TABLE ranked_spell AS
WITH turn AS (
    SELECT kind, ticket_id, from_at AS turned_at, from_seq AS seq, bool_and(is_bot) AS is_bot
    FROM mapped_spell GROUP BY ALL
    UNION ALL
    SELECT kind, ticket_id, until_at, until_seq, false FROM mapped_spell WHERE until_at IS NOT NULL
),
-- Joined on the ticket alone and filtered after: a join on (instant, place) pairs is ten times slower.
candidate AS (
    SELECT t.kind, t.ticket_id, t.turned_at, t.seq, t.is_bot, m.target, m.rank,
        (m.from_at, m.from_seq) <= (t.turned_at, t.seq)
            AND (m.until_at IS NULL OR (t.turned_at, t.seq) < (m.until_at, m.until_seq)) AS is_held
    FROM turn AS t JOIN mapped_spell AS m USING (kind, ticket_id)
),
held AS (
    SELECT kind, ticket_id, turned_at, seq, bool_or(is_bot) AS is_bot,
        arg_max_null(target, rank) FILTER (WHERE is_held) AS value, max(rank) FILTER (WHERE is_held) AS rank
    FROM candidate GROUP BY kind, ticket_id, turned_at, seq
),
change AS (
    SELECT * FROM held
    WINDOW by_turn AS (PARTITION BY kind, ticket_id ORDER BY turned_at, seq)
    QUALIFY row_number() OVER by_turn = 1 OR (value, rank) IS DISTINCT FROM (lag(value) OVER by_turn, lag(rank) OVER by_turn)
)
SELECT kind, ticket_id, value, turned_at AS from_at, seq AS from_seq,
    lead(turned_at) OVER by_value AS until_at, lead(seq) OVER by_value AS until_seq, is_bot
FROM change
WINDOW by_value AS (PARTITION BY kind, ticket_id ORDER BY turned_at, seq);

CREATE OR REPLACE TABLE stage_spell AS
SELECT * EXCLUDE (kind) RENAME (value AS stage) FROM ranked_spell WHERE kind = 'stages';

CREATE OR REPLACE TABLE priority_spell AS
SELECT * EXCLUDE (kind) RENAME (value AS priority) FROM ranked_spell WHERE kind = 'priorities';

-- When a ticket was open and when closed, by its status alone, repeats of either joined; cycle counts the openings.
CREATE OR REPLACE TABLE open_spell AS
WITH judged AS (
    SELECT s.*, coalesce(m.target = 'done', false) AS is_done
    FROM queued_spell AS s
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
    count(*) FILTER (NOT is_done) OVER by_cycle AS cycle
FROM change
WINDOW by_cycle AS (PARTITION BY ticket_id ORDER BY from_at, from_seq);
