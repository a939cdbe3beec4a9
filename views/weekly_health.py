"""How did our week go? The page for a team lead on Monday morning."""

import streamlit as st

from metrics.weekly_health import RowSet, WeeklyHealth, weekly_list
from metrics.weekly_load import KINDS
from metrics.wording import counted
from views import _charts, _menu, _opened, _store, _weekly_export, _weekly_lists
from views._address import WEEKLY, Address
from views._derived import derived
from views._figures import draw
from views._frame import View, framed
from views._opened import open_rows
from views._parts import clause, notice, tile
from views._style import as_label, block, plain
from views._tables import table

TITLE = "How did our week go?"


def page() -> None:
    """The whole page, or the sentence that says what is missing."""
    framed(TITLE, _body, asks=WEEKLY)


def _body(view: View) -> None:
    address = view.address
    health = _store.weekly_health(view.snapshot, view.team.name, address.week, view.as_of, address.queue)
    st.subheader(health.heading, anchor=False)
    with st.container(gap="xsmall"):
        for number, said in enumerate(health.changes):
            clause(said, number, open_rows)
    with st.grid(4, min_column_width=150, border=True, gap="xsmall"):
        for figure in health.tiles:
            with st.container(gap="xsmall"):
                tile(figure, open_rows)
    _flow(health)
    _promises(health, address)
    _duty_and_toil(health)
    _weekly_lists.show(view, health)
    _weekly_export.show(view, health)
    _opened.show(view, lambda name: _list(view, health, name))


def _list(view: View, health: WeeklyHealth, name: str) -> RowSet:
    found: RowSet = _store.answer(view.snapshot, weekly_list, question=health.question, name=name)
    return found


def _flow(health: WeeklyHealth) -> None:
    st.subheader("Came in and closed, twelve weeks", anchor=False)
    first, last = health.weeks[0], health.weeks[-1]
    alt = f"Came in and closed by week, {first.label} to {last.label}; open at the end: {last.open_tickets}."
    draw(derived(_charts.flow, health.weeks), name="flow", alt=alt)
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("Is what comes in unusual?", anchor=False)
        if any(week.is_judged for week in health.weeks):
            figure = derived(_charts.arrivals, health.weeks, health.limits)
            draw(figure, name="arrivals", alt=_outside("arrivals", health.weeks))
        else:
            notice("No week has ended yet since the first ticket came.")
    with right:
        st.subheader("Is triage slower than usual?", anchor=False)
        if not health.has_triage_rule:
            notice("Nothing configured: no rule says when a ticket is triaged.")
        elif all(week.median is None for week in health.triage):
            notice("No week of the twelve has five tickets to take a median of.")
        else:
            alt = _outside("medians of working time until triage", health.triage)
            draw(derived(_charts.triage, health.triage, health.triage_limits), name="triage", alt=alt)


def _outside(what: str, weeks: tuple[_charts.BehaviourWeek, ...]) -> str:
    outside = sum(week.signal is not None for week in weeks)
    return f"Weekly {what}; {counted(outside, 'week')} outside the usual range."


def _promises(health: WeeklyHealth, address: Address) -> None:
    st.subheader("Are we keeping our promises?", anchor=False)
    if not health.promises:
        notice("Nothing configured: no promise covers this team's queues. Write one under [[slo]] in watchbill.toml.")
        return
    names = [promise.policy for promise in health.promises]
    index = names.index(address.promise) if address.promise in names else 0
    if len(names) > 1:
        index = _promise_choice(names, index)
    promise = health.promises[index]
    block(plain(promise.budget))
    alt = f"{promise.policy} by week: met, breached and running clocks, and the share on time. {promise.budget}"
    draw(derived(_charts.strip, promise), name="strip", alt=alt)
    missed = promise.weeks[-1].due.breached
    if missed and st.button(
        f"Why was it missed? {counted(missed, 'clock')} of this week, each with its reason", key="why"
    ):
        _menu.go("slo", promise=promise.policy, rows=f"due:breached@{promise.weeks[-1].name}")


def _promise_choice(names: list[str], index: int) -> int:
    st.session_state["promise"] = index

    def chosen() -> None:
        if st.session_state["promise"] is not None:
            st.query_params["promise"] = names[st.session_state["promise"]]

    st.segmented_control(
        "Promise", range(len(names)), key="promise", on_change=chosen, label_visibility="collapsed",
        format_func=lambda n: as_label(names[n]), required=True,
    )  # fmt: skip
    return index


def _duty_and_toil(health: WeeklyHealth) -> None:
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("What did duty cost, and whom?", anchor=False)
        _duty(health)
    with right:
        st.subheader("What kinds of work came in?", anchor=False)
        _toil(health)


def _duty(health: WeeklyHealth) -> None:
    people = health.load.people
    if not people:
        notice(
            "Nobody was on duty for these queues, as far as the rota says: bring one in with “watchbill import rota”."
        )
        return
    on_duty = tuple(person for person in people if person.shifts)
    if on_duty:
        hours = [
            f"{person.person}: " + ", ".join(f"{getattr(person, kind) or 0} {kind}" for kind in KINDS)
            for person in on_duty
        ]
        alt = f"Interrupted hours in the shifts of the week. {'; '.join(hours)}."
        draw(derived(_charts.load, on_duty), name="load", alt=alt)
    else:
        notice("No shift of these queues lies in this week.")
    block('<p class="wb-dim">Duty-weeks held in the twelve weeks shown, beside the expected share.</p>')
    shown = derived(_weekly_lists.loads, people)
    table(shown, zone=health.team.zone, name="loads", file_name="duty.csv", alt="Duty by person")


def _toil(health: WeeklyHealth) -> None:
    if health.toil is None:
        notice("Nothing configured: no rule says which tickets are toil. Write some under [[toil]] in watchbill.toml.")
    elif not health.toil.by_tickets.whole:
        notice("No ticket was opened this week.")
    else:
        said = ", ".join(f"{kind.name} {kind.tickets}" for kind in health.toil.categories)
        draw(derived(_charts.toil, health.toil.categories), name="toil", alt=f"Tickets opened by kind of work: {said}.")
