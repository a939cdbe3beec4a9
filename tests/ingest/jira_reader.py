"""Reading a made-up Jira as a sync does: fetch, journal as JSON, parse, keep the last telling of each record."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import requests

from ingest import jira
from ingest.client import Client, Wire
from ingest.demo.trackers import Tracker
from ingest.demo.trackers.jira import Jira
from ingest.demo.trackers.wire import session
from ingest.records import Account, Census, Event, Gone, Observed, Record, Rejected, Status, Ticket
from ingest.source import Fetched, Trouble
from settings.sources import Jira as Site

ADDRESS = "https://jira.example"
Since = dict[str, Any]


def site(
    *, email: str | None = "reader@watchbill.example", projects: tuple[str, ...] = ("INFRA",), **more: Any
) -> Site:
    return Site(kind="jira", url=ADDRESS, projects=list(projects), email=email, **more)


def site_of(tracker: Jira, **more: Any) -> Site:
    return site(email=tracker.email, **more)


def client_of(tracker: Tracker, at: Site, token: str = "jira-token", waits: list[float] | None = None) -> Client:
    wait = waits.append if waits is not None else (lambda _: None)
    return jira.connect(at, token, Wire(session=lambda: _session(tracker), wait=wait))


def _session(tracker: Tracker) -> requests.Session:
    made = session({ADDRESS: tracker})
    made.trust_env = False  # there is no proxy to look for, a thousand times
    return made


def steps(tracker: Tracker, at: Site, since: Since | None = None) -> Iterator[Fetched | Trouble]:
    return jira.fetch(client_of(tracker, at), at, since or {})


class Copy:
    """What a store would hold: pages parsed after they went through JSON, as from a journal."""

    def __init__(self, at: Site) -> None:
        self.site = at
        self.since: Since = {}
        self.pages: list[dict[str, Any]] = []
        self.troubles: list[Trouble] = []
        self.places: list[str] = []
        self.until: datetime | None = None

    def take(self, step: Fetched | Trouble) -> None:
        if isinstance(step, Trouble):
            self.troubles.append(step)
            return
        self.since, self.until = json.loads(json.dumps(step.since)), step.until
        if step.page is not None:
            self.places.append(step.place)
            self.pages.append(json.loads(json.dumps(step.page)))

    def read(self, tracker: Tracker) -> "Copy":
        """One run from where the last one ended."""
        for step in steps(tracker, self.site, self.since):
            self.take(step)
        return self

    @property
    def records(self) -> list[Record]:
        return [record for page in self.pages for record in jira.parse(page, self.site)]

    def of(self, kind: type[Any]) -> list[Any]:
        return [record for record in self.records if isinstance(record, kind)]

    def events(self, *fields: str) -> list[Event]:
        """The last telling of each event, in order."""
        kept = {(event.ticket_id, event.event_id): event for event in self.of(Event)}
        found = [event for event in kept.values() if not fields or event.field in fields]
        return sorted(found, key=lambda event: (event.occurred_at, event.seq, event.ticket_id))

    def known(self) -> dict[tuple[Any, ...], Record]:
        """By natural key, the last telling. Tickets that the last census does not list are left out."""
        kept: dict[tuple[Any, ...], Record] = {}
        census: set[str] | None = None
        for record in self.records:
            match record:
                case Ticket():
                    kept["ticket", record.ticket_id] = record
                case Event():
                    kept["event", record.ticket_id, record.event_id] = record
                case Account():
                    kept["account", record.account_id] = record
                case Status():
                    kept["status", record.status] = record
                case Observed():
                    kept["observed", record.ticket_id, record.field] = record
                case Census():
                    census = set(record.ids)
                case Rejected() | Gone():
                    raise AssertionError(record)
        gone = {key[1] for key in kept if key[0] == "ticket"} - census if census is not None else set()
        return {key: record for key, record in kept.items() if key[1] not in gone}


def loaded(tracker: Jira, **more: Any) -> Copy:
    """A first load of everything."""
    return Copy(site_of(tracker, **more)).read(tracker)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
