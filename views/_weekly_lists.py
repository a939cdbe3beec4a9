"""The lists of the weekly page: broken promises with their reasons, what waits, incidents, actions carried over."""

from collections.abc import Sequence

import polars as pl
import streamlit as st

from metrics.weekly_health import Breach, PersonLoad, RowSet, WeeklyHealth, broken_promises, weekly_list
from metrics.wording import moment
from views import _store
from views._frame import View
from views._opened import open_clock
from views._parts import READING_WIDTH, notice
from views._style import block, link, plain
from views._tables import SHOWN_AT_MOST, ticket_table


def show(view: View, health: WeeklyHealth) -> None:
    """All of them, in the order in which a lead asks for them."""
    _breaches(view, health)
    _untriaged(view, health)
    _incidents(view, health)
    _actions(view, health)


def loads(people: Sequence[PersonLoad]) -> pl.DataFrame:
    """Duty-weeks held by each person beside the expected ones, by name."""
    rows = [(one.person, one.duty_weeks, one.expected_duty_weeks) for one in people]
    schema = {"person": pl.String, "duty_weeks": pl.Float64, "expected_duty_weeks": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(pl.col(pl.Float64).round(1))


def _breaches(view: View, health: WeeklyHealth) -> None:
    new, old = health.broken_count, health.carried_count
    st.subheader(f"Broken promises: {new:,} this week, {old:,} carried over", anchor=False)
    if not health.promises:
        notice("Nothing configured, so nothing can be broken.")
    elif not new:
        notice("Nothing fell due this week and was missed.")
    _breach_list(view, health, "breaches", f"Show all {new:,} of this week")
    _breach_list(view, health, "carried", f"Show the {old:,} carried over, broken earlier and still open")


def _breach_list(view: View, health: WeeklyHealth, name: str, more: str) -> None:
    is_carried_over = name == "carried"
    shown = () if is_carried_over else health.breaches
    count = health.carried_count if is_carried_over else health.broken_count
    shows_all = len(shown) >= count or st.session_state.get(f"{name}-all", False)
    if shows_all and len(shown) < count:
        shown = _store.answer(
            view.snapshot, broken_promises, question=health.question, is_carried_over=is_carried_over,
            most=SHOWN_AT_MOST // 4,
        )  # fmt: skip
    for number, breach in enumerate(shown):
        _breach(breach, f"{name}-{number}", view.zone)
    if shows_all and len(shown) < count:
        block(f"<p class='wb-dim'>These are the {len(shown):,} latest of {count:,}: a figure's list has the rest.</p>")
    if not shows_all:
        st.button(more, key=f"{name}-more", on_click=lambda: st.session_state.update({f"{name}-all": True}))


def _breach(breach: Breach, key: str, zone: str) -> None:
    state = "still open" if breach.is_open else f"met {moment(breach.met_at, zone)}" if breach.met_at else "closed"
    facts = [breach.policy, breach.priority or "no priority", breach.owner or "nobody owns it", state]
    facts += ["carried over"] if breach.is_carried_over else []
    with st.container(horizontal=True, vertical_alignment="top", wrap=False, gap="small", width=READING_WIDTH):
        block(
            f'<div class="wb-head">{link(breach.key, breach.url)}<span>{plain(breach.title)}</span>'
            f'<span class="wb-late">{plain(breach.late)} late</span></div>'
            f"<p>{plain(breach.reason)}</p><p class='wb-dim'>{' · '.join(map(plain, facts))}</p>",
            "wb-breach",
        )
        st.button(
            "Clock", key=key, type="tertiary", help="When this clock ran, and why",
            on_click=open_clock, args=(breach.ticket_id, breach.policy, breach.cycle),
        )  # fmt: skip


def _untriaged(view: View, health: WeeklyHealth) -> None:
    st.subheader(f"Still untriaged: {health.untriaged.count:,}", anchor=False)
    if not health.has_triage_rule:
        notice(
            "Nothing configured: no rule says when a ticket is triaged. Write one under [[triage]] in watchbill.toml."
        )
        return
    _list(view, health, health.untriaged, "Nothing waits to be triaged.")


def _incidents(view: View, health: WeeklyHealth) -> None:
    st.subheader(f"Incidents of the week: {health.incidents.count:,}", anchor=False)
    _list(view, health, health.incidents, "No incident was recognised this week.")


def _actions(view: View, health: WeeklyHealth) -> None:
    st.subheader(f"Action items carried over: {health.actions.count:,}", anchor=False)
    _list(view, health, health.actions, "No action item from before this week is open.")


def _list(view: View, health: WeeklyHealth, listed: RowSet, nothing: str) -> None:
    def fetch(most: int) -> pl.DataFrame:
        question = health.question
        found: RowSet = _store.answer(view.snapshot, weekly_list, question=question, name=listed.name, most=most)
        return found.rows

    if listed.rows.is_empty():
        notice(nothing)
    else:
        ticket_table(listed, view.zone, open_clock, "page", fetch if len(listed.rows) < listed.count else None)
