"""One ticket's clock: when it ran, stood still or was outside hours, and what caused each turn."""

from datetime import datetime
from typing import Any

import plotly.graph_objects as go
import polars as pl
import streamlit as st

from metrics.one_ticket import Ticket, one_ticket, ticket_clocks
from metrics.wording import joined, local, moment, shortened, span
from views import _store
from views._charts import CONFIG, words
from views._drawing import Drawn
from views._frame import View
from views._parts import FIRST_ROWS, notice
from views._style import LATE, MET, RUNNING, as_label, block, link, plain

_LOOKS = {
    "running": (MET, ""),
    "overdue": (LATE, "x"),
    "paused": (RUNNING, "."),
    "outside hours": (RUNNING, "/"),
}


def show(view: View, ticket_id: str, policy: str | None, cycle: str | None) -> None:
    """The ticket's head, then the trace of one of its clocks; says so where no promise covers it."""
    ticket = _store.answer(view.snapshot, one_ticket, as_of=view.as_of, ticket_id=ticket_id)
    if ticket is None:
        notice("This store knew no such ticket at the instant shown.")
        return
    head(ticket, view)
    clocks(view, ticket_id, policy, cycle)


def head(ticket: Ticket, view: View) -> None:
    """A ticket's key and title, and how it stood."""
    owners = joined(ticket.owners) if ticket.owners else "nobody owns it"
    opened = f"opened {moment(ticket.opened_at, view.zone, year_of=view.as_of)}"
    facts = [ticket.priority or "no priority", owners, ticket.stage or "no stage", opened]
    block(
        f'<div class="wb-head">{link(ticket.key, ticket.url)}<span>{plain(shortened(ticket.title))}</span></div>'
        f'<p class="wb-dim">{" · ".join(map(plain, facts))}</p>'
    )


def clocks(view: View, ticket_id: str, policy: str | None, cycle: str | None) -> None:
    """One of the ticket's clocks: what it was to keep, when it ran, and why it stood still."""
    asked = {"as_of": view.as_of, "ticket_id": ticket_id}
    trace = _store.answer(view.snapshot, "clock_trace", **asked)
    if trace.is_empty():
        notice("No promise covers this ticket, so no clock runs on it.")
        return
    chosen = _chosen_policy(trace["policy"].unique(maintain_order=True).to_list(), policy)
    runs = trace.filter(policy=chosen)
    number = _chosen_run(runs["cycle"].unique(maintain_order=True).to_list(), cycle)
    turns = runs.filter(cycle=number)
    judged = _store.answer(view.snapshot, ticket_clocks, **asked, zone=view.zone)
    clock = judged.filter(policy=chosen, cycle=number)
    due_at = clock["due_at"].first() if len(clock) else None
    _promise(view, clock, turns)
    figure = timeline(turns, view.zone, due_at if isinstance(due_at, datetime) else None)
    st.plotly_chart(
        figure, config=CONFIG, key="trace-figure", alt=f"When the clock {chosen} ran, as the table below tells"
    )
    _table(turns, view.zone, view.as_of)


def _chosen_policy(policies: list[str], asked: str | None) -> str:
    """The promise whose clock is shown; the address follows the choice."""
    start = asked if asked in policies else policies[0]
    if len(policies) == 1:
        return start
    chosen = st.segmented_control(
        "Promise", range(len(policies)), default=policies.index(start), required=True,
        format_func=lambda n: as_label(policies[n]), label_visibility="collapsed", key=f"trace-policy-{asked}",
    )  # fmt: skip
    return policies[chosen] if isinstance(chosen, int) else start


def _chosen_run(cycles: list[int], asked: str | None) -> int:
    start = int(asked) if asked and asked.isdecimal() and int(asked) in cycles else cycles[-1]
    if len(cycles) == 1:
        return start
    run = st.selectbox(
        "This clock ran more than once", cycles, index=cycles.index(start), key=f"trace-run-{asked}",
        format_func=lambda n: f"Run {n} of {len(cycles)}",
    )  # fmt: skip
    return run or start


