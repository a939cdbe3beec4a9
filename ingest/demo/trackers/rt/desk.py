"""What people do at the made-up Request Tracker, and the rows that RT writes for it.

- An owner is changed in two rows, a tie between tickets stands on both, nothing tells what a ticket is born with.
- A reply opens a ticket that is new or closed; the system signs for that, after the mails it sends.
- RT's own lifecycle knows no status for a ticket that is sorted but not begun: `triaged` is `open`, like `active`.
- There are no labels: the values of the custom field Tags serve as such.
"""

from collections.abc import Sequence
from datetime import datetime

from ingest.demo.trackers import Ending, Priority, Stage
from ingest.demo.trackers.rt.rows import (
    ACTIVE,
    NOBODY,
    ORGANIZATION,
    READER,
    ROOT,
    SYSTEM,
    UNSET,
    Attachment,
    CustomField,
    Database,
    Person,
    Queue,
    Ticket,
    Transaction,
)

PRIORITIES = {"P0": 90, "P1": 70, "P2": 40, "P3": 10}
STATUSES = {"new": "new", "triaged": "open", "active": "open", "waiting": "stalled"}
ENDINGS = {"done": "resolved", "declined": "rejected", "duplicate": "rejected"}
SIDES = {"DependsOn": "DependedOnBy", "RefersTo": "ReferredToBy", "MemberOf": "HasMember"}
TAGS = 2  # the custom field


