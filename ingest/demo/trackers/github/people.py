"""Those who act at the made-up GitHub, as its GraphQL shows them, and the question that is being worked out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from ingest.demo.trackers.github.connections import Place, connection
from ingest.demo.trackers.github.model import GHOST, Issue, Json

if TYPE_CHECKING:
    from ingest.demo.trackers.github import GitHub

T = TypeVar("T")
Node = dict[str, Any]


@dataclass
class Asked:
    """One question while it is worked out."""

    github: "GitHub"
    points: int
    view: Callable[["Asked", Issue], Node]  # how an issue is shown, wherever one is pointed to
    timelines: int = 0
    is_unbearable: bool = False

    def page(self, rows: Sequence[T], args: Json, view: Callable[[T], Any], place: Place[T], **order: bool) -> Node:
        """A page of rows, as `connections` has it."""
        return connection(self.github.page_size, rows, args, view, place, **order)

    def show(self, issue: Issue) -> Node:
        return self.view(self, issue)

    @cached_property
    def issues(self) -> dict[str, Issue]:
        """By node id."""
        repositories = self.github.repositories.values()
        held = (issue for repository in repositories for issue in repository.issues.values())
        return {issue.node_id: issue for issue in held if not issue.is_pull_request}


def person(user: Json | None) -> Node | None:
    """A deleted account is nobody here; a bot has a type instead of the [bot] in its login."""
    if not user or user["login"] == GHOST:
        return None
    is_bot = user["type"] == "Bot"
    return {
        "__typename": "Bot" if is_bot else "User",
        "id": user["node_id"],
        "login": user["login"].removesuffix("[bot]") if is_bot else user["login"],
        "name": user.get("_name"),
        "url": user["html_url"],
    }
