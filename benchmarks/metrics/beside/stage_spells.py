"""In which stage every ticket was when, and when it was open: as its statuses and columns tell."""

import pandas as pd  # type: ignore[import-untyped] # it ships no types

from benchmarks.metrics.beside.plain import FINAL, Tables, ordered

STAGES = ("new", "triaged", "active", "waiting", "done")
WORDS = {
    "New": "new",
    "To Do": "new",
    "Triaged": "triaged",
    "Selected": "triaged",
    "In progress": "active",
    "In Progress": "active",
    "progress": "active",
    "Waiting": "waiting",
    "stalled": "waiting",
    "completed": "done",
    "Done": "done",
    "resolved": "done",
}
TURNS = f"""
word AS (SELECT * FROM (VALUES {", ".join(map(str, WORDS.items()))}) AS word(said, stage)),
told AS (
    SELECT ticket_id, occurred_at, seq,
        CASE WHEN new = 'open' AND starts_with(ticket_id, 'phorge/') THEN 'new' ELSE w.stage END AS stage
    FROM event LEFT JOIN word AS w ON w.said = new WHERE field IN ('status', 'column')
),
turn AS (
    SELECT *, lag(stage) OVER by_event AS before FROM told WHERE stage IS NOT NULL
    WINDOW by_event AS (PARTITION BY ticket_id ORDER BY occurred_at, seq)
    QUALIFY stage IS DISTINCT FROM lag(stage) OVER by_event
)"""
STAGE_SPELLS = f"""{TURNS},
stage_spell AS (
    SELECT ticket_id, stage, occurred_at AS from_at,
        lead(occurred_at) OVER (PARTITION BY ticket_id ORDER BY occurred_at, seq) AS until_at
    FROM turn
)"""
OPEN_SPELLS = f"""
open_turn AS (
    SELECT ticket_id, new NOT IN {FINAL} AS is_open, occurred_at, seq FROM event WHERE field = 'status'
    WINDOW by_event AS (PARTITION BY ticket_id ORDER BY occurred_at, seq)
    QUALIFY is_open IS DISTINCT FROM lag(is_open) OVER by_event
),
open_spell AS (
    SELECT ticket_id, is_open, occurred_at AS from_at,
        lead(occurred_at) OVER (PARTITION BY ticket_id ORDER BY occurred_at, seq) AS until_at
    FROM open_turn
)"""


def turns(tables: Tables) -> pd.DataFrame:
    """Every change of a ticket's stage, in order: ticket_id, occurred_at, seq, stage, before."""
    events = ordered(tables.event[tables.event["field"].isin(["status", "column"])])
    stage = events["new"].map(WORDS)
    stage = stage.mask((events["new"] == "open") & events["ticket_id"].str.startswith("phorge/"), "new")
    events = events[["ticket_id", "occurred_at", "seq"]].assign(stage=stage).dropna(subset="stage")
    events["before"] = events.groupby("ticket_id")["stage"].shift()
    return events[events["stage"] != events["before"]]


def stage_spells(tables: Tables) -> pd.DataFrame:
    """While each ticket was in a stage: ticket_id, stage, from_at, until_at (none while it lasts)."""
    changes = turns(tables)
    until = changes.groupby("ticket_id")["occurred_at"].shift(-1)
    return changes[["ticket_id", "stage"]].assign(from_at=changes["occurred_at"], until_at=until)


def open_spells(tables: Tables) -> pd.DataFrame:
    """While each ticket was open, or closed: ticket_id, is_open, from_at, until_at (none while it lasts)."""
    status = ordered(tables.event[tables.event["field"] == "status"])
    status = status[["ticket_id", "occurred_at"]].assign(is_open=~status["new"].isin(FINAL))
    status = status[status["is_open"] != status.groupby("ticket_id")["is_open"].shift()]
    until = status.groupby("ticket_id")["occurred_at"].shift(-1)
    return status[["ticket_id", "is_open"]].assign(from_at=status["occurred_at"], until_at=until)
