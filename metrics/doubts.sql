-- What history gives cause for doubt: words without a meaning, work that is nobody's, events that no tracker told.
-- Facts: see spells.sql. known_at is when such a thing counts from: nothing counts before its ticket is opened.

-- A status has its stage from the settings or from the tracker itself; a column from the settings alone, and only where
-- they speak of columns at all. What a ticket was while it was not in a queue of ours yet is nothing to map: once it
-- has come to one, at placed_at, no more is said of that.
CREATE OR REPLACE TABLE unmapped AS
WITH entered AS (SELECT ticket_id, min(entered_at) AS placed_at FROM triage_stay GROUP BY ticket_id),
piece AS (FROM queued_spell WHERE field IN ('status', 'column')),
nameless AS (
    SELECT p.* FROM piece AS p
    LEFT JOIN queue_mapping AS spoken ON spoken.kind = 'stages' AND spoken.source = p.source
        AND spoken.queue = p.queue AND spoken.field = p.field AND spoken.value IS NULL
        AND p.began_at >= spoken.valid_from AND p.began_at < spoken.valid_until
    ANTI JOIN queue_mapping AS named ON named.kind = 'stages' AND named.source = p.source AND named.queue = p.queue
        AND named.field = p.field AND lower(named.value) = lower(p.value)
        AND p.began_at >= named.valid_from AND p.began_at < named.valid_until
    WHERE p.field = 'status' OR spoken.field IS NOT NULL
),
-- A queue that is told again is the queue it was in.
met AS (
    SELECT * FROM nameless
    WINDOW by_turn AS (PARTITION BY ticket_id, field ORDER BY from_at, from_seq)
    QUALIFY (queue, value, began_at, from_at, from_seq) IS DISTINCT FROM (
        lag(queue) OVER by_turn, lag(value) OVER by_turn, lag(began_at) OVER by_turn,
        lag(until_at) OVER by_turn, lag(until_seq) OVER by_turn
    )
)
SELECT n.ticket_id, n.source, n.field, n.value, n.began_at AS from_at, greatest(n.from_at, t.opened_at) AS known_at,
    CASE WHEN n.queue = '' THEN e.placed_at END AS placed_at
FROM met AS n JOIN life AS t USING (ticket_id) LEFT JOIN entered AS e USING (ticket_id)
WHERE n.queue <> '' OR e.placed_at IS NULL OR e.placed_at > greatest(n.from_at, t.opened_at);

-- What accounts of no person do of a team's work: they own tickets, or change what others have opened by more than a
-- comment.
CREATE OR REPLACE TABLE stranger_deed AS
WITH stranger AS (SELECT account_id FROM actor WHERE person_id IS NULL AND NOT is_bot)
SELECT e.ticket_id, e.actor_id AS account_id, e.occurred_at, greatest(e.occurred_at, e.opened_at) AS known_at
FROM told_event AS e SEMI JOIN stranger ON stranger.account_id = e.actor_id
JOIN store.ticket AS t USING (ticket_id)
WHERE e.actor_id IS DISTINCT FROM t.author_id
    AND e.field NOT IN ('created', 'comment', 'comment_deleted', 'link', 'lock', 'visibility', 'other')
UNION ALL
SELECT e.ticket_id, e.new, e.occurred_at, greatest(e.occurred_at, e.opened_at)
FROM told_event AS e SEMI JOIN stranger ON stranger.account_id = e.new WHERE e.field = 'owner';

-- Events that were not told by the tracker, but inferred from what it shows.
CREATE OR REPLACE TABLE inferred AS
SELECT e.ticket_id, t.source, e.field, e.occurred_at, greatest(e.occurred_at, t.opened_at) AS known_at
FROM event AS e JOIN subject USING (ticket_id) JOIN store.ticket AS t USING (ticket_id)
WHERE e.origin = 'inferred';
