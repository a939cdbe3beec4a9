"""The figures of the page Rotation: who was on when, and who carried what beside their share."""

from datetime import datetime, timedelta
from typing import Any

import plotly.graph_objects as go
import polars as pl

from metrics.house import COLOURS
from metrics.rota_calendar import RotaCalendar
from metrics.wording import local
from views._charts import words
from views._drawing import Drawn
from views._style import CAME, CLOSED, RUNNING


def timeline(calendar: RotaCalendar, as_of: datetime, zone: str) -> go.Figure:
    """People by name, time from left to right: a bar for each turn, hatched where it is only planned; time away as thin
    grey bars; the line is the instant asked at."""
    people = calendar.people
    away = [one for one in calendar.away if one.person in people]
    traces = [
        _bars(
            role, COLOURS[place % (len(COLOURS) - 1)],
            [(t.person, t.from_at, t.until_at, t.is_planned) for t in calendar.turns if t.role == role], zone, 0.7,
        )
        for place, role in enumerate(calendar.roles)
    ]  # fmt: skip
    if away:
        traces.append(_bars("away", RUNNING, [(a.person, a.from_at, a.until_at, False) for a in away], zone, 0.25))
    now = local(as_of, zone).replace(tzinfo=None)
    line = {"type": "line", "x0": now, "x1": now, "yref": "paper", "y0": 0, "y1": 1,
            "line": {"color": RUNNING, "width": 1.5, "dash": "dot"}}  # fmt: skip
    layout = {
        "height": 120 + 28 * len(people), "margin": {"l": 8, "r": 12, "t": 34, "b": 8}, "barmode": "overlay",
        "bargap": 0.2, "shapes": [line], "dragmode": False, "showlegend": True,
        "xaxis": {"type": "date", "automargin": True},
        "yaxis": {"automargin": True, "categoryorder": "array", "categoryarray": [words(p) for p in people[::-1]]},
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
    }  # fmt: skip
    return Drawn({"data": traces, "layout": layout})


def _bars(
    name: str, colour: str, spans: list[tuple[str, datetime, datetime, bool]], zone: str, width: float
) -> dict[str, Any]:
    begins = [local(since, zone).replace(tzinfo=None) for _, since, _, _ in spans]
    ends = [local(until, zone).replace(tzinfo=None) for _, _, until, _ in spans]
    return {
        "type": "bar", "orientation": "h", "name": words(name), "y": [words(who) for who, _, _, _ in spans],
        "base": begins, "width": width,
        "x": [(end - begin) / timedelta(milliseconds=1) for begin, end in zip(begins, ends, strict=True)],
        "customdata": [f"{begin:%d %b} to {end:%d %b}{', planned' * planned}"
                       for begin, end, (_, _, _, planned) in zip(begins, ends, spans, strict=True)],
        "marker": {"color": colour, "pattern": {"shape": ["/" if planned else "" for _, _, _, planned in spans],
                                                "fillmode": "replace", "size": 5}},
        "hovertemplate": f"%{{y}}: {words(name)}, %{{customdata}}<extra></extra>",
    }  # fmt: skip


def carried(people: pl.DataFrame) -> go.Figure:
    """Duty-weeks of each person, by name, as bars from zero; the tick is the share that was theirs."""
    names = [words(name) for name in people["person"]]
    held: dict[str, Any] = {
        "type": "bar", "orientation": "h", "name": "carried", "y": names, "x": people["duty_weeks"].to_list(),
        "marker": {"color": CLOSED}, "hovertemplate": "%{y}: %{x:.1f} duty-weeks carried<extra></extra>",
    }  # fmt: skip
    owed = {
        "type": "scatter", "mode": "markers", "name": "their share", "y": names,
        "x": people["expected_duty_weeks"].to_list(),
        "marker": {"symbol": "line-ns", "size": 18, "color": CAME, "line": {"width": 4, "color": CAME}},
        "hovertemplate": "%{y}: %{x:.1f} duty-weeks were their share<extra></extra>",
    }  # fmt: skip
    layout = {
        "height": 120 + 28 * len(names), "margin": {"l": 8, "r": 12, "t": 34, "b": 8}, "dragmode": False,
        "xaxis": {"rangemode": "tozero", "title": {"text": "duty-weeks"}, "automargin": True},
        "yaxis": {"automargin": True, "autorange": "reversed"},
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
    }  # fmt: skip
    return Drawn({"data": [held, owed], "layout": layout})
