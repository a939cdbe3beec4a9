"""How many tickets were opened again, how often, and the median seconds to the last closing, the open ones counted."""

import pandas as pd  # type: ignore[import-untyped] # it ships no types

from benchmarks.metrics.beside.plain import Question, Tables, summary_told
from benchmarks.metrics.beside.stage_spells import OPEN_SPELLS, open_spells
from benchmarks.metrics.beside.survival import SURVIVAL, survival_percentile

_SQL = f"""
WITH {OPEN_SPELLS},
lead_time AS (
    SELECT ticket_id, count(*) FILTER (is_open) AS cycles, bool_or(NOT is_open AND until_at IS NULL) AS is_over,
        epoch(if(is_over, max(from_at), $end) - any_value(opened_at)) AS lead_seconds
    FROM open_spell JOIN ticket USING (ticket_id) ANTI JOIN gone USING (ticket_id) GROUP BY ticket_id
),
watched AS (SELECT 'all' AS part, -1.0 AS entry, lead_seconds AS duration, is_over FROM lead_time),
{SURVIVAL}
SELECT count(*) AS tickets, count(*) FILTER (cycles > 1) AS reopened_tickets,
    sum(cycles - 1)::BIGINT AS reopenings,
    (SELECT min(age) FROM curve WHERE survival <= 0.5 + 1e-12) AS median_lead_seconds
FROM lead_time
"""


def _in_pandas(tables: Tables) -> pd.DataFrame:
    """One row: tickets, those opened again, how often, and the median time to the last closing."""
    spells = open_spells(tables)
    spells = spells[~spells["ticket_id"].isin(tables.gone.index)]
    cycles = spells[spells["is_open"]].groupby("ticket_id").size()
    last = spells.groupby("ticket_id").last()
    opened = tables.ticket.set_index("ticket_id")["opened_at"].reindex(last.index)
    lead = (last["from_at"].mask(last["is_open"], tables.weeks[-1]) - opened).dt.total_seconds()
    told = {"tickets": len(last), "reopened_tickets": (cycles > 1).sum(), "reopenings": (cycles - 1).sum()}
    return pd.DataFrame([told | {"median_lead_seconds": survival_percentile(lead, ~last["is_open"], 50)}])


QUESTION = Question(summary_told("reopen_cycles"), _in_pandas, _SQL)
