-- What whoever is on duty for a queue meets with there: a ticket that `arrived`, one in it that became P0 or P1
-- (`urgent`), was `triaged` or `finished`. Facts: see spells.sql. urgent_at is since when an arrival was P0 or P1 in that
-- queue. doer is who was at the ticket in that instant, others who else was, where more than one were; what a bot did is
-- nobody's work, yet a ticket that somebody's own bot brings does not interrupt them.
CREATE OR REPLACE TABLE duty_event AS
WITH urgency AS (
    SELECT ticket_id, priority, from_at, until_at, lag(priority) OVER by_turn AS before
    FROM priority_spell WHERE until_at IS DISTINCT FROM from_at
    WINDOW by_turn AS (PARTITION BY ticket_id ORDER BY from_at)
),
urgent AS (
    SELECT p.ticket_id, p.queue, p.from_at AS arrived_at, u.from_at,
        u.before IS DISTINCT FROM u.priority AND u.before IS DISTINCT FROM 'P0' AND u.from_at > p.from_at AS is_new
    FROM urgency AS u JOIN presence AS p USING (ticket_id)
    WHERE u.priority IN ('P0', 'P1') AND (u.until_at IS NULL OR u.until_at > p.from_at)
        AND (p.until_at IS NULL OR u.from_at < p.until_at)
),
soonest AS (
    SELECT ticket_id, queue, arrived_at, min(greatest(from_at, arrived_at)) AS urgent_at FROM urgent GROUP BY ALL
),
moment AS MATERIALIZED (
    SELECT p.ticket_id, p.queue, 'arrived' AS what, p.from_at AS moment_at, s.urgent_at
    FROM presence AS p
    LEFT JOIN soonest AS s ON s.ticket_id = p.ticket_id AND s.queue = p.queue AND s.arrived_at = p.from_at
    UNION ALL
    SELECT ticket_id, queue, 'urgent', from_at, NULL FROM urgent WHERE is_new
    UNION ALL
    SELECT t.ticket_id, t.queue, 'triaged', t.triaged_at, NULL
    FROM triage_stay AS t LEFT JOIN store.gone AS g USING (ticket_id)
    WHERE t.triaged_at IS NOT NULL AND (g.gone_at IS NULL OR t.triaged_at < g.gone_at)
    UNION ALL
    SELECT ticket_id, queue, 'finished', until_at, NULL FROM presence WHERE departure = 'closed'
),
deed AS (
    SELECT e.ticket_id, e.occurred_at, coalesce(a.person_id, e.actor_id) AS person_id, coalesce(a.is_bot, false) AS is_bot
    FROM event AS e
    SEMI JOIN moment AS m ON m.ticket_id = e.ticket_id AND m.moment_at = e.occurred_at
    LEFT JOIN actor AS a ON a.account_id = e.actor_id
    WHERE e.actor_id IS NOT NULL
),
doing AS (
    SELECT ticket_id, occurred_at, list(DISTINCT person_id) AS anybody,
        list(DISTINCT person_id) FILTER (NOT is_bot) AS somebody
    FROM deed GROUP BY ALL
),
done AS (
    SELECT m.*, list_sort(if(m.what IN ('triaged', 'finished'), d.somebody, d.anybody)) AS doers
    FROM moment AS m LEFT JOIN doing AS d ON d.ticket_id = m.ticket_id AND d.occurred_at = m.moment_at
)
SELECT * EXCLUDE (doers), doers[1] AS doer, CASE WHEN len(doers) > 1 THEN doers[2:] END AS others FROM done;
