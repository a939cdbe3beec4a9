"""Boards (Projects v2): which column an issue stands in, and the moves that GitHub recorded.

A move does not change the issue, so boards are looked at in every run: which items changed since the last one. Their
issues are then read anew. Since October 2025 a move writes an event, but not reliably: so each issue carries the
current value along, with the instant at which it was set.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ingest.client import ClientError
from ingest.github import queries
from ingest.github.ask import Asker, PartlyRefusedError, QueryRefusedError, TooHeavyError, pages
from ingest.github.queries import Offer
from ingest.github.repository import CENSUS_EVERY, OVERLAP, written
from ingest.source import Trouble

Page = dict[str, Any]
SCOPES = "give the token read:project (classic), or read access to the organization's Projects (fine-grained)"


@dataclass(slots=True)
class Boards:
    """`state` is what the next run must know of each board: items changed since `from` are news."""

    wanted: list[str]  # owner/number
    state: dict[str, dict[str, Any]]
    readable: dict[str, Page] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)  # items of this run, and when they changed last

    def find(self, asker: Asker, offer: Offer) -> Iterator[Trouble]:
        """See which boards can be read. Raises ClientError where nothing can be asked at all."""
        for board in self.wanted:
            if not offer.has_boards:
                yield Trouble(f"board {board}", "this server has no boards (Projects v2)")
                continue
            trouble = self._find(asker, board)
            if trouble:
                yield Trouble(f"board {board}", trouble)

    def _find(self, asker: Asker, board: str) -> str:
        owner, number = board.split("/")
        try:
            data = asker.query(queries.BOARD, {"owner": owner, "number": int(number)}, is_smallest=True)
        except QueryRefusedError as error:
            return f"{error}; {SCOPES}"
        except (PartlyRefusedError, TooHeavyError) as error:
            return f"{error.words}; {SCOPES}"
        found = (data["repositoryOwner"] or {}).get("projectV2")
        if found is None:
            return f"there is no such board, or the token may not see it; {SCOPES}"
        self.readable[board] = found
        return ""

    def shut(self, words: str) -> Trouble:
        """From now on no board can be read."""
        shut = ", ".join(self.readable)
        self.readable.clear()
        return Trouble(f"board {shut}", f"{words}; {SCOPES}")

    def parts(self, asker: Asker, offer: Offer, ids: list[str]) -> Page:
        """What boards know of these issues, by their ids. Raises as `Asker.query` does."""
        variables = {"ids": ids, **({"items": 100} if offer.board_kinds else {})}
        try:
            is_smallest = len(ids) == 1
            data = asker.query(queries.board_parts(offer), variables, is_smallest=is_smallest, may_miss=True)
        except TooHeavyError:
            if len(ids) == 1:
                raise
            half = len(ids) // 2
            return {**self.parts(asker, offer, ids[:half]), **self.parts(asker, offer, ids[half:])}
        found = {node["id"]: node for node in data["nodes"] or [] if node}
        for node in found.values():
            for item in node["projectItems"]["nodes"] or []:
                self.seen[item["id"]] = item["updatedAt"]
        return found

    def moved(self, asker: Asker, offer: Offer, began_at: datetime) -> Iterator[tuple[str, Page]]:
        """Items that changed since the last run and that this run has not read yet: board and item."""
        for board, described in list(self.readable.items()):
            since: str | None = self.state.get(board, {}).get("from")
            looked_at = self.state.get(board, {}).get("all_at")
            is_due = looked_at is None or datetime.fromisoformat(looked_at) + CENSUS_EVERY <= began_at
            text = _filter(since, began_at) if since and offer.has_board_filter and not is_due else ""
            found = self._items(asker, offer, described["id"], text)
            is_silent = not any(_is_news(item, since) for item in found)
            if text and is_silent and _is_news(described, since):  # the board changed, but the filter shows nothing
                found = self._items(asker, offer, described["id"], "")
            for item in found:
                if _is_news(item, since) and self.seen.get(item["id"]) != item["updatedAt"]:
                    yield board, item

    def done(self, board: str, began_at: datetime) -> None:
        """Everything on the board has been read."""
        state = self.state.setdefault(board, {})
        looked_at = state.get("all_at")
        if looked_at is None or datetime.fromisoformat(looked_at) + CENSUS_EVERY <= began_at:
            state["all_at"] = written(began_at)
        state["from"] = written(began_at - OVERLAP)

    @staticmethod
    def _items(asker: Asker, offer: Offer, board: str, text: str) -> list[Page]:
        variables: Page = {"board": board, "first": 100, **({"filter": text} if offer.has_board_filter else {})}
        try:
            return list(pages(asker, queries.board_items(offer), variables, _connection))
        except PartlyRefusedError as error:
            raise QueryRefusedError(error.words, is_right_missing=True) from None


def _connection(data: Mapping[str, Any]) -> Any:
    if data["node"] is None:
        raise ClientError("a board went away while it was read")
    return data["node"]["items"]


def _is_news(item: Page, since: str | None) -> bool:
    return since is None or item["updatedAt"] >= since


def _filter(since: str, began_at: datetime) -> str:
    """The board's own filter knows days only."""
    days = (began_at - datetime.fromisoformat(since)) // timedelta(days=1) + 2
    return f"-last-updated:{days}days"
