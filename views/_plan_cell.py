"""One seat of the plan: why this person, who else and at what cost, lock, swap, volunteer, and "why not?"."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from planning import by_hand
from planning.consequences import shift_name, spoken
from rotation.explain import Explainer, Instead, Reason, in_words
from rotation.outcome import Limits
from rotation.plan import Plan
from rotation.rules import NeverThreeWeeks
from rotation.suggestions import Exchange, Suggestion
from views._parts import notice
from views._plan_board import Board, changing, judged
from views._style import as_label, block, plain
from views._turns import worked_out_once

FIRST = 5  # choices with a button of their own
PATIENCE = Limits(seconds=5.0)


@dataclass(frozen=True, slots=True)
class Choice:
    """A way to change a seat, in words."""

    suggestion: Suggestion
    told: str


def forget() -> None:
    for name in ("cell", "who"):
        st.query_params.pop(name, None)


def show(board: Board) -> None:
    """The seat that the address names, if any."""
    shift = st.query_params.get("cell")
    if shift is None:
        return
    if shift not in board.problem.shift_by_id:
        notice(f"This plan has no shift “{shift}”; choose one in the plan.", is_warning=True)
        forget()
        return
    _dialog(board, shift, st.query_params.get("who") or None)


@st.dialog("One seat", width="large", on_dismiss=forget)
def _dialog(board: Board, shift: str, person: str | None) -> None:
    if person not in board.plan.holders.get(shift, ()):
        person = None
    explainer = _explainer(board.key, shift, board)
    block(f"<p class='wb-name'>{plain(shift_name(board.problem, shift))}: {plain(person or 'vacant')}</p>")
    if person:
        _why(board, explainer, shift, person)
    _choices(board, explainer, shift, person)
    if person:
        _barred(board, explainer, shift, person)
    _why_not(board, explainer, shift, person)


@worked_out_once(64)
def _explainer(key: str, shift: str, _board: Board) -> Explainer:  # noqa: ARG001 - what it is kept under
    return by_hand.explainer(_board.plan, shift)


def _pressed(board: Board, label: str, **told: Any) -> bool:
    """A button of those who may change the plan, and whether it was pressed."""
    return board.may_change and st.button(label, **told)


def _why(board: Board, explainer: Explainer, shift: str, person: str) -> None:
    is_locked = by_hand.is_locked(board.problem, shift, person)
    reason = _reason(board.key, shift, person, explainer)
    why = f"{person} is locked there. " if is_locked else ""
    notice(why + spoken(board.problem, reason.sentence))
    if is_locked:
        if _pressed(board, "Unlock", key="unlock", icon=":material/lock_open:"):
            _do(board, lambda: by_hand.unlocked(board.plan, shift, person), f"{person} is unlocked.")
    elif _pressed(board, f"Lock {as_label(person)} here", key="lock", icon=":material/lock:"):
        _do(board, lambda: by_hand.locked(board.plan, shift, person), f"{person} is locked there.")


@worked_out_once(64, "Why this person …")
def _reason(key: str, shift: str, person: str, _explainer: Explainer) -> Reason:  # noqa: ARG001 - what it is kept under
    return _explainer.why(shift, person)


def _barred(board: Board, explainer: Explainer, shift: str, person: str) -> None:
    """Who cannot just take the seat, by name; whoever could for one of their own in return is among the choices."""
    barred = _reason(board.key, shift, person, explainer).barred
    role = board.problem.shift_by_id[shift].role
    able = sorted(name for name in barred if role in board.problem.person_by_name[name].roles)
    if able:
        with st.expander(f"Who cannot just take it: {len(able)}"):
            block("".join(f"<p>{plain(spoken(board.problem, barred[name]))}</p>" for name in able))


def _do(board: Board, change: Callable[[], Plan], said: str) -> None:
    """From within the dialog: make a change, close it, and draw the page anew."""
    changing(board, change, said=said)
    forget()
    st.rerun()


def _choices(board: Board, explainer: Explainer, shift: str, person: str | None) -> None:
    found = choices(board, explainer.who_else(shift, person))
    st.subheader("Who else, and at what cost", anchor=False)
    if not found:
        notice("Nobody else can hold it, not even for one of their own shifts in return. Below is who could, and why "
               "not.")  # fmt: skip
        return
    for number, choice in enumerate(found[:FIRST]):
        with st.container(horizontal=True, vertical_alignment="center", wrap=False, gap="small"):
            with st.container(gap=None):
                block(plain(choice.told))
                _cost(board, explainer, choice)
            if _pressed(board, "Do it", key=f"choice-{number}", help=as_label(choice.told)):
                _take(board, choice)
    if len(found) > FIRST:
        _others(board, explainer, sorted(found, key=lambda choice: choice.told))


def _others(board: Board, explainer: Explainer, found: Sequence[Choice]) -> None:
    place = st.selectbox(
        f"All {len(found)} lawful choices, by name", range(len(found)), index=None, key="other-choice",
        format_func=lambda n: found[n].told, placeholder="Another person or another week …",
    )  # fmt: skip
    if place is not None:
        _cost(board, explainer, found[place])
        if _pressed(board, "Do it", key="choice-other", help=as_label(found[place].told)):
            _take(board, found[place])


def _take(board: Board, choice: Choice) -> None:
    said = f"{choice.told} They are locked there; publish when it is right."
    _do(board, lambda: by_hand.exchanged(board.plan, choice.suggestion.exchanges), said)


def choices(board: Board, found: Sequence[Suggestion]) -> list[Choice]:
    """Suggestions in words, the best first, but for those that would move who is locked elsewhere."""
    pinned = {(pin.shift, pin.person) for pin in board.problem.pins if not pin.is_shadow}
    return [
        Choice(suggestion, _exchange(board, suggestion.exchanges))
        for suggestion in found
        if not any((one.shift, one.leaves) in pinned for one in suggestion.exchanges[1:])
    ]


def _cost(board: Board, explainer: Explainer, choice: Choice) -> None:
    """What a choice costs; the spread says what points of unfairness do not."""
    spreads = judged(board).verdict.spread, by_hand.spread_after(explainer, choice.suggestion.exchanges)
    fairness = f"spread of balances {spreads[0]:.1f} → {spreads[1]:.1f} duty-weeks"
    block(f"<p class='wb-dim'>{plain(f'{fairness}; {in_words(choice.suggestion.difference)}')}</p>")


def _exchange(board: Board, exchanges: Sequence[Exchange]) -> str:
    first, *others = exchanges
    if not others:
        return f"{first.comes} instead of {first.leaves}." if first.leaves else f"{first.comes} takes it."
    back = shift_name(board.problem, others[0].shift)
    return f"Swap with {first.comes}: {first.leaves} takes {back} in return."


def _why_not(board: Board, explainer: Explainer, shift: str, person: str | None) -> None:
    """Any other person: the rule that forbids it, or what the best plan with them would cost."""
    st.subheader("Why not somebody else?", anchor=False)
    role = board.problem.shift_by_id[shift].role
    able = sorted(one.name for one in board.problem.people if role in one.roles and one.name != person)
    if not able:
        notice(f"Nobody else may hold {role}. Give somebody the role under “Team”.")
        return
    place = st.selectbox("Person", range(len(able)), index=None, key="why-not", format_func=able.__getitem__,
                         placeholder="The best plan with …")  # fmt: skip
    if place is None:
        return
    with st.spinner("Looking for the best plan with them …"):
        answer = explainer.why_not(shift, able[place], person, PATIENCE)
    if isinstance(answer, Instead):
        _instead(board, answer, shift)
    else:
        notice(" ".join(spoken(board.problem, said) for said in answer.sentences), is_warning=True)
        _volunteer(board, explainer, shift, person, able[place])


def _instead(board: Board, answer: Instead, shift: str) -> None:
    proven = "" if answer.is_proven else " It is the best found in five seconds; there may be a better one."
    if answer.is_as_good:
        notice(f"The best plan with {answer.person} is as good.{proven}")
    else:
        notice(f"The best plan with {answer.person} would have {in_words(answer.difference)}.{proven}")
    if _pressed(board, "Take that plan", key="instead"):
        plan = by_hand.moved_to(answer.plan, board.problem)
        _do(board, lambda: by_hand.locked(plan, shift, answer.person), f"{answer.person} is locked there now.")


def _volunteer(board: Board, explainer: Explainer, shift: str, person: str | None, comes: str) -> None:
    """Three weeks in a row only for whoever volunteers."""
    after = by_hand.after(board.plan.holders, [Exchange(shift, person, comes)])
    broken = {breach.rule for breach in explainer.judge.verdict(after).violations}
    if broken == {NeverThreeWeeks.name} and _pressed(board, f"{as_label(comes)} volunteers", key="volunteer"):
        exchange = Exchange(shift, person, comes)
        said = f"{comes} volunteers for a third week in a row; the plan says so wherever it is shown."
        _do(board, lambda: by_hand.exchanged(board.plan, [exchange], is_volunteer=True), said)
