"""Figures that several metrics draw. Built from dictionaries: a page waits on every millisecond of them."""

from html import escape

import plotly.graph_objects as go
import polars as pl


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
