"""What is open in each stage by how long nobody has updated it: tickets, and medians of their three ages.

Ages are since the opening, since first active after the last opening, and since entering the stage, by the wall clock.
"""

from collections.abc import Sequence

import duckdb
import numpy as np
import pandas as pd  # type: ignore[import-untyped] # it ships no types
import polars as pl

import metrics
from benchmarks.metrics.beside.human_updates import HUMAN_UPDATES, human_updates
from benchmarks.metrics.beside.plain import BOTS, Question, Tables
from benchmarks.metrics.beside.stage_spells import OPEN_SPELLS, STAGE_SPELLS, open_spells, stage_spells
from metrics.distributions import nearest_rank
from metrics.weeks import Week

_AGES = ("age_seconds", "active_age_seconds", "stage_age_seconds")
_SILENCES = ("fresh", "1 to 5 days", "6 to 10 days", "11 to 30 days", "over 30 days")
_FEWEST_DAYS = (0, 1, 6, 11, 31)
_MEDIANS = ", ".join(f"CASE WHEN count({age}) >= 5 THEN quantile_disc({age}, 0.5) END AS {age}" for age in _AGES)
_SQL = f"""
WITH {STAGE_SPELLS}, {OPEN_SPELLS}, {HUMAN_UPDATES},
work AS (
    SELECT ticket_id, t.opened_at, t.author_id NOT IN ({BOTS}) AS is_of_human, o.from_at AS last_opened_at
    FROM ticket AS t JOIN open_spell AS o USING (ticket_id) ANTI JOIN gone USING (ticket_id)
    WHERE o.is_open AND o.until_at IS NULL
),
stood AS (
    SELECT ticket_id, stage, from_at, until_at FROM stage_spell SEMI JOIN work USING (ticket_id)
    WHERE until_at IS DISTINCT FROM from_at
),
entered AS (
    SELECT ticket_id, stage, from_at FROM stood
    QUALIFY stage IS DISTINCT FROM lag(stage) OVER (PARTITION BY ticket_id ORDER BY from_at)
),
standing AS (
    SELECT ticket_id, arg_max(stage, from_at) AS stage, max(from_at) AS entered_at FROM entered GROUP BY ticket_id
),
active AS (
    SELECT ticket_id, min(greatest(from_at, last_opened_at)) AS active_at FROM stood JOIN work USING (ticket_id)
    WHERE stage = 'active' AND (until_at IS NULL OR until_at > last_opened_at) GROUP BY ticket_id
),
updated AS (
    SELECT ticket_id, max(occurred_at) AS updated_at FROM human_update SEMI JOIN work USING (ticket_id)
    GROUP BY ticket_id
),
aged AS (
    SELECT stage, epoch($end - opened_at) AS age_seconds, epoch($end - active_at) AS active_age_seconds,
        epoch($end - entered_at) AS stage_age_seconds,
        floor(epoch($end - coalesce(greatest(updated_at, if(is_of_human, opened_at, NULL)), opened_at)) / 86400) AS days
    FROM work LEFT JOIN standing USING (ticket_id)
    LEFT JOIN active USING (ticket_id) LEFT JOIN updated USING (ticket_id)
)
SELECT stage, CASE WHEN days < 1 THEN 'fresh' WHEN days < 6 THEN '1 to 5 days' WHEN days < 11 THEN '6 to 10 days'
        WHEN days < 31 THEN '11 to 30 days' ELSE 'over 30 days' END AS silence,
    count(*) AS tickets, {_MEDIANS}
FROM aged GROUP BY stage, silence ORDER BY stage, silence
"""


def _of_watchbill(con: duckdb.DuckDBPyConnection, as_of: str, _: Sequence[Week]) -> pl.DataFrame:
    groups = metrics.aging(con, as_of=as_of).pl().partition_by("stage", "silence", as_dict=True)
    told = [
        {"stage": stage, "silence": silence, "tickets": len(rows)} | {age: nearest_rank(rows[age], 50) for age in _AGES}
        for (stage, silence), rows in groups.items()
    ]
    return pl.DataFrame(told, infer_schema_length=None).sort("stage", "silence")


def _in_pandas(tables: Tables) -> pd.DataFrame:
    """Open tickets by stage and silence, and the medians of their ages."""
    opened = open_spells(tables).query("is_open and until_at.isna() and ticket_id not in @tables.gone.index")
    tickets = tables.ticket.set_index("ticket_id").loc[opened["ticket_id"]]
    stage, began = _standing(tables, opened.set_index("ticket_id")["from_at"])
    began = began.assign(age_seconds=tickets["opened_at"])
    now = tables.weeks[-1]
    ages = pd.DataFrame({age: (now - began[age].reindex(tickets.index)).dt.total_seconds() for age in _AGES})
    days = (now - _silent_since(tables, tickets)) // pd.Timedelta(days=1)
    silence = np.array(_SILENCES)[np.searchsorted(_FEWEST_DAYS, days, side="right") - 1]
    groups = ages.assign(stage=stage, silence=silence).groupby(["stage", "silence"])
    medians = groups[list(_AGES)].quantile(0.5, interpolation="lower")
    medians = medians.where(groups[list(_AGES)].count() >= 5)
    return medians.assign(tickets=groups.size()).reset_index()


def _standing(tables: Tables, last_opened: pd.Series) -> tuple[pd.Series, pd.DataFrame]:
    """The stage each open ticket is in; since when, and since when it was active."""
    stood = stage_spells(tables)
    stood = stood[stood["ticket_id"].isin(last_opened.index) & (stood["until_at"] != stood["from_at"])]
    entered = stood[stood["stage"] != stood.groupby("ticket_id")["stage"].shift()].groupby("ticket_id").last()
    reopened = stood["ticket_id"].map(last_opened)
    is_active = (stood["stage"] == "active") & (stood["until_at"].isna() | (stood["until_at"] > reopened))
    active = np.maximum(stood["from_at"], reopened)[is_active].groupby(stood["ticket_id"]).min()
    return entered["stage"], pd.DataFrame({"stage_age_seconds": entered["from_at"], "active_age_seconds": active})


def _silent_since(tables: Tables, tickets: pd.DataFrame) -> pd.Series:
    """When a human last updated each ticket; opening it is an update too."""
    updates = human_updates(tables)
    updates = updates[updates["ticket_id"].isin(tickets.index)]
    last = updates.groupby("ticket_id")["occurred_at"].max().reindex(tickets.index)
    opened = tickets["opened_at"].where(~tickets["author_id"].isin(tables.bots))
    return pd.concat([last, opened], axis=1).max(axis=1).fillna(tickets["opened_at"])


QUESTION = Question(_of_watchbill, _in_pandas, _SQL)
