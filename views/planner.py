"""Who does next month? What a plan is made from, the plan, and what it does; drafts, and publishing one."""

from datetime import UTC, datetime

import streamlit as st

from desk import rotas
from metrics.wording import counted
from rotation.problem import Problem
from views import _plan_board, _plan_cell, _plan_search
from views._desk import kept, refusal
from views._frame import View, framed
from views._parts import notice
from views._plan_board import Board
from views._plan_compare import compare
from views._plan_consequences import consequences
from views._plan_grid import grid
from views._plan_inputs import inputs
from views._plan_publish import export, publish, standing
from views._style import as_label, block, plain

TITLE = "Who does next month?"
PLANNED = ("team", "as_of")


def page() -> None:
    """The whole page, or the sentence that says what is missing."""
    framed(TITLE, _body, asks=PLANNED)


def _body(view: View) -> None:
    board = _plan_board.load(view)
    with st.container(key="plan-told"):
        _plan_board.told()
        refusal()
    if board is None:
        return
    search = _plan_search.running(board)
    if search:
        _plan_search.watch(board)
    told = _plan_board.judged(board)
    _head(board, view.zone)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        _drafts(board)
        if board.may_change and not search:
            _plan_search.buttons(board)
            publish(board, told)
        export(board)
    left, middle, right = st.columns([2.4, 5, 3.4], gap="medium")
    with middle:
        _state(board)
        grid(board)
        compare(board)
    with right:
        consequences(view, board, told)
    with left:
        if not board.may_change:
            notice("You may look at drafts here; planners of your team change and publish them.")
        elif search:
            notice("The search works on what stands here; it can be changed when it has ended.")
        else:
            inputs(view, board)
            _of_the_draft(board)
    if not search:
        _plan_cell.show(board)


def _head(board: Board, zone: str) -> None:
    shared = [team for team in board.rota.teams if team != board.rota.name]
    if shared:
        whose = f"The rota of {board.rota.name} also answers for {', '.join(shared)}."
        block(f"<p class='wb-dim'>{plain(whose)}</p>")
    standing(board, zone)


def _drafts(board: Board) -> None:
    """Which plan is on the table; the address names it."""
    found = rotas.drafts(board.desk, board.rota.name)
    numbers = [None, *(draft.id for draft in found)]
    names = ["What stands", *(_by(draft) for draft in found)]
    st.session_state["draft"] = numbers.index(board.draft.id) if board.draft else 0

    def chosen() -> None:
        number = numbers[st.session_state["draft"]]
        _plan_cell.forget()
        if number is None:
            st.query_params.pop("draft", None)
        else:
            st.query_params["draft"] = str(number)

    st.selectbox("Plan", range(len(numbers)), key="draft", on_change=chosen, width=260, format_func=names.__getitem__)


def _by(draft: rotas.Draft) -> str:
    return draft.name if draft.written_by == _plan_board.NOBODY else f"{draft.name} · {draft.written_by}"


def _state(board: Board) -> None:
    """What kind of plan this is, in a sentence."""
    st.subheader(f"{as_label(board.name)}: {_span(board.problem)}", anchor=False)
    if board.draft is None:
        said = "Not a draft: this is what is announced. Whatever you change becomes a draft of its own."
    elif board.plan.outcome == "optimal":
        said = "A draft, not published. Proven: no plan of these inputs is better."
    elif board.plan.outcome == "feasible":
        said = "A draft, not published. The best that was found in time; a better one is not ruled out."
    else:
        said = "A draft, not published, as it was changed by hand."
    block(f"<p class='wb-dim'>{plain(said)}</p>")


def _span(problem: Problem) -> str:
    return f"{counted(problem.weeks, 'week')} from {problem.first_day.day} {problem.first_day:%B}"


def _of_the_draft(board: Board) -> None:
    draft = board.draft
    if draft is None:
        return
    with st.expander("This draft"):
        st.session_state["draft-name"] = draft.name
        st.text_input("Name", key="draft-name", max_chars=80, on_change=_rename, args=(board,))
        st.button("Throw it away", key="drop", on_click=_drop, args=(board,))


def _rename(board: Board) -> None:
    _plan_board.save(board, board.plan, said="The draft has its new name.", name=st.session_state["draft-name"])


def _drop(board: Board) -> None:
    draft = board.draft
    assert draft is not None
    by, now = _plan_board.who(), datetime.now(UTC)
    kept(lambda: rotas.drop_draft(board.desk, draft.id, draft.version, by=by, now=now))
    st.query_params.pop("draft", None)
