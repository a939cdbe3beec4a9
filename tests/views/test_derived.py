"""What follows from an answer is worked out once for it, and for what else was said."""

from dataclasses import dataclass

import polars as pl

from views._derived import derived
from views._drawing import drawn

ROWS = pl.DataFrame({"tickets": [1, 2]})


@dataclass(frozen=True)
class Report:
    work: pl.DataFrame


def total(rows: pl.DataFrame, times: int = 1) -> list[int]:
    return [int(rows["tickets"].sum()) * times]


def name_of(report: Report, zone: str, weeks: tuple[str, ...]) -> list[str]:
    return [*report.work.columns, zone, *weeks]


def test_it_is_worked_out_once_for_the_same_answer() -> None:
    assert derived(total, ROWS) is derived(total, ROWS)
    assert derived(total, ROWS, times=2) is derived(total, ROWS, times=2)
    assert derived(total, ROWS, times=2) == [6]
    report = Report(ROWS)
    assert derived(name_of, report, "UTC", ("W1",)) is derived(name_of, report, "UTC", ("W1",))


def test_but_anew_for_another_answer_another_word_or_another_question() -> None:
    one = derived(total, ROWS)
    assert derived(total, ROWS.clone()) is not one, "like those, but not those"
    assert derived(total, pl.DataFrame({"tickets": [5]})) == [5]
    assert derived(total, ROWS, 3) == [9]
    report = Report(ROWS)
    assert derived(name_of, report, "UTC", ("W1",)) == ["tickets", "UTC", "W1"]
    assert derived(name_of, report, "Asia/Tokyo", ("W1", "W2")) == ["tickets", "Asia/Tokyo", "W1", "W2"]


def test_what_a_browser_is_sent_of_a_figure_is_copied_once_and_is_the_figure() -> None:
    figure = drawn([{"type": "bar", "x": ["a"], "y": [1]}], 300)
    assert figure.to_dict() is figure.to_dict()
    assert figure.to_dict()["data"] == [{"type": "bar", "x": ["a"], "y": [1]}]
    assert figure.to_dict()["layout"]["height"] == 300
