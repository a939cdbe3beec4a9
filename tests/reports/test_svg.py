"""Charts drawn by hand: bars from zero, words literally, what is unfinished told."""

import xml.etree.ElementTree as Tree
from typing import Any

import pytest

from reports import svg
from reports.svg import Level, Series

LABELS = ["26 Oct", "2 Nov"]
BASE = svg.HEIGHT - 34


def drawn(text: str) -> Any:
    return Tree.fromstring(text)


def bars(root: Any, paint: str) -> list[tuple[float, float]]:
    """Top and height of each bar of one kind, without the legend's."""
    found = [
        rect for rect in root.iter("rect") if rect.get("class").split()[0] == paint and rect.find("title") is not None
    ]
    return [(float(rect.get("y")), float(rect.get("height"))) for rect in found]


def test_bars_stand_on_zero_in_proportion() -> None:
    root = drawn(svg.columns(LABELS, [Series("in", "came", [10, 5])], is_stacked=False, alt="a"))
    (top, tall), (other, short) = bars(root, "came")
    assert (top + tall, other + short) == pytest.approx((BASE, BASE)) and tall == pytest.approx(2 * short, abs=0.2)


def test_stacked_bars_stand_upon_each_other() -> None:
    series = [Series("met", "met", [3, 0]), Series("late", "late", [1, None])]
    root = drawn(svg.columns(LABELS, series, is_stacked=True, alt="a"))
    (met_top, _), (late_top, late_tall) = bars(root, "met")[0], bars(root, "late")[0]
    assert late_top + late_tall == pytest.approx(met_top, abs=0.2)


def test_what_is_not_over_is_marked_and_every_mark_says_its_number() -> None:
    root = drawn(svg.columns(LABELS, [Series("in", "came", [2, 1])], is_stacked=False, unfinished=1, alt="a"))
    marks = [rect for rect in root.iter("rect") if rect.find("title") is not None]
    assert [rect.get("class") for rect in marks] == ["came", "came sofar"]
    assert [rect.find("title").text for rect in marks] == ["26 Oct: 2 in", "2 Nov: 1 in"]


def test_a_line_has_a_gap_where_nothing_is_known_and_words_at_what_is_outside() -> None:
    one = Series("h", "came", [1.0, None, 2.0, 9.0])
    text = svg.curve(
        ["a", "b", "c", "d"], one, levels=[Level("mean", 2)], marked=[None, None, None, "above"], unit="h", alt="a"
    )
    root = drawn(text)
    assert len([line for line in root.iter("line") if "came" in line.get("class")]) == 1
    assert "above" in [said.text for said in root.iter("text")]
    assert [dot.get("class") for dot in root.iter("circle")] == ["came", "came", "late"]


def test_names_of_levels_that_lie_close_stand_below_each_other() -> None:
    levels = [Level("lower", 9.8), Level("mean", 9.9), Level("upper", 10)]
    root = drawn(svg.curve(["a"], Series("h", "came", [10]), levels=levels, unit="h", alt="a"))
    heights = {said.text: float(said.get("y")) for said in root.iter("text")}
    assert heights["mean"] - heights["upper"] >= 12 and heights["lower"] - heights["mean"] >= 12


def test_words_are_words() -> None:
    text = svg.rows(["<b>x</b>&\"'"], [Series("<i>", "came", [1])], alt='"><script>')
    root = drawn(text)
    assert "<b>x</b>&\"'" in [said.text for said in root.iter("text")] and root.get("aria-label") == '"><script>'


@pytest.mark.parametrize("values", [[], [0], [None]])
def test_nothing_is_drawn_without_complaint(values: list[float | None]) -> None:
    pictures = [svg.rows(["a"] * len(values), [Series("in", "came", values)], alt="of rows")]
    if values:
        pictures.append(svg.columns(["a"], [Series("in", "came", values)], is_stacked=True, alt="of columns"))
        pictures.append(svg.curve(["a"], Series("in", "came", values), unit="h", alt="of a curve"))
    told = [drawn(picture).get("aria-label") for picture in pictures]
    assert told == ["of rows", "of columns", "of a curve"][: len(pictures)]
