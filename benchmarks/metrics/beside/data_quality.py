"""Of each tracker: its newest record and its lag, tickets, events, inferred and gone ones, and what is amiss with them.

Amiss are words without a stage, accounts that work and are nobody's, histories that lack a change, and events before a
ticket's opening. Nothing was rejected here, and milestones are a matter of incidents.
"""

from collections.abc import Sequence

import duckdb
import numpy as np
import pandas as pd  # type: ignore[import-untyped] # it ships no types
import polars as pl

import metrics
from benchmarks.metrics.beside.plain import BOTS, Question, Tables, ordered, summary_told
from benchmarks.metrics.beside.stage_spells import WORDS
from metrics.weeks import Week

_KNOWN = (*WORDS, "open")
_SINGLE = ("status", "column", "priority", "queue", "type")
_NO_WORK = ("created", "comment", "comment_deleted", "link", "lock", "visibility", "other")
_SQL = f"""
WITH told AS (
    SELECT e.ticket_id, e.occurred_at, e.seq, e.actor_id, e.field, e.old, e.new, e.origin, t.source, t.opened_at,
        t.author_id
    FROM event AS e JOIN ticket AS t USING (ticket_id)
),
counted AS (
    SELECT source, count(*) AS events, count(*) FILTER (origin = 'inferred') AS inferred_events,
        inferred_events / events AS inferred_share, max(occurred_at) AS newest_record_at,
        count(DISTINCT field || new) FILTER (field IN ('status', 'column') AND new NOT IN {_KNOWN}) AS unmapped_values,
        count(DISTINCT ticket_id) FILTER (occurred_at < opened_at) AS early_tickets
    FROM told GROUP BY source
),
stock AS (
    SELECT source, count(*) FILTER (gone_at IS NULL) AS tickets, count(gone_at) AS gone_tickets
    FROM ticket LEFT JOIN gone USING (ticket_id) GROUP BY source
),
worker AS (
    SELECT actor_id AS account_id FROM told WHERE actor_id IS DISTINCT FROM author_id AND field NOT IN {_NO_WORK}
    UNION
    SELECT new FROM told WHERE field = 'owner'
    UNION
    SELECT account_id FROM shift WHERE starts_at < $end
),
stranger AS (
    SELECT a.source, count(*) AS unmapped_accounts
    FROM account AS a SEMI JOIN worker USING (account_id) LEFT JOIN account_setting AS s USING (account_id)
    WHERE s.person_id IS NULL AND account_id NOT IN ({BOTS}) GROUP BY a.source
),
chain AS (
    SELECT source, ticket_id, field, old, lag(new) OVER by_event AS before, row_number() OVER by_event AS place
    FROM told WHERE field IN {_SINGLE} WINDOW by_event AS (PARTITION BY ticket_id, field ORDER BY occurred_at, seq)
),
broken AS (
    SELECT source, count(DISTINCT ticket_id || field) AS broken_chains FROM chain
    WHERE place > 1 AND old IS NOT NULL AND old IS DISTINCT FROM before GROUP BY source
),
read AS (
    SELECT source, max(data_until) AS data_until_at FROM sync_run WHERE finished_at < $end AND failure IS NULL
    GROUP BY source
)
SELECT * REPLACE (coalesce(unmapped_accounts, 0) AS unmapped_accounts, coalesce(broken_chains, 0) AS broken_chains),
    epoch($end - data_until_at) AS lag_seconds
FROM counted JOIN stock USING (source) LEFT JOIN stranger USING (source) LEFT JOIN broken USING (source)
    LEFT JOIN read USING (source)
ORDER BY source
"""
_summary = summary_told("data_quality")


def _of_watchbill(con: duckdb.DuckDBPyConnection, as_of: str, weeks: Sequence[Week]) -> pl.DataFrame:
    rows = metrics.data_quality(con, as_of=as_of).pl()
    amiss = rows.group_by("source").agg(
        broken_chains=(pl.col("finding") == "broken chain").sum(),
        early_tickets=(pl.col("finding") == "event before opening").sum(),
    )
    told = _summary(con, as_of, weeks).join(amiss, on="source", how="left", maintain_order="left")
    return told.drop("findings", "rejected_records").with_columns(pl.col(amiss.columns[1:]).fill_null(0))


def _in_pandas(tables: Tables) -> pd.DataFrame:
    """A row for each tracker."""
    events = tables.event.merge(tables.ticket, on="ticket_id")
    is_gone = tables.ticket["ticket_id"].isin(tables.gone.index)
    is_new_word = events["field"].isin(["status", "column"]) & ~events["new"].isin(_KNOWN)
    by_source = events.groupby("source")
    told = pd.DataFrame({
        "newest_record_at": by_source["occurred_at"].max(),
        "data_until_at": _read_until(tables),
        "tickets": tables.ticket[~is_gone].groupby("source").size(),
        "events": by_source.size(),
        "inferred_events": by_source["is_inferred"].sum(),
        "gone_tickets": tables.ticket[is_gone].groupby("source").size(),
        "unmapped_values": events[is_new_word].drop_duplicates(["source", "field", "new"]).groupby("source").size(),
        "unmapped_accounts": _strangers(tables, events).groupby("source").size(),
        "broken_chains": _broken(events).groupby("source").size(),
        "early_tickets": events[events["occurred_at"] < events["opened_at"]].groupby("source")["ticket_id"].nunique(),
    })  # fmt: skip
    counts = told.columns[2:]
    told[counts] = told[counts].fillna(0).astype("int64")
    told["lag_seconds"] = (tables.weeks[-1] - told["data_until_at"]).dt.total_seconds()
    return told.assign(inferred_share=told["inferred_events"] / told["events"]).reset_index(names="source")


def _read_until(tables: Tables) -> pd.Series:
    """Until when each tracker had been read."""
    runs = tables.sync_run[(tables.sync_run["finished_at"] < tables.weeks[-1]) & tables.sync_run["failure"].isna()]
    return runs.groupby("source")["data_until"].max()


def _strangers(tables: Tables, events: pd.DataFrame) -> pd.DataFrame:
    """Accounts that work on what others opened, own tickets or are on duty, and are neither a person's nor a bot."""
    is_work = (events["actor_id"] != events["author_id"]) & ~events["field"].isin(_NO_WORK)
    owners = events.loc[events["field"] == "owner", "new"]
    on_duty = tables.shift.loc[tables.shift["starts_at"] < tables.weeks[-1], "account_id"]
    workers = np.concatenate(
        [column.dropna().unique() for column in (events.loc[is_work, "actor_id"], owners, on_duty)]
    )
    is_nobody = tables.account["person_id"].isna() & ~tables.account["account_id"].isin(tables.bots)
    return tables.account[is_nobody & tables.account["account_id"].isin(workers)]


def _broken(events: pd.DataFrame) -> pd.DataFrame:
    """Fields of tickets of which a change is missing: one says it changed from what it was not."""
    chain = ordered(events[events["field"].isin(_SINGLE)])
    before = chain.groupby(["ticket_id", "field"])["new"].shift()
    is_later = chain.duplicated(["ticket_id", "field"])
    return chain[is_later & chain["old"].notna() & (chain["old"] != before)].drop_duplicates(["ticket_id", "field"])


QUESTION = Question(_of_watchbill, _in_pandas, _SQL)
