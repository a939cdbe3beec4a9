"""One incident from its beginning on: what happened when, what was promised after it, and what became of that."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import polars as pl

from metrics.action_items import action_items
from metrics.columns import ask
from metrics.incident_reviews import reviews
from metrics.incident_tickets import incident_milestones, incident_tickets
from metrics.incidents import incidents
from metrics.instants import parse_instant
from metrics.one_ticket import Ticket, one_ticket
from metrics.postmortems import postmortems
from metrics.ticket_history import Deed, ticket_deeds
from metrics.ticket_rows import described

_NAMED = """
SELECT ticket_id FROM store.ticket WHERE (ticket_id = $wanted OR key = $wanted) AND opened_at < $as_of
ORDER BY ticket_id <> $wanted, ticket_id LIMIT 1
"""
_MILESTONES = {
    "detected": "Detected", "acknowledged": "Taken up", "mitigated": "Mitigated", "resolved": "Resolved",
    "postmortem_started": "Post-mortem begun", "customer_input_asked": "Customers asked",
    "debrief_held": "Debrief held", "postmortem_shared": "Post-mortem shared",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Milestone:
    """What was reached when (UTC, without a zone); is_deadline: what was promised for then."""

    name: str
    label: str
    happened_at: datetime
    is_deadline: bool = False


@dataclass(frozen=True, eq=False)
class Story:
    """An incident as known at as_of. `course` is its row of `incidents`; `review` its row of `postmortems`, None where
    no post-mortem is asked for, or it goes on. `sections` are those a document must have; items are its action items,
    described; deeds are what was done to its ticket, the oldest first."""

    ticket: Ticket
    course: dict[str, Any]
    milestones: tuple[Milestone, ...]
    review: dict[str, Any] | None
    sections: tuple[str, ...]
    items: pl.DataFrame
    deeds: tuple[Deed, ...]

    @property
    def began_at(self) -> datetime:
        began: datetime = self.course["detected_at"] or self.ticket.opened_at
        return began


def incident_story(con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, ticket: str) -> Story | None:
    """The incident with this ticket_id or key; None where the rules tell of none such."""
    named = ask(con, _NAMED, as_of=parse_instant(as_of), wanted=ticket).fetchall()
    ticket_id = named[0][0] if named else ""
    course = _own(incidents(con, as_of=as_of), ticket_id) if named else None
    head = one_ticket(con, as_of=as_of, ticket_id=ticket_id) if course else None
    if course is None or head is None:
        return None
    review = _own(postmortems(con, as_of=as_of), ticket_id)
    documents = json.loads(review["postmortem_ids"]) if review else []
    return Story(
        head, course, _milestones(con, as_of, course, review, [ticket_id, *documents]), review,
        _sections(con, as_of, ticket_id), _items(con, as_of, ticket_id),
        ticket_deeds(con, as_of=as_of, ticket_id=ticket_id)[::-1],
    )  # fmt: skip


def _own(rows: duckdb.DuckDBPyRelation, ticket_id: str) -> dict[str, Any] | None:
    found = rows.pl().filter(ticket_id=ticket_id).to_dicts()
    return found[0] if found else None


def _milestones(
    con: duckdb.DuckDBPyConnection,
    as_of: str | datetime,
    course: dict[str, Any],
    review: dict[str, Any] | None,
    tellers: Sequence[str],
) -> tuple[Milestone, ...]:
    """What the incident or its documents tell of the time since it began, each milestone once, and the deadlines."""
    began = min(filter(None, (course["detected_at"], course["opened_at"])))
    told = incident_milestones(con, as_of=as_of).pl()
    own = told.filter(pl.col("ticket_id").is_in(list(tellers)), pl.col("happened_at") >= began)
    its = own.filter((pl.col("ticket_id") == course["ticket_id"]) | ~pl.col("milestone").is_in(_OF_THE_INCIDENT))
    first = its.group_by("milestone").agg(pl.col("happened_at").min())
    reached = [Milestone(name, _MILESTONES.get(name, name), at) for name, at in first.rows()]
    found = [Milestone("opened", "Ticket opened", course["opened_at"]), *reached, *_deadlines(review)]
    return tuple(sorted(found, key=lambda milestone: (milestone.happened_at, _order(milestone))))


_OF_THE_INCIDENT = ("detected", "acknowledged", "mitigated", "resolved")


def _order(milestone: Milestone) -> int:
    names = ("opened", *_MILESTONES)
    return names.index(milestone.name) if milestone.name in names else len(names)


def _deadlines(review: dict[str, Any] | None) -> list[Milestone]:
    if review is None:
        return []
    due = {"start_due_at": "Post-mortem to be begun by", "debrief_due_at": "Debrief due"}
    return [Milestone(name, label, review[name], True) for name, label in due.items()]


def _sections(con: duckdb.DuckDBPyConnection, as_of: str | datetime, ticket_id: str) -> tuple[str, ...]:
    """What the settings ask of a document, by the version of the rules that made this an incident."""
    known = incident_tickets(con, as_of=as_of).pl().filter(role="incident", ticket_id=ticket_id)
    said = {review["version"]: review["sections"] for review in json.loads(reviews(con))}
    return tuple(section["name"] for section in said.get(known["version"].item(), []))


def _items(con: duckdb.DuckDBPyConnection, as_of: str | datetime, ticket_id: str) -> pl.DataFrame:
    """ticket_id, key, url, title, owner, verdict, due_at, closed_at, age_days: what is open first, oldest first."""
    of_this = pl.col("incident_ids").str.json_decode(pl.List(pl.String)).list.contains(ticket_id)
    every = action_items(con, as_of=as_of).pl()
    rows = every.filter(of_this).sort("is_open", "recognised_at", descending=[True, False])
    shown = described(con, parse_instant(as_of), rows["ticket_id"].to_list())
    told = rows.select("ticket_id", "verdict", "due_at", "closed_at", age_days=pl.col("age_seconds") / 86400)
    return shown.select("ticket_id", "key", "url", "title", "owner").join(
        told, on="ticket_id", how="left", maintain_order="left"
    )
