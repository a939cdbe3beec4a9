"""What of the triage meeting stands in the address: which meeting, which ticket is looked at, when the next one is.

A link to a meeting shows its agenda as it was, with its team and its instant; whoever then chooses another team, queue
or instant leaves it for the agenda of that.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from desk.meetings import Meeting, meeting
from desk.store import DeskError
from views import _memory
from views._address import instant_text
from views._desk import desk

USUALLY_AFTER = timedelta(days=14)  # the next meeting, where nobody says otherwise
OWN = ("meeting", "present", "item", "next")


@dataclass(frozen=True, slots=True)
class Asked:
    """The meeting the address names, if there is one, and what could not be shown."""

    meeting: Meeting | None = None
    complaint: str | None = None


def asked() -> Asked:
    """Read the address before the page does: a meeting brings its team and its instant with it."""
    named = st.query_params.get("meeting")
    if named is None:
        return Asked()
    try:
        found = meeting(desk(), int(named[:9])) if named.isascii() and named.isdecimal() else None
    except DeskError as error:
        return Asked(complaint=str(error))
    if found is None:
        st.query_params.pop("meeting")
        return Asked(complaint=f"There is no meeting “{named[:80]}” on this desk; this is the agenda of now.")
    if not _is_still_meant(found):
        leave()
        return Asked()
    _memory.choose(**_place(found))
    return Asked(found)


def _place(found: Meeting) -> dict[str, str]:
    queues = found.agenda.get("queue")
    place = {"team": found.team, "as_of": instant_text(found.as_of_at)}
    return place | ({"queue": queues} if queues else {})


def _is_still_meant(found: Meeting) -> bool:
    """Whether the rest of the address agrees with the meeting, as far as it says anything."""
    place, told = _place(found), st.query_params
    return all(told.get(name, place.get(name)) == place.get(name) for name in ("team", "as_of", "queue"))


def enter(found: Meeting) -> None:
    """Go to a meeting."""
    leave()
    st.query_params["meeting"] = str(found.id)
    st.query_params.pop("queue", None)
    _memory.choose(**_place(found))


def leave() -> None:
    for name in OWN:
        st.query_params.pop(name, None)


def is_presenting() -> bool:
    return st.query_params.get("present") == "1"


def present(ticket_id: str | None) -> None:
    """Look at one ticket in large type; None is the first."""
    st.query_params["present"] = "1"
    if ticket_id:
        st.query_params["item"] = ticket_id


def stop_presenting() -> None:
    for name in ("present", "item"):
        st.query_params.pop(name, None)


def next_day(as_of: datetime, zone: str) -> tuple[date, str | None]:
    """The day of the next meeting, and what could not be read."""
    usual = (as_of + USUALLY_AFTER).astimezone(ZoneInfo(zone)).date()
    text = st.query_params.get("next")
    try:
        day = date.fromisoformat(text) if text else usual
    except ValueError:
        day = usual
        return day, f"next=“{text}” is not a day; write it as 2026-11-30. Shown is {usual}."
    if not as_of.astimezone(ZoneInfo(zone)).date() < day <= usual + timedelta(days=366):
        return usual, f"next=“{text}” is not a day of the year to come. Shown is {usual}."
    return day, None


def start_of(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
