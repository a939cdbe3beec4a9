"""What the plan does: fairness before and after, rules kept and bent, changes, and the load that is coming."""

from datetime import date
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from metrics.wording import counted
from planning.consequences import RULES, Consequences, Rule, in_words, shift_name, spoken, unbound
from planning.outlook import Outlook, coming
from rotation.explain import Explainer, Fairness, best_fairness
from rotation.forecast import Forecast
from rotation.obstacles import reasons
from rotation.outcome import Limits
from rotation.problem import Problem
from rotation.unsatisfiable import UndecidedError, contradictory_rules
from views import _store
from views._charts import CONFIG, words
from views._derived import derived
from views._drawing import Drawn
from views._frame import View
from views._parts import notice
from views._plan_board import Board
from views._style import CAME, CLOSED, RUNNING, block, plain
from views._turns import worked_out_once

MOST_REASONS = 3  # empty seats of which it is told why nobody can take them
QUICKLY = 60  # shifts of a plan for which it is found out at once which rules contradict each other
BEST = Limits(seconds=0.6, effort=1.0)  # for the best reachable spread, which stands beside every plan


def consequences(view: View, board: Board, told: Consequences) -> None:
    """The right of the page."""
    _vacant(board, told)
    _fairness(board, told)
    _rules(told)
    _changes(board, told)
    _load(view, board.problem)


def _vacant(board: Board, told: Consequences) -> None:
    if not told.costs.uncovered:
        return
    st.subheader(f"Vacant: {counted(told.costs.uncovered, 'seat')}", anchor=False)
    alike: dict[str, list[str]] = {}
    for shift, sentence in _obstacles(board.key, board):
        alike.setdefault(sentence, []).append(shift)
    for sentence, shifts in alike.items():
        notice(f"{', '.join(shifts)}: {sentence}", is_warning=True)
    if board.plan.outcome is None:
        return
    is_asked = len(board.problem.shifts) <= QUICKLY or st.button("Which rules stand in the way?", key="contradiction")
    if is_asked and (rules := _contradiction(board.key, board)):
        block("<p>These cannot all be kept; give up any one of them:</p>"
              + "".join(f"<p class='wb-dim'>· {plain(rule)}</p>" for rule in rules))  # fmt: skip


@worked_out_once(64)
def _obstacles(key: str, _board: Board) -> list[tuple[str, str]]:  # noqa: ARG001 - what it is kept under
    """For each shift with an empty seat, who could take it, or what keeps everybody off."""
    problem, holders = _board.problem, _board.plan.holders
    explainer = Explainer(problem, holders, _board.plan.mode)
    vacant = [shift.id for shift in problem.shifts if len(holders.get(shift.id, ())) < shift.people]
    free = {shift: sorted(found.comes for found in explainer.who_else(shift)) for shift in vacant}
    blocked = [shift for shift in vacant if not free[shift]][:MOST_REASONS]
    return [
        (
            shift_name(problem, shift),
            _free(free[shift]) if free[shift] else _blocked(explainer, shift, shift in blocked),
        )
        for shift in vacant
    ]


def _free(names: list[str]) -> str:
    return f"{', '.join(names)} could take it. “Least change” fills what can be filled."


def _blocked(explainer: Explainer, shift: str, is_told: bool) -> str:
    """Why nobody can take an empty seat; looked up for the first of them alone, since it takes a while."""
    problem = explainer.problem
    role = problem.shift_by_id[shift].role
    able = [person.name for person in problem.people if role in person.roles]
    if not able:
        return f"nobody may hold {role}: give it to somebody under “Team”."
    if not is_told:
        return "nobody who may hold it can take it as the rest of the plan stands; choose it in the plan to see why."
    told = reasons(explainer.judge, explainer.holders, shift)
    said = (spoken(problem, told[name]) for name in able if name in told)
    return " ".join(said) or "everybody who may hold it has a seat there already."


