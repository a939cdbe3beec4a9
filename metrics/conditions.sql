-- Stays in queues and when their triage rule held; stretches of being open in a queue. Facts: see spells.sql.

-- What the triage rules speak of: when each condition began (+1) and ceased (-1) to hold. A bot's doing never counts,
-- nor does the author's own comment. A note, which the requester cannot see, is a comment here, but no answer to them.
CREATE OR REPLACE TABLE condition_change AS
WITH held AS (
    SELECT ticket_id, field || '_set' AS condition, from_at, from_seq, until_at, until_seq
    FROM spell WHERE field IN ('label', 'owner', 'project') AND NOT is_bot
    UNION ALL
    SELECT ticket_id, if(kind = 'stages', 'left_new', 'priority_set'), from_at, from_seq, until_at, until_seq
    FROM mapped_spell WHERE (kind = 'priorities' OR target <> 'new') AND NOT is_bot
    UNION ALL
    SELECT ticket_id, 'closed', from_at, from_seq, until_at, until_seq
    FROM open_spell WHERE NOT is_open AND NOT is_bot
    UNION ALL
    SELECT ticket_id, 'commented', occurred_at, seq, NULL, NULL
    FROM human_act WHERE field IN ('comment', 'note') AND NOT is_author
)
SELECT ticket_id, condition, from_at AS changed_at, from_seq AS seq, 1 AS change FROM held
UNION ALL
SELECT ticket_id, condition, until_at, until_seq, -1 FROM held WHERE until_at IS NOT NULL;

-- [changed_at, until_at) with every condition as a column.
CREATE OR REPLACE TABLE condition_state AS
WITH changed AS (
    SELECT ticket_id, changed_at, seq,
        coalesce(sum(change) FILTER (condition = 'label_set'), 0) AS label_set,
        coalesce(sum(change) FILTER (condition = 'owner_set'), 0) AS owner_set,
        coalesce(sum(change) FILTER (condition = 'project_set'), 0) AS project_set,
        coalesce(sum(change) FILTER (condition = 'priority_set'), 0) AS priority_set,
        coalesce(sum(change) FILTER (condition = 'left_new'), 0) AS left_new,
        coalesce(sum(change) FILTER (condition = 'closed'), 0) AS closed,
        coalesce(sum(change) FILTER (condition = 'commented'), 0) AS commented
    FROM condition_change GROUP BY ticket_id, changed_at, seq
)
SELECT ticket_id, changed_at, seq,
    sum(label_set) OVER so_far > 0 AS label_set, sum(owner_set) OVER so_far > 0 AS owner_set,
    sum(project_set) OVER so_far > 0 AS project_set, sum(priority_set) OVER so_far > 0 AS priority_set,
    sum(left_new) OVER so_far > 0 AS left_new, sum(closed) OVER so_far > 0 AS closed,
    sum(commented) OVER so_far > 0 AS commented,
    lead(changed_at) OVER by_change AS until_at, lead(seq) OVER by_change AS until_seq
FROM changed
WINDOW so_far AS (PARTITION BY ticket_id ORDER BY changed_at, seq ROWS UNBOUNDED PRECEDING),
    by_change AS (PARTITION BY ticket_id ORDER BY changed_at, seq);

-- Each stay of a ticket in a queue, with what governs it: the team's calendar version and the triage rule in force
-- when it entered. Re-entering the queue is the next cycle.
CREATE OR REPLACE TABLE queue_stay AS
SELECT s.ticket_id, s.value AS queue, s.from_at AS entered_at, s.from_seq AS entered_seq,
    s.until_at AS left_at, s.until_seq AS left_seq,
    row_number() OVER (PARTITION BY s.ticket_id, s.value ORDER BY s.from_at, s.from_seq) AS cycle,
    row_number() OVER (PARTITION BY s.ticket_id ORDER BY s.from_at, s.from_seq) = 1 AS is_first,
    c.team, v.version AS calendar, r.rule
