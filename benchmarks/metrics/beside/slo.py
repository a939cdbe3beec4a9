"""Verdicts on triage by the week of entering: met, breached."""

from collections.abc import Sequence

import duckdb
import numpy as np
import pandas as pd  # type: ignore[import-untyped] # it ships no types
import polars as pl

import metrics
from benchmarks.metrics.beside.deadlines import WORKING_DAYS
from benchmarks.metrics.beside.plain import WEEK, Question, Tables, in_week, per_week
from benchmarks.metrics.beside.triage_stays import STAYS, stays
from metrics.weeks import Week

_SINCE_SECOND_PROMISE = pd.Timestamp("2025-07-01")
_SQL = f"""
WITH {STAYS},
{WORKING_DAYS},
next_day AS (SELECT *, lead(day) OVER (PARTITION BY calendar ORDER BY day) AS following FROM working_day),
arrival AS (
    SELECT s.*, t.calendar, c.zone, timezone(c.zone, timezone('UTC', entered_at)) AS local_at,
        if(entered_at >= TIMESTAMP '2025-07-01', INTERVAL 4 HOUR, INTERVAL 8 HOUR) AS allowed
    FROM stay AS s
    JOIN (SELECT unnest(queues) AS queue, calendar FROM team) AS t USING (queue)
    JOIN calendar AS c ON c.calendar = t.calendar
),
placed AS (
    SELECT a.*, n.day, n.following, a.local_at - n.day - INTERVAL 9 HOUR AS since_nine
    FROM arrival AS a ASOF JOIN next_day AS n ON n.calendar = a.calendar AND a.local_at >= n.day
),
due AS (
    SELECT *, timezone('UTC', timezone(zone, CASE
        WHEN day = local_at::DATE AND since_nine < INTERVAL 0 HOUR THEN day + INTERVAL 17 HOUR
        WHEN day <> local_at::DATE OR since_nine >= INTERVAL 8 HOUR THEN following + INTERVAL 17 HOUR
        WHEN since_nine + allowed <= INTERVAL 8 HOUR THEN local_at + allowed
        ELSE following + INTERVAL 1 HOUR + since_nine + allowed END)) AS due_at
    FROM placed
)
SELECT {WEEK.format("entered_at")}, count(*) FILTER (triaged_at <= due_at) AS met,
    count(*) FILTER (
        (triaged_at IS NULL OR triaged_at > due_at)
        AND NOT (triaged_at IS NULL AND left_at IS NOT NULL AND left_at <= due_at)
        AND NOT (triaged_at IS NULL AND due_at >= $end)
    ) AS breached
FROM due GROUP BY week HAVING week >= 0 ORDER BY week
"""


def _of_watchbill(con: duckdb.DuckDBPyConnection, as_of: str, weeks: Sequence[Week]) -> pl.DataFrame:
    rows = metrics.slo(con, as_of=as_of, policy="Triage").pl()
    inside = [rows.filter(in_week("started_at", week))["verdict"] for week in weeks]
    met = [(verdicts == "met").sum() for verdicts in inside]
    return pl.DataFrame({"met": met, "breached": [v.str.starts_with("breached").sum() for v in inside]})


def _in_pandas(tables: Tables) -> pd.DataFrame:
    """Verdicts on triage by the week of entering: met, breached."""
    stay = stays(tables)
    stay = stay.assign(due_at=_due(tables, stay))
    is_met = stay["triaged_at"] <= stay["due_at"]
    is_withdrawn = stay["triaged_at"].isna() & (stay["left_at"] <= stay["due_at"])
    is_running = stay["triaged_at"].isna() & (stay["due_at"] >= tables.weeks[-1])
    breached = stay.loc[~is_met & ~is_withdrawn & ~is_running, "entered_at"]
    return pd.DataFrame(
        {"met": per_week(tables, stay.loc[is_met, "entered_at"]), "breached": per_week(tables, breached)}
    )


def _due(tables: Tables, stay: pd.DataFrame) -> pd.Series:
    """Since July 2025 four working hours, or the end of the next working day; before, eight hours."""
    due = pd.Series(pd.NaT, index=stay.index, dtype="datetime64[us]")
    zones = stay["queue"].map(tables.zones)
    for zone, which in zones.groupby(zones).groups.items():
        closed = tables.closed_days.loc[tables.closed_days["zone"] == zone, "day"].to_numpy().astype("datetime64[D]")
        local = stay.loc[which, "entered_at"].dt.tz_localize("UTC").dt.tz_convert(zone).dt.tz_localize(None)
        day = local.to_numpy().astype("datetime64[D]")
        since_nine = local.to_numpy() - day.astype("datetime64[us]") - np.timedelta64(9, "h")
        is_inside = (
            np.is_busday(day, holidays=closed)
            & (since_nine >= np.timedelta64(0))
            & (since_nine < np.timedelta64(8, "h"))
        )
        next_day = np.where(
            np.is_busday(day, holidays=closed) & (since_nine < np.timedelta64(0)),
            day,
            np.busday_offset(np.busday_offset(day, 0, "backward", holidays=closed), 1, holidays=closed),
        )
        left = np.where(stay.loc[which, "entered_at"] >= _SINCE_SECOND_PROMISE, 4, 8) * np.timedelta64(1, "h")
        today = is_inside & (since_nine + left <= np.timedelta64(8, "h"))
        rest = np.where(is_inside, since_nine + left - np.timedelta64(8, "h"), np.timedelta64(8, "h"))
        end = np.where(today, day, next_day).astype("datetime64[us]") + np.where(today, since_nine + left, rest)
        moment = pd.Series(end + np.timedelta64(9, "h"), index=which)
        due.loc[which] = moment.dt.tz_localize(zone).dt.tz_convert("UTC").dt.tz_localize(None)
    return due


QUESTION = Question(_of_watchbill, _in_pandas, _SQL)
