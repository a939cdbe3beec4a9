"""What keeps interrupting us, and what should we automate? Kinds of work, what comes again, and rules to tell them."""

import polars as pl
import streamlit as st

from metrics.toil_window import ToilWindow, toil_list, toil_window
from metrics.weekly_rows import RowSet
from metrics.wording import counted, span
from views import _opened, _store, _toil_charts, _toil_rules
from views._address import TREND
from views._chooser import picked
from views._derived import derived
from views._figures import about, draw
from views._frame import View, framed
from views._opened import open_rows
from views._parts import notice, tile
from views._style import block, plain
from views._tables import RowButton, table

TITLE = "What keeps interrupting us, and what should we automate?"


def page() -> None:
    """The whole page, or the sentence that says what is missing."""
    framed(TITLE, _body, asks=TREND)


def _body(view: View) -> None:
    told: ToilWindow = _store.answer(
        view.snapshot, toil_window, as_of=view.as_of, weeks=tuple(view.address.shown_weeks),
        queues=tuple(view.address.queues),
    )  # fmt: skip
    if told.has_rules or len(told.tickets):
        _figures(told)
        _kinds(told)
        _again(told, view.zone)
        _freed(told, view.zone)
    if not told.has_rules:
        notice("Nothing configured: no rule says what kind of work a ticket in these queues is. Draft some below.")
    _toil_rules.show(view, told.since, told.until)
    _opened.show(view, lambda name: _listed(view, told, name))


def _listed(view: View, told: ToilWindow, name: str) -> RowSet:
    title, rows = told.chosen(name)
    asked: RowSet = _store.answer(view.snapshot, toil_list, as_of=view.as_of, name=name, title=title, rows=rows)
    return asked


def _figures(told: ToilWindow) -> None:
    with st.grid(4, min_column_width=150, border=True, gap="xsmall"):
        for figure in told.tiles:
            with st.container(gap="xsmall"):
                tile(figure, open_rows, before="window before")


def _kinds(told: ToilWindow) -> None:
    st.subheader("What kind of work came?", anchor=False)
    if told.categories.is_empty():
        notice("No ticket was opened in this window: choose a longer one.")
        return
    measure = picked("by", _toil_charts.MEASURES, "What the bars show")
    most = told.categories["category"][0]
    draw(
        derived(_toil_charts.kinds, told.weeks, measure, told.zone),
        name="kinds",
        alt=f"{_toil_charts.MEASURES[measure]} by week and kind of work; most frequent: {most}. A table follows.",
    )
    if measure == "effort":
        notice("Effort stands in the week in which a ticket was opened, and grows while it is worked on.")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        about("toil")
    _lists(derived(_of_a_kind, told.categories), "category", told.zone, "kinds-table", "Kinds of work")


def _of_a_kind(categories: pl.DataFrame) -> pl.DataFrame:
    return categories.select(
        "category", "tickets", "share", "share_before", "effort_seconds", "effort_tickets", "median_effort_seconds",
        "people", "repeat_share",
    )  # fmt: skip


def _of_a_title(groups: pl.DataFrame) -> pl.DataFrame:
    examples = pl.col("keys").str.json_decode(pl.List(pl.String)).list.join(", ").alias("examples")
    return groups.select(
        "pattern", "tickets", "weight_seconds", examples, "category", "median_effort_seconds", "effort_tickets",
        "people", "last_opened_at",
    )  # fmt: skip


def _lists(rows: pl.DataFrame, kind: str, zone: str, name: str, alt: str, column: str = "category") -> None:
    """A table whose rows lead to the lists behind them."""
    button = RowButton("List", "Tickets", lambda row: open_rows(f"{kind}:{row[column]}"))
    table(rows, zone=zone, name=name, button=button, file_name=f"{name}.csv", alt=alt, named_by=column)


def _again(told: ToilWindow, zone: str) -> None:
    st.subheader("What comes again and again?", anchor=False)
    if told.groups.is_empty():
        notice("No title came three times in this window: choose a longer one to see what repeats.")
        return
    block(
        "<p class='wb-dim'>Tickets under the same title once names, numbers and dates are masked as #, ranked by how "
        "many came × the median of what one took; where fewer than five are known, by what is known.</p>"
    )
    if told.groups["weight_seconds"].null_count() < len(told.groups):
        first = told.groups.row(0, named=True)
        alt = f"Repeating titles by count × effort; first: {first['pattern']}, {counted(first['tickets'], 'ticket')}."
        draw(derived(_toil_charts.groups, told.groups), name="groups", alt=alt)
    _lists(derived(_of_a_title, told.groups), "group", zone, "groups-table", "Titles that repeat", "pattern")
    about("automation_candidates")


def _freed(told: ToilWindow, zone: str) -> None:
    st.subheader(f"What would have been free, {told.quarter}?", anchor=False)
    if told.freed.is_empty():
        notice("No classified ticket was opened in that quarter.")
        return
    first = told.freed.row(0, named=True)
    if first["freed_seconds"] is not None:
        block(f"<p>{plain(_said(first, told.quarter))}</p>")
    else:
        notice("Nothing is known of what these tickets took: record work on them, or map a stage “active”.")
    _lists(told.freed, "quarter", zone, "freed-table", "What each kind of work took")
    with st.popover("About", type="tertiary"):
        block(
            "<p>Counts: tickets opened in the last quarter that has ended, by kind; the unclassified are no kind.</p>"
            "<p>Freed: what is known of their effort, and the median for each ticket of which nothing is known; with "
            "fewer than five known, what is known alone. Effort is recorded work, otherwise working time in the stage "
            "active: an estimate, and no timesheet.</p>"
        )


def _said(first: dict[str, object], quarter: str) -> str:
    tickets, known, days = (int(str(first[name])) for name in ("tickets", "effort_tickets", "days"))
    hours = span(float(str(first["freed_seconds"])))
    return (
        f"Had no “{first['category']}” come from {quarter}, about {hours} of effort would have been free: "
        f"{counted(tickets, 'ticket')} on {counted(days, 'day')}, the effort of {known:,} of them known "
        "(recorded work, or else working hours in which they were active)."
    )
