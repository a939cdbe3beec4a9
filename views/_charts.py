"""Figures, built from dictionaries.

Every bar and point carries in `customdata` the name of the list behind it. Plotly reads a little HTML in its texts, so
words that do not come from this file go through `words`.
"""

import html
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from metrics.kept import Kept
from metrics.weekly_health import Category, FlowWeek, Limits, PersonLoad, Promise, WaitWeek
from views._drawing import MARGIN, drawn
from views._style import CAME, CLOSED, LATE, MET, OPEN, RUNNING

BehaviourWeek = FlowWeek | WaitWeek
CONFIG = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}


def words(text: object) -> str:
    """Text that Plotly shows literally."""
    return html.escape(str(text), quote=False)


def _counts(title: str, highest: float) -> dict[str, Any]:
    """An axis of whole things from zero: a tick for each where they are few."""
    few = {"dtick": 1, "range": [0, 4.2]} if highest <= 4 else {}
    return {"rangemode": "tozero", "tickformat": ",d", "title": {"text": title}} | few


def _labels(weeks: Sequence[Any]) -> list[str]:
    return [week.label if week.is_complete else f"{week.label}<br>so far" for week in weeks]


def _pattern(weeks: Sequence[Any]) -> dict[str, Any]:
    """The unfinished week is hatched."""
    return {"shape": ["" if week.is_complete else "/" for week in weeks], "fillmode": "replace", "size": 5}


def _bars(name: str, weeks: Sequence[Any], heights: list[int], colour: str, rows: list[str]) -> dict[str, Any]:
    return {
        "type": "bar", "alignmentgroup": "counts", "name": words(name), "x": _labels(weeks), "y": heights,
        "customdata": rows,
        "marker": {"color": colour, "pattern": _pattern(weeks)},
        "hovertemplate": f"%{{x}}: %{{y}} {words(name)}<extra></extra>",
    }  # fmt: skip


def flow(weeks: tuple[FlowWeek, ...]) -> go.Figure:
    """Came in and closed as bars from zero; what was open as a line of its own below, on the same weeks."""
    line = {
        "type": "scatter", "mode": "lines+markers", "name": "open", "x": _labels(weeks), "yaxis": "y2",
        "y": [week.open_tickets for week in weeks], "customdata": [f"open@{week.name}" for week in weeks],
        "line": {"color": OPEN, "width": 2}, "marker": {"size": 7}, "hovertemplate": "%{x}: %{y} open<extra></extra>",
        "showlegend": False,
    }  # fmt: skip
    data = [
        _bars("came in", weeks, [w.arrivals for w in weeks], CAME, [f"opened@{w.name}" for w in weeks]),
        _bars("closed", weeks, [w.departures for w in weeks], CLOSED, [f"closed@{w.name}" for w in weeks]),
        line,
    ]
    busiest = max(max(week.arrivals, week.departures) for week in weeks)
    return drawn(
        data, 400, barmode="group",
        xaxis={"anchor": "y2", "autotickangles": [0, 45, 90], "automargin": True},
        yaxis={**_counts("tickets a week", busiest), "domain": [0.46, 1]},
        yaxis2={**_counts("open", max(week.open_tickets for week in weeks)), "domain": [0, 0.34]},
    )  # fmt: skip


def arrivals(weeks: tuple[FlowWeek, ...], usual: Limits | None) -> go.Figure:
    """Weekly arrivals of complete weeks with a history against their usual range; points outside it are large and
    named."""
    judged = [week for week in weeks if week.is_judged]
    values: list[float] = [week.arrivals for week in judged]
    rows = [f"opened@{week.name}" for week in judged]
    return _behaviour(judged, values, rows, usual, name="came in", axis="came in a week")


def triage(weeks: tuple[WaitWeek, ...], usual: Limits | None) -> go.Figure:
    """The weekly median of working hours until triage, against its usual range."""
    complete = [week for week in weeks if week.is_complete and week.median is not None]
    values = [(week.median or 0.0) / 3600 for week in complete]
    in_hours = usual and Limits(usual.lower / 3600, usual.mean / 3600, usual.upper / 3600, usual.weeks)
    rows = [f"triage@{week.name}" for week in complete]
    return _behaviour(complete, values, rows, in_hours, name="working h", axis="median to triage, working h")


