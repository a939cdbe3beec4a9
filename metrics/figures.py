"""Figures that several metrics draw. Built from dictionaries: a page waits on every millisecond of them."""

from collections.abc import Iterable
from datetime import date
from html import escape
from typing import Any

import plotly.graph_objects as go
import polars as pl

from metrics import house


def drawn(
    traces: list[dict[str, Any]],
    *,
    question: str,
    y: str,
    n: int,
    counted: str,
    x: str | None = None,
    layout: dict[str, Any] | None = None,
) -> go.Figure:
    """A figure that can be read alone: the question above it, how much it rests on below that, units on its axes.

    `traces` and `layout` are Plotly's own dictionaries; `layout` wins over what is set here. Without `x`, an axis of
    instants says that they are UTC. The house template is for light paper: metrics.house says how to change it.
    """
    caption = {"text": f"n = {n} {counted}", "xref": "paper", "x": 0, "xanchor": "left", "xshift": -4}
    caption |= {"yref": "paper", "y": 1, "yanchor": "bottom", "yshift": 2}
    title = x or ("Time (UTC)" if any(map(_is_over_time, traces)) else "")
    house_layout = {
        "template": house.LIGHT,
        "title": {"text": question},
        "xaxis": {"title": {"text": title}},
        "yaxis": {"title": {"text": y}, "rangemode": "tozero"},
        "annotations": [caption],
    }
    return go.Figure({"data": traces, "layout": _merged(house_layout, layout or {})})


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Of an axis that both speak of, what only the lower one says stays."""
    both = {name for name in below.keys() & above.keys() if isinstance(below[name], dict)}
    return below | above | {name: below[name] | above[name] for name in both}


def _is_over_time(trace: dict[str, Any]) -> bool:
    return isinstance(next(iter(trace.get("x", ())), None), date)


def dots(waits: pl.DataFrame, *, question: str, y: str, counted: str, over: str) -> go.Figure:
    """One dot per wait by when it began, hollow while it lasts. Columns: key, began_at, working_seconds, is_over.

    `over` is the word for what ended the waits.
    """
    kinds = ((over, True, "circle"), ("still waiting", False, "circle-open"))
    traces = [_waits(waits.filter(is_over=is_over), name, symbol) for name, is_over, symbol in kinds]
    return drawn(
        [trace for trace in traces if trace["x"]],
        question=question, x="Begun (UTC)", y=y, n=len(waits), counted=counted,
    )  # fmt: skip


def _waits(waits: pl.DataFrame, name: str, symbol: str) -> dict[str, Any]:
    hours = waits["working_seconds"] / pl.Series([3600.0]).new_from_index(0, len(waits))
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": waits["began_at"].to_list(),
        "y": hours.to_list(),
        "text": escaped(waits["key"]),
        "hovertemplate": "%{text}: %{y:.1f} h<extra></extra>",
        "marker": {"symbol": symbol},
    }


def escaped(words: Iterable[object]) -> list[str]:
    """Words from a tracker as Plotly shows them literally: it reads a little HTML in every text it draws."""
    return [escape(str(word), quote=False) for word in words]
