"""A search for a better plan: in a thread of its own, watched from the page, kept on the desk when it ends.

Whoever opens the same draft meanwhile sees the same search; a closed page does not end it.
"""

from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Semaphore, Thread
from typing import Literal

import streamlit as st

from desk import rotas
from desk.store import DeskError
from planning.consequences import LEVELS, in_words
from planning.published import plan_json, problem_json
from rotation.outcome import Cancellation, Limits, Progress
from rotation.problem import Mode, Problem
from rotation.solve import solve
from views import _plan_board
from views._parts import notice
from views._plan_board import Board

SECONDS = 30.0
QUICK = 0.5  # most searches have ended by then, and show their plan at once
LOOKS_EVERY = 0.5
AT_ONCE = Semaphore(2)  # pages go on being served beside them
_LABELS: dict[Mode, str] = {"minimal change": "Least change", "rebalance": "Rebalance"}


class Search:
    """The search for the plan of one draft."""

    def __init__(self, where: Path, draft: rotas.Draft, problem: Problem, mode: Mode, by: str) -> None:
        self.where, self.draft, self.problem, self.mode, self.by = where, draft, problem, mode, by
        self.cancellation = Cancellation()
        self.progress: Progress | None = None
        self.failure: str | None = None
        self._is_done = Event()
        Thread(target=self._run, name=f"rota-{draft.id}", daemon=True).start()

    def is_done(self, wait: float = 0.0) -> bool:
        return self._is_done.wait(wait)

    def _run(self) -> None:
        try:
            with AT_ONCE:
                self._search()
        except DeskError as error:
            self.failure = str(error)
        except Exception as error:
            self.failure = f"The search ended early, which is a fault of Watchbill: {error!r}"
        finally:
            self._is_done.set()

    def _search(self) -> None:
        outcome = solve(
            self.problem, mode=self.mode, limits=Limits(SECONDS), watcher=self._watch, cancellation=self.cancellation
        )
        rotas.change_draft(
            self.where, self.draft.id, self.draft.version, name=self.draft.name, problem=problem_json(self.problem),
            plan=plan_json(outcome.plan), by=self.by, now=datetime.now(UTC),
        )  # fmt: skip

    def _watch(self, progress: Progress) -> None:
        self.progress = progress


@st.cache_resource(show_spinner=False)
def _searches() -> dict[tuple[str, int], Search]:
    return {}


def running(board: Board) -> Search | None:
    """The search for the plan of this draft, if there is one."""
    return _searches().get((str(board.desk), board.draft.id)) if board.draft else None


def start(board: Board, mode: Mode) -> None:
    """From within a callback: search for the best plan of what is on the board; a draft is opened where none is."""
    if not board.may_change:
        return
    draft = board.draft or _plan_board.added(board, board.plan)
    if draft is None or (str(board.desk), draft.id) in _searches():
        return
    search = Search(board.desk, draft, board.problem, mode, _plan_board.who())
    _searches()[str(board.desk), draft.id] = search
    search.is_done(QUICK)


def buttons(board: Board) -> None:
    """The two ways to plan."""
    kind: Literal["primary", "secondary"] = "secondary" if board.draft else "primary"
    st.button(
        "Least change", key="least-change", type=kind, on_click=start, args=(board, "minimal change"),
        help="Fill empty weeks and mend what is not allowed, moving as few published shifts as can be",
    )  # fmt: skip
    st.button(
        "Rebalance", key="rebalance", on_click=start, args=(board, "rebalance"),
        help="The fairest plan; published shifts that are not frozen or locked may move",
    )  # fmt: skip


@st.fragment(run_every=LOOKS_EVERY)
def watch(board: Board) -> None:
    """How far the search is, and the button that ends it; the page is drawn anew when it has ended."""
    search = running(board)
    if search is None:
        return
    if search.is_done():
        _searches().pop((str(board.desk), search.draft.id), None)
        st.session_state[_plan_board.SAID] = search.failure or f"{_LABELS[search.mode]}: this is the plan found."
        st.rerun()
    notice(f"Searching ({_LABELS[search.mode].lower()}). {_so_far(search.progress)}")
    st.button("Stop and keep the best so far", key="stop", on_click=search.cancellation.cancel)


def _so_far(progress: Progress | None) -> str:
    if progress is None:
        return "A first plan is being drawn up."
    level = LEVELS[progress.level][1]
    return (
        f"The best so far costs {in_words(progress.costs)}; being worked on are {level}, of which no plan can have "
        f"fewer than {progress.bound}."
    )
