-- Action items as stretches of time in which nothing that matters about them changed. $reviews: see
-- incident_reviews.py. What follows this file selects from `item` (one row each) or `course` (one row per stretch).
WITH review AS (
    SELECT unnest(from_json($reviews, '[{"version": "VARCHAR", "action_days": "INTEGER", "aspirational": ["VARCHAR"]}]'),
        recursive := true)
),
piece AS MATERIALIZED (FROM incident_spell($as_of)),
held AS (FROM piece WHERE role = 'action'),
known AS (
    SELECT ticket_id, arg_min(version, from_key) AS version, min(from_key).moment AS recognised_at
    FROM held GROUP BY ticket_id
),
queued AS (
    SELECT k.ticket_id, any_value(s.value) AS queue FROM known AS k JOIN reviewed_spell($as_of) AS s USING (ticket_id)
    WHERE s.field = 'queue' AND s.from_at <= k.recognised_at AND (s.until_at IS NULL OR s.until_at > k.recognised_at)
    GROUP BY k.ticket_id
),
item AS MATERIALIZED (
    SELECT k.ticket_id, q.queue, k.recognised_at, k.recognised_at + to_days(r.action_days) AS usual_due_at,
        r.aspirational, coalesce(v.zone, 'UTC') AS zone
    FROM known AS k JOIN review AS r USING (version) LEFT JOIN queued AS q USING (ticket_id)
    LEFT JOIN queue_calendar AS c ON c.queue = coalesce(q.queue, '')
    LEFT JOIN calendar_version AS v ON v.calendar = c.calendar
        AND k.recognised_at >= v.valid_from AND k.recognised_at < v.valid_until
    WHERE ($queues IS NULL OR list_contains($queues, q.queue))
        AND ($since IS NULL OR k.recognised_at >= $since) AND ($until IS NULL OR k.recognised_at < $until)
),
-- While something holds: that it is an action item, is open, is gone, is aspirational.
holding AS (
    SELECT ticket_id, 'role' AS what, from_key.moment AS from_at, from_key.seq AS from_seq,
        until_key.moment AS until_at, until_key.seq AS until_seq
    FROM held SEMI JOIN item USING (ticket_id)
    UNION ALL
    SELECT ticket_id, 'open', from_at, from_seq, until_at, until_seq
    FROM reviewed_open_spell($as_of) SEMI JOIN item USING (ticket_id) WHERE is_open
    UNION ALL
    SELECT ticket_id, 'gone', gone_at, 9223372036854775807, NULL, NULL
    FROM store.gone SEMI JOIN item USING (ticket_id) WHERE gone_at < $as_of
    UNION ALL
    SELECT i.ticket_id, 'aspirational', s.from_at, s.from_seq, s.until_at, s.until_seq
    FROM item AS i JOIN reviewed_spell($as_of) AS s USING (ticket_id)
    WHERE s.field = 'label' AND len([p for p in i.aspirational if lower(s.value) GLOB p]) > 0
),
change AS (
    SELECT ticket_id, what, from_at AS changed_at, from_seq AS seq, 1 AS change, NULL AS eta FROM holding
    UNION ALL
    SELECT ticket_id, what, until_at, until_seq, -1, NULL FROM holding WHERE until_at IS NOT NULL
    UNION ALL
    SELECT ticket_id, 'eta', occurred_at, seq, 0, coalesce(new, '') FROM fact.reviewed_event SEMI JOIN item USING (ticket_id)
    WHERE field = 'eta' AND occurred_at < $as_of
),
turn AS (
    SELECT ticket_id, changed_at, seq, max(eta) AS eta,
        coalesce(sum(change) FILTER (what = 'role'), 0) AS role, coalesce(sum(change) FILTER (what = 'open'), 0) AS open,
        coalesce(sum(change) FILTER (what = 'gone'), 0) AS gone,
        coalesce(sum(change) FILTER (what = 'aspirational'), 0) AS aspirational
    FROM change GROUP BY ticket_id, changed_at, seq
),
stretch AS (
    SELECT ticket_id, changed_at, seq, lead(changed_at) OVER (PARTITION BY ticket_id ORDER BY changed_at, seq) AS until_at,
        sum(role) OVER so_far > 0 AS is_item, sum(open) OVER so_far > 0 AS is_open, sum(gone) OVER so_far > 0 AS is_gone,
        sum(aspirational) OVER so_far > 0 AS is_aspirational, last_value(eta IGNORE NULLS) OVER so_far AS eta
    FROM turn
    WINDOW so_far AS (PARTITION BY ticket_id ORDER BY changed_at, seq ROWS UNBOUNDED PRECEDING)
),
-- A day stands for its end, in the zone of the team that had the item; what is neither a day nor an instant is no date.
dated AS (
    SELECT s.* EXCLUDE (eta), i.queue, i.recognised_at, s.is_item AND s.is_open AND NOT s.is_gone AS is_in,
        CASE WHEN NOT s.is_aspirational THEN coalesce(
            CASE WHEN regexp_full_match(s.eta, '\d{4}-\d\d-\d\d')
                THEN timezone('UTC', timezone(i.zone, (try_cast(s.eta AS DATE) + 1)::TIMESTAMP)) ELSE instant_of(s.eta) END,
            i.usual_due_at
        ) END AS due_at
    FROM stretch AS s JOIN item AS i USING (ticket_id)
),
course AS (
    SELECT *, coalesce(lag(is_in) OVER by_turn, false) AS was_in,
        coalesce(bool_or(is_in) OVER (by_turn ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), false) AS has_been_in
    FROM dated WINDOW by_turn AS (PARTITION BY ticket_id ORDER BY changed_at, seq)
)
