"""The note of whoever goes off duty, and who has read this handoff. It is for reading first, and for writing."""

from datetime import UTC, datetime
from typing import Any

import streamlit as st

from desk.handoffs import Note, Reading, mark_read, note, notes, readings, write_note
from desk.store import DeskError
from metrics.handoff import Handoff
from metrics.wording import joined, moment
from views._desk import ask_writer, desk, kept, refusal, writer
from views._frame import View, hold_still
from views._parts import READING_WIDTH, notice
from views._style import block, plain

LONGEST, EARLIER = 20_000, 8
_EDITED, _VERSION = "handoff-edited", "handoff-version"


def _place(told: Handoff) -> dict[str, str]:
    """Where this handoff's note and readings are kept."""
    return {"team": told.team.name, "week": told.week.name, "role": told.role.name if told.role else ""}


def show(told: Handoff, view: View) -> None:
    """What stands there, who has read it, and the form where it is being written."""
    place = _place(told)
    try:
        stands, read = note(desk(), **place), readings(desk(), **place)
        earlier = [one for one in notes(desk(), team=told.team.name) if one.week < told.week.name]
    except DeskError as error:
        notice(str(error), is_warning=True)
        return
    who = joined(told.handover.outgoing) if told.handover and told.handover.outgoing else "the outgoing person"
    st.subheader(f"What does {who} tell you?", anchor=False)
    refusal()
    _words(stands, view)
    is_edited = st.session_state.get(_EDITED) == place
    hold_still(is_edited)
    if is_edited:
        _form(place)
    else:
        st.button("Change the note" if stands else "Write the note", key="note-edit", on_click=_begin,
                  args=(place, stands))  # fmt: skip
    _read_by(told, read, view)
    _earlier([one for one in earlier if one.role == place["role"]][:EARLIER], view)


def _words(stands: Note | None, view: View) -> None:
    if stands is None:
        notice("No note has been written for this handoff yet. What should the next person know that no tracker says?")
        return
    when = moment(stands.written_at, view.zone, year_of=view.now)
    by = f"<p class='wb-dim'>{plain(f'{stands.written_by}, {when}')}</p>"
    block(f"<div class='wb-words'>{plain(stands.words)}</div>{by}", "wb-note")


def _begin(place: dict[str, str], stands: Note | None) -> None:
    """Open the form on what stands there now; what is saved later has to have been written on that."""
    st.session_state[_EDITED], st.session_state[_VERSION] = place, stands.version if stands else 0
    st.session_state["note-words"] = stands.words if stands else ""


def _form(place: dict[str, str]) -> None:
    with st.form("note-form", width=READING_WIDTH):
        st.text_area("The note", key="note-words", max_chars=LONGEST, height=200,
                     placeholder="What is going on, what to watch, whom to ask")  # fmt: skip
        ask_writer()
        with st.container(horizontal=True):
            st.form_submit_button("Keep the note", key="note-keep", type="primary", on_click=_keep, args=(place,))
            st.form_submit_button("Leave it", key="note-leave", on_click=_leave)


def _leave() -> None:
    st.session_state.pop(_EDITED, None)
    hold_still(False)


def _keep(place: dict[str, str]) -> None:
    words = st.session_state["note-words"].strip()
    version = st.session_state[_VERSION]

    def write() -> Note:
        if not words:
            raise DeskError("This note is empty: write something, or leave it.")
        by = _named()
        return write_note(desk(), **place, words=words, by=by, now=datetime.now(UTC), version=version)

    if kept(write):
        _leave()
        return
    # Whoever saves again has seen what stands there now: the page shows it above the form.
    stands: Any = kept(lambda: note(desk(), **place))
    st.session_state[_VERSION] = stands.version if stands else 0


def _named() -> str:
    """Who writes; raises DeskError where nobody has said."""
    if not writer():
        raise DeskError("Say your name first, so that others know whom to ask.")
    return writer()


def _read_by(told: Handoff, read: list[Reading], view: View) -> None:
    block(f"<p class='wb-dim' role='status'>{plain(_told_readers(told, read, view))}</p>")


def _told_readers(told: Handoff, read: list[Reading], view: View) -> str:
    said = [f"{one.person} {moment(one.read_at, view.zone, year_of=view.now)}" for one in read]
    readers = {one.person.casefold() for one in read}
    coming = told.handover.incoming if told.handover else ()
    lacking = [person for person in coming if person.casefold() not in readers]
    have = f"Read by {'; '.join(said)}." if said else "Nobody has confirmed yet to have read this."
    return f"{have} Still to read it: {joined(lacking)}." if lacking and said else have


def _earlier(earlier: list[Note], view: View) -> None:
    if not earlier:
        return
    with st.expander("Earlier notes"):
        for one in earlier:
            when = moment(one.written_at, view.zone, year_of=view.now)
            block(f"<p><strong>{plain(one.week)}</strong> <span class='wb-dim'>{plain(one.written_by)}, {plain(when)}"
                  f"</span></p><div class='wb-words'>{plain(one.words)}</div>")  # fmt: skip


def confirm(told: Handoff, view: View) -> None:
    """The end of the page: whoever takes over says that they have read it."""
    place = _place(told)
    st.subheader("Have you read this?", anchor=False)
    try:
        read = readings(desk(), **place)
    except DeskError as error:
        notice(str(error), is_warning=True)
        return
    block(f"<p>{plain(_told_readers(told, read, view))}</p>")
    if writer() and writer().casefold() in {one.person.casefold() for one in read}:
        notice("You have confirmed that you have read this handoff.")
        return
    with st.form("read-form", width=READING_WIDTH, border=False):
        if st.session_state.get(_EDITED) != place:  # one field for the name at a time
            ask_writer()
        st.form_submit_button("I have read this", key="read", type="primary", on_click=_confirm, args=(place,))


def _confirm(place: dict[str, str]) -> None:
    kept(lambda: mark_read(desk(), **place, person=_named(), now=datetime.now(UTC)))
