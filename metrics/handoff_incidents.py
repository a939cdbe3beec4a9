"""Incidents that are still warm: going on, over since a few days, or with a debrief still to come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import duckdb
import polars as pl

from metrics.columns import ask
from metrics.handoff_parts import Part, Told
from metrics.incidents import incidents
from metrics.instants import parse_instant
from metrics.postmortems import postmortems

WARM = timedelta(days=7)  # since its end
_TOLD = Told(
    "Which incidents are still warm?",
    "Going on, over for less than seven days, or with a debrief that is due and has not been held.",
    "Ask how it stands, who leads it, and when the debrief is.",
    "No incident is warm.",
)
_NONE = "Nothing configured: nothing says what an incident is. Write [[incident]] in watchbill.toml."
_RANKS = ("going on", "debrief due", "over")
_IS_CONFIGURED = "SELECT count(*) > 0 FROM queue_incident WHERE list_contains($queues, queue)"


@dataclass(frozen=True, eq=False)
class Warm:
    """The incidents, how many were warm a week before, as known then, and how many debriefs are overdue."""

    part: Part
    before: int
    overdue_debriefs: int


def warm_incidents(con: duckdb.DuckDBPyConnection, *, as_of: datetime, queues: Sequence[str]) -> Warm:
    """The warm incidents, those that go on first."""
    [(is_configured,)] = ask(con, _IS_CONFIGURED, queues=list(queues)).fetchall()
    (told, debriefs), (before, _) = (_warm_at(con, at, queues) for at in (as_of, as_of - timedelta(weeks=1)))
    part = Part("incidents", _TOLD, told, None if is_configured else _NONE)
    return Warm(part, before.height, debriefs.filter("is_debrief_overdue").height)


def _warm_at(
    con: duckdb.DuckDBPyConnection, as_of: datetime, queues: Sequence[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What was warm at an instant, as known then: ticket_id, state, since_at, debrief_due_at; and the debriefs of late,
    as rows of `postmortems`."""
    asked: dict[str, Any] = {"as_of": as_of, "queue": list(queues)}
    courses = incidents(con, **asked).pl().select("ticket_id", "recognised_at", "resolved_at", "is_ongoing")
    debriefs = postmortems(con, since=as_of - 2 * WARM, **asked).pl()
    rows = courses.join(debriefs.select("ticket_id", "debrief_due_at", "debrief_held_at"), on="ticket_id", how="left")
    return _warm(rows, parse_instant(as_of)), debriefs


def _warm(rows: pl.DataFrame, instant: datetime) -> pl.DataFrame:
    is_owed = (pl.col("debrief_due_at") >= instant) & pl.col("debrief_held_at").is_null()
    state = (
        pl.when("is_ongoing").then(pl.lit(_RANKS[0]))
        .when(is_owed).then(pl.lit(_RANKS[1]))
        .when(pl.col("resolved_at") >= instant - WARM).then(pl.lit(_RANKS[2]))
    )  # fmt: skip
    known = rows.with_columns(state=state).drop_nulls("state")
    since = pl.when(pl.col("state") == _RANKS[0]).then("recognised_at").otherwise("resolved_at")
    place = pl.col("state").cast(pl.Enum(_RANKS))
    due = pl.when(is_owed).then("debrief_due_at")
    ranked = known.with_columns(since_at=since, debrief_due_at=due).sort(place, "since_at", descending=[False, True])
    return ranked.select("ticket_id", "state", "since_at", "debrief_due_at")
