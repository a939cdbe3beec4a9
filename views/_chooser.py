"""Two ways of choosing that need no mouse: one thing of a list, which then opens; and one of a few views of a figure,
which the address keeps."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from views._style import as_label

_LONGEST = 80


def chooser(label: str, options: Sequence[str], key: str, press: Callable[[str], None]) -> None:
    """A select that opens what was chosen, and forgets it: what buttons in a grid do for those who have a mouse."""

    def chosen() -> None:
        place = st.session_state[key]
        st.session_state[key] = None
        if place is not None:
            press(options[place])

    st.selectbox(
        label, range(len(options)), index=None, key=key, on_change=chosen, width=320, placeholder=label,
        format_func=lambda n: options[n][:_LONGEST], label_visibility="collapsed",
    )  # fmt: skip


def picked(name: str, options: Mapping[str, str], label: str) -> str:
    """One of a few, by the parameter `name` of the address; the first where it says none of them."""
    names = list(options)
    asked = st.query_params.get(name)
    key = f"pick-{name}"
    st.session_state[key] = asked if asked in names else names[0]

    def chosen() -> None:
        if st.session_state[key] is not None:
            st.query_params[name] = st.session_state[key]

    st.segmented_control(
        label, names, key=key, on_change=chosen, label_visibility="collapsed", required=True,
        format_func=lambda option: as_label(options[option]),
    )  # fmt: skip
    return asked if asked in names else names[0]
