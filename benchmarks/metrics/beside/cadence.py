"""Of the time in which urgent tickets were owed updates in each week, how much updates covered; gaps, and late ones.

A day for P0, a week for P1, round the clock. A gap runs to the next update, or to where the ticket is closed, moves to
another queue, changes priority or is gone.
"""

import numpy as np
import pandas as pd  # type: ignore[import-untyped] # it ships no types

from benchmarks.metrics.beside.human_updates import HUMAN_UPDATES, human_updates
from benchmarks.metrics.beside.plain import FINAL, Question, Tables, ordered, weekly_told
from benchmarks.metrics.beside.priority_turns import PRIORITY_TURNS, priority_turns

_HOURS = {"P0": 24, "P1": 168}
_WEEK = pd.Timedelta(weeks=1)
_SQL = f"""
WITH {PRIORITY_TURNS}, {HUMAN_UPDATES},
urgent AS (SELECT DISTINCT ticket_id FROM priority_turn WHERE priority IN ('P0', 'P1')),
turn AS (
    SELECT ticket_id, occurred_at, seq, NULL AS is_open, NULL AS queue, priority
    FROM priority_turn SEMI JOIN urgent USING (ticket_id)
    UNION ALL
    SELECT ticket_id, occurred_at, seq, CASE WHEN field = 'status' THEN new NOT IN {FINAL} END,
        CASE WHEN field = 'queue' THEN new END, NULL
    FROM event SEMI JOIN urgent USING (ticket_id) WHERE field IN ('status', 'queue')
),
state AS (
    SELECT ticket_id, occurred_at, seq, last_value(is_open IGNORE NULLS) OVER so_far AS is_open,
        last_value(queue IGNORE NULLS) OVER so_far AS queue, last_value(priority IGNORE NULLS) OVER so_far AS priority
    FROM turn WINDOW so_far AS (PARTITION BY ticket_id ORDER BY occurred_at, seq)
),
changed AS (
    SELECT * FROM state
    QUALIFY (is_open, queue, priority) IS DISTINCT FROM lag((is_open, queue, priority)) OVER (
        PARTITION BY ticket_id ORDER BY occurred_at, seq
    )
),
stretch AS (
    SELECT ticket_id, is_open, priority, occurred_at AS from_at, coalesce(
            lead(occurred_at) OVER (PARTITION BY ticket_id ORDER BY occurred_at, seq), gone_at, $end
        ) AS until_at
    FROM changed LEFT JOIN gone USING (ticket_id)
),
owed AS (FROM stretch WHERE is_open AND priority IN ('P0', 'P1') AND from_at < until_at),
mark AS (
    SELECT *, from_at AS started_at FROM owed
    UNION
    SELECT o.*, u.occurred_at FROM owed AS o JOIN human_update AS u ON u.ticket_id = o.ticket_id
        AND u.occurred_at > o.from_at AND u.occurred_at < o.until_at
),
gap AS (
    SELECT ticket_id, started_at, started_at + if(priority = 'P0', INTERVAL 24 HOUR, INTERVAL 168 HOUR) AS due_at,
        coalesce(lead(started_at) OVER (PARTITION BY ticket_id, from_at ORDER BY started_at), until_at) AS ended_at
    FROM mark
),
reached AS (
    SELECT *, $first + to_days(7 * week::INTEGER) AS starts_at, least(ended_at, starts_at + INTERVAL 7 DAY) AS over_at
    FROM (
        SELECT *, unnest(range(
            greatest(floor(epoch(started_at - $first) / 604800), 0)::BIGINT,
            ceil(epoch(ended_at - $first) / 604800)::BIGINT
        )) AS week
        FROM gap
    )
),
piece AS (
    SELECT ticket_id, week, greatest(started_at, starts_at) AS begun_at, epoch(over_at - begun_at) AS owed_seconds,
        epoch(least(over_at, greatest(begun_at, due_at)) - begun_at) AS covered_seconds, due_at < over_at AS is_late
    FROM reached
)
SELECT week, sum(owed_seconds) AS owed_seconds, sum(covered_seconds) AS covered_seconds,
    sum(covered_seconds) / sum(owed_seconds) AS compliance, count(*) AS gaps, count(*) FILTER (is_late) AS late_gaps,
    count(DISTINCT ticket_id) AS tickets
FROM piece GROUP BY week ORDER BY week
"""


