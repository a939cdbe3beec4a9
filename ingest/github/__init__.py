"""GitHub: issues of repositories and their boards, over GraphQL or REST, into records.

Pages are `{"type": "issue", "issue": GET /issues/N, "events": GET /issues/N/timeline}` (an archive of REST answers),
`rest` (many of those), `graphql` (issues as GraphQL gives them, with what boards know of them) and `census` (which
issues a repository has). `issue.py` says how an issue is understood, `walk.py` how it is found.
"""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from ingest.client import Client, ClientError, OutOfPatienceError, RefusedError, UnavailableError, Wire
from ingest.github import queries
from ingest.github import rest as github_rest
from ingest.github.ask import Asker, PartlyRefusedError, TooHeavyError, addresses, told_to_wait
from ingest.github.boards import Boards
from ingest.github.census import count
from ingest.github.changes import NAME, is_known
from ingest.github.doctor import examine
from ingest.github.pages import is_pull_request, parse
from ingest.github.repository import Repository
from ingest.github.walk import Walk
from ingest.source import Fetched, Trouble

__all__ = ["NAME", "connect", "examine", "fetch", "is_known", "is_pull_request", "parse"]

Json = Mapping[str, Any]


def connect(site: Any, secret: str | None, wire: Wire | None = None) -> Client:
    """A client for this GitHub. Raises ClientError where the token is missing."""
    if not secret:
        raise ClientError(f"{site.name}: no token; put one into the environment as {site.variable}")
    headers = {
        "Authorization": f"Bearer {secret}",
        "Accept": "application/vnd.github+json",
        "X-Github-Next-Global-ID": "1",
    }
    rest, _ = addresses(site.url)
    return Client(rest, headers=headers, secrets=[secret], told_to_wait=told_to_wait, wire=wire)


def fetch(client: Client, site: Any, since: Json) -> Iterator[Fetched | Trouble]:
    """Everything that changed since `since`. Raises ClientError.

    A repository or board that cannot be read is a Trouble; the others go on. Each run costs a probe, three requests
    a repository (facts, changed issues, edited comments) and two a board, and more only where something changed.
    """
    run = _Run(client, site, copy.deepcopy(dict(since)))
    yield from run.everything()