def _promise(view: View, clock: pl.DataFrame, turns: pl.DataFrame) -> None:
    """How the promise stands, and why it was broken where it was."""
    if clock.is_empty():
        return
    row = clock.row(0, named=True)
    due = moment(row["due_at"], view.zone, year_of=view.as_of)
    verdict = row["verdict"].replace("breached", "broken").replace("-", ", ")
    late = f", {span(row['late_working_seconds'])} late" if row["late_working_seconds"] is not None else ""
    ran = span(turns["ran_working_seconds"].to_list()[-1])
    told = plain(f"{row['policy']}: due {due}; {verdict}{late}.")
    why = f"<p>{plain(row['reason'])}</p>" if row["reason"] else ""
    block(f"<p><strong>{told}</strong> {ran} on the clock.</p>{why}")


def timeline(turns: pl.DataFrame, zone: str, due_at: datetime | None) -> go.Figure:
    """The intervals as one bar along time, each state with its colour and its hatching; the deadline as a line."""
    spans = turns.filter(pl.col("ends_at") > pl.col("starts_at"))
    bars = [_bar(spans.filter(state=state), zone, state) for state in _LOOKS if state in spans["state"]]
    layout: dict[str, Any] = {
        "height": 170, "barmode": "overlay", "margin": {"l": 8, "r": 8, "t": 54, "b": 28}, "dragmode": False,
        "legend": {"orientation": "h", "x": 0, "y": 1.25, "yanchor": "bottom"}, "hovermode": "closest",
        "xaxis": {"type": "date"}, "yaxis": {"visible": False},
    }  # fmt: skip
    if due_at is not None:
        due = _local_text(due_at, zone)
        layout["shapes"] = [
            {
                "type": "line",
                "x0": due,
                "x1": due,
                "yref": "paper",
                "y0": 0,
                "y1": 1,
                "line": {"width": 2, "color": LATE},
            }
        ]
        layout["annotations"] = [
            {
                "x": due,
                "yref": "paper",
                "y": 1,
                "yanchor": "bottom",
                "text": "due",
                "showarrow": False,
                "xanchor": "left",
            }
        ]
    return Drawn({"data": bars, "layout": layout})


def _bar(spans: pl.DataFrame, zone: str, state: str) -> dict[str, Any]:
    colour, pattern = _LOOKS[state]
    return {
        "type": "bar", "orientation": "h", "name": state, "y": ["clock"] * len(spans),
        "base": [_local_text(instant, zone) for instant in spans["starts_at"]],
        "x": (spans["ends_at"] - spans["starts_at"]).dt.total_milliseconds().to_list(),
        "text": [words(cause) for cause in spans["cause"]], "textposition": "none",
        "marker": {"color": colour, "pattern": {"shape": pattern, "fillmode": "overlay", "size": 6}},
        "hovertemplate": f"{state} from %{{base}}<br>%{{text}}<extra></extra>",
        "opacity": 0.35 if state == "outside hours" else 1,
    }  # fmt: skip


def _local_text(instant: datetime, zone: str) -> str:
    return local(instant, zone).strftime("%Y-%m-%d %H:%M:%S")


def _table(turns: pl.DataFrame, zone: str, as_of: datetime) -> None:
    shows_all = len(turns) <= FIRST_ROWS or st.session_state.get("trace-all", False)
    shown = turns if shows_all else turns.head(FIRST_ROWS)
    rows = "".join(_row(turn, zone, as_of) for turn in shown.iter_rows(named=True))
    head = "<th>From</th><th>Until</th><th>The clock</th><th class='wb-num'>It ran</th><th>Because</th>"
    block(f"<table class='wb-trace'><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>")
    if not shows_all:
        st.button(
            f"Show all {len(turns):,} turns",
            key="trace-more",
            on_click=lambda: st.session_state.update({"trace-all": True}),
        )


def _row(turn: dict[str, Any], zone: str, as_of: datetime) -> str:
    is_end = turn["starts_at"] == turn["ends_at"]
    until = "" if is_end else moment(turn["ends_at"], zone, year_of=as_of)
    ran = (
        span(turn["ran_working_seconds"])
        if is_end
        else f"+ {span(turn['working_seconds'])}"
        if turn["working_seconds"]
        else ""
    )
    began = moment(turn["starts_at"], zone, year_of=as_of)
    cells = {"wb-time": began, "wb-time wb-until": until, "wb-state": turn["state"], "wb-num": ran,
             "wb-wide": turn["cause"]}  # fmt: skip
    return "<tr>" + "".join(f"<td class='{kind}'>{plain(text)}</td>" for kind, text in cells.items()) + "</tr>"
