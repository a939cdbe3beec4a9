"""The promise of every source, as types. See `ingest/__init__.py` for it in prose."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from ingest.client import Client, Wire
from ingest.records import Record

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page as the tracker gave it, and `since`: the argument with which `fetch` goes on after this page.

    Whatever interrupts a run, the next one calls `fetch` with the last `since` that was written. The last `since` of
    a run that ends well is where the next run begins. Several raw replies that only make sense together (a ticket and
    its history) are one page. `page` is None where there was nothing to keep, only progress.
    """

    since: Json
    page: Json | None = None
    place: str = ""  # how a complaint calls this page: "tasks 100 to 199"
    until: datetime | None = None  # the history is complete up to here


@dataclass(frozen=True, slots=True)
class Trouble:
    """A part of the source that could not be read, while the others can: the run goes on and counts as failed."""

    place: str
    reason: str


class Parser(Protocol):
    """A module of this room that understands the pages of one kind of tracker, calendar or file."""

    NAME: str

    def parse(self, page: Json, site: Any, scope: str = "") -> Iterator[Record]:
        """The records of one page: pure. Raises UnreadableError, or yields Rejected for a part of the page."""
        ...

    def is_known(self, kind: str) -> bool:
        """Whether an event kept as `other` is of a kind that the source understands."""
        ...


class Source(Parser, Protocol):
    """A module that also asks for them."""

    def connect(self, site: Any, secret: str | None, wire: Wire | None = None) -> Client:
        """A client that knows this tracker's credentials and limits. Asks nothing. Raises ClientError."""
        ...

    def fetch(self, client: Client, site: Any, since: Json) -> Iterator[Fetched | Trouble]:
        """Everything that changed since `since` ({}: everything there is). Raises ClientError."""
        ...

    def examine(self, client: Client, site: Any) -> Iterator[tuple[bool, str]]:
        """For the doctor: is the tracker there, the token valid, its rights enough, its clock and zone right?
        Each finding is (is it well, a sentence). Raises ClientError."""
        ...