class _Run:
    def __init__(self, client: Client, site: Any, state: dict[str, Any]) -> None:
        self.site, self.state = site, state
        self.asker = Asker(client, addresses(site.url)[1])
        self.troubles = 0
        self.repositories: list[Repository] = []  # those that could be read

    def everything(self) -> Iterator[Fetched | Trouble]:
        walk: Walk | None = None
        if self.site.api == "graphql":
            offer = queries.offer(self.asker.query(queries.PROBE, {}, is_smallest=True))
            boards = Boards(self.site.boards, self.state.setdefault("boards", {}))
            yield from self._told(boards.find(self.asker, offer))
            walk = Walk(self.asker, offer, boards)
        elif self.site.boards:
            yield self._trouble("boards", 'boards are read with api = "graphql" only')
        for name in self.site.repositories:
            yield from self._repository(name, walk)
        if walk:
            yield from self._boards(walk)
        yield Fetched(self._since(), until=None if self.troubles else self.asker.client.began_at)

    def _repository(self, name: str, walk: Walk | None) -> Iterator[Fetched | Trouble]:
        state = self.state.setdefault("repositories", {}).setdefault(name, {})
        repository = Repository(name, self.asker, state, path=name)
        try:
            yield from self._news(repository, walk)
            self.repositories.append(repository)
        except ClientError as error:
            if _concerns_everything(error):
                raise
            yield self._trouble(name, str(error))
        except (TooHeavyError, PartlyRefusedError) as error:
            yield self._trouble(name, error.words)
        yield from self._told(_taken(walk))

    def _news(self, repository: Repository, walk: Walk | None) -> Iterator[Fetched]:
        state = repository.state
        (walk or github_rest).identify(repository)
        state.setdefault("comments", repository.watermark)  # a first load may take several runs
        if walk:
            for page in walk.changed_issues(repository):
                yield self._fetched(page, repository)
        else:
            for issues in github_rest.changed_issues(repository):
                yield self._fetched(_rest_page(repository, issues), repository)
        state.update({"from": repository.watermark, "after": None, "next": None, "anchor": None, "stuck": None})
        yield from self._edited(repository, walk)
        if repository.needs_census():
            numbers = walk.numbers(repository) if walk else github_rest.numbers(repository)
            yield self._fetched(count(repository, numbers), repository)

    def _edited(self, repository: Repository, walk: Walk | None) -> Iterator[Fetched]:
        """Issues whose comments were edited: GitHub promises no change of the issue for that."""
        state = repository.state
        edited = sorted(github_rest.edited_comments(repository, state["comments"]))
        if walk and edited:
            for page in walk.numbered(repository, edited):
                yield self._fetched(page, repository)
        elif edited:
            found = (github_rest.issue(self.asker.client, repository.path, number) for number in edited)
            yield self._fetched(_rest_page(repository, [one for one in found if one]), repository)
        state["comments"] = repository.watermark

    def _boards(self, walk: Walk) -> Iterator[Fetched | Trouble]:
        """Issues that moved on a board since the last run."""
        began_at = self.asker.began_at
        by_name = {repository.path.casefold(): repository for repository in self.repositories}
        moved: dict[str, set[int]] = {}
        try:
            for _, item in walk.boards.moved(self.asker, walk.offer, began_at):
                content = item.get("content") or {}
                name = (content.get("repository") or {}).get("nameWithOwner", "").casefold()
                if name in by_name:
                    moved.setdefault(name, set()).add(content["number"])
            for name, numbers in sorted(moved.items()):
                for page in walk.numbered(by_name[name], sorted(numbers)):
                    yield self._fetched(page, by_name[name])
        except (ClientError, PartlyRefusedError) as error:
            if _concerns_everything(error):
                raise
            yield walk.boards.shut(str(error))
            self.troubles += 1
        yield from self._told(_taken(walk))
        if len(self.repositories) == len(self.site.repositories):
            for board in walk.boards.readable:
                walk.boards.done(board, began_at)

    def _fetched(self, page: dict[str, Any] | None, repository: Repository) -> Fetched:
        return Fetched(self._since(), page, _place(page, repository))

    def _since(self) -> dict[str, Any]:
        return copy.deepcopy(self.state)

    def _told(self, troubles: Iterator[Trouble]) -> Iterator[Trouble]:
        for trouble in troubles:
            self.troubles += 1
            yield trouble

    def _trouble(self, place: str, reason: str) -> Trouble:
        self.troubles += 1
        return Trouble(place, reason)


def _concerns_everything(error: Exception) -> bool:
    """A wrong token, a server that is down, and a limit that is used up concern more than a repository."""
    if isinstance(error, RefusedError):
        return error.status == 401
    if isinstance(error, UnavailableError):
        return error.status not in (502, 504)
    return isinstance(error, OutOfPatienceError)


def _taken(walk: Walk | None) -> Iterator[Trouble]:
    while walk and walk.troubles:
        yield walk.troubles.pop(0)


def _rest_page(repository: Repository, issues: list[dict[str, Any]]) -> dict[str, Any] | None:
    return {"type": "rest", "repository": repository.called, "issues": issues} if issues else None


def _place(page: dict[str, Any] | None, repository: Repository) -> str:
    if not page:
        return repository.name
    if page["type"] == "census":
        return f"{repository.name}, count of all issues"
    numbers = [issue.get("number") or issue["issue"]["number"] for issue in page["issues"]]
    return f"{repository.name}, {len(numbers)} issues from #{numbers[0]}" if numbers else repository.name
