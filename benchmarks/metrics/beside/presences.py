"""Every while in which a ticket was open in one queue: when it arrived, when that ended, and whether it was closed."""

import pandas as pd  # type: ignore[import-untyped] # it ships no types

from benchmarks.metrics.beside.plain import FINAL, Tables, ordered

PRESENT = """
stood AS (  -- what a ticket is born with happens at once: the peers of a row count
    SELECT DISTINCT ticket_id, occurred_at, seq,
        last_value(CASE WHEN field = 'status' THEN new NOT IN ('completed', 'Done', 'resolved') END IGNORE NULLS)
            OVER by_event AS is_open,
        last_value(CASE WHEN field = 'queue' THEN new END IGNORE NULLS) OVER by_event AS queue
    FROM event WHERE field IN ('status', 'queue')
    WINDOW by_event AS (PARTITION BY ticket_id ORDER BY occurred_at, seq)
),
moved AS (
    SELECT * FROM stood WINDOW by_event AS (PARTITION BY ticket_id ORDER BY occurred_at, seq)
    QUALIFY (is_open, queue) IS DISTINCT FROM (lag(is_open) OVER by_event, lag(queue) OVER by_event)
),
followed AS (
    SELECT *, lead(occurred_at) OVER by_event AS left_at, NOT lead(is_open) OVER by_event AS is_closed
    FROM moved WINDOW by_event AS (PARTITION BY ticket_id ORDER BY occurred_at, seq)
),
present AS MATERIALIZED (
    SELECT ticket_id, queue, occurred_at AS from_at, coalesce(left_at, gone_at, TIMESTAMP 'infinity') AS until_at,
        coalesce(is_closed, false) AS is_closed
    FROM followed LEFT JOIN gone USING (ticket_id) WHERE is_open
)"""


def presences(tables: Tables) -> pd.DataFrame:
    """ticket_id, queue, from_at, until_at (none: it lasts), is_closed."""
    turn = ordered(tables.event[tables.event["field"].isin(["status", "queue"])])
    is_status = turn["field"] == "status"
    held = pd.DataFrame({"is_open": (~turn["new"].isin(FINAL)).astype(float).where(is_status)})
    held = held.assign(queue=turn["new"].where(~is_status)).groupby(turn["ticket_id"]).ffill()
    stood = turn[["ticket_id", "occurred_at", "seq"]].join(held)
    stood = stood.drop_duplicates(["ticket_id", "occurred_at", "seq"], keep="last")
    before = stood.groupby("ticket_id")[["is_open", "queue"]].shift()
    moved = stood[(stood["is_open"] != before["is_open"]) | (stood["queue"] != before["queue"])]
    following = moved.groupby("ticket_id")[["is_open", "occurred_at"]].shift(-1)
    until = following["occurred_at"].fillna(moved["ticket_id"].map(tables.gone))
    told = moved[["ticket_id", "queue"]].assign(from_at=moved["occurred_at"], until_at=until)
    return told.assign(is_closed=following["is_open"] == 0)[moved["is_open"] == 1]
