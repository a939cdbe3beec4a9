"""From words to a ticket to its history, by mouse and by keyboard, on a laptop and on a phone."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import HOSTILE, choose, scrolls_sideways, served, settled
from tests.conftest import OFFICE, TRIAGE_PROMISE, History, built

pytestmark = pytest.mark.browser
TITLE = "What about this one?"
HUGE = "<script>alert(1)</script>" * 4_000
BACKWARDS = "\u202egnp.exe \u0645\u0631\u062d\u0628\u0627 \U0001f468\u200d\U0001f469\u200d\U0001f467"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app over an honest ticket and hostile ones; nothing here writes."""
    folder, history = tmp_path_factory.mktemp("tickets"), History()
    history.ticket(1, "2026-11-02 09:00", ("10:00", "label", "+bug", "ana"), title="Disk full on web-1")
    for number, title in enumerate((HOSTILE, HUGE, BACKWARDS, '=cmd()|"/c calc"!A1'), start=2):
        history.ticket(number, f"2026-11-03 0{number}:00", ("12:00", "comment", f"{title} again", "ana"), title=title)
    store = built(folder / "store.duckdb", history.records, OFFICE + TRIAGE_PROMISE, "2026-11-09 08:00")
    with served(store, folder) as address:
        yield address


def test_from_words_to_a_ticket_by_the_keyboard(open_page: Callable[..., Page]) -> None:
    page = open_page("/tickets", heading=TITLE)
    expect(page.get_by_text("5 tickets in infra")).to_be_visible()
    page.get_by_role("textbox", name="Search").fill("disk")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 ticket in infra.")).to_be_visible()
    expect(page).to_have_url(re.compile("q=disk"))
    settled(page)
    choose(page.get_by_role("combobox", name="History of a row, by its key"), "infra#1")
    expect(page.get_by_role("heading", name="infra#1 Disk full on web-1")).to_be_visible()


def test_an_address_alone_shows_the_ticket_and_its_history(open_page: Callable[..., Page]) -> None:
    page = open_page("/tickets?q=disk&ticket=test/infra%231", heading=TITLE)
    expect(page.get_by_role("heading", name="infra#1 Disk full on web-1")).to_be_visible()
    expect(page.get_by_text("added label bug")).to_be_visible()
    assert page.get_by_role("link", name="infra#1").get_attribute("href") == "https://tickets.example/1"
    page.get_by_role("button", name="← All tickets").click()
    expect(page.get_by_text("1 ticket in infra.")).to_be_visible()


def test_the_menu_keeps_what_was_chosen(open_page: Callable[..., Page]) -> None:
    page = open_page("/weekly-health?week=2026-W44")
    page.get_by_role("link", name="Tickets").click()
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    expect(page).to_have_url(re.compile(r"/tickets\?.*as_of=2026-11-02T00%3A00Z"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 1024, 390])
@pytest.mark.parametrize("path", ["/tickets", *(f"/tickets?ticket=test/infra%23{number}" for number in (2, 3, 4))])
def test_hostile_tickets_run_nothing_and_fit_every_width(
    open_page: Callable[..., Page], path: str, width: int, scheme: str
) -> None:
    page = open_page(path, width, TITLE, scheme)
    assert not scrolls_sideways(page)
    assert page.locator("b", has_text="bold").count() == 0
    assert page.locator("a[href^='javascript']").count() == 0
    assert page.locator("[data-testid=stMain] script", has_text="alert").count() == 0
