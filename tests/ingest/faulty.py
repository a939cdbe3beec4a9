"""A bad day on the wire: a tracker that is too busy, broken, cut off, slow, or read by a program that gets killed."""

from collections.abc import Callable, Iterator
from datetime import datetime

import requests
from hypothesis import strategies as st

from ingest.demo.trackers import Tracker
from ingest.demo.trackers.wire import Request, Response

FAULTS = ("429", "500", "502 html", "cut off", "no answer", "asked twice", "killed")


class Killed(BaseException):
    """The reading program ended here, without a word."""


def faults(*, most: int = 60) -> st.SearchStrategy[list[str]]:
    """What happens at each request, in order; `fine` and, after the end of the list, nothing."""
    return st.lists(st.sampled_from(("fine", "fine", "fine", *FAULTS)), max_size=most)


class Faulty:
    """A tracker behind such a wire. `meanwhile` is called before every request: the world does not wait."""

    def __init__(self, tracker: Tracker, todo: list[str], meanwhile: Callable[[], object] = lambda: None) -> None:
        self._tracker, self._todo, self._meanwhile = tracker, iter(todo), meanwhile

    @property
    def now(self) -> datetime:
        return self._tracker.now

    def answer(self, request: Request) -> Response:
        self._meanwhile()
        match next(self._todo, "fine"):
            case "429":
                return Response(429, b"slow down", {"Retry-After": "2", "Content-Type": "text/plain"})
            case "500":
                return Response(500, b"", {"Content-Type": "application/json"})
            case "502 html":
                return Response(502, b"<html><body>Bad gateway</body></html>", {"Content-Type": "text/html"})
            case "cut off":
                whole = self._tracker.answer(request)
                return Response(whole.status, whole.body[: len(whole.body) // 2], whole.headers)
            case "no answer":
                raise requests.exceptions.ReadTimeout
            case "killed":
                raise Killed
            case "asked twice":
                self._tracker.answer(request)
        return self._tracker.answer(request)


def while_it_lasts(steps: Iterator[object]) -> Callable[[], object]:
    """Takes one step of a world at each call, until there are none left."""
    return lambda: next(steps, None)
