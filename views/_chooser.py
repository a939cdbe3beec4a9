"""One of a few views of a figure, chosen by the reader and kept in the address."""

from collections.abc import Mapping

import streamlit as st

from views._style import as_label


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
