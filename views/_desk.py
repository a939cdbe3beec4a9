"""How pages come to the desk: where it stands, who writes on it, and what is said when something could not be kept."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import streamlit as st

from desk.store import DeskError, desk_file
from views._access import may_publish
from views._parts import notice

Kept = TypeVar("Kept")
_WRITER, _REFUSED = "writer", "desk-refused"


def desk() -> Path:
    """The desk beside the store that WATCHBILL_STORE names; there may be neither yet."""
    return desk_file(os.environ.get("WATCHBILL_STORE", "watchbill.duckdb"))


def writer() -> str:
    """Who writes: who signed in, else the name this visitor gave; '' for somebody who has given none."""
    if st.user.get("is_logged_in"):
        return str(st.user.get("name") or st.user.get("email") or "")
    return str(st.session_state.get(_WRITER, "")).strip()


def ask_writer() -> str:
    """The writer's name, asked for once where nobody signs in."""
    if not st.user.get("is_logged_in"):
        st.session_state[_WRITER] = writer()  # a widget's value is forgotten with its page, unless it is set again
        st.text_input("Your name", key=_WRITER, max_chars=80, placeholder="as your team knows you")
    return writer()


def introduce(name: str) -> None:
    """Remember, for this visit, the name that somebody gave elsewhere than in `ask_writer`."""
    st.session_state[_WRITER] = name.strip()


def kept(write: Callable[[], Kept]) -> Kept | None:
    """Write, from within a callback; why it was not kept is said where `refusal` stands, and None is given.

    Whoever may only read writes nothing, whatever a page offers them.
    """
    try:
        if not may_publish():
            raise DeskError("You may read here. Deciding, planning and publishing is for planners: see [access] in "
                            "watchbill.toml.")  # fmt: skip
        return write()
    except DeskError as error:
        st.session_state[_REFUSED] = str(error)
        return None


def refusal() -> None:
    """Why the last thing was not kept, once."""
    if told := st.session_state.pop(_REFUSED, None):
        notice(told, is_warning=True)
