"""What a plan is made from: weeks, team, absences, wishes, rules, locks. Each change is kept in the draft at once."""

from collections.abc import Callable
from datetime import date, timedelta

import streamlit as st

from metrics.wording import counted
from planning import by_hand
from planning.consequences import shift_name
from planning.draft import Asked, draft
from rotation.moments import instant
from rotation.problem import Problem
from rotation.team import Person
from views import _plan_board, _store
from views._frame import View
from views._plan_board import FROZEN, Board, changing
from views._style import as_label, block, plain

_MOST_WEEKS = 52


def inputs(view: View, board: Board) -> None:
    """The left of the page; nothing of it can be changed while a search works on it."""
    problem = board.problem
    with st.expander(f"Weeks: {problem.weeks} from {_day(problem.first_day)}"):
        _weeks(view, board)
    able = [person for person in problem.people if person.roles and (person.left or date.max) > problem.first_day]
    with st.expander(f"Team: {counted(len(able), 'person', 'people')}"):
        _team(board)
    with st.expander(f"Absences: {len(_coming(problem))}"):
        _absences(board)
    with st.expander(f"Wishes: {len(problem.preferences)}"):
        _wishes(board)
    with st.expander(f"Rules: {', '.join(as_label(role.name) for role in problem.roles)}"):
        _rules(board)
    with st.expander(f"Locks: {len(problem.pins)}"):
        _locks(board)


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b} {day.year}"


def _change(board: Board, change: Callable[[], Problem], said: str) -> None:
    changing(board, lambda: by_hand.moved_to(board.plan, change()), said=said)


def _weeks(view: View, board: Board) -> None:
    """Another stretch of weeks is another draft, read from the store anew."""
    with st.form("form-weeks", border=False):
        first = st.date_input("First day", board.problem.first_day, key="weeks-first", format="YYYY-MM-DD")
        weeks = st.number_input("Weeks", 1, _MOST_WEEKS, board.problem.weeks, key="weeks-number")
        frozen = st.number_input(
            "Frozen weeks", 0, _MOST_WEEKS, FROZEN, key="weeks-frozen",
            help="Published shifts that begin in the first weeks stay, whatever a search finds",
        )  # fmt: skip
        if st.form_submit_button("New draft of these weeks") and isinstance(first, date):
            asked = Asked(int(weeks), first, None, int(frozen), view.as_of, board.rota.roles)
            _new(view, board, asked)


def _new(view: View, board: Board, asked: Asked) -> None:
    try:
        problem: Problem = _store.answer(view.snapshot, draft, asked=asked).problem
    except (ValueError, OverflowError) as error:
        st.session_state[_plan_board.REFUSED] = by_hand.complaint(ValueError(str(error)))
    else:
        plan = by_hand.standing(_plan_board.with_published(board, problem))
        if _plan_board.added(board, plan):
            st.session_state[_plan_board.SAID] = "A new draft, with the people, absences and history of the store."
    st.rerun()


def _team(board: Board) -> None:
    people = sorted((person for person in board.problem.people), key=lambda person: person.name)
    for person in people:
        told = ", ".join(person.roles) or "holds no role"
        told += f"; {person.share:.0%} of full time" if person.share < 1 else ""
        told += f"; from {_day(person.joined)}" if person.joined and person.joined > board.problem.first_day else ""
        told += f"; until {_day(person.left)}" if person.left else ""
        block(f"<p>{plain(person.name)}</p><p class='wb-dim'>{plain(told)}</p>")
    names = [*(person.name for person in people), "Somebody new"]
    place = st.selectbox("Change", range(len(names)), index=None, key=f"team-{len(people)}", placeholder="Somebody …",
                         format_func=names.__getitem__)  # fmt: skip
    if place is None:
        return
    with st.form(f"form-team-{place}", border=False, enter_to_submit=False):
        _person(board, people[place] if place < len(people) else None)


def _person(board: Board, person: Person | None) -> None:
    """What a draft is to know of somebody of the team, or of somebody new to it."""
    problem, roles = board.problem, [role.name for role in board.problem.roles]
    name = person.name if person else (st.text_input("Name", key="new-person") or "").strip()
    chosen = st.multiselect("May hold", roles, [role for role in roles if not person or role in person.roles])
    share = st.number_input("Share of full time, %", 5, 100, round(100 * person.share) if person else 100, 5)
    joined = st.date_input("Joins on", person.joined if person else problem.first_day, format="YYYY-MM-DD")
    left = st.date_input("First day without them", person.left if person else None, format="YYYY-MM-DD")
    if not st.form_submit_button("Keep" if person else "Add"):
        return
    told = {"roles": tuple(chosen), "share": share / 100, "joined": joined or None, "left": left or None}
    change = by_hand.with_person if person else by_hand.with_somebody_new
    said = f"{name} is changed in this draft." if person else f"{name} is in the team of this draft."
    if name:
        _change(board, lambda: change(problem, name, **told), said)
        st.rerun()
    st.warning("Write a name first: shifts are held under it.")


def _coming(problem: Problem) -> list[int]:
    """The places of the absences that reach into the plan."""
    return [n for n, a in enumerate(problem.absences) if problem.local(a.until, a.person) > problem.span[0]]


