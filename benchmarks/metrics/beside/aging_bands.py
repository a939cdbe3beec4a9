"""The age by which 50, 70, 85 and 95 % had left each stage in the last 90 days, stayers left out and counted in."""

import pandas as pd  # type: ignore[import-untyped] # it ships no types

from benchmarks.metrics.beside.plain import Question, Tables, summary_told
from benchmarks.metrics.beside.stage_spells import STAGE_SPELLS, STAGES, stage_spells
from benchmarks.metrics.beside.survival import SURVIVAL, survival_percentile

_PERCENTS = (50, 70, 85, 95)
_SQL = f"""
WITH {STAGE_SPELLS},
item AS (
    SELECT ticket_id, stage, if(bool_or(until_at IS NULL), NULL, max(until_at)) AS left_at
    FROM stage_spell ANTI JOIN gone USING (ticket_id)
    WHERE stage <> 'done' AND until_at IS DISTINCT FROM from_at GROUP BY ticket_id, stage
    HAVING left_at IS NULL OR left_at >= $end - INTERVAL 90 DAY
),
watched AS (
    SELECT stage AS part, left_at IS NOT NULL AS is_over, epoch(coalesce(left_at, $end) - opened_at) AS duration,
        coalesce(nullif(greatest(epoch($end - INTERVAL 90 DAY - opened_at), 0), 0), -1) AS entry
    FROM item JOIN ticket USING (ticket_id)
),
{SURVIVAL},
percent AS (SELECT unnest({list(_PERCENTS)}) AS percent),
survived AS (
    SELECT part, percent, min(age) AS survival_age_seconds
    FROM curve JOIN percent ON survival <= 1 - percent / 100 + 1e-12 GROUP BY part, percent
),
gone_by AS (
    SELECT part, count(*) FILTER (is_over) AS left_tickets, count(*) FILTER (NOT is_over) AS staying_tickets,
        quantile_disc(duration, {[percent / 100 for percent in _PERCENTS]}) FILTER (is_over) AS ages
    FROM watched GROUP BY part
)
SELECT part AS stage, percent, left_tickets, staying_tickets, survival_age_seconds,
    CASE WHEN left_tickets >= 5 THEN ages[list_position({list(_PERCENTS)}, percent)] END AS age_seconds
FROM gone_by CROSS JOIN percent LEFT JOIN survived USING (part, percent)
ORDER BY list_position({list(STAGES)}, part), percent
"""


def _in_pandas(tables: Tables) -> pd.DataFrame:
    """A row for each stage and percent."""
    found = _items(tables)
    bands = [(stage, found[found["stage"] == stage]) for stage in STAGES]
    return pd.DataFrame([_band(stage, items, percent) for stage, items in bands if len(items) for percent in _PERCENTS])


def _items(tables: Tables) -> pd.DataFrame:
    """Tickets that left a stage lately and for good, or are in it: stage, has_left, age, age when the window began."""
    now = tables.weeks[-1]
    since = now - pd.Timedelta(days=90)
    spells = stage_spells(tables)
    spells = spells[(spells["stage"] != "done") & (spells["until_at"] != spells["from_at"])]
    spells = spells[~spells["ticket_id"].isin(tables.gone.index)]
    left = spells["until_at"].fillna(pd.Timestamp.max).groupby([spells["ticket_id"], spells["stage"]]).max()
    items = left[left >= since].rename("left_at").reset_index()
    opened = items["ticket_id"].map(tables.ticket.set_index("ticket_id")["opened_at"])
    return pd.DataFrame({
        "stage": items["stage"],
        "has_left": items["left_at"] < now,
        "age": (items["left_at"].clip(upper=now) - opened).dt.total_seconds(),
        "entry": (since - opened).dt.total_seconds().clip(lower=0),
    })  # fmt: skip


def _band(stage: str, items: pd.DataFrame, percent: int) -> dict[str, object]:
    left = items.loc[items["has_left"], "age"].sort_values().to_numpy()
    return {
        "stage": stage,
        "percent": percent,
        "left_tickets": len(left),
        "staying_tickets": len(items) - len(left),
        "age_seconds": left[-(-percent * len(left) // 100) - 1] if len(left) >= 5 else None,
        "survival_age_seconds": survival_percentile(items["age"], items["has_left"], percent, items["entry"]),
    }


QUESTION = Question(summary_told("aging_bands"), _in_pandas, _SQL)
