"""One task and its transactions into records: its birth, everything since, and what nobody wrote down.

- Merging closes a task without a status transaction: the merge is the closing.
- Rows of one edit are one step: a card may be moved to a board a line before the task joins the board's project.
- Where a status disagrees with the one before it, something between was hidden: an `inferred` change says so, at the
  last hidden transaction between the two, or right before the disagreement.
"""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from ingest.phorge import birth as phorge_birth
from ingest.phorge.boards import Boards, Card
from ingest.phorge.book import Book, instant
from ingest.phorge.changes import Change, changes
from ingest.phorge.rows import HIDDEN, Row
from ingest.records import Event, Observed, Origin, Ticket

Json = Mapping[str, Any]
BOARD = "a board begins"  # no transaction, but a card gets its first column by it
MOVING = ("projects", "core:columns", BOARD)


def ticket(task: Json, book: Book, url: str) -> Ticket:
    fields = task["fields"]
    return Ticket(
        ticket_id=f"{book.source}/T{task['id']}",
        source=book.source,
        key=f"T{task['id']}",
        url=f"{url.rstrip('/')}/T{task['id']}",
        title=fields["name"],
        opened_at=instant(fields["dateCreated"]),
        author_id=book.account(fields["authorPHID"]),
        type=fields.get("subtype"),
        description=fields["description"]["raw"],
    )


def observed(task: Json, rows: list[Row], book: Book, boards: Boards, eta: str | None) -> Iterator[Observed]:
    """The column, and when the task is expected, where the server keeps to itself what changed.

    Says nothing where the history is younger than the task as it was seen.
    """
    seen_at, ticket_id = task["fields"]["dateModified"], f"{book.source}/T{task['id']}"
    if any(row.at > seen_at for row in rows):
        return
    column = boards.seen(task)
    if column and any(row.kind == HIDDEN for row in rows):
        yield Observed(ticket_id, "column", (column,), instant(seen_at))
    is_told = any(row.kind == "core:customfield" and eta in row.new for row in rows)
    if eta and not is_told and any(row.may_be_of_any_field for row in rows):
        field, text = book.field(eta, task["fields"].get(f"custom.{eta}"))
        if field == "eta":
            yield Observed(ticket_id, field, (text,) if text else (), instant(seen_at))


