"""The frame that every page stands in: its title, what it reads, its sidebar, how fresh the data are, and complaints.

A page is its question and a body:

    def page() -> None:
        framed("How did our week go?", _body, asks=WEEKLY)

    def _body(view: View) -> None: ...
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st

import metrics
from metrics.teams import Team
from views import _access, _address, _memory, _sidebar, _store, _views
from views._address import WEEKLY, Address
from views._parts import freshness, notice
from views._style import install

LOOKS_AGAIN_EVERY = 30  # seconds between two looks for a newer snapshot


@dataclass(frozen=True, slots=True)
class View:
    """What the body of a page is told. `now` is the wall clock's instant, for words about freshness alone: numbers
    are asked as of `address.as_of`."""

    snapshot: str
    address: Address
    teams: tuple[Team, ...]
    known_until: datetime
    now: datetime

    @property
    def team(self) -> Team:
        return self.address.team

    @property
    def zone(self) -> str:
        return self.address.team.zone

    @property
    def as_of(self) -> datetime:
        return self.address.as_of


def framed(
    title: str,
    body: Callable[[View], None],
    *,
    asks: tuple[str, ...] = WEEKLY,
    without_data: Callable[[], None] | None = None,
) -> None:
    """The whole page, or the sentence that says what is missing; `without_data` draws what can be done without."""
    st.set_page_config(page_title=f"{title} · Watchbill")
    install()
    _head(title)
    view = _view(asks)
    if isinstance(view, View):
        _sidebar.show(view.address, view.teams, view.known_until)
        _state_of_the_data(view)
        hold_still(False)  # whatever the page before asked for
        body(view)
    else:
        notice(view.sentence, is_warning=view.is_broken)
        if without_data:
            without_data()
    if not is_reading():
        _look_again(view.snapshot)


def _head(title: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="head"):
        st.title(title, anchor=False, width="stretch")
        with st.container(width="content"):
            _views.popover()
        if _access.is_signed_in():
            _access.signed_in_as()


@dataclass(frozen=True, slots=True)
class _Missing:
    sentence: str
    is_broken: bool
    snapshot: str | None


def _view(asks: tuple[str, ...]) -> View | _Missing:
    snapshot = None
    try:
        snapshot = _store.snapshot()
        known_until = _store.data_until(snapshot)
        teams = _store.teams(snapshot, known_until) if known_until else ()
    except metrics.StoreError as error:
        return _Missing(f"This page has nothing to read: {error}.", True, snapshot)
    if known_until is None or not any(team.tickets for team in teams):
        return _Missing(_nothing_yet(teams), False, snapshot)
    wanted = _memory.asked()
    address = _address.read(wanted, teams, known_until, asks)
    _memory.keep(address, wanted, known_until)
    return View(snapshot, address, teams, known_until, datetime.now(UTC))


def _nothing_yet(teams: tuple[Team, ...]) -> str:
    if not teams:
        return (
            "This store holds no history for any team yet: describe your teams in watchbill.toml, then run "
            "`watchbill import` or, to look around first, `watchbill demo`."
        )
    return "No ticket in this store is in a queue of your teams: check `queues` under [[team]] in watchbill.toml."


def _state_of_the_data(view: View) -> None:
    ages, is_demo = _store.source_ages(view.snapshot), _store.is_demo(view.snapshot)
    freshness(view.known_until, ages, view.as_of, view.zone, is_demo=is_demo, now=view.now)
    for complaint in view.address.complaints:
        notice(complaint, is_warning=True)
    if not view.team.has_calendar:
        notice(
            "This team has no calendar in force, so nothing can fall due. Name one under [[team]] in watchbill.toml."
        )


def is_reading() -> bool:
    """Whether the reader has something open on top of the page, which must not move under their eyes."""
    return any(name in st.query_params for name in _address.OPENED) or bool(st.session_state.get("holds-still"))


def hold_still(is_held: bool = True) -> None:
    """A page that is being written on asks not to be drawn anew when newer data land."""
    st.session_state["holds-still"] = is_held


@st.fragment(run_every=LOOKS_AGAIN_EVERY)
def _look_again(shown: str | None) -> None:
    """Draw the page anew once a newer snapshot has been published."""
    try:
        newest: str | None = _store.snapshot()
    except metrics.StoreError:
        newest = None
    if newest != shown:
        st.rerun()
