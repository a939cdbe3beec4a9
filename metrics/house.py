"""How every figure looks: two Plotly templates, `watchbill` for light paper and `watchbill_dark` for dark.

    figure = metrics.triage_latency.figure(rows)
    figure.update_layout(template="watchbill_dark")     # the same figure for a dark page

The paper is transparent. The colours of data are the same in both: each can be told from white and from near-black, and
from all others by every kind of colour vision. Ink and grid change with the paper.
"""

from typing import Any

import plotly.graph_objects as go
import plotly.io as pio

LIGHT, DARK = "watchbill", "watchbill_dark"

# Blue, amber, violet, vermilion and grey: the theme of the pages says the same (.streamlit/config.toml).
BLUE, AMBER, VIOLET, VERMILION, GREY = "#2F7EBB", "#C98A00", "#8A46D6", "#B8451A", "#8C8C94"
COLOURS = (BLUE, AMBER, VIOLET, VERMILION, GREY)
PAPER = {LIGHT: "#FFFFFF", DARK: "#16171B"}  # what the transparent figure is expected to lie on
INK = {LIGHT: "#1F2328", DARK: "#E8E8E6"}
SECOND_INK = {LIGHT: "#5F5F66", DARK: "#A9A9B2"}
GRID = {LIGHT: "#DEDEDA", DARK: "#3A3B42"}

_CLEAR = "rgba(0,0,0,0)"


def _layout(name: str) -> dict[str, Any]:
    axis = {
        "automargin": True,
        "gridcolor": GRID[name],
        "linecolor": GRID[name],
        "zerolinecolor": SECOND_INK[name],
        "tickcolor": GRID[name],
        "tickfont": {"color": SECOND_INK[name]},
        "title": {"font": {"size": 13}, "standoff": 10},
    }
    return {
        "font": {"family": "system-ui, sans-serif", "size": 12, "color": INK[name]},
        "paper_bgcolor": _CLEAR,
        "plot_bgcolor": _CLEAR,
        "colorway": list(COLOURS),
        "title": {"x": 0, "xref": "paper", "xanchor": "left", "y": 0.98, "yref": "container", "yanchor": "top",
                  "font": {"size": 17}},
        "margin": {"l": 64, "r": 24, "t": 66, "b": 64},
        "annotationdefaults": {"font": {"size": 12, "color": SECOND_INK[name]}, "showarrow": False},
        "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 0, "yref": "container", "yanchor": "bottom"},
        "xaxis": axis | {"showgrid": False, "showline": True, "ticks": "outside"},
        "yaxis": axis,
        "bargap": 0.25,
        "hoverlabel": {"bgcolor": PAPER[name], "bordercolor": GRID[name], "font": {"color": INK[name]}},
    }  # fmt: skip


def _template(name: str) -> go.layout.Template:
    """Bars of one stack are parted by a hair of paper, dots that lie upon each other show through."""
    bars = {"marker": {"line": {"width": 0.5, "color": PAPER[name]}}, "textfont": {"color": INK[name]}}
    dots = {"marker": {"size": 7, "opacity": 0.8}, "line": {"width": 2}}
    return go.layout.Template(data={"bar": [bars], "scatter": [dots]}, layout=_layout(name))


for _name in (LIGHT, DARK):
    pio.templates[_name] = _template(_name)
