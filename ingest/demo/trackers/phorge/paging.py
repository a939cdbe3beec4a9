"""Conduit's paging: the cursor is the number of a row, and the server goes on from where that row stands *now*."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from ingest.demo.trackers.phorge.refusal import Refusal

Json = dict[str, Any]


class Numbered(Protocol):
    id: int


R = TypeVar("R", bound=Numbered)
RESTRICTED = "[You Shall Not Pass: Restricted Object] (Can View) You do not have permission to view this object."


def paged(
    rows: Sequence[R],
    asked: Json,
    *,
    query: str,
    key: Callable[[R], Any],
    wanted: Callable[[R], bool] = lambda _: True,
    is_visible: Callable[[R], bool] = lambda _: True,
    most: int | None = 100,
) -> tuple[list[R], Json]:
    """One page of the rows that are wanted and visible, in the order of `key`, and the cursor.

    `most`: a larger limit is refused; None: it is cut to 1000, as transaction.search does.
    """
    limit = _limit(asked, most)
    after, before = asked.get("after") or None, asked.get("before") or None
    ordered = sorted((row for row in rows if wanted(row)), key=key)
    if after or before:
        here = key(_cursor(rows, str(after or before), query, is_visible))
        ordered = [row for row in ordered if (key(row) > here if after else key(row) < here)]
        if before:
            ordered.reverse()
    found = _visible(ordered, limit, query, is_visible)
    has_more, found = len(found) > limit, found[:limit]
    if before:
        found.reverse()
    last, first = (str(found[-1].id), str(found[0].id)) if found else (None, None)
    cursor: Json = {
        "limit": asked.get("limit", 100),
        "after": last if (has_more or before) and found else None,
        "before": first if (has_more and before) or (after and found) else None,
    }
    return found, cursor


def _limit(asked: Json, most: int | None) -> int:
    limit = int(asked.get("limit") or 100)
    if most is not None and limit > most:
        raise Refusal(
            "ERR-INVALID-PAGE-SIZE",
            f"Maximum page size for Conduit API method calls is {most}, but this call specified {limit}.",
        )
    return min(limit, 1_000)


def _cursor(rows: Sequence[R], name: str, query: str, is_visible: Callable[[R], bool]) -> R:
    found = next((row for row in rows if str(row.id) == name), None)
    if found is None:
        raise Refusal("ERR-CONDUIT-CORE", f'Cursor "{name}" does not identify a valid object in query "{query}".')
    if not is_visible(found):
        raise Refusal("ERR-CONDUIT-CORE", RESTRICTED)
    return found


def _visible(ordered: list[R], limit: int, query: str, is_visible: Callable[[R], bool]) -> list[R]:
    """One more than asked for, if there is; after ten times as many in vain the server gives up."""
    found: list[R] = []
    for examined, row in enumerate(ordered, start=1):
        if is_visible(row):
            found.append(row)
        if len(found) > limit:
            break
        if examined >= 10 * (limit + 1):
            raise Refusal(
                "ERR-CONDUIT-CORE",
                f'Query (of class "{query}") overheated: examined more than {10 * (limit + 1):,} raw rows without'
                f" finding {limit + 1} visible objects.",
            )
    return found


def envelope(data: list[Json], cursor: Json, asked: Json) -> Json:
    """What a *.search answers."""
    return {"data": data, "maps": {}, "query": {"queryKey": asked.get("queryKey")},
            "cursor": {**cursor, "order": asked.get("order")}}  # fmt: skip


def listed(constraints: Json, name: str) -> list[str] | None:
    """A constraint that is a list; None: it is not there."""
    value = constraints.get(name)
    if value is None:
        return None
    if not isinstance(value, list):
        raise Refusal("ERR-CONDUIT-CORE", f'Error while reading "{name}": Expected a list, but value is not a list.')
    return [str(each) for each in value]
