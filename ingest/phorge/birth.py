"""How a task was when it was opened.

The rows of the first edit tell what its author chose; what they leave unsaid was as the first later change found it,
or, if nothing changed it, as it still is.
"""

from collections.abc import Mapping
from typing import Any

from ingest.phorge.boards import Card
from ingest.phorge.book import Book
from ingest.phorge.rows import Row
from ingest.records import Origin

Json = Mapping[str, Any]

OPENING = frozenset(
    ["create", "title", "description", "status", "priority", "owner", "subtype", "points", "projects", "core:columns",
     "core:customfield"]
)  # fmt: skip


def divided(rows: list[Row]) -> tuple[list[Row], list[Row]]:
    """The rows that tell of the opening itself, and all others."""
    first = next((row for row in rows if row.kind == "create"), None)
    first = first or next((row for row in rows if row.kind == "title" and not row.old), None)
    if first is None:
        return [], rows
    birth = [row for row in rows if row is first or (row.kind in OPENING and row.group and row.group == first.group)]
    if not any(row.kind == "title" for row in birth):  # very old rows belong to no group
        birth += [row for row in rows if row.kind == "title" and not row.old and row not in birth][:1]
    told = {row.id for row in birth}
    return birth, [row for row in rows if row.id not in told]


class Birth:
    """What the opening of one task told or leaves to deduce. `told` begins with status and title."""

    def __init__(self, task: Json, birth: list[Row], rows: list[Row], book: Book) -> None:
        self._fields, self._birth, self._rows, self._book = task["fields"], birth, rows, book
        self.projects = list(self._projects(task))
        self.projects_are_told = any(row.kind == "projects" for row in birth)
        self.card = Card([phid for phid, _ in self.projects])
        for row in birth:
            if row.kind == "core:columns":
                self.card.take(row)
        self.told = self._told()
        self.status = str(self.told[0][1])

    def _told(self) -> list[tuple[str, str | None, Origin]]:
        fields, book = self._fields, self._book
        owner, owned = self._first("owner", fields["ownerPHID"])
        priority, prioritised = self._first("priority", fields["priority"]["value"])
        points, pointed = self._first("points", fields.get("points"))
        kind, typed = self._first("subtype", fields.get("subtype"))
        title, titled = self._first("title", fields["name"])
        found: list[tuple[str, str | None, Origin]] = [
            ("priority", book.priority(priority), prioritised),
            ("owner", book.account(owner), owned),
            ("type", kind, typed),
            ("custom.points", book.points(points), pointed),
            *self._custom(),
        ]
        opening = [self._status(), ("title", title, titled)]
        return [*opening, *(each for each in found if each[1] is not None)]

    def _first(self, kind: str, current: Any) -> tuple[Any, Origin]:
        """The first value of a field: chosen at birth, or found by the first change, or still there."""
        for row in self._birth:
            if row.kind == kind:
                return row.new, "recorded"
        return next((row.old for row in self._rows if row.kind == kind), current), "inferred"

    def _status(self) -> tuple[str, str | None, Origin]:
        """A merge tells no old status, and what follows it was a duplicate before."""
        default, duplicate = self._book.default_status, self._book.duplicate_status
        told = next((row for row in self._birth if row.kind == "status"), None)
        if told:
            return "status", told.new, "recorded"
        first = next((row for row in self._rows if row.kind in ("status", "mergedinto")), None)
        if first is None:
            is_silent = not any(row.kind == "hidden" for row in self._rows)
            return "status", self._fields["status"]["value"] if is_silent else default, "inferred"
        found = first.old if first.kind == "status" else None
        return "status", default if found in (None, duplicate) else found, "inferred"

    def _custom(self) -> list[tuple[str, str | None, Origin]]:
        firsts: dict[str, tuple[Any, Origin]] = {}
        if not any(row.may_be_of_any_field for row in (*self._birth, *self._rows)):
            current = {key[7:]: value for key, value in self._fields.items() if key.startswith("custom.")}
            firsts.update({key: (value, "inferred") for key, value in current.items()})
        for row in reversed(self._rows):
            firsts.update({key: (value, "inferred") for key, value in _fields(row, "old").items()})
        for row in self._birth:
            firsts.update({key: (value, "recorded") for key, value in _fields(row, "new").items()})
        return [(*self._book.field(key, value), origin) for key, (value, origin) in sorted(firsts.items())]

    def _projects(self, task: Json) -> list[tuple[str, Origin]]:
        """Joined at birth, or left later without ever having joined, or held without any word of it."""
        found: dict[str, Origin] = {}
        for row in self._birth:
            if row.kind == "projects":
                found.update(dict.fromkeys(row.new, "recorded"))
        seen = set(found)
        for row in self._rows:
            if row.kind == "projects":
                found.update({phid: "inferred" for phid in row.old if phid not in seen})
                seen.update([*row.old, *row.new])
        held = task["attachments"]["projects"]["projectPHIDs"]
        found.update({phid: "inferred" for phid in held if phid not in seen})
        return sorted(found.items())


def _fields(row: Row, which: str) -> dict[str, Any]:
    return dict(getattr(row, which) or {}) if row.kind == "core:customfield" else {}
