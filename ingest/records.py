"""What sources yield. One class per table of `schema.sql`; the fields mean what the columns mean there."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

Origin = Literal["recorded", "inferred"]


class UnreadableError(ValueError):
    """A reply is not what its source promises; the text says what is missing."""


def _require_text(record: object, needed: str, optional: str = "") -> None:
    """Refuse a record whose words are not text at its birth: in the store it would spoil a whole run."""
    for names, may_be_none in ((needed, False), (optional, True)):
        for name in names.split():
            value = getattr(record, name)
            if not (isinstance(value, str) or (value is None and may_be_none)):
                raise UnreadableError(f"{type(record).__name__.lower()}: {name} should be text, but is {value!r:.40}")


@dataclass(frozen=True, slots=True)
class Ticket:
    ticket_id: str
    source: str
    key: str
    url: str | None
    title: str
    opened_at: datetime
    author_id: str | None
    type: str | None = None
    description: str | None = None

    def __post_init__(self) -> None:
        _require_text(self, "ticket_id source key title", "url author_id type description")


@dataclass(frozen=True, slots=True)
class Event:
    ticket_id: str
    event_id: str
    occurred_at: datetime
    seq: int
    actor_id: str | None
    field: str
    old: str | None
    new: str | None
    origin: Origin = "recorded"

    def __post_init__(self) -> None:
        # Millions of these are born: the plain case is told apart without looking fields up by name.
        if not (
            self.ticket_id.__class__ is self.event_id.__class__ is self.field.__class__ is str
            and (self.new is None or self.new.__class__ is str)
            and (self.old is None or self.old.__class__ is str)
            and (self.actor_id is None or self.actor_id.__class__ is str)
        ):
            _require_text(self, "ticket_id event_id field", "actor_id old new")


@dataclass(frozen=True, slots=True)
class Gone:
    ticket_id: str
    gone_at: datetime
    reason: Literal["deleted", "moved", "hidden"]


@dataclass(frozen=True, slots=True)
class Account:
    account_id: str
    source: str
    login: str
    name: str | None
    is_bot: bool
    email: str | None = None

    def __post_init__(self) -> None:
        if not (
            self.account_id.__class__ is self.source.__class__ is self.login.__class__ is str
            and (self.name is None or self.name.__class__ is str)
            and (self.email is None or self.email.__class__ is str)
        ):
            _require_text(self, "account_id source login", "name email")


@dataclass(frozen=True, slots=True)
class Status:
    """What the tracker itself says of one of its statuses."""

    source: str
    status: str
    stage: Literal["new", "triaged", "active", "waiting", "done"]

    def __post_init__(self) -> None:
        _require_text(self, "source status stage")


@dataclass(frozen=True, slots=True)
class Person:
    person_id: str
    name: str
    zone: str
    joined_on: date | None = None
    left_on: date | None = None
    roles: tuple[str, ...] = field(default=())
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Shift:
    shift_id: str
    source: str
    role: str
    account_id: str
    starts_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        _require_text(self, "shift_id source role account_id")


@dataclass(frozen=True, slots=True)
class Absence:
    absence_id: str
    source: str
    account_id: str
    starts_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        _require_text(self, "absence_id source account_id")


@dataclass(frozen=True, slots=True)
class Census:
    """Everything there is of a kind, below a prefix of its ids. Stored tickets that are missing from it are gone;
    stored shifts and absences that are missing are deleted. A ticket opened after `taken_at` cannot be in it."""

    what: Literal["ticket", "shift", "absence"]
    prefix: str
    ids: tuple[str, ...]
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class Observed:
    """A field of a ticket, as a snapshot shows it. Where the stored events say otherwise, the difference becomes
    inferred events at `seen_at`: for what a tracker changes without telling."""

    ticket_id: str
    field: str
    values: tuple[str, ...]
    seen_at: datetime

    def __post_init__(self) -> None:
        _require_text(self, "ticket_id field")


@dataclass(frozen=True, slots=True)
class Rejected:
    """Something of a page that cannot be taken in; the rest of the page can."""

    place: str
    reason: str


Record = Ticket | Event | Gone | Account | Status | Person | Shift | Absence | Census | Observed | Rejected
