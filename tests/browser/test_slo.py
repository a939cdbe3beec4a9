"""Why was last week's promise missed? By clicks, on a laptop; by its address, on a phone in the dark."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import HOSTILE, choose, scrolls_sideways, served, settled
from tests.conftest import OFFICE, TRIAGE_PROMISE, History, built

pytestmark = pytest.mark.browser
SLOW = 30_000  # milliseconds that a busy machine may take
TITLE = "Are we keeping our promises, and can we afford a bad week?"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, history = tmp_path_factory.mktemp("slo"), History()
    history.ticket(1, "2026-11-02 09:00", ("10:00", "label", "+bug", "ana"))
    history.ticket(2, "2026-11-03 09:00", title=HOSTILE)
    store = built(folder / "store.duckdb", history.records, OFFICE + TRIAGE_PROMISE, "2026-11-09 08:00")
    with served(store, folder) as address:
        yield address


def test_from_the_week_to_the_reason_to_the_clock_to_the_tracker(open_page: Callable[..., Page]) -> None:
    page = open_page("/weekly-health?week=2026-W45")
    page.get_by_role("button", name=re.compile("Why was it missed")).click()
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible(timeout=SLOW)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Triage: due and broken in the week of Mon 2 Nov: 1")).to_be_visible(timeout=SLOW)
    expect(page).to_have_url(re.compile(r"/slo\?.*rows=due%3Abreached%402026-W45"))
    settled(page)
    choose(dialog.get_by_role("combobox", name="Trace of a row, by its key"), "infra#2")
    expect(dialog.get_by_text("deadline passed").first).to_be_visible(timeout=SLOW)
    assert dialog.get_by_role("link", name="infra#2").get_attribute("href") == "https://tickets.example/2"


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_its_address_alone_shows_it_again(open_page: Callable[..., Page], width: int, scheme: str) -> None:
    page = open_page("/slo?promise=Triage&by=opened&weeks=4", width, TITLE, scheme)
    expect(page.get_by_text("Triage: 1 of 2 (50 %) that fell due since Mon 19 Oct were on time.")).to_be_visible(
        timeout=SLOW
    )
    expect(page.get_by_role("radio", name="By when it began")).to_be_checked(timeout=SLOW)
    page.wait_for_function("document.querySelectorAll('.js-plotly-plot .main-svg').length >= 6")
    assert not scrolls_sideways(page)
