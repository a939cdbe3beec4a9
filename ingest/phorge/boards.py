"""Which queue a task is in and which column its card lies in, from the projects it holds and the moves that were told.

The queue is the first of the settings' queues whose project, or a milestone or subproject of it, the task holds; the
column is that of this project's board. Without such a queue the column is that of the only board the task is on.

No history tells the first column, nor leaving and coming back:

- A card nobody moved lies in the board's default column, from when board and card were both there.
- A card that leaves a board and returns lies in its *old* column again.
- A task in a milestone lies in the column that stands for the milestone on its project's board.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ingest.phorge.book import Book
from ingest.phorge.rows import Row

Json = Mapping[str, Any]


@dataclass(slots=True)
class Card:
    """Where a task stands. `places` remembers boards that it left."""

    projects: list[str] = field(default_factory=list)  # in the order of joining
    places: dict[str, str] = field(default_factory=dict)  # column by board

    def take(self, row: Row) -> None:
        if row.kind == "projects":
            self.projects = [phid for phid in self.projects if phid not in row.old]
            self.projects += [phid for phid in row.new if phid not in self.projects]
        elif row.kind == "core:columns":
            self.places.update({move["boardPHID"]: move["columnPHID"] for move in row.new or []})


class Boards:
    """All boards of a page."""

    def __init__(self, book: Book, columns: Iterable[Json], queues: Sequence[str]) -> None:
        self._book = book
        self._queues = queues
        self._columns: dict[str, list[Json]] = {}
        for column in columns:
            self._columns.setdefault(column["fields"]["project"]["phid"], []).append(column)
        for found in self._columns.values():
            found.sort(key=lambda column: (column["fields"]["sequence"], column["id"]))

    def begun(self) -> dict[int, list[str]]:
        """When boards came to be: those of an instant, by instant."""
        found: dict[int, list[str]] = {}
        for board in sorted(self._columns):
            default = self._default(board)
            if default:
                found.setdefault(default["fields"]["dateCreated"], []).append(board)
        return found

    def queue(self, card: Card) -> str:
        return self._queue(card)[0]

    def column(self, card: Card, at: int) -> str | None:
        """What the card's column is called; None: it is on no board, or on several and none is the queue's."""
        board = self._board(card)
        default = self._default(board) if board else None
        if board is None or default is None or default["fields"]["dateCreated"] > at:
            return None
        stand_in = self._stand_in(card, board)
        if stand_in:
            return str(stand_in["fields"]["name"])
        place = card.places.get(board)
        known = [column for column in self._columns[board] if not column["fields"]["proxyPHID"]]
        return str(next((column for column in known if column["phid"] == place), default)["fields"]["name"])

    def seen(self, task: Json) -> str | None:
        """The column that Phorge itself shows; None: it shows none, or one that stands for a milestone."""
        board = self._board(Card(list(task["attachments"]["projects"]["projectPHIDs"])))
        shown = (task["attachments"]["columns"]["boards"] or {}).get(board)  # no boards are [] in PHP
        return str(shown["columns"][0]["name"]) if shown and shown["columns"] else None

    def shown(self, card: Card, row: Row) -> bool:
        """Whether a row moved the card on the board that is looked at."""
        return row.kind == "core:columns" and any(move["boardPHID"] == self._board(card) for move in row.new or [])

    def _queue(self, card: Card) -> tuple[str, str | None]:
        for name in self._queues:
            for held in card.projects:
                for phid in self._book.lineage(held):
                    fields = self._book.projects.get(phid)
                    if fields and name in (fields["name"], self._book.project(phid)):
                        return name, phid
        return self._book.source, None

    def _board(self, card: Card) -> str | None:
        queue = self._queue(card)[1]
        if queue:
            return queue if queue in self._columns else None
        found = {self._nearest(phid) for phid in card.projects} - {None}
        return found.pop() if len(found) == 1 else None

    def _nearest(self, phid: str) -> str | None:
        """A project's own board, or that of the project it is a part of. A milestone is looked at from its project."""
        fields = self._book.projects.get(phid)
        is_milestone = fields is not None and fields["milestone"] is not None
        lineage = list(self._book.lineage(phid))[1 if is_milestone else 0 :]
        return next((board for board in lineage if board in self._columns), None)

    def _default(self, board: str) -> Json | None:
        return next((column for column in self._columns.get(board, []) if column["fields"]["isDefaultColumn"]), None)

    def _stand_in(self, card: Card, board: str) -> Json | None:
        inside = {phid for held in card.projects for phid in self._book.lineage(held)} - {board}
        return next((column for column in self._columns[board] if column["fields"]["proxyPHID"] in inside), None)
