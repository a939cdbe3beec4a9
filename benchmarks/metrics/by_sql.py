"""The same questions in SQL on the raw events, as somebody who knows the trackers would write them in a notebook.

`$first` is the Monday on which the first week begins. Weeks are counted from 0, and -1 is everything before.
"""

import duckdb
import polars as pl

_WEEK = "greatest(floor(epoch({}::TIMESTAMP - $first) / 604800)::INTEGER, -1) AS week"
_BOTS = (
    "SELECT account_id FROM account LEFT JOIN account_setting AS s USING (account_id) WHERE account.is_bot OR s.is_bot"
)

_FLOW = f"""
WITH status AS (
    SELECT ticket_id, occurred_at, seq, new IN ('completed', 'Done', 'resolved') AS is_final,
        lag(new IN ('completed', 'Done', 'resolved')) OVER by_event AS was_final
    FROM event WHERE field = 'status'
    WINDOW by_event AS (PARTITION BY ticket_id ORDER BY occurred_at, seq)
),
ended AS (SELECT ticket_id, arg_max(is_final, (occurred_at, seq)) AS is_final FROM status GROUP BY ticket_id),
change AS (
    SELECT occurred_at,
        CASE WHEN was_final IS NULL THEN 'opened' WHEN is_final THEN 'closed' ELSE 'reopened' END AS what
    FROM status WHERE is_final IS DISTINCT FROM was_final
    UNION ALL
    SELECT gone_at, 'gone' FROM gone JOIN ended USING (ticket_id) WHERE NOT is_final
),
counted AS (
    SELECT {_WEEK.format("occurred_at")},
        count(*) FILTER (what = 'opened') AS opened, count(*) FILTER (what = 'reopened') AS reopened,
        count(*) FILTER (what = 'closed') AS closed, count(*) FILTER (what = 'gone') AS gone
    FROM change GROUP BY week
)
SELECT week, opened, reopened, closed,
    (sum(opened + reopened - closed - gone) OVER (ORDER BY week))::BIGINT AS open_tickets
FROM counted QUALIFY week >= 0 ORDER BY week
"""

_FIRST_RESPONSE = f"""
WITH word AS (
    SELECT e.ticket_id, min(e.occurred_at) AS responded_at
    FROM event AS e JOIN ticket AS t USING (ticket_id)
    WHERE e.field = 'comment' AND e.actor_id NOT IN ({_BOTS}) AND e.actor_id <> t.author_id
    GROUP BY e.ticket_id
),
wait AS (
    SELECT {_WEEK.format("t.opened_at")}, epoch(w.responded_at - t.opened_at) AS seconds
    FROM ticket AS t JOIN word AS w USING (ticket_id) ANTI JOIN gone USING (ticket_id)
)
SELECT week, count(*) AS n, CASE WHEN count(*) >= 5 THEN quantile_disc(seconds, 0.5) END AS median
FROM wait WHERE week >= 0 GROUP BY week ORDER BY week
"""

_STAYS = f"""
human AS (
    SELECT e.*, t.author_id FROM event AS e JOIN ticket AS t USING (ticket_id) WHERE e.actor_id NOT IN ({_BOTS})
),
reached AS (
    SELECT ticket_id,
        min(occurred_at) FILTER (
            field = 'column' AND new <> 'New' OR field = 'status' AND new NOT IN ('open', 'To Do')
        ) AS left_new_at,
        min(occurred_at) FILTER (
            field = 'label' AND new IN ('P0', 'P1', 'P2', 'P3') OR field = 'priority' AND new <> 'Needs Triage'
        ) AS priority_at,
        min(occurred_at) FILTER (field = 'owner' AND new IS NOT NULL) AS owner_at,
        min(occurred_at) FILTER (field = 'project') AS project_at,
        min(occurred_at) FILTER (field = 'status' AND new IN ('completed', 'Done', 'resolved')) AS closed_at,
        min(occurred_at) FILTER (field IN ('comment', 'note') AND actor_id <> author_id) AS word_at
    FROM human GROUP BY ticket_id
),
held AS (
    SELECT ticket_id, CASE WHEN starts_with(ticket_id, 'phorge/') THEN
            if(priority_at IS NULL OR project_at IS NULL OR least(owner_at, closed_at, word_at) IS NULL, NULL,
                greatest(priority_at, project_at, least(owner_at, closed_at, word_at)))
        ELSE least(left_new_at,
            if(priority_at IS NULL OR owner_at IS NULL, NULL, greatest(priority_at, owner_at)))
        END AS holds_at
    FROM reached
),
entered AS (
    SELECT ticket_id, new AS queue, occurred_at AS entered_at,
        lead(occurred_at) OVER (PARTITION BY ticket_id ORDER BY occurred_at, seq) AS left_at
    FROM event ANTI JOIN gone USING (ticket_id) WHERE field = 'queue'
),
stay AS (
    SELECT e.*, CASE WHEN h.holds_at IS NOT NULL AND (left_at IS NULL OR greatest(h.holds_at, entered_at) < left_at)
        THEN greatest(h.holds_at, entered_at) END AS triaged_at
    FROM entered AS e LEFT JOIN held AS h USING (ticket_id)
)"""

_TRIAGE = f"""
WITH {_STAYS},
wait AS (
    SELECT {_WEEK.format("entered_at")}, epoch(triaged_at - entered_at) AS seconds
    FROM stay WHERE triaged_at IS NOT NULL
)
SELECT week, count(*) AS n, CASE WHEN count(*) >= 5 THEN quantile_disc(seconds, 0.5) END AS median
FROM wait WHERE week >= 0 GROUP BY week ORDER BY week
"""

