"""What happened, driven without a browser: figures, lists, one incident, and the document to begin with."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.conftest import OFFICE, TRIAGE_PROMISE, History, built
from tests.views.conftest import HOSTILE, written

Opens = Callable[..., AppTest]
TITLE = "What happened, what did we learn, did we do it?"
RULES = '\n[[incident]]\npresets = ["labels", "links"]\n[incident.review]\nsections = ["trigger", "root cause"]\n'


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Five that ended, 6 that goes on; 7 is the document of 1, whose actions are 8 (open) and 9 (done)."""
    history = History()
    for n in range(1, 7):
        closing = [("12:00", "status", "closed", "ana")] if n < 6 else []
        told = ("09:05", "label", "+incident", "ana"), (f"09:1{n}", "owner", "+ana", "ana")
        history.ticket(n, f"2026-10-1{n} 09:00", *told, ("10:00", "comment", f"+{HOSTILE}", "eve"), *closing,
                       title=f"Down: {HOSTILE}" if n == 2 else f"Mail is down {n}")  # fmt: skip
    link = ("10:00", "label", "+post-mortem", "ana"), ("10:00", "link", "+postmortem_of test/infra#1", "ana")
    history.ticket(7, "2026-10-12 09:00", *link, ("10:00", "comment", "# Trigger", "ana"),
                   ("11:00", "label", "+debrief held", "ana"), title="What we learnt")  # fmt: skip
    for n, title in ((8, HOSTILE), (9, "Second disk")):
        closing = [("12:00", "status", "closed", "bo")] if n == 9 else []
        owner = ("10:00", "owner", "+ana", "ana")
        history.ticket(n, "2026-10-13 09:00", ("10:00", "link", "+action_of test/infra#1", "ana"), owner, *closing,
                       title=title)  # fmt: skip
    folder = tmp_path_factory.mktemp("incidents")
    yield built(folder / "store.duckdb", history.records, OFFICE + TRIAGE_PROMISE + RULES, "2026-11-16 08:00")


def test_the_page_tells_what_happened_was_learnt_and_done(open_page: Opens, store: Path) -> None:
    page = open_page(store, "incidents")
    assert not page.exception and page.title[0].value == TITLE
    assert page.query_params == {"team": "infra", "weeks": "12", "as_of": "2026-11-16T08:00Z"}
    said = written(page)
    for told in (
        "Going on now",
        "1 of 5",
        "20 % of those due in this window",
        "Sections missing, of 1 document",
        "Data until",
    ):
        assert told in said, told
    assert page.subheader[0].value == "What happened? 6 incidents"
    happened, learnt, items = (table.value for table in page.dataframe)
    assert happened["title"][0] == "Mail is down 6" and len(learnt) == 5 and list(items["title"]) == [HOSTILE]
    assert list(learnt["verdict"]).count("overdue") == 4
    assert "half within 13 min" in page.get("plotly_chart")[0].proto.spec
    assert len(page.get("plotly_chart")) == 4
    assert any("<td>ana</td><td class='wb-num'>1</td>" in block.proto.body for block in page.get("html"))


def test_under_five_there_is_no_median(open_page: Opens, store: Path) -> None:
    page = open_page(store, "incidents", as_of="2026-10-14T12:30Z")
    spec = page.get("plotly_chart")[0].proto.spec
    assert "n = 4, too few for a median" in spec and "half within" not in spec


def test_a_list_opens_from_its_address_alone(open_page: Opens, store: Path) -> None:
    for rows, said in {
        "incidents": "Incidents: 6",
        "debriefs:outstanding": "Debriefs overdue: 4",
        "missing:root cause": "Without “root cause”: 1",
        "items:open": "Action items open: 1",
        "nothing": "names no list of this page",
    }.items():
        page = open_page(store, "incidents", rows=rows)
        assert not page.exception and said in written(page), rows


def test_one_incident_by_its_address_alone(open_page: Opens, store: Path) -> None:
    assert "Mail is down 1" in written(open_page(store, "incidents", incident="test/infra#1"))
    page = open_page(store, "incidents", incident="infra#1")
    assert not page.exception
    said = written(page)
    for told in ("Mail is down 1", "Taken up after 11 min, bearable: not known and over after 3 h.", "Debrief held",
                 "The debrief was held in time", "Missing in the document, 1 of 2 sections: root cause."):  # fmt: skip
        assert told in said, told
    assert page.subheader[2].value == "Was it done? 1 of 2 action items"
    assert page.code[0].value.startswith("# Post-mortem: infra\\#1 Mail is down 1\n")
    assert page.get("download_button")


def test_a_row_opens_the_incident_and_a_button_leads_back(open_page: Opens, store: Path) -> None:
    page = open_page(store, "incidents")
    page.selectbox(key="open-items-by-key").select_index(0).run()
    assert not page.exception and page.query_params["incident"] == "test/infra#1"
    page.button(key="back").click().run()
    assert "incident" not in page.query_params and page.subheader[0].value == "What happened? 6 incidents"
    page.selectbox(key="happened-by-key").select_index(0).run()
    assert page.query_params["incident"] == "test/infra#6" and "It goes on." in written(page)


def test_the_document_and_the_history_are_a_click_away(open_page: Opens, store: Path) -> None:
    for press, ticket in {"document-infra#7": "test/infra#7", "history": "test/infra#1"}.items():
        page = open_page(store, "incidents", incident="infra#1")
        page.button(key=press).click().run()
        assert not page.exception and page.title[0].value == "What about this one?"
        assert page.query_params["ticket"] == ticket


def test_what_is_no_incident_is_a_sentence(open_page: Opens, store: Path) -> None:
    for name in ("infra#7", "<b>x</b>", "x" * 5_000):
        page = open_page(store, "incidents", incident=name)
        assert not page.exception and "is no incident that this store knew" in written(page)
        assert not any("<b>x" in block.proto.body for block in page.get("html"))


def test_hostile_tickets_are_shown_as_text(open_page: Opens, store: Path) -> None:
    for parameters in ({}, {"incident": "infra#1"}, {"incident": "infra#2"}, {"rows": "items:open"}):
        page = open_page(store, "incidents", **parameters)
        assert not page.exception
        bodies = [block.proto.body for block in page.get("html")]
        assert not any(sign in body for body in bodies for sign in ("<b>bold", "<img"))
        assert not any("<b>bold" in chart.proto.spec for chart in page.get("plotly_chart"))
        assert not any("bold" in button.label for button in page.button)


def test_nothing_configured_is_said(open_page: Opens, store_of: Callable[..., Path], history: History) -> None:
    history.ticket(1, "2026-11-02 09:00")
    page = open_page(store_of(history.records, data_until="2026-11-09 08:00"), "incidents")
    assert not page.exception and "Nothing configured: no rule says what an incident" in written(page)
    assert not page.get("plotly_chart")


def test_no_incident_yet_and_an_empty_store_say_so(
    open_page: Opens, store_of: Callable[..., Path], history: History
) -> None:
    history.ticket(1, "2026-11-02 09:00")
    page = open_page(store_of(history.records, OFFICE + RULES, data_until="2026-11-09 08:00"), "incidents")
    assert not page.exception
    for told in ("No incident was recognised in this window", "asks for a debrief", "No ticket is an action item"):
        assert told in written(page)
    assert "watchbill import" in written(open_page(store_of([]), "incidents"))
