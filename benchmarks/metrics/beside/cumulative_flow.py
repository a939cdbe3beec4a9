"""Tickets in each stage at the end of each week."""

import numpy as np
import pandas as pd  # type: ignore[import-untyped] # it ships no types

from benchmarks.metrics.beside.plain import WEEK, Question, Tables, ordered, weekly_told

_STAGES = {
    "New": "new",
    "To Do": "new",
    "Triaged": "triaged",
    "Selected": "triaged",
    "In progress": "active",
    "In Progress": "active",
    "progress": "active",
    "Waiting": "waiting",
    "stalled": "waiting",
    "completed": "done",
    "Done": "done",
    "resolved": "done",
}
_SQL = f"""
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
    SELECT {WEEK.format("occurred_at")},
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


def _in_pandas(tables: Tables) -> pd.DataFrame:
    """Tickets in each stage at the end of each week."""
    events = ordered(tables.event[tables.event["field"].isin(["status", "column"])])
    events = events.assign(stage=events["new"].map(_STAGES))
    is_phorge = events["ticket_id"].str.startswith("phorge/")
    events["stage"] = events["stage"].mask(is_phorge & (events["new"] == "open"), "new")
    events = events.dropna(subset="stage")
    events = events[events["stage"] != events.groupby("ticket_id")["stage"].shift()]
    before = events.groupby("ticket_id")["stage"].shift()
    last = events.groupby("ticket_id")["stage"].last().reindex(tables.gone.index)
    found = {}
    for stage in ("new", "triaged", "active", "waiting", "done"):
        gained = np.sort(events.loc[events["stage"] == stage, "occurred_at"].to_numpy())
        left = events.loc[before == stage, "occurred_at"].to_numpy()
        lost = np.sort(np.concatenate([left, tables.gone[(last == stage).to_numpy()].to_numpy()]))
        ends = tables.weeks[1:].to_numpy()
        found[f"{stage}_tickets"] = np.searchsorted(gained, ends) - np.searchsorted(lost, ends)
    return pd.DataFrame(found)


QUESTION = Question(weekly_told("cumulative_flow"), _in_pandas, _SQL)
