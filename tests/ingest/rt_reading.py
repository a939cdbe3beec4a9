"""Reads a made-up Request Tracker as a sync would, and keeps what it is told as the store does."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from typing import Any

from ingest import rt
from ingest.client import Client, Wire
from ingest.demo.trackers import Tracker, wire
from ingest.demo.trackers.rt import TOKEN
from ingest.demo.trackers.rt.desk import ENDINGS, PRIORITIES, STATUSES
from ingest.records import Account, Census, Event, Gone, Record, Status, Ticket
from ingest.source import Fetched, Trouble
from settings.sources import RequestTracker as Site
from tests.ingest.ledger import Did

ADDRESS = "https://rt.example"
SITE = Site(kind="rt", url=ADDRESS)
Json = dict[str, Any]
Change = tuple[datetime, str, str, str, str | None, str | None]  # instant, ticket, who, field, old, new


def client(tracker: Tracker, token: str = TOKEN, site: Site = SITE) -> Client:
    made = Wire(session=lambda: wire.session({site.url: tracker}), wait=lambda _: None)
    return rt.connect(site, token, made)


@dataclass
class Reading:
    """What all runs so far were given, as it would lie in the journal: `since` and pages went through JSON."""

    site: Site = SITE
    since: Json = field(default_factory=dict)
    pages: list[Json] = field(default_factory=list)
    requests: int = 0
    troubles: list[Trouble] = field(default_factory=list)

    def run(self, tracker: Tracker) -> "Reading":
        """One run of the source, to its end or until it is broken off by an exception."""
        return self.ask(client(tracker, site=self.site))

    def ask(self, asking: Client) -> "Reading":
        """The same, of whatever the client asks."""
        try:
            for fetched in rt.fetch(asking, self.site, self.since):
                self._keep(fetched)
        finally:
            self.requests = asking.requests
        return self

    def _keep(self, fetched: Fetched | Trouble) -> None:
        if isinstance(fetched, Trouble):
            self.troubles.append(fetched)
            return
        if fetched.page is not None:
            self.pages.append(json.loads(json.dumps(fetched.page)))
        self.since = json.loads(json.dumps(fetched.since))

    def records(self) -> Iterator[Record]:
        for page in self.pages:
            yield from rt.parse(page, self.site)

    def events(self, *fields: str, ticket: str | None = None) -> list[Event]:
        """In the order of their telling, without the opening."""
        found = [record for record in self.records() if isinstance(record, Event)]
        found = [event for event in found if not event.event_id.startswith("opened/")]
        return [e for e in found if (not fields or e.field in fields) and ticket in (None, e.ticket_id)]

    def opening(self, ticket: str) -> dict[str, list[str | None]]:
        """What a ticket was born with: the values of each field."""
        born: dict[str, list[str | None]] = {}
        for record in self.records():
            if isinstance(record, Event) and record.ticket_id == ticket and record.event_id.startswith("opened/"):
                born.setdefault(record.field, []).append(record.new)
        return born

    def store(self) -> dict[Any, Record]:
        """By natural key, the last telling wins; a ticket that is told again is not gone any more."""
        kept: dict[Any, Record] = {}
        for record in self.records():
            _keep(kept, record)
        return kept


def _keep(kept: dict[Any, Record], record: Record) -> None:
    match record:
        case Ticket():
            kept[record.ticket_id] = record
            kept.pop(("gone", record.ticket_id), None)
        case Event():
            kept[record.ticket_id, record.event_id] = record
        case Gone():
            kept["gone", record.ticket_id] = record
        case Account():
            kept["account", record.account_id] = record
        case Status():
            kept["status", record.status] = record
        case Census():
            known = [one for one in kept.values() if isinstance(one, Ticket)]
            for ticket in known:
                is_counted = ticket.ticket_id in record.ids or ticket.opened_at > record.taken_at
                if not is_counted and ("gone", ticket.ticket_id) not in kept:
                    kept["gone", ticket.ticket_id] = Gone(ticket.ticket_id, record.taken_at, "hidden")
        case _:
            raise AssertionError(f"not foreseen here: {record}")


def read(tracker: Tracker, site: Site = SITE) -> Reading:
    """Everything there is."""
    return Reading(site).run(tracker)


class Asked:
    """A tracker that notes the questions it is asked."""

    def __init__(
        self, tracker: Tracker, answer: Callable[[wire.Request], wire.Response | None] = lambda _: None
    ) -> None:
        self._tracker, self._instead = tracker, answer
        self.requests: list[wire.Request] = []

    @property
    def now(self) -> Any:
        return self._tracker.now

    def answer(self, request: wire.Request) -> wire.Response:
        self.requests.append(request)
        return self._instead(request) or self._tracker.answer(request)


def expected(done: list[Did]) -> Iterator[Change]:
    """What RT tells of these acts. A reply opens a ticket that is new or closed, so that some acts change nothing."""
    status: dict[str, str] = {}
    for did in done:
        old = status.get(did.ticket, "new")
        yield from _told(did, old)
        if did.field == "comment":
            status[did.ticket] = old if old in ("open", "stalled") else "open"
        elif did.field in ("stage", "status"):
            status[did.ticket] = _status(did)


def _told(did: Did, status: str) -> Iterator[Change]:
    def change(field: str, old: str | None, new: str | None) -> Change:
        return did.at, f"rt/{did.ticket}", f"rt/{did.who}", field, old, new

    match did.field:
        case "owner":
            yield from (change("owner", f"rt/{login}", None) for login in [did.old] if login)
            yield from (change("owner", None, f"rt/{login}") for login in [did.value] if login)
        case "priority":
            yield change("priority", str(PRIORITIES.get(did.old or "", 0)), str(PRIORITIES[did.value or ""]))
        case "stage" | "status":
            if _status(did) != status:
                yield change("status", status, _status(did))
        case "comment":
            yield change("comment", None, did.value)
            if status not in ("open", "stalled"):
                yield change("status", status, "open")
        case _:
            yield change(did.field, did.old, did.value)


def _status(did: Did) -> str:
    return {**STATUSES, **ENDINGS, "open": "open"}[did.value or ""]


def told(reading: Reading) -> list[Change]:
    records = [event for event in reading.events() if event.field != "other"]
    changes = [(e.occurred_at, e.ticket_id, e.actor_id or "", e.field, e.old, e.new) for e in records]
    stored = reading.store().values()
    born = [e for e in stored if getattr(e, "event_id", "") == "opened/created"]
    return changes + [(e.occurred_at, e.ticket_id, e.actor_id, "created", None, None) for e in born]  # type: ignore[union-attr]


def shape(told: Any) -> Any:
    """What an answer looks like, whatever it says: keys and kinds of values. A list looks like all of its members."""
    if isinstance(told, dict):
        return {key: shape(value) for key, value in told.items()}
    if isinstance(told, list):
        return [reduce(_both, map(shape, told))] if told else []
    return type(told).__name__


def _both(one: Any, other: Any) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        return one | {key: _both(one[key], value) if key in one else value for key, value in other.items()}
    if isinstance(one, list) and isinstance(other, list):
        return [reduce(_both, [*one, *other])] if one or other else []
    return one if one == other else " or ".join(sorted({*str(one).split(" or "), *str(other).split(" or ")}))


def differences(real: Any, made: Any, where: str = "") -> list[str]:
    """Where two shapes differ. What the made-up one leaves out counts, too."""
    if isinstance(real, dict) and isinstance(made, dict):
        missing = [
            f"{where}/{key}: only in the {'real' if key in real else 'made-up'} one" for key in real.keys() ^ made
        ]
        return missing + [
            one for key in real.keys() & made for one in differences(real[key], made[key], f"{where}/{key}")
        ]
    if isinstance(real, list) and isinstance(made, list):
        return differences(real[0], made[0], f"{where}[]") if real and made else []
    return [] if real == made else [f"{where}: {real} in the real one, {made} in the made-up one"]
