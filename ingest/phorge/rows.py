"""One transaction of a task, however the server spelled it: the two APIs made one.

`transaction.search` speaks of `owner` and of added and removed projects; the frozen call of `reassign` and of edges
from one list to another, with numbers as text and priorities as "90". The id is the same in both. Where both tell of
one transaction, the frozen call's words are taken, since it hides nothing, and the other's group and comments.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

Json = Mapping[str, Any]

HIDDEN = "hidden"  # a transaction whose kind the server keeps to itself
UNNAMED = "core:customfield of an unnamed field"
EDGES = {41: "projects", 3: "dependsOn", 4: "dependedOnBy"}
KINDS = {
    "core:create": "create",
    "core:comment": "comment",
    "core:subscribers": "subscribers",
    "core:subtype": "subtype",
    "core:space": "space",
    "core:edge": "edge",
    "reassign": "owner",
}
LISTS = ("projects", "dependsOn", "dependedOnBy")


@dataclass(frozen=True, slots=True)
class Row:
    """`old` and `new` are plain values; PHIDs lost and gained for `projects`, `dependsOn` and `dependedOnBy`; values
    by name for `core:customfield`. Of a comment, `new` is its text as it is now, and `versions` who wrote which of
    it, newest first, where that is told."""

    id: int
    kind: str
    actor: str | None
    at: int  # seconds since 1970
    group: str | None  # rows of one edit share it
    old: Any = None
    new: Any = None
    versions: tuple[Json, ...] = ()

    @property
    def may_be_of_any_field(self) -> bool:
        """Whether some custom field may have changed here, and the server does not say which."""
        return self.kind in (HIDDEN, UNNAMED)

    def mentions(self) -> str:
        """The text in which to look for PHIDs."""
        quiet = self.kind in ("title", "description", "comment", "subscribers", "edge", HIDDEN)
        return json.dumps([self.actor, *([] if quiet else [self.old, self.new])])


def of_tasks(raw: Mapping[str, Sequence[Json]] | None, told: Iterable[Json]) -> dict[str, list[Row]]:
    """The rows of each task in the order of their happening, by task number (`raw`) or by the task's PHID (`told`)."""
    searched: dict[int, tuple[str, Row]] = {row["id"]: (row["objectPHID"], _searched(row)) for row in told}
    if raw is None:
        found: dict[str, list[Row]] = {}
        for phid, row in searched.values():
            found.setdefault(phid, []).append(row)
    else:
        found = {number: [_joined(_raw(row), searched) for row in rows] for number, rows in raw.items()}
    return {name: sorted(rows, key=lambda row: (row.at, row.id)) for name, rows in found.items()}


def _joined(row: Row, searched: Mapping[int, tuple[str, Row]]) -> Row:
    if row.id not in searched:
        return row
    other = searched[row.id][1]
    return replace(row, group=row.group or other.group, versions=other.versions)


def _searched(row: Json) -> Row:
    kind, fields = row["type"] or HIDDEN, row["fields"] or {}
    old, new = fields.get("old"), fields.get("new")
    if kind in LISTS:
        done = [(step["operation"], step["phid"]) for step in fields["operations"]]
        old, new = ([phid for what, phid in done if what == which] for which in ("remove", "add"))
    elif kind == "priority":
        old, new = (_number(value.get("value") if isinstance(value, dict) else value) for value in (old, new))
    elif kind == "core:customfield":
        old, new = ({_bare(key): value[which] for key, value in fields.items()} for which in ("old", "new"))
    elif kind == "comment":
        new = row["comments"][0]["content"]["raw"] if row["comments"] else ""
    versions = tuple(row["comments"]) if kind == "comment" else ()
    return Row(row["id"], kind, row["authorPHID"], row["dateCreated"], row["groupID"], old, new, versions)


def _raw(row: Json) -> Row:
    meta = row.get("meta") or {}
    raw_kind, old, new = str(row["transactionType"]), row["oldValue"], row["newValue"]
    kind = KINDS.get(raw_kind, raw_kind)
    if kind == "edge":
        old, new = _listed(old), _listed(new)
        kind = _edge(meta.get("edge:type"), [*old, *new])
    elif kind == "priority":
        old, new = _number(old), _number(new)
    elif kind == "core:customfield":
        key = meta.get("customfield:key")
        kind = kind if key else UNNAMED
        old, new = {_bare(key or ""): old}, {_bare(key or ""): new}
    elif kind == "comment":
        new = row["comments"] or ""
    return Row(
        int(row["transactionID"]), kind, row["authorPHID"], int(row["dateCreated"]), meta.get("core.groupID"), old, new
    )  # fmt: skip


def _edge(number: Any, phids: list[str]) -> str:
    """Releases before November 2024 do not say what an edge means; one between tasks stays unsaid then."""
    if number is None:
        return "projects" if phids and all(phid.startswith("PHID-PROJ-") for phid in phids) else "edge"
    return EDGES.get(int(number), "edge")


def _listed(value: Any) -> list[str]:
    """PHIDs as a list, or as the keys of a map."""
    return list(value or [])


def _number(value: Any) -> int | None:
    return None if value in (None, "") else int(value)


def _bare(key: str) -> str:
    """acme.severity: what `custom.` stands before in a task, and `std:maniphest:` in a transaction."""
    return key.removeprefix("std:maniphest:")
