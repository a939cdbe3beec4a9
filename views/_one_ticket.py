"""One ticket from its opening on: how it stood, what it went through, and whether its promises were kept."""

from datetime import timedelta

import streamlit as st

from desk.meetings import Decision, decisions_about
from desk.store import DeskError
from metrics.one_ticket import Ticket, one_ticket
from metrics.ticket_history import Deed, Link, ticket_deeds, ticket_links, ticket_stages
from metrics.wording import joined, lasted, moment, shortened
from views import _stage_bar, _store, _trace
from views._address import OPENED
from views._charts import CONFIG
from views._derived import derived
from views._desk import desk
from views._frame import View
from views._opened import forget, open_clock
from views._parts import FIRST_ROWS, notice
from views._style import block, link, plain


def show(view: View, ticket_id: str) -> None:
    """The ticket, or the sentence that there is none."""
    st.button("← All tickets", key="back", type="tertiary", on_click=forget, args=(OPENED,))
    ticket = _store.answer(view.snapshot, one_ticket, as_of=view.as_of, ticket_id=ticket_id)
    if ticket is None:
        notice(f"This store knew no ticket “{ticket_id[:200]}” at the instant shown.", is_warning=True)
        return
    _head(ticket)
    _facts(ticket, view)
    _stages(view, ticket)
    st.subheader("Were its promises kept?", anchor=False)
    _trace.clocks(view, ticket_id, st.query_params.get("policy"), st.query_params.get("cycle"))
    _deeds(view, ticket_id)
    _links(_store.answer(view.snapshot, ticket_links, as_of=view.as_of, ticket_id=ticket_id))
    _decisions(view, ticket_id)


def _head(ticket: Ticket) -> None:
    block(f"<h2 class='wb-name'>{link(ticket.key, ticket.url)} <span>{plain(shortened(ticket.title))}</span></h2>")


def _facts(ticket: Ticket, view: View) -> None:
    facts = {
        "Stage": ticket.stage or "none known",
        "Status": ticket.status or "none told",
        "Priority": ticket.priority or "none",
        "Owner": joined(ticket.owners) if ticket.owners else "nobody",
        "Queue": ticket.queue or "none",
        "Opened": moment(ticket.opened_at, view.zone, year_of=view.as_of),
        "Age": _age(ticket, view),
        "Asked by": ticket.author or "nobody named",
        "Type": ticket.type,
        "Labels": joined(ticket.labels) if ticket.labels else None,
    }
    told = (f"<div><span>{name}</span>{plain(shortened(text))}</div>" for name, text in facts.items() if text)
    block("".join(told), "wb-facts wb-wrap")
    if ticket.gone_at:
        gone = moment(ticket.gone_at, view.zone, year_of=view.as_of)
        notice(f"This ticket left the numbers {gone}: it was {ticket.gone_reason}.", is_warning=True)


def _age(ticket: Ticket, view: View) -> str:
    until = ticket.closed_at or view.as_of.replace(tzinfo=None)
    lived = lasted(max(until - ticket.opened_at, timedelta()).total_seconds())
    if ticket.closed_at is None:
        return f"{lived}, open"
    return f"closed {moment(ticket.closed_at, view.zone, year_of=view.as_of)}, after {lived}"


def _stages(view: View, ticket: Ticket) -> None:
    stages = _store.answer(view.snapshot, ticket_stages, as_of=view.as_of, ticket_id=ticket.ticket_id)
    st.subheader("Where did it stand?", anchor=False)
    if stages.is_empty():
        notice("No stage of this ticket is known.")
        return
    stages = derived(_stage_bar.alive, stages)
    told = _stage_bar.told(stages)
    figure = derived(_stage_bar.figure, stages, view.zone, view.as_of)
    st.plotly_chart(figure, config=CONFIG, key="stages", alt=f"Stages over time. {told}")
    block(f"<p class='wb-dim'>{plain(told)}</p>")


def _deeds(view: View, ticket_id: str) -> None:
    deeds = _store.answer(view.snapshot, ticket_deeds, as_of=view.as_of, ticket_id=ticket_id)
    st.subheader("What happened, the newest first", anchor=False)
    shows_all = len(deeds) <= FIRST_ROWS or st.session_state.get(f"deeds-{ticket_id}", False)
    rows = "".join(_deed(deed, view) for deed in (deeds if shows_all else deeds[:FIRST_ROWS]))
    head = "<th>When</th><th>Who</th><th>What</th><th>How we know</th>"
    block(f"<table class='wb-trace'><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>")
    if any(deed.origin == "inferred" for deed in deeds):
        block("<p class='wb-dim'>Inferred: the tracker kept no record of it; how the ticket was found tells.</p>")
    if not shows_all:
        st.button(f"Show all {len(deeds):,}", key="deeds-more", on_click=_show_all, args=(f"deeds-{ticket_id}",))


def _show_all(flag: str) -> None:
    st.session_state[flag] = True


def _deed(deed: Deed, view: View) -> str:
    who = f"{deed.actor or 'Nobody named'}{' (bot)' if deed.is_bot else ''}"
    text = f"<div class='wb-words'>{plain(deed.text)}</div>" if deed.text else ""
    return (
        f"<tr><td class='wb-time'>{plain(moment(deed.occurred_at, view.zone, year_of=view.as_of))}</td>"
        f"<td>{plain(who)}</td><td class='wb-wide'>{plain('; '.join(deed.words))}{text}</td>"
        f"<td class='wb-dim'>{plain(deed.origin)}</td></tr>"
    )


def _links(links: tuple[Link, ...]) -> None:
    if not links:
        return
    st.subheader("What is it tied to?", anchor=False)
    for number, tie in enumerate(links):
        _link(tie, number)


def _link(tie: Link, number: int) -> None:
    relation = tie.relation.replace("_", " ")
    said = f"This one {relation}" if tie.is_told_here else f"“{relation}” this one, says"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        block(
            f"<span class='wb-dim'>{plain(said)}</span> {link(tie.key or tie.other_id, tie.url)} "
            f"{plain((tie.title or 'not in this store')[:200])}"
        )
        if tie.ticket_id:
            st.button("Open", key=f"link-{number}", type="tertiary", on_click=_turn_to, args=(tie.ticket_id,))


def _turn_to(ticket_id: str) -> None:
    forget()
    open_clock(ticket_id)


def _decisions(view: View, ticket_id: str) -> None:
    try:
        decisions = decisions_about(desk(), ticket_id)
    except DeskError as error:
        notice(str(error), is_warning=True)
        return
    if decisions:
        st.subheader("What was decided about it?", anchor=False)
        block("".join(f"<p>{plain(_decision(decision, view))}</p>" for decision in decisions))


def _decision(decision: Decision, view: View) -> str:
    when = moment(decision.decided_at, view.zone, year_of=view.as_of)
    owner = f", by {decision.owner}" if decision.owner else ""
    due = f", due {decision.due_on:%Y-%m-%d}" if decision.due_on else ""
    return f"{when}: {decision.what}{owner}{due} ({decision.state})"
