"""Opening a meeting, joining it, closing it with its minutes; meetings that were, and what is written of each."""

from datetime import date, datetime, timedelta

import streamlit as st

from desk.meetings import Meeting, carried_into, close_meeting, decisions, open_meeting
from metrics.wording import counted, local, moment
from reports.minutes import minutes
from views import _meeting_address
from views._desk import ask_writer, desk, kept, writer
from views._frame import View
from views._meeting_sitting import Sitting, frozen, now
from views._parts import notice
from views._style import as_label, block, plain


def show(sitting: Sitting, view: View, next_day: date) -> None:
    """Where this meeting stands, and what can be done with it."""
    if sitting.meeting:
        _opened(sitting, sitting.meeting, view)
    elif sitting.going_on:
        _join(sitting.going_on, view)
    else:
        _open(sitting, view, next_day)
    _others(sitting, view)


def _open(sitting: Sitting, view: View, next_day: date) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        with st.container(width=240):
            ask_writer()
        _next_day(view, next_day)
        st.button("Open the meeting", key="open-meeting", type="primary", on_click=_begin, args=(sitting, view),
                  help="The agenda is kept as it stands now, whatever happens to its tickets meanwhile.")  # fmt: skip
        st.button("Look through it first", key="present", on_click=_meeting_address.present, args=(None,),
                  disabled=not sitting.agenda.count)  # fmt: skip


def _next_day(view: View, next_day: date) -> None:
    st.session_state["next-day"] = next_day

    def chosen() -> None:
        if day := st.session_state["next-day"]:
            st.query_params["next"] = day.isoformat()
        else:  # as far away as usual
            st.query_params.pop("next", None)

    first = local(view.as_of, view.zone).date() + timedelta(days=1)
    st.date_input("Next meeting", value=None, key="next-day", min_value=min(first, next_day), on_change=chosen,
                  max_value=first + timedelta(days=380), format="YYYY-MM-DD", width=160)  # fmt: skip


def _begin(sitting: Sitting, view: View) -> None:
    agenda = frozen(sitting, view.address.queue)
    by = writer() or "somebody without a name"
    found = kept(
        lambda: open_meeting(desk(), team=view.team.name, as_of=view.as_of, agenda=agenda, by=by, now=now())
    )  # fmt: skip
    if found:
        _meeting_address.enter(found)


def _join(found: Meeting, view: View) -> None:
    when = moment(found.opened_at, view.zone, year_of=view.now)
    notice(f"A meeting is going on: {found.opened_by} opened it {when}, over the agenda as it was then.")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        with st.container(width=240):
            ask_writer()
        st.button(
            "Join the meeting", key="join-meeting", type="primary", on_click=_meeting_address.enter, args=(found,)
        )


def _opened(sitting: Sitting, meeting: Meeting, view: View) -> None:
    block(f"<p role='status'>{plain(_state(sitting, meeting, view))}</p>")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        if sitting.is_going_on:
            with st.container(width=240):
                ask_writer()
        st.button("Go through it, ticket by ticket", key="present", type="primary", on_click=_meeting_address.present,
                  args=(None,), disabled=not sitting.agenda.count, shortcut="G")  # fmt: skip
        if sitting.is_going_on:
            st.button("Close the meeting", key="close-meeting", on_click=_close, args=(sitting, meeting))
        _download(sitting, meeting)
        st.button("The agenda of now", key="leave-meeting", type="tertiary", on_click=_to_now)


def _to_now() -> None:
    _meeting_address.leave()
    st.query_params.pop("as_of", None)


def _state(sitting: Sitting, meeting: Meeting, view: View) -> str:
    opened = moment(meeting.opened_at, view.zone, year_of=view.now)
    told = f"{meeting.opened_by} opened this meeting {opened}; the agenda stands as it was then."
    if meeting.closed_at:
        told += f" {meeting.closed_by} closed it {moment(meeting.closed_at, view.zone, year_of=view.now)}."
    return f"{told} {counted(len(sitting.decided), 'decision')}."


def written_now(sitting: Sitting, meeting: Meeting) -> str:
    """The minutes as things stand; of a closed meeting, as they were written when it was closed."""
    if meeting.minutes is not None:
        return meeting.minutes
    return minutes(meeting, sitting.agenda, sitting.changes, sitting.decided, sitting.carried)


def _download(sitting: Sitting, meeting: Meeting) -> None:
    name = f"triage-{local(meeting.opened_at, sitting.agenda.zone):%Y-%m-%d}-{meeting.id}.md"
    st.download_button("Minutes as Markdown", lambda: written_now(sitting, meeting).encode(), file_name=name,
                       mime="text/markdown", key="minutes-file", on_click="ignore")  # fmt: skip


def show_minutes(sitting: Sitting) -> None:
    """The minutes, as they will be read."""
    if meeting := sitting.meeting:
        st.subheader("Minutes", anchor=False)
        with st.expander("As they stand now" if sitting.is_going_on else "As they were written", expanded=False):
            block(f"<pre class='wb-words' tabindex='0'>{plain(written_now(sitting, meeting))}</pre>")


def _close(sitting: Sitting, meeting: Meeting) -> None:
    """The minutes are written of what stands on the desk at that moment, whoever wrote it last."""
    by, at = writer() or "somebody without a name", now()

    def write() -> Meeting:
        told = minutes(meeting, sitting.agenda, sitting.changes, decisions(desk(), meeting.id),
                       carried_into(desk(), meeting), closed_at=at, closed_by=by)  # fmt: skip
        return close_meeting(desk(), meeting.id, meeting.version, minutes=told, by=by, now=at)

    kept(write)


def _others(sitting: Sitting, view: View) -> None:
    shown = sitting.meeting.id if sitting.meeting else None
    others = [one for one in sitting.others if one.id != shown]
    if not others:
        return
    st.session_state["other-meeting"] = None

    def chosen() -> None:
        place = st.session_state["other-meeting"]
        if place is not None:
            _meeting_address.enter(others[place])

    st.selectbox(
        "Meetings that were", range(len(others)), index=None, key="other-meeting", on_change=chosen, width=320,
        format_func=lambda n: _named(others[n], view.zone), placeholder="Open an earlier meeting",
    )  # fmt: skip


def _named(meeting: Meeting, zone: str) -> str:
    opened: datetime = local(meeting.opened_at, zone)
    return f"{opened:%Y-%m-%d %H:%M}, {as_label(meeting.opened_by)}{'' if meeting.closed_at else ' (going on)'}"
