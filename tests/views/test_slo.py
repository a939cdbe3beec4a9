"""The page on promises, driven without a browser: the answer, the choice in the address, every miss with its reason."""

import html
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.conftest import OFFICE, TRIAGE_PROMISE, History, built
from tests.views.conftest import HOSTILE, written

TITLE = "Are we keeping our promises, and can we afford a bad week?"
SECOND = """
[[slo]]
name = "<i>First</i> response"
clock = "first_response"
objective = 0.8
goals = [{ within = "8h" }]
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two tickets of the week of 2 November: one triaged in time, one never, and hostile."""
    history = History()
    history.ticket(1, "2026-11-02 09:00", ("10:00", "label", "+bug", "ana"))
    history.ticket(2, "2026-11-03 18:00", title=HOSTILE)
    path = tmp_path_factory.mktemp("slo") / "store.duckdb"
    return built(path, history.records, OFFICE + TRIAGE_PROMISE + SECOND, "2026-11-09 08:00")


def test_the_answer_stands_first_and_the_address_is_completed(open_page: Callable[..., AppTest], store: Path) -> None:
    page = open_page(store, "slo")
    assert not page.exception and page.title[0].value == TITLE
    assert page.query_params == {
        "team": "infra", "weeks": "12", "as_of": "2026-11-09T08:00Z", "promise": "Triage"
    }  # fmt: skip
    text = written(page)
    assert "Triage: 1 of 2 (50 %) that fell due" in text and "The target of 90 % was missed." in text
    assert "was used up on Wed 4 Nov: 1 clock broken, 0 allowed." in text
    assert "Nothing configured: no rule says what kind of work tickets are." in text
    assert "Nothing configured: no role with a rota answers for these queues." in text
    assert "no other version of the promise judged anything" in text
    table = page.dataframe[0].value
    assert "nobody but the requester touched it" in table["why"][0].lower()
    assert len(page.get("plotly_chart")) == 6


def test_the_address_alone_restores_promise_weeks_and_list(open_page: Callable[..., AppTest], store: Path) -> None:
    page = open_page(
        store, "slo", promise="<i>First</i> response", weeks="4", by="opened", rows="due:breached@2026-W45"
    )
    assert not page.exception
    text = written(page)
    assert "<i>First</i> response: due and broken in the week of Mon 2 Nov: 2" in text
    assert (page.query_params["by"], page.query_params["weeks"]) == ("opened", "4")
    assert page.segmented_control(key="by").value == "opened"


def test_a_promise_chosen_is_written_to_the_address(open_page: Callable[..., AppTest], store: Path) -> None:
    page = open_page(store, "slo")
    page.segmented_control(key="promise").set_value(1).run()
    assert not page.exception and page.query_params["promise"] == "<i>First</i> response"
    page.segmented_control(key="by").set_value("opened").run()
    assert page.query_params["by"] == "opened"
    page.selectbox(key="why").select_index(0).run()
    assert page.query_params["rows"] == "due:breached@2026-W45"


def test_from_the_week_to_why_it_was_missed_and_to_the_clock(open_page: Callable[..., AppTest], store: Path) -> None:
    """Why was last week's SLO missed? One click on the week's page, one more to the clock."""
    page = open_page(store, "weekly-health", week="2026-W45")
    page.button(key="why").click().run()
    assert not page.exception and page.title[0].value == TITLE
    assert page.query_params["rows"] == "due:breached@2026-W45" and page.query_params["promise"] == "Triage"
    text = written(page)
    assert "Triage: due and broken in the week of Mon 2 Nov: 1" in text
    page.selectbox(key="opened-due:breached@2026-W45-by-key").select_index(0).run()
    assert page.query_params["ticket"] == "test/infra#2" and "deadline passed" in written(page)


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"promise": "<b>none</b>"}, "No promise “<b>none</b>” is in force for these queues; this is Triage."),
        ({"by": "moon"}, "by=“moon” is neither due nor opened"),
        ({"rows": "due:lost"}, "names no list of this page"),
        ({"rows": "due~owner=ana"}, "there is no cut 'owner'"),
    ],
)
def test_a_bad_address_gives_a_sentence(
    open_page: Callable[..., AppTest], store: Path, parameters: dict[str, str], sentence: str
) -> None:
    page = open_page(store, "slo", **parameters)
    assert not page.exception and sentence in written(page)


def test_nothing_from_a_tracker_or_the_settings_is_markup(open_page: Callable[..., AppTest], store: Path) -> None:
    page = open_page(store, "slo", promise="<i>First</i> response")
    bodies = [block.proto.body for block in page.get("html")]
    assert any(html.escape("<i>First</i> response") in body for body in bodies)
    assert not any("<i>First" in body or "<b>bold" in body for body in bodies)
    assert not any(
        "<i>First" in chart.proto.spec or "<b>bold" in chart.proto.spec for chart in page.get("plotly_chart")
    )


def test_without_promises_without_tickets_and_without_a_store_it_says_what_to_do(
    open_page: Callable[..., AppTest], store_of: Callable[..., Path], tmp_path: Path, history: History
) -> None:
    history.ticket(1, "2026-11-02 09:00")
    plain = open_page(store_of(history.records, OFFICE, "2026-11-09 08:00"), "slo")
    assert not plain.exception and "Write one under [[slo]] in watchbill.toml" in written(plain)
    assert "watchbill import" in written(open_page(store_of([]), "slo"))
    assert "make one with `watchbill demo`" in written(open_page(tmp_path / "absent.duckdb", "slo"))
