"""Lists in pages, as the made-up GitHub's GraphQL gives them: a cursor names a place in the order."""

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from graphql import GraphQLError

from ingest.demo.trackers.github.model import Json

T = TypeVar("T")
Place = Callable[[T], list[Any]]  # where a row stands in the order


def connection(
    page_size: int,
    rows: Sequence[T],
    args: Json,
    view: Callable[[T], Any],
    place: Place[T],
    *,
    is_backwards: bool = False,
    keep: bool = False,
) -> Json:
    """A page of rows. A cursor names a place in the order, so that it stays good when rows come and go; `keep`: the
    rows have an order of their own, and the cursor names the last one."""
    first = args.get("first")
    if first is None:
        raise GraphQLError("You must provide a `first` or `last` value to properly paginate.",
                           extensions={"type": "MISSING_PAGINATION_BOUNDARIES"})  # fmt: skip
    if first > 100:
        raise GraphQLError(f"Requesting {first} records exceeds the `first` limit of 100 records.",
                           extensions={"type": "EXCESSIVE_PAGINATION"})  # fmt: skip
    ordered = list(rows) if keep else sorted(rows, key=place, reverse=is_backwards)
    left = _after(ordered, args.get("after"), place, is_backwards=is_backwards, keep=keep)
    shown = left[: min(first, page_size)]
    end = base64.b64encode(b"cursor:v2:" + json.dumps(place(shown[-1])).encode()).decode() if shown else None
    return {
        "nodes": [view(row) for row in shown],
        "totalCount": len(rows),
        "pageInfo": {
            "hasNextPage": len(left) > len(shown),
            "endCursor": end,
            "hasPreviousPage": bool(args.get("after")),
            "startCursor": None,
        },
    }


def _after(ordered: list[T], cursor: str | None, place: Place[T], *, is_backwards: bool, keep: bool) -> list[T]:
    if not cursor:
        return ordered
    try:
        mark = json.loads(base64.b64decode(cursor).removeprefix(b"cursor:v2:"))
    except ValueError:
        raise GraphQLError(f"`{cursor}` does not appear to be a valid cursor.") from None
    if keep:
        places = [place(row) for row in ordered]
        return ordered[places.index(mark) + 1 :] if mark in places else []
    return [row for row in ordered if (place(row) < mark if is_backwards else place(row) > mark)]
