"""What people, not bots, did that shows how a ticket stands: words, and changes of status, owner or date."""

import pandas as pd  # type: ignore[import-untyped] # it ships no types

from benchmarks.metrics.beside.plain import BOTS, Tables

_FIELDS = ("comment", "note", "description", "status", "owner", "eta")
HUMAN_UPDATES = f"""
human_update AS (
    SELECT ticket_id, occurred_at FROM event WHERE field IN {_FIELDS} AND actor_id NOT IN ({BOTS})
)"""


def human_updates(tables: Tables) -> pd.DataFrame:
    """ticket_id and occurred_at of each."""
    events = tables.event[tables.event["field"].isin(_FIELDS)]
    is_human = events["actor_id"].notna() & ~events["actor_id"].isin(tables.bots)
    return events.loc[is_human, ["ticket_id", "occurred_at"]]
