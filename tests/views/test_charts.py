"""Figures start at zero, name the list behind every mark, and read no markup in words from outside."""

from typing import Any

from metrics.kept import Kept
from metrics.weekly_load import PersonLoad
from metrics.weekly_series import FlowWeek, Limits, Promise, PromiseWeek, WaitWeek
from metrics.weekly_toil import Category
from views import _charts

WEEKS = (
    FlowWeek("2026-W44", "26 Oct", 5, 3, 2, 12, True, True, None),
    FlowWeek("2026-W45", "2 Nov", 50, 4, 46, 58, True, True, "above"),
    FlowWeek("2026-W46", "9 Nov", 1, 0, 1, 59, True, False, None),
)
NOTHING, SOME = Kept(), Kept(3, 0, 1, 2)
JUDGED = (SOME, SOME, NOTHING)
PROMISED = tuple(PromiseWeek(w.name, w.label, w.is_complete, due, SOME) for w, due in zip(WEEKS, JUDGED, strict=True))
PROMISE = Promise("<b>Triage</b>", 0.9, PROMISED, "", None)


def traces(figure: Any) -> list[dict[str, Any]]:
    return list(figure.to_dict()["data"])


def test_counts_start_at_zero() -> None:
    for figure in (_charts.flow(WEEKS), _charts.arrivals(WEEKS, None), _charts.strip(PROMISE)):
        assert figure.layout.yaxis.rangemode == "tozero"
        assert figure.layout.yaxis.overlaying is None, "no second axis over the first"


def test_every_mark_names_the_list_behind_it() -> None:
    for figure in (_charts.flow(WEEKS), _charts.arrivals(WEEKS, None), _charts.strip(PROMISE)):
        for trace in traces(figure):
            assert len(trace["customdata"]) == len(trace["x"]) and all(
                "@2026-W" in name for name in trace["customdata"]
            )


def test_the_unfinished_week_is_hatched_and_named_and_has_no_limits() -> None:
    came_in = traces(_charts.flow(WEEKS))[0]
    assert came_in["marker"]["pattern"]["shape"] == ["", "", "/"] and came_in["x"][-1].endswith("so far")
    arrivals = _charts.arrivals(WEEKS, Limits(1.0, 20.0, 40.0, 11))
    assert traces(arrivals)[0]["x"] == ["26 Oct", "2 Nov"] and len(arrivals.layout.shapes) == 3


def test_limits_too_close_for_three_names_have_one() -> None:
    apart, close = (_charts.arrivals(WEEKS, Limits(*limits, 11)) for limits in ((10.0, 20.0, 30.0), (19.0, 20.0, 21.0)))
    assert [note.text for note in apart.layout.annotations] == [
        "upper<br>limit<br>30.0", "mean<br>20.0", "lower<br>limit<br>10.0"
    ]  # fmt: skip
    assert [(note.text, note.y) for note in close.layout.annotations] == [("usually<br>19.0 to<br>21.0", 20.0)]
    assert len(close.layout.shapes) == 3


def test_a_point_out_of_its_range_is_told_by_shape_and_word_too() -> None:
    points = traces(_charts.arrivals(WEEKS, Limits(0.0, 20.0, 40.0, 11)))[0]
    assert points["marker"]["symbol"] == ["circle", "diamond"] and points["text"] == ["", "above"]


def test_a_week_in_which_nothing_was_judged_has_no_share() -> None:
    due = next(trace for trace in traces(_charts.strip(PROMISE)) if trace["name"] == "share of due")
    assert due["x"] == ["26 Oct", "2 Nov"] and due["y"] == [0.75, 0.75]


def test_words_from_outside_are_not_markup() -> None:
    assert _charts.words("<b>x</b> & y") == "&lt;b&gt;x&lt;/b&gt; &amp; y"


def test_triage_time_is_in_working_hours_and_leaves_out_weeks_without_a_median() -> None:
    waits = (
        WaitWeek("2026-W44", "26 Oct", 9, 9, 7200.0, True, None),
        WaitWeek("2026-W45", "2 Nov", 2, 2, None, True, None),
        WaitWeek("2026-W46", "9 Nov", 9, 1, 36000.0, False, None),
    )
    [points] = traces(_charts.triage(waits, Limits(0.0, 3600.0, 7200.0, 3)))
    assert (points["x"], points["y"], points["customdata"]) == (["26 Oct"], [2.0], ["triage@2026-W44"])


def test_load_and_toil_lie_in_the_order_given_from_zero_and_open_their_rows() -> None:
    people = (PersonLoad("<b>Ana</b>", 1, 3, None, 2, 1.0, 1.0), PersonLoad("Bo", 1, 0, 0, 0, None, None))
    figure = _charts.load(people)
    assert [trace["x"] for trace in traces(figure)] == [[3, 0], [0, 0], [2, 0]]
    assert traces(figure)[0]["y"][0] == "&lt;b&gt;Ana&lt;/b&gt;" and figure.layout.xaxis.rangemode == "tozero"
    assert traces(figure)[0]["customdata"] == ["interruptions:<b>Ana</b>", "interruptions:Bo"]
    assert len({trace["marker"]["pattern"]["shape"] for trace in traces(figure)}) == 3, "not by colour alone"
    [kinds] = traces(_charts.toil((Category("disk", 2, 1, None), Category("unclassified", 1, 0, None))))
    assert kinds["customdata"] == ["toil:disk", "toil:unclassified"] and kinds["text"] == [
        "2 · 1 before",
        "1 · 0 before",
    ]
