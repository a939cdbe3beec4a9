"""From an incident to a document to begin with, in a browser."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import HOSTILE, choose, scrolls_sideways, served, settled
from tests.conftest import OFFICE, TRIAGE_PROMISE, History, built

pytestmark = pytest.mark.browser
TITLE = "What happened, what did we learn, did we do it?"
RULES = '\n[[incident]]\npresets = ["labels", "links"]\n'


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, history = tmp_path_factory.mktemp("incidents"), History()
    for n in range(1, 7):
        told = ("09:05", "label", "+incident", "ana"), ("10:00", "comment", f"+{HOSTILE}", "eve")
        closing = ("12:00", "status", "closed", "ana")
        history.ticket(n, f"2026-10-1{n} 09:00", *told, closing, title=HOSTILE if n == 2 else f"Mail is down {n}")
    history.ticket(7, "2026-10-20 09:00", ("10:00", "link", "+action_of test/infra#1", "ana"), title=HOSTILE)
    store = built(folder / "store.duckdb", history.records, OFFICE + TRIAGE_PROMISE + RULES, "2026-11-09 08:00")
    with served(store, folder) as address:
        yield address


def test_from_the_list_to_the_document_without_a_mouse(open_page: Callable[..., Page], tmp_path: Path) -> None:
    page = open_page("/incidents", heading=TITLE)
    choose(page.get_by_role("combobox", name="Incident of a row, by its key").first, "infra#1")
    expect(page).to_have_url(re.compile(r"incident=test%2Finfra%231"), timeout=30_000)
    settled(page)
    expect(page.get_by_role("heading", name="A document to begin with")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as Markdown").click()
    download.value.save_as(tmp_path / "draft.md")
    text = (tmp_path / "draft.md").read_text(encoding="utf-8")
    assert text.startswith("# Post-mortem: infra\\#1 Mail is down 1") and "<b>" not in text and "**Resolved**" in text
    page.get_by_role("button", name="← All incidents").click()
    expect(page.get_by_role("heading", name="What happened? 6 incidents")).to_be_visible(timeout=30_000)


@pytest.mark.parametrize(
    ("path", "width", "scheme"),
    [
        ("/incidents", 1024, "dark"),
        ("/incidents", 390, "light"),
        ("/incidents?incident=infra%232", 390, "dark"),
    ],
)
def test_an_address_alone_shows_it_and_hostile_words_run_nothing(
    open_page: Callable[..., Page], path: str, width: int, scheme: str
) -> None:
    page = open_page(path, width, TITLE, scheme)
    shown = "A document to begin with" if "incident=" in path else "Did we do it? Action items"
    expect(page.get_by_role("heading", name=shown)).to_be_visible()
    assert not scrolls_sideways(page)
    assert page.locator("b", has_text="bold").count() == 0
    assert page.locator("a[href^='javascript']").count() == 0
