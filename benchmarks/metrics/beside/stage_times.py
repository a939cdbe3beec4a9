"""What was done for good in each week: tickets, their lead and cycle times, and how much of it was active work."""

from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped] # it ships no types

from benchmarks.metrics.beside.plain import WEEK, Question, Tables, week_of, weekly_told
from benchmarks.metrics.beside.stage_spells import OPEN_SPELLS, STAGE_SPELLS, open_spells, stage_spells

_PERCENTILES = ", ".join(
    f"CASE WHEN count({name}) >= 5 THEN quantile_disc({name}, 0.{percent}) END AS p{percent}_finished_{name}_seconds"
    for name in ("lead", "cycle")
    for percent in (50, 85)
)
_SQL = f"""
WITH {STAGE_SPELLS}, {OPEN_SPELLS},
finished AS (
    SELECT ticket_id, from_at AS done_at FROM open_spell ANTI JOIN gone USING (ticket_id)
    WHERE NOT is_open AND until_at IS NULL
),
staged AS (
    SELECT ticket_id, min(from_at) FILTER (stage = 'active') AS active_at,
        coalesce(sum(epoch(until_at - from_at)) FILTER (stage = 'active'), 0) AS active,
        coalesce(sum(epoch(until_at - from_at)) FILTER (stage IN ('active', 'waiting', 'triaged')), 0) AS begun
    FROM stage_spell GROUP BY ticket_id
),
measured AS (
    SELECT {WEEK.format("done_at")}, epoch(done_at - opened_at) AS lead, epoch(done_at - active_at) AS cycle,
        active, begun
    FROM finished JOIN ticket USING (ticket_id) JOIN staged USING (ticket_id)
)
SELECT week, count(*) AS finished_tickets, count(cycle) AS finished_cycles, {_PERCENTILES},
    sum(active) / nullif(sum(begun), 0) AS flow_efficiency
FROM measured WHERE week >= 0 GROUP BY week ORDER BY week
"""


def _in_pandas(tables: Tables) -> pd.DataFrame:
    """Tickets done in each week, percentiles of their lead and cycle times, and the share of active time."""
    spells = stage_spells(tables)
    seconds = (spells["until_at"] - spells["from_at"]).dt.total_seconds()
    lasted = seconds.groupby([spells["ticket_id"], spells["stage"]]).sum().unstack(fill_value=0)
    active_at = spells[spells["stage"] == "active"].groupby("ticket_id")["from_at"].min()
    done = _done(tables)
    weeks = pd.DataFrame({
        "week": week_of(tables, done),
        "lead": (done - tables.ticket.set_index("ticket_id")["opened_at"].reindex(done.index)).dt.total_seconds(),
        "cycle": (done - active_at.reindex(done.index)).dt.total_seconds(),
        "active": lasted["active"].reindex(done.index),
        "begun": lasted[["active", "waiting", "triaged"]].sum(axis=1).reindex(done.index),
    })  # fmt: skip
    by_week = weeks.groupby("week")
    told: dict[str, Any] = {"finished_tickets": by_week.size(), "finished_cycles": by_week["cycle"].count()}
    for name in ("lead", "cycle"):
        for percent in (50, 85):
            told[f"p{percent}_finished_{name}_seconds"] = _percentile(by_week[name], percent)
    told["flow_efficiency"] = by_week["active"].sum() / by_week["begun"].sum()
    return pd.DataFrame(told).loc[1 : len(tables.weeks) - 1]


def _done(tables: Tables) -> pd.Series:
    """When each ticket was closed that is so now."""
    closed = open_spells(tables).query("~is_open and until_at.isna() and ticket_id not in @tables.gone.index")
    return closed.set_index("ticket_id")["from_at"]


def _percentile(weeks: Any, percent: int) -> pd.Series:
    """By nearest rank; none of fewer than five."""
    rank = np.ceil(percent * weeks.count() / 100).astype(int)
    ordered = weeks.apply(lambda values: values.dropna().sort_values().to_numpy())
    found = {week: values[rank[week] - 1] for week, values in ordered.items() if len(values) >= 5}
    return pd.Series(found, dtype=float)


QUESTION = Question(weekly_told("stage_times"), _in_pandas, _SQL)
