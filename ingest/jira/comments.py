"""The comments of an issue: a search tells the first few, and how many there are."""

from collections.abc import Mapping
from typing import Any

from ingest.client import Client, RefusedError

_ROWS = 100
_READINGS = 10


def with_comments(client: Client, root: str, issue: dict[str, Any]) -> bool:
    """Move the comments from the issue's fields to its own key, every one of them. False if the issue is gone."""
    told: Mapping[str, Any] = issue["fields"].get("comment") or {}
    issue["fields"] = {name: value for name, value in issue["fields"].items() if name != "comment"}
    issue["comments"] = list(told.get("comments") or [])
    if len(issue["comments"]) >= int(told.get("total") or 0):
        return True
    try:
        issue["comments"] = _all(client, f"{root}/issue/{issue['id']}/comment")
    except RefusedError as error:
        if error.status != 404:
            raise
        return False
    return True


def _all(client: Client, path: str) -> list[Any]:
    """Every comment. Pages are counted off by rows, so a comment deleted in between makes it begin again."""
    found: list[Any] = []
    totals: set[int] = set()
    for _ in range(_READINGS):
        found, totals = [], set()
        while True:
            params = {"startAt": len(found), "maxResults": _ROWS, "orderBy": "created"}
            page = client.get(path, params=params).json()
            found += page["comments"]
            totals.add(int(page["total"]))
            if not page["comments"] or len(found) >= int(page["total"]):
                break
        if len(totals) == 1:
            break
    return found
