"""What stands where: the rooms of the house, and the tables of the store that numbers are asked of."""

import streamlit as st

from metrics.store_tables import store_tables
from views import _store
from views._parts import READING_WIDTH
from views._style import block, plain
from views._tables import table

_ROOMS = (
    ("Trackers and calendars", "where tickets, events and duties come from; Watchbill only reads them"),
    ("ingest", "asks them and writes the store: a new file each time, swapped in when it is whole"),
    ("metrics", "asks one such file as of an instant, and writes nothing; every number comes from there"),
    ("The desk", "keeps what people write in this app: decisions, notes, rotas; no number is made of it"),
    ("rotation, planning", "make rotas out of the store's history; they change nothing in it"),
    ("views, reports", "show what metrics answer, and what stands on the desk"),
)


def show(snapshot: str) -> None:
    st.subheader("Who reads what", anchor=False)
    rows = "".join(f"<tr><td><strong>{plain(room)}</strong></td><td class='wb-wide'>{plain(does)}</td></tr>"
                   for room, does in _ROOMS)  # fmt: skip
    with st.container(width=READING_WIDTH):
        block(f"<table class='wb-trace'><tbody>{rows}</tbody></table>")
    st.subheader("The tables of this store", anchor=False)
    table(
        _store.answer(snapshot, store_tables),
        zone="UTC",
        name="tables",
        file_name="tables.csv",
        alt="Tables of the store",
    )
