"""The stages a ticket stood in, as one bar along time that ends at the instant shown."""

from datetime import datetime
from typing import Any

import plotly.graph_objects as go
import polars as pl

from metrics.house import AMBER, BLUE, GREY, VIOLET
from metrics.wording import lasted, local
from views._charts import words
from views._drawing import Drawn

_LOOKS = {
    "new": (AMBER, ""),
    "triaged": (BLUE, ""),
    "active": (VIOLET, ""),
    "waiting": (GREY, "/"),
    "done": (GREY, ""),
    None: (GREY, "."),
}
NAMED_FROM = 0.06  # of the whole span: a narrower stay has no room for its name


def alive(stages: pl.DataFrame) -> pl.DataFrame:
    """Without the stage that a closed ticket rests in: it would be all there is to see.

    >>> alive(pl.DataFrame({"stage": ["new", "done"], "until_at": [datetime(2026, 11, 2), None]}))["stage"].to_list()
    ['new']
    """
    rests = (pl.col("stage") == "done") & pl.col("until_at").is_null()
    kept = stages.filter(~rests.fill_null(False))
    return stages if kept.is_empty() else kept


def told(stages: pl.DataFrame) -> str:
    """How long in all it stood in each stage, in the order in which it first did.

    >>> told(pl.DataFrame({"stage": ["new", "active", "new"], "stood_seconds": [3600.0, 7200.0, 3600.0]}))
    'In all: new 2 h, active 2 h.'
    """
    sums = stages.group_by("stage", maintain_order=True).agg(pl.col("stood_seconds").sum())
    return f"In all: {', '.join(f'{_name(stage)} {lasted(seconds)}' for stage, seconds in sums.iter_rows())}."


def _name(stage: str | None) -> str:
    return stage or "in no known stage"


def figure(stages: pl.DataFrame, zone: str, as_of: datetime) -> go.Figure:
    """One bar; colour, hatching and, where there is room, the name tell the stages apart."""
    ended = stages.with_columns(pl.col("until_at").fill_null(as_of.replace(tzinfo=None)))
    whole = sum(ended["stood_seconds"]) or 1.0
    bars = [_bar(ended.filter(pl.col("stage").eq_missing(pl.lit(stage, pl.String))), stage, zone, whole) for stage in
            dict.fromkeys(ended["stage"])]  # fmt: skip
    layout = {
        "height": 150, "barmode": "overlay", "margin": {"l": 8, "r": 8, "t": 40, "b": 28}, "dragmode": False,
        "legend": {"orientation": "h", "x": 0, "y": 1.1, "yanchor": "bottom"}, "hovermode": "closest",
        "xaxis": {"type": "date"}, "yaxis": {"visible": False}, "showlegend": True,
    }  # fmt: skip
    return Drawn({"data": bars, "layout": layout})


def _bar(stays: pl.DataFrame, stage: str | None, zone: str, whole: float) -> dict[str, Any]:
    colour, pattern = _LOOKS.get(stage, _LOOKS[None])
    seconds = stays["stood_seconds"].to_list()
    return {
        "type": "bar", "orientation": "h", "name": words(_name(stage)), "y": ["stage"] * len(stays),
        "base": [f"{local(instant, zone):%Y-%m-%d %H:%M:%S}" for instant in stays["from_at"]],
        "x": [1000 * lived for lived in seconds],
        "text": [words(_name(stage)) if lived / whole >= NAMED_FROM else "" for lived in seconds],
        "textposition": "inside", "insidetextanchor": "middle", "constraintext": "inside", "textangle": 0,
        "customdata": [f"{lasted(lived)} in {words(queue or 'no queue')}"
                       for lived, queue in zip(seconds, stays["queue"], strict=True)],
        "marker": {"color": colour, "pattern": {"shape": pattern, "fillmode": "overlay", "size": 6}},
        "hovertemplate": f"{words(_name(stage))} from %{{base}}: %{{customdata}}<extra></extra>",
    }  # fmt: skip
