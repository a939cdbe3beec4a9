"""Tables as the house draws them: searchable and sortable, 25 rows first, saved as CSV, a ticket's key leading to its
tracker. Cells are drawn as text: nothing in them is markup.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl
import streamlit as st

from metrics.weekly_rows import RowSet
from views._columns import as_csv
from views._derived import derived
from views._grid import Grid, arranged, grid
from views._parts import FIRST_ROWS, notice

SHOWN_AT_MOST = 1_000  # a page is for reading; whoever wants more wants the file
SAVED_AT_MOST = 10_000  # of what is fetched on demand
_ABOUT = ("owner", "priority", "stage")


@dataclass(frozen=True, slots=True)
class RowButton:
    """A button in every row. `press` is handed the row by its column names, those not shown included."""

    column: str
    label: str
    press: Callable[[dict[str, Any]], None]


def ticket_table(
    listed: RowSet,
    zone: str,
    open_clock: Callable[[str, str | None], None],
    place: str,
    fetch: Callable[[int], pl.DataFrame] | None = None,
) -> None:
    """A list behind a figure, each row leading to its clock trace: what put a ticket on the list stands before who has
    it.

    One list may stand in several places of a page; `place` tells them apart. Where `listed` has only the first rows,
    `fetch` gives as many as are wanted.
    """

    def pressed(row: dict[str, Any]) -> None:
        open_clock(row["ticket_id"], row.get("policy") or listed.policy)

    table(
        listed.rows, zone=zone, name=f"{place}-{listed.name}", button=RowButton("Trace", "Clock", pressed),
        total=listed.count, fetch=fetch or listed.rows.head, last=_ABOUT,
    )  # fmt: skip


def table(
    rows: pl.DataFrame,
    *,
    zone: str,
    name: str,
    button: RowButton | None = None,
    total: int | None = None,
    fetch: Callable[[int], pl.DataFrame] | None = None,
    file_name: str = "tickets.csv",
    alt: str = "Tickets",
    empty: str = "No ticket is in this list.",
    named_by: str = "key",
    last: tuple[str, ...] = (),
) -> None:
    """Rows and columns in the order given, a ticket's key and title first and those named in `last` last, under the
    labels of views/_columns.py.

    `name` is the widget's, alone on its page; `named_by` is the column that tells rows apart to people. Where `rows`
    are only the first of them, `total` says how many there are, and `fetch` gives as many as are wanted.
    """
    if rows.is_empty():
        notice(empty)
        return
    count = len(rows) if total is None else total
    shows_all = count <= FIRST_ROWS or st.session_state.get(f"{name}-all", False)
    give = fetch or rows.head
    source = rows if not shows_all or len(rows) == count else give(SHOWN_AT_MOST)
    most = SHOWN_AT_MOST if shows_all else FIRST_ROWS
    shown = source.head(most)
    drawn = derived(grid, source, most, zone, last, (button.column, button.label) if button else None)
    _show(drawn, shown, name, button, alt)
    saved = min(count, SAVED_AT_MOST) if fetch else count
    with st.container(horizontal=True, vertical_alignment="center"):
        _below(count, shows_all, lambda: give(saved).select(arranged(rows.columns, last)), name, file_name)
        if button and named_by in shown.columns:
            _by_name(shown, name, button, named_by)


def _below(count: int, shows_all: bool, saved: Callable[[], pl.DataFrame], name: str, file_name: str) -> None:
    if not shows_all:
        more = f"Show all {count:,}" if count <= SHOWN_AT_MOST else f"Show {SHOWN_AT_MOST:,} of {count:,}"
        st.button(more, key=f"{name}-more", on_click=_show_all, args=(f"{name}-all",))
    st.download_button(
        "Save as CSV", lambda: as_csv(saved()), file_name=file_name, mime="text/csv", key=f"{name}-csv",
        on_click="ignore", help="Instants in UTC",
    )  # fmt: skip


def _by_name(shown: pl.DataFrame, name: str, button: RowButton, named_by: str) -> None:
    """The buttons of the rows for those who use no mouse: a grid is drawn, and its buttons hear no key."""
    keys = [f"{key} {title[:60]}" for key, title in zip(shown[named_by], _titles(shown), strict=True)]
    by = "key" if named_by == "key" else "name"
    widget = f"{name}-by-key"

    def chosen() -> None:
        place = st.session_state[widget]
        st.session_state[widget] = None
        if place is not None:
            button.press(shown.row(place, named=True))

    st.selectbox(
        f"{button.column} of a row, by its {by}", range(len(keys)), index=None, key=widget, on_change=chosen, width=240,
        format_func=keys.__getitem__, label_visibility="collapsed", placeholder=f"{button.column} of …",
    )  # fmt: skip


def _titles(shown: pl.DataFrame) -> list[str]:
    return [title or "" for title in shown["title"]] if "title" in shown.columns else [""] * len(shown)


def _show_all(flag: str) -> None:
    st.session_state[flag] = True


def _show(drawn: Grid, shown: pl.DataFrame, name: str, button: RowButton | None, alt: str) -> None:
    config = drawn.config
    if button:
        pressed = st.column_config.ButtonColumn(
            button.column, type="tertiary", pinned=True, key=f"{name}-clock", on_click=_pressed(shown, name, button)
        )
        config = {**config, button.column: pressed}
    height: Literal["content"] | int = "content" if len(shown) <= FIRST_ROWS else 640
    st.dataframe(drawn.data, column_config=config, hide_index=True, key=name, height=height, placeholder="–", alt=alt)


def _pressed(shown: pl.DataFrame, name: str, button: RowButton) -> Callable[[], None]:
    return lambda: button.press(shown.row(st.session_state[f"{name}-clock"]["row"], named=True))
