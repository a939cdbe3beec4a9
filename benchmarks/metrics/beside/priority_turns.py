"""When tickets were given which priority, in our words; a ticket has one at a time, a label of GitHub being one too."""

import pandas as pd  # type: ignore[import-untyped] # it ships no types

from benchmarks.metrics.beside.plain import Tables

_LABELS = ("P0", "P1", "P2", "P3")
_WORDS = {
    **dict(zip(_LABELS, _LABELS, strict=True)),
    "Highest": "P0",
    "Unbreak Now!": "P0",
    "High": "P1",
    "Medium": "P2",
    "Normal": "P2",
    "Low": "P3",
}
PRIORITY_TURNS = f"""
priority_word AS (SELECT * FROM (VALUES {", ".join(map(str, _WORDS.items()))}) AS word(said, priority)),
priority_turn AS (
    SELECT ticket_id, occurred_at, seq, coalesce(priority, 'none') AS priority
    FROM event LEFT JOIN priority_word ON said = new
    WHERE field = 'priority' OR field = 'label' AND new IN {_LABELS}
)"""


def priority_turns(tables: Tables) -> pd.DataFrame:
    """ticket_id, occurred_at, seq, priority (or none)."""
    field, new = tables.event["field"], tables.event["new"]
    events = tables.event[(field == "priority") | ((field == "label") & new.isin(_LABELS))]
    return events[["ticket_id", "occurred_at", "seq"]].assign(priority=events["new"].map(_WORDS).fillna("none"))
