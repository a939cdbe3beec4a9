"""Reading a made-up GitHub, for the tests: runs, what was journalled, and what it says."""

import json
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from ingest import github
from ingest.client import Client, Wire
from ingest.demo.trackers import Tracker
from ingest.demo.trackers.wire import session
from ingest.records import Account, Census, Event, Gone, Observed, Record, Rejected, Ticket
from ingest.source import Fetched, Trouble
from settings.sources import GitHub as Site

ADDRESS = "https://git.example"
TOKEN = "ghp_made_up"
Key = tuple[str, ...]


def site(*repositories: str, **more: Any) -> Site:
    return Site(kind="github", url=ADDRESS, repositories=list(repositories) or ["acme/infra"], **more)


@dataclass
class Reader:
    """A journal and the place to go on from; `run` is one sync."""

    tracker: Tracker
    site: Site = field(default_factory=site)
    token: str = TOKEN
    since: dict[str, Any] = field(default_factory=dict)
    pages: list[dict[str, Any]] = field(default_factory=list)
    fetched: list[Fetched] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    client: Client | None = None
    passes_time: Callable[[float], object] = float

    def run(self) -> "Reader":
        """Whatever ends it, what was journalled before stays."""
        self.troubles = []
        self.client = self.connect()
        for told in github.fetch(self.client, self.site, self.since):
            if isinstance(told, Trouble):
                self.troubles.append(told)
                continue
            self.fetched.append(told)
            self.since = json.loads(json.dumps(told.since))
            if told.page is not None:
                self.pages.append(json.loads(json.dumps(told.page)))
        return self

    def connect(self) -> Client:
        wire = Wire(lambda: session({ADDRESS: self.tracker}), self._wait, random.Random(7))
        return github.connect(self.site, self.token, wire)

    def _wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.passes_time(seconds)

    @property
    def requests(self) -> int:
        assert self.client
        return self.client.requests

    @property
    def records(self) -> list[Record]:
        return [record for page in self.pages for record in github.parse(page, self.site)]

    def events(self, *fields: str) -> list[Event]:
        found = [record for record in latest(self.records).values() if isinstance(record, Event)]
        return [event for event in found if not fields or event.field in fields]

    def changes(self, *fields: str) -> list[tuple[str, str | None, str | None]]:
        """In order, without the opening."""
        told = [event for event in self.events(*fields) if not event.event_id.startswith("opened/")]
        told.sort(key=lambda event: (event.occurred_at, event.seq, event.event_id))
        return [(event.field, event.old, event.new) for event in told]


def latest(records: Iterable[Record]) -> dict[Key, Record]:
    """By natural key; the last telling wins."""
    found: dict[Key, Record] = {}
    for record in records:
        assert not isinstance(record, Rejected), record
        found[_key(record)] = record
    return found


def _key(record: Record) -> Key:
    match record:
        case Ticket():
            return ("ticket", record.ticket_id)
        case Event():
            return ("event", record.ticket_id, record.event_id)
        case Account():
            return ("account", record.account_id)
        case Observed():
            return ("observed", record.ticket_id, record.field)
        case Gone():
            return ("gone", record.ticket_id)
        case Census():
            return ("census", record.prefix)
    raise AssertionError(record)


def passing(tracker: Any) -> Callable[[float], object]:
    """Waiting lets the tracker's clock go on."""

    def wait(seconds: float) -> None:
        tracker.now += timedelta(seconds=seconds)

    return wait
