"""The issues of a repository through GraphQL: those that changed, each with its whole timeline.

An issue that changes while the list is read moves to its end and is read twice; none is passed over. The whole
timeline of a changed issue is read again, because GitHub does not say whether an edited comment counts as new there.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ingest.client import RefusedError
from ingest.github import queries
from ingest.github import rest as github_rest
from ingest.github.ask import (
    LARGEST,
    Asker,
    PartlyRefusedError,
    QueryRefusedError,
    TooHeavyError,
    asked_in_sizes,
    pages,
)
from ingest.github.boards import Boards
from ingest.github.queries import Offer
from ingest.github.repository import Repository
from ingest.source import Trouble

Page = dict[str, Any]
ITEMS = 100  # of a timeline in one answer


@dataclass(slots=True)
class Walk:
    """Reads issues; keeps what this server offers and which boards can be read."""

    asker: Asker
    offer: Offer
    boards: Boards
    troubles: list[Trouble] = field(default_factory=list)

    def identify(self, repository: Repository) -> None:
        """What the repository is called, and its labels. Raises ClientError.

        A label that was renamed is renamed in every event that ever named it, but no issue changes for it: all issues
        are read again.
        """
        variables, labels = repository.variables, dict[str, str]()

        def found(data: Any) -> Any:
            if data["repository"] is None:
                raise QueryRefusedError(f"{repository.name}: there is no such repository, or the token may not see it")
            repository.identify(data["repository"]["id"], data["repository"]["nameWithOwner"])
            return data["repository"]["labels"]

        for label in pages(self.asker, queries.FACTS, variables, found):
            labels[label["id"]] = label["name"]
        state, known = repository.state, repository.state.get("labels") or {}
        if any(labels.get(identity, name) != name for identity, name in known.items()):
            state["from"] = state["after"] = None
        state["labels"] = labels

    def changed_issues(self, repository: Repository) -> Iterator[Page | None]:
        """Pages of issues changed since the watermark. After each, the repository's state is where to go on."""
        state = repository.state
        while True:
            connection, page = self._next(repository)
            state["after"] = connection["pageInfo"]["endCursor"]
            yield page
            if not connection["pageInfo"]["hasNextPage"]:
                return

    def numbered(self, repository: Repository, numbers: list[int]) -> Iterator[Page]:
        """Single issues, whole. Those that are gone are passed over."""
        left = sorted(numbers)
        while left:
            try:
                page, size = asked_in_sizes(repository.state, partial(self._numbered, repository, left))
            except PartlyRefusedError as error:
                self._do_without(repository, error)
                continue
            except TooHeavyError:
                page, size = self._by_rest(repository, left[:1]), 1
            left = left[size:]
            if page:
                yield page

    def numbers(self, repository: Repository) -> list[int]:
        """The numbers of all issues there are. Raises ClientError."""
        found = pages(self.asker, queries.NUMBERS, repository.variables, lambda data: data["repository"]["issues"])
        return [node["number"] for node in found]

    def _next(self, repository: Repository) -> tuple[Any, Page | None]:
        """One page, as large as the server can bear; a single issue that it cannot bear comes through REST."""
        size = repository.state.get("size", LARGEST)
        try:
            return asked_in_sizes(repository.state, lambda size: self._issues(repository, size))
        except PartlyRefusedError as error:
            self._do_without(repository, error)
            return self._next(repository)
        except TooHeavyError:
            repository.state["size"] = max(1, size // 2)  # it was one issue, most likely
            return self._next_by_rest(repository)
        except QueryRefusedError as error:
            if "cursor" not in str(error).lower() or not repository.state.get("after"):
                raise
            repository.state["after"] = None  # the cursor is too old: from the watermark again
            return self._next(repository)

    def _issues(self, repository: Repository, size: int) -> tuple[Any, Page | None]:
        state = repository.state
        variables = {
            **repository.variables,
            "since": state.get("from"),
            "after": state.get("after"),
            "first": size,
            "items": ITEMS,
        }
        data = self.asker.query(queries.issues(self.offer), variables)
        connection = (data.get("repository") or {}).get("issues")
        if connection is None:
            raise QueryRefusedError(f"{repository.name}: there is no such repository, or the token may not see it")
        return connection, self._page(repository, [node for node in connection["nodes"] or [] if node])

    def _next_by_rest(self, repository: Repository) -> tuple[Any, Page | None]:
        state = repository.state
        variables = {**repository.variables, "since": state.get("from"), "after": state.get("after"), "first": 1}
        connection = self.asker.query(queries.NEXT, variables, is_smallest=True)["repository"]["issues"]
        return connection, self._by_rest(repository, [node["number"] for node in connection["nodes"]])

    def _by_rest(self, repository: Repository, numbers: list[int]) -> Page | None:
        issues = []
        for number in numbers:
            try:
                found = github_rest.issue(self.asker.client, repository.path, number)
            except RefusedError as error:
                if error.status not in (404, 410):
                    raise
                continue
            issues += [found] if found else []
        return {"type": "rest", "repository": repository.called, "issues": issues} if issues else None

    def _numbered(self, repository: Repository, numbers: list[int], size: int) -> tuple[Page | None, int]:
        variables = {**repository.variables, "items": ITEMS}
        text = queries.issues_by_number(self.offer, numbers[:size])
        data = self.asker.query(text, variables, may_miss=True)
        found = [node for node in (data["repository"] or {}).values() if node]
        return self._page(repository, found), size

    def _page(self, repository: Repository, nodes: list[Page]) -> Page | None:
        nodes = [node for node in nodes if self._complete(node, self.offer.issue_kinds)]
        if not nodes:
            return None
        page: Page = {"type": "graphql", "repository": repository.called, "issues": nodes}
        parts = self._board_parts([node["id"] for node in nodes])
        if parts is not None:
            page["boards"] = parts
        for node in nodes:
            repository.read(node["number"], node["updatedAt"])
        return page

    def _complete(self, node: Page, kinds: list[str]) -> bool:
        """Read on in a timeline that did not fit into one answer; whether it belongs to the issue as it was read.

        An issue that changed meanwhile stands at the end of the list by now, and is read again there or next time.
        """
        connection = node["timelineItems"]
        info, then = connection["pageInfo"], dict[str, Any]()
        if not info["hasNextPage"]:
            return True

        def find(data: Any) -> Any:
            then.clear()
            then.update(data["node"] or {})
            return then.pop("timelineItems", _NOTHING)

        variables = {"id": node["id"], "after": info["endCursor"], "items": ITEMS}
        connection["nodes"] += pages(self.asker, queries.timeline(self.offer, kinds), variables, find)
        connection["pageInfo"] = {"hasNextPage": False, "endCursor": None}
        return bool(then) and all(node.get(name, value) == value for name, value in then.items())

    def _board_parts(self, ids: list[str]) -> Page | None:
        """What the readable boards know of these issues, by their ids; None where no board can be read."""
        if not self.boards.readable:
            return None
        try:
            parts = self.boards.parts(self.asker, self.offer, ids)
        except (QueryRefusedError, PartlyRefusedError) as error:
            self.troubles.append(self.boards.shut(getattr(error, "words", str(error))))
            return None
        for part in parts.values():
            if "timelineItems" in part:
                self._complete(part, self.offer.board_kinds)
        return parts

    def _do_without(self, repository: Repository, error: PartlyRefusedError) -> None:
        """Leave out fields that the token may not read, and say so."""
        smaller = self.offer.without(error.fields)
        if smaller == self.offer:
            raise QueryRefusedError(f"{repository.name}: {error.words}", is_right_missing=True)
        self.offer = smaller
        named = ", ".join(sorted(error.fields))
        self.troubles.append(Trouble(repository.name, f"the token may not read {named}; they are left out"))


_NOTHING = {"nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}
