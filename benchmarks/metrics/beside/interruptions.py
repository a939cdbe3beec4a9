"""The clock hours in which whoever was on duty was interrupted, and what kind of hour each was on their own clock.

What arrives interrupts, and what becomes urgent, unless the person on duty did that; both roles answer for all queues.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd  # type: ignore[import-untyped] # it ships no types

from benchmarks.metrics.beside.duties import DUTY, duties
from benchmarks.metrics.beside.plain import Tables
from benchmarks.metrics.beside.presences import PRESENT, presences
from benchmarks.metrics.beside.urgencies import URGENCY, urgencies

INTERRUPTED = f"""
{DUTY}, {PRESENT}, {URGENCY},
own AS MATERIALIZED (
    SELECT DISTINCT e.ticket_id, e.occurred_at AS moment_at, d.shift_id
    FROM event AS e JOIN account_setting AS s ON s.account_id = e.actor_id
    JOIN duty AS d ON d.person_id = s.person_id AND e.occurred_at >= d.starts_at AND e.occurred_at < d.ends_at
),
interruption AS (
    SELECT ticket_id, from_at AS moment_at FROM present
    UNION
    SELECT ticket_id, u.from_at FROM urgency AS u JOIN present AS p USING (ticket_id)
    WHERE u.level < 2 AND u.level IS DISTINCT FROM u.before AND u.before IS DISTINCT FROM 0
        AND u.from_at > p.from_at AND u.from_at < p.until_at
),
felt AS (
    SELECT i.*, d.shift_id, d.role, d.person_id, d.middle_at, p.zone
    FROM interruption AS i JOIN duty AS d ON i.moment_at >= d.starts_at AND i.moment_at < d.ends_at
    JOIN person AS p USING (person_id) ANTI JOIN own USING (ticket_id, moment_at, shift_id)
),
told AS (SELECT *, timezone(zone, timezone('UTC', moment_at)) AS local_at, local_at::DATE AS day FROM felt),
interrupted AS (
    SELECT DISTINCT shift_id, role, person_id, middle_at,
        moment_at - (local_at - date_trunc('hour', local_at)) AS hour_at,
        CASE WHEN h.day IS NULL AND isodow(local_at) < 6 AND hour(local_at) BETWEEN 9 AND 16 THEN 'business'
            WHEN hour(local_at) BETWEEN 7 AND 22 THEN 'off' ELSE 'sleep' END AS kind
    FROM told LEFT JOIN person_holiday AS h USING (person_id, day)
)"""


@dataclass(frozen=True)
class Seen:
    """What happened while somebody was on duty."""

    duty: pd.DataFrame
    present: pd.DataFrame
    urgency: pd.DataFrame
    own: pd.DataFrame  # what whoever was on duty did: ticket_id, moment_at, shift_id


def seen(tables: Tables) -> Seen:
    """All of it, once."""
    duty = duties(tables)
    return Seen(duty, presences(tables), urgencies(tables), _own(tables, duty))


def interrupted(tables: Tables, happened: Seen) -> pd.DataFrame:
    """One row per shift and hour: shift_id, role, person_id, middle_at, hour_at, kind."""
    felt = on_duty(_interruptions(happened.present, happened.urgency), happened.duty)
    felt = felt.merge(happened.own, on=["ticket_id", "moment_at", "shift_id"], how="left", indicator="whose")
    felt = felt[felt["whose"] == "left_only"]
    zones = felt["person_id"].map(tables.person.set_index("person_id")["zone"])
    hours = pd.concat([_hours(tables, theirs, zone) for zone, theirs in felt.groupby(zones)])
    return hours.drop_duplicates(["shift_id", "hour_at"])


def on_duty(moments: pd.DataFrame, duty: pd.DataFrame) -> pd.DataFrame:
    """The moments once for each role, with the shift that each fell into."""
    ordered = moments.sort_values("moment_at")
    held = [
        pd.merge_asof(ordered, shifts.sort_values("starts_at"), left_on="moment_at", right_on="starts_at")
        for _, shifts in duty.groupby("role")
    ]
    told = pd.concat(held)
    return told[told["moment_at"] < told["ends_at"]]


def _own(tables: Tables, duty: pd.DataFrame) -> pd.DataFrame:
    event = tables.event[["ticket_id", "occurred_at"]].rename(columns={"occurred_at": "moment_at"})
    event = event.assign(actor=tables.event["actor_id"].map(tables.persons)).dropna()
    acts = on_duty(event, duty)
    return acts.loc[acts["actor"] == acts["person_id"], ["ticket_id", "moment_at", "shift_id"]].drop_duplicates()


def _interruptions(present: pd.DataFrame, urgency: pd.DataFrame) -> pd.DataFrame:
    """What arrived in a queue or became urgent there: ticket_id, moment_at."""
    is_urgent = (urgency["level"] < 2) & (urgency["level"] != urgency["before"]) & (urgency["before"] != 0)
    became = urgency.loc[is_urgent, ["ticket_id", "from_at"]].rename(columns={"from_at": "moment_at"})
    became = became.merge(present, on="ticket_id")
    is_there = became["until_at"].isna() | (became["moment_at"] < became["until_at"])
    became = became[is_there & (became["moment_at"] > became["from_at"])]
    arrived = present.rename(columns={"from_at": "moment_at"})
    return pd.concat([arrived, became])[["ticket_id", "moment_at"]].drop_duplicates()


def _hours(tables: Tables, felt: pd.DataFrame, zone: str) -> pd.DataFrame:
    """The hours on the clock of one zone, with their kind."""
    local = felt["moment_at"].dt.tz_localize("UTC").dt.tz_convert(zone).dt.tz_localize(None)
    day, hour = local.dt.normalize().astype(tables.holiday["day"].dtype), local.dt.hour
    is_free = pd.MultiIndex.from_arrays([felt["person_id"], day]).isin(pd.MultiIndex.from_frame(tables.holiday))
    is_business = ~is_free & (local.dt.dayofweek < 5) & hour.between(9, 16)
    kind = np.select([is_business, hour.between(7, 22)], ["business", "off"], "sleep")
    hour_at = felt["moment_at"] - (local - local.dt.floor("h"))
    return felt[["shift_id", "role", "person_id", "middle_at"]].assign(hour_at=hour_at, kind=kind)
