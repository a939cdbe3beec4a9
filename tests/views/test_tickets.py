"""Search, filters and one ticket, driven without a browser; hostile tickets among them."""

import html
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from desk.meetings import decide
from desk.store import desk_file
from tests.conftest import OFFICE, TRIAGE_PROMISE
from tests.views.conftest import HOSTILE, written
from views import _columns

HUGE = "<script>alert(1)</script>" * 4_000
BACKWARDS = "\u202egnp.exe \u0645\u0631\u062d\u0628\u0627 \U0001f468\u200d\U0001f469\u200d\U0001f467 \u0007"
FORMULA = '=cmd()|"/c calc"!A1'
WORLD = (OFFICE + TRIAGE_PROMISE).replace("[[priorities]]", '[[priorities]]\nlabel = { P1 = "P1" }')


@pytest.fixture
def store(history: Any, store_of: Callable[..., Path]) -> Path:
    comment = ("11:00", "comment", f"{HOSTILE} said in a comment", "<i>eve</i>")
    history.ticket(1, "2026-11-02 09:00", ("10:00", "label", "+P1", "ana"), ("10:00", "owner", "+ana", "ana"), comment,
                   title="Disk full on web-1")  # fmt: skip
    history.ticket(2, "2026-11-03 09:00", title=HOSTILE)
    history.ticket(3, "2026-11-03 10:00", ("12:00", "status", "closed", "ana"), title=HUGE)
    history.ticket(4, "2026-11-03 11:00", ("12:00", "link", "+child_of test/infra#2", "ana"), title=BACKWARDS)
    history.ticket(5, "2026-11-03 12:00", title=FORMULA)
    return store_of(history.records, WORLD, data_until="2026-11-09 08:00")


def listed(page: AppTest) -> list[str]:
    """The titles in the list, in order."""
    return list(page.dataframe[0].value["title"]) if len(page.dataframe) else []


def test_every_ticket_is_there_newest_first_and_the_address_is_completed(
    open_page: Callable[..., AppTest], store: Path
) -> None:
    page = open_page(store, "tickets")
    assert not page.exception and page.title[0].value == "What about this one?"
    assert page.query_params == {"team": "infra", "as_of": "2026-11-09T08:00Z"}
    assert "5 tickets in infra, the newest first." in written(page)
    assert listed(page)[0] == FORMULA and listed(page)[-1] == "Disk full on web-1"


def test_what_is_typed_is_in_the_address_and_the_address_alone_finds_it(
    open_page: Callable[..., AppTest], store: Path
) -> None:
    page = open_page(store, "tickets")
    page.text_input(key="q").input(" disk ").run()
    assert page.query_params["q"] == "disk" and listed(page) == ["Disk full on web-1"]
    again = open_page(store, "tickets", q="disk")
    assert listed(again) == ["Disk full on web-1"] and again.text_input(key="q").value == "disk"
    page.button(key="clear").click().run()
    assert "q" not in page.query_params and len(listed(page)) == 5


@pytest.mark.parametrize(
    ("parameters", "count"),
    [
        ({"state": "closed"}, 1),
        ({"state": "open", "owner": "ana"}, 1),
        ({"owner": "nobody"}, 4),
        ({"priority": "P1"}, 1),
        ({"priority": "none"}, 4),
        ({"stage": "done"}, 1),
        ({"opened_from": "2026-11-03"}, 4),
        ({"opened_to": "2026-11-02"}, 1),
        ({"opened_from": "2026-11-03", "opened_to": "2026-11-03", "state": "open"}, 3),
        ({"q": "web-1", "state": "closed"}, 0),
    ],
)
def test_filters_by_their_address(
    open_page: Callable[..., AppTest], store: Path, parameters: dict[str, str], count: int
) -> None:
    page = open_page(store, "tickets", **parameters)
    assert not page.exception and len(listed(page)) == count
    assert ("take a filter or a word away" in written(page)) == (count == 0)


@pytest.mark.parametrize(("key", "asked"), [("state", "closed"), ("stage", "active"), ("owner", "nobody")])
def test_a_select_writes_the_address_and_reads_it(
    open_page: Callable[..., AppTest], store: Path, key: str, asked: str
) -> None:
    page = open_page(store, "tickets")
    options = page.selectbox(key=key).options
    page.selectbox(key=key).select_index(options.index(asked)).run()
    assert page.query_params[key] == asked and page.selectbox(key=key).index == options.index(asked)
    page.selectbox(key=key).select_index(0).run()
    assert key not in page.query_params


def test_a_day_is_chosen_and_taken_away(open_page: Callable[..., AppTest], store: Path) -> None:
    page = open_page(store, "tickets")
    page.date_input(key="opened_from").set_value(datetime(2026, 11, 3, tzinfo=UTC).date()).run()
    assert page.query_params["opened_from"] == "2026-11-03" and len(listed(page)) == 4


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"stage": "<b>x</b>"}, "stage=“<b>x</b>” is nothing that a ticket here has"),
        ({"owner": "Mallory"}, "owner=“Mallory” is nothing"),
        ({"state": "ajar"}, "state=“ajar” is nothing"),
        ({"opened_from": "soon"}, "opened_from=“soon” is not a day"),
        ({"opened_to": "9999-12-31"}, "is not a day"),
        ({"order": "best"}, "neither newest nor oldest"),
        ({"week": "2026-W99", "rows": "x", "cycle": "-1"}, "5 tickets in infra"),
    ],
)
def test_a_bad_address_gives_a_sentence(
    open_page: Callable[..., AppTest], store: Path, parameters: dict[str, str], sentence: str
) -> None:
    page = open_page(store, "tickets", **parameters)
    assert not page.exception and sentence in written(page) and len(listed(page)) == 5


