"""Who has what, how long it has been silent, how the pile grew, and where tickets waited."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
import polars as pl

from metrics.aging import SILENCES
from metrics.aging_bands import STAGES
from metrics.open_work import NO_STAGE
from metrics.weeks import Week
from metrics.wording import day
from views._charts import words
from views._drawing import TILTED, counts, drawn
from views._style import CAME, CLOSED, LATE, MET, OPEN, RUNNING

_DAY = 86_400
_STAGE_LOOKS = {
    "done": (CLOSED, ""), "waiting": (RUNNING, "/"), "active": (OPEN, ""), "triaged": (CAME, "."), "new": (LATE, "x"),
    NO_STAGE: (RUNNING, ""),
}  # fmt: skip
# State, what the legend says, colour, symbol, ink of the number inside.
_STATES = (
    ("free", "no limit", RUNNING, "circle-open", None),
    ("under", "within the limit", MET, "square", "#FFFFFF"),
    ("was", "within, but above during the week", CAME, "square", "#16171B"),
    ("above", "above the limit", LATE, "diamond", "#FFFFFF"),
)


def labels(weeks: Sequence[Week], as_of: Any) -> list[str]:
    """Mondays; the last week is unfinished unless it ends at the instant shown."""
    names = [day(week.starts_at, week.zone).split(" ", 1)[1] for week in weeks]
    return [*names[:-1], names[-1] if weeks[-1].ends_at <= as_of else f"{names[-1]}<br>so far"]


def wip(rows: pl.DataFrame, names: Sequence[str], shown: Sequence[str]) -> go.Figure:
    """People by the alphabet, weeks across: what each had in work when the week ended, and whether that was allowed."""
    state = (
        pl.when(pl.col("is_above")).then(pl.lit("above")).when(pl.col("was_above")).then(pl.lit("was"))
        .when(pl.col("scope").is_null()).then(pl.lit("free")).otherwise(pl.lit("under"))
    )  # fmt: skip
    told = rows.with_columns(state=state, row=_row_names())
    people = told["row"].unique(maintain_order=True).to_list()
    places = dict(zip(names, shown, strict=True))
    traces = [
        _state(told.filter(state=name), said, colour, symbol, ink, places)
        for name, said, colour, symbol, ink in _STATES
    ]
    return drawn(
        [trace for trace in traces if trace["x"]], 110 + 34 * len(people),
        xaxis={"type": "category", "categoryorder": "array", "categoryarray": list(shown), **TILTED},
        yaxis={"type": "category", "categoryorder": "array", "categoryarray": people[::-1], "automargin": True,
               "showgrid": False},
        margin={"l": 44, "r": 12, "t": 60, "b": 40},
    )  # fmt: skip


def _row_names() -> pl.Expr:
    """A person with the limit last in force; two limits of one person are two rows."""
    limit = pl.col("allowed_tickets").drop_nulls().last().over("person_id", "scope")
    named = pl.format("{} (limit {})", "person", limit.cast(pl.String))
    scoped = pl.when(pl.col("scope").n_unique().over("person_id") > 1).then(
        pl.format("{}, {}", named, pl.col("scope").fill_null("none"))
    )
    return pl.coalesce(scoped, named, "person")


def _state(
    told: pl.DataFrame, said: str, colour: str, symbol: str, ink: str | None, places: dict[str, str]
) -> dict[str, Any]:
    columns = told.select("week", "row", "tickets", "person", "allowed_tickets").rows()
    return {
        "type": "scatter", "mode": "markers+text", "name": said,
        "x": [places[week] for week, *_ in columns], "y": [words(row) for _, row, *_ in columns],
        "text": [str(tickets) for *_, tickets, _, _ in columns], "textposition": "middle center",
        "textfont": {"size": 11} | ({"color": ink} if ink else {}),
        "marker": {"color": colour, "symbol": symbol, "size": 20, "opacity": 1},
        "customdata": [f"wip:{person}@{week}" for week, _, _, person, _ in columns],
        "hovertext": [f"{words(person)}: {tickets} in work{f', {most} allowed' if most is not None else ''}"
                      for _, _, tickets, person, most in columns],
        "hovertemplate": "%{x}, %{hovertext}<extra></extra>",
    }  # fmt: skip


def matrix(held: pl.DataFrame, expected: float | None) -> go.Figure:
    """Who has how many of which priority, and how old the oldest of them is; nobody last."""
    people = held["person"].unique(maintain_order=True).to_list()
    priorities = sorted(held["priority"].unique(), key=lambda name: (name == "none", name))
    is_old = pl.col("oldest_seconds") > (expected if expected is not None else float("inf"))
    kinds = ((~is_old, "oldest within what is expected", MET, "square"),
             (is_old, "oldest is older than expected", LATE, "diamond"))  # fmt: skip
    traces = [_cells(held.filter(condition), said, colour, symbol) for condition, said, colour, symbol in kinds]
    return drawn(
        [trace for trace in traces if trace["x"]], 110 + 38 * len(people),
        xaxis={"type": "category", "categoryorder": "array", "categoryarray": priorities, "side": "top",
               "range": [-0.4, len(priorities) - 0.3], "showgrid": False},
        yaxis={"type": "category", "categoryorder": "array", "categoryarray": [words(name) for name in people[::-1]],
               "automargin": True},
        legend={"orientation": "h", "x": 0, "y": 0, "yanchor": "top", "xanchor": "left"},
        margin={"l": 44, "r": 12, "t": 30, "b": 40},
    )  # fmt: skip


def _cells(held: pl.DataFrame, said: str, colour: str, symbol: str) -> dict[str, Any]:
    columns = held.select("person", "priority", "tickets", "oldest_seconds").rows()
    return {
        "type": "scatter", "mode": "markers+text", "name": said, "cliponaxis": False,
        "x": [priority for _, priority, *_ in columns], "y": [words(person) for person, *_ in columns],
        "text": [f" {tickets} · {seconds / _DAY:.0f} d" for *_, tickets, seconds in columns],
        "textposition": "middle right", "marker": {"color": colour, "symbol": symbol, "size": 11},
        "customdata": [f"held:{priority}:{person}" for person, priority, *_ in columns],
        "hovertemplate": "%{y}, %{x}:%{text}<extra></extra>",
    }  # fmt: skip


def silences(rows: pl.DataFrame) -> go.Figure:
    """Open tickets by how long no person has updated them, and their stage."""
    known = [stage for stage in (*STAGES, NO_STAGE) if stage in set(rows["stage"])]
    buckets = list(SILENCES.values())
    said = ["within a day", *buckets[1:]]
    bars = []
    for stage in known:
        own = dict(rows.filter(stage=stage).select("silence", "tickets").iter_rows())
        colour, pattern = _STAGE_LOOKS[stage]
        bars.append({
            "type": "bar", "name": stage, "x": said, "y": [own.get(bucket, 0) for bucket in buckets],
            "customdata": [f"silence:{bucket}:{stage}" for bucket in buckets],
            "marker": {"color": colour, "pattern": {"shape": pattern, "fillmode": "overlay", "size": 6}},
            "hovertemplate": f"%{{x}}: %{{y}} in {stage}<extra></extra>",
        })  # fmt: skip
    sums = rows.group_by("silence").agg(pl.col("tickets").sum())["tickets"].max()
    return drawn(bars, 320, barmode="stack", xaxis={"type": "category", **TILTED},
                 yaxis=counts("open tickets", float(sums or 0)))  # type: ignore[arg-type]  # fmt: skip


def total(rows: pl.DataFrame, shown: Sequence[str]) -> go.Figure:
    """The age of all open tickets together when each week ended, and below it how many there were."""
    ages = [seconds / _DAY for seconds in rows["total_age_seconds"]]
    lines = [
        {"type": "scatter", "mode": "lines+markers", "name": "total age", "x": list(shown), "y": ages,
         "line": {"color": OPEN, "width": 2}, "hovertemplate": "%{x}: %{y:,.0f} days<extra></extra>"},
        {"type": "scatter", "mode": "lines+markers", "name": "open", "x": list(shown), "yaxis": "y2",
         "y": rows["tickets"].to_list(), "line": {"color": CAME, "width": 2, "dash": "dot"},
         "hovertemplate": "%{x}: %{y} open<extra></extra>"},
    ]  # fmt: skip
    return drawn(
        lines, 380, showlegend=False, xaxis={"anchor": "y2", "type": "category", **TILTED},
        yaxis={"rangemode": "tozero", "tickformat": ",d", "title": {"text": "total age (days)"}, "domain": [0.45, 1]},
        yaxis2={**counts("open", max(rows["tickets"])), "domain": [0, 0.35]},
    )  # fmt: skip


def flow(rows: pl.DataFrame, shown: Sequence[str]) -> go.Figure:
    """What stood in each stage when each week ended, stacked; done is what was done since the first of them."""
    columns = {stage: rows[f"{'unmapped' if stage == NO_STAGE else stage}_tickets"] for stage in _STAGE_LOOKS}
    columns["done"] = columns["done"] - columns["done"][0]
    order = ("done", "waiting", "active", "triaged", "new", NO_STAGE)
    bands = [
        {"type": "scatter", "mode": "lines", "name": "done since" if stage == "done" else stage, "x": list(shown),
         "y": columns[stage].to_list(), "stackgroup": "stages", "line": {"color": _STAGE_LOOKS[stage][0], "width": 1},
         "fillpattern": {"shape": _STAGE_LOOKS[stage][1], "fillmode": "overlay", "size": 7},
         "hovertemplate": f"%{{x}}: %{{y}} {stage}<extra></extra>"}
        for stage in order if stage in STAGES or columns[stage].sum()
    ]  # fmt: skip
    return drawn(bands, 380, xaxis={"type": "category", **TILTED},
                 yaxis={"rangemode": "tozero", "tickformat": ",d", "title": {"text": "tickets"}})  # fmt: skip


def waits(rows: pl.DataFrame) -> go.Figure:
    """How long closed tickets stood in each stage: half of them no longer than, and 85 % no longer than."""
    names = [_stage_name(stage, n) for stage, n in rows.select("stage", "tickets").iter_rows()]
    bars = [
        {"type": "bar", "orientation": "h", "name": said, "y": names,
         "x": [None if seconds is None else seconds / _DAY for seconds in rows[column]],
         "customdata": [f"closed:{stage}" for stage in rows["stage"]],
         "marker": {"color": colour, "pattern": {"shape": pattern, "fillmode": "overlay", "size": 6}},
         "texttemplate": "%{x:.1f}", "textposition": "outside", "cliponaxis": False,
         "hovertemplate": f"%{{y}}: {said} %{{x:.1f}} days<extra></extra>"}
        for column, said, colour, pattern in (("p85_seconds", "85 % at most", CAME, "/"),
                                              ("p50_seconds", "half at most", MET, ""))
    ]  # fmt: skip
    return drawn(
        bars, 110 + 56 * len(names), barmode="group",
        yaxis={"type": "category", "autorange": "reversed", "automargin": True},
        xaxis={"rangemode": "tozero", "title": {"text": "time in the stage (days)"}},
        margin={"l": 44, "r": 36, "t": 34, "b": 50},
    )  # fmt: skip


def _stage_name(stage: str, tickets: int) -> str:
    named = {"done": "done, yet open", "unmapped": NO_STAGE}.get(stage, stage)
    return f"{named}<br>n = {tickets}"
