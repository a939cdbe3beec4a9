"""What each person carried of each role beside the share that was expected of them, and how even that is in the role.

Everybody in the made-up organisation was there all the time, but for absences. Floats agree to six decimals.
"""

from collections.abc import Sequence
from typing import Any

import duckdb
import numpy as np
import pandas as pd  # type: ignore[import-untyped] # it ships no types
import polars as pl

import metrics
from benchmarks.metrics.beside.duties import BURDEN
from benchmarks.metrics.beside.interruptions import INTERRUPTED, interrupted, seen
from benchmarks.metrics.beside.plain import Question, Tables
from metrics import fairness
from metrics.weeks import Week

_DECIMALS = 6
_WEEK = pd.Timedelta(weeks=1)
_SQL = f"""
WITH {INTERRUPTED},
away AS (
    SELECT person_id, starts_at, least(ends_at, $end) AS ends_at
    FROM absence JOIN account_setting USING (account_id) WHERE starts_at < $end
),
edge AS (SELECT unnest([starts_at, ends_at]) AS edge_at FROM duty UNION SELECT unnest([starts_at, ends_at]) FROM away),
slice AS (SELECT edge_at AS from_at, lead(edge_at) OVER (ORDER BY edge_at) AS until_at FROM edge),
carried AS (
    SELECT role, from_at, until_at, sum(burden) * epoch(until_at - from_at) / 604800 AS load
    FROM slice JOIN duty AS d ON d.starts_at <= from_at AND d.ends_at >= until_at GROUP BY role, from_at, until_at
),
able AS (
    SELECT c.role, c.load, p.person_id, p.share / sum(p.share) OVER (PARTITION BY c.role, c.from_at) AS part
    FROM carried AS c JOIN person AS p ON list_contains(p.roles, c.role)
    WHERE NOT EXISTS (
        FROM away AS a WHERE a.person_id = p.person_id AND a.starts_at <= c.from_at AND a.ends_at >= c.until_at
    )
),
expected AS (SELECT role, person_id, sum(load * part) AS expected_duty_weeks FROM able GROUP BY role, person_id),
held AS (
    SELECT role, person_id, count(*) AS shifts, sum(burden * epoch(ends_at - starts_at)) / 604800 AS duty_weeks
    FROM duty GROUP BY role, person_id
),
lost AS (SELECT role, person_id, count(*) AS interruptions FROM interrupted GROUP BY role, person_id),
person_role AS (
    SELECT role, person_id, coalesce(shifts, 0) AS shifts, coalesce(h.duty_weeks, 0) AS duty_weeks, expected_duty_weeks,
        coalesce(interruptions, 0) AS interruptions
    FROM expected LEFT JOIN held AS h USING (role, person_id) LEFT JOIN lost USING (role, person_id)
),
placed AS (
    SELECT role, duty_weeks - expected_duty_weeks AS balance, duty_weeks / expected_duty_weeks AS ratio,
        row_number() OVER (PARTITION BY role ORDER BY ratio) AS place, count(*) OVER (PARTITION BY role) AS n
    FROM person_role
),
role AS (
    SELECT role, max(balance) - min(balance) AS spread, sum(ratio) ** 2 / (count(*) * sum(ratio * ratio)) AS jain,
        sum((2 * place - n - 1) * ratio) / (count(*) * sum(ratio)) AS gini
    FROM placed GROUP BY role
)
SELECT role, person_id AS person, shifts, round(duty_weeks, {_DECIMALS}) AS duty_weeks,
    round(expected_duty_weeks, {_DECIMALS}) AS expected_duty_weeks, interruptions,
    round(spread, {_DECIMALS}) AS spread_duty_weeks, round(jain, {_DECIMALS}) AS jain, round(gini, {_DECIMALS}) AS gini
FROM person_role JOIN role USING (role) ORDER BY role, person
"""
_COLUMNS = ("role", "person", "shifts", "duty_weeks", "expected_duty_weeks", "interruptions")


def _of_watchbill(con: duckdb.DuckDBPyConnection, as_of: str, _weeks: Sequence[Week]) -> pl.DataFrame:
    rows = metrics.rotation_fairness(con, as_of=as_of)
    roles = fairness.summary(rows).select("role", "spread_duty_weeks", "jain", "gini")
    return rows.pl().select(_COLUMNS).join(roles, on="role").with_columns(pl.col(pl.Float64).round(_DECIMALS))


def _in_pandas(tables: Tables) -> pd.DataFrame:
    """One row per role and person."""
    happened = seen(tables)
    duty = happened.duty
    lost = interrupted(tables, happened).groupby(["role", "person_id"]).size()
    held = duty.assign(weeks=(duty["ends_at"] - duty["starts_at"]) / _WEEK).groupby(["role", "person_id"])["weeks"]
    person = pd.DataFrame({"expected_duty_weeks": _expected(tables, duty)})
    person = person.assign(shifts=held.size(), duty_weeks=held.sum(), interruptions=lost).fillna(0)
    person["duty_weeks"] *= person.index.get_level_values("role").map(BURDEN)
    told = person.join(person.groupby(level="role").apply(_evenness)).reset_index()
    return told.rename(columns={"person_id": "person"}).sort_values(["role", "person"]).round(_DECIMALS)


def _evenness(person: pd.DataFrame) -> pd.Series:
    """spread_duty_weeks, jain and gini of one role."""
    balance = person["duty_weeks"] - person["expected_duty_weeks"]
    ratio = (person["duty_weeks"] / person["expected_duty_weeks"]).sort_values().to_numpy()
    n, total = len(ratio), ratio.sum()
    gini = ((2 * np.arange(1, n + 1) - n - 1) * ratio).sum() / (n * total)
    jain = total**2 / (n * (ratio**2).sum())
    return pd.Series({"spread_duty_weeks": balance.max() - balance.min(), "jain": jain, "gini": gini})


def _expected(tables: Tables, duty: pd.DataFrame) -> pd.Series:
    """What each moment of duty asks of those who are there, by role and person."""
    away = tables.absence.assign(person_id=tables.absence["account_id"].map(tables.persons))
    away = away[away["starts_at"] < tables.weeks[-1]].assign(ends_at=away["ends_at"].clip(upper=tables.weeks[-1]))
    edges = np.unique(pd.concat([duty["starts_at"], duty["ends_at"], away["starts_at"], away["ends_at"]]))
    width = np.diff(edges) / _WEEK.to_numpy()
    there = pd.DataFrame(1.0, index=pd.DatetimeIndex(edges[:-1]), columns=tables.person["person_id"])
    for absence in away.itertuples():
        there.loc[_within(there.index, absence), absence.person_id] = 0
    expected = {}
    for role, shifts in duty.groupby("role"):
        able = there * np.where([role in roles for roles in tables.person["roles"]], tables.person["share"], 0)
        manned = sum(_within(there.index, shift).astype(float) for shift in shifts.itertuples())
        load = pd.Series(manned * width * BURDEN[role], index=there.index)
        expected[role] = able.mul(load / able.sum(axis=1), axis=0).sum()
    return pd.concat(expected, names=["role", "person_id"])


def _within(moments: pd.DatetimeIndex, span: Any) -> Any:
    return (moments >= span.starts_at) & (moments < span.ends_at)


QUESTION = Question(_of_watchbill, _in_pandas, _SQL)
