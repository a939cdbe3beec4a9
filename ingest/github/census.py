"""Which issues a repository still has: deletions and transfers show in no list of changes.

A number that was there and is missing is asked for by itself: GitHub redirects from an issue that was transferred, and
says of a deleted one that it is gone. Only what it says so is told; a number it keeps silent about is just missing.
"""

from typing import Any

from ingest.client import Client, ClientError
from ingest.github.repository import Repository, packed, unpacked, written

MOVED = (301, 302, 307, 308)
DELETED = 410


def count(repository: Repository, numbers: list[int]) -> dict[str, Any]:
    """A page that says which issues there are, and what became of those that are missing. Raises ClientError."""
    state = repository.state
    present, known = set(numbers), unpacked(state["numbers"]) if state.get("numbers") else set[int]()
    if known and not present:
        raise ClientError(f"{repository.name} shows no issues any more; is its issue list switched off?")
    missing: dict[str, list[int]] = {"moved": [], "deleted": []}
    for number in sorted(known - present):
        fate = _fate(repository.asker.client, repository.path, number)
        if fate == "there":
            present.add(number)
        elif fate:
            missing[fate].append(number)
    state["numbers"], state["census_at"] = packed(present), written(repository.began_at)
    return {
        "type": "census",
        "repository": repository.called,
        "numbers": sorted(present),
        "taken_at": written(repository.began_at),
        **missing,
    }


def _fate(client: Client, repository: str, number: int) -> str:
    """moved, deleted or there; nothing where GitHub does not say."""
    accepted = (*MOVED, 404, DELETED)
    answer = client.get(f"repos/{repository}/issues/{number}", accept=accepted, allow_redirects=False)
    if answer.status in MOVED:
        return "moved"
    if answer.status == DELETED:
        return "" if "disabled" in answer.text else "deleted"
    return "there" if answer.status == 200 and "pull_request" not in answer.json() else ""