def _absences(board: Board) -> None:
    problem = board.problem
    for n in sorted(_coming(problem), key=lambda n: problem.absences[n].person):
        absence = problem.absences[n]
        span = f"{_moment(absence.since)} – {_moment(absence.until)}"
        _listed(board, f"absence-{n}", f"{absence.person}: {span}", _without(board, "absences", n), absence.note)
    with st.form("form-absence", border=False, clear_on_submit=True):
        names = sorted(person.name for person in problem.people if person.roles)
        person = st.selectbox("Who is away", names, index=None, key="away-person")
        since = st.date_input("From", problem.first_day, key="away-from", format="YYYY-MM-DD")
        until = st.date_input("Back on", problem.first_day + timedelta(weeks=1), key="away-until", format="YYYY-MM-DD")
        if st.form_submit_button("Add the absence") and person and isinstance(since, date) and isinstance(until, date):
            more = {"person": person, "since": since, "until": until}
            _change(board, lambda: problem.changed(absences=(*problem.absences, more)), f"{person} is away then.")
            st.rerun()


def _moment(moment: date) -> str:
    return f"{moment.day} {moment:%b}"


def _without(board: Board, field: str, place: int) -> Callable[[], Problem]:
    entries = getattr(board.problem, field)
    return lambda: board.problem.changed(**{field: (*entries[:place], *entries[place + 1 :])})


def _listed(board: Board, key: str, told: str, change: Callable[[], Problem], note: str = "") -> None:
    with st.container(horizontal=True, vertical_alignment="center", wrap=False, gap="small"):
        block(plain(told) + (f"<p class='wb-dim'>{plain(note)}</p>" if note else ""))
        st.button(
            "Remove", key=key, type="tertiary", help=f"Remove: {as_label(told)}",
            on_click=_change, args=(board, change, f"Removed: {told}."),
        )  # fmt: skip


def _wishes(board: Board) -> None:
    problem = board.problem
    for n, wish in enumerate(problem.preferences):
        span = f" {_moment(wish.since)} – {_moment(wish.until)}" if wish.since and wish.until else ""
        told = f"{wish.person} {wish.wish} {wish.role or wish.shift or 'duty'}{span}"
        _listed(board, f"wish-{n}", told, _without(board, "preferences", n))
    with st.form("form-wish", border=False, clear_on_submit=True):
        names = sorted(person.name for person in problem.people if person.roles)
        person = st.selectbox("Whose wish", names, index=None, key="wish-person")
        would = st.radio("They would", ["rather not", "like to"], horizontal=True, key="wish-kind")
        since = st.date_input("be on duty from", problem.first_day, key="wish-from", format="YYYY-MM-DD")
        until = st.date_input("until, not included", problem.first_day + timedelta(weeks=1), key="wish-until",
                              format="YYYY-MM-DD")  # fmt: skip
        if st.form_submit_button("Add the wish") and person and isinstance(since, date) and isinstance(until, date):
            kind = "wants" if would == "like to" else "avoids"
            more = {"person": person, "wish": kind, "since": since, "until": until}
            _change(board, lambda: problem.changed(preferences=(*problem.preferences, more)), "The wish is noted.")
            st.rerun()


def _rules(board: Board) -> None:
    problem = board.problem
    names = [role.name for role in problem.roles]
    name = st.selectbox("Role", names, key="rule-role") if len(names) > 1 else names[0]
    role = problem.role_by_name[name]
    with st.form(f"form-rules-{name}", border=False):
        people = st.number_input("People at once", 1, 20, role.people, key=f"people-{name}")
        rest = st.number_input("Days of rest after a shift", 0, 60, role.rest_days, key=f"rest-{name}")
        burden = st.number_input("Duty-weeks that a week counts for", 0.0, 10.0, float(role.burden), 0.1,
                                 key=f"burden-{name}")  # fmt: skip
        excluding = [*map(" and ".join, problem.exclusions)]
        pairs = [f"{a} and {b}" for n, a in enumerate(names) for b in names[n + 1 :]]
        kept = st.multiselect("Never at once", sorted({*pairs, *excluding}), excluding) if pairs else []
        frozen = st.number_input("Frozen weeks", 0, _MOST_WEEKS, _frozen(problem), key="rule-frozen")
        if st.form_submit_button("Keep"):
            exclusions = tuple(tuple(pair.split(" and ", 1)) for pair in kept)
            until = instant(problem.first_day + timedelta(weeks=int(frozen)), problem.zone) if frozen else None
            _change(
                board,
                lambda: by_hand.with_role(
                    problem.changed(exclusions=exclusions, frozen_until=until), name, people=int(people),
                    rest_days=int(rest), burden=burden,
                ),
                "The rules of this draft are changed; those of the settings stay.",
            )  # fmt: skip
            st.rerun()
    block(
        "<p class='wb-dim'>Always kept: only whoever may hold a role and is there; never three weeks in a row, but for "
        "a volunteer. Kept where it can be: not two weeks in a row.</p>"
    )


def _frozen(problem: Problem) -> int:
    if problem.frozen_until is None:
        return 0
    return max(0, round((problem.frozen_until - problem.span[0]) / timedelta(weeks=1)))


def _locks(board: Board) -> None:
    problem = board.problem
    if not problem.pins:
        block("<p class='wb-dim'>None. Choose a name in the plan to lock it there.</p>")
    for n, pin in enumerate(problem.pins):
        kind = " (volunteer)" if pin.is_volunteer else " (shadow)" if pin.is_shadow else ""
        told = f"{shift_name(problem, pin.shift)}: {pin.person}{kind}"
        _listed(board, f"lock-{n}", told, _without(board, "pins", n), pin.reason)
    if problem.announced and st.button("Lock all that is published", key="lock-published"):
        changing(board, lambda: by_hand.all_locked(board.plan), said="Every published shift is locked.")
        st.rerun()
