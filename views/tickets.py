"""What about this one? Search and filters, and the whole history of one ticket."""

import streamlit as st

from metrics.ticket_search import Found, Wanted, owners, priorities, ticket_search
from metrics.wording import counted
from views import _one_ticket, _store, _ticket_filters
from views._address import STANDING
from views._frame import View, framed
from views._opened import open_clock
from views._parts import FIRST_ROWS, notice
from views._style import block, plain
from views._tables import RowButton, table

TITLE = "What about this one?"


def page() -> None:
    """The whole page, or the sentence that says what is missing."""
    framed(TITLE, _body, asks=STANDING)


def _body(view: View) -> None:
    if ticket_id := st.query_params.get("ticket"):
        _one_ticket.show(view, ticket_id)
        return
    parameters = st.query_params.to_dict()
    offered = _ticket_filters.choices(_store.answer(view.snapshot, owners), _store.answer(view.snapshot, priorities))
    wanted, complaints = _ticket_filters.read(parameters, offered, view.zone)
    _ticket_filters.show(parameters, offered)
    for complaint in complaints:
        notice(complaint, is_warning=True)
    _list(view, wanted)


def _list(view: View, wanted: Wanted) -> None:
    found = _asked(view, wanted, FIRST_ROWS)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        block(f"<p class='wb-dim' role='status'>{plain(_counted(view, found, wanted))}</p>")
        if _ticket_filters.is_narrowed(st.query_params.to_dict()):
            st.button("Clear all filters", key="clear", on_click=_ticket_filters.clear, type="tertiary")
    table(
        found.rows if len(view.address.queues) > 1 else found.rows.drop("queue"),
        zone=view.zone,
        name="found",
        button=RowButton("History", "Show", lambda row: open_clock(row["ticket_id"])),
        total=found.total,
        fetch=lambda most: _asked(view, wanted, most).rows,
        empty=f"No ticket of {', '.join(view.address.queues)} is like that: take a filter or a word away.",
    )


def _asked(view: View, wanted: Wanted, most: int) -> Found:
    queues = tuple(view.address.queues)
    found: Found = _store.answer(
        view.snapshot, ticket_search, as_of=view.as_of, queues=queues, wanted=wanted, most=most
    )
    return found


def _counted(view: View, found: Found, wanted: Wanted) -> str:
    order = f", the {wanted.order} first" if found.total > 1 else ""
    return f"{counted(found.total, 'ticket')} in {', '.join(view.address.queues)}{order}."
