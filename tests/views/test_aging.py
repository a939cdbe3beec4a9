"""The page on open work, driven without a browser: what is stuck, who has too much, and every list by its name."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.conftest import OFFICE, History, built
from tests.views.conftest import HOSTILE, written

TITLE = "What is stuck, and why is it not moving?"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ana has two in work where one is allowed; one waits, and is hostile; five are closed."""
    history = History()
    for number, opened in ((1, "2026-11-02 09:00"), (2, "2026-11-12 09:00")):
        history.ticket(
            number, opened, ("10:00", "owner", "+ana", "ana"), ("10:00", "label", "+in progress", "ana"), title=HOSTILE
        )
    history.ticket(3, "2026-11-12 09:00", ("10:00", "label", "+blocked", "<i>eve</i>"), title=HOSTILE)
    for number in range(4, 9):
        history.ticket(number, "2026-11-10 09:00", ("10:00", "status", "closed", "bo"))
    path = tmp_path_factory.mktemp("aging") / "store.duckdb"
    return built(path, history.records, OFFICE + "[[wip]]\nperson = 1\n", "2026-11-16 08:00")


def test_the_answer_stands_first_and_who_is_over_the_limit(open_page: Callable[..., AppTest], store: Path) -> None:
    page = open_page(store, "aging")
    assert not page.exception and page.title[0].value == TITLE
    assert page.query_params == {"team": "infra", "weeks": "12", "as_of": "2026-11-16T08:00Z"}
    text = written(page)
    assert "3 tickets open: 1 waiting or blocked, 1 more that nobody has updated for 6 days, 1 moving." in text
    assert "Above their limit now: ana (2 in work, 1 allowed, since Thu 12 Nov)." in text
    assert "Of all the time that the tickets closed in this window were open: new 100 %." in text
    assert len(page.get("plotly_chart")) == 7


def test_the_address_alone_restores_clock_weeks_and_list(open_page: Callable[..., AppTest], store: Path) -> None:
    page = open_page(store, "aging", clock="working", weeks="4", rows="over")
    assert not page.exception and "In work with people above a limit: 2" in written(page)
    assert (page.query_params["clock"], page.query_params["weeks"]) == ("working", "4")
    assert page.segmented_control(key="clock").value == "working"
    assert "eight working hours of age" in written(page)


def test_choices_are_written_to_the_address(open_page: Callable[..., AppTest], store: Path) -> None:
    page = open_page(store, "aging")
    page.segmented_control(key="clock").set_value("working").run()
    assert not page.exception and page.query_params["clock"] == "working"
    page.selectbox(key="wip-person").select_index(0).run()
    assert page.query_params["rows"] == "wip:ana" and "ana: in work now: 2" in written(page)


def test_a_tile_a_button_and_a_row_lead_on(open_page: Callable[..., AppTest], store: Path) -> None:
    page = open_page(store, "aging")
    page.button(key="list-blocked").click().run()
    assert page.query_params["rows"] == "blocked" and "Waiting or blocked: 1" in written(page)
    page.selectbox(key="opened-blocked-by-key").select_index(0).run()
    assert not page.exception and page.query_params["ticket"] == "test/infra#3"


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"clock": "lunar"}, "clock=“lunar” is neither calendar nor working"),
        ({"rows": "dot:x"}, "names no list of this page"),
        ({"rows": "wip:<b>nobody</b>"}, "<b>nobody</b>: in work now: 0"),
    ],
)
def test_a_bad_address_gives_a_sentence(
    open_page: Callable[..., AppTest], store: Path, parameters: dict[str, str], sentence: str
) -> None:
    page = open_page(store, "aging", **parameters)
    assert not page.exception and sentence in written(page)


def test_nothing_from_a_tracker_is_markup(open_page: Callable[..., AppTest], store: Path) -> None:
    page = open_page(store, "aging", rows="blocked")
    bodies = [block.proto.body for block in page.get("html")]
    assert not any("<b>bold" in body or "<i>eve" in body for body in bodies)
    assert not any("<b>bold" in chart.proto.spec for chart in page.get("plotly_chart"))


def test_nothing_open_nothing_configured_and_no_store_are_sentences(
    open_page: Callable[..., AppTest], store_of: Callable[..., Path], tmp_path: Path, history: History
) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "status", "closed", "bo"))
    quiet = open_page(store_of(history.records, OFFICE, "2026-11-09 08:00"), "aging")
    assert not quiet.exception
    assert "Nothing is open: nothing can be stuck." in written(quiet)
    assert "Nothing configured: no limit is set on work in progress." in written(quiet)
    assert "watchbill import" in written(open_page(store_of([]), "aging"))
    assert "make one with `watchbill demo`" in written(open_page(tmp_path / "absent.duckdb", "aging"))
