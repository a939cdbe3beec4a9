"""How old open tickets are, stage by stage: dots over the ages at which others left each stage."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
import polars as pl

from metrics.age_expectation import PERCENT, Expectation
from metrics.aging_bands import STAGES
from metrics.aging_dots import Clock, Dots
from metrics.open_work import MARKS, NO_STAGE
from views._charts import words
from views._drawing import drawn
from views._style import CAME, LATE, MET, OPEN, RUNNING

MANY = 1_000  # dots, from which on the graphics card draws them
_UNIT = {"calendar": 86_400.0, "working": 3_600.0}
_STEP = {"calendar": 1.0, "working": 8.0}
_TITLE = {"calendar": "age since opening (days, log scale)", "working": "age since opening (working hours, log scale)"}
_TICKS: dict[Clock, list[float]] = {
    "calendar": [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000],
    "working": [4, 8, 16, 40, 80, 160, 400, 800, 1_600, 4_000, 8_000],
}
_LOOKS = {"moving": (MET, "circle", 0.0), "stale": (CAME, "diamond", -0.16), "blocked": (LATE, "x", 0.16)}
_SAID = {"moving": "moving", "stale": "silent six days or more", "blocked": "waiting or blocked"}
_SUFFIX = {"calendar": "", "working": "_working"}
_WIDE = 0.42


def dots(shown: Dots, bands: pl.DataFrame, expected: Expectation, clock: Clock) -> go.Figure:
    """Each dot is the open tickets of one stage, mark and step of age, with their number where there are several."""
    seen = set(shown.rows["stage"].to_list()) | set(bands["stage"].to_list())
    stages = [stage for stage in (*STAGES, NO_STAGE) if stage in seen]
    places = {stage: place for place, stage in enumerate(stages)}
    traces: list[dict[str, Any]] = [
        *_bands(bands, places, clock),
        *(_marked(shown.rows, mark, places, clock) for mark in MARKS),
    ]
    limit: float | None = getattr(expected, clock)
    if limit is not None:
        traces.append(_expectation(limit / _UNIT[clock], expected.tickets, len(stages)))
    return drawn(
        [trace for trace in traces if trace["x"]], 560,
        xaxis={"tickvals": list(range(len(stages))), "ticktext": [_named(stage, bands) for stage in stages],
               "range": [-0.6, len(stages) - 0.4], "showgrid": False, "zeroline": False},
        yaxis={"type": "log", "tickvals": _TICKS[clock], "ticktext": [f"{tick:,}" for tick in _TICKS[clock]],
               "title": {"text": _TITLE[clock]}},
        margin={"l": 56, "r": 12, "t": 70, "b": 50},
    )  # fmt: skip


def _expectation(height: float, tickets: int, stages: int) -> dict[str, Any]:
    said = f"{PERCENT} % of those closed were done by then (n = {tickets})"
    return {"type": "scatter", "mode": "lines", "name": said, "x": [-0.6, stages - 0.4], "y": [height, height],
            "line": {"color": LATE, "dash": "dash", "width": 1.5}, "hoverinfo": "name"}  # fmt: skip


def _named(stage: str, bands: pl.DataFrame) -> str:
    left = bands.filter(stage=stage)["left_tickets"].to_list()
    return f"{stage}<br>n = {left[0]}" if left else stage


def _marked(rows: pl.DataFrame, mark: str, places: dict[str, int], clock: Clock) -> dict[str, Any]:
    own = rows.filter(mark=mark)
    colour, symbol, aside = _LOOKS[mark]
    return {
        "type": "scattergl" if len(rows) > MANY else "scatter", "mode": "markers+text", "name": _SAID[mark],
        "x": [places[stage] + aside for stage in own["stage"]],
        "y": [max(step, 0.5) * _STEP[clock] for step in own["step"]],
        "text": [str(tickets) if tickets > 1 else "" for tickets in own["tickets"]], "textposition": "middle right",
        "hovertext": [_keys(keys, tickets) for keys, tickets in own.select("keys", "tickets").iter_rows()],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "customdata": [f"dot:{clock}:{stage}:{mark}:{step}" for stage, step in own.select("stage", "step").iter_rows()],
        "marker": {"color": colour, "symbol": symbol, "size": 9, "opacity": 0.85},
    }  # fmt: skip


def _keys(keys: Sequence[str], tickets: int) -> str:
    more = f" and {tickets - len(keys)} more" if tickets > len(keys) else ""
    return words(", ".join(keys)) + more


def _bands(bands: pl.DataFrame, places: dict[str, int], clock: Clock) -> list[dict[str, Any]]:
    """The ages by which so many had left, as strokes above their stage: the finished, and with those that stay."""
    looks = (("", "half, 70, 85, 95 % had left", RUNNING, "solid"),
             ("survival_", "… with those that stay", OPEN, "dot"))  # fmt: skip
    return [
        _strokes(bands, f"{kind}age{_SUFFIX[clock]}_seconds", said, colour, dash, places, clock)
        for kind, said, colour, dash in looks
    ]


def _strokes(
    bands: pl.DataFrame, column: str, said: str, colour: str, dash: str, places: dict[str, int], clock: Clock
) -> dict[str, Any]:
    known = bands.drop_nulls(column).filter(pl.col("stage").is_in(list(places)))
    across: list[float | None] = []
    up: list[float | None] = []
    hover: list[str] = []
    for stage, percent, seconds in known.select("stage", "percent", column).iter_rows():
        place, height = places[stage], max(seconds / _UNIT[clock], _STEP[clock] / 2)
        across += [place - _WIDE, place + _WIDE, None]
        up += [height, height, None]
        hover += [f"{percent} % had left {stage} by this age"] * 3
    return {
        "type": "scatter", "mode": "lines", "name": said, "x": across, "y": up, "hovertext": hover,
        "hoverinfo": "text", "line": {"color": colour, "width": 1.5, "dash": dash}, "connectgaps": False,
    }  # fmt: skip
