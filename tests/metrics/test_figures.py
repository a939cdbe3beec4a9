"""Every figure can be read alone, on light paper and on dark, by every kind of colour vision."""

import inspect
import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import duckdb
import plotly.graph_objects as go
import polars as pl
import pytest

import metrics
from ingest.records import Account, Event, Ticket
from metrics import house
from metrics.catalogue import Metric
from metrics.figures import dots, drawn, escaped
from tests.conftest import History, utc
from tests.metrics.conftest import Opened
from tests.metrics.oracle import WORLD

METRICS = [pytest.param(metric, id=metric.name) for metric in metrics.catalogue()]
TEMPLATES = [house.LIGHT, house.DARK]
MARKUP = "<i>x</i>"


def asked(metric: Metric, con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyRelation:
    one = {"ticket_id": "test/infra#1"} if "ticket_id" in inspect.signature(metric.rows).parameters else {}
    return metric.rows(con, as_of=utc("2026-11-09 12:00"), **one)


@pytest.fixture(scope="module")
def con(opened: Opened) -> Iterator[duckdb.DuckDBPyConnection]:
    """Tickets whose every word is markup, where a tracker lets people choose the word."""
    history = History()
    changes = [("10:00", "label", f"+{MARKUP}", MARKUP), ("10:30", "label", "+P0", MARKUP)]
    changes += [("11:00", "owner", f"+{MARKUP}", "bo"), ("12:00", "status", MARKUP, "bo")]
    changes += [("12:30", "column", "In progress", "bo"), ("13:00", "comment", f"+{MARKUP}", "bo")]
    history.ticket(1, "2026-11-02 09:00", *changes, title=f"{MARKUP} disk full")
    closed = ("10:00", "status", "closed", "bo")
    history.ticket(2, "2026-11-02 09:00", closed, queue=MARKUP, title=f"{MARKUP} disk full")
    history.ticket(3, "2026-11-03 09:00", ("10:00", "label", "+P1", "bo"), title=f"{MARKUP} disk full")
    spoilt = [replace(r, key=f"{MARKUP}#{n}") if isinstance(r, Ticket) else r for n, r in enumerate(history.records)]
    account = Account("test/x", MARKUP, MARKUP, MARKUP, False)
    labelled = Event("test/infra#3", "x", utc("2026-11-03 12:00"), 50, "test/x", "label", None, "incident")
    with opened([*spoilt, account, labelled], WORLD) as store:
        yield store


@pytest.fixture(params=METRICS)
def figures(request: pytest.FixtureRequest, con: duckdb.DuckDBPyConnection) -> list[go.Figure]:
    """The metric's figure over some rows and over none."""
    rows = asked(request.param, con)
    return [request.param.figure(rows), request.param.figure(rows.limit(0))]


def test_a_figure_asks_says_how_much_it_rests_on_and_wears_the_house_template(figures: list[go.Figure]) -> None:
    for figure in figures:
        assert figure.layout.title.text.endswith("?")
        assert re.match(r"n = \d+ \w", figure.layout.annotations[0].text)
        assert figure.layout.template.layout.colorway == house.COLOURS


def test_both_axes_are_named_and_the_one_that_counts_has_its_unit(figures: list[go.Figure]) -> None:
    for figure in figures:
        lies = bool(figure.data) and all(trace.orientation == "h" for trace in figure.data if trace.type == "bar")
        lies = lies and any(trace.type == "bar" for trace in figure.data)
        axes = [figure.layout.xaxis.title.text or "", figure.layout.yaxis.title.text or ""]
        counting = axes[0 if lies else 1]
        assert axes[1] != ""
        assert re.search(r"\(.+\)$", counting) or not figure.data, f"{counting!r} names no unit"


def test_nothing_that_comes_from_a_tracker_is_markup(figures: list[go.Figure]) -> None:
    words = [word for figure in figures for trace in figure.data for word in texts(trace.to_plotly_json())]
    assert [word for word in words if MARKUP in word] == []


def texts(value: Any) -> Iterator[str]:
    """Every text in a trace that Plotly may draw: axes' categories, names, texts."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from texts([held for name, held in value.items() if name not in ("customdata", "ids")])
    elif isinstance(value, list | tuple) or type(value).__name__ == "ndarray":
        for held in value:
            yield from texts(held)


# --- The words above and beside ---------------------------------------------------------------------

BAR = {"type": "bar", "x": ["a"], "y": [1]}


def test_a_caption_stands_above_the_plot_and_below_the_question() -> None:
    figure = drawn([BAR], question="How many?", y="Tickets (count)", n=3, counted="tickets")
    [caption] = figure.layout.annotations
    assert (caption.text, caption.y, caption.yanchor) == ("n = 3 tickets", 1, "bottom")
    assert (figure.layout.title.text, figure.layout.yaxis.title.text) == ("How many?", "Tickets (count)")
    assert figure.layout.yaxis.rangemode == "tozero"


@pytest.mark.parametrize(
    ("trace", "x", "title"),
    [
        (BAR, None, ""),
        (BAR, "Stage", "Stage"),
        ({**BAR, "x": [utc("2026-11-02 09:00")]}, None, "Time (UTC)"),
        ({**BAR, "x": [utc("2026-11-02 09:00").date()]}, None, "Time (UTC)"),
        ({**BAR, "x": [utc("2026-11-02 09:00")]}, "Week", "Week"),
        ({"type": "bar", "x": [], "y": []}, None, ""),
    ],
)
def test_an_axis_of_instants_says_that_they_are_utc(trace: dict[str, Any], x: str | None, title: str) -> None:
    figure = drawn([trace], question="How many?", x=x, y="Tickets (count)", n=1, counted="tickets")
    assert figure.layout.xaxis.title.text == title


def test_what_a_metric_says_of_an_axis_adds_to_what_the_house_says() -> None:
    layout = {"xaxis": {"dtick": 1}, "yaxis": {"rangemode": "normal"}, "barmode": "stack", "title": {"text": "Why?"}}
    figure = drawn([BAR], question="How many?", x="Stage", y="Tickets (count)", n=1, counted="t", layout=layout)
    assert (figure.layout.xaxis.title.text, figure.layout.xaxis.dtick) == ("Stage", 1)
    assert (figure.layout.yaxis.title.text, figure.layout.yaxis.rangemode) == ("Tickets (count)", "normal")
    assert (figure.layout.barmode, figure.layout.title.text) == ("stack", "Why?")


def test_waits_are_dots_hollow_while_they_last() -> None:
    """Two hours, over; half an hour so far."""
    waits = pl.DataFrame(
        {
            "key": ["<b>#1", "#2"],
            "began_at": [utc("2026-11-02 09:00"), utc("2026-11-02 10:00")],
            "working_seconds": [7200.0, 1800.0],
            "is_over": [True, False],
        }
    )
    figure = dots(waits, question="How long?", y="Wait (working hours)", counted="waits", over="triaged")
    told = [(d.name, list(d.x), list(d.y), list(d.text), d.marker.symbol) for d in figure.data]
    assert told == [
        ("triaged", [utc("2026-11-02 09:00")], [2.0], ["&lt;b&gt;#1"], "circle"),
        ("still waiting", [utc("2026-11-02 10:00")], [0.5], ["#2"], "circle-open"),
    ]
    assert figure.layout.annotations[0].text == "n = 2 waits"
    assert dots(waits.clear(), question="How long?", y="Wait (h)", counted="waits", over="triaged").data == ()


def test_words_are_escaped_one_by_one() -> None:
    assert escaped(["<b>", "a & b", None, 'it\'s "so"']) == ["&lt;b&gt;", "a &amp; b", "None", 'it\'s "so"']


# --- Colours ----------------------------------------------------------------------------------------


def linear(colour: str) -> tuple[float, ...]:
    """Red, green and blue as amounts of light."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    return tuple(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)


def contrast(colour: str, paper: str) -> float:
    """The contrast ratio of the web's accessibility guidelines, 1 to 21."""
    lights = [sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear(c), strict=True)) for c in (colour, paper)]
    return (max(lights) + 0.05) / (min(lights) + 0.05)


