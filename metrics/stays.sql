-- Where each ticket stood when, and who had it in work. Facts: see spells.sql.

-- In which stage, of which queue: cumulative flow is counted from it. The stays of one ticket follow each other without a
-- gap, from its opening until it is gone; until_at is NULL for the last one, unless it is. '' is no queue, or a stage the
-- map does not tell. Stays that began and ended in the same instant are among them.
CREATE OR REPLACE TABLE stage_stay AS
WITH queue_spell AS (
    SELECT ticket_id, value, from_at, from_seq, until_at, until_seq FROM spell WHERE field = 'queue'
),
touch AS (
    SELECT ticket_id, from_at AS touched_at, from_seq AS seq, coalesce(stage, '') AS stage, NULL AS queue
    FROM stage_spell
    UNION ALL
    SELECT ticket_id, from_at, from_seq, NULL, value FROM queue_spell
    UNION ALL
    SELECT ticket_id, until_at, until_seq, NULL, '' FROM queue_spell WHERE until_at IS NOT NULL
    UNION ALL
    SELECT ticket_id, TIMESTAMP '0001-01-01', 0, '', '' FROM subject
),
-- '' sorts before every name: where one queue ends and the next begins, the next one counts.
turn AS (SELECT ticket_id, touched_at, seq, max(stage) AS stage, max(queue) AS queue FROM touch GROUP BY ALL),
standing AS (
    SELECT ticket_id, touched_at, seq, last_value(stage IGNORE NULLS) OVER by_turn AS stage,
        last_value(queue IGNORE NULLS) OVER by_turn AS queue, lead(touched_at) OVER by_turn AS next_at
    FROM turn WINDOW by_turn AS (PARTITION BY ticket_id ORDER BY touched_at, seq)
),
-- What was said of a ticket before it was opened holds from its opening on.
known AS (
    SELECT s.ticket_id, t.source, s.stage, s.queue, greatest(s.touched_at, t.opened_at) AS from_at, s.seq, g.gone_at
    FROM standing AS s JOIN store.ticket AS t USING (ticket_id)
    LEFT JOIN store.gone AS g USING (ticket_id)
    WHERE (s.touched_at >= t.opened_at OR s.next_at IS NULL OR s.next_at > t.opened_at)
        AND (g.gone_at IS NULL OR greatest(s.touched_at, t.opened_at) < g.gone_at)
),
change AS (
    FROM known WINDOW by_stay AS (PARTITION BY ticket_id ORDER BY from_at, seq)
    QUALIFY row_number() OVER by_stay = 1
        OR (stage, queue) IS DISTINCT FROM (lag(stage) OVER by_stay, lag(queue) OVER by_stay)
)
SELECT ticket_id, source, queue, stage, from_at, seq AS from_seq,
    coalesce(lead(from_at) OVER by_change, gone_at) AS until_at, lead(seq) OVER by_change AS until_seq
FROM change WINDOW by_change AS (PARTITION BY ticket_id ORDER BY from_at, seq);

-- Each stay in a stage but done, cut where the ticket changed queues; left_at, where that ended the stay. entered_at is
-- when the ticket first came into the stage, back_at when it next came back. The calendar is that of the piece's queue, in
-- the version in force when the ticket was opened (NULL: none); facts.py adds its readings.
CREATE OR REPLACE TABLE passage AS
WITH stay AS (
    SELECT ticket_id, stage, from_at, until_at, min(from_at) OVER by_stage AS entered_at,
        lead(from_at) OVER by_stage AS back_at
    FROM stage_spell WHERE stage <> 'done' AND until_at IS DISTINCT FROM from_at
    WINDOW by_stage AS (PARTITION BY ticket_id, stage ORDER BY from_at)
)
SELECT s.ticket_id, s.stage, q.queue, q.opened_at, g.gone_at, s.entered_at, greatest(s.from_at, q.from_at) AS from_at,
    least(s.until_at, q.until_at) AS until_at, if(q.until_at < s.until_at, NULL, s.until_at) AS left_at, s.back_at,
    v.version AS calendar
