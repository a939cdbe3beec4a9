"""What lies on the planner's table: a draft from the desk, or what stands where none is open; and how it is changed."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from desk import rotas
from desk.store import DeskError
from planning.by_hand import complaint, standing
from planning.consequences import Consequences, consequences
from planning.draft import Asked, draft
from planning.published import announced, plan_json, plan_of, problem_json
from planning.whose import SharedRota, shared_rota
from rotation.plan import Plan
from rotation.problem import Problem
from views import _store
from views._access import may_publish
from views._desk import desk, kept, writer
from views._frame import View
from views._parts import notice
from views._turns import worked_out_once

WEEKS, FROZEN = 8, 1
SAID = "plan-said"  # what was done last, to be told once
REFUSED = "plan-refused"
NOBODY = "somebody"  # who writes without having said who they are


@dataclass(frozen=True, slots=True)
class Board:
    """`draft` is None where the plan is what stands; `in_force` is what was published last, if anything was."""

    rota: SharedRota
    desk: Path
    plan: Plan
    draft: rotas.Draft | None
    in_force: rotas.Published | None
    key: str  # another plan has another
    may_change: bool = True  # whoever looks

    @property
    def problem(self) -> Problem:
        return self.plan.problem

    @property
    def name(self) -> str:
        return self.draft.name if self.draft else "What stands"

    @property
    def sequence(self) -> int:
        return self.in_force.sequence if self.in_force else 0


def load(view: View) -> Board | None:
    """The board that the address names; None where there is none to show, once that was said."""
    shared: SharedRota | None = _store.answer(view.snapshot, shared_rota, team=view.team.name, as_of=view.as_of)
    if shared is None:
        notice(
            f"There is no rota to plan: no role answers for the queues of {view.team.name}. Write a [[role]] with "
            "them in watchbill.toml and run `watchbill apply`, or choose another team."
        )
        return None
    try:
        return _board(view, shared, desk())
    except DeskError as error:
        notice(f"Drafts and published rotas cannot be read: {error}", is_warning=True)
    except ValueError as error:
        said = complaint(error)
        notice(f"There is no rota to plan: {said.rstrip('.')}.")
    return None


def _board(view: View, shared: SharedRota, where: Path) -> Board:
    in_force = rotas.in_force(where, shared.name)
    opened = _opened_draft(where, shared.name, st.query_params.get("draft"))
    plan, key = (
        opened_plan(where, shared.name, opened, in_force) if opened else _standing(view, shared, where, in_force)
    )
    return Board(shared, where, plan, opened, in_force, key, may_publish())


def _opened_draft(where: Path, team: str, asked: str | None) -> rotas.Draft | None:
    if asked is None:
        return None
    number = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 12 else 0
    found = rotas.draft(where, number)
    if found and found.team == team:
        return found
    st.query_params.pop("draft")
    notice(f"There is no draft “{asked}” for {team} any more; this is what stands.", is_warning=True)
    return None


def opened_plan(where: Path, team: str, opened: rotas.Draft, in_force: rotas.Published | None) -> tuple[Plan, str]:
    """The plan of a draft, beside what is published by now, and the key of both."""
    sequence = in_force.sequence if in_force else 0
    key = f"{where}/{opened.id}/{opened.version}/{sequence}"
    return _plan(key, opened, _published(str(where), team, sequence)), key


@worked_out_once(32)
def _plan(key: str, _draft: rotas.Draft, _published: tuple[Plan, ...]) -> Plan:  # noqa: ARG001 - what it is kept under
    plan = plan_of(_draft.problem, _draft.plan or {})
    problem = announced(plan.problem, _published)
    return Plan.of(problem, plan.holders, mode=plan.mode, outcome=plan.outcome, costs=plan.costs)


@worked_out_once(16)
def _published(where: str, team: str, sequence: int) -> tuple[Plan, ...]:  # noqa: ARG001 - what it is kept under
    """The plans published last, the oldest first."""
    return tuple(plan_of(rota.problem, rota.plan) for rota in reversed(rotas.published(Path(where), team)))


def _standing(view: View, shared: SharedRota, where: Path, in_force: rotas.Published | None) -> tuple[Plan, str]:
    asked = Asked(weeks=WEEKS, frozen_weeks=FROZEN, as_of=view.as_of, roles=shared.roles)
    sequence = in_force.sequence if in_force else 0
    problem: Problem = _store.answer(view.snapshot, draft, asked=asked).problem
    key = f"{view.snapshot}/{asked}/{where}/{sequence}"
    return _standing_plan(key, problem, _published(str(where), shared.name, sequence)), key


@worked_out_once(16)
def _standing_plan(key: str, _problem: Problem, _published: tuple[Plan, ...]) -> Plan:  # noqa: ARG001 - what it is kept under
    return standing(announced(_problem, _published))


def with_published(board: Board, problem: Problem) -> Problem:
    """The problem after what was published for this rota."""
    return announced(problem, _published(str(board.desk), board.rota.name, board.sequence))


def judged(board: Board) -> Consequences:
    """What the plan does; nothing is shown of a plan that has not been judged."""
    return _judged(board.key, board.plan)


@worked_out_once(64)
def _judged(key: str, _plan: Plan) -> Consequences:  # noqa: ARG001 - what it is kept under
    return consequences(_plan)


def who() -> str:
    return writer() or NOBODY


def added(board: Board, plan: Plan, name: str | None = None) -> rotas.Draft | None:
    """A new draft on the desk, opened; None where it could not be kept, which `refusal` will say."""
    told = name or _next_name(rotas.drafts(board.desk, board.rota.name))
    made = kept(
        lambda: rotas.add_draft(
            board.desk, team=board.rota.name, name=told, problem=problem_json(plan.problem), plan=plan_json(plan),
            by=who(), now=datetime.now(UTC),
        )
    )  # fmt: skip
    if made:
        st.query_params["draft"] = str(made.id)
    return made


def _next_name(drafts: list[rotas.Draft]) -> str:
    numbers = [int(found[1]) for draft in drafts if (found := re.fullmatch(r"Draft (\d{1,9})", draft.name))]
    return f"Draft {1 + max(numbers, default=0)}"


def save(board: Board, plan: Plan, *, said: str, name: str | None = None) -> None:
    """Keep a changed plan: in its draft, or in a new one where nothing but what stands was open."""
    if board.draft is None:
        made = added(board, plan, name)
    else:
        opened = board.draft
        made = kept(
            lambda: rotas.change_draft(
                board.desk, opened.id, opened.version, name=name or opened.name, problem=problem_json(plan.problem),
                plan=plan_json(plan), by=who(), now=datetime.now(UTC),
            )
        )  # fmt: skip
    if made:
        st.session_state[SAID] = said


def changing(board: Board, change: Callable[[], Plan], *, said: str) -> bool:
    """Make a change and keep it, or have it told why not: a plan that a person made may be unlawful, and says so."""
    try:
        plan = change()
    except ValueError as error:
        st.session_state[REFUSED] = complaint(error)
        return False
    save(board, plan, said=said)
    return True


def told() -> None:
    """What was done last, or why it was not, once."""
    if said := st.session_state.pop(SAID, None):
        notice(said)
    if refused := st.session_state.pop(REFUSED, None):
        notice(f"That was not done: {refused}.", is_warning=True)
