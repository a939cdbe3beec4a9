"""Figures on one promise: its weeks, its budget, and where it is missed. Each mark carries the name of its list."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import plotly.graph_objects as go

from metrics.error_budget import Budget
from metrics.kept import Kept
from metrics.promise_cuts import Cut, Group
from metrics.promise_report import KeptWeek, PromiseReport
from metrics.wording import local
from views._charts import words
from views._drawing import TILTED, beside, counts, drawn, level
from views._style import LATE, MET, OPEN, RUNNING

FEWEST = 5  # clocks, below which no share is written on a bar
_OUTCOMES = (
    ("met", "met", "met", MET, ""),
    ("closed", "breached_closed", "broken, closed", LATE, ""),
    ("open", "breached_open", "broken, still open", LATE, "x"),
    ("running", "running", "running", RUNNING, "."),
)


def weeks(report: PromiseReport, base: str) -> go.Figure:
    """Outcomes by week, by when clocks fell due or began; below, the share kept by both, with 95 % intervals."""
    shown = report.weeks
    bars = [_outcome(shown, base, *outcome) for outcome in _OUTCOMES]
    shares = [_shares(shown, "due", "of what fell due", MET, "circle"),
              _shares(shown, "opened", "of what began", OPEN, "diamond-open")]  # fmt: skip
    busiest = max(_of(week, base).judged + _of(week, base).running for week in shown)
    changes = [mark for week in shown if week.changed for mark in _changed(week)]
    title = "fell due" if base == "due" else "began"
    return drawn(
        [*bars, *shares], 470, barmode="stack", scattermode="group",
        shapes=[level(report.objective, "y2")],
        annotations=[beside(report.objective, f"target {report.objective:.0%}", "y2"), *changes],
        xaxis={"anchor": "y2", "type": "category", **TILTED},
        yaxis={**counts(f"clocks that {title}", busiest), "domain": [0.5, 1]},
        yaxis2={"domain": [0, 0.42], "range": [-0.04, 1.08], "tickformat": ".0%", "title": {"text": "on time"}},
    )  # fmt: skip


def _of(week: KeptWeek, base: str) -> Kept:
    return week.due if base == "due" else week.opened


def _label(week: KeptWeek) -> str:
    return week.label if week.is_complete else f"{week.label}<br>so far"


def _outcome(
    shown: Sequence[KeptWeek], base: str, outcome: str, field: str, said: str, colour: str, pattern: str
) -> dict[str, Any]:
    return {
        "type": "bar", "name": said, "x": [_label(week) for week in shown],
        "y": [getattr(_of(week, base), field) for week in shown],
        "customdata": [f"{base}:{outcome}@{week.name}" for week in shown],
        "marker": {"color": colour, "pattern": {"shape": pattern, "fillmode": "overlay", "size": 5},
                   "opacity": [1 if week.is_complete else 0.6 for week in shown]},
        "hovertemplate": f"%{{x}}: %{{y}} {said}<extra></extra>",
    }  # fmt: skip


def _shares(shown: Sequence[KeptWeek], base: str, said: str, colour: str, symbol: str) -> dict[str, Any]:
    known = [week for week in shown if _of(week, base).judged]
    points = [_of(week, base) for week in known]
    bounds = [point.interval or (0.0, 1.0) for point in points]
    shares = [point.share or 0.0 for point in points]
    return {
        "type": "scatter", "mode": "markers", "name": said, "yaxis": "y2", "offsetgroup": base,
        "x": [_label(week) for week in known], "y": shares,
        "customdata": [f"{base}@{week.name}" for week in known],
        "text": [f"{point.met} of {point.judged}" for point in points],
        "marker": {"color": colour, "symbol": symbol, "size": 8},
        "error_y": {
            "type": "data", "symmetric": False, "color": colour, "thickness": 1, "width": 3,
            "array": [high - share for (_, high), share in zip(bounds, shares, strict=True)],
            "arrayminus": [share - low for (low, _), share in zip(bounds, shares, strict=True)],
        },
        "hovertemplate": f"%{{x}}: %{{text}} {said}<extra></extra>",
    }  # fmt: skip


def _changed(week: KeptWeek) -> list[dict[str, Any]]:
    return [{"x": _label(week), "yref": "paper", "y": 0.46, "text": "▲ promise changed", "showarrow": False,
             "font": {"size": 11}}]  # fmt: skip


def burn(budget: Budget, zone: str, as_of: datetime) -> go.Figure:
    """The budget as it was used, breach by breach, against using it evenly; whether it lasts."""
    start, end, now = (_there(moment, zone) for moment in (budget.since, budget.until, as_of))
    allowed = budget.allowed or 0.0
    used = {
        "type": "scatter", "mode": "lines+markers", "name": "broken so far", "line": {"shape": "hv", "color": LATE},
        "x": [start, *(_there(step.moment, zone) for step in budget.steps), now],
        "y": [0, *(step.used for step in budget.steps), budget.used], "customdata": ["budget"] * (budget.used + 2),
        "marker": {"size": 5}, "hovertemplate": "%{x|%a %-d %b %H:%M}: %{y} broken<extra></extra>",
    }  # fmt: skip
    even = {
        "type": "scatter", "mode": "lines", "name": "used evenly", "x": [start, end], "y": [0, allowed],
        "line": {"color": RUNNING, "dash": "dot"}, "hoverinfo": "skip",
    }  # fmt: skip
    highest = max(allowed, budget.used, 1)
    return drawn(
        [used, even], 300, shapes=[level(allowed)], annotations=[beside(allowed, f"allowed: {allowed:.1f}")],
        xaxis={"type": "date", "range": [start, end]},
        yaxis={"range": [0, highest * 1.15], "title": {"text": "clocks broken"}},
    )  # fmt: skip


def _there(moment: datetime, zone: str) -> str:
    return local(moment, zone).strftime("%Y-%m-%d %H:%M:%S")


def cut(shown: Cut, *, sideways: bool = False) -> go.Figure:
    """What fell due, group by group, met and broken, with the share that was broken on each bar."""
    labels = [words(group.label) for group in shown.groups]
    along, up = ("y", "x") if sideways else ("x", "y")
    bars = [
        {
            "type": "bar", "orientation": "h" if sideways else "v", "name": said, along: labels,
            up: [getattr(group.kept, outcome) for group in shown.groups],
            "customdata": [f"due:{outcome}~{shown.name}={group.value}" for group in shown.groups],
            "marker": {"color": colour, "pattern": {"shape": pattern, "fillmode": "overlay", "size": 5}},
            "hovertemplate": f"%{{{along}}}: %{{{up}}} {said}<extra></extra>",
        }
        for outcome, said, colour, pattern in (("breached", "broken", LATE, "/"), ("met", "met", MET, ""))
    ]  # fmt: skip
    texts = {
        "type": "scatter", "mode": "text", along: labels, up: [group.kept.judged for group in shown.groups],
        "text": [_share_missed(group) for group in shown.groups], "showlegend": False, "hoverinfo": "skip",
        "textposition": "middle right" if sideways else "top center", "textfont": {"size": 11}, "cliponaxis": False,
    }  # fmt: skip
    busiest = max((group.kept.judged for group in shown.groups), default=0)
    named = {"type": "category", "automargin": True, **({"autorange": "reversed"} if sideways else TILTED)}
    height = 90 + 34 * len(shown.groups) if sideways else 300
    return drawn(
        [*bars, texts], max(height, 200), barmode="stack",
        **{f"{along}axis": named, f"{up}axis": counts("clocks that fell due", busiest)},
    )  # fmt: skip


def _share_missed(group: Group) -> str:
    return f"{group.kept.breached / group.kept.judged:.0%}" if group.kept.judged >= FEWEST else ""