def test_one_ticket_tells_everything(open_page: Callable[..., AppTest], store: Path) -> None:
    page = open_page(store, "tickets", ticket="test/infra#1")
    assert not page.exception
    text = written(page)
    for told in ("Disk full on web-1", "added label P1; gave it to ana", "opened it", "recorded",
                 "Triage: due Mon 2 Nov 13:00; met.", "In all: new"):  # fmt: skip
        assert told in text, told
    assert len(page.get("plotly_chart")) == 2
    page.button(key="back").click().run()
    assert "ticket" not in page.query_params and len(listed(page)) == 5


def test_a_link_leads_to_the_other_ticket(open_page: Callable[..., AppTest], store: Path) -> None:
    page = open_page(store, "tickets", ticket="test/infra#4")
    assert "This one child of" in written(page)
    page.button(key="link-0").click().run()
    assert not page.exception and page.query_params["ticket"] == "test/infra#2"
    assert "“child of” this one, says" in written(page)


def test_a_ticket_nobody_knows_is_a_sentence(open_page: Callable[..., AppTest], store: Path) -> None:
    page = open_page(store, "tickets", ticket="<b>none</b>")
    assert not page.exception and "This store knew no ticket “<b>none</b>”" in written(page)


def test_decisions_of_meetings_stand_with_the_ticket(open_page: Callable[..., AppTest], store: Path) -> None:
    at = datetime(2026, 11, 5, 9, tzinfo=UTC)
    words = {"what": HOSTILE, "owner": "Bo", "by": "Ana", "now": at}
    decide(desk_file(store), team="infra", ticket_id="test/infra#1", **words)
    assert f"{HOSTILE}, by Bo (open)" in written(open_page(store, "tickets", ticket="test/infra#1"))


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_hostile_tickets_are_shown_as_text_and_run_nothing(
    open_page: Callable[..., AppTest], store: Path, number: int
) -> None:
    page = open_page(store, "tickets", ticket=f"test/infra#{number}")
    assert not page.exception
    bodies = [block.proto.body for block in page.get("html")]
    for sign in ("<b>bold", "<img", "<script", "<i>eve"):
        assert not any(sign in body for body in bodies)
    spoken = [element.value for element in (*page.markdown, *page.subheader, *page.caption, *page.title)]
    assert not any("bold" in text or "script" in text for text in [*spoken, *(button.label for button in page.button)])
    assert not any("<b>bold" in chart.proto.spec for chart in page.get("plotly_chart"))


def test_a_title_of_a_hundred_thousand_signs_is_cut_where_it_is_shown(
    open_page: Callable[..., AppTest], store: Path
) -> None:
    page = open_page(store, "tickets", ticket="test/infra#3")
    assert "(100,000 characters)" in written(page)
    assert max(len(block.proto.body) for block in page.get("html")) < 20_000
    assert max(map(len, listed(open_page(store, "tickets")))) < 400


def test_a_file_runs_no_formula_and_has_the_whole_of_it() -> None:
    rows = pl.DataFrame({"ticket_id": ["t"], "title": [FORMULA], "owner": [None], "age_days": [-1.5]})
    line = _columns.as_csv(rows).decode().splitlines()[1]
    assert "'=cmd()" in line and ",-1.5" in line
    assert HUGE in _columns.as_csv(pl.DataFrame({"title": [HUGE]})).decode()


def test_the_first_rows_are_fetched_and_more_on_demand(
    open_page: Callable[..., AppTest], history: Any, store_of: Callable[..., Path]
) -> None:
    for number in range(1, 31):
        history.ticket(number, "2026-11-02 09:00")
    page = open_page(store_of(history.records, data_until="2026-11-09 08:00"), "tickets")
    assert len(listed(page)) == 25 and "30 tickets in infra" in written(page)
    page.button(key="found-more").click().run()
    assert len(listed(page)) == 30


def test_a_row_opens_by_its_key_without_a_mouse(open_page: Callable[..., AppTest], store: Path) -> None:
    page = open_page(store, "tickets", q="disk")
    page.selectbox(key="found-by-key").select_index(0).run()
    assert not page.exception and page.query_params["ticket"] == "test/infra#1"


def test_a_dialog_leads_to_the_whole_history(open_page: Callable[..., AppTest], store: Path) -> None:
    page = open_page(store, "weekly-health", week="2026-W45", ticket="test/infra#2")
    page.button(key="history").click().run()
    assert not page.exception and page.title[0].value == "What about this one?"
    assert page.query_params["ticket"] == "test/infra#2"


def test_an_empty_store_and_none_say_what_to_do(
    open_page: Callable[..., AppTest], store_of: Callable[..., Path], tmp_path: Path
) -> None:
    assert "watchbill import" in html.unescape(written(open_page(store_of([]), "tickets")))
    assert "make one with `watchbill demo`" in written(open_page(tmp_path / "absent.duckdb", "tickets"))
