"""One repository while it is read: where it stands, and what this run has read of it."""

import base64
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ingest.github.ask import Asker

OVERLAP = timedelta(minutes=5)  # a copy of the database may lag behind
CENSUS_EVERY = timedelta(days=7)


@dataclass(slots=True)
class Repository:
    """`state` is what the next run must know; it is JSON.

    id: GitHub's own; called: the name its tickets have, whatever it is called now; labels: names by id; size and good:
    how many issues a query may hold; from: issues changed since are news; after, next, anchor: a walk that is under
    way; comments: comments edited since are news; census_at, numbers: the last count of all issues.
    """

    name: str  # as the settings have it
    asker: Asker
    state: dict[str, Any]
    path: str = ""  # owner/name as the server has it today
    _read: dict[int, str] = field(default_factory=dict)

    @property
    def called(self) -> str:
        return str(self.state.get("called") or self.name)

    def identify(self, identity: str, full_name: str) -> None:
        """What the server says of itself. A repository that was renamed keeps the name its tickets have."""
        self.path = full_name
        self.state["id"] = identity
        self.state.setdefault("called", full_name)

    @property
    def variables(self) -> dict[str, Any]:
        owner, name = self.name.split("/")
        return {"owner": owner, "name": name}

    @property
    def began_at(self) -> datetime:
        return self.asker.began_at

    @property
    def watermark(self) -> str:
        return written(self.began_at - OVERLAP)

    def is_news(self, number: int, updated_at: str) -> bool:
        """Whether this run has not read the issue as it was then. GitHub's instants sort as text."""
        return self._read.get(number, "") < updated_at

    def read(self, number: int, updated_at: str) -> None:
        self._read[number] = max(updated_at, self._read.get(number, ""))

    def needs_census(self) -> bool:
        counted_at = self.state.get("census_at")
        return counted_at is None or datetime.fromisoformat(counted_at) + CENSUS_EVERY <= self.began_at


def written(instant: datetime) -> str:
    """As GitHub writes instants."""
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"


def packed(numbers: Iterable[int]) -> str:
    """Many numbers in little space: a bit for each."""
    wanted = set(numbers)
    bits = bytearray(max(wanted, default=0) // 8 + 1)
    for number in wanted:
        bits[number // 8] |= 1 << number % 8
    return base64.b64encode(zlib.compress(bits)).decode()


def unpacked(text: str) -> set[int]:
    raw = zlib.decompress(base64.b64decode(text))
    return {8 * place + bit for place, byte in enumerate(raw) for bit in range(8) if byte >> bit & 1}
