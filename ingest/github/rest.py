"""GitHub's REST API: lists page by page, and issues with their timelines.

Lists are followed by their `Link` headers, whose addresses look different from the one asked for. Where the links go
by page numbers, an issue that changes meanwhile leaves its page and moves all others: so the next page is asked for
anew, from the last instant seen. GitHub refuses page numbers that are too high (422); the answer is the same.
"""

from collections.abc import Iterator
from typing import Any

from ingest.client import Client, RefusedError
from ingest.github.repository import Repository, written

Rows = list[dict[str, Any]]
TRIES = 5
STATE = ("updated_at", "title", "state", "state_reason", "labels", "assignees", "type")


def listed(client: Client, path: str, params: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Everything in a list. Raises ClientError."""
    answer = client.get(path, {**params, "per_page": 100})
    yield from answer.json()
    while link := answer.link("next"):
        answer = client.get(link)
        yield from answer.json()


def issue(client: Client, repository: str, number: int, row: dict[str, Any] | None = None) -> dict[str, Any] | None:
    """One issue with its timeline. `row`: the issue as a list told it just now.

    Two answers: where something happened in between, the timeline would not end at the issue. So the issue is looked
    at again where its timeline goes on until now; None if it will not hold still. Raises ClientError.
    """
    path = f"repos/{repository}/issues/{number}"
    row = row or client.get(path).json()
    for _ in range(TRIES):
        events = list(listed(client, f"{path}/timeline", {}))
        if not _is_fresh(client, events):
            return {"issue": row, "events": events}
        again = client.get(path).json()
        if all(row.get(name) == again.get(name) for name in STATE):
            return {"issue": row, "events": events}
        row = again
    return None


def _is_fresh(client: Client, events: Rows) -> bool:
    """Whether something happened since this run began; instants sort as text."""
    began_at = written(client.began_at) if client.began_at else ""
    return any((event.get("created_at") or "") >= began_at for event in events)


def identify(repository: Repository) -> None:
    """Raises ClientError."""
    told = repository.asker.client.get(f"repos/{repository.name}").json()
    repository.identify(told["node_id"], told["full_name"])


def changed_issues(repository: Repository) -> Iterator[Rows]:
    """Issues changed since the watermark, with their timelines, the longest unchanged first; a page at a time.

    After each page the repository's state is where to go on. Raises ClientError.
    """
    state = repository.state
    while True:
        rows, link = _page(repository)
        told = [
            row for row in rows if "pull_request" not in row and repository.is_news(row["number"], row["updated_at"])
        ]
        found = [_with_timeline(repository, row) for row in told]
        _go_on(state, rows, link)
        yield [one for one in found if one]
        if not link:
            return


def _page(repository: Repository) -> tuple[Rows, str | None]:
    """One page of the list of issues, and where the next one is."""
    state, client = repository.state, repository.asker.client
    try:
        if state.get("next"):
            answer = client.get(state["next"])
        else:
            params = {"state": "all", "sort": "updated", "direction": "asc", "per_page": 100}
            since = state.get("anchor") or state.get("from")
            path = f"repos/{repository.path}/issues"
            answer = client.get(path, {**params, "since": since} if since else params)
    except RefusedError as error:
        if error.status != 422 or not state.get("next") or state.get("stuck") == state.get("anchor"):
            raise
        state["next"], state["stuck"] = None, state.get("anchor")
        return _page(repository)
    return answer.json(), answer.link("next")


def _go_on(state: dict[str, Any], rows: Rows, link: str | None) -> None:
    """A link with a cursor is safe. By page numbers only where a whole page has one instant."""
    is_one_instant = bool(rows) and rows[0]["updated_at"] == rows[-1]["updated_at"]
    state["anchor"] = rows[-1]["updated_at"] if rows else state.get("anchor")
    state["next"] = link if link and ("after=" in link or is_one_instant or not rows) else None


def _with_timeline(repository: Repository, row: dict[str, Any]) -> dict[str, Any] | None:
    """None for an issue that left while the list was read, or did not hold still."""
    try:
        found = issue(repository.asker.client, repository.path, row["number"], row)
    except RefusedError as error:
        if error.status in (404, 410):
            return None
        raise
    if found:
        repository.read(row["number"], found["issue"]["updated_at"])
    return found


def edited_comments(repository: Repository, since: str) -> set[int]:
    """The issues of which a comment was edited since, and which have not been read since. Raises ClientError.

    In the order of creation: a comment that is edited meanwhile then keeps its place.
    """
    path, found = f"repos/{repository.path}/issues/comments", set()
    params = {"since": since, "sort": "created", "direction": "asc"}
    for comment in listed(repository.asker.client, path, params):
        number = int(comment["issue_url"].rsplit("/", 1)[1])
        is_edited = comment["updated_at"] != comment["created_at"] and "/pull/" not in comment["html_url"]
        if is_edited and repository.is_news(number, comment["updated_at"]):
            found.add(number)
    return found


def numbers(repository: Repository) -> list[int]:
    """The numbers of all issues. Raises ClientError."""
    params = {"state": "all", "sort": "created", "direction": "asc"}
    rows = listed(repository.asker.client, f"repos/{repository.path}/issues", params)
    return [row["number"] for row in rows if "pull_request" not in row]
