"""What goes along when a reader moves from page to page, and what moves on with the data.

Streamlit's menu leads to a page without parameters. Within one visit, such a page shows the team, queue, window and
instant of the page before it. A parameter that the app filled in itself follows newer data; one that the reader chose,
or that stood in the link, stays.
"""

from datetime import datetime

import streamlit as st

from views._address import SHARED, Address

_KEPT, _FILLED = "kept-address", "filled-address"


def asked() -> dict[str, str]:
    """The parameters a page is asked with: those of its address, or of the page before where it has none."""
    parameters = dict(st.query_params.to_dict())
    if not any(name in parameters for name in SHARED):
        parameters |= st.session_state.get(_KEPT, {})
    return chosen(parameters)


def chosen(parameters: dict[str, str]) -> dict[str, str]:
    """Of these parameters, those that the app did not fill in itself."""
    filled = st.session_state.get(_FILLED, {})
    return {name: text for name, text in parameters.items() if filled.get(name) != text}


def keep(address: Address, wanted: dict[str, str], data_until: datetime) -> None:
    """Write the whole address where everybody can copy it. `wanted` is what `asked` told before."""
    told = {name: text for name, text in address.parameters.items() if name in SHARED}
    st.session_state[_KEPT] = _others(_KEPT, address) | told
    st.session_state[_FILLED] = _others(_FILLED, address) | {
        name: text
        for name, text in told.items()
        if name not in wanted and (name != "as_of" or address.as_of == data_until)
    }
    for name in SHARED:
        if name not in told:
            st.query_params.pop(name, None)
    st.query_params.update(address.parameters)


def choose(**parameters: str) -> None:
    """Write these into the address as what the reader chose: newer data do not move them."""
    filled = st.session_state.get(_FILLED, {})
    st.session_state[_FILLED] = {name: text for name, text in filled.items() if name not in parameters}
    st.query_params.update(parameters)


def _others(where: str, address: Address) -> dict[str, str]:
    """What is remembered for pages that ask for more than this one."""
    remembered: dict[str, str] = st.session_state.get(where, {})
    return {name: text for name, text in remembered.items() if name not in address.asks}
