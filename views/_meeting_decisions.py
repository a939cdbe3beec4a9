"""Decisions: the form that takes one, the list of those taken, and what has become of them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import streamlit as st

from desk.meetings import PUT_OFF, Decision, Meeting, change_decision, decide, decided_since, meeting, settle
from desk.store import DeskError
from metrics.ticket_search import owners
from metrics.triage_agenda import Item
from metrics.wording import local, moment
from views import _store
from views._desk import desk, kept, writer
from views._frame import View
from views._meeting_sitting import now
from views._parts import READING_WIDTH
from views._style import block, plain

_CHANGED = "changed-decision"  # which decision is being said otherwise, and on what version
_MARKS = {"open": "○ open", "done": "● done", "dropped": "– dropped"}


def form(view: View, sat: Meeting, item: Item, due: date, then: Any) -> None:
    """What, who, until when. `then` is called once it is kept; until then, everything typed stays."""
    key = f"{sat.id}-{item.ticket_id}"
    with st.form(f"decide-{key}", border=True, enter_to_submit=False):
        st.text_area("What do we decide?", key=f"what-{key}", height=110, max_chars=4_000)
        _who(view, f"who-{key}", item.owner)
        st.date_input("Due", value=due, key=f"due-{key}", format="YYYY-MM-DD")
        st.checkbox("Put it off until that day", key=f"off-{key}",
                    help="It comes back under “Put off, and due again”.")  # fmt: skip
        st.form_submit_button("Keep the decision", key=f"keep-{key}", type="primary", shortcut="Ctrl+Enter",
                              on_click=_keep, args=(sat, item, key, then))  # fmt: skip


def _who(view: View, key: str, owner: str | None) -> None:
    people = list(dict.fromkeys([*([owner] if owner else []), *_store.answer(view.snapshot, owners)]))
    st.selectbox("Who does it?", people, index=0 if owner else None, key=key, accept_new_options=True,
                 placeholder="A name; a new one may be typed")  # fmt: skip


def _keep(sat: Meeting, item: Item, key: str, then: Any) -> None:
    told = st.session_state
    what, due = str(told[f"what-{key}"]).strip(), told[f"due-{key}"]
    if told[f"off-{key}"]:
        what = f"{PUT_OFF}: {what}" if what else PUT_OFF

    def write() -> Decision:
        stands = meeting(desk(), sat.id)
        if stands is not None and stands.closed_at:
            raise DeskError(f"{stands.closed_by} has closed this meeting, so that this was not kept: decide it in the "
                            f"next one. You wrote: {what}")  # fmt: skip
        return decide(desk(), team=sat.team, what=what, by=writer() or "somebody without a name", now=now(),
                      meeting_id=sat.id, ticket_id=item.ticket_id, ticket_key=item.key, owner=told[f"who-{key}"],
                      due_on=due)  # fmt: skip

    if kept(write):
        st.session_state["decision-kept"] = item.key
        then()


def listed(decisions: Sequence[Decision], view: View, place: str, *, may_write: bool, empty: str) -> None:
    """Each decision in a line, with what can be done about it."""
    if not decisions:
        block(f"<p class='wb-dim'>{plain(empty)}</p>")
    for one in decisions:
        _line(one, view, f"{place}-{one.id}", may_write=may_write)


def _line(one: Decision, view: View, key: str, *, may_write: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="top", gap="small", width=READING_WIDTH):
        block(_said(one, view), "wb-breach")
        if not may_write:
            return
        if one.state == "open":
            st.button("Done", key=f"done-{key}", type="tertiary", on_click=_settle, args=(one, "done"))
            st.button("Drop", key=f"drop-{key}", type="tertiary", on_click=_settle, args=(one, "dropped"))
            st.button("Change", key=f"change-{key}", type="tertiary", on_click=_begin, args=(one,))
        else:
            st.button("Open again", key=f"again-{key}", type="tertiary", on_click=_settle, args=(one, "open"))
    if may_write and st.session_state.get(_CHANGED, (None,))[0] == one.id:
        _change_form(one)


def _said(one: Decision, view: View) -> str:
    late = one.state == "open" and one.due_on is not None and one.due_on < local(view.as_of, view.zone).date()
    due = f"due {one.due_on:%Y-%m-%d}" if one.due_on else "no date"
    facts = [one.owner or "nobody named", due, _MARKS[one.state],
             f"decided {moment(one.decided_at, view.zone, year_of=view.now)} by {one.decided_by}"]  # fmt: skip
    mark = "<span class='wb-late'>▲ late</span>" if late else ""
    key = f"<strong>{plain(one.ticket_key)}</strong> " if one.ticket_key else ""
    return (
        f"<div class='wb-head'>{key}<span class='wb-words'>{plain(one.what)}</span>{mark}</div>"
        f"<p class='wb-dim'>{' · '.join(map(plain, facts))}</p>"
    )


def _settle(one: Decision, state: Any) -> None:
    kept(lambda: settle(desk(), one.id, one.version, state=state, by=writer() or "somebody without a name", now=now()))


def _begin(one: Decision) -> None:
    st.session_state[_CHANGED] = one.id, one.version
    for name, value in (("what", one.what), ("who", one.owner or ""), ("due", one.due_on)):
        st.session_state[f"changed-{name}"] = value


def _change_form(one: Decision) -> None:
    with st.form("change-decision", width=READING_WIDTH):
        st.text_area("What do we decide?", key="changed-what", max_chars=4_000)
        st.text_input("Who does it?", key="changed-who", max_chars=200)
        st.date_input("Due", value=None, key="changed-due", format="YYYY-MM-DD")
        with st.container(horizontal=True):
            st.form_submit_button("Keep the change", key="change-keep", type="primary", on_click=_change, args=(one,))
            st.form_submit_button("Leave it", key="change-leave", on_click=_leave)


def _change(one: Decision) -> None:
    told, (_, version) = st.session_state, st.session_state[_CHANGED]
    written = kept(
        lambda: change_decision(
            desk(), one.id, version, what=told["changed-what"], owner=told["changed-who"].strip() or None,
            due_on=told["changed-due"], by=writer() or "somebody without a name", now=now(),
        )
    )  # fmt: skip
    if written:
        _leave()
        return
    stands = next((row for row in decided_since(desk(), one.team, one.decided_at) if row.id == one.id), None)
    if stands:  # the reader has been told what stands there now; saving again is meant
        st.session_state[_CHANGED] = one.id, stands.version


def _leave() -> None:
    st.session_state.pop(_CHANGED, None)
