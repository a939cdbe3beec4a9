"""Figures on a page: drawn for its paper, opening what is behind a mark, with their definition beside them."""

from typing import Any

import plotly.graph_objects as go
import streamlit as st

import metrics
from views import _store
from views._charts import CONFIG
from views._opened import open_rows
from views._parts import defined
from views._style import block, is_dark, plain


def draw(figure: go.Figure, *, name: str, alt: str) -> None:
    """A figure whose marks open the list that they carry in `customdata`, if any; `alt` says it without a picture."""
    key = f"chart-{name}-{st.query_params.get('rows', '')}"  # another key forgets the click once it has been followed

    def clicked() -> None:
        points = st.session_state[key]["selection"]["points"]
        chosen = points[0].get("customdata") if points else None
        if chosen:
            open_rows(chosen[0] if isinstance(chosen, list) else str(chosen))

    st.plotly_chart(figure, config=CONFIG, key=key, on_select=clicked, selection_mode="points", alt=alt)


def metric_figure(snapshot: str, name: str, *, alt: str, **question: Any) -> None:
    """A metric's own figure, as notebooks draw it, in the house's template for this paper, with its definition."""
    figure = _store.figure(snapshot, name, is_dark(), **question)
    st.plotly_chart(figure, config=CONFIG, key=f"metric-{name}", theme=None, alt=alt)
    about(name)


def about(name: str) -> None:
    """The four lines that define a metric of the catalogue, behind a button."""
    metric = next(metric for metric in metrics.catalogue() if metric.name == name)
    with st.popover("About", type="tertiary"):
        block(f"<p><strong>{plain(metric.question)}</strong></p>{defined(metric.definition)}")
