"""Reading the demo's trackers through the real sources, with the example settings, without a socket."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeVar

import settings
from ingest import demo, sources
from ingest.client import Wire
from ingest.demo import harrow
from ingest.demo.trackers import Tracker
from ingest.demo.trackers.wire import session
from ingest.records import Event, Record
from ingest.source import Fetched, Trouble

EXAMPLE = settings.load(Path(__file__).parents[2] / "watchbill.example.toml")
SITES = {site.name: site for site in EXAMPLE.source}
R = TypeVar("R")


@dataclass(frozen=True)
class Reading:
    """What one source told, in its order."""

    records: tuple[Record, ...]
    troubles: tuple[Trouble, ...]
    pages: tuple[Any, ...]
    requests: int

    def of(self, kind: type[R]) -> list[R]:
        return [record for record in self.records if isinstance(record, kind)]

    def events(self, field: str) -> list[Event]:
        return [event for event in self.of(Event) if event.field == field]

    @cached_property
    def raw(self) -> list[dict[str, Any]]:
        """Every object of the answers, however deep."""
        return list(_objects(self.pages))


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    for each in inner:
        yield from _objects(each)


@cache
def reading(name: str, seed: int = 7, until: datetime = demo.DEFAULT_UNTIL) -> Reading:
    return read(name, harrow.tracker(name, seed=seed, until=until))


def read(name: str, tracker: Tracker, secret: str | None = None) -> Reading:
    """A first load. Raises ClientError."""
    site = SITES[name]
    wire = Wire(session=lambda: session({site.url: tracker}), wait=lambda _: None)
    source = sources.source(site.kind)
    client = source.connect(site, secret or demo.DEMO_TOKENS[name], wire)
    told = list(source.fetch(client, site, {}))
    pages = tuple(each.page for each in told if isinstance(each, Fetched) and each.page is not None)
    records = tuple(record for page in pages for record in source.parse(page, site, ""))
    return Reading(records, tuple(each for each in told if isinstance(each, Trouble)), pages, client.requests)
