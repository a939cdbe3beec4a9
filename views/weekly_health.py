"""How did our week go? The page for a team lead on Monday morning."""

from datetime import UTC, datetime
from typing import Any

import streamlit as st

import metrics
from metrics.teams import Team
from metrics.weekly_health import Breach, WeeklyHealth
from metrics.wording import counted, moment
from views import _address, _charts, _sidebar, _store, _trace
from views._address import Address
from views._parts import FIRST_ROWS, READING_WIDTH, clause, freshness, notice, ticket_table, tile
from views._style import as_label, block, install, link, plain

TITLE = "How did our week go?"


def page() -> None:
    """The whole page, or the sentence that says what is missing."""
    install()
    st.title(TITLE, anchor=False)
    try:
        snapshot = _store.snapshot()
        known_until = _store.data_until(snapshot)
        teams = _store.teams(snapshot, known_until) if known_until else ()
    except metrics.StoreError as error:
        notice(f"This page has nothing to read: {error}.", is_warning=True)
        return
    if known_until is None or not any(team.tickets for team in teams):
        notice(_nothing_yet(teams))
        return
    address = _address.read(st.query_params.to_dict(), teams, known_until)
    _sidebar.show(address, teams, known_until)
    st.query_params.update(address.parameters)
    health = _store.weekly_health(snapshot, address.team.name, address.week, address.as_of)
    _body(health, address, known_until, snapshot)
    if "rows" in st.query_params or "ticket" in st.query_params:
        _closer(health, snapshot)


def _nothing_yet(teams: tuple[Team, ...]) -> str:
    if not teams:
        return (
            "This store holds no history for any team yet: describe your teams in watchbill.toml, then run "
            "`watchbill import` or, to look around first, `watchbill demo`."
        )
    return "No ticket in this store is in a queue of your teams: check `queues` under [[team]] in watchbill.toml."


def _body(health: WeeklyHealth, address: Address, known_until: datetime, snapshot: str) -> None:
    now, zone = datetime.now(UTC), health.team.zone
    ages, is_demo = _store.source_ages(snapshot), _store.is_demo(snapshot)
    freshness(known_until, ages, address.as_of, zone, is_demo=is_demo, now=now)
    for complaint in address.complaints:
        notice(complaint, is_warning=True)
    if not health.team.has_calendar:
        notice(
            "This team has no calendar in force, so nothing can fall due. Name one under [[team]] in watchbill.toml."
        )
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
    _breaches(health)
    _untriaged(health)


def _flow(health: WeeklyHealth) -> None:
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("Came in and closed, twelve weeks", anchor=False)
        first, last = health.weeks[0], health.weeks[-1]
        alt = f"Came in and closed by week, {first.label} to {last.label}; open at the end: {last.open_tickets}."
        _chart("flow", _charts.flow(health.weeks), alt)
    with right:
        st.subheader("Is what comes in unusual?", anchor=False)
        outside = sum(week.signal is not None for week in health.weeks)
        _chart(
            "arrivals",
            _charts.arrivals(health.weeks, health.limits),
            f"Weekly arrivals; {counted(outside, 'week')} outside the usual range.",
        )


def _chart(name: str, figure: Any, alt: str) -> None:
    """A figure whose bars and points open the tickets behind them."""
    key = f"chart-{name}-{st.query_params.get('rows', '')}"  # another key forgets the click once it has been followed

    def clicked() -> None:
        points = st.session_state[key]["selection"]["points"]
        if points:
            chosen = points[0].get("customdata")
            open_rows(chosen[0] if isinstance(chosen, list) else str(chosen))

    st.plotly_chart(figure, config=_charts.CONFIG, key=key, on_select=clicked, selection_mode="points", alt=alt)


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
    _chart("strip", _charts.strip(promise), alt)


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


def _breaches(health: WeeklyHealth) -> None:
    new = [breach for breach in health.breaches if not breach.is_carried_over]
    old = [breach for breach in health.breaches if breach.is_carried_over]
    st.subheader(f"Broken promises: {len(new)} this week, {len(old)} carried over", anchor=False)
    if not health.promises:
        notice("Nothing configured, so nothing can be broken.")
    elif not new:
        notice("Nothing fell due this week and was missed.")
    _breach_list(new, "breaches", f"Show all {len(new)} of this week", health.team.zone, at_first=FIRST_ROWS)
    _breach_list(old, "carried", f"Show the {len(old)} carried over, broken earlier and still open", health.team.zone)


def _breach_list(breaches: list[Breach], name: str, more: str, zone: str, at_first: int = 0) -> None:
    shows_all = len(breaches) <= at_first or st.session_state.get(f"{name}-all", False)
    for number, breach in enumerate(breaches if shows_all else breaches[:at_first]):
        _breach(breach, f"{name}-{number}", zone)
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


def _untriaged(health: WeeklyHealth) -> None:
    st.subheader(f"Still untriaged: {len(health.oldest_untriaged.rows)}", anchor=False)
    if not health.facts.has_triage_rule:
        notice(
            "Nothing configured: no rule says when a ticket is triaged. Write one under [[triage]] in watchbill.toml."
        )
    elif health.oldest_untriaged.rows.is_empty():
        notice("Nothing waits to be triaged.")
    else:
        ticket_table(health.oldest_untriaged, health.team.zone, open_clock, "page")


def open_rows(name: str) -> None:
    """Open the list behind a figure; the address says so."""
    _forget_opened()
    st.query_params["rows"] = name


def open_clock(ticket_id: str, policy: str | None = None, cycle: int | None = None) -> None:
    """Open one ticket's clock trace, over the list it was chosen from, if any."""
    st.query_params["ticket"] = ticket_id
    for name, value in (("policy", policy), ("cycle", cycle)):
        st.query_params.pop(name, None)
        if value is not None:
            st.query_params[name] = str(value)


def _forget_opened(names: tuple[str, ...] = _address.OPENED) -> None:
    for name in names:
        st.query_params.pop(name, None)


@st.dialog("Behind the figures", width="large", on_dismiss=_forget_opened)
def _closer(health: WeeklyHealth, snapshot: str) -> None:
    """The list the address names, or the one ticket on top of it."""
    asked = st.query_params
    if "ticket" in asked:
        if "rows" in asked:
            st.button(
                "← Back to the list", key="back", type="tertiary", on_click=_forget_opened, args=(_address.OPENED[1:],)
            )
        trace = _store.clock_trace(snapshot, asked["ticket"], health.as_of)
        _trace.show(health, trace, asked["ticket"], asked.get("policy"), asked.get("cycle"))
        return
    try:
        listed = health.rows(asked.get("rows", ""))
    except ValueError as error:
        notice(f"{error}.", is_warning=True)
        return
    block(f"<strong>{plain(listed.title)}: {len(listed.rows):,}</strong>")
    ticket_table(listed, health.team.zone, open_clock, "opened")