class Tale:
    """A task told from its birth on."""

    def __init__(self, task: Json, rows: list[Row], book: Book, boards: Boards) -> None:
        self._task, self._book, self._boards = task, book, boards
        self._ticket_id = f"{book.source}/T{task['id']}"
        self._author: str | None = task["fields"]["authorPHID"]
        self._born_at: int = task["fields"]["dateCreated"]
        self._birth, self._rows = phorge_birth.divided(rows)
        self._card = Card()
        self._column: str | None = None
        self._status = ""
        self._last_status = "opened"  # the event that set it
        self._hidden: Row | None = None  # the last since then

    def events(self) -> Iterator[Event]:
        yield from self._opening()
        rows = sorted([*self._rows, *self._beginnings()], key=lambda row: (row.at, row.id))
        for _, edit in groupby(rows, key=lambda row: row.group or row.id):
            yield from self._edit(list(edit))
        yield from self._silence()

    # The opening.

    def _opening(self) -> Iterator[Event]:
        born = phorge_birth.Birth(self._task, self._birth, self._rows, self._book)
        self._card = born.card
        self._status = born.status
        at, queue = self._born_at, self._boards.queue(self._card)
        self._column = column = self._boards.column(self._card, at)
        projects: Origin = "recorded" if born.projects_are_told else "inferred"
        told: list[tuple[str, str | None, Origin]] = [
            ("created", None, "recorded"),
            *born.told[:2],
            ("queue", queue, projects),
            *born.told[2:],
        ]
        if column:
            moved = any(row.kind == "core:columns" for row in self._birth)
            told.append(("column", column, "recorded" if moved else "inferred"))
        for field, value, origin in told:
            yield self._opened(field, field, value, origin)
        for phid, origin in born.projects:
            yield self._opened(f"project/{phid}", "project", self._book.project(phid), origin)

    def _opened(self, name: str, field: str, value: str | None, origin: Origin) -> Event:
        author = self._book.account(self._author)
        return Event(
            self._ticket_id, f"opened/{name}", instant(self._born_at), 0, author, field, None, value, origin
        )  # fmt: skip

    def _beginnings(self) -> Iterator[Row]:
        """Boards that came to be while the task was there already."""
        for at, boards in self._boards.begun().items():
            if at > self._born_at:
                yield from (Row(0, BOARD, None, at, f"board/{board}") for board in boards)

    # Everything since.

    def _edit(self, rows: list[Row]) -> Iterator[Event]:
        """Rows of one edit, in the order of their numbers."""
        told = {row.id: self._told(row) for row in rows if row.kind != BOARD}
        moved = list(self._moved(rows, told)) if any(row.kind in MOVING for row in rows) else []
        for row in rows:
            yield from self._events(row, told.get(row.id, []))
            yield from self._status_of(row, rows)
        yield from moved

    def _moved(self, rows: list[Row], told: dict[int, list[Change]]) -> Iterator[Event]:
        """What an edit made of queue and column: added to what its rows tell, or inferred where no row tells it."""
        queue, column = self._boards.queue(self._card), self._column
        for row in rows:
            self._card.take(row)
        joined = next((row for row in rows if row.kind == "projects"), rows[-1])
        now = self._boards.queue(self._card)
        if queue != now:
            told[joined.id].append(("queue", queue, now))
        self._column = self._boards.column(self._card, rows[0].at)
        dropped = [row for row in rows if self._boards.shown(self._card, row)]
        if column != self._column and dropped:
            told[dropped[-1].id] = [("column", column, self._column)]
        elif column != self._column:
            yield self._inferred(f"column/{joined.id or joined.group}", joined, "column", column, self._column)

    def _told(self, row: Row) -> list[Change]:
        if row.kind == "mergedinto":
            return [("duplicate", None, self._book.ticket_id(row.new))]
        return [] if row.kind == "status" else changes(row, self._book)

    def _events(self, row: Row, parts: list[Change]) -> Iterator[Event]:
        for part, (field, old, new) in enumerate(parts):
            yield self._recorded(row, part, field, old, new)
        if row.versions and row.versions[0]["removed"]:
            yield self._removal(row)
        if row.kind == HIDDEN:
            self._hidden = row

    def _recorded(self, row: Row, part: int, field: str, old: str | None, new: str | None) -> Event:
        name, actor = f"{row.id}/{part}" if part else str(row.id), self._book.account(row.actor)
        return Event(self._ticket_id, name, instant(row.at), 2 * row.id, actor, field, old, new)

    def _removal(self, row: Row) -> Event:
        last = row.versions[0]
        actor, at = self._book.account(last["authorPHID"]), instant(last["dateModified"])
        return Event(self._ticket_id, f"{row.id}/1", at, 2 * row.id, actor, "comment_deleted", None, None)

    # The status.

    def _status_of(self, row: Row, edit: list[Row]) -> Iterator[Event]:
        duplicate = self._book.duplicate_status
        if row.kind == "mergedinto" and self._status != duplicate and not any(r.kind == "status" for r in edit):
            yield self._recorded(row, 1, "status", self._status, duplicate)
            self._now(duplicate, row)
        elif row.kind == "status":
            if row.old is not None and row.old != self._status:
                name = f"status/before/{row.id}"
                yield self._inferred(name, self._hidden or row, "status", self._status, row.old, is_before=True)
            yield self._recorded(row, 0, "status", row.old, row.new)
            self._now(row.new, row)

    def _now(self, status: str, row: Row) -> None:
        self._status, self._last_status, self._hidden = status, str(row.id), None

    def _silence(self) -> Iterator[Event]:
        """A status that nothing explains, where something was hidden."""
        fields = self._task["fields"]
        current, seen_at = fields["status"]["value"], fields["dateModified"]
        if self._hidden is None or current == self._status or any(row.at > seen_at for row in self._rows):
            return  # rows younger than the task as it was seen say nothing against it
        at = max(fields.get("dateClosed") or self._hidden.at, self._hidden.at)
        after = Row(self._hidden.id, HIDDEN, None, at, None)
        yield self._inferred(f"status/after/{self._last_status}", after, "status", self._status, current)

    def _inferred(
        self, name: str, row: Row, field: str, old: str | None, new: str | None, *, is_before: bool = False
    ) -> Event:
        seq = 2 * row.id - 1 if is_before else 2 * row.id
        return Event(
            self._ticket_id, f"inferred/{name}", instant(row.at), seq, None, field, old, new, "inferred"
        )  # fmt: skip
