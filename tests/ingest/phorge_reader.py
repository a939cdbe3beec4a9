"""Reading a made-up Phorge run by run, and what a store would hold afterwards."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ingest import phorge
from ingest.client import Wire
from ingest.demo.trackers import Tracker
from ingest.demo.trackers.phorge import Phorge
from ingest.demo.trackers.wire import Request, Response, session
from ingest.records import Absence, Account, Census, Event, Observed, Record, Rejected, Shift, Status, Ticket
from ingest.source import Fetched, Trouble
from settings.sources import Phorge as Site

ADDRESS = "https://phorge.example"
TOKEN = f"api-{'a' * 28}"
SITE = Site(kind="phorge", url=ADDRESS, queues=["infra"], eta="acme.eta")
SWEPT = 8 * 86_400  # after so many seconds everything has been looked at again


class Counting:
    """A tracker that remembers what it was asked."""

    def __init__(self, tracker: Tracker) -> None:
        self._tracker = tracker
        self.asked: list[str] = []

    @property
    def now(self) -> datetime:
        return self._tracker.now

    def answer(self, request: Request) -> Response:
        self.asked.append(request.path.removeprefix("/api/"))
        return self._tracker.answer(request)


class Reader:
    """Goes on from run to run as sync does: the pages and the place are kept, whatever happens next."""

    def __init__(self, tracker: Tracker, site: Site = SITE, token: str = TOKEN) -> None:
        self.tracker, self.site, self.token = tracker, site, token
        self.since: Any = {}
        self.pages: list[Any] = []
        self.troubles: list[Trouble] = []
        self.until: datetime | None = None

    def run(self, *, most: int | None = None) -> "Reader":
        """One run, or its first `most` pages."""
        wire = Wire(session=lambda: session({ADDRESS: self.tracker}), wait=lambda _: None)
        client = phorge.connect(self.site, self.token, wire)
        for number, told in enumerate(phorge.fetch(client, self.site, self.since)):
            if number == most:
                break
            if isinstance(told, Trouble):
                self.troubles.append(told)
                continue
            self._keep(told)
        return self

    def _keep(self, told: Fetched) -> None:
        self.since, self.until = told.since, told.until
        if told.page is not None:
            self.pages.append(told.page)

    def records(self) -> Iterator[Record]:
        for page in self.pages:
            yield from phorge.parse(page, self.site)

    def events(self, *fields: str) -> list[Event]:
        found = [record for record in self.records() if isinstance(record, Event)]
        return [event for event in found if not fields or event.field in fields]


def read(tracker: Tracker, site: Site = SITE) -> Reader:
    """A first load."""
    return Reader(tracker, site).run()


def changes(reader: Reader, *fields: str) -> list[tuple[str, str | None, str | None]]:
    """What happened after the opening."""
    since = [event for event in reader.events(*fields) if not event.event_id.startswith("opened/")]
    return [(event.field, event.old, event.new) for event in since]


def opening(reader: Reader, *fields: str) -> list[tuple[str, str | None, str]]:
    born = [event for event in reader.events(*fields) if event.event_id.startswith("opened/")]
    return [(event.field, event.new, event.origin) for event in born]


class Held:
    """What a store holds after these records: by natural key, the last word counts, a census removes."""

    def __init__(self, records: Iterator[Record]) -> None:
        self.rows: dict[tuple[Any, ...], Any] = {}
        self.gone: set[str] = set()
        for record in records:
            self._take(record)

    def _take(self, record: Record) -> None:
        match record:
            case Ticket():
                self.rows["ticket", record.ticket_id] = record
                self.gone.discard(record.ticket_id)
            case Event():
                self.rows["event", record.ticket_id, record.event_id] = record
            case Account():
                self.rows["account", record.account_id] = record
            case Status():
                self.rows["status", record.status] = record
            case Shift():
                self.rows["shift", record.shift_id] = record
            case Absence():
                self.rows["absence", record.absence_id] = record
            case Census():
                self._count(record)
            case Observed() | Rejected():
                pass
            case _:
                raise AssertionError(record)

    def _count(self, census: Census) -> None:
        known = [key for key in self.rows if key[0] == census.what and key[1].startswith(census.prefix)]
        for key in known:
            if key[1] in census.ids:
                continue
            if census.what == "ticket":
                if self.rows[key].opened_at <= census.taken_at:
                    self.gone.add(key[1])
            else:
                del self.rows[key]

    def seen(self) -> dict[tuple[Any, ...], Any]:
        """Without what is gone, without the instants at which something was inferred, and without applications: one
        whose only task is gone has an account still."""
        return {
            key: replace(row, occurred_at=datetime.min.replace(tzinfo=UTC))
            if isinstance(row, Event) and row.origin == "inferred"
            else row
            for key, row in self.rows.items()
            if (key[0] not in ("ticket", "event") or key[1] not in self.gone) and not str(key[1]).endswith("[app]")
        }


def later(desk: Phorge, seconds: int) -> None:
    desk.now = datetime.fromtimestamp(desk.now.timestamp() + seconds, UTC)