FROM spell AS s
JOIN store.ticket AS t USING (ticket_id)
LEFT JOIN queue_calendar AS c ON c.queue = s.value
LEFT JOIN calendar_version AS v ON v.calendar = c.calendar
    AND s.from_at >= v.valid_from AND s.from_at < v.valid_until
LEFT JOIN queue_triage AS r ON r.source = t.source AND r.queue = s.value
    AND s.from_at >= r.valid_from AND s.from_at < r.valid_until
WHERE s.field = 'queue';

-- Each stay with the first moment its rule held; a state that held on entering counts from the entry.
CREATE OR REPLACE TABLE triage_stay AS
WITH turn AS (
    SELECT s.ticket_id, s.queue, s.cycle, min(greatest(c.changed_at, s.entered_at)) AS triaged_at
    FROM queue_stay AS s
    JOIN condition_state AS c USING (ticket_id)
    WHERE (c.until_at IS NULL OR (c.until_at, c.until_seq) > (s.entered_at, s.entered_seq))
        AND (s.left_at IS NULL OR (c.changed_at, c.seq) < (s.left_at, s.left_seq))
        AND CASE s.rule /* rules: metrics.policies */ ELSE false END
    GROUP BY s.ticket_id, s.queue, s.cycle
)
SELECT s.*, turn.triaged_at, g.gone_at
FROM queue_stay AS s LEFT JOIN turn ON turn.ticket_id = s.ticket_id AND turn.queue = s.queue AND turn.cycle = s.cycle
LEFT JOIN store.gone AS g ON g.ticket_id = s.ticket_id;

-- The first word from somebody else, and the stay that answers for it: a ticket carried in by a transfer was opened
-- elsewhere.
CREATE OR REPLACE TABLE answer AS
WITH word AS (
    SELECT ticket_id, min(occurred_at) AS responded_at, arg_min(actor_id, (occurred_at, seq)) AS responder_id
    FROM human_act WHERE field = 'comment' AND NOT is_author GROUP BY ticket_id
)
SELECT t.ticket_id, t.opened_at, g.gone_at, s.queue, s.entered_at, s.team, s.calendar, w.responded_at, w.responder_id
FROM store.ticket AS t JOIN subject USING (ticket_id)
LEFT JOIN store.gone AS g USING (ticket_id)
LEFT JOIN word AS w USING (ticket_id)
LEFT JOIN (FROM queue_stay WHERE is_first) AS s USING (ticket_id);

-- A while in which a ticket is in a queue, open, and not gone.
CREATE OR REPLACE TABLE presence AS
SELECT s.ticket_id, s.queue, greatest(s.entered_at, o.from_at) AS from_at,
    if((s.entered_at, s.entered_seq) > (o.from_at, o.from_seq), s.entered_seq, o.from_seq) AS from_seq,
    CASE WHEN (s.entered_at, s.entered_seq) > (o.from_at, o.from_seq) THEN 'moved in'
        WHEN o.cycle = 1 THEN 'opened'
        WHEN (s.entered_at, s.entered_seq) = (o.from_at, o.from_seq) THEN 'moved in' ELSE 'reopened' END AS arrival,
    least(o.until_at, s.left_at, g.gone_at) AS until_at,
    CASE WHEN o.until_at IS NULL AND s.left_at IS NULL THEN if(g.gone_at IS NULL, NULL, 'gone')
        WHEN g.gone_at < least(o.until_at, s.left_at) THEN 'gone'
        WHEN s.left_at IS NULL OR (o.until_at, o.until_seq) < (s.left_at, s.left_seq) THEN 'closed'
        ELSE 'moved out' END AS departure
FROM queue_stay AS s
JOIN open_spell AS o USING (ticket_id)
LEFT JOIN store.gone AS g USING (ticket_id)
WHERE o.is_open
    AND (o.until_at IS NULL OR (s.entered_at, s.entered_seq) < (o.until_at, o.until_seq))
    AND (s.left_at IS NULL OR (o.from_at, o.from_seq) < (s.left_at, s.left_seq))
    AND (g.gone_at IS NULL OR greatest(s.entered_at, o.from_at) < g.gone_at);
