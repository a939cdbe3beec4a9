"""Two plans side by side: what they cost, and where they differ."""

import streamlit as st

from desk import rotas
from planning.consequences import LEVELS, Consequences, consequences, shift_name
from rotation.plan import Plan
from views._parts import notice
from views._plan_board import Board, judged, opened_plan
from views._style import block, plain


def compare(board: Board) -> None:
    """Another draft beside this one; the address names it."""
    others = [found for found in rotas.drafts(board.desk, board.rota.name) if found != board.draft]
    if not others:
        return
    numbers = ["", *(str(found.id) for found in others)]
    names = ["", *(found.name for found in others)]
    asked = st.query_params.get("compare", "")
    st.session_state["compare"] = numbers.index(asked) if asked in numbers else 0

    def chosen() -> None:
        if st.session_state["compare"]:
            st.query_params["compare"] = numbers[st.session_state["compare"]]
        else:
            st.query_params.pop("compare", None)

    place = st.selectbox(
        "Compare with", range(len(numbers)), key="compare", on_change=chosen, width=320,
        format_func=lambda n: names[n] or "no other draft",
    )  # fmt: skip
    if place:
        other, _ = opened_plan(board.desk, board.rota.name, others[place - 1], board.in_force)
        _beside(board, judged(board), names[place], other, consequences(other))


def _beside(board: Board, here: Consequences, name: str, other: Plan, there: Consequences) -> None:
    st.subheader(f"{board.name} and {name}, side by side", anchor=False)
    rows = [("Spread, duty-weeks", f"{here.verdict.spread:.1f}", f"{there.verdict.spread:.1f}")]
    rows += [
        (words[1].capitalize(), str(getattr(here.costs, level)), str(getattr(there.costs, level)))
        for level, words in LEVELS.items()
    ]
    _table(("What it costs", board.name, name), rows)
    differing = [row for row in _seats(board.plan, other) if row[1] != row[2]]
    if differing:
        _table(("Where they differ", board.name, name), differing)
    else:
        notice("Everybody holds the same in both.")


def _seats(one: Plan, other: Plan) -> list[tuple[str, str, str]]:
    shifts = {
        row.shift: (row.since, shift_name(plan.problem, row.shift)) for plan in (one, other) for row in plan.shifts
    }
    held = one.holders, other.holders
    return [
        (name, *(("not in it" if shift not in own else " & ".join(own[shift]) or "vacant") for own in held))  # type: ignore[misc]
        for shift, (_, name) in sorted(shifts.items(), key=lambda entry: entry[1])
    ]


def _table(head: tuple[str, str, str], rows: list[tuple[str, str, str]]) -> None:
    cells = "".join(f"<tr>{''.join(f'<td>{plain(cell)}</td>' for cell in row)}</tr>" for row in rows)
    heads = "".join(f"<th scope='col'>{plain(cell)}</th>" for cell in head)
    block(f"<table class='wb-trace'><thead><tr>{heads}</tr></thead><tbody>{cells}</tbody></table>")