def _behaviour(
    weeks: Sequence[Any], values: list[float], rows: list[str], usual: Limits | None, *, name: str, axis: str
) -> go.Figure:
    """A process-behaviour chart: points in order, the limits as lines."""
    outside = [week.signal is not None for week in weeks]
    points = {
        "type": "scatter", "mode": "lines+markers+text", "name": name, "showlegend": False,
        "x": [week.label for week in weeks], "y": values, "customdata": rows,
        "text": [week.signal or "" for week in weeks], "textposition": "top center",
        "line": {"color": CAME, "width": 2},
        "marker": {
            "size": [14 if is_outside else 7 for is_outside in outside],
            "symbol": ["diamond" if is_outside else "circle" for is_outside in outside],
            "color": [LATE if is_outside else CAME for is_outside in outside],
        },
        "hovertemplate": f"%{{x}}: %{{y:.4~g}} {name}<extra></extra>",
    }  # fmt: skip
    highest = max([*values, usual.upper if usual else 0.0])
    layout: dict[str, Any] = {"yaxis": _counts(axis, highest),
                              "xaxis": {"autotickangles": [0, 45, 90], "automargin": True}}  # fmt: skip
    if usual:
        layout |= _limit_lines(usual, highest)
    return drawn([points], 400, **layout)


def load(people: tuple[PersonLoad, ...]) -> go.Figure:
    """Interrupted hours of each person by the kind of hour, people by name from the top."""
    names = [words(person.person) for person in people]
    rows = [f"interruptions:{person.person}" for person in people]
    bars = [
        {
            "type": "bar", "orientation": "h", "name": said, "y": names, "customdata": rows,
            "x": [getattr(person, kind) or 0 for person in people],
            "marker": {"color": colour, "pattern": {"shape": shape, "fillmode": "replace", "size": 5}},
            "hovertemplate": f"%{{y}}: %{{x}} {said}<extra></extra>",
        }
        for kind, said, colour, shape in _HOURS
    ]  # fmt: skip
    most = max(sum(getattr(person, kind) or 0 for kind, *_ in _HOURS) for person in people)
    return drawn(
        bars, 110 + 34 * len(people), barmode="stack", xaxis=_counts("interrupted clock hours", most),
        yaxis={"autorange": "reversed", "automargin": True},
    )  # fmt: skip


_HOURS = (
    ("business", "business hours", CLOSED, ""), ("off", "off hours", CAME, "/"), ("sleep", "sleep", OPEN, "x"),
)  # fmt: skip


def toil(categories: tuple[Category, ...]) -> go.Figure:
    """Tickets opened by kind of work, the most frequent on top, unclassified below and grey."""
    bars = {
        "type": "bar", "orientation": "h", "y": [words(category.name) for category in categories],
        "x": [category.tickets for category in categories],
        "customdata": [f"toil:{category.name}" for category in categories],
        "text": [f"{category.tickets} · {category.before} before" for category in categories],
        "textposition": "outside", "cliponaxis": False,
        "marker": {"color": [RUNNING if category.is_unclassified else CAME for category in categories]},
        "hovertemplate": "%{y}: %{text}<extra></extra>",
    }  # fmt: skip
    most = max(category.tickets for category in categories)
    return drawn(
        [bars], 90 + 30 * len(categories), showlegend=False,
        xaxis=_counts("tickets opened", most) | {"range": [0, max(most, 1) * 1.35]},
        yaxis={"autorange": "reversed", "automargin": True},
    )  # fmt: skip


