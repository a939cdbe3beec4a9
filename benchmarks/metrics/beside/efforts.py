"""What each ticket took: the work recorded on it, or else the working time in which it was in work.

The calendar is that of the queue in which the ticket was when it came into work. `recent` names the tickets asked for.
"""

import pandas as pd  # type: ignore[import-untyped] # it ships no types

from benchmarks.metrics.beside.plain import Tables, ordered
from benchmarks.metrics.beside.work_stretches import ACTIVE
from benchmarks.metrics.beside.working_time import OPEN_DAYS, SECONDS_BEFORE, working_seconds

EFFORT = f"""
{OPEN_DAYS},
recorded AS (
    SELECT ticket_id, 60 * sum(new::DOUBLE) AS seconds FROM event SEMI JOIN recent USING (ticket_id)
    WHERE field = 'effort' GROUP BY ticket_id HAVING seconds > 0
),
staged AS (
    SELECT ticket_id, occurred_at, seq, new IN ('In progress', 'In Progress', 'progress') AS is_active
    FROM event SEMI JOIN recent USING (ticket_id)
    WHERE field IN ('status', 'column') AND (new <> 'open' OR starts_with(ticket_id, 'phorge/'))
),
turned AS (
    SELECT * FROM staged WINDOW by_event AS (PARTITION BY ticket_id ORDER BY occurred_at, seq)
    QUALIFY is_active IS DISTINCT FROM lag(is_active) OVER by_event
),
active AS (
    SELECT ticket_id, is_active, occurred_at AS from_at,
        lead(occurred_at, 1, $end) OVER (PARTITION BY ticket_id ORDER BY occurred_at, seq) AS until_at
    FROM turned
),
queued AS (
    SELECT ticket_id, occurred_at, new AS queue FROM event SEMI JOIN recent USING (ticket_id) WHERE field = 'queue'
),
localised AS (
    SELECT a.ticket_id, p.calendar, timezone(p.zone, timezone('UTC', a.from_at)) AS begun,
        timezone(p.zone, timezone('UTC', a.until_at)) AS over
    FROM (FROM active WHERE is_active) AS a
    ASOF JOIN queued AS q ON q.ticket_id = a.ticket_id AND a.from_at >= q.occurred_at
    JOIN placed_queue AS p ON p.queue = q.queue
),
worked AS (
    SELECT ticket_id, sum({SECONDS_BEFORE.format("u", "l.over")} - ({SECONDS_BEFORE.format("f", "l.begun")})) AS seconds
    FROM localised AS l
    JOIN open_day AS f ON f.calendar = l.calendar AND f.day = l.begun::DATE
    JOIN open_day AS u ON u.calendar = l.calendar AND u.day = l.over::DATE
    GROUP BY ticket_id
),
effort AS (
    SELECT ticket_id, coalesce(r.seconds, w.seconds) AS seconds
    FROM worked AS w FULL JOIN recorded AS r USING (ticket_id)
)"""


def efforts(tables: Tables, tickets: pd.Series) -> pd.Series:
    """Seconds by ticket; nothing is known of those that are left out."""
    fields = ["status", "column", "queue", "effort"]
    event = ordered(tables.event[tables.event["field"].isin(fields) & tables.event["ticket_id"].isin(tickets)])
    minutes = event.loc[event["field"] == "effort", "new"].astype(float).groupby(event["ticket_id"]).sum()
    return (60 * minutes[minutes > 0]).combine_first(_worked(tables, event))


def _worked(tables: Tables, event: pd.DataFrame) -> pd.Series:
    is_stage = event["field"].isin(["status", "column"])
    staged = event[is_stage & ((event["new"] != "open") | event["ticket_id"].str.startswith("phorge/"))]
    staged = staged.assign(is_active=staged["new"].isin(ACTIVE))
    turned = staged[staged["is_active"] != staged.groupby("ticket_id")["is_active"].shift()]
    until = turned.groupby("ticket_id")["occurred_at"].shift(-1).fillna(tables.weeks[-1])
    active = turned[["ticket_id", "occurred_at"]].assign(until_at=until)[turned["is_active"]]
    queue = event.loc[event["field"] == "queue", ["ticket_id", "occurred_at", "new"]]
    active, queue = active.sort_values("occurred_at"), queue.sort_values("occurred_at")
    placed = pd.merge_asof(active, queue, on="occurred_at", by="ticket_id")
    seconds = working_seconds(tables, placed["new"], placed["occurred_at"], placed["until_at"])
    return seconds.groupby(placed["ticket_id"]).sum()
