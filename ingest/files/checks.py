"""Is a row of a file what it should be? Everything that is wrong is told, with file, line and column."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from difflib import get_close_matches
from functools import partial
from itertools import islice
from pathlib import Path
from typing import ClassVar
from zoneinfo import ZoneInfo

from ingest.files.rows import Cell, Columns, Row, Tell
from ingest.files.sorting import Sorted
from ingest.observed import MANY_VALUED

MOST_LISTED = 50
YEARS = range(1970, 2200)
INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d([.,]\d+)?)? ?([Zz]|[+-]\d\d(:?\d\d)?)?")

FIELDS = (
    *("created", "status", "column", "priority", "owner", "project", "label", "queue", "type", "milestone", "title"),
    *("description", "comment", "note", "comment_deleted", "link", "duplicate", "eta", "effort", "visibility", "lock"),
    "other",
)
_NEVER_EMPTY = ("status", "queue", "title")  # a ticket always has one
_MAY_SAY_NOTHING = ("created", "comment", "note", "comment_deleted", "description", "visibility", "lock", "other")


@dataclass(frozen=True, slots=True)
class Problem:
    file: str
    line: int
    column: str  # empty: the whole line
    sentence: str

    def __str__(self) -> str:
        column = f", column {self.column}" if self.column else ""
        return f"{self.file}, line {self.line}{column}: {self.sentence}"


class Problems:
    """The first fifty, and how many there are in all."""

    def __init__(self) -> None:
        self.listed: list[Problem] = []
        self.count = 0

    @property
    def more(self) -> int:
        return self.count - len(self.listed)

    def of(self, file: Path) -> Tell:
        return partial(self._tell, file.name)

    def _tell(self, file: str, line: int, column: str, sentence: str) -> None:
        self.count += 1
        if len(self.listed) < MOST_LISTED:
            self.listed.append(Problem(file, line, column, sentence))


@dataclass(frozen=True, slots=True)
class _Ticket:
    number: int | None  # in the order of the file; None: it is not well
    line: int
    opened_at: datetime | None


class Checks:
    """Knows the tickets read so far, to hold their events against. Of a ticket it keeps its key and opening only."""

    TICKET_COLUMNS: ClassVar = Columns(("key", "queue", "title", "opened_at", "author"), ("url", "type"))
    EVENT_COLUMNS: ClassVar = Columns(("key", "occurred_at", "actor", "field", "old", "new"))

    def __init__(self, problems: Problems, zone: ZoneInfo | None, name: str) -> None:
        self._problems, self._zone, self._name = problems, zone, name
        self._tickets: dict[str, _Ticket] = {}

    def ticket(self, row: Row, tell: Tell, kept: Sorted) -> None:
        """Keep a ticket that is well."""
        before = self._problems.count
        key = row.text("key")
        for column in ("key", "queue", "title"):
            if not row.text(column):
                tell(row.line, column, "this must not be empty")
        opened_at = self._instant(row, "opened_at", tell)
        if key in self._tickets:
            tell(row.line, "key", f"{key} stands in line {self._tickets[key].line} already")
        elif key:
            number = kept.tickets if self._problems.count == before else None
            self._tickets[key] = _Ticket(number, row.line, opened_at)
            if number is not None and opened_at is not None:
                texts = {column: row.text(column) for column in self.TICKET_COLUMNS.all}
                kept.add_ticket(json.dumps({**texts, "opened_at": opened_at.isoformat()}, ensure_ascii=False))

    def event(self, row: Row, tell: Tell, kept: Sorted) -> None:
        """Keep an event that is well, of a ticket that is well."""
        before = self._problems.count
        ticket = self._ticket_of(row, tell)
        occurred_at = self._instant(row, "occurred_at", tell)
        if ticket and ticket.opened_at and occurred_at and occurred_at < ticket.opened_at:
            tell(row.line, "occurred_at", f"before the ticket was opened, at {_told(ticket.opened_at)}")
        self._change(row, ticket, occurred_at, tell)
        if self._problems.count == before and ticket and ticket.number is not None and occurred_at:
            texts = {column: row.text(column) for column in self.EVENT_COLUMNS.all}
            if texts["field"] == "link":
                texts |= {"old": self._link(texts["old"]), "new": self._link(texts["new"])}
            body = json.dumps({**texts, "occurred_at": occurred_at.isoformat()}, ensure_ascii=False)
            kept.add_event(ticket.number, body)

    def _ticket_of(self, row: Row, tell: Tell) -> _Ticket | None:
        key = row.text("key")
        if not key:
            tell(row.line, "key", "this must not be empty")
            return None
        ticket = self._tickets.get(key)
        if ticket is None:
            tell(row.line, "key", f"there is no ticket {key}{self._hint(key)}")
        elif ticket.number is None:
            tell(row.line, "key", f"its ticket {key} is not well (line {ticket.line} of the tickets)")
        return ticket

    def _hint(self, key: str) -> str:
        """A key that looks like it; searched for as long as problems are listed, among the first tickets."""
        known = islice(self._tickets, 5_000) if self._problems.count < MOST_LISTED else ()
        near = get_close_matches(key, known, n=1, cutoff=0.8)
        return f"; is it {near[0]}?" if near else ""

    def _change(self, row: Row, ticket: _Ticket | None, occurred_at: datetime | None, tell: Tell) -> None:
        field, old, new = row.text("field"), row.text("old"), row.text("new")
        if not field:
            tell(row.line, "field", "this must not be empty")
        elif field not in FIELDS and not re.fullmatch(r"custom\.\S.*", field):
            near = get_close_matches(field.lower(), FIELDS, n=1)
            hint = f"is it {near[0]!r}?" if near else f"it is one of {', '.join(FIELDS)}, or custom.NAME"
            tell(row.line, "field", f"{field!r:.40} is no field; {hint}")
        elif field == "created":
            if ticket and ticket.opened_at and occurred_at and occurred_at != ticket.opened_at:
                tell(row.line, "occurred_at", f"created, but the ticket was opened at {_told(ticket.opened_at)}")
            if old or new:
                tell(row.line, "old" if old else "new", "created has neither old nor new")
        elif field in _NEVER_EMPTY and not new:
            tell(row.line, "new", f"a ticket always has a {field}: this must not be empty")
        elif not old and not new and field not in _MAY_SAY_NOTHING:
            tell(row.line, "new", "old and new are both empty: nothing changed")
        else:
            self._values(row, field, tell)

    def _values(self, row: Row, field: str, tell: Tell) -> None:
        right, form = FORMS.get(field, (None, ""))
        for column in ("old", "new"):
            value = row.text(column)
            if right and value and not right(value):
                tell(row.line, column, f"{value!r:.40} is no {form}")
        if field in MANY_VALUED and row.text("old") == row.text("new"):
            tell(row.line, "new", "the same as old: nothing changed")

    def _link(self, value: str | None) -> str | None:
        """A link to a ticket of these files names it by its id, as links do in the store."""
        relation, _, key = (value or "").partition(" ")
        return f"{relation} {self._name}/{key}" if key in self._tickets else value

    def _instant(self, row: Row, column: str, tell: Tell) -> datetime | None:
        found = instant(row.cells.get(column), self._zone)
        if isinstance(found, str):
            tell(row.line, column, found)
            return None
        return found


def instant(value: Cell, zone: ZoneInfo | None) -> datetime | str:
    """An instant in UTC, or what is wrong with it."""
    if value is None:
        return "this must not be empty"
    found = value if isinstance(value, datetime) else _written(value)
    if isinstance(found, str):
        return found
    if found.year not in YEARS:
        return f"{value!s:.40} is in a year out of reach"
    if found.tzinfo is not None:
        return found.astimezone(UTC)
    if zone is None:
        return f"{value!s:.40} has no zone; write it as 2026-11-02T09:00:00Z, or say with --zone whose clock it is"
    return _at_home(found, zone)


def _written(text: str) -> datetime | str:
    """As ISO 8601 says, and as strict about it: 02/11/2026 is a day of two different months."""
    if not INSTANT.fullmatch(text):
        is_day = re.fullmatch(r"\d{4}-\d\d-\d\d", text)
        what = "is a day, not an instant" if is_day else "is not an instant"
        return f"{text!r:.40} {what}; write it as 2026-11-02T09:00:00Z"
    try:
        return datetime.fromisoformat(text.replace(" ", "T", 1).replace(" ", "").replace(",", ".").upper())
    except ValueError as error:
        return f"{text!r:.40} is not an instant: {error}"


def _at_home(local: datetime, zone: ZoneInfo) -> datetime | str:
    first, second = local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    exists = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local
    what = "happened twice, because clocks were set back" if exists else "never was, because clocks were set forward"
    return f"{local} {what} in {zone.key}; write it with its offset, such as {first.isoformat()}"


def _told(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _is_eta(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return INSTANT.fullmatch(value) is not None
    return True


FORMS: dict[str, tuple[Callable[[str], object], str]] = {
    "eta": (_is_eta, "date or instant; write it as 2026-11-02 or 2026-11-02T09:00:00Z"),
    "effort": (re.compile(r"-?\d+(\.\d+)?").fullmatch, "number of minutes"),
    "link": (re.compile(r"\S+ \S.*").fullmatch, "link; write it as the relation and the ticket: child_of OPS-7"),
}
