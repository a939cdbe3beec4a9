"""What the figures of several pages are made of. Dictionaries: a page draws several of them on every click."""

from typing import Any

import plotly.graph_objects as go

MARGIN = {"l": 44, "r": 12, "t": 34, "b": 40}
LEGEND = {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "xanchor": "left", "traceorder": "normal"}
TILTED = {"autotickangles": [0, 45, 90], "automargin": True}


class Drawn(go.Figure):  # type: ignore[misc]
    """A figure that nobody changes: what a browser is sent of it is copied once."""

    _told: dict[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        if self._told is None:
            self._told = super().to_dict()
        return self._told


def drawn(data: list[dict[str, Any]], height: int, **layout: Any) -> go.Figure:
    """Traces on the house's paper, whose marks can be clicked."""
    base = {
        "height": height, "margin": MARGIN, "legend": LEGEND, "hovermode": "closest", "dragmode": False,
        "clickmode": "event+select", "bargap": 0.25,
    }  # fmt: skip
    return Drawn({"data": data, "layout": base | layout})


def counts(title: str, highest: float) -> dict[str, Any]:
    """An axis of whole things from zero, with a tick for each where they are few, and with room for a number on top."""
    few = {"dtick": 1, "range": [0, 4.6]} if highest <= 4 else {"range": [0, highest * 1.14]}
    return {"tickformat": ",d", "title": {"text": title}} | few


def level(y: float, axis: str = "y") -> dict[str, Any]:
    """A dashed line across the figure."""
    line = {"width": 1.5, "dash": "dash", "color": "#8C8C94"}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": axis, "y0": y, "y1": y, "line": line}


def beside(y: float, text: str, axis: str = "y") -> dict[str, Any]:
    """Words at the right end of a line across the figure."""
    return {"xref": "paper", "x": 1, "xanchor": "right", "yref": axis, "y": y, "yanchor": "bottom", "text": text,
            "showarrow": False, "font": {"size": 11}}  # fmt: skip
