"""Issues as an archive of REST answers holds them, put into a made-up GitHub."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ingest.demo.trackers.github.model import Board, Issue, Item, Json, Repository, node_id

if TYPE_CHECKING:
    from ingest.demo.trackers.github import GitHub


def load(github: "GitHub", pages: Iterable[Mapping[str, Any]], renamed: Mapping[str, str]) -> None:
    """Later acts go on from there. `renamed`: labels that have another name since, old to new."""
    for page in pages:
        facts: Json = dict(page["issue"])
        owner, name = facts["repository_url"].rsplit("/", 2)[-2:]
        github.owner = owner
        repository = github.home(f"{owner}/{name}")
        facts["labels"] = [_known(repository, label) for label in facts["labels"]]
        facts.setdefault("type", None)
        issue = Issue(repository, facts)
        repository.issues[issue.number] = issue
        repository.last_number = max(repository.last_number, issue.number)
        for event in page["events"]:
            github.places += 1
            issue.timeline.append({**event, "_place": github.places} | _label(repository, event, renamed))
        _on_board(github, issue)
        github.numbers["event"] = max(github.numbers["event"], *(event.get("id") or 0 for event in page["events"]), 0)
        github.numbers["issue"] = max(github.numbers["issue"], facts["id"])


def _known(repository: Repository, told: Json) -> Json:
    """One label is one object, however many issues carry it."""
    known = next((label for label in repository.labels if label["id"] == told["id"]), None)
    if known is None:
        known = {**told, "node_id": node_id("LA", repository.identity, told["id"])}
        repository.labels.append(known)
    return known


def _label(repository: Repository, event: Mapping[str, Any], renamed: Mapping[str, str]) -> Json:
    name = (event.get("label") or {}).get("name")
    label = repository.label(renamed.get(name, name)) if name else None
    return {"_label": label} if label else {}


def _on_board(github: "GitHub", issue: Issue) -> None:
    """Where the moves have left it."""
    moves = [event for event in issue.timeline if event["event"].startswith(("added_to_project_v2", "project_v2_item"))]
    for event in moves:
        board = _board(github, issue, event)
        event["_board"] = board
        item = board.item(issue)
        if not item:
            identity = node_id("PVTI", issue.facts["id"])
            item = Item(issue, identity, event["created_at"], event["created_at"])
            board.items.append(item)
        if "status" in event:
            item.status, item.status_at, item.status_by = event["status"], event["created_at"], event["actor"]
        item.updated_at = event["created_at"]
        board.updated_at = max(board.updated_at, event["created_at"])


def _board(github: "GitHub", issue: Issue, event: Json) -> Board:
    title = event["project_v2"]["title"]
    board = next((board for board in github.boards if board.title == title), None)
    if board is None:
        board = Board(github.owner, len(github.boards) + 1, title, event["created_at"])
        github.boards.append(board)
    github.board_of.setdefault(issue.repository.full_name, board)
    return board
