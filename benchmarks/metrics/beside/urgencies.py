"""Every stretch of time in which a ticket had one priority: 0 and 1 are urgent, whatever the tracker calls them.

Tickets of the made-up trackers have one priority at a time; what lasted no time is left out.
"""

import pandas as pd  # type: ignore[import-untyped] # it ships no types

from benchmarks.metrics.beside.plain import Tables, ordered

_LEVELS = {"P0": 0, "Highest": 0, "Unbreak Now!": 0, "P1": 1, "High": 1}
_LABELS = ("P0", "P1", "P2", "P3")
URGENCY = """
given AS (
    SELECT ticket_id, occurred_at AS from_at, seq, CASE WHEN new IN ('P0', 'Highest', 'Unbreak Now!') THEN 0
        WHEN new IN ('P1', 'High') THEN 1 ELSE 2 END AS level,
        lead(occurred_at, 1, TIMESTAMP 'infinity') OVER (PARTITION BY ticket_id ORDER BY occurred_at, seq) AS until_at
    FROM event
    WHERE field = 'priority' OR field = 'label' AND coalesce(new, old) IN ('P0', 'P1', 'P2', 'P3')
),
urgency AS (
    SELECT *, lag(level) OVER (PARTITION BY ticket_id ORDER BY from_at, seq) AS before FROM given
    WHERE from_at < until_at
)"""


def urgencies(tables: Tables) -> pd.DataFrame:
    """ticket_id, from_at, until_at (none: it lasts), level, before."""
    event = tables.event[tables.event["field"].isin(["priority", "label"])]
    event = ordered(event[(event["field"] == "priority") | event["new"].fillna(event["old"]).isin(_LABELS)])
    level = event["new"].map(_LEVELS).fillna(2)
    until = event.groupby("ticket_id")["occurred_at"].shift(-1)
    given = pd.DataFrame({"ticket_id": event["ticket_id"], "from_at": event["occurred_at"], "until_at": until})
    lasting = given.assign(level=level)[given["from_at"] != given["until_at"]]
    return lasting.assign(before=lasting.groupby("ticket_id")["level"].shift())
