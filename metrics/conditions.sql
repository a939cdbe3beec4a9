-- What the triage rules speak of, over time: after each change of a ticket, which conditions hold.
-- A bot's doing never counts, nor does the author's own comment. A note, which the requester cannot see, is a comment
-- here, but no answer to the requester.

CREATE MACRO condition_change(instant) AS TABLE
WITH held AS (
    SELECT ticket_id, 'label_set' AS condition, from_at, from_seq, until_at, until_seq
    FROM spell(instant) WHERE field = 'label' AND NOT is_bot
    UNION ALL
    SELECT ticket_id, 'owner_set', from_at, from_seq, until_at, until_seq
    FROM spell(instant) WHERE field = 'owner' AND NOT is_bot
    UNION ALL
    SELECT ticket_id, 'project_set', from_at, from_seq, until_at, until_seq
    FROM spell(instant) WHERE field = 'project' AND NOT is_bot
    UNION ALL
    SELECT ticket_id, 'priority_set', from_at, from_seq, until_at, until_seq
    FROM mapped_spell('priorities', instant) WHERE NOT is_bot
    UNION ALL
    SELECT ticket_id, 'left_new', from_at, from_seq, until_at, until_seq
    FROM mapped_spell('stages', instant) WHERE target <> 'new' AND NOT is_bot
    UNION ALL
    SELECT ticket_id, 'closed', from_at, from_seq, until_at, until_seq
    FROM open_spell(instant) WHERE NOT is_open AND NOT is_bot
    UNION ALL
    SELECT ticket_id, 'commented', occurred_at, seq, NULL, NULL
    FROM known_event(instant) WHERE field IN ('comment', 'note') AND NOT is_bot AND NOT is_author
)
SELECT ticket_id, condition, from_at AS changed_at, from_seq AS seq, 1 AS change FROM held
UNION ALL
SELECT ticket_id, condition, until_at, until_seq, -1 FROM held WHERE until_at IS NOT NULL;

-- [from_at, until_at) with every condition as a column.
CREATE MACRO condition_state(instant) AS TABLE
WITH running AS (
    SELECT DISTINCT ticket_id, changed_at, seq,
        coalesce(sum(change) FILTER (condition = 'label_set') OVER so_far, 0) > 0 AS label_set,
        coalesce(sum(change) FILTER (condition = 'owner_set') OVER so_far, 0) > 0 AS owner_set,
        coalesce(sum(change) FILTER (condition = 'project_set') OVER so_far, 0) > 0 AS project_set,
        coalesce(sum(change) FILTER (condition = 'priority_set') OVER so_far, 0) > 0 AS priority_set,
        coalesce(sum(change) FILTER (condition = 'left_new') OVER so_far, 0) > 0 AS left_new,
        coalesce(sum(change) FILTER (condition = 'closed') OVER so_far, 0) > 0 AS closed,
        coalesce(sum(change) FILTER (condition = 'commented') OVER so_far, 0) > 0 AS commented
    FROM condition_change(instant)
    WINDOW so_far AS (PARTITION BY ticket_id ORDER BY changed_at, seq)
)
SELECT *, lead(changed_at) OVER by_change AS until_at, lead(seq) OVER by_change AS until_seq
FROM running
WINDOW by_change AS (PARTITION BY ticket_id ORDER BY changed_at, seq);

-- Each stay of a ticket in a queue, with what governs it: the team's calendar version and the triage rule in force
-- when it entered. Re-entering the queue is the next cycle.
CREATE MACRO queue_stay(instant) AS TABLE
SELECT s.ticket_id, s.value AS queue, s.from_at AS entered_at, s.from_seq AS entered_seq,
    s.until_at AS left_at, s.until_seq AS left_seq,
    row_number() OVER (PARTITION BY s.ticket_id, s.value ORDER BY s.from_at, s.from_seq) AS cycle,
    c.team, v.version AS calendar, r.rule
