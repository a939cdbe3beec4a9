"""What a reader opens on top of a page: the list behind a figure, and over it one ticket's clock. The address says so.

A body ends with `_opened.show(view, rows)`, where `rows` gives the list a name stands for.
"""

from collections.abc import Callable

import streamlit as st

from metrics.weekly_rows import RowSet
from views import _address, _menu, _trace
from views._frame import View
from views._parts import notice
from views._style import block, plain
from views._tables import ticket_table


def open_rows(name: str) -> None:
    """Open the list behind a figure."""
    forget()
    st.query_params["rows"] = name


def open_clock(ticket_id: str, policy: str | None = None, cycle: int | None = None) -> None:
    """Open one ticket's clock trace, over the list it was chosen from, if any."""
    st.query_params["ticket"] = ticket_id
    for name, value in (("policy", policy), ("cycle", cycle)):
        st.query_params.pop(name, None)
        if value is not None:
            st.query_params[name] = str(value)


def forget(names: tuple[str, ...] = _address.OPENED) -> None:
    for name in names:
        st.query_params.pop(name, None)


def show(view: View, rows: Callable[[str], RowSet]) -> None:
    """The list or the ticket that the address names, if any. `rows` raises ValueError for a name it does not know."""
    if "rows" in st.query_params or "ticket" in st.query_params:
        _dialog(view, rows)


@st.dialog("Behind the figures", width="large", on_dismiss=forget)
def _dialog(view: View, rows: Callable[[str], RowSet]) -> None:
    if "ticket" in st.query_params:
        _ticket(view)
        return
    try:
        listed = rows(st.query_params.get("rows", ""))
    except ValueError as error:
        notice(f"{error}.", is_warning=True)
        return
    block(f"<strong>{plain(listed.title)}: {listed.count:,}</strong>")
    ticket_table(listed, view.zone, open_clock, "opened")


def _ticket(view: View) -> None:
    asked = st.query_params
    if "rows" in asked:
        st.button("← Back to the list", key="back", type="tertiary", on_click=forget, args=(_address.OPENED[1:],))
    _trace.show(view, asked["ticket"], asked.get("policy"), asked.get("cycle"))
    if _menu.has("tickets") and st.button("The whole history", key="history", type="tertiary"):
        _menu.go("tickets", ticket=asked["ticket"])
