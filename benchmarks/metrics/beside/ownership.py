"""Handovers from person to person in each week, those to a former owner, and owned active tickets silent at its end.

Silent means no human update for five days. These tickets have one owner at a time, never a bot, and do not come back to
a queue or a team that they left.
"""

import numpy as np
import pandas as pd  # type: ignore[import-untyped] # it ships no types

from benchmarks.metrics.beside.human_updates import HUMAN_UPDATES, human_updates
from benchmarks.metrics.beside.plain import WEEK, Question, Tables, ordered, per_week, weekly_told
from benchmarks.metrics.beside.stage_spells import STAGE_SPELLS, stage_spells

_SILENT = pd.Timedelta(days=5)
_SQL = f"""
WITH {STAGE_SPELLS}, {HUMAN_UPDATES},
gained AS (
    SELECT ticket_id, new AS owner, occurred_at FROM event WHERE field = 'owner' AND new IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY ticket_id, occurred_at ORDER BY seq DESC) = 1
),
owning AS (
    SELECT *, lag(owner) OVER by_time AS former FROM gained
    WINDOW by_time AS (PARTITION BY ticket_id ORDER BY occurred_at) QUALIFY owner IS DISTINCT FROM former
),
handover AS (
    SELECT occurred_at, former IS NOT NULL AS is_handover,
        row_number() OVER (PARTITION BY ticket_id, owner ORDER BY occurred_at) > 1 AS is_return
    FROM owning
),
moved AS (
    SELECT {WEEK.format("occurred_at")}, count(*) FILTER (is_handover) AS handovers,
        count(*) FILTER (is_return) AS ping_pongs
    FROM handover GROUP BY week
),
owned AS (SELECT ticket_id, min(occurred_at) AS owned_at FROM gained GROUP BY ticket_id),
worked AS (
    SELECT ticket_id, greatest(from_at, owned_at) AS from_at, least(coalesce(until_at, $end), gone_at) AS until_at
    FROM stage_spell JOIN owned USING (ticket_id) LEFT JOIN gone USING (ticket_id) WHERE stage = 'active'
),
said AS (
    SELECT ticket_id, occurred_at AS said_at FROM human_update UNION ALL SELECT ticket_id, opened_at FROM ticket
),
pause AS (
    SELECT ticket_id, said_at, lead(said_at, 1, $end) OVER (PARTITION BY ticket_id ORDER BY said_at) AS next_at
    FROM said QUALIFY next_at >= said_at + INTERVAL 5 DAY
),
silence AS (
    SELECT from_at AS active_at, said_at + INTERVAL 5 DAY AS silent_at, least(until_at, next_at) AS until_at
    FROM worked JOIN pause USING (ticket_id) WHERE from_at < least(until_at, next_at)
),
week_end AS (SELECT range::INTEGER AS week, $first + to_days((range * 7 + 7)::INTEGER) AS ends_at FROM range(104)),
standing AS (
    SELECT week, count(*) AS silent_tickets FROM week_end
    JOIN silence ON active_at < ends_at AND silent_at <= ends_at AND until_at >= ends_at GROUP BY week
)
SELECT week, coalesce(handovers, 0) AS handovers, coalesce(ping_pongs, 0) AS ping_pongs,
    coalesce(silent_tickets, 0) AS silent_tickets
FROM week_end LEFT JOIN moved USING (week) LEFT JOIN standing USING (week) ORDER BY week
"""


def _in_pandas(tables: Tables) -> pd.DataFrame:
    """Handovers, returns and silent tickets, week by week."""
    gained = _gained(tables)
    owning = gained[gained["new"] != gained.groupby("ticket_id")["new"].shift()]
    is_handover, is_return = owning["ticket_id"].duplicated(), owning.duplicated(["ticket_id", "new"])
    since, until = _silences(tables, gained.groupby("ticket_id")["occurred_at"].min())
    ends = tables.weeks[1:].to_numpy()
    standing = np.searchsorted(np.sort(since), ends, side="right") - np.searchsorted(np.sort(until), ends)
    return pd.DataFrame({
        "handovers": per_week(tables, owning.loc[is_handover, "occurred_at"]),
        "ping_pongs": per_week(tables, owning.loc[is_return, "occurred_at"]),
        "silent_tickets": standing,
    })  # fmt: skip


def _gained(tables: Tables) -> pd.DataFrame:
    """Every time that somebody got a ticket; of one second, the last."""
    events = tables.event[(tables.event["field"] == "owner") & tables.event["new"].notna()]
    return ordered(events).drop_duplicates(["ticket_id", "occurred_at"], keep="last")


def _silences(tables: Tables, owned: pd.Series) -> tuple[pd.Series, pd.Series]:
    """While owned, active tickets were silent: from the first to the last instant at which somebody would say so."""
    worked = stage_spells(tables)
    worked = worked[(worked["stage"] == "active") & worked["ticket_id"].isin(owned.index)]
    found = worked.merge(_pauses(tables, worked["ticket_id"]), on="ticket_id")
    active = np.maximum(found["from_at"], found["ticket_id"].map(owned)) + pd.Timedelta(microseconds=1)
    since = np.maximum(active, found["occurred_at"] + _SILENT)
    ends = found[["until_at", "next_at"]].assign(gone_at=found["ticket_id"].map(tables.gone))
    until = ends.min(axis=1).fillna(pd.Timestamp.max)
    return since[since <= until], until[since <= until]


def _pauses(tables: Tables, tickets: pd.Series) -> pd.DataFrame:
    """From one word on a ticket, its opening among them, to the next (none yet: none), where that took long."""
    opened = tables.ticket[["ticket_id", "opened_at"]].rename(columns={"opened_at": "occurred_at"})
    said = pd.concat([human_updates(tables), opened])
    said = said[said["ticket_id"].isin(tickets)].sort_values(["ticket_id", "occurred_at"])
    said["next_at"] = said.groupby("ticket_id")["occurred_at"].shift(-1)
    return said[said["next_at"].isna() | (said["next_at"] - said["occurred_at"] >= _SILENT)]


QUESTION = Question(weekly_told("ownership"), _in_pandas, _SQL)
