"""The plan as weeks and roles: a button for every seat, which opens what can be done with it."""

from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from planning.by_hand import is_locked
from rotation.plan import Plan, PlannedShift
from rotation.problem import Problem
from views._plan_board import Board
from views._style import as_label, block, plain

_CSS = """<style>
.st-key-rota-grid .stButton button { min-height: 2rem; padding: .1rem .5rem; justify-content: flex-start; }
.st-key-rota-grid [data-testid="stHorizontalBlock"] { border-bottom: 1px solid light-dark(#E3E3DF, #3A3B42);
  padding-bottom: .35rem; }
</style>"""


def grid(board: Board) -> None:
    """One row a week: who holds what, who is away, whose public holidays lie in it."""
    st.html(_CSS)
    block("<p class='wb-dim'>Choose a name to see why, to swap it, or to lock it.</p>")
    by_week = _by_week(board.plan)
    roles = [role.name for role in board.problem.roles]
    with st.container(key="rota-grid", gap="xsmall"):
        for number in range(board.problem.weeks):
            week, *seats, notes = st.columns([1.1, *[1.6] * len(roles), 1.6], gap="small", vertical_alignment="center")
            with week:
                block(plain(_week(board.problem, number)))
            for role, column in zip(roles, seats, strict=True):
                with column:
                    for shift in by_week.get((number, role), []):
                        _shift(board, shift, len(roles) > 1)
            with notes:
                block("".join(f"<p class='wb-dim'>{plain(said)}</p>" for said in _absent(board.problem, number)))
    block(
        "<p class='wb-dim'>Signs: a lock stays where it is in every search; an arrow differs from what is published; "
        "“Vacant” is a seat that nobody holds.</p>"
    )


def _by_week(plan: Plan) -> dict[tuple[int, str], list[PlannedShift]]:
    spans = plan.problem.week_spans(range(plan.problem.weeks))
    found: dict[tuple[int, str], list[PlannedShift]] = {}
    for row in plan.shifts:
        number = next((n for n, (since, until) in enumerate(spans) if since <= row.since < until), 0)
        found.setdefault((number, row.role), []).append(row)
    return found


def _week(problem: Problem, number: int) -> str:
    day = problem.first_day + timedelta(weeks=number)
    return f"{day:%a} {day.day} {day:%b}" + (f" {day.year}" if day.month == 1 and day.day < 8 else "")


def _shift(board: Board, row: PlannedShift, has_role: bool) -> None:
    problem = board.problem
    was = {entry.person for entry in problem.announced if entry.shift == row.shift}
    what = [row.role] if has_role else []
    if sum(shift.role == row.role for shift in problem.shifts) > problem.weeks:
        what.append(f"{row.since.astimezone(ZoneInfo(problem.zone)):%a}")
    head = f"{' '.join(what)}: " if what else ""
    for place, person in enumerate(row.people):
        icon = ":material/lock:" if is_locked(problem, row.shift, person) else None
        icon = icon or (":material/sync_alt:" if was and person not in was else None)
        st.button(
            f"{as_label(head + person)}", key=f"seat-{row.shift}-{place}", icon=icon, width="stretch",
            on_click=open_seat, args=(row.shift, person),
        )  # fmt: skip
    for place in range(len(row.people), problem.shift_by_id[row.shift].people):
        st.button(
            as_label(f"{head}Vacant"), key=f"seat-{row.shift}-{place}", icon=":material/warning:", width="stretch",
            on_click=open_seat, args=(row.shift, ""),
        )  # fmt: skip
    if row.shadows:
        block(f"<p class='wb-dim'>Shadow: {plain(', '.join(row.shadows))}</p>")


def open_seat(shift: str, person: str) -> None:
    """Open what can be done with a seat; nobody's name stands for an empty one."""
    st.query_params["cell"] = shift
    st.query_params["who"] = person


def _absent(problem: Problem, number: int) -> Iterator[str]:
    """Who is away in a week, and who has a public holiday."""
    first = problem.first_day + timedelta(weeks=number)
    since, until = problem.week_spans(range(number, number + 1))[0]
    able = {person.name for person in problem.people if person.roles}
    away = {
        a.person
        for a in problem.absences
        if a.person in able and problem.local(a.since, a.person) < until and problem.local(a.until, a.person) > since
    }
    if away:
        yield f"Away: {', '.join(sorted(away))}"
    off: dict[str, list[date]] = {}
    for person in problem.people:
        for day in sorted(set(person.holidays)) if person.name in able else ():
            if first <= day < first + timedelta(days=7):
                off.setdefault(person.name, []).append(day)
    for name, days in sorted(off.items()):
        yield f"Holiday: {name} ({', '.join(f'{day.day} {day:%b}' for day in days)})"
