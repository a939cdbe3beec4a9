"""What was found against the numbers, kind by kind, with what to do, and lines to paste into the settings."""

from datetime import datetime

import streamlit as st

from metrics.findings import MOST, Kind
from metrics.missing_words import Paste
from metrics.trust import Trust, trust
from metrics.weekly_rows import RowSet
from metrics.wording import counted
from views import _store
from views._figures import about
from views._frame import View
from views._opened import open_clock
from views._parts import notice
from views._style import block, plain
from views._tables import RowButton, table

_COLUMNS = ("source", "subject", "why", "suggestion", "tickets", "records", "share", "first_seen_at", "last_seen_at")


def show(view: View, known_at: datetime) -> None:
    """What was found, those kinds first that ask for something."""
    found: Trust = _store.answer(view.snapshot, trust, as_of=known_at)
    st.subheader(f"What speaks against these numbers? {counted(found.total, 'finding')}", anchor=False)
    if not found.kinds:
        notice("Nothing was found: every word is mapped, every account is somebody's, and no history has a gap.")
    _words(found.pastes)
    for kind in found.kinds:
        _kind(view, kind)
    about("data_quality")


def no_rows(name: str) -> RowSet:
    """No figure of this page opens a list."""
    raise ValueError(f"{name[:80]!r} names no list of this page")


def _words(pastes: tuple[Paste, ...]) -> None:
    """The lines that would map what has no meaning yet."""
    if not pastes:
        return
    st.subheader("What is missing in watchbill.toml?", anchor=False)
    advice = "Look at every guess, paste what is right, then run “watchbill apply”: all of history is told anew."
    block(f"<p class='wb-dim'>{plain(advice)}</p>")
    for paste in pastes:
        block(f"<p>{plain(paste.what)}</p>")
        st.code(paste.lines, language="toml", height=260 if paste.lines.count("\n") > 12 else "content")


def _kind(view: View, kind: Kind) -> None:
    st.subheader(f"{kind.name.capitalize()}: {kind.findings:,}", anchor=False)
    block(f"<p class='wb-dim'>{plain(kind.advice)}</p>")
    is_ticket = bool(kind.rows["ticket_id"].count())
    told = kind.rows.rename({"reason": "why"})
    if is_ticket:  # each about one ticket, mostly in one moment
        told = told.drop("tickets", "first_seen_at")
    rows = told.select("ticket_id", *(name for name in _COLUMNS if name in told.columns and told[name].count()))
    button = RowButton("History", "Show", lambda row: open_clock(row["ticket_id"]))
    table(
        rows.rename({"subject": "key"}) if is_ticket else rows,
        zone=view.zone,
        name=f"finding-{kind.name}",
        button=button if is_ticket else None,
        file_name=f"{kind.name.replace(' ', '-')}.csv",
        alt=kind.name,
    )
    if kind.findings > MOST:
        notice(f"These are the first {MOST:,} of {kind.findings:,}: `watchbill metric data_quality` gives them all.")
