-- How every ticket stands that is open in the queues asked about: what the sections of an agenda are claimed by.
WITH present AS MATERIALIZED (
    SELECT p.ticket_id, p.queue, t.source, t.key, t.opened_at
    FROM fact.presence AS p JOIN fact.ticket AS t USING (ticket_id)
    WHERE p.from_at < $as_of AND (p.until_at IS NULL OR p.until_at >= $as_of) AND t.opened_at < $as_of
        AND list_contains($queues, p.queue)
),
reopened AS (
    SELECT ticket_id, max(from_at) AS reopened_at FROM fact.open_spell SEMI JOIN present USING (ticket_id)
    WHERE is_open AND cycle > 1 AND from_at >= $reopened_since AND from_at < $as_of
        AND (until_at IS NULL OR until_at >= $as_of)
    GROUP BY ticket_id
),
ranked AS (
    SELECT ticket_id, max(priority) AS priority FROM fact.priority_spell SEMI JOIN present USING (ticket_id)
    WHERE from_at < $as_of AND (until_at IS NULL OR until_at >= $as_of) GROUP BY ticket_id
),
staged AS (
    SELECT ticket_id, arg_max(stage, (from_at, from_seq)) AS stage, max(from_at) AS staged_at
    FROM fact.stage_stay SEMI JOIN present USING (ticket_id)
    WHERE from_at < $as_of AND (until_at IS NULL OR until_at >= $as_of) GROUP BY ticket_id
),
held AS (
    SELECT s.ticket_id, bool_or(NOT coalesce(a.is_bot, false)) AS is_owned,
        string_agg(DISTINCT coalesce(a.name, s.value), ', ' ORDER BY coalesce(a.name, s.value)) AS owner
    FROM fact.spell AS s SEMI JOIN present USING (ticket_id) LEFT JOIN actor AS a ON a.account_id = s.value
    WHERE s.field = 'owner' AND s.from_at < $as_of AND (s.until_at IS NULL OR s.until_at >= $as_of)
    GROUP BY s.ticket_id
),
triaged AS (
    SELECT DISTINCT ticket_id FROM fact.triage_stay SEMI JOIN present USING (ticket_id)
    WHERE entered_at < $as_of AND (left_at IS NULL OR left_at >= $as_of) AND triaged_at < $as_of
),
heard AS (
    SELECT ticket_id, max(occurred_at) FILTER (actor_id IS NOT NULL) AS updated_at,
        max(occurred_at) FILTER (field IN ('comment', 'note') AND NOT is_author) AS answered_at
    FROM fact.human_act SEMI JOIN present USING (ticket_id) WHERE occurred_at < $as_of GROUP BY ticket_id
),
promised AS (
    SELECT ticket_id, try_cast(left(arg_max_null(new, (occurred_at, seq)), 10) AS DATE) AS eta_on,
        count(*) FILTER (old IS NOT NULL AND new > old)::BIGINT AS postponements
    FROM fact.event SEMI JOIN present USING (ticket_id)
    WHERE field = 'eta' AND occurred_at < $as_of GROUP BY ticket_id
),
agreed AS (
    SELECT source, queue, valid_from, valid_until, (definition->>'silent_days')::INTEGER AS silent_days,
        (definition->>'dead_days')::INTEGER AS dead_days
    FROM queue_practice WHERE kind = 'ownership'
),
standing AS (
    SELECT p.*, k.priority, nullif(s.stage, '') AS stage, s.staged_at, h.owner, coalesce(h.is_owned, false) AS is_owned,
        y.ticket_id IS NOT NULL OR coalesce(s.stage IN ('triaged', 'active', 'waiting'), false) AS is_beyond_triage,
        o.reopened_at, w.updated_at, e.eta_on, coalesce(e.postponements, 0) AS postponements,
        greatest(p.opened_at, w.updated_at) AS quiet_from, w.answered_at
    FROM present AS p
    LEFT JOIN reopened AS o USING (ticket_id) LEFT JOIN ranked AS k USING (ticket_id)
    LEFT JOIN staged AS s USING (ticket_id) LEFT JOIN held AS h USING (ticket_id)
    LEFT JOIN triaged AS y USING (ticket_id) LEFT JOIN heard AS w USING (ticket_id)
    LEFT JOIN promised AS e USING (ticket_id)
)
SELECT s.*, epoch($as_of - s.opened_at) / 86400 AS age_days, epoch($as_of - s.quiet_from) / 86400 AS quiet_days,
    coalesce(s.is_owned AND s.stage = 'active' AND s.quiet_from + to_days(r.silent_days) <= $as_of, false) AS is_silent,
    coalesce(s.quiet_from + to_days(r.dead_days) <= $as_of, false) AS is_dead,
    s.stage = 'active' AND s.eta_on IS NULL AND (s.answered_at IS NULL OR s.answered_at < s.staged_at)
        AS is_unexplained
FROM standing AS s LEFT JOIN agreed AS r ON r.source = s.source AND r.queue = s.queue
    AND s.quiet_from >= r.valid_from AND s.quiet_from < r.valid_until
ORDER BY s.opened_at, s.ticket_id
