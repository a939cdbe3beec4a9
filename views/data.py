"""Can I trust this? How fresh each source is, what was found against the numbers, and what every word of them means."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

import metrics
from metrics.source_runs import last_read_at
from views import _data_findings, _data_policies, _data_sources, _data_tables, _definitions, _opened, _store
from views._frame import View, framed
from views._parts import notice

TITLE = "Can I trust this?"
ASKS = ("team", "as_of")


@dataclass(frozen=True, slots=True)
class _Section:
    name: str
    label: str
    draw: Callable[[View], None]


SECTIONS = (
    _Section("sources", "Sources", lambda view: _data_sources.show(view.snapshot, _known_at(view), view.zone)),
    _Section("findings", "Findings", lambda view: _data_findings.show(view, _known_at(view))),
    _Section("definitions", "Definitions", lambda _: _definitions.show()),
    _Section("policies", "Policies", lambda view: _data_policies.show(view)),
    _Section("tables", "What stands where", lambda view: _data_tables.show(view.snapshot)),
)


def page() -> None:
    """The whole page; without data, what can be said all the same."""
    framed(TITLE, _body, asks=ASKS, without_data=_without_data)


def _known_at(view: View) -> datetime:
    """When the newest is asked for, the last run counts, too: it ended after the data do."""
    if view.as_of < view.known_until:
        return view.as_of
    return _store.answer(view.snapshot, last_read_at) or view.as_of


def _body(view: View) -> None:
    _chosen().draw(view)
    _opened.show(view, _data_findings.no_rows)


def _chosen() -> _Section:
    """The section that the address names; a metric's name is one of the definitions."""
    names = [section.name for section in SECTIONS]
    asked = st.query_params.get("show", "definitions" if "metric" in st.query_params else SECTIONS[0].name)
    if asked not in names:
        notice(f"show=“{asked[:80]}” is no part of this page (its parts: {', '.join(names)}).", is_warning=True)
        asked = SECTIONS[0].name
    st.session_state["show"] = names.index(asked)

    def chosen() -> None:
        place = st.session_state["show"]
        if place is not None:
            st.query_params["show"] = names[place]
            st.query_params.pop("metric", None)

    st.segmented_control(
        "Part", range(len(names)), key="show", on_change=chosen, required=True, label_visibility="collapsed",
        format_func=lambda n: SECTIONS[n].label,
    )  # fmt: skip
    return SECTIONS[names.index(asked)]


def _without_data() -> None:
    """What was tried so far, and the definitions, which stand in the code."""
    try:
        snapshot = _store.snapshot()
        known_at = _store.answer(snapshot, last_read_at)
        if known_at:
            _data_sources.show(snapshot, known_at, "UTC")
    except metrics.StoreError:
        notice("What every number means can be read all the same.")
    _definitions.show()
