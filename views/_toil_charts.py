"""Figures of the toil page, built from dictionaries. What they carry in `customdata` names the list behind a mark."""

from datetime import datetime
from typing import Any

import plotly.graph_objects as go
import polars as pl

from metrics.house import AMBER, BLUE, GREY, VERMILION, VIOLET
from metrics.toil_rules import UNCLASSIFIED
from metrics.wording import local, shortened
from views._charts import words
from views._drawing import LEGEND, TILTED, Drawn

_COLOURS = (BLUE, AMBER, VIOLET, VERMILION)
_SHOWN_GROUPS = 10
MEASURES = {"share": "Share of tickets", "tickets": "Tickets", "effort": "Known effort"}
_AXES: dict[str, dict[str, Any]] = {
    "share": {"title": {"text": "share of the week's tickets"}, "tickformat": ".0%", "range": [0, 1]},
    "tickets": {"title": {"text": "tickets a week"}, "rangemode": "tozero", "tickformat": ",d"},
    "effort": {"title": {"text": "known effort, h"}, "rangemode": "tozero"},
}


def label(starts_at: datetime, is_complete: bool, zone: str) -> str:
    """A week by its first day; one that has not ended says so."""
    there = local(starts_at, zone)
    return f"{there.day} {there:%b}{'' if is_complete else '<br>so far'}"


def kinds(weeks: pl.DataFrame, measure: str, zone: str) -> go.Figure:
    """Categories stacked by week, the most frequent below, the unclassified on top."""
    totals = (
        weeks.group_by("category").agg(pl.col("tickets").sum()).sort("tickets", "category", descending=[True, False])
    )
    names = [name for name in totals["category"] if name != UNCLASSIFIED] + [UNCLASSIFIED]
    bars = [_bars(weeks.filter(category=name), name, place, measure, zone) for place, name in enumerate(names)]
    layout = {
        "height": 420, "barmode": "stack", "bargap": 0.25, "hovermode": "closest", "dragmode": False,
        "clickmode": "event+select", "margin": {"l": 56, "r": 12, "t": 12, "b": 40},
        "legend": LEGEND, "xaxis": {"type": "category", **TILTED}, "yaxis": _AXES[measure],
    }  # fmt: skip
    return Drawn({"data": bars, "layout": layout})


def _bars(rows: pl.DataFrame, name: str, place: int, measure: str, zone: str) -> dict[str, Any]:
    is_unclassified = name == UNCLASSIFIED
    again = place // len(_COLOURS)  # after the last colour, the first comes again, hatched
    return {
        "type": "bar", "name": words(shortened(name, 40)),
        "x": [label(row["starts_at"], row["is_complete"], zone) for row in rows.iter_rows(named=True)],
        "y": (rows["effort_seconds"] / 3600 if measure == "effort" else rows[measure]).to_list(),
        "customdata": [f"category:{name}@{week}" for week in rows["week"]],
        "text": [f"{count}" for count in rows["tickets"]], "textposition": "none",
        "marker": {
            "color": GREY if is_unclassified else _COLOURS[place % len(_COLOURS)],
            "opacity": [1 if done else 0.55 for done in rows["is_complete"]],
            "pattern": {"shape": "." if is_unclassified else ("", "/", "x")[again % 3], "size": 6},
        },
        "hovertemplate": f"%{{x}}: %{{text}} tickets of {words(shortened(name, 40))}<extra></extra>",
    }  # fmt: skip


def groups(ranked: pl.DataFrame) -> go.Figure:
    """The groups that would free most, each bar what the tickets of one took, or would have by their median."""
    first = ranked.drop_nulls("weight_seconds").head(_SHOWN_GROUPS).reverse()
    titles = [words(shortened(pattern, 60)) for pattern in first["pattern"]]
    bars = {
        "type": "bar", "orientation": "h", "x": (first["weight_seconds"] / 3600).to_list(),
        "y": list(range(len(first))), "customdata": [f"group:{pattern}" for pattern in first["pattern"]],
        "text": [f"{tickets} × · {title}" for tickets, title in zip(first["tickets"], titles, strict=True)],
        "textposition": "outside", "cliponaxis": False, "marker": {"color": BLUE}, "width": 0.28, "offset": -0.42,
        "hovertemplate": "%{text}: %{x:.0f} h<extra></extra>", "textfont": {"size": 1, "color": "rgba(0,0,0,0)"},
    }  # fmt: skip
    notes = [
        {"x": 0, "y": place, "xanchor": "left", "yanchor": "bottom", "yshift": -3, "showarrow": False, "align": "left",
         "text": f"<b>{tickets} ×</b> {title}"}
        for place, (tickets, title) in enumerate(zip(first["tickets"], titles, strict=True))
    ]  # fmt: skip
    layout = {
        "height": 60 + 44 * max(len(first), 2), "margin": {"l": 8, "r": 24, "t": 8, "b": 40}, "dragmode": False,
        "clickmode": "event+select", "hovermode": "closest", "annotations": notes,
        "xaxis": {"title": {"text": "count × effort, h"}, "rangemode": "tozero"},
        "yaxis": {"visible": False, "range": [-0.6, len(first) - 0.2]},
    }  # fmt: skip
    return Drawn({"data": [bars], "layout": layout})
