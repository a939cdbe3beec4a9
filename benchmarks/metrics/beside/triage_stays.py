"""Every stay in a queue with when it was triaged, by the rule of its tracker."""

import numpy as np
import pandas as pd  # type: ignore[import-untyped] # it ships no types

from benchmarks.metrics.beside.plain import BOTS, FINAL, Tables, ordered

STAYS = f"""
human AS (
    SELECT e.*, t.author_id FROM event AS e JOIN ticket AS t USING (ticket_id) WHERE e.actor_id NOT IN ({BOTS})
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


def stays(tables: Tables) -> pd.DataFrame:
    """Every stay in a queue with when it was triaged, by the rule of its tracker."""
    queue = ordered(tables.event[tables.event["field"] == "queue"])
    queue = queue[~queue["ticket_id"].isin(tables.gone.index)]
    left = queue.groupby("ticket_id")["occurred_at"].shift(-1)
    triaged = np.maximum(queue["ticket_id"].map(_holds_since(tables)), queue["occurred_at"])
    columns = {"ticket_id": queue["ticket_id"], "queue": queue["new"], "entered_at": queue["occurred_at"]}
    return pd.DataFrame({**columns, "left_at": left, "triaged_at": triaged.where(left.isna() | (triaged < left))})


def _holds_since(tables: Tables) -> pd.Series:
    """When each ticket's triage rule first held: at Phorge all of priority, project and a deed; else the board's."""
    first = _first_times(tables)
    by_source = tables.ticket.set_index("ticket_id")["source"].to_numpy()
    deed = first[["owner", "closed", "word"]].min(axis=1).rename("deed")
    duty = _once_all(pd.concat([first[["priority", "project"]], deed], axis=1))
    board = pd.concat([first["left_new"], _once_all(first[["priority", "owner"]])], axis=1).min(axis=1)
    return duty.where(by_source == "phorge", board)


def _once_all(moments: pd.DataFrame) -> pd.Series:
    return moments.max(axis=1).where(moments.notna().all(axis=1))


def _first_times(tables: Tables) -> pd.DataFrame:
    """One row per ticket: when a human first did each of the things that triage is about."""
    events = tables.event.merge(tables.ticket, on="ticket_id")
    events = events[~events["actor_id"].isin(tables.bots)]
    field, new = events["field"], events["new"]
    is_label, is_status = field == "label", field == "status"
    done = {
        "left_new": ((field == "column") & (new != "New")) | (is_status & ~new.isin(["open", "To Do"])),
        "priority": (is_label & new.isin(["P0", "P1", "P2", "P3"])) | ((field == "priority") & (new != "Needs Triage")),
        "owner": (field == "owner") & new.notna(),
        "project": field == "project",
        "closed": is_status & new.isin(FINAL),
        "word": field.isin(["comment", "note"]) & (events["actor_id"] != events["author_id"]),
    }
    first = {name: events[which].groupby("ticket_id")["occurred_at"].min() for name, which in done.items()}
    return pd.DataFrame(first, index=tables.ticket["ticket_id"])
