"""Trackers in a few hundred lines each: they keep tickets as their product does and answer the questions they are
asked, page by page, limits and oddities included. The tests, the benchmarks and `watchbill demo` share them.

What people do to them is said in the same words for all (`Desk`); what is written down then, and how it is told, is
each product's own way.
"""

from datetime import datetime
from typing import Literal, Protocol

from ingest.demo.trackers.wire import Request, Response

Priority = Literal["P0", "P1", "P2", "P3"]
Stage = Literal["new", "triaged", "active", "waiting"]
Ending = Literal["done", "declined", "duplicate"]


class Tracker(Protocol):
    """Something that answers. `now` is its clock: what it puts into the Date header, and what "already" means."""

    now: datetime

    def answer(self, request: Request) -> Response: ...


class Desk(Protocol):
    """What people do at a tracker. People are logins, tickets are the tracker's own keys, instants are aware and are
    written as precisely as the product writes them; `now` follows the latest of them."""

    now: datetime

    def enrol(self, login: str, name: str, *, is_bot: bool = False, email: str | None = None) -> None: ...
    def open(self, at: datetime, who: str, title: str, text: str, *, queue: str, kind: str | None = None) -> str: ...
    def comment(self, at: datetime, who: str, ticket: str, text: str, *, is_internal: bool = False) -> None: ...
    def assign(self, at: datetime, who: str, ticket: str, whom: str | None) -> None: ...
    def prioritise(self, at: datetime, who: str, ticket: str, priority: Priority) -> None: ...
    def label(self, at: datetime, who: str, ticket: str, name: str, *, is_on: bool = True) -> None: ...
    def move(self, at: datetime, who: str, ticket: str, stage: Stage) -> None: ...
    def close(self, at: datetime, who: str, ticket: str, how: Ending = "done") -> None: ...
    def reopen(self, at: datetime, who: str, ticket: str) -> None: ...
    def rename(self, at: datetime, who: str, ticket: str, title: str) -> None: ...
    def requeue(self, at: datetime, who: str, ticket: str, queue: str) -> None: ...
    def hide(self, at: datetime, ticket: str) -> None: ...  # deleted, or out of the reader's sight
