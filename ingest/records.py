"""What sources yield. One class per table of `schema.sql`; the fields mean what the columns mean there."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

Origin = Literal["recorded", "inferred"]


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


@dataclass(frozen=True, slots=True)
class Person:
    person_id: str
    name: str
    zone: str
    joined_on: date | None = None
    left_on: date | None = None
    roles: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Shift:
    shift_id: str
    source: str
    role: str
    person_id: str
    starts_at: datetime
    ends_at: datetime


class UnreadableError(ValueError):
    """A reply is not what its source promises; the text says what is missing."""


Record = Ticket | Event | Gone | Account | Person | Shift
