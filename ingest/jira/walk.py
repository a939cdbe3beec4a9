"""Reading a list that changes while it is read, page by page, without missing anything.

Page tokens and offsets count rows, and rows move: whoever counts past a row that just left reads one too few. So each
page is the first page of a question that begins where the page before ended, and tokens are followed only where one
instant fills more than a page. Such a stretch is read again until nothing new turns up in it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ingest.client import ClientError

Json = Mapping[str, Any]
_LONGEST = 10_000  # pages that one question may have


@dataclass(frozen=True, slots=True)
class Found:
    """One page, and the token or offset of the next, if there is one."""

    issues: list[Json]
    following: str | None


def guarded(page: Callable[[str | None], Found], place: str) -> Iterator[Found]:
    """Every page of one question. Raises ClientError where the server leads in a circle."""
    token, used = None, set[str]()
    while True:
        found = page(token)
        yield found
        token = found.following
        if token is None:
            return
        if token in used or len(used) > _LONGEST:
            raise ClientError(f"{place}: Jira gives the same next page again and again; nothing after it was read")
        used.add(token)


def walk(
    page: Callable[[int, str | None], Found],
    version: Callable[[Json], Any],
    last_mark: Callable[[list[Json]], int | None],
    mark: int,
    place: str,
) -> Iterator[tuple[list[Json], int]]:
    """Issues from `mark` (milliseconds) on that were not seen in this version before, and the mark reached so far.

    `page` asks for the issues from a mark on, in ascending order; `last_mark` tells the mark of a page's last row.
    """
    seen: dict[str, Any] = {}
    while True:
        stretch = _Stretch(mark, seen, version)
        for found in guarded(lambda token, since=mark: page(since, token), place):  # type: ignore[misc]
            fresh = stretch.take(found)
            if found.following and found.issues:
                stretch.look_at(last_mark(found.issues))
            yield fresh, (stretch.reached or mark) if stretch.pages == 1 else mark
            if stretch.reached:
                break
        if stretch.is_unsure:
            continue
        if stretch.reached is None:
            return
        mark, seen = stretch.reached, stretch.rows


class _Stretch:
    """The pages of one question, until they get past its mark."""

    def __init__(self, mark: int, seen: dict[str, Any], version: Callable[[Json], Any]) -> None:
        self.mark, self.seen, self.version = mark, seen, version
        self.rows: dict[str, Any] = {}
        self.pages = 0
        self.is_unsure = False  # a page after the first held something new: there may be more behind it
        self.reached: int | None = None

    def take(self, found: Found) -> list[Json]:
        told = {issue["id"]: self.version(issue) for issue in found.issues}
        fresh = [issue for issue in found.issues if self.seen.get(issue["id"], _NEVER) != told[issue["id"]]]
        self.is_unsure |= bool(fresh) and self.pages > 0
        self.pages += 1
        self.rows |= told
        self.seen |= told
        return fresh

    def look_at(self, last: int | None) -> None:
        """Whether a page with this last mark is past the question's own."""
        self.reached = last if last is not None and last > self.mark else None


_NEVER = object()
