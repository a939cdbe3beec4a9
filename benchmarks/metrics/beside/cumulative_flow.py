"""Tickets in each stage at the end of each week."""

import numpy as np
import pandas as pd  # type: ignore[import-untyped] # it ships no types

from benchmarks.metrics.beside.plain import WEEK, Question, Tables, weekly_told
from benchmarks.metrics.beside.stage_spells import STAGES, TURNS, turns

_SQL = f"""
WITH {TURNS},
step AS (
    SELECT occurred_at, stage, 1 AS change FROM turn
    UNION ALL
    SELECT occurred_at, before, -1 FROM turn WHERE before IS NOT NULL
    UNION ALL
    SELECT any_value(g.gone_at), arg_max(c.stage, (c.occurred_at, c.seq)), -1
    FROM turn AS c JOIN gone AS g USING (ticket_id) GROUP BY ticket_id
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
    events = turns(tables)
    last = events.groupby("ticket_id")["stage"].last().reindex(tables.gone.index)
    found = {}
    for stage in STAGES:
        gained = np.sort(events.loc[events["stage"] == stage, "occurred_at"].to_numpy())
        left = events.loc[events["before"] == stage, "occurred_at"].to_numpy()
        lost = np.sort(np.concatenate([left, tables.gone[(last == stage).to_numpy()].to_numpy()]))
        ends = tables.weeks[1:].to_numpy()
        found[f"{stage}_tickets"] = np.searchsorted(gained, ends) - np.searchsorted(lost, ends)
    return pd.DataFrame(found)


QUESTION = Question(weekly_told("cumulative_flow"), _in_pandas, _SQL)