@worked_out_once(64, "Which rules stand in the way …")
def _contradiction(key: str, _board: Board) -> tuple[str, ...]:  # noqa: ARG001 - what it is kept under
    try:
        return tuple(spoken(_board.problem, rule) for rule in contradictory_rules(_board.problem))
    except UndecidedError:
        return ()


def _fairness(board: Board, told: Consequences) -> None:
    st.subheader("Is it fair?", anchor=False)
    best = reachable(board.problem)
    facts = [("before", f"{told.spread_before:.1f}")]
    if told.spread_published is not None:
        facts.append(("as published", f"{told.spread_published:.1f}"))
    facts.append(("best reachable" if best.is_proven else "best known", f"{best.spread:.1f}"))
    block(
        f'<div class="wb-label">Spread of balances after this plan, duty-weeks</div>'
        f'<div class="wb-value">{told.verdict.spread:.1f}</div><div class="wb-facts">'
        + "".join(f"<div><span>{plain(name)}</span>{plain(value)}</div>" for name, value in facts)
        + "</div>",
        "wb-tile wb-neutral",
    )
    alt = "; ".join(f"{s.person} {s.before:+.1f} before, {s.after:+.1f} after" for s in told.shares)
    figure = derived(shares_figure, told)
    st.plotly_chart(figure, config=CONFIG, key="shares", alt=f"Balances in duty-weeks: {alt}.")
    with st.popover("About", type="tertiary"):
        block(
            "<p><strong>Balance</strong>: duty-weeks carried less the share that was owed, of the last half year and "
            "of this plan. Nought is even; more than nought is more than one's share. People stand by name.</p>"
            "<p><strong>Spread</strong>: the largest balance less the smallest. The best reachable is what no plan "
            "of these people and weeks comes below while it leaves as few seats empty and breaks up as few weeks, even "
            "if nothing were published or locked: a small team cannot always be even.</p>"
            f"<p>n = {len(told.shares)} people. This plan costs {plain(in_words(told.costs))}.</p>"
        )


def reachable(problem: Problem) -> Fairness:
    """How fair a plan of these people, roles and weeks can be, whatever is published or locked."""
    free = unbound(problem)
    return _best(free.model_dump_json(), free)


@worked_out_once(64, "How fair can it be …")
def _best(key: str, _problem: Problem) -> Fairness:  # noqa: ARG001 - what it is kept under
    return best_fairness(_problem, BEST)


