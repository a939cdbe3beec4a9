"""The tables of the made-up Request Tracker, and who may see which row."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

ORGANIZATION = "rt.example"
SYSTEM, NOBODY, ROOT, READER = 1, 6, 12, 14
UNSET = datetime(1970, 1, 1, tzinfo=UTC)
MAIL = ("EmailRecord", "CommentEmailRecord")
ACTIVE = ("open", "stalled")  # of RT's default lifecycle; `new` is initial, the rest inactive


@dataclass(slots=True)
class Person:
    id: int
    name: str
    real_name: str = ""
    email: str = ""
    zone: str | None = None


@dataclass(slots=True)
class Queue:
    id: int
    name: str
    lifecycle: str = "default"
    disabled: int = 0


@dataclass(slots=True)
class CustomField:
    id: int
    name: str
    type: str = "Freeform"
    max_values: int = 1


@dataclass(slots=True)
class Ticket:
    id: int
    effective_id: int
    queue: int
    subject: str
    creator: int
    created: datetime
    last_updated: datetime
    last_updated_by: int
    status: str = "new"
    owner: int = NOBODY
    priority: int = 0
    due: datetime = UNSET
    started: datetime = UNSET
    resolved: datetime = UNSET
    told: datetime = UNSET
    time_worked: int = 0
    requestors: list[int] = field(default_factory=list)
    custom: dict[int, list[str | None]] = field(default_factory=dict)  # a value that was emptied is None

    @property
    def is_merged(self) -> bool:
        return self.effective_id != self.id


@dataclass(slots=True)
class Transaction:
    id: int
    object_type: str
    object_id: int
    type: str
    creator: int
    created: datetime
    field: str = ""
    old: str = ""
    new: str = ""
    data: str = ""
    time_taken: int = 0


@dataclass(slots=True)
class Attachment:
    id: int
    transaction: int
    content_type: str
    content: str
    created: datetime
    creator: int
    filename: str | None = None


@dataclass(slots=True)
class Database:
    """All rows, by number, and the rights of the one account that reads."""

    is_superuser: bool = False
    sees_mail: bool = False
    unseen: set[int] = field(default_factory=set)  # queues whose tickets the reader may not see
    people: dict[int, Person] = field(default_factory=dict)
    queues: dict[int, Queue] = field(default_factory=dict)
    fields: dict[int, CustomField] = field(default_factory=dict)
    tickets: dict[int, Ticket] = field(default_factory=dict)
    transactions: dict[int, Transaction] = field(default_factory=dict)
    attachments: dict[int, Attachment] = field(default_factory=dict)
    said_with: dict[int, list[Attachment]] = field(default_factory=dict)  # by transaction
    about: dict[int, list[Transaction]] = field(default_factory=dict)  # transactions by the number of what they are of

    def person(self, login: str) -> Person:
        return next(person for person in self.people.values() if person.name == login)

    def effective(self, number: int) -> Ticket:
        """The ticket a number stands for: after a merge, the other one."""
        return self.tickets[self.tickets[number].effective_id]

    def sees_ticket(self, ticket: Ticket) -> bool:
        return self.is_superuser or ticket.queue not in self.unseen

    def sees(self, row: Transaction) -> bool:
        """Rights on a merged ticket's rows are those on the ticket it was merged into."""
        if self.is_superuser:
            return True
        if row.object_type != "RT::Ticket" or (row.type in MAIL and not self.sees_mail):
            return False
        return self.sees_ticket(self.effective(row.object_id))

    def is_ghost(self, row: Transaction) -> bool:
        """Found, and yet blank: the reader may see the ticket it was merged into, but not this one."""
        return row.object_type == "RT::Ticket" and not self.sees_ticket(self.tickets[row.object_id])
