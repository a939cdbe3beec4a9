"""Figures that several metrics draw. Built from dictionaries: a page waits on every millisecond of them."""

from html import escape
from typing import Any

import plotly.graph_objects as go
import polars as pl


def drawn(
    traces: list[dict[str, Any]], *, question: str, y: str, n: int, counted: str, layout: dict[str, Any] | None = None
) -> go.Figure:
    """A figure that can be read alone: the question above it, the unit on its axis, and how much it rests on below.

    `traces` and `layout` are Plotly's own dictionaries; `layout` wins over what is set here.
    """
    caption = {"text": f"n = {n} {counted}", "showarrow": False, "xref": "paper", "yref": "paper", "x": 0, "y": -0.2}
    house = {
        "title": {"text": question},
        "yaxis": {"title": {"text": y}, "rangemode": "tozero"},
        "annotations": [caption],
    }
    return go.Figure({"data": traces, "layout": house | (layout or {})})


def dots(waits: pl.DataFrame, axis: str) -> go.Figure:
    """One dot per wait by when it began, hollow while it lasts. Columns: key, began_at, working_seconds, is_over."""
    symbols = waits["is_over"].replace_strict({True: "circle", False: "circle-open"}, return_dtype=pl.String)
    trace = {
        "type": "scatter",
        "mode": "markers",
        "x": waits["began_at"].to_list(),
        "y": (waits["working_seconds"] / 3600).to_list(),
        "text": [escape(key) for key in waits["key"]],
        "marker": {"symbol": symbols.to_list()},
    }
    return go.Figure({"data": [trace], "layout": {"yaxis": {"title": {"text": axis}, "rangemode": "tozero"}}})
