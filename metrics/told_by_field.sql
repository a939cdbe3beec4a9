-- How many events each source told of each field, and when the newest of them was: of whole days that is counted
-- already, and of the instant's own day it is counted here. A history from before a ticket's opening counts from there.
WITH today AS MATERIALIZED (
    SELECT ticket_id, field, occurred_at FROM fact.event
    WHERE occurred_at >= date_trunc('day', $as_of) AND occurred_at < $as_of
    UNION ALL
    SELECT e.ticket_id, e.field, e.occurred_at
    FROM fact.event AS e JOIN fact.early AS o USING (ticket_id)
    WHERE o.opened_at >= date_trunc('day', $as_of) AND o.opened_at < $as_of
        AND e.occurred_at < date_trunc('day', $as_of)
)
SELECT source, field, sum(events)::BIGINT AS events, max(newest_at) AS newest_at
FROM (
    SELECT source, field, events, newest_at FROM fact.told_daily WHERE known_on < $as_of::DATE
    UNION ALL
    SELECT t.source, e.field, 1, e.occurred_at
    FROM today AS e JOIN fact.ticket AS t USING (ticket_id) WHERE t.opened_at < $as_of
)
GROUP BY ALL
