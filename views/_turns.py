"""Pages are drawn one after another, not all at once.

Drawing is Python's work, which the interpreter does for one page at a time however many threads want it: ten pages that
take turns are all there in half the time of ten that interrupt each other. Whoever asks the store or the solver leaves
the turn to the next meanwhile. Turns save time and guard nothing: who has waited long enough draws without one.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from threading import Lock, local
from typing import ParamSpec, TypeVar

import streamlit as st

P = ParamSpec("P")
Answer = TypeVar("Answer")
PATIENCE = 2.0  # seconds


class Turns:
    """The turn to draw: had by one thread at most."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._turn = Lock()
        self._here = local()
        self._away = 0
        self._counting = Lock()

    @contextmanager
    def drawing(self) -> Iterator[None]:
        """Draw a page when it is this thread's turn."""
        self._here.depth = 0
        self._take()
        try:
            yield
        finally:
            self._pass_on()
            del self._here.depth

    @contextmanager
    def away(self) -> Iterator[None]:
        """Work that others need not wait for. The turn is wanted again where the `asking` around it ends."""
        self._pass_on()
        with self._counting:
            self._away += 1
        try:
            yield
        finally:
            with self._counting:
                self._away -= 1

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Around what may be worked out, or be waited for because another thread works it out: nobody waits for an
        answer with the turn in hand, and nobody waits for the turn while others wait for their answer."""
        if self._away:
            self._pass_on()
        depth = getattr(self._here, "depth", None)
        if depth is None:
            yield
            return
        self._here.depth = depth + 1
        try:
            yield
        finally:
            self._here.depth = depth
            if not depth and not self._here.has_turn:
                self._take()

    def _take(self) -> None:
        self._here.has_turn = self._turn.acquire(timeout=self._patience)

    def _pass_on(self) -> None:
        if getattr(self._here, "has_turn", False):
            self._here.has_turn = False
            self._turn.release()


TURNS = Turns()


def worked_out_once(kept: int, says: str | bool = False) -> Callable[[Callable[P, Answer]], Callable[P, Answer]]:
    """A function whose last `kept` answers are kept for everybody, by those of its arguments whose names do not begin
    with an underscore, and shared: nobody changes them. `says` is what a visitor reads who waits for one."""

    def decorated(work_out: Callable[P, Answer]) -> Callable[P, Answer]:
        @st.cache_resource(max_entries=kept, show_spinner=says)
        @wraps(work_out)
        def once(*told: P.args, **named: P.kwargs) -> Answer:
            with TURNS.away():
                return work_out(*told, **named)

        @wraps(work_out)
        def given(*told: P.args, **named: P.kwargs) -> Answer:
            with TURNS.asking():
                return once(*told, **named)

        return given

    return decorated