FROM spell(instant) AS s
JOIN store.ticket AS t USING (ticket_id)
LEFT JOIN queue_calendar AS c ON c.queue = s.value
LEFT JOIN calendar_version AS v ON v.calendar = c.calendar
    AND s.from_at >= v.valid_from AND s.from_at < v.valid_until
LEFT JOIN queue_triage AS r ON r.source = t.source AND r.queue = s.value
    AND s.from_at >= r.valid_from AND s.from_at < r.valid_until
WHERE s.field = 'queue';

-- Each stay with the first moment its rule held; a state that held on entering counts from the entry.
CREATE MACRO triage_stay(instant) AS TABLE
WITH stay AS (FROM queue_stay(instant)),
turn AS (
    SELECT s.ticket_id, s.queue, s.cycle, min(greatest(c.changed_at, s.entered_at)) AS triaged_at
    FROM stay AS s
    JOIN condition_state(instant) AS c ON c.ticket_id = s.ticket_id
        AND (c.until_at IS NULL OR (c.until_at, c.until_seq) > (s.entered_at, s.entered_seq))
        AND (s.left_at IS NULL OR (c.changed_at, c.seq) < (s.left_at, s.left_seq))
    WHERE CASE s.rule /* rules: metrics.policies */ ELSE false END
    GROUP BY s.ticket_id, s.queue, s.cycle
)
SELECT s.*, turn.triaged_at
FROM stay AS s LEFT JOIN turn ON turn.ticket_id = s.ticket_id AND turn.queue = s.queue AND turn.cycle = s.cycle;

CREATE MACRO first_word(instant) AS TABLE
SELECT ticket_id, min(occurred_at) AS responded_at, arg_min(actor_id, (occurred_at, seq)) AS responder_id
FROM known_event(instant)
WHERE field = 'comment' AND NOT is_bot AND NOT is_author
GROUP BY ticket_id;

-- The stay that answers for a ticket's opening: a ticket carried in by a transfer was opened elsewhere.
CREATE MACRO first_stay(instant) AS TABLE
SELECT * FROM queue_stay(instant)
QUALIFY row_number() OVER (PARTITION BY ticket_id ORDER BY entered_at, entered_seq) = 1;

-- A while in which a ticket is in a queue, open, and not gone.
CREATE MACRO presence(instant) AS TABLE
SELECT s.ticket_id, s.queue, greatest(s.entered_at, o.from_at) AS from_at,
    greatest((s.entered_at, s.entered_seq), (o.from_at, o.from_seq)) AS from_key,
    CASE WHEN (s.entered_at, s.entered_seq) > (o.from_at, o.from_seq) THEN 'moved in'
        WHEN o.cycle = 1 THEN 'opened'
        WHEN (s.entered_at, s.entered_seq) = (o.from_at, o.from_seq) THEN 'moved in' ELSE 'reopened' END AS arrival,
    least(o.until_at, s.left_at, g.gone_at) AS until_at,
    CASE WHEN o.until_at IS NULL AND s.left_at IS NULL THEN if(g.gone_at IS NULL, NULL, 'gone')
        WHEN g.gone_at < least(o.until_at, s.left_at) THEN 'gone'
        WHEN s.left_at IS NULL OR (o.until_at, o.until_seq) < (s.left_at, s.left_seq) THEN 'closed'
        ELSE 'moved out' END AS departure
FROM queue_stay(instant) AS s
JOIN open_spell(instant) AS o ON o.ticket_id = s.ticket_id AND o.is_open
    AND (o.until_at IS NULL OR (s.entered_at, s.entered_seq) < (o.until_at, o.until_seq))
    AND (s.left_at IS NULL OR (o.from_at, o.from_seq) < (s.left_at, s.left_seq))
LEFT JOIN store.gone AS g ON g.ticket_id = s.ticket_id AND g.gone_at < instant
WHERE g.gone_at IS NULL OR greatest(s.entered_at, o.from_at) < g.gone_at;
