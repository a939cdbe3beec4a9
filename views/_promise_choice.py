"""Choices on a page about promises: they show the address and change it."""

import streamlit as st

from views._parts import notice
from views._style import as_label

_BASES = {"due": "By when it fell due", "opened": "By when it began"}


def promise_choice(names: list[str], asked: str | None) -> str:
    """The promise that the address names, or the first; says so where there is none of that name."""
    if asked is not None and asked not in names:
        notice(f"No promise “{asked}” is in force for these queues; this is {names[0]}.", is_warning=True)
    shown = asked if asked in names else names[0]
    st.session_state["promise"] = names.index(shown)

    def chosen() -> None:
        if st.session_state["promise"] is not None:
            st.query_params["promise"] = names[st.session_state["promise"]]

    if len(names) > 1:
        st.segmented_control(
            "Promise", range(len(names)), key="promise", on_change=chosen, label_visibility="collapsed",
            format_func=lambda n: as_label(names[n]), required=True,
        )  # fmt: skip
    st.query_params["promise"] = shown
    return shown


def base_choice() -> str:
    """Whether weeks are counted by when clocks fell due (as the address leaves unsaid), or began (`by=opened`)."""
    bases = list(_BASES)
    asked = st.query_params.get("by", bases[0])
    if asked not in bases:
        notice(f"by=“{asked}” is neither due nor opened. Shown is due.", is_warning=True)
    st.session_state["by"] = asked if asked in bases else bases[0]

    def chosen() -> None:
        st.query_params.pop("by", None)
        if st.session_state["by"] != bases[0]:
            st.query_params["by"] = st.session_state["by"]

    st.segmented_control(
        "Weeks", bases, key="by", on_change=chosen, label_visibility="collapsed", format_func=_BASES.__getitem__,
        required=True,
    )  # fmt: skip
    return str(st.session_state["by"])
