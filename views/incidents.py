"""What happened, what did we learn, did we do it? Incidents, debriefs and action items; `incident` opens one."""

import polars as pl
import streamlit as st

from metrics.incident_window import IncidentWindow, incident_list, incident_window
from metrics.outstanding import AGES
from metrics.weekly_rows import RowSet
from metrics.wording import counted
from views import _incident_charts, _one_incident, _opened, _store
from views._address import TREND
from views._derived import derived
from views._figures import about, draw
from views._frame import View, framed
from views._opened import open_rows
from views._parts import notice, tile
from views._style import block, plain
from views._tables import RowButton, table

TITLE = "What happened, what did we learn, did we do it?"


def page() -> None:
    """The whole page, or the sentence that says what is missing."""
    framed(TITLE, _body, asks=TREND)


def _body(view: View) -> None:
    if named := st.query_params.get("incident"):
        _one_incident.show(view, named)
        return
    told: IncidentWindow = _store.answer(
        view.snapshot, incident_window, as_of=view.as_of, weeks=tuple(view.address.shown_weeks),
        queues=tuple(view.address.queues),
    )  # fmt: skip
    if not told.has_rules:
        notice(
            "Nothing configured: no rule says what an incident in these queues is. Write one under [[incident]] in "
            "watchbill.toml."
        )
        return
    with st.grid(6, min_column_width=150, border=True, gap="xsmall"):
        for figure in told.tiles:
            with st.container(gap="xsmall"):
                is_of_window = figure.name in ("incidents", "debriefs")
                tile(figure, open_rows, before="window before" if is_of_window else "when it began")
    _happened(view, told)
    _learnt(view, told)
    _done(view, told)
    _opened.show(view, lambda name: _listed(view, told, name))


def _listed(view: View, told: IncidentWindow, name: str) -> RowSet:
    title, rows = told.chosen(name)
    asked: RowSet = _store.answer(view.snapshot, incident_list, as_of=view.as_of, name=name, title=title, rows=rows)
    return asked


def _without(rows: pl.DataFrame, *columns: str) -> pl.DataFrame:
    return rows.drop(columns)


def _happened(view: View, told: IncidentWindow) -> None:
    st.subheader(f"What happened? {counted(len(told.incidents), 'incident')}", anchor=False)
    if told.incidents.is_empty():
        notice(
            "No incident was recognised in this window, and none goes on: choose a longer window to see earlier ones."
        )
        return
    draw(
        derived(_incident_charts.spreads, told.spreads),
        name="spreads",
        alt="How long incidents took. " + "; ".join(map(_incident_charts.said, told.spreads)) + ".",
    )
    about("incidents")
    rows = derived(_without, _listed(view, told, "all").rows, "stage")
    _table(rows, view.zone, "happened", "Incidents")


def _table(rows: pl.DataFrame, zone: str, name: str, alt: str) -> None:
    button = RowButton("Incident", "Open", lambda row: _one_incident.open_incident(row["ticket_id"]))
    table(rows, zone=zone, name=name, button=button, file_name=f"{name}.csv", alt=alt)


def _learnt(view: View, told: IncidentWindow) -> None:
    st.subheader("What did we learn? Debriefs and their documents", anchor=False)
    if told.debriefs.is_empty():
        notice("No incident of this window asks for a debrief, and none is outstanding.")
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        counts = {
            verdict: int(told.debrief_weeks[f"debriefs_{verdict}"].sum()) for verdict in _incident_charts.VERDICTS
        }
        said = ", ".join(f"{n} {_incident_charts.VERDICTS[verdict][0]}" for verdict, n in counts.items())
        figure = derived(_incident_charts.debriefs, told.debrief_weeks, told.zone)
        draw(figure, name="debriefs", alt=f"Debriefs by week: {said}.")
    with right:
        documents = told.debriefs.filter("has_postmortem").height
        block(f"<p><strong>Sections missing, of {counted(documents, 'document')}</strong></p>")
        if told.missing.is_empty():
            notice("No section is missing." if documents else "There is no document yet to look into.")
        else:
            worst = told.missing.row(0, named=True)
            alt = f"Sections missing in documents; most often: {worst['section']}, in {worst['postmortems']}."
            draw(derived(_incident_charts.sections, told.missing), name="sections", alt=alt)
    about("postmortems")
    rows = derived(_without, _listed(view, told, "reviewed").rows, "stage", "owner")
    _table(rows, view.zone, "learnt", "Debriefs due, held and overdue")


def _done(view: View, told: IncidentWindow) -> None:
    st.subheader("Did we do it? Action items", anchor=False)
    if told.items.is_empty():
        notice("No ticket is an action item of an incident yet.")
        return
    net = int(told.item_weeks["net"].sum())
    alt = f"Action items that came and were done by week; in this window {net:+d} in all."
    draw(derived(_incident_charts.items, told.item_weeks, told.zone), name="items", alt=alt)
    about("action_items")
    if told.owners.is_empty():
        notice("No action item is open: everything promised has been done or withdrawn.")
        return
    block("<p><strong>Open, by who has them and for how long</strong></p>")
    _owners(told)
    rows = derived(_without, _listed(view, told, "items:open").rows, "stage")
    button = RowButton("Incident", "Open", lambda row: _one_incident.open_first(row["ticket_id"], told))
    table(rows, zone=view.zone, name="open-items", button=button, file_name="action-items.csv", alt="Open action items")


def _owners(told: IncidentWindow) -> None:
    head = "".join(f"<th class='wb-num'>{plain(_age(low, high))}</th>" for _, low, high in AGES)
    rows = "".join(
        f"<tr><td>{plain(row['owner'] or 'nobody')}</td><td class='wb-num'>{row['open_items']}</td>"
        f"<td class='wb-num'>{row['overdue_items']}</td>"
        + "".join(f"<td class='wb-num'>{row[name] or '–'}</td>" for name, *_ in AGES)
        + "</tr>"
        for row in told.owners.iter_rows(named=True)
    )
    names = f"<th>Owner</th><th class='wb-num'>Open</th><th class='wb-num'>Overdue</th>{head}"
    block(f"<table class='wb-trace wb-grid'><thead><tr>{names}</tr></thead><tbody>{rows}</tbody></table>")


def _age(low: int, high: int | None) -> str:
    return f"{low} days on" if high is None else f"{low}–{high} days" if low else f"under {high} days"
