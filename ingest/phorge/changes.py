"""What each kind of transaction changes: the vocabulary of the parser, one entry a kind.

Queue, column and status are not here: they take more than one transaction to tell (see `task`).
"""

from collections.abc import Callable

from ingest.phorge.book import Book
from ingest.phorge.rows import Row

Change = tuple[str, str | None, str | None]  # field, old, new

# Kinds that change nothing Watchbill measures. A kind neither here nor in CHANGES is unknown, `hidden` among them.
UNINTERPRETED = frozenset(
    [
        "subscribers",  # authors, owners and those mentioned subscribe by themselves
        "unblock",  # a subtask was closed or opened: it says so itself
        "edge",  # mentions, and the marks that a merge leaves beside its own transaction
        "space",
        "create",  # once more: the first is the opening
        "core:columns",  # on a board that is not the queue's, or within a column
        "core:edit-policy",
        "core:interact-policy",
        "core:join-policy",
        "core:file",
        "core:mfa",
        "core:inlinestate",
        "parent",
        "cover-image",
        "attach",
        "token:give",
    ]
)
STATEFUL = frozenset(["status", "mergedinto"])


def is_known(kind: str) -> bool:
    """Whether Watchbill knows what a transaction of this kind means, if only that it means nothing here."""
    return kind in CHANGES or kind in UNINTERPRETED or kind in STATEFUL


def changes(row: Row, book: Book) -> list[Change]:
    """What a transaction changed. A kind nobody knows is kept as `other`."""
    return CHANGES.get(row.kind, _opaque)(row, book)


def _opaque(row: Row, _: Book) -> list[Change]:
    return [("other", None, row.kind)]


def _text(field: str) -> Callable[[Row, Book], list[Change]]:
    return lambda row, _: [(field, row.old or None, row.new or None)]


def _priority(row: Row, book: Book) -> list[Change]:
    return [("priority", book.priority(row.old), book.priority(row.new))]


def _owner(row: Row, book: Book) -> list[Change]:
    """One owner goes, another comes."""
    lost: list[Change] = [("owner", book.account(row.old), None)] if row.old else []
    return lost + ([("owner", None, book.account(row.new))] if row.new else [])


def _projects(row: Row, book: Book) -> list[Change]:
    lost: list[Change] = [("project", book.project(phid), None) for phid in sorted(row.old)]
    return lost + [("project", None, book.project(phid)) for phid in sorted(row.new)]


def _linked(relation: str) -> Callable[[Row, Book], list[Change]]:
    def told(row: Row, book: Book) -> list[Change]:
        lost: list[Change] = [("link", f"{relation} {book.ticket_id(phid)}", None) for phid in sorted(row.old or [])]
        return lost + [("link", None, f"{relation} {book.ticket_id(phid)}") for phid in sorted(row.new or [])]

    return told


def _field(row: Row, book: Book) -> list[Change]:
    told: list[Change] = []
    for key, value in row.new.items():
        (was, old), (becomes, new) = book.field(key, row.old.get(key)), book.field(key, value)
        if was == becomes:
            told.append((becomes, old, new))
            continue
        told += [(was, old, None)] if old else []  # the expected day is words now, or words became a day
        told += [(becomes, None, new)] if new else []
    return told


def _comment(row: Row, _: Book) -> list[Change]:
    return [("comment", None, row.new)]


CHANGES: dict[str, Callable[[Row, Book], list[Change]]] = {
    "title": _text("title"),
    "description": _text("description"),
    "priority": _priority,
    "owner": _owner,
    "subtype": _text("type"),
    "points": lambda row, book: [("custom.points", book.points(row.old), book.points(row.new))],
    "projects": _projects,
    "dependsOn": _linked("parent_of"),
    "dependedOnBy": _linked("child_of"),
    "mergedfrom": _linked("merged_from"),
    "core:customfield": _field,
    "core:view-policy": lambda row, book: [("visibility", book.policy(row.old), book.policy(row.new))],
    "comment": _comment,
}
