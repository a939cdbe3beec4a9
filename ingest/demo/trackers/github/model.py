"""What a made-up GitHub keeps: repositories, issues with their timelines as REST writes them, labels, and boards.

Keys that begin with an underscore are this program's own and are never served.
"""

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

Json = dict[str, Any]
GHOST = "ghost"


@dataclass(eq=False)
class Issue:
    repository: "Repository"
    facts: Json
    timeline: list[Json] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)  # issue fields, by name

    @property
    def number(self) -> int:
        return int(self.facts["number"])

    @property
    def key(self) -> str:
        return f"{self.repository.name}#{self.number}"

    @property
    def node_id(self) -> str:
        return node_id("I", self.repository.identity, self.facts["id"])

    @property
    def is_pull_request(self) -> bool:
        return "pull_request" in self.facts


@dataclass(eq=False)
class Repository:
    owner: str
    name: str
    identity: int
    issues: dict[int, Issue] = field(default_factory=dict)
    labels: list[Json] = field(default_factory=list)
    left: dict[int, str] = field(default_factory=dict)  # numbers that are gone: "deleted", or where they went
    last_number: int = 0

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    @property
    def node_id(self) -> str:
        return node_id("R", self.identity)

    def label(self, name: str) -> Json | None:
        return next((label for label in self.labels if label["name"].casefold() == name.casefold()), None)


@dataclass(eq=False)
class Item:
    """An issue on a board."""

    issue: Issue
    identity: str
    created_at: str
    updated_at: str
    status: str = ""
    status_at: str = ""
    status_by: Json | None = None


@dataclass(eq=False)
class Board:
    owner: str
    number: int
    title: str
    updated_at: str
    items: list[Item] = field(default_factory=list)

    @property
    def node_id(self) -> str:
        return node_id("PVT", self.number)

    def item(self, issue: Issue) -> Item | None:
        return next((item for item in self.items if item.issue is issue), None)


def instant(moment: datetime) -> str:
    """Whole seconds, UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def node_id(prefix: str, *numbers: int) -> str:
    """A global id of the newer kind: the type, and a MessagePack list of numbers in base64."""
    raw = bytes([0x91 + len(numbers), 0]) + b"".join(map(_packed, numbers))
    return f"{prefix}_{base64.urlsafe_b64encode(raw).decode().rstrip('=')}"


def _packed(number: int) -> bytes:
    for limit, marker, width in ((1 << 7, b"", 1), (1 << 8, b"\xcc", 1), (1 << 16, b"\xcd", 2), (1 << 32, b"\xce", 4)):
        if number < limit:
            return marker + number.to_bytes(width, "big")
    return b"\xcf" + number.to_bytes(8, "big")


def served(value: Any) -> Any:
    """As the outside sees it."""
    if isinstance(value, dict):
        return {key: served(inner) for key, inner in value.items() if not key.startswith("_")}
    return [served(inner) for inner in value] if isinstance(value, list) else value


@cache
def initials(name: str) -> str:
    """LabeledEvent is LE in a node id."""
    return "".join(letter for letter in name if letter.isupper())


@cache
def type_name(kind: str) -> str:
    """labeled is a LabeledEvent."""
    if kind in _TYPES:
        return _TYPES[kind]
    return "".join(word.capitalize() for word in kind.replace("-", "_").split("_")) + "Event"


_TYPES = {
    "commented": "IssueComment",
    "renamed": "RenamedTitleEvent",
    "comment_pinned": "IssueCommentPinnedEvent",
    "comment_unpinned": "IssueCommentUnpinnedEvent",
}