FROM stay AS s
JOIN queue_span AS q ON q.ticket_id = s.ticket_id AND (s.until_at IS NULL OR q.from_at < s.until_at)
    AND (q.until_at IS NULL OR q.until_at > s.from_at)
LEFT JOIN store.gone AS g ON g.ticket_id = s.ticket_id
LEFT JOIN queue_calendar AS c ON c.queue = q.queue
LEFT JOIN calendar_version AS v ON v.calendar = c.calendar
    AND q.opened_at >= v.valid_from AND q.opened_at < v.valid_until;

-- Each time a ticket was active, with the calendar of the queue it was in when it became so (NULL: none): what it took,
-- where nobody recorded it. facts.py adds what the calendar's clock shows at either end.
CREATE OR REPLACE TABLE active_spell AS
WITH queued AS (
    SELECT ticket_id, value AS queue, from_at, until_at FROM spell
    WHERE field = 'queue' AND until_at IS DISTINCT FROM from_at
)
SELECT a.ticket_id, a.from_at, a.until_at, v.version AS calendar
FROM (FROM stage_spell WHERE stage = 'active') AS a
ASOF LEFT JOIN queued AS q ON q.ticket_id = a.ticket_id AND a.from_at >= q.from_at
LEFT JOIN queue_calendar AS c ON c.queue = q.queue AND (q.until_at IS NULL OR q.until_at > a.from_at)
LEFT JOIN calendar_version AS v ON v.calendar = c.calendar AND a.from_at >= v.valid_from AND a.from_at < v.valid_until;

-- Each maximal time within which a ticket was active in one queue with one owner, or with none. Owners are people: two
-- accounts of one person are one, a login that is nobody's is a person of its own, bots own nothing. Of stays and
-- ownerships only the time counts: what began and ended in one instant has none.
CREATE OR REPLACE TABLE work AS
WITH active AS (
    SELECT ticket_id, source, queue, from_at, coalesce(until_at, TIMESTAMP '9999-12-31') AS until_at
    FROM stage_stay WHERE stage = 'active' AND until_at IS DISTINCT FROM from_at
),
owned AS (
    SELECT s.ticket_id, coalesce(a.person_id, s.value) AS person_id, coalesce(a.name, s.value) AS person,
        s.from_at, coalesce(s.until_at, TIMESTAMP '9999-12-31') AS until_at
    FROM (FROM spell WHERE field = 'owner' AND until_at IS DISTINCT FROM from_at) AS s
    SEMI JOIN active USING (ticket_id)
    LEFT JOIN actor AS a ON a.account_id = s.value
    WHERE NOT coalesce(a.is_bot, false)
),
-- Nobody's time is what lies before, between and after everybody's: one gap before each moment that begins a
-- maximal time with an owner, and one after the last.
reached AS (
    SELECT ticket_id, from_at, coalesce(max(until_at) OVER earlier, TIMESTAMP '0001-01-01') AS owned_until FROM owned
    WINDOW earlier AS (
        PARTITION BY ticket_id ORDER BY from_at, until_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )
),
vacancy AS (
    SELECT ticket_id, owned_until AS from_at, from_at AS until_at FROM reached WHERE owned_until < from_at
    UNION ALL
    SELECT w.ticket_id, coalesce(max(o.until_at), TIMESTAMP '0001-01-01'), TIMESTAMP '9999-12-31'
    FROM (SELECT DISTINCT ticket_id FROM active) AS w LEFT JOIN owned AS o USING (ticket_id) GROUP BY w.ticket_id
),
holding AS (
    FROM owned
    UNION ALL
    SELECT ticket_id, NULL, NULL, from_at, until_at FROM vacancy
),
piece AS (
    SELECT w.ticket_id, w.source, w.queue, h.person_id, h.person,
        greatest(w.from_at, h.from_at) AS from_at, least(w.until_at, h.until_at) AS until_at
    FROM active AS w JOIN holding AS h ON h.ticket_id = w.ticket_id AND h.from_at < w.until_at AND w.from_at < h.until_at
),
-- Pieces that touch or overlap are one.
begun AS (
    SELECT *, coalesce(from_at > max(until_at) OVER before_it, true)::INTEGER AS is_start FROM piece
    WINDOW before_it AS (
        PARTITION BY ticket_id, queue, person_id ORDER BY from_at, until_at
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )
),
numbered AS (
    SELECT *, sum(is_start) OVER (PARTITION BY ticket_id, queue, person_id ORDER BY from_at) AS number
    FROM begun
)
SELECT ticket_id, any_value(source) AS source, queue, person_id, any_value(person) AS person, min(from_at) AS from_at,
    nullif(max(until_at), TIMESTAMP '9999-12-31') AS until_at
