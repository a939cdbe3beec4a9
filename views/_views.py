"""Saved views: the page as it is looked at, under a name, for everybody who uses the app."""

from datetime import UTC, datetime

import streamlit as st

from desk.rows import said
from desk.saved_views import SavedView, drop_view, save_view, saved_views
from desk.store import DeskError
from views import _memory, _menu
from views._access import may_publish
from views._address import OPENED
from views._desk import desk, introduce, kept, refusal, writer
from views._parts import notice
from views._style import as_label, block, plain

_PATH, _NAME, _BY = "page-path", "view-name", "view-writer"


def remember_page(path: str) -> None:
    """Which page this visit is on; the start is the first page of the menu."""
    st.session_state[_PATH] = path or _menu.written()[0][1]


@st.fragment
def popover() -> None:
    """The saved views, and the form that saves this one; the desk is asked when somebody opens it, and the page is not
    drawn anew for it."""
    opened = st.popover("Views", type="tertiary", on_change="rerun", key="views")
    if opened.open:
        with opened:
            _contents()


def _contents() -> None:
    refusal()
    try:
        views = saved_views(desk())
    except DeskError as error:
        notice(str(error), is_warning=True)
        return
    if not views:
        block("<p class='wb-dim'>No view is saved yet. A view is a page with all that was chosen on it.</p>")
    for view in views:
        _entry(view)
    if may_publish():
        _form()


def _entry(view: SavedView) -> None:
    with st.container(horizontal=True, vertical_alignment="center", wrap=False, gap="small"):
        is_there = _menu.has(view.path)
        label = next((label for _, path, label in _menu.MENU if path == view.path), view.path)
        if st.button(as_label(view.name), key=f"view-{view.id}", type="tertiary", disabled=not is_there,
                     help=as_label(f"{label}; saved by {view.written_by}")):  # fmt: skip
            _menu.go(view.path, **view.parameters)
        if may_publish():
            st.button("Drop", key=f"drop-view-{view.id}", type="tertiary", on_click=_drop, args=(view,),
                      help=as_label(f"Drop “{view.name}” for everybody"))  # fmt: skip


def _form() -> None:
    with st.form("save-view", border=False, clear_on_submit=False):
        st.text_input("Save this view as", key=_NAME, max_chars=80, placeholder="such as: Monday, infra alone")
        if not writer():
            st.text_input("Your name", key=_BY, max_chars=80, placeholder="as your team knows you")
        st.form_submit_button("Save", on_click=_save)
    block(f"<p class='wb-dim'>{plain(_what_is_kept())}</p>")


def _what_is_kept() -> str:
    if any(name in st.query_params for name in ("week", "as_of")) and not {"week", "as_of"} & set(_chosen()):
        return "It follows the newest data: no week or instant was chosen."
    return "It stays with the week or instant that was chosen."


def _chosen() -> dict[str, str]:
    """What was chosen on this page: its team, and all that the app did not fill in itself; nothing opened on top."""
    parameters = st.query_params.to_dict()
    told = {name: parameters[name] for name in ("team",) if name in parameters} | _memory.chosen(parameters)
    of_the_page = ("ticket",) if st.session_state[_PATH] == "tickets" else ()
    return {name: text for name, text in told.items() if name not in OPENED or name in of_the_page}


def _save() -> None:
    if not writer():
        introduce(st.session_state.get(_BY) or "")
    if kept(_saved):
        st.session_state[_NAME] = ""


def _saved() -> SavedView:
    name, path = st.session_state[_NAME], st.session_state[_PATH]
    by = said(writer(), "Your name")
    return save_view(desk(), name=name, path=path, parameters=_chosen(), by=by, now=datetime.now(UTC))


def _drop(view: SavedView) -> None:
    by = writer() or "somebody"
    kept(lambda: drop_view(desk(), view.id, view.version, by=by, now=datetime.now(UTC)))