# How light reaches eyes without one kind of cone (Machado and others, 2009, severity 1).
EYES = {
    "every cone": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red cones": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "no green cones": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "no blue cones": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}


def seen(colour: str, eyes: str) -> tuple[float, float, float]:
    """The colour as these eyes see it, in CIE Lab."""
    light = linear(colour)
    r, g, b = (max(0.0, sum(w * p for w, p in zip(row, light, strict=True))) for row in EYES[eyes])
    xyz = (
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
        0.2126 * r + 0.7152 * g + 0.0722 * b,
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
    )
    x, y, z = (part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("eyes", EYES)
def test_colours_differ_for_every_kind_of_colour_vision(eyes: str) -> None:
    """Twenty units of Lab are ten times what an eye can just tell apart side by side."""
    told = [seen(colour, eyes) for colour in house.COLOURS]
    apart = [sum((p - q) ** 2 for p, q in zip(a, b, strict=True)) ** 0.5 for a, b in combinations(told, 2)]
    assert min(apart) >= 20


@pytest.mark.parametrize("name", TEMPLATES)
def test_ink_and_colours_can_be_told_from_the_paper(name: str) -> None:
    assert contrast(house.INK[name], house.PAPER[name]) >= 7
    assert contrast(house.SECOND_INK[name], house.PAPER[name]) >= 4.5
    assert min(contrast(colour, house.PAPER[name]) for colour in house.COLOURS) >= 2.9


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_figure_changes_its_paper_with_its_template(name: str) -> None:
    figure = drawn([BAR], question="How many?", y="Tickets (count)", n=3, counted="tickets")
    figure.update_layout(template=name)
    layout = figure.layout.template.layout
    assert (layout.font.color, layout.paper_bgcolor, layout.yaxis.gridcolor) == (
        house.INK[name],
        "rgba(0,0,0,0)",
        house.GRID[name],
    )
    assert figure.layout.font.color is None  # nothing in the figure itself holds on to one paper


def test_the_pages_and_the_figures_have_the_same_colours() -> None:
    config = Path(__file__).parents[2] / ".streamlit" / "config.toml"
    theme = tomllib.loads(config.read_text(encoding="utf-8"))["theme"]
    assert tuple(theme["chartCategoricalColors"]) == house.COLOURS
    for name, mode in ((house.LIGHT, "light"), (house.DARK, "dark")):
        assert (theme[mode]["backgroundColor"], theme[mode]["textColor"], theme[mode]["borderColor"]) == (
            house.PAPER[name],
            house.INK[name],
            house.GRID[name],
        )
