"""From what keeps coming to its tickets, and a rule drafted for it, by the keyboard."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import HOSTILE, choose, scrolls_sideways, served, settled
from tests.conftest import OFFICE, TRIAGE_PROMISE, History, built

pytestmark = pytest.mark.browser
TITLE = "What keeps interrupting us, and what should we automate?"
RULES = '\n[[toil]]\n[[toil.category]]\nname = "outage"\nlabel = ["outage"]\n'
DRAFT = "[[toil]]\n[[toil.category]]\nname = 'disks'\ntitle = 'disk'\n"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, history = tmp_path_factory.mktemp("toil"), History()
    for n in range(1, 7):
        work = (f"1{n}:00", "effort", f"{10 * n}", "ana")
        history.ticket(n, f"2026-11-0{n} 09:00", work, title=f"Disk full on web-{n}" if n < 5 else HOSTILE)
    store = built(folder / "store.duckdb", history.records, OFFICE + TRIAGE_PROMISE + RULES, "2026-11-09 08:00")
    with served(store, folder) as address:
        yield address


def test_a_title_that_repeats_opens_its_tickets_without_a_mouse(open_page: Callable[..., Page]) -> None:
    page = open_page("/toil", heading=TITLE)
    choose(page.get_by_role("combobox", name="List of a row, by its name").nth(1), "disk full")
    expect(page.get_by_role("dialog").get_by_text("“disk full on #”, in this window: 4")).to_be_visible(timeout=30_000)
    expect(page).to_have_url(re.compile(r"rows=group%3Adisk"))


def test_a_rule_is_drafted_and_the_address_keeps_it(open_page: Callable[..., Page]) -> None:
    page = open_page("/toil", heading=TITLE)
    page.get_by_role("textbox", name="Kind of work").fill("disks")
    page.get_by_role("textbox", name="For", exact=True).fill("disk")
    page.get_by_role("button", name="Add and preview").click()
    expect(page.get_by_text("6 tickets of this window in infra: 4 would change their kind.")).to_be_visible(
        timeout=30_000
    )
    expect(page).to_have_url(re.compile(r"rules=%5B%5Btoil%5D%5D"))
    settled(page)
    page.get_by_role("button", name="Back to the rules in force").click()
    expect(page.get_by_text("0 would change their kind.")).to_be_visible(timeout=30_000)


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_an_address_alone_shows_the_draft_and_fits(open_page: Callable[..., Page], width: int, scheme: str) -> None:
    page = open_page(f"/toil?by=effort&rules={quote(DRAFT)}", width, TITLE, scheme)
    expect(page.get_by_text("4 would change their kind.")).to_be_visible()
    expect(page.get_by_text("Effort stands in the week")).to_be_visible()
    assert not scrolls_sideways(page)
    assert page.locator("b", has_text="bold").count() == 0
    assert page.locator("a[href^='javascript']").count() == 0
