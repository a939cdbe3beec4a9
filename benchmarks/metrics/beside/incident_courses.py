"""Every incident that is there, with when it was recognised, acknowledged, mitigated and resolved.

An incident bears its label or is of its type, and keeps that in the made-up trackers; it is detected when it is opened.
Whoever takes it, or is the first but its author to speak, acknowledges it; a label tells of the mitigation; closing it
resolves it, for good even where it is reopened.
"""

import pandas as pd  # type: ignore[import-untyped] # it ships no types

from benchmarks.metrics.beside.plain import BOTS, FINAL, Tables

INCIDENTS = f"""
incident AS MATERIALIZED (
    SELECT ticket_id, any_value(t.opened_at) AS opened_at,
        min(e.occurred_at) FILTER (e.field = 'label' AND e.new = 'incident' OR e.field = 'type' AND e.new = 'Incident')
            AS recognised_at,
        min(e.occurred_at) FILTER (
            e.field = 'owner' AND e.new IS NOT NULL
            OR e.field = 'comment' AND e.actor_id <> t.author_id AND e.actor_id NOT IN ({BOTS})
        ) AS acknowledged_at,
        min(e.occurred_at) FILTER (e.field = 'label' AND e.new = 'mitigated') AS mitigated_at,
        min(e.occurred_at) FILTER (e.field = 'status' AND e.new IN ('completed', 'Done', 'resolved')) AS resolved_at
    FROM event AS e JOIN ticket AS t USING (ticket_id) ANTI JOIN gone USING (ticket_id)
    WHERE ticket_id IN (
        SELECT ticket_id FROM event WHERE field = 'label' AND new = 'incident' OR field = 'type' AND new = 'Incident'
    )
    GROUP BY ticket_id
)"""


def incidents(tables: Tables) -> pd.DataFrame:
    """One row per incident: ticket_id, opened_at, and the first instant of each milestone."""
    recognised = marked(tables, "incident", "Incident")
    theirs = tables.event[tables.event["ticket_id"].isin(recognised.index)].merge(tables.ticket, on="ticket_id")
    field, new = theirs["field"], theirs["new"]
    is_word = (field == "comment") & (theirs["actor_id"] != theirs["author_id"]) & ~theirs["actor_id"].isin(tables.bots)
    reached = {
        "acknowledged_at": is_word | ((field == "owner") & new.notna()),
        "mitigated_at": (field == "label") & (new == "mitigated"),
        "resolved_at": (field == "status") & new.isin(FINAL),
    }
    first = {name: theirs[which].groupby("ticket_id")["occurred_at"].min() for name, which in reached.items()}
    opened = theirs.groupby("ticket_id")["opened_at"].first()
    columns = {"opened_at": opened, "recognised_at": recognised, **first}
    return pd.DataFrame(columns).rename_axis("ticket_id").reset_index()


def marked(tables: Tables, label: str, kind: str) -> pd.Series:
    """Since when each ticket that is there bears the label, or is of the type."""
    event = tables.event[tables.event["field"].isin(["label", "type"])]
    is_marked = ((event["field"] == "label") & (event["new"] == label)) | (
        (event["field"] == "type") & (event["new"] == kind)
    )
    event = event[is_marked & ~event["ticket_id"].isin(tables.gone.index)]
    return event.groupby("ticket_id")["occurred_at"].min()
