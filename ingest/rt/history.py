"""The life of one ticket: its transactions as events, and what it was born with.

- Request Tracker does not record what a ticket is created with. The first change of a field tells what it was before;
  a field without changes is still what it was.
- A change of owner is written twice (`Set` and `SetWatcher`): the second telling changes nothing and is dropped.
- A reply opens a ticket that is new or closed. The change of status is signed by the system: the author of the reply
  did it.
- A deleted ticket says so in its last change of status, a merged one in a tie to the ticket that it now is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.records import Event, Gone, Origin, Record, Ticket, UnreadableError
from ingest.rt.changes import MAIL_KINDS, OWNER_KINDS, SYSTEM, Change, Names, changes, merged_into, moment
from ingest.source import Json

AT_ONCE = timedelta(minutes=1)  # mail is sent between a reply and what follows from it

Texts = Mapping[str, str]  # by transaction


def records(ticket: Json, rows: Sequence[Json], texts: Texts, names: Names) -> Iterator[Record]:
    """The ticket, its events, and whether it is gone. `rows`: its own transactions, oldest first."""
    life = _Life(ticket, list(_told_once(rows)), texts, names)
    yield life.ticket()
    yield from life.opening()
    yield from life.events()
    yield from life.end()


@dataclass(frozen=True, slots=True)
class _Life:
    now: Json
    rows: list[Json]
    texts: Texts
    names: Names

    @property
    def number(self) -> str:
        return str(self.now["id"])

    @property
    def ticket_id(self) -> str:
        return f"{self.names.source}/{self.number}"

    @property
    def author_id(self) -> str | None:
        return self.names.account_id(str(self.now["Creator"]["id"]))

    def ticket(self) -> Ticket:
        born = next((row["id"] for row in self.rows if row["Type"] == "Create"), "")
        return Ticket(
            ticket_id=self.ticket_id,
            source=self.names.source,
            key=f"#{self.number}",
            url=_address(self.now),
            title=self.now["Subject"] or "",
            opened_at=instant(self.now["Created"]),
            author_id=self.author_id,
            description=self.texts.get(born),
        )

    def opening(self) -> Iterator[Event]:
        yield self._born("created", None, "recorded")
        yield self._born("status", self._before("Status", self.now["Status"]))
        yield self._born("title", self._before("Subject", self.now["Subject"] or ""))
        yield self._born("queue", self.names.queue(self._before("Queue", str(self.now["Queue"]["id"]))))
        yield self._born("priority", self._before("Priority", str(self.now["Priority"])))
        if owner := self.names.account_id(self._before("Owner", str(self.now["Owner"]["id"]))):
            yield self._born("owner", owner)
        if due := moment(self._before("Due", self.now["Due"])):
            yield self._born("eta", due)
        for field, value in (*self._custom_values_before(), *self._ties_before()):
            yield self._born(field, value)

    def events(self) -> Iterator[Event]:
        spoken: Json | None = None  # a reply that the next change may follow from
        for row in self.rows:
            actor = (spoken if spoken and self._follows(spoken, row) else row)["Creator"]
            for part, change in enumerate(changes(row, self.names, self.texts.get(row["id"]))):
                yield self._event(row, part, str(actor["id"]), change)
            if row["Type"] not in MAIL_KINDS:
                spoken = row if row["Type"] == "Correspond" else None

    def end(self) -> Iterator[Gone]:
        status = next((row for row in reversed(self.rows) if row["Type"] == "Status"), None)
        merging = next((row for row in reversed(self.rows) if merged_into(row)), None)
        last_seen = {"Created": self.now["LastUpdated"]}
        if merging or _number(self.now["EffectiveId"]) != self.number:
            yield Gone(self.ticket_id, instant((merging or last_seen)["Created"]), "moved")
        elif (status["NewValue"] if status else self.now["Status"]) == "deleted":
            yield Gone(self.ticket_id, instant((status or last_seen)["Created"]), "deleted")

    def _born(self, field: str, value: str | None, origin: Origin = "inferred") -> Event:
        has_many = field in ("owner", "label", "link") or field.startswith("custom.")
        name = f"opened/{field}/{value}" if has_many else f"opened/{field}"
        return Event(self.ticket_id, name, instant(self.now["Created"]), 0, self.author_id, field, None, value, origin)

    def _event(self, row: Json, part: int, actor: str, change: Change) -> Event:
        name = f"{row['id']}/{part}" if part else row["id"]
        at, seq = instant(row["Created"]), int(row["id"])
        return Event(self.ticket_id, name, at, seq, self.names.account_id(actor), *change)

    def _follows(self, spoken: Json, row: Json) -> bool:
        is_by_system = self.names.login(str(row["Creator"]["id"])) == SYSTEM
        passed = instant(row["Created"]) - instant(spoken["Created"])
        return row["Type"] == "Status" and is_by_system and passed <= AT_ONCE

    def _before(self, field: str, now: str) -> str:
        """What a field was at the opening, in the tracker's own words."""
        told = (row for row in self.rows if row["Field"] == field and row["Type"] in (*OWNER_KINDS, "Status"))
        first = next(told, None)
        return str(first["OldValue"]) if first else now

    def _custom_values_before(self) -> Iterator[tuple[str, str]]:
        """Of custom fields, with one value or many: those that were lost before they were ever gained, and those that
        are there and were never gained."""
        first: dict[tuple[str, str], bool] = {}  # field, value: whether it was there
        for row in self.rows:
            if row["Type"] == "CustomField":
                for value, was_there in ((row["OldValue"], True), (row["NewValue"], False)):
                    first.setdefault((row["Field"], self.names.value(row["Field"], value) or ""), was_there)
        for field in self.now.get("CustomFields") or []:
            for value in field["values"]:
                if isinstance(value, str):  # not a picture
                    first.setdefault((field["id"], self.names.value(field["id"], value) or ""), True)
        yield from sorted(
            (self.names.field(number), value) for (number, value), there in first.items() if there and value
        )

    def _ties_before(self) -> Iterator[tuple[str, str]]:
        """A ticket that is opened with a tie to another tells nothing of it (the other does), unless it is cut."""
        told = [change for row in self.rows for change in changes(row, self.names, None) if change[0] == "link"]
        first: dict[str, bool] = {}
        for _, lost, gained in told:
            first.setdefault(lost or gained or "", lost is not None)
        yield from (("link", tie) for tie, was_there in first.items() if was_there)


def instant(value: str) -> datetime:
    """An instant that must be there. Raises UnreadableError."""
    told = moment(value)
    if told is None:
        raise UnreadableError("a ticket or transaction has no instant")
    return datetime.fromisoformat(told)


def _told_once(rows: Sequence[Json]) -> Iterator[Json]:
    owner = None
    for row in rows:
        if row["Field"] == "Owner" and row["Type"] in (*OWNER_KINDS, "SetWatcher"):
            if row["NewValue"] == owner:
                continue
            owner = row["NewValue"]
            yield {**row, "Type": "Set"}
        else:
            yield row


def _number(ticket: str | Json) -> str:
    """A number, or a reference to a ticket: it depends on how the ticket was asked for."""
    return str(ticket["id"] if isinstance(ticket, Mapping) else ticket)


def _address(ticket: Json) -> str | None:
    """Where people see the ticket, by the address that RT itself goes by."""
    links = (link["_url"] for link in ticket.get("_hyperlinks") or [] if link.get("ref") == "self")
    base, found, _ = str(ticket.get("_url") or next(links, "")).partition("/REST/2.0/")
    return f"{base}/Ticket/Display.html?id={ticket['id']}" if found else None
