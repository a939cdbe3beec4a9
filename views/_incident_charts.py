"""Figures of the incidents page, built from dictionaries. Their `customdata` names the list behind a mark."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import plotly.graph_objects as go
import polars as pl

from metrics.distributions import FEWEST
from metrics.house import AMBER, BLUE, GREY, VERMILION, VIOLET
from metrics.incident_story import Milestone
from metrics.incident_window import Spread
from metrics.wording import lasted, local, span
from views._charts import words
from views._drawing import drawn
from views._toil_charts import label

_TICKS = {60: "1 min", 300: "5 min", 900: "15 min", 3600: "1 h", 14400: "4 h", 86400: "1 day", 604800: "1 week"}
_SHORTEST = 60  # seconds: an axis of multiples has no zero
_WEEKLY = {"type": "category", "autotickangles": [0, 45, 90], "automargin": True}
_LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "traceorder": "normal"}
VERDICTS = {
    "held": ("held in time", BLUE, ""), "late": ("held late", AMBER, "/"), "overdue": ("overdue", VERMILION, "x"),
    "due": ("still in time", GREY, "."),
}  # fmt: skip


def _figure(data: list[dict[str, Any]], height: int, **layout: Any) -> go.Figure:
    return drawn(data, height, **{"margin": {"l": 48, "r": 16, "t": 36, "b": 40}, "legend": _LEGEND} | layout)


def said(spread: Spread) -> str:
    """A distribution in words: n, and percentiles where there are enough.

    >>> said(Spread("", "until it was over", ("a",), (90.0,), None, None))
    'until it was over: n = 1, too few for a median'
    """
    told = f"{spread.label}: n = {len(spread.seconds)}"
    if spread.median is None or spread.p85 is None:
        return f"{told}, too few for a median" if spread.seconds else told
    return f"{told}, half within {span(spread.median)}, 85 % within {span(spread.p85)}"


def spreads(told: Sequence[Spread]) -> go.Figure:
    """Each incident a dot, an interval to a row; the median and the 85th percentile as strokes, from five on."""
    dots = [_dots(spread, place) for place, spread in enumerate(told)]
    strokes = [_strokes(told, "median", "line-ns-open", 26), _strokes(told, "p85", "diamond-tall-open", 15)]
    notes = [
        {"xref": "paper", "x": 0, "xanchor": "left", "y": -place + 0.28, "yanchor": "bottom", "showarrow": False,
         "text": said(spread)}
        for place, spread in enumerate(told)
    ]  # fmt: skip
    latest = max([3600.0, *(second for spread in told for second in spread.seconds)])
    return _figure(
        [*dots, *(stroke for stroke in strokes if stroke["x"])], 300, annotations=notes,
        margin={"l": 12, "r": 16, "t": 8, "b": 64},
        legend={"orientation": "h", "x": 0, "y": -0.22, "yanchor": "top"},
        xaxis={"type": "log", "tickvals": list(_TICKS), "ticktext": list(_TICKS.values()),
               "range": [1.7, len(str(int(latest)))], "title": {"text": "since the detection"}},
        yaxis={"visible": False, "range": [0.4 - len(told), 0.75]},
    )  # fmt: skip


def _dots(spread: Spread, place: int) -> dict[str, Any]:
    """Dots that coincide are lifted one above the other."""
    again = [spread.seconds[:n].count(second) for n, second in enumerate(spread.seconds)]
    return {
        "type": "scatter", "mode": "markers", "name": "an incident", "showlegend": not place,
        "x": [max(second, _SHORTEST) for second in spread.seconds], "y": [0.08 * n - place for n in again],
        "text": [f"{words(key)}: {span(second)}" for key, second in zip(spread.keys, spread.seconds, strict=True)],
        "customdata": ["incidents"] * len(spread.keys), "marker": {"color": BLUE, "size": 9, "opacity": 0.7},
        "hovertemplate": "%{text}<extra></extra>",
    }  # fmt: skip


def _strokes(told: Sequence[Spread], name: str, symbol: str, size: int) -> dict[str, Any]:
    known = [(getattr(spread, name), -place) for place, spread in enumerate(told) if getattr(spread, name) is not None]
    called = "half within" if name == "median" else "85 % within"
    return {
        "type": "scatter", "mode": "markers", "name": f"{called} (from n = {FEWEST})",
        "x": [max(seconds, _SHORTEST) for seconds, _ in known], "y": [place for _, place in known],
        "text": [f"{called} {span(seconds)}" for seconds, _ in known],
        "marker": {"color": VERMILION, "symbol": symbol, "size": size, "line": {"width": 2.5, "color": VERMILION}},
        "hovertemplate": "%{text}<extra></extra>",
    }  # fmt: skip


def debriefs(weeks: pl.DataFrame, zone: str) -> go.Figure:
    """Incidents by the week in which their debrief is due, and what became of it."""
    bars = [
        _bars(weeks, f"debriefs_{verdict}", called, colour, shape, f"debriefs:{verdict}", zone)
        for verdict, (called, colour, shape) in VERDICTS.items()
    ]
    most = weeks.select(pl.sum_horizontal(f"debriefs_{verdict}" for verdict in VERDICTS).max()).item()
    return _figure(bars, 300, barmode="stack", xaxis=_WEEKLY, yaxis=_counts("debriefs due", most))


def items(weeks: pl.DataFrame, zone: str) -> go.Figure:
    """Action items that came and that were done, as bars from zero; below, what was open and overdue."""
    shown = weeks.with_columns(came=pl.col("opened") + pl.col("reopened"), went=pl.col("closed") + pl.col("withdrawn"))
    bars = [
        _bars(shown, "came", "came", AMBER, "", "items:new", zone),
        _bars(shown, "went", "done or withdrawn", BLUE, "/", "items:closed", zone),
    ]
    lines = [
        _line(shown, "open_items", "open", VIOLET, "solid", "items:open", zone),
        _line(shown, "overdue_items", "overdue", VERMILION, "dot", "items:overdue", zone),
    ]
    return _figure(
        [*bars, *lines], 400, barmode="group", xaxis=_WEEKLY | {"anchor": "y2"},
        yaxis={**_counts("a week", shown.select(pl.max_horizontal("came", "went").max()).item()), "domain": [0.5, 1]},
        yaxis2={**_counts("at its end", shown["open_items"].max()), "domain": [0, 0.4]},
    )  # fmt: skip


def _counts(title: str, highest: Any) -> dict[str, Any]:
    few = {"dtick": 1, "range": [0, 4.2]} if (highest or 0) <= 4 else {}
    return {"rangemode": "tozero", "tickformat": ",d", "title": {"text": title}} | few


def _labels(weeks: pl.DataFrame, zone: str) -> list[str]:
    return [label(row["starts_at"], row["is_complete"], zone) for row in weeks.iter_rows(named=True)]


def _bars(weeks: pl.DataFrame, column: str, name: str, colour: str, shape: str, rows: str, zone: str) -> dict[str, Any]:
    return {
        "type": "bar", "name": name, "x": _labels(weeks, zone), "y": weeks[column].to_list(),
        "customdata": [f"{rows}@{week}" for week in weeks["week"]],
        "marker": {"color": colour, "pattern": {"shape": shape, "size": 6},
                   "opacity": [1 if done else 0.55 for done in weeks["is_complete"]]},
        "hovertemplate": f"%{{x}}: %{{y}} {name}<extra></extra>",
    }  # fmt: skip


def _line(weeks: pl.DataFrame, column: str, name: str, colour: str, dash: str, rows: str, zone: str) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "lines+markers", "name": name, "yaxis": "y2",
        "x": _labels(weeks, zone), "y": weeks[column].to_list(),
        "customdata": [rows] * len(weeks), "line": {"color": colour, "width": 2, "dash": dash},
        "marker": {"size": 7}, "hovertemplate": f"%{{x}}: %{{y}} {name}<extra></extra>",
    }  # fmt: skip


def sections(missing: pl.DataFrame) -> go.Figure:
    """How many documents lack each section, from zero, the worst above."""
    shown = missing.reverse()
    bars = {
        "type": "bar", "orientation": "h", "x": shown["postmortems"].to_list(),
        "y": [words(section) for section in shown["section"]],
        "customdata": [f"missing:{section}" for section in shown["section"]], "marker": {"color": VERMILION},
        "hovertemplate": "%{y}: missing in %{x}<extra></extra>",
    }  # fmt: skip
    return _figure(
        [bars], 110 + 26 * len(shown), margin={"l": 8, "r": 16, "t": 8, "b": 44},
        xaxis=_counts("documents without it", shown["postmortems"].max()), yaxis={"automargin": True},
    )  # fmt: skip


def course(milestones: Sequence[Milestone], began_at: datetime, zone: str) -> go.Figure:
    """Milestones down the page in order, time to the right; deadlines are hollow."""
    rows = list(enumerate(milestones))
    traces = [
        _marks([(n, m) for n, m in rows if not m.is_deadline], "happened", "circle", BLUE, began_at, zone),
        _marks([(n, m) for n, m in rows if m.is_deadline], "promised for", "diamond-open", AMBER, began_at, zone),
    ]
    return _figure(
        [trace for trace in traces if trace["x"]], 70 + 34 * len(rows), margin={"l": 8, "r": 16, "t": 28, "b": 40},
        xaxis={"type": "date"},
        yaxis={"tickvals": [-n for n, _ in rows], "ticktext": [words(m.label) for _, m in rows], "automargin": True,
               "range": [0.6 - len(rows), 0.6]},
    )  # fmt: skip


def _marks(
    rows: list[tuple[int, Milestone]], name: str, symbol: str, colour: str, began_at: datetime, zone: str
) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "markers", "name": name, "y": [-n for n, _ in rows],
        "x": [f"{local(milestone.happened_at, zone):%Y-%m-%d %H:%M:%S}" for _, milestone in rows],
        "text": [f"{words(milestone.label)}, {after(milestone.happened_at, began_at)}" for _, milestone in rows],
        "marker": {"symbol": symbol, "size": 12, "color": colour, "line": {"width": 2}},
        "hovertemplate": "%{text}: %{x}<extra></extra>",
    }  # fmt: skip


def after(instant: datetime, began_at: datetime) -> str:
    """How far from the beginning.

    >>> from datetime import timedelta
    >>> began = datetime(2026, 11, 2, 9)
    >>> after(began + timedelta(minutes=8), began), after(began - timedelta(days=3), began), after(began, began)
    ('8 min after it began', '3 days before it began', 'when it began')
    """
    seconds = (instant - began_at).total_seconds()
    if not seconds:
        return "when it began"
    near = span(abs(seconds)) if abs(seconds) < 48 * 3600 else lasted(abs(seconds))
    return f"{near} {'after' if seconds > 0 else 'before'} it began"
