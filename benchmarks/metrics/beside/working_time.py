"""Working seconds between two instants by a queue's calendar: 9 to 17 on its working days.

Its clocks never change within those hours, so that the seconds before each instant are subtracted.
"""

from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped] # it ships no types

from benchmarks.metrics.beside.plain import Tables

_LONG_AGO = np.datetime64("2000-01-03")
OPEN_DAYS = """
open_day AS MATERIALIZED (
    SELECT c.calendar, d.day, isodow(d.day) < 6 AND x.day IS NULL AS is_open,
        count_if(isodow(d.day) < 6 AND x.day IS NULL) OVER (
            PARTITION BY c.calendar ORDER BY d.day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS days_before
    FROM calendar AS c
    CROSS JOIN (SELECT unnest(range(DATE '2023-01-01', DATE '2027-01-01', INTERVAL 1 DAY))::DATE AS day) AS d
    LEFT JOIN calendar_day AS x ON x.calendar = c.calendar AND x.day = d.day
),
placed_queue AS (
    SELECT queue, calendar, zone
    FROM (SELECT unnest(queues) AS queue, calendar FROM team) JOIN calendar USING (calendar)
)"""
SECONDS_BEFORE = (
    "28800 * {0}.days_before + if({0}.is_open, greatest(0, least(28800, epoch({1} - {0}.day::TIMESTAMP) - 32400)), 0)"
)


def working_seconds(tables: Tables, queues: pd.Series, begun: pd.Series, over: pd.Series) -> pd.Series:
    """How much working time of its queue lies in each interval."""
    seconds = pd.Series(np.nan, index=queues.index)
    for zone, which in queues.groupby(queues.map(tables.zones)).groups.items():
        closed = tables.closed_days.loc[tables.closed_days["zone"] == zone, "day"].to_numpy().astype("datetime64[D]")
        seconds[which] = _before(over[which], zone, closed) - _before(begun[which], zone, closed)
    return seconds


def _before(moments: pd.Series, zone: str, closed: Any) -> Any:
    """The working seconds since long ago."""
    local = moments.dt.tz_localize("UTC").dt.tz_convert(zone).dt.tz_localize(None).to_numpy()
    day = local.astype("datetime64[D]")
    since_nine = (local - day - np.timedelta64(9, "h")) / np.timedelta64(1, "s")
    today = np.where(np.is_busday(day, holidays=closed), np.clip(since_nine, 0, 28_800), 0)
    return np.busday_count(_LONG_AGO, day, holidays=closed) * 28_800 + today