def _limit_lines(usual: Limits, highest: float) -> dict[str, Any]:
    """The limits and their mean, each with its name; limits too close for three names have one."""
    named = {"upper<br>limit": (usual.upper, "dot"), "mean": (usual.mean, "dash")}
    if usual.lower:
        named["lower<br>limit"] = (usual.lower, "dot")
    lines = [
        {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": y, "y1": y,
         "line": {"color": RUNNING, "width": 1.5, "dash": dash}}
        for y, dash in named.values()
    ]  # fmt: skip
    told = {f"{name}<br>{y:.1f}": y for name, (y, _) in named.items()}
    if usual.upper - usual.mean < _NAME_HEIGHT * highest:
        told = {f"usually<br>{usual.lower:.1f} to<br>{usual.upper:.1f}": usual.mean}
    notes = [
        {"xref": "paper", "x": 1.01, "xanchor": "left", "y": y, "yanchor": "middle", "align": "left",
         "showarrow": False, "text": text, "font": {"size": 11}}
        for text, y in told.items()
    ]  # fmt: skip
    return {"shapes": lines, "annotations": notes, "margin": MARGIN | {"r": 48}}


_NAME_HEIGHT = 0.13  # of the height of an axis, three lines of a limit's name


def strip(promise: Promise) -> go.Figure:
    """What fell due each week by outcome, and below it the share kept by both denominators, with 95 % intervals."""
    weeks, policy = promise.weeks, promise.policy
    outcomes = {"met": ("met", MET), "breached": ("broken", LATE)}
    bars = [
        _bars(said, weeks, [getattr(week.due, name) for week in weeks], colour,
              [f"due:{policy}:{name}@{week.name}" for week in weeks])
        for name, (said, colour) in outcomes.items()
    ]  # fmt: skip
    running = _bars("running", weeks, [week.started.running for week in weeks], RUNNING,
                    [f"started:{policy}:running@{week.name}" for week in weeks])  # fmt: skip
    shares = [
        _shares("share of due", weeks, [week.due for week in weeks], MET, "circle",
                [f"due:{policy}@{week.name}" for week in weeks]),
        _shares("share of begun", weeks, [week.started for week in weeks], OPEN, "diamond-open",
                [f"started:{policy}@{week.name}" for week in weeks]),
    ]  # fmt: skip
    target = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": "y2", "y0": promise.objective,
              "y1": promise.objective, "line": {"color": RUNNING, "width": 1.5, "dash": "dash"}}  # fmt: skip
    busiest = max(week.due.judged + week.started.running for week in weeks)
    on_time = f"on time (target {promise.objective:.0%})"
    return drawn(
        [*bars, running, *shares], 460, barmode="stack", scattermode="group", shapes=[target],
        xaxis={"anchor": "y2", "autotickangles": [0, 45, 90], "automargin": True},
        yaxis={**_counts("clocks", busiest), "domain": [0.54, 1]},
        yaxis2={"domain": [0, 0.42], "range": [-0.04, 1.08], "tickformat": ".0%", "title": {"text": on_time}},
    )  # fmt: skip


def _shares(
    name: str, weeks: Sequence[Any], judged: list[Kept], colour: str, symbol: str, rows: list[str]
) -> dict[str, Any]:
    known = [(week, j, row) for week, j, row in zip(weeks, judged, rows, strict=True) if j.share is not None]
    bounds = [j.interval or (0.0, 1.0) for _, j, _ in known]
    return {
        "type": "scatter", "mode": "markers", "name": words(name), "yaxis": "y2",
        "offsetgroup": name, "alignmentgroup": "shares",
        "x": _labels([week for week, _, _ in known]), "y": [j.share for _, j, _ in known],
        "customdata": [row for _, _, row in known],
        "text": [f"{j.met} of {j.judged}" for _, j, _ in known],
        "marker": {"color": colour, "symbol": symbol, "size": 8},
        "error_y": {
            "type": "data", "symmetric": False, "color": colour, "thickness": 1, "width": 3,
            "array": [high - (j.share or 0) for (_, high), (_, j, _) in zip(bounds, known, strict=True)],
            "arrayminus": [(j.share or 0) - low for (low, _), (_, j, _) in zip(bounds, known, strict=True)],
        },
        "hovertemplate": f"%{{x}}: %{{text}} {words(name)}<extra></extra>",
    }  # fmt: skip