class RequestTrackerDesk:
    """Acts of people, written down as RT does. Instants are cut to whole seconds."""

    def __init__(self, now: datetime, *, user_zone: str | None, is_superuser: bool) -> None:
        self.now = now
        self.db = db = Database(is_superuser=is_superuser)
        db.people[SYSTEM] = Person(SYSTEM, "RT_System", "The RT System itself")
        db.people[NOBODY] = Person(NOBODY, "Nobody", "Nobody in particular")
        db.people[ROOT] = Person(ROOT, "root", "Enoch Root", "root@localhost")
        db.people[READER] = Person(READER, "ingest", "Ingest reader", "ingest@example.org", user_zone)
        db.queues[1] = Queue(1, "General")
        for custom in (CustomField(TAGS, "Tags", max_values=0), CustomField(3, "Severity", "Select")):
            db.fields[custom.id] = custom
        db.fields[4] = CustomField(4, "Impact start", "DateTime")

    def enrol(self, login: str, name: str, *, is_bot: bool = False, email: str | None = None) -> None:  # noqa: ARG002
        """RT does not tell programs from people."""
        number = max(25, *self.db.people) + 2
        self.db.people[number] = Person(number, login, name, email or "")

    def add_queue(self, name: str) -> int:
        """The number of a queue, made where there is none of that name."""
        found = next((queue.id for queue in self.db.queues.values() if queue.name == name), None)
        if found is None:
            found = max(2, *self.db.queues) + 1
            self.db.queues[found] = Queue(found, name)
        return found

    def open(
        self,
        at: datetime,
        who: str,
        title: str,
        text: str,
        *,
        queue: str,
        kind: str | None = None,  # noqa: ARG002
        owner: str | None = None,
        priority: Priority | None = None,
        tags: Sequence[str] = (),
        minutes: int = 0,
    ) -> str:
        """A ticket of a queue, born with what is given. RT has no types of tickets. Returns its number."""
        at, number, author = self._at(at), len(self.db.tickets) + 1, self.db.person(who).id
        made = Ticket(number, number, self.add_queue(queue), title, author, at, at, author, requestors=[author])
        made.owner = self.db.person(owner).id if owner else NOBODY
        made.priority = PRIORITIES[priority] if priority else 0
        made.custom[TAGS], made.time_worked = list(tags), minutes
        self.db.tickets[number] = made
        for role in ("Cc", "AdminCc", "Requestor", "Owner"):
            self._insert("RT::Group", 100 * number + len(role), SYSTEM, "Create", at)
        self._attach(self._write(at, made, author, "Create", minutes=minutes), text)
        return str(number)

    def comment(
        self, at: datetime, who: str, ticket: str, text: str, *, is_internal: bool = False, minutes: int = 0
    ) -> None:
        """A reply, or an internal comment. A reply to a merged ticket goes to the one it was merged into."""
        found, at = self._ticket(ticket), self._at(at)
        kind, author = "Comment" if is_internal else "Correspond", self.db.person(who).id
        row = self._write(at, found, author, kind, data="No Subject", minutes=minutes)
        found.time_worked += minutes
        self._attach(row, text)
        if is_internal:
            return
        if found.requestors != [author]:
            self._write(at, found, SYSTEM, "EmailRecord", data=f"<{row.id}@{ORGANIZATION}>")
            found.told = at
        if found.status not in ACTIVE:
            self._set_status(at, found, SYSTEM, "open")

    def assign(self, at: datetime, who: str, ticket: str, whom: str | None) -> None:
        found, by = self._ticket(ticket), self.db.person(who).id
        old, new = found.owner, self.db.person(whom).id if whom else NOBODY
        if old != new:
            found.owner = new
            for kind in ("Set", "SetWatcher"):
                self._write(at, found, by, kind, "Owner", str(old), str(new))

    def take(self, at: datetime, who: str, ticket: str) -> None:
        """Become the owner of a ticket that has none. REST2 writes it like any other change of owner."""
        self.assign(at, who, ticket, who)

    def steal(self, at: datetime, who: str, ticket: str) -> None:
        """Become the owner of somebody else's ticket."""
        self.assign(at, who, ticket, who)

    def prioritise(self, at: datetime, who: str, ticket: str, priority: Priority) -> None:
        found = self._ticket(ticket)
        old, found.priority = found.priority, PRIORITIES[priority]
        self._set(at, who, found, "Priority", old, found.priority)

    def label(self, at: datetime, who: str, ticket: str, name: str, *, is_on: bool = True) -> None:
        held = self._ticket(ticket).custom.setdefault(TAGS, [])
        if (name in held) is not is_on:
            (held.append if is_on else held.remove)(name)
            self._custom(at, who, ticket, TAGS, "" if is_on else name, name if is_on else "")

    def fill(self, at: datetime, who: str, ticket: str, field: str, value: str) -> None:
        """Put a value into a custom field that has one; "" empties it."""
        number = next(custom.id for custom in self.db.fields.values() if custom.name == field)
        old = (self._ticket(ticket).custom.get(number) or [None])[0] or ""
        self._ticket(ticket).custom[number] = [value or None]
        if old != value:
            self._custom(at, who, ticket, number, old, value)

    def move(self, at: datetime, who: str, ticket: str, stage: Stage) -> None:
        self._set_status(at, self._ticket(ticket), self.db.person(who).id, STATUSES[stage])

    def close(self, at: datetime, who: str, ticket: str, how: Ending = "done") -> None:
        self._set_status(at, self._ticket(ticket), self.db.person(who).id, ENDINGS[how])

    def reopen(self, at: datetime, who: str, ticket: str) -> None:
        self._set_status(at, self._ticket(ticket), self.db.person(who).id, "open")

    def hide(self, at: datetime, ticket: str) -> None:
        """Delete: RT keeps everything, and finds it no more."""
        self._set_status(at, self._ticket(ticket), ROOT, "deleted")

    def rename(self, at: datetime, who: str, ticket: str, title: str) -> None:
        found = self._ticket(ticket)
        old, found.subject = found.subject, title
        self._set(at, who, found, "Subject", old, title)

    def requeue(self, at: datetime, who: str, ticket: str, queue: str) -> None:
        found = self._ticket(ticket)
        old, found.queue = found.queue, self.add_queue(queue)
        self._set(at, who, found, "Queue", old, found.queue)

    def promise(self, at: datetime, who: str, ticket: str, due: datetime | None) -> None:
        """Set the day a ticket is due, or unset it."""
        found = self._ticket(ticket)
        old, found.due = found.due, due or UNSET
        self._set(at, who, found, "Due", f"{old:%Y-%m-%d %H:%M:%S}", f"{found.due:%Y-%m-%d %H:%M:%S}")

    def work(self, at: datetime, who: str, ticket: str, total: int) -> None:
        """Set the minutes worked in all; RT notes the difference beside it."""
        found = self._ticket(ticket)
        old, found.time_worked = found.time_worked, total
        self._set(at, who, found, "TimeWorked", old, total, minutes=total - old)

    def watch(self, at: datetime, who: str, ticket: str, whom: str, role: str = "Cc") -> None:
        number = str(self.db.person(whom).id)
        self._write(at, self._ticket(ticket), self.db.person(who).id, "AddWatcher", role, "", number)

    def tie(self, at: datetime, who: str, ticket: str, relation: str, other: str, *, is_on: bool = True) -> None:
        """Tie a ticket to another, or cut the tie. `relation`: DependsOn, RefersTo or MemberOf."""
        kind, by = "AddLink" if is_on else "DeleteLink", self.db.person(who).id
        for one, side, end in ((ticket, relation, other), (other, SIDES[relation], ticket)):
            old, new = ("", _address(end)) if is_on else (_address(end), "")
            self._write(at, self._ticket(one), by, kind, side, old, new)

    def merge(self, at: datetime, who: str, ticket: str, into: str) -> None:
        """Make a ticket one with another: its number stands for the other from then on. Its status stays."""
        merged, other, by = self._ticket(ticket), self._ticket(into), self.db.person(who).id
        for earlier in self.db.tickets.values():
            if earlier.effective_id == merged.id:
                earlier.effective_id = other.id
        for one in (merged, other):
            self._write(at, one, by, "AddLink", "MergedInto", "", _address(str(other.id)))

    def _set_status(self, at: datetime, ticket: Ticket, by: int, status: str) -> None:
        old, ticket.status = ticket.status, status
        if old == status:
            return
        is_closed = status not in (*ACTIVE, "new")
        ticket.resolved = self._at(at) if is_closed else ticket.resolved
        ticket.started = ticket.started if old != "new" else self._at(at)
        self._write(at, ticket, by, "Status", "Status", old, status)

    def _set(
        self, at: datetime, who: str, ticket: Ticket, field: str, old: object, new: object, minutes: int = 0
    ) -> None:
        if old != new:
            self._write(at, ticket, self.db.person(who).id, "Set", field, str(old), str(new), minutes=minutes)

    def _custom(self, at: datetime, who: str, ticket: str, field: int, old: str, new: str) -> None:
        by = self.db.person(who).id
        self._write(at, self._ticket(ticket), by, "CustomField", str(field), old, new)

    def _write(
        self,
        at: datetime,
        ticket: Ticket,
        by: int,
        kind: str,
        field: str = "",
        old: str = "",
        new: str = "",
        *,
        data: str = "",
        minutes: int = 0,
    ) -> Transaction:
        ticket.last_updated, ticket.last_updated_by = self._at(at), by
        row = self._insert("RT::Ticket", ticket.id, by, kind, at)
        row.field, row.old, row.new, row.data, row.time_taken = field, old, new, data, minutes
        return row

    def _insert(self, object_type: str, object_id: int, by: int, kind: str, at: datetime) -> Transaction:
        number = len(self.db.transactions) + 1
        made = Transaction(number, object_type, object_id, kind, by, self._at(at))
        self.db.transactions[number] = made
        self.db.about.setdefault(object_id, []).append(made)
        return made

    def _attach(self, row: Transaction, text: str) -> None:
        number = len(self.db.attachments) + 1
        made = Attachment(number, row.id, "text/plain", text, row.created, row.creator)
        self.db.attachments[number] = made
        self.db.said_with.setdefault(row.id, []).append(made)

    def _ticket(self, number: str) -> Ticket:
        return self.db.effective(int(number))

    def _at(self, at: datetime) -> datetime:
        at = at.replace(microsecond=0)
        self.now = max(self.now, at)
        return at


def _address(ticket: str) -> str:
    return f"fsck.com-rt://{ORGANIZATION}/ticket/{ticket}"
