"""The two ways in which a made-up Phorge tells of transactions.

`transaction.search` has words of its own for them and, by release, keeps some to itself: type null, no fields. The
frozen `maniphest.gettasktransactions` shows the rows of the table, everything a string.
"""

from collections.abc import Callable
from typing import Any

from ingest.demo.trackers.phorge.model import PRIORITIES, Comment, Transaction
from ingest.demo.trackers.phorge.paging import RESTRICTED, listed, paged
from ingest.demo.trackers.phorge.refusal import Refusal
from ingest.demo.trackers.phorge.tables import DEPENDED_ON_BY, DEPENDS_ON, PROJECTS, Tables

Json = dict[str, Any]
QUERY = "ManiphestTransactionQuery"
EDGES = {PROJECTS: "projects", DEPENDS_ON: "dependsOn", DEPENDED_ON_BY: "dependedOnBy"}
TYPES = {
    "core:create": "create", "core:comment": "comment", "core:subscribers": "subscribers", "reassign": "owner",
    "core:columns": "core:columns", "core:customfield": "core:customfield", "core:view-policy": "core:view-policy",
} | {kind: kind for kind in ("title", "description", "status", "priority", "points", "mergedinto", "mergedfrom",
                             "unblock")}  # fmt: skip
MASTER_ONLY = frozenset(["core:columns", "core:customfield", "core:view-policy", "dependsOn", "dependedOnBy"])
SINCE_JULY_2026 = frozenset(["mergedfrom", "unblock"])
HIDDEN = {
    "master": frozenset[str](),
    "stable": MASTER_ONLY,  # of 2026-07-28
    "2024.35": MASTER_ONLY | SINCE_JULY_2026 | {"mergedinto"},
}


class Told:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def search(self, asked: Json, release: str) -> Json:
        """One object's, or those of all objects of a type that may be seen; newest first. Raises Refusal."""
        rows, wanted = self._asked_for(asked)
        found, cursor = paged(
            rows, asked, query=QUERY, key=lambda row: -row.id, wanted=wanted, is_visible=self._is_visible, most=None
        )
        return {"data": [_searched(row, release) for row in found], "cursor": cursor}

    def _asked_for(self, asked: Json) -> tuple[list[Transaction], Callable[[Transaction], bool]]:
        constraints = asked.get("constraints") or {}
        if set(constraints) - {"phids", "authorPHIDs"}:
            unknown = ", ".join(sorted(set(constraints) - {"phids", "authorPHIDs"}))
            raise Refusal("ERR-CONDUIT-CALL", f"Got unexpected parameters: {unknown}")
        phids, authors = listed(constraints, "phids"), listed(constraints, "authorPHIDs")
        named = set(phids or ())

        def wanted(row: Transaction) -> bool:
            return (phids is None or row.phid in named) and (authors is None or row.author in authors)

        return self._objects(asked), wanted

    def _objects(self, asked: Json) -> list[Transaction]:
        kind, name = asked.get("objectType"), asked.get("objectIdentifier")
        if kind and name:
            raise Refusal(
                "ERR-INVALID-PARAMETERS",
                'Must not specify both parameter "objectType" and parameter "objectIdentifier".',
            )
        if kind == "CEVT":
            return self._tables.event_rows
        if kind:
            return self._tables.transactions if kind == "TASK" else []
        if not name:
            raise Refusal(
                "ERR-INVALID-PARAMETER", 'Must specify either parameter "objectType" or parameter "objectIdentifier".'
            )
        if not isinstance(name, str):
            raise Refusal("ERR-INVALID-OBJECT-PHID-FORMAT", '"objectIdentifier" must be a string.')
        task = next((t for t in self._tables.tasks.values() if name in (t.phid, f"T{t.id}")), None)
        if task is None or (not task.is_visible and not name.startswith("PHID-")):
            raise Refusal("ERR-INVALID-OBJECT-PHID", 'Specified "objectIdentifier" does not exist.')
        if not task.is_visible:
            raise Refusal("ERR-CONDUIT-CORE", RESTRICTED)
        return self._tables.rows_of(task.phid)

    def _is_visible(self, row: Transaction) -> bool:
        task = self._tables.tasks.get(row.task)
        return task is None or task.is_visible

    def frozen(self, asked: Json, release: str) -> Any:
        """By task number, newest first; tasks that may not be seen are missing, and nothing at all is a list."""
        ids = listed(asked, "ids") or []
        seen = {str(task.id): task for task in self._tables.tasks.values() if task.is_visible}
        return {
            number: [_frozen(row, number, release) for row in reversed(self._tables.rows_of(seen[number].phid))]
            for number in ids if number in seen
        } or []  # fmt: skip


def _searched(row: Transaction, release: str) -> Json:
    kind = EDGES.get(row.meta.get("edge:type", 0)) if row.kind == "core:edge" else TYPES.get(row.kind)
    kind = None if kind in HIDDEN[release] else kind
    is_removed = bool(row.comments) and row.comments[-1].is_removed
    comments = [_version(comment, number, is_removed) for number, comment in enumerate(row.comments, start=1)]
    return {"id": row.id, "phid": row.phid, "type": kind, "authorPHID": row.author, "objectPHID": row.task,
            "dateCreated": row.at, "dateModified": row.modified, "groupID": row.group,
            "comments": comments[::-1], "fields": _fields(kind, row)}  # fmt: skip


def _version(comment: Comment, number: int, is_removed: bool) -> Json:
    return {"id": comment.id, "phid": comment.phid, "version": number, "authorPHID": comment.author,
            "dateCreated": comment.at, "dateModified": comment.at, "removed": comment.is_removed,
            "content": {"raw": "" if is_removed else comment.text}}  # fmt: skip


def _fields(kind: str | None, row: Transaction) -> Json:
    if kind in (None, "create", "comment"):
        return {}
    if kind in EDGES.values():
        return {"operations": _operations(row.old, row.new)}
    if kind == "subscribers":
        gone = [each for each in row.old if each not in row.new]
        return {"operations": _operations(gone, [each for each in row.new if each not in row.old])}
    if kind == "priority":
        old, new = ({"value": int(value), "name": dict(PRIORITIES)[int(value)]} for value in (row.old, row.new))
        return {"old": old, "new": new}
    if kind == "core:customfield":
        return {row.meta["customfield:key"]: {"old": row.old, "new": row.new}}
    return {"old": row.old, "new": row.new}


def _operations(gone: list[str], come: list[str]) -> list[Json]:
    steps = [("add", phid) for phid in come] + [("remove", phid) for phid in gone]
    return [{"operation": operation, "phid": phid} for operation, phid in steps]


def _frozen(row: Transaction, number: str, release: str) -> Json:
    last = row.comments[-1] if row.comments else None
    told: Json = {
        "taskID": number,
        "transactionID": str(row.id),
        "transactionPHID": row.phid,
        "transactionType": row.kind,
        "oldValue": row.old,
        "newValue": row.new,
        "comments": last.text if last and not last.is_removed else None,
        "authorPHID": row.author,
        "dateCreated": str(row.at),
    }
    return told if release == "2024.35" else {**told, "meta": row.meta, "title": f"somebody did {row.kind}."}
