"""What must we decide today? The page that the triage meeting shares on its screen."""

from datetime import date, datetime

import streamlit as st

from desk.store import DeskError
from metrics.wording import local
from views import _meeting_agenda, _meeting_decisions, _meeting_room, _meeting_ticket, _opened
from views._address import STANDING
from views._desk import refusal
from views._frame import View, framed, hold_still
from views._meeting_address import Asked, asked, is_presenting, next_day
from views._meeting_sitting import Sitting, sitting
from views._parts import notice

TITLE = "What must we decide today?"


def page() -> None:
    """The whole page, or the sentence that says what is missing."""
    found = asked()
    framed(TITLE, lambda view: _body(view, found), asks=STANDING)


def _body(view: View, found: Asked) -> None:
    hold_still(found.meeting is not None or is_presenting())
    due, complaint = next_day(view.as_of, view.zone)
    for told in filter(None, (found.complaint, complaint)):
        notice(told, is_warning=True)
    try:
        sat = sitting(view, found.meeting, due)
    except DeskError as error:
        notice(str(error), is_warning=True)
        return
    if is_presenting():
        _meeting_ticket.show(sat, view, local(datetime.fromisoformat(sat.agenda.next_at), view.zone).date())
    else:
        _agenda(sat, view, due)


def _agenda(sat: Sitting, view: View, due: date) -> None:
    _meeting_agenda.in_words(sat, view)
    refusal()
    _meeting_room.show(sat, view, due)
    _meeting_agenda.tiles(sat, view)
    st.subheader("Decided and not done", anchor=False)
    is_writable = sat.meeting is None or sat.is_going_on
    _meeting_decisions.listed(
        sat.carried, view, "carried", may_write=is_writable, empty="Nothing is left of earlier meetings."
    )
    if sat.meeting:
        st.subheader("Decided in this meeting", anchor=False)
        _meeting_decisions.listed(sat.decided, view, "decided", may_write=True, empty="Nothing has been decided yet.")
    _meeting_agenda.sections(sat, view)
    st.subheader("Since the last meeting", anchor=False)
    _meeting_agenda.since_last(sat)
    _meeting_room.show_minutes(sat)
    _opened.show(view, lambda name: _meeting_agenda.rows_behind(sat, view, name))
