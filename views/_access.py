"""What a visitor may do: nothing, read, or also decide and publish.

Where nobody can sign in, the app answers this machine alone (serving/guard.py), and whoever reaches it may do
everything. Otherwise [access] in watchbill.toml says who may do what, of what the provider tells of them.
"""

import os
from functools import lru_cache
from pathlib import Path

import streamlit as st

import settings
from settings.access import Access, Part
from views._parts import notice
from views._style import as_label, block, install, plain

DOOR = "Who is there?"


def has_sign_in() -> bool:
    """Whether people can sign in: there is a table [auth] in .streamlit/secrets.toml."""
    return st.secrets.load_if_toml_exists() and bool(st.secrets.get("auth"))


def is_signed_in() -> bool:
    return bool(st.user.get("is_logged_in"))


def part() -> Part | None:
    """What this visitor is to the app; None for somebody it does not know."""
    if not has_sign_in():
        return "planner"
    return _access().part_of(st.user.to_dict()) if is_signed_in() else None


def may_publish() -> bool:
    """Whether this visitor may decide, plan and publish. Where nobody signs in, whoever reaches the app may."""
    return part() == "planner"


def _access() -> Access:
    """As the settings say now: who is struck out there is out with their next click. Raises SettingsError."""
    file = Path(os.environ.get("WATCHBILL_SETTINGS", "watchbill.toml"))
    return _loaded(file, file.stat().st_mtime_ns if file.exists() else 0)


@lru_cache(maxsize=2)
def _loaded(file: Path, changed_at: int) -> Access:  # noqa: ARG001 - a file that changed is read again
    return settings.load(file).access


def is_admitted() -> bool:
    """Whether this visitor may read. Settings that cannot be read admit nobody."""
    try:
        return part() is not None
    except settings.SettingsError:
        return False


def door() -> None:
    """What somebody sees who may not read: how to sign in, or why that was not enough."""
    st.set_page_config(page_title="Sign in · Watchbill")
    install()
    st.title(DOOR, anchor=False)
    if is_signed_in():
        notice(_why_not(), is_warning=True)
        st.button("Sign out", on_click=st.logout)
        return
    block("<p>What stands here is for those whom watchbill.toml names. Sign in with your organisation's account.</p>")
    providers = [name for name, table in st.secrets["auth"].items() if hasattr(table, "items")]
    if not providers:
        st.button("Sign in", on_click=st.login, type="primary")
    for name in providers:
        st.button(f"Sign in with {as_label(name)}", on_click=st.login, args=(name,), type="primary", key=f"with-{name}")


def _why_not() -> str:
    try:
        part()
    except settings.SettingsError:
        return "Nobody is let in, since the settings cannot be read: `watchbill doctor` says what is wrong with them."
    return (
        f"You are signed in as {who()}, whom [access] in watchbill.toml names neither as a viewer nor as a planner. "
        "Ask whoever runs Watchbill, or sign in as somebody else."
    )


def who() -> str:
    """The name of who signed in, else the e-mail."""
    return str(st.user.get("name") or st.user.get("email") or "somebody without a name")


def signed_in_as() -> None:
    """Who signed in, what they may do, and the way out."""
    with st.popover(as_label(who()), type="tertiary"):
        may = "read, decide, plan and publish" if may_publish() else "read; deciding and publishing is for planners"
        block(f"<p>Signed in as {plain(who())}. You may {may}.</p>")
        st.button("Sign out", on_click=st.logout)