FROM numbered GROUP BY ticket_id, queue, person_id, number;

-- While an owned, active ticket heard no word of progress for a day or more: from the last word, or from when somebody
-- had it in work if that was later, to the next word. How many days are silence is for the settings to say, never less
-- than one. What a tracker tells from before the opening is older than the opening.
CREATE OR REPLACE TABLE quiet AS
WITH claimed AS (
    SELECT ticket_id, source, queue, from_at, coalesce(until_at, TIMESTAMP '9999-12-31') AS until_at
    FROM work WHERE person_id IS NOT NULL
),
-- Several owners at once are one claim.
begun AS (
    SELECT *, coalesce(from_at > max(until_at) OVER before_it, true)::INTEGER AS is_start FROM claimed
    WINDOW before_it AS (
        PARTITION BY ticket_id, queue ORDER BY from_at, until_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )
),
numbered AS (SELECT *, sum(is_start) OVER (PARTITION BY ticket_id, queue ORDER BY from_at) AS number FROM begun),
claim AS (
    SELECT ticket_id, any_value(source) AS source, queue, min(from_at) AS from_at, max(until_at) AS until_at
    FROM numbered GROUP BY ticket_id, queue, number
),
word AS (
    SELECT ticket_id, opened_at AS said_at FROM life
    UNION ALL
    SELECT ticket_id, occurred_at FROM human_act WHERE actor_id IS NOT NULL
),
pause AS (
    SELECT ticket_id, said_at,
        lead(said_at, 1, TIMESTAMP '9999-12-31') OVER (PARTITION BY ticket_id ORDER BY said_at) AS next_at
    FROM word SEMI JOIN claim USING (ticket_id)
    QUALIFY next_at - said_at >= INTERVAL 1 DAY
)
SELECT c.ticket_id, c.source, c.queue, p.said_at, greatest(c.from_at, p.said_at) AS from_at,
    nullif(least(c.until_at, p.next_at), TIMESTAMP '9999-12-31') AS until_at
FROM claim AS c JOIN pause AS p ON p.ticket_id = c.ticket_id AND p.said_at < c.until_at AND p.next_at > c.from_at
WHERE least(c.until_at, p.next_at) - p.said_at >= INTERVAL 1 DAY;

-- Each opening of a ticket, the first and each reopening, until it was closed: when the ticket first was active within
-- it, when it was opened again, and the queue that the ticket is in in the end, since queued_at.
CREATE OR REPLACE TABLE cycle AS
WITH opening AS (FROM open_spell WHERE is_open),
started AS (
    SELECT o.ticket_id, o.cycle, min(a.from_at) AS active_at
    FROM opening AS o
    JOIN (FROM stage_spell WHERE stage = 'active') AS a
        ON a.ticket_id = o.ticket_id AND (a.from_at, a.from_seq) >= (o.from_at, o.from_seq)
        AND (o.until_at IS NULL OR (a.from_at, a.from_seq) < (o.until_at, o.until_seq))
    GROUP BY o.ticket_id, o.cycle
)
SELECT o.ticket_id, t.key, t.opened_at, g.gone_at, q.queue, q.from_at AS queued_at, o.cycle, o.from_at, o.until_at, s.active_at,
    lead(o.from_at) OVER (PARTITION BY o.ticket_id ORDER BY o.cycle) AS reopened_at
FROM opening AS o
JOIN store.ticket AS t USING (ticket_id)
JOIN (FROM queue_span WHERE until_at IS NULL) AS q USING (ticket_id)
LEFT JOIN store.gone AS g USING (ticket_id)
LEFT JOIN started AS s ON s.ticket_id = o.ticket_id AND s.cycle = o.cycle;