def shares_figure(told: Consequences) -> go.Figure:
    """Each person's balance, by name: hollow before the plan, filled after it, on a line through nought."""
    shares = told.shares[::-1]
    names = [words(share.person) for share in shares]
    lines = [
        {"type": "line", "x0": share.before, "x1": share.after, "y0": place, "y1": place,
         "line": {"color": RUNNING, "width": 2}}
        for place, share in enumerate(shares)
    ]  # fmt: skip
    before: dict[str, Any] = {
        "type": "scatter", "mode": "markers", "name": "before", "x": [share.before for share in shares], "y": names,
        "marker": {"symbol": "circle-open", "color": RUNNING, "size": 10, "line": {"width": 2}},
        "hovertemplate": "%{y}: %{x:+.2f} before<extra></extra>",
    }  # fmt: skip
    after = before | {
        "name": "after", "x": [share.after for share in shares],
        "marker": {"symbol": "circle", "color": CLOSED, "size": 10},
        "customdata": [share.shifts for share in shares],
        "hovertemplate": "%{y}: %{x:+.2f} after %{customdata} shifts of the plan<extra></extra>",
    }  # fmt: skip
    layout = {
        "height": 110 + 26 * len(names), "margin": {"l": 8, "r": 12, "t": 8, "b": 48}, "shapes": lines,
        "xaxis": {"title": {"text": "duty-weeks, one's share = 0"}, "zeroline": True, "zerolinewidth": 2},
        "yaxis": {"automargin": True}, "dragmode": False,
        "legend": {"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0},
    }  # fmt: skip
    return Drawn({"data": [before, after], "layout": layout})


def _rules(told: Consequences) -> None:
    st.subheader("Which rules are kept?", anchor=False)
    for rule in told.rules:
        if not rule.is_kept:
            _rule(rule)
    kept = [rule for rule in told.rules if rule.is_kept]
    with st.expander(f"● {len(kept)} of {len(told.rules)} rules are kept throughout"):
        block("".join(f"<p>{plain(RULES[rule.name])}</p>" for rule in kept))


def _rule(rule: Rule) -> None:
    mark = "▲ Broken" if rule.broken else "◆ Bent"
    sentences = "".join(f"<p class='wb-dim'>{plain(said)}</p>" for said in (*rule.broken, *rule.bent))
    block(f"<p><b class='wb-mark'>{mark}</b> {plain(RULES[rule.name])}</p>{sentences}", "wb-worse")


def _changes(board: Board, told: Consequences) -> None:
    if not board.problem.announced:
        block("<p class='wb-dim'>Nothing is published for these weeks yet, so nothing changes.</p>")
        return
    st.subheader(f"Changes against what is published: {len(told.changes)}", anchor=False)
    if not told.changes:
        block("<p class='wb-dim'>None: everybody keeps what was announced.</p>")
    block("".join(f"<p class='wb-dim'>{plain(said)}</p>" for said in told.changes))


def _load(view: View, problem: Problem) -> None:
    st.subheader("What is coming?", anchor=False)
    found: list[Outlook] = _store.answer(
        view.snapshot, coming, as_of=view.as_of, zone=problem.zone, first_day=problem.first_day, weeks=problem.weeks,
        roles=tuple(role.name for role in problem.roles),
    )  # fmt: skip
    known = derived(_foreseen, found)
    if known:
        alt = " ".join(look.sentences()[0] for look in known)
        st.plotly_chart(derived(load_figure, known), config=CONFIG, key="load", alt=alt)
    elif not found:
        notice("The settings of this store describe none of these roles, so no load can be told.")
    for look in found:
        block("".join(f"<p class='wb-dim'>{plain(said)}</p>" for said in look.sentences()))


def _foreseen(found: list[Outlook]) -> list[Outlook]:
    return [look for look in found if isinstance(look.found, Forecast) and look.found.weeks]


def load_figure(found: list[Outlook]) -> go.Figure:
    """Tickets a week by role, with the interval that holds four weeks of five."""
    traces = []
    for place, look in enumerate(found):
        assert isinstance(look.found, Forecast)
        weeks = look.found.weeks
        colour = (CAME, CLOSED, RUNNING)[place % 3]
        traces.append({
            "type": "scatter", "mode": "markers", "name": words(look.role),
            "x": [_label(week.monday) for week in weeks],
            "y": [week.expected for week in weeks], "marker": {"color": colour, "size": 8, "symbol": place},
            "error_y": {"type": "data", "symmetric": False, "color": colour, "thickness": 1.5, "width": 4,
                        "array": [week.high - week.expected for week in weeks],
                        "arrayminus": [week.expected - week.low for week in weeks]},
            "customdata": [f"{week.low} to {week.high}" for week in weeks],
            "hovertemplate": "%{x}: about %{y:.0f}, %{customdata}<extra></extra>",
        })  # fmt: skip
    layout = {
        "height": 240, "margin": {"l": 8, "r": 8, "t": 8, "b": 8}, "dragmode": False, "showlegend": len(found) > 1,
        "scattermode": "group", "xaxis": {"automargin": True, "autotickangles": [0, 45, 90]},
        "yaxis": {"rangemode": "tozero", "automargin": True, "title": {"text": "tickets a week"}},
    }  # fmt: skip
    return Drawn({"data": traces, "layout": layout})


def _label(monday: date) -> str:
    return f"{monday.day} {monday:%b}"