_SLO = f"""
WITH {_STAYS},
weekday AS (
    SELECT unnest(range(DATE '2023-01-01', DATE '2027-01-01', INTERVAL 1 DAY))::DATE AS day
),
working_day AS (
    SELECT c.calendar, d.day FROM calendar AS c CROSS JOIN weekday AS d
    ANTI JOIN calendar_day AS x ON x.calendar = c.calendar AND x.day = d.day
    WHERE isodow(d.day) < 6 AND c.calendar <> 'always'
),
next_day AS (SELECT *, lead(day) OVER (PARTITION BY calendar ORDER BY day) AS following FROM working_day),
arrival AS (
    SELECT s.*, t.calendar, c.zone, timezone(c.zone, timezone('UTC', entered_at)) AS local_at,
        if(entered_at >= TIMESTAMP '2025-07-01', INTERVAL 4 HOUR, INTERVAL 8 HOUR) AS allowed
    FROM stay AS s
    JOIN (SELECT unnest(queues) AS queue, calendar FROM team) AS t USING (queue)
    JOIN calendar AS c ON c.calendar = t.calendar
),
placed AS (
    SELECT a.*, n.day, n.following, a.local_at - n.day - INTERVAL 9 HOUR AS since_nine
    FROM arrival AS a ASOF JOIN next_day AS n ON n.calendar = a.calendar AND a.local_at >= n.day
),
due AS (
    SELECT *, timezone('UTC', timezone(zone, CASE
        WHEN day = local_at::DATE AND since_nine < INTERVAL 0 HOUR THEN day + INTERVAL 17 HOUR
        WHEN day <> local_at::DATE OR since_nine >= INTERVAL 8 HOUR THEN following + INTERVAL 17 HOUR
        WHEN since_nine + allowed <= INTERVAL 8 HOUR THEN local_at + allowed
        ELSE following + INTERVAL 1 HOUR + since_nine + allowed END)) AS due_at
    FROM placed
)
SELECT {_WEEK.format("entered_at")}, count(*) FILTER (triaged_at <= due_at) AS met,
    count(*) FILTER (
        (triaged_at IS NULL OR triaged_at > due_at)
        AND NOT (triaged_at IS NULL AND left_at IS NOT NULL AND left_at <= due_at)
        AND NOT (triaged_at IS NULL AND due_at >= $first + INTERVAL 104 WEEK)
    ) AS breached
FROM due GROUP BY week HAVING week >= 0 ORDER BY week
"""

_STAGES = f"""
WITH word AS (
    SELECT * FROM (VALUES ('New', 'new'), ('Triaged', 'triaged'), ('In progress', 'active'), ('completed', 'done'),
        ('To Do', 'new'), ('Selected', 'triaged'), ('In Progress', 'active'), ('Waiting', 'waiting'), ('Done', 'done'),
        ('progress', 'active'), ('stalled', 'waiting'), ('resolved', 'done')) AS word(said, stage)
),
told AS (
    SELECT ticket_id, occurred_at, seq,
        CASE WHEN new = 'open' AND starts_with(ticket_id, 'phorge/') THEN 'new' ELSE w.stage END AS stage
    FROM event LEFT JOIN word AS w ON w.said = new WHERE field IN ('status', 'column')
),
change AS (
    SELECT *, lag(stage) OVER by_event AS before FROM told WHERE stage IS NOT NULL
    WINDOW by_event AS (PARTITION BY ticket_id ORDER BY occurred_at, seq)
    QUALIFY stage IS DISTINCT FROM lag(stage) OVER by_event
),
step AS (
    SELECT occurred_at, stage, 1 AS change FROM change
    UNION ALL
    SELECT occurred_at, before, -1 FROM change WHERE before IS NOT NULL
    UNION ALL
    SELECT any_value(g.gone_at), arg_max(c.stage, (c.occurred_at, c.seq)), -1
    FROM change AS c JOIN gone AS g USING (ticket_id) GROUP BY ticket_id
),
counted AS (
    SELECT {_WEEK.format("occurred_at")},
        sum(change) FILTER (stage = 'new') AS new, sum(change) FILTER (stage = 'triaged') AS triaged,
        sum(change) FILTER (stage = 'active') AS active, sum(change) FILTER (stage = 'waiting') AS waiting,
        sum(change) FILTER (stage = 'done') AS done
    FROM step GROUP BY week
)
SELECT week, (sum(new) OVER so_far)::BIGINT AS new_tickets, (sum(triaged) OVER so_far)::BIGINT AS triaged_tickets,
    (sum(active) OVER so_far)::BIGINT AS active_tickets, (sum(waiting) OVER so_far)::BIGINT AS waiting_tickets,
    (sum(done) OVER so_far)::BIGINT AS done_tickets
FROM counted WINDOW so_far AS (ORDER BY week) QUALIFY week >= 0 ORDER BY week
"""

QUESTIONS = {
    "triage_latency": _TRIAGE,
    "first_response": _FIRST_RESPONSE,
    "slo": _SLO,
    "flow": _FLOW,
    "cumulative_flow": _STAGES,
}


def ask(con: duckdb.DuckDBPyConnection, name: str, first: object) -> pl.DataFrame:
    """The answer, one row per week."""
    sql = QUESTIONS[name].replace("$first", f"TIMESTAMP '{first}'")
    return con.sql(sql).pl()
