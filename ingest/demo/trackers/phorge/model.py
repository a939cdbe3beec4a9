"""What a made-up Phorge has in its tables: the rows that the acts write and the answers are made of."""

import hashlib
from base64 import b32encode
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

ADMIN = "admin"
READER = "watchbill"  # whose token is accepted
HERALD = "PHID-APPS-PhabricatorHeraldApplication"
COLUMNS = ("Backlog", "Triaged", "Doing", "Waiting", "Done")  # of every board
STATUSES = (
    ("open", "Open", False, "default"),
    ("stalled", "Stalled", False, None),
    ("progress", "In Progress", False, None),
    ("resolved", "Resolved", True, "closed"),
    ("wontfix", "Wontfix", True, None),
    ("invalid", "Invalid", True, None),
    ("duplicate", "Duplicate", True, "duplicate"),
)
CLAIMING = ("resolved", "wontfix")  # closing an unowned task so gives it to whoever closes it
PRIORITIES = ((100, "Unbreak Now!"), (90, "Needs Triage"), (80, "High"), (50, "Normal"), (25, "Low"), (0, "Wishlist"))


def phid(kind: str, number: int, length: int = 20) -> str:
    """PHID-TASK-7y42xjnrzjpvi2wp2sel, always the same for the same row."""
    digest = hashlib.sha256(f"{kind}/{number}".encode()).digest()
    return f"PHID-{kind}-{b32encode(digest).decode().lower()[:length]}"


@dataclass
class User:
    id: int
    phid: str
    login: str
    name: str
    is_bot: bool
    created: int
    is_disabled: bool = False


@dataclass
class Project:
    id: int
    phid: str
    name: str
    created: int
    parent: str | None = None
    milestone: int | None = None
    is_archived: bool = False
    is_visible: bool = True


@dataclass
class Column:
    id: int
    phid: str
    name: str
    project: str
    sequence: int
    created: int
    proxy: str | None = None


@dataclass
class Comment:
    """One version of a comment."""

    id: int
    phid: str
    author: str
    at: int
    text: str
    is_removed: bool = False


@dataclass
class Transaction:
    """`kind`, `old` and `new` as the table has them: the frozen call shows these, the newer one its own words."""

    id: int
    phid: str
    task: str  # or whatever object it belongs to
    kind: str
    author: str
    at: int
    group: str
    old: Any = None
    new: Any = None
    meta: dict[str, Any] = field(default_factory=dict)
    comments: list[Comment] = field(default_factory=list)  # oldest first
    modified: int = 0


@dataclass
class Task:
    id: int
    phid: str
    title: str
    text: str
    author: str
    created: int
    modified: int
    status: str = "open"
    priority: int = 90
    owner: str | None = None
    points: float | None = None
    subtype: str = "default"
    closer: str | None = None
    closed: int | None = None
    is_visible: bool = True
    projects: list[str] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)  # column by board; kept when the board is left
    subscribers: list[str] = field(default_factory=list)
    parents: list[str] = field(default_factory=list)
    children: list[str] = field(default_factory=list)
    custom: dict[str, Any] = field(default_factory=dict)


@dataclass
class CalendarEvent:
    id: int
    phid: str
    name: str
    host: str
    starts: date | datetime  # all day: dates, the last one exclusive
    ends: date | datetime
    guests: list[str]
    created: int
    is_cancelled: bool = False
    repeats: int | None = None  # every so many days, without an end
