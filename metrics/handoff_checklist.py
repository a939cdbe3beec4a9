"""The checklist for new tickets with its live state: what has come in since the week began, and what it lacks."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
import polars as pl

from metrics.columns import ask
from metrics.handoff_parts import Part, Told
from metrics.instants import parse_instant
from metrics.intake import CHECKS, intake

WORDS = {
    "title": "a title that says what it is",
    "description": "a description",
    "project": "a project",
    "priority": "a priority",
    "acknowledged": "a first answer in time",
    "eta": "a date or a reason, once somebody works on it",
    "original": "no older ticket about the same",
}
_TOLD = Told(
    "Do the new tickets have what we need?",
    "Opened since the week began, still open, and without something that the checklist asks for.",
    "Add what is missing, or ask the requester for it.",
    "No new ticket that is open lacks anything.",
)
_NONE = "Nothing configured: no checklist for new tickets covers these queues. Write [[intake]] in watchbill.toml."
_IS_CONFIGURED = """
SELECT count(*) > 0 FROM queue_practice WHERE kind = 'intake' AND list_contains($queues, queue)
    AND $as_of >= valid_from AND $as_of < valid_until
"""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the checklist: how many of the tickets that it applies to keep it."""

    name: str
    words: str
    kept: int
    tickets: int


@dataclass(frozen=True, eq=False)
class Checklist:
    """The checks in their order; the part that lists what lacks something; how many new tickets there are, how many of
    them lack nothing, and the same of the week before."""

    checks: tuple[Check, ...]
    part: Part
    tickets: int
    complete: int
    tickets_before: int
    complete_before: int


def checklist(con: duckdb.DuckDBPyConnection, *, as_of: datetime, queues: Sequence[str], since: datetime) -> Checklist:
    """The state of what was opened in [since, as_of), and in the week before that."""
    [(is_configured,)] = ask(con, _IS_CONFIGURED, queues=list(queues), as_of=parse_instant(as_of)).fetchall()
    rows = intake(con, as_of=as_of, since=since - timedelta(days=7), queue=list(queues)).pl().drop_nulls("score")
    is_new = pl.col("opened_at") >= parse_instant(since)
    new, before = rows.filter(is_new), rows.filter(~is_new)
    part = Part("new", _TOLD, _lacking(new), None if is_configured else _NONE)
    return Checklist(_checks(new), part, len(new), _complete(new), len(before), _complete(before))


def _complete(rows: pl.DataFrame) -> int:
    return rows.filter(pl.col("score") == 1).height


def _checks(rows: pl.DataFrame) -> tuple[Check, ...]:
    counted = [(name, rows[column].drop_nulls()) for name, column in CHECKS.items()]
    return tuple(Check(name, WORDS[name], int(held.sum()), len(held)) for name, held in counted if len(held))


def _lacking(rows: pl.DataFrame) -> pl.DataFrame:
    """Open tickets that lack something, the newest first."""
    lacking = rows.filter("is_open", pl.col("score") < 1).sort("opened_at", "ticket_id", descending=[True, False])
    lacks = [", ".join(json.loads(missing)) for missing in lacking["missing"]]
    return lacking.select("ticket_id", pl.Series("lacks", lacks, dtype=pl.String), "opened_at")
