"""What keeps interrupting, driven without a browser: figures, lists, and rules drafted with their preview."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.conftest import OFFICE, TRIAGE_PROMISE, History, built
from tests.views.conftest import HOSTILE, written
from views._toil_rules import IN_ADDRESS

Opens = Callable[..., AppTest]
TITLE = "What keeps interrupting us, and what should we automate?"
RULES = """
[[toil]]
[[toil.category]]
name = "outage"
label = ["outage"]
[[toil.category]]
name = "<b>odd</b> [x](javascript:1)"
label = ["odd"]
"""
DRAFT = "[[toil]]\n[[toil.category]]\nname = 'disks'\ntitle = 'disk'\n"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    history = History()
    for n in range(1, 7):
        work = (f"1{n}:00", "effort", f"{10 * n}", "ana")
        history.ticket(
            n, f"2026-11-0{n} 09:00", work, ("10:00", "label", "+outage", "bo"), title=f"Disk full on web-{n}"
        )
    history.ticket(7, "2026-11-06 09:00", ("10:00", "label", "+odd", "ana"), title=HOSTILE)
    for n in (8, 9, 10):
        history.ticket(n, "2026-11-05 09:00", title=f"{HOSTILE} again")
    history.ticket(11, "2026-08-05 09:00", ("10:00", "effort", "90", "bo"), ("10:00", "label", "+outage", "bo"))
    folder = tmp_path_factory.mktemp("toil")
    yield built(folder / "store.duckdb", history.records, OFFICE + TRIAGE_PROMISE + RULES, "2026-11-09 08:00")


def test_the_page_tells_kinds_repeats_and_what_would_be_free(open_page: Opens, store: Path) -> None:
    page = open_page(store, "toil")
    assert not page.exception and page.title[0].value == TITLE
    assert page.query_params == {"team": "infra", "weeks": "12", "as_of": "2026-11-09T08:00Z"}
    said = written(page)
    for told in ("Opened", "3 of 10: no rule says what they are", "window before", "Data until",
                 "Had no “outage” come from July to September 2026, about 1 h 30 min of effort"):  # fmt: skip
        assert told in said, told
    kinds, groups, freed = (table.value for table in page.dataframe[:3])
    assert list(kinds["category"]) == ["outage", "unclassified", "<b>odd</b> [x](javascript:1)"]
    assert list(kinds["share"]) == [60.0, 30.0, 10.0]
    assert groups["pattern"][0] == "disk full on #" and list(groups["tickets"]) == [6, 3]
    assert groups["examples"][0] == "infra#6, infra#5, infra#4, infra#3, infra#2" and len(freed) == 1
    assert len(page.get("plotly_chart")) == 2


def test_the_bars_show_what_the_address_says(open_page: Opens, store: Path) -> None:
    page = open_page(store, "toil", by="effort")
    assert "Effort stands in the week" in written(page) and "known effort, h" in page.get("plotly_chart")[0].proto.spec
    page.segmented_control(key="pick-by").set_value("tickets").run()
    assert page.query_params["by"] == "tickets" and "tickets a week" in page.get("plotly_chart")[0].proto.spec
    assert "share of the week" in open_page(store, "toil", by="<b>").get("plotly_chart")[0].proto.spec


def test_a_list_opens_from_its_address_alone(open_page: Opens, store: Path) -> None:
    for rows, said in {
        "category:outage": "outage, in this window: 6",
        "category:unclassified@2026-W45": "unclassified, in the week of Mon 2 Nov: 3",
        "group:disk full on #": "“disk full on #”, in this window: 6",
        "quarter:outage": "outage, July to September 2026: 1",
        "secrets": "names no list of this page",
        "opened@2026-W99": ".",
    }.items():
        page = open_page(store, "toil", rows=rows)
        assert not page.exception and said in written(page), rows


def test_a_kind_opens_by_its_name_without_a_mouse(open_page: Opens, store: Path) -> None:
    page = open_page(store, "toil")
    page.selectbox(key="groups-table-by-key").select_index(0).run()
    assert not page.exception and page.query_params["rows"] == "group:disk full on #"
    page.query_params.pop("rows")
    page.query_params["ticket"] = "test/infra#3"
    page.run()
    assert not page.exception and "Disk full on web-3" in written(page)


def test_a_draft_in_the_address_is_previewed(open_page: Opens, store: Path) -> None:
    page = open_page(store, "toil", rules=DRAFT)
    said = written(page)
    assert "10 tickets of this window in infra: 7 would change their kind." in said
    assert "outage → disks: 6" in said.replace("<strong>", "").replace("</strong>", "")
    assert "put the text below into watchbill.toml in place of the [[toil]] table for all queues" in said
    assert page.code[0].value == '[[toil]]\n\n[[toil.category]]\nname = "disks"\ntitle = "disk"'
    assert page.text_area(key="draft").value == DRAFT


def test_what_is_typed_is_in_the_address_and_can_be_taken_back(open_page: Opens, store: Path) -> None:
    page = open_page(store, "toil")
    assert "10 tickets of this window in infra: 0 would change their kind." in written(page) and not page.code
    page.text_area(key="draft").input(DRAFT).run()
    assert page.query_params["rules"] == DRAFT and "7 would change" in written(page)
    page.button(key="undo").click().run()
    assert "rules" not in page.query_params and "0 would change" in written(page)


def test_a_rule_is_added_by_a_form(open_page: Opens, store: Path) -> None:
    page = open_page(store, "toil")
    page.text_input(key="rule-name").input("disks")
    page.text_input(key="rule-pattern").input(r"\bdisk")
    page.button(key="FormSubmitter:rule-Add and preview").click().run()
    assert not page.exception and page.query_params["rules"].startswith(
        "[[toil]]\n\n[[toil.category]]\nname = \"disks\"\ntitle = '\\bdisk'\n"
    )
    assert "6 would change their kind." in written(page)
    page.text_input(key="rule-name").input("worse")
    page.text_input(key="rule-pattern").input("(")
    page.button(key="FormSubmitter:rule-Add and preview").click().run()
    assert "disks" in page.query_params["rules"] and "is not a regular expression" in written(page)


def test_a_draft_that_cannot_be_read_is_a_sentence(open_page: Opens, store: Path) -> None:
    for draft, said in {
        "[[toil]": "not valid TOML",
        "[[team]]\nname='x'\ncalendar='always'\nqueues=['x']": "write one [[toil]] table and nothing else",
        f"[[toil]]\n# {HOSTILE}\nx = 1": "there is no such setting",
        "[[toil]]\n[[toil.category]]\nname = 'x'\ntitle = '(?=y)'\n": "which is not possible here",
    }.items():
        page = open_page(store, "toil", rules=draft)
        assert not page.exception and said in written(page) and not page.code


def test_a_draft_too_long_for_an_address_is_kept_in_the_visit(open_page: Opens, store: Path) -> None:
    page = open_page(store, "toil")
    page.text_area(key="draft").input(f"{DRAFT}# {'x' * IN_ADDRESS}\n").run()
    assert "rules" not in page.query_params and "too long for the address" in written(page)
    assert "7 would change" in written(page)


def test_hostile_names_and_titles_are_text(open_page: Opens, store: Path) -> None:
    page = open_page(store, "toil", rows="category:<b>odd</b> [x](javascript:1)", rules=DRAFT)
    assert not page.exception
    bodies = [block.proto.body for block in page.get("html")]
    assert not any(sign in body for body in bodies for sign in ("<b>bold", "<b>odd", "<img"))
    assert not any("<b>odd" in chart.proto.spec for chart in page.get("plotly_chart"))


def test_nothing_configured_is_said_and_rules_can_be_drafted(
    open_page: Opens, store_of: Callable[..., Path], history: History
) -> None:
    history.ticket(1, "2026-11-02 09:00", title="Disk full")
    page = open_page(store_of(history.records, data_until="2026-11-09 08:00"), "toil")
    assert not page.exception and "Nothing configured: no rule says what kind of work" in written(page)
    assert "1 ticket of this window in infra: 1 would change its kind." in written(page)


def test_an_empty_store_says_what_to_do(open_page: Opens, store_of: Callable[..., Path]) -> None:
    page = open_page(store_of([]), "toil")
    assert not page.exception and "watchbill import" in written(page)
