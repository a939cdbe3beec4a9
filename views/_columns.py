"""What the columns of tables are called, and how their values are said to people. Seconds are shown in hours."""

from collections.abc import Callable
from typing import Any

import polars as pl
import streamlit as st

from metrics.spreadsheet import as_csv as as_csv

_LONGEST_CELL = 300  # characters that a cell shows of a text; a file has all of it
_LABELS: dict[str, Callable[[], Any]] = {
    "key": lambda: st.column_config.TextColumn("Ticket", pinned=True),
    "url": lambda: st.column_config.LinkColumn("Ticket", pinned=True, alignment="left"),
    "title": lambda: st.column_config.TextColumn("Title", width=320),
    "owner": lambda: st.column_config.TextColumn("Owner"),
    "priority": lambda: st.column_config.TextColumn("Priority", width="small"),
    "stage": lambda: st.column_config.TextColumn("Stage", width="small"),
    "status": lambda: st.column_config.TextColumn("Status", width="small"),
    "queue": lambda: st.column_config.TextColumn("Queue", width="small"),
    "reason": lambda: st.column_config.TextColumn("Change"),
    "why": lambda: st.column_config.TextColumn("Why", width=420),
    "because": lambda: st.column_config.TextColumn("Why it is here", width=260),
    "policy": lambda: st.column_config.TextColumn("Promise"),
    "verdict": lambda: st.column_config.TextColumn("Outcome", width=130),
    "is_past_due": lambda: st.column_config.CheckboxColumn("Past due", width="small"),
    "is_open": lambda: st.column_config.CheckboxColumn("Open", width="small"),
    "age_days": lambda: st.column_config.NumberColumn("Age, days", width="small", format="%.0f"),
    "stage_days": lambda: st.column_config.NumberColumn("In stage, days", width=110, format="%.0f"),
    "silent_days": lambda: st.column_config.NumberColumn("Silent, days", width="small", format="%.0f"),
    "left_hours": lambda: st.column_config.NumberColumn("Left, working h", width=120, format="%.1f"),
    "late_hours": lambda: st.column_config.NumberColumn("Late, working h", format="%.1f"),
    "waited_hours": lambda: st.column_config.NumberColumn("Waited, working h", format="%.1f"),
    "share": lambda: st.column_config.NumberColumn("Share", width="small", format="%.0f %%"),
    "share_before": lambda: st.column_config.NumberColumn("Share before", width="small", format="%.0f %%"),
    "repeat_share": lambda: st.column_config.NumberColumn("Came again", width="small", format="%.0f %%"),
    "pattern": lambda: st.column_config.TextColumn("Title, masked", width=280),
    "examples": lambda: st.column_config.TextColumn("The last of them", width=220),
    "weight_hours": lambda: st.column_config.NumberColumn("Count × effort, h", format="%.1f"),
    "effort_tickets": lambda: st.column_config.NumberColumn("Effort known of", width="small"),
    "freed_hours": lambda: st.column_config.NumberColumn("Freed, h", format="%.1f"),
    "days": lambda: st.column_config.NumberColumn("Days with any", width="small"),
    "proposed_category": lambda: st.column_config.TextColumn("Would be"),
    "missing_sections": lambda: st.column_config.TextColumn("Sections missing", width=260),
    "to_acknowledge_minutes": lambda: st.column_config.NumberColumn("Taken up, min", format="%.0f"),
    "to_mitigate_minutes": lambda: st.column_config.NumberColumn("Bearable, min", format="%.0f"),
    "to_resolve_minutes": lambda: st.column_config.NumberColumn("Over, min", format="%.0f"),
    "is_ongoing": lambda: st.column_config.CheckboxColumn("Goes on", width="small"),
    "postmortem_keys": lambda: st.column_config.TextColumn("Document"),
    "incident_keys": lambda: st.column_config.TextColumn("Incident"),
}
_INSTANTS = {
    "occurred_at": "When", "opened_at": "Opened", "responded_at": "First answer", "entered_at": "Came in",
    "started_at": "Clock began", "due_at": "Due", "met_at": "Met", "closed_at": "Closed",
    "updated_at": "Last human word", "until_at": "Until", "from_at": "From", "eta_at": "Promised for",
}  # fmt: skip
_NAMED = ("owner", "priority", "stage")  # having none is worth a word
_OUTCOMES = {"breached-open": "broken, still open", "breached-closed": "broken, closed"}
_SHARES = ("share", "share_before", "repeat_share")  # shown in percent
_ABSENT = ("ticket_id",)  # what only programs use


def config_of(rows: pl.DataFrame) -> dict[str, Any]:
    """How each column of `for_people(rows)` is labelled and drawn, by its name."""
    return {_in_hours(name): _config(name, kind) for name, kind in rows.schema.items() if name not in _ABSENT}


def _config(name: str, kind: pl.DataType) -> Any:
    shown = _in_hours(name)
    if shown in _LABELS:
        return _LABELS[shown]()
    if isinstance(kind, pl.Datetime):
        label = _INSTANTS.get(name) or _label(name.removesuffix("_at"))
        return st.column_config.DatetimeColumn(label, format="ddd D MMM YYYY HH:mm")
    if isinstance(kind, pl.Date):
        return st.column_config.DateColumn(_label(name), format="ddd D MMM YYYY")
    if name.endswith("_seconds"):
        unit = "working h" if name.endswith("_working_seconds") else "h"
        stem = name.removesuffix("_seconds").removesuffix("_working")
        return st.column_config.NumberColumn(f"{_label(stem)}, {unit}", format="%.1f")
    return st.column_config.Column(_label(name))


def _label(name: str) -> str:
    words = name.removeprefix("is_").removeprefix("has_").replace("_", " ")
    return f"{words[:1].upper()}{words[1:]}"


def _in_hours(name: str) -> str:
    stem = name.removesuffix("_seconds")
    return name if stem == name else f"{stem.removesuffix('_working')}_hours"


def for_people(rows: pl.DataFrame, zone: str) -> dict[str, pl.Expr]:
    """What each column of some rows shows, under the name that `config_of` has: instants on the team's clocks,
    durations in hours, long texts cut, without the names that only programs use."""
    kinds = rows.schema.items()
    return {_in_hours(name): _said(name, kind, zone) for name, kind in kinds if name not in _ABSENT}


def _said(name: str, kind: pl.DataType, zone: str) -> pl.Expr:
    value = pl.col(name)
    if isinstance(kind, pl.Datetime):
        value = value.dt.replace_time_zone("UTC").dt.convert_time_zone(zone).dt.replace_time_zone(None)
    elif name.endswith("_seconds"):
        value = value / 3600
    elif name in _SHARES:
        value = value * 100
    elif name == "verdict":
        value = value.replace(_OUTCOMES)
    elif kind == pl.String and name != "url":
        value = _cut(value)
    return (value.fill_null("none") if name in _NAMED else value).alias(_in_hours(name))


def _cut(text: pl.Expr) -> pl.Expr:
    return pl.when(text.str.len_chars() > _LONGEST_CELL).then(text.str.head(_LONGEST_CELL) + " …").otherwise(text)
