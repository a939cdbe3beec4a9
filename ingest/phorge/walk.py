"""Tasks in the order of their numbers, from wherever an earlier reader stopped.

Only that order loses nothing while tasks change under the reader: the server takes the cursor's *current* place in
the order, and a number never changes. Two things get in the way:

- The task that the cursor names is destroyed or hidden. A place keeps several numbers; the next smaller one serves.
- The server overheats: it looks at ten pages of tasks without finding one page that this account may see. Then the
  time of the last change cuts the question into smaller ones, oldest first and the last without an end. A task only
  ever moves to later times, so none slips through.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from ingest.client import Client, ClientError
from ingest.phorge.conduit import LIMIT, LostCursorError, OverheatedError, call

Place = dict[str, Any]  # start and end: seconds since 1970, inclusive, null is open; after: task numbers, last first
DAWN = 1_000_000_000  # no Phorge task is older; numbers below 30,000,000 would be read as a calendar date
KEPT = (-1, -2, -5, -20, -LIMIT)  # which rows of a page are kept to go on after
ATTACHMENTS = {"projects": True, "columns": True}


def beginning(start: int | None = None) -> Place:
    """Everything that changed at `start` or later; None: everything."""
    return {"start": start, "end": None, "after": []}


def walk(client: Client, place: Place, *, is_whole: bool) -> Iterator[tuple[list[dict[str, Any]], Place | None]]:
    """Pages of tasks, each with the place after it; None: that was all. Raises ClientError.

    `is_whole`: with the projects and columns of each task, or just to see which tasks there are.
    """
    left: Place | None = place
    while left is not None:
        tasks, left = _page(client, left, ATTACHMENTS if is_whole else {})
        yield tasks, left


def _page(client: Client, place: Place, attachments: dict[str, bool]) -> tuple[list[dict[str, Any]], Place | None]:
    while True:
        constraints = {"modifiedStart": place["start"], "modifiedEnd": place["end"]}
        after = place["after"][0] if place["after"] else None
        try:
            found = call(
                client, "maniphest.search", order="oldest", limit=LIMIT, after=after,
                constraints=constraints, attachments=attachments,
            )  # fmt: skip
        except LostCursorError:
            place = {**place, "after": place["after"][1:]}
        except OverheatedError as error:
            place = _narrowed(client, place, error)
        else:
            return found["data"], _next(client, place, found)


def _next(client: Client, place: Place, found: dict[str, Any]) -> Place | None:
    if found["cursor"]["after"]:
        ids = [task["id"] for task in found["data"]]
        kept = [ids[n] for n in KEPT if -n <= len(ids)]
        earlier = [number for number in place["after"] if number < min(kept)]
        return {**place, "after": [*kept, *earlier][: 2 * len(KEPT)]}
    if place["end"] is None:
        return None
    width = place["end"] - (place["start"] or DAWN) + 1
    start, end = place["end"] + 1, place["end"] + 2 * width
    return {"start": start, "end": end if end < _now(client) else None, "after": []}


def _narrowed(client: Client, place: Place, error: OverheatedError) -> Place:
    start, end = place["start"] or DAWN, place["end"] or _now(client)
    if end <= start:
        raise ClientError(
            f"{error}; a thousand tasks that this account may not see were changed in one second: let it see more"
        ) from error
    return {**place, "end": (start + end) // 2}


def _now(client: Client) -> int:
    return int((client.began_at or datetime.fromtimestamp(DAWN, UTC)).timestamp())