def _in_pandas(tables: Tables) -> pd.DataFrame:
    """A row for each week: seconds owed and covered, the share, gaps, late ones, tickets."""
    pieces = _pieces(tables, _gaps(tables, _owed(tables)))
    totals = pieces.groupby("week").agg(
        owed_seconds=("owed", "sum"),
        covered_seconds=("covered", "sum"),
        gaps=("owed", "size"),
        late_gaps=("is_late", "sum"),
        tickets=("ticket_id", "nunique"),
    )
    return totals.assign(compliance=totals["covered_seconds"] / totals["owed_seconds"])


def _owed(tables: Tables) -> pd.DataFrame:
    """Stretches in which a ticket was open in one queue at one urgent priority."""
    priority = priority_turns(tables)
    urgent = priority.loc[priority["priority"].isin(_HOURS), "ticket_id"]
    events = tables.event[tables.event["field"].isin(["status", "queue"])]
    is_status, columns = events["field"] == "status", ["ticket_id", "occurred_at", "seq"]
    stood = events[columns].assign(status=events["new"].where(is_status), queue=events["new"].mask(is_status))
    turns = pd.concat([stood, priority])
    turns = ordered(turns[turns["ticket_id"].isin(urgent)])
    held = turns.groupby("ticket_id")[["status", "queue", "priority"]].ffill()
    held = held.assign(is_open=~held["status"].isin(FINAL)).drop(columns="status")
    is_new = (held != held.shift()).any(axis=1) | (turns["ticket_id"] != turns["ticket_id"].shift())
    found = pd.concat([turns[["ticket_id"]], held], axis=1).assign(from_at=turns["occurred_at"])[is_new]
    until = found.groupby("ticket_id")["from_at"].shift(-1)
    found["until_at"] = until.fillna(found["ticket_id"].map(tables.gone)).fillna(tables.weeks[-1])
    is_owed = found["is_open"] & found["priority"].isin(_HOURS) & (found["from_at"] < found["until_at"])
    return found[is_owed].reset_index(drop=True).rename_axis("stretch").reset_index()


def _gaps(tables: Tables, owed: pd.DataFrame) -> pd.DataFrame:
    """From one update to the next, each with when it was due."""
    said = owed.merge(human_updates(tables), on="ticket_id")
    said = said[(said["occurred_at"] > said["from_at"]) & (said["occurred_at"] < said["until_at"])]
    marks = pd.concat([owed.assign(occurred_at=owed["from_at"]), said]).rename(columns={"occurred_at": "started_at"})
    marks = marks.drop_duplicates(["stretch", "started_at"]).sort_values(["stretch", "started_at"])
    ended = marks.groupby("stretch")["started_at"].shift(-1).fillna(marks["until_at"])
    due = marks["started_at"] + pd.to_timedelta(marks["priority"].map(_HOURS), unit="h")
    return marks.assign(ended_at=ended, due_at=due)


def _pieces(tables: Tables, gaps: pd.DataFrame) -> pd.DataFrame:
    """Each gap once for every week that it reaches into."""
    first = ((gaps["started_at"] - tables.weeks[0]) // _WEEK).clip(lower=0)
    last = -((tables.weeks[0] - gaps["ended_at"]) // _WEEK)
    times = (last - first).clip(lower=0)
    gaps = gaps.assign(week=first).reset_index(drop=True)
    pieces = gaps.loc[gaps.index.repeat(times)]
    week = (pieces["week"] + pieces.groupby(level=0).cumcount()).to_numpy()
    starts, ends = tables.weeks[week], tables.weeks[week + 1]
    begun, over = np.maximum(pieces["started_at"], starts), np.minimum(pieces["ended_at"], ends)
    kept = np.minimum(over, np.maximum(begun, pieces["due_at"]))
    return pd.DataFrame({
        "week": week,
        "ticket_id": pieces["ticket_id"],
        "owed": (over - begun).dt.total_seconds(),
        "covered": (kept - begun).dt.total_seconds(),
        "is_late": pieces["due_at"] < over,
    })  # fmt: skip


QUESTION = Question(weekly_told("cadence"), _in_pandas, _SQL)
