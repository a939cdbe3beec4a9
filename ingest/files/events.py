"""Checked rows of tickets and events into records."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

from ingest.observed import MANY_VALUED
from ingest.records import Account, Event, Record, Ticket
from ingest.source import Json

_OPENING = ("status", "title", "queue", "type")  # what a ticket has from the first, told or not


def records(tickets: Iterable[Json], events: Iterable[Json], name: str) -> Iterator[Record]:
    """Tickets with their events, and the accounts they name. Rows of one ticket stand in the order of the file."""
    told: dict[str, list[Json]] = defaultdict(list)
    for event in events:
        told[event["key"]].append(event)
    logins: dict[str, None] = {}
    for ticket in tickets:
        rows = sorted(told[ticket["key"]], key=lambda row: datetime.fromisoformat(row["occurred_at"]))
        logins.update(dict.fromkeys(_logins(ticket, rows)))
        yield _ticket(ticket, rows, name)
        yield from _opening(ticket, rows, name)
        yield from _events(ticket, rows, name)
    for login in logins:
        email = login.lower() if "@" in login.strip("@") else None
        yield Account(f"{name}/{login}", name, login, None, login.endswith("[bot]"), email)


def _logins(ticket: Json, rows: list[Json]) -> Iterator[str]:
    owners = [row[side] for row in rows if row["field"] == "owner" for side in ("old", "new")]
    yield from filter(None, [ticket["author"], *(row["actor"] for row in rows), *owners])


def _account_id(name: str, login: str | None) -> str | None:
    return f"{name}/{login}" if login else None


def _ticket(ticket: Json, rows: list[Json], name: str) -> Ticket:
    """Title and type as last seen."""
    last = {row["field"]: row["new"] for row in rows}
    return Ticket(
        ticket_id=f"{name}/{ticket['key']}",
        source=name,
        key=ticket["key"],
        url=ticket["url"],
        title=last.get("title") or ticket["title"],
        opened_at=datetime.fromisoformat(ticket["opened_at"]),
        author_id=_account_id(name, ticket["author"]),
        type=last.get("type", ticket["type"]),
    )


def _opening(ticket: Json, rows: list[Json], name: str) -> Iterator[Event]:
    """What the ticket was born with, where no row says so."""
    ticket_id, opened_at = f"{name}/{ticket['key']}", datetime.fromisoformat(ticket["opened_at"])
    author = _account_id(name, ticket["author"])
    if not any(row["field"] == "created" for row in rows):
        yield Event(ticket_id, "opened/created", opened_at, 0, author, "created", None, None)
    known = {"status": "open", "title": ticket["title"], "queue": ticket["queue"], "type": ticket["type"]}
    for field in _OPENING:
        first = next((row for row in rows if row["field"] == field), None)
        is_told = first and first["old"] is None and datetime.fromisoformat(first["occurred_at"]) == opened_at
        value = (first and first["old"]) or known[field]
        if value and not is_told:
            yield Event(ticket_id, f"opened/{field}", opened_at, 0, author, field, None, value)


def _events(ticket: Json, rows: list[Json], name: str) -> Iterator[Event]:
    """In the order of time. Events of one instant are numbered in the order of the file, and those of another instant
    do not count: a longer file must not renumber what was imported before."""
    said, places = Counter[str](), Counter[str]()
    for row in rows:
        digest = _digest(row)
        said[digest] += 1
        event_id = f"{row['field']}/{digest}" + (f".{said[digest]}" if said[digest] > 1 else "")
        for part, (old, new) in enumerate(_changes(row, name)):
            places[row["occurred_at"]] += 1
            yield Event(
                f"{name}/{ticket['key']}",
                event_id + (f"/{part}" if part else ""),
                datetime.fromisoformat(row["occurred_at"]),
                places[row["occurred_at"]],
                _account_id(name, row["actor"]),
                row["field"],
                old,
                new,
            )


def _digest(row: Json) -> str:
    said = json.dumps([row[column] for column in ("occurred_at", "actor", "field", "old", "new")], ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()[:20]


def _changes(row: Json, name: str) -> list[tuple[str | None, str | None]]:
    """One, or where one of several values took the place of another, a loss and a gain."""
    old, new = row["old"], row["new"]
    if row["field"] == "owner":
        old, new = _account_id(name, old), _account_id(name, new)
    if row["field"] in MANY_VALUED and old and new:
        return [(old, None), (None, new)]
    return [(old, new)]
