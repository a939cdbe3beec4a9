"""Opened, reopened, closed and what is open at the end of each week."""

import pandas as pd  # type: ignore[import-untyped] # it ships no types

from benchmarks.metrics.beside.plain import FINAL, WEEK, Question, Tables, ordered, per_week, weekly_told

_SQL = f"""
WITH status AS (
    SELECT ticket_id, occurred_at, seq, new IN ('completed', 'Done', 'resolved') AS is_final,
        lag(new IN ('completed', 'Done', 'resolved')) OVER by_event AS was_final
    FROM event WHERE field = 'status'
    WINDOW by_event AS (PARTITION BY ticket_id ORDER BY occurred_at, seq)
),
ended AS (SELECT ticket_id, arg_max(is_final, (occurred_at, seq)) AS is_final FROM status GROUP BY ticket_id),
change AS (
    SELECT occurred_at,
        CASE WHEN was_final IS NULL THEN 'opened' WHEN is_final THEN 'closed' ELSE 'reopened' END AS what
    FROM status WHERE is_final IS DISTINCT FROM was_final
    UNION ALL
    SELECT gone_at, 'gone' FROM gone JOIN ended USING (ticket_id) WHERE NOT is_final
),
counted AS (
    SELECT {WEEK.format("occurred_at")},
        count(*) FILTER (what = 'opened') AS opened, count(*) FILTER (what = 'reopened') AS reopened,
        count(*) FILTER (what = 'closed') AS closed, count(*) FILTER (what = 'gone') AS gone
    FROM change GROUP BY week
)
SELECT week, opened, reopened, closed,
    (sum(opened + reopened - closed - gone) OVER (ORDER BY week))::BIGINT AS open_tickets
FROM counted QUALIFY week >= 0 ORDER BY week
"""


def _in_pandas(tables: Tables) -> pd.DataFrame:
    """opened, reopened, closed and what is open at the end of each week."""
    status = ordered(tables.event[tables.event["field"] == "status"])
    is_final = status["new"].isin(FINAL)
    was_final = is_final.groupby(status["ticket_id"]).shift()
    at = status["occurred_at"]
    last = status.assign(is_final=is_final).groupby("ticket_id")["is_final"].last()
    lost = tables.gone[~last.reindex(tables.gone.index).to_numpy()]
    moments = {"opened": at[was_final.isna()], "reopened": at[~is_final & (was_final == True)]}  # noqa: E712
    moments["closed"] = at[is_final & (was_final == False)]  # noqa: E712
    weekly = pd.DataFrame({name: per_week(tables, moment) for name, moment in moments.items()})
    before = {name: (moment < tables.weeks[0]).sum() for name, moment in {**moments, "gone": lost}.items()}
    change = weekly["opened"] + weekly["reopened"] - weekly["closed"] - per_week(tables, lost)
    return weekly.assign(
        open_tickets=change.cumsum() + before["opened"] + before["reopened"] - before["closed"] - before["gone"]
    )


QUESTION = Question(weekly_told("flow"), _in_pandas, _SQL)
