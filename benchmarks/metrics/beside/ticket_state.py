"""How many tickets of each queue stand in each stage at the end, and how many of them are open."""

import pandas as pd  # type: ignore[import-untyped] # it ships no types

from benchmarks.metrics.beside.plain import FINAL, Question, Tables, ordered, summary_told
from benchmarks.metrics.beside.stage_spells import TURNS, turns

_SQL = f"""
WITH {TURNS},
staged AS (SELECT ticket_id, arg_max(stage, (occurred_at, seq)) AS stage FROM turn GROUP BY ticket_id),
held AS (
    SELECT ticket_id, arg_max(new, (occurred_at, seq)) FILTER (field = 'queue') AS queue,
        arg_max(new, (occurred_at, seq)) FILTER (field = 'status') NOT IN {FINAL} AS is_open
    FROM event ANTI JOIN gone USING (ticket_id) WHERE field IN ('queue', 'status') GROUP BY ticket_id
)
SELECT queue, stage, count(*) AS tickets, count(*) FILTER (is_open) AS open_tickets
FROM held JOIN staged USING (ticket_id) GROUP BY queue, stage ORDER BY queue, stage
"""


def _in_pandas(tables: Tables) -> pd.DataFrame:
    """Tickets, and open ones, by queue and stage."""
    events = ordered(tables.event[tables.event["field"].isin(["queue", "status"])])
    last = events.groupby(["ticket_id", "field"])["new"].last().unstack()
    found = last.assign(stage=turns(tables).groupby("ticket_id")["stage"].last(), is_open=~last["status"].isin(FINAL))
    found = found[~found.index.isin(tables.gone.index)]
    return found.groupby(["queue", "stage"])["is_open"].agg(tickets="count", open_tickets="sum").reset_index()


QUESTION = Question(summary_told("ticket_state"), _in_pandas, _SQL)
