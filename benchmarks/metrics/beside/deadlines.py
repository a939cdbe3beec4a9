"""When so many working hours have passed: 9 to 17 in each queue's zone, on weekdays that are no holiday there.

DUE stands on a relation `promise`: ticket_id, queue, began_at, hours.
"""

from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped] # it ships no types

from benchmarks.metrics.beside.plain import Tables

_DAYS = np.arange("2023-01-01", "2027-01-01", dtype="datetime64[D]")
_HOUR = np.timedelta64(1, "h")
WORKING_DAYS = """
weekday AS (
    SELECT unnest(range(DATE '2023-01-01', DATE '2027-01-01', INTERVAL 1 DAY))::DATE AS day
),
working_day AS (
    SELECT c.calendar, d.day FROM calendar AS c CROSS JOIN weekday AS d
    ANTI JOIN calendar_day AS x ON x.calendar = c.calendar AND x.day = d.day
    WHERE isodow(d.day) < 6 AND c.calendar <> 'always'
)"""
DUE = f"""{WORKING_DAYS},
numbered_day AS (SELECT *, row_number() OVER (PARTITION BY calendar ORDER BY day) - 1 AS number FROM working_day),
began AS (
    SELECT p.*, t.calendar, c.zone, timezone(c.zone, timezone('UTC', began_at)) AS local_at
    FROM promise AS p
    JOIN (SELECT unnest(queues) AS queue, calendar FROM team) AS t USING (queue)
    JOIN calendar AS c ON c.calendar = t.calendar
),
spent AS (
    SELECT b.*, n.number * 8 + b.hours + CASE WHEN n.day < local_at::DATE THEN 8
        ELSE least(greatest(epoch(local_at - n.day) / 3600 - 9, 0), 8) END AS reading
    FROM began AS b ASOF JOIN numbered_day AS n ON n.calendar = b.calendar AND b.local_at >= n.day
),
due AS (
    SELECT ticket_id, timezone('UTC', timezone(zone, n.day + to_seconds(round((9 + reading - n.number * 8) * 3600))))
        AS due_at
    FROM spent AS s JOIN numbered_day AS n ON n.calendar = s.calendar AND n.number = ceil(reading / 8) - 1
)"""


def due(tables: Tables, began: pd.Series, queue: pd.Series, hours: pd.Series) -> pd.Series:
    """The first instant by which so many hours have passed."""
    found = pd.Series(pd.NaT, index=began.index, dtype="datetime64[us]")
    zones = queue.map(tables.zones)
    for zone, which in zones.groupby(zones).groups.items():
        local = began.loc[which].dt.tz_localize("UTC").dt.tz_convert(zone).dt.tz_localize(None).to_numpy()
        closed = tables.closed_days.loc[tables.closed_days["zone"] == zone, "day"].to_numpy().astype("datetime64[D]")
        end = _after(_DAYS[np.is_busday(_DAYS, holidays=closed)], local, hours.loc[which].to_numpy() * _HOUR)
        found.loc[which] = pd.Series(end, index=which).dt.tz_localize(zone).dt.tz_convert("UTC").dt.tz_localize(None)
    return found


def _after(days: Any, local: Any, allowed: Any) -> Any:
    """In local time, counting hours over the working days."""
    day = local.astype("datetime64[D]")
    number = np.searchsorted(days, day, side="right") - 1
    today = np.clip(local - day - 9 * _HOUR, 0 * _HOUR, 8 * _HOUR)
    reading = number * 8 * _HOUR + np.where(days[number] < day, 8 * _HOUR, today) + allowed
    last = -(-reading // (8 * _HOUR)) - 1
    return days[last] + 9 * _HOUR + (reading - last * 8 * _HOUR)
