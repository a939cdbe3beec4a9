"""Every stretch of time in which a ticket was in work, in one queue and one person's or nobody's.

Tickets of the made-up trackers have one owner at a time, never a bot; who has two accounts is one person.
"""

import pandas as pd  # type: ignore[import-untyped] # it ships no types

from benchmarks.metrics.beside.plain import Tables, ordered

ACTIVE = ("In progress", "In Progress", "progress")
WORK = """
turn AS (
    SELECT e.ticket_id, e.occurred_at AS from_at,
        lead(e.occurred_at, 1, coalesce(g.gone_at, TIMESTAMP 'infinity')) OVER by_event AS until_at,
        last_value(
            CASE WHEN e.field IN ('status', 'column') AND (e.new <> 'open' OR starts_with(e.ticket_id, 'phorge/'))
                THEN e.new IN ('In progress', 'In Progress', 'progress') END IGNORE NULLS
        ) OVER by_event AS is_active,
        last_value(CASE WHEN e.field = 'queue' THEN e.new END IGNORE NULLS) OVER by_event AS queue,
        last_value(CASE WHEN e.field = 'owner' THEN coalesce(s.person_id, e.new, '') END IGNORE NULLS)
            OVER by_event AS owner
    FROM event AS e LEFT JOIN gone AS g USING (ticket_id) LEFT JOIN account_setting AS s ON s.account_id = e.new
    WHERE e.field IN ('status', 'column', 'queue', 'owner')
    WINDOW by_event AS (PARTITION BY e.ticket_id ORDER BY e.occurred_at, e.seq)
),
work AS MATERIALIZED (
    SELECT ticket_id, from_at, until_at, queue, nullif(owner, '') AS person_id FROM turn
    WHERE is_active AND from_at < until_at
)"""


def work(tables: Tables) -> pd.DataFrame:
    """ticket_id, from_at, until_at (none: it lasts), queue, person_id."""
    turn = ordered(tables.event[tables.event["field"].isin(["status", "column", "queue", "owner"])])
    by_ticket, field, new = turn["ticket_id"], turn["field"], turn["new"]
    is_stage = field.isin(["status", "column"]) & ((new != "open") | by_ticket.str.startswith("phorge/"))
    held = pd.DataFrame(
        {
            "is_active": new.isin(ACTIVE).astype(float).where(is_stage),
            "queue": new.where(field == "queue"),
            "person_id": new.map(tables.persons).fillna("").where(field == "owner"),
        }
    )
    held = held.groupby(by_ticket).ffill()
    following = turn.groupby("ticket_id")["occurred_at"].shift(-1).fillna(by_ticket.map(tables.gone))
    stretch = held.assign(ticket_id=by_ticket, from_at=turn["occurred_at"], until_at=following)
    stretch = stretch[(stretch["is_active"] == 1) & (stretch["from_at"] != stretch["until_at"])]
    return stretch.drop(columns="is_active").replace({"person_id": {"": None}})
