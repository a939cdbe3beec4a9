"""How did our week go? The page for a team lead on Monday morning."""

import streamlit as st

from metrics.weekly_health import Breach, WeeklyHealth
from metrics.wording import counted, moment
from views import _charts, _opened, _store
from views._address import WEEKLY, Address
from views._figures import draw
from views._frame import View, framed
from views._opened import open_clock, open_rows
from views._parts import FIRST_ROWS, READING_WIDTH, clause, notice, tile
from views._style import as_label, block, link, plain
from views._tables import ticket_table

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
    _breaches(health)
    _untriaged(health)
    _opened.show(view, health.rows)


def _flow(health: WeeklyHealth) -> None:
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("Came in and closed, twelve weeks", anchor=False)
        first, last = health.weeks[0], health.weeks[-1]
        alt = f"Came in and closed by week, {first.label} to {last.label}; open at the end: {last.open_tickets}."
        draw(_charts.flow(health.weeks), name="flow", alt=alt)
    with right:
        st.subheader("Is what comes in unusual?", anchor=False)
        outside = sum(week.signal is not None for week in health.weeks)
        draw(
            _charts.arrivals(health.weeks, health.limits),
            name="arrivals",
            alt=f"Weekly arrivals; {counted(outside, 'week')} outside the usual range.",
        )


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
    draw(_charts.strip(promise), name="strip", alt=alt)


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
