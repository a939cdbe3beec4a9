"""What stands around every page: newer data come by themselves, views are saved, paper shows what counts."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from ingest.store import writing
from tests.browser.conftest import scrolls_sideways, served, settled
from tests.conftest import OFFICE, TRIAGE_PROMISE, History, built
from views._frame import LOOKS_AGAIN_EVERY

pytestmark = pytest.mark.browser
TITLE = "What about this one?"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, history = tmp_path_factory.mktemp("around"), History()
    history.ticket(1, "2026-11-02 09:00", title="Disk full")
    history.ticket(2, "2026-11-03 09:00", ("10:00", "label", "+bug", "ana"))
    return built(folder / "store.duckdb", history.records, OFFICE + TRIAGE_PROMISE, "2026-11-09 08:00")


@pytest.fixture(scope="module")
def app(store: Path) -> Iterator[str]:
    with served(store, store.parent) as address:
        yield address


def publish(store: Path, title: str) -> None:
    """A newer snapshot, in which the first ticket has another title."""
    with writing(store) as con:
        con.execute("UPDATE ticket SET title = ? WHERE key = 'infra#1'", [title])


def test_newer_data_come_by_themselves_but_not_while_somebody_reads(browser: Browser, app: str, store: Path) -> None:
    looking, reading = browser.new_page(), browser.new_page()
    for each, parameters in ((looking, "week=2026-W45"), (reading, "ticket=test/infra%231&policy=Triage")):
        each.clock.install()
        each.goto(f"{app}/weekly-health?{parameters}")
        expect(each.get_by_text("Disk full").first).to_be_visible(timeout=30_000)
        settled(each)
    publish(store, "Disk mended")
    for each in (looking, reading):
        each.clock.fast_forward(LOOKS_AGAIN_EVERY * 1_000 + 1_000)
    expect(looking.get_by_text("Disk mended").first).to_be_visible()
    expect(reading.get_by_role("dialog").get_by_text("Disk full").first).to_be_visible()
    for each in (looking, reading):
        each.close()


def test_a_view_is_saved_and_opened_by_mouse_and_keyboard(open_page: Callable[..., Page]) -> None:
    page = open_page("/tickets?q=disk", heading=TITLE)
    page.get_by_role("button", name="Views").click()
    page.get_by_role("textbox", name="Save this view as").fill("Full disks")
    page.get_by_role("textbox", name="Your name").fill("Ana")
    page.get_by_role("button", name="Save", exact=True).press("Enter")
    expect(page.get_by_role("button", name="Full disks")).to_be_visible()

    other = open_page("/weekly-health", width=390)
    other.get_by_role("button", name="Views").click()
    expect(other.get_by_role("textbox", name="Save this view as")).to_be_visible()
    settled(other)
    assert not scrolls_sideways(other)
    other.get_by_role("button", name="Full disks").click()
    expect(other.get_by_role("heading", name=TITLE)).to_be_visible(timeout=30_000)
    expect(other.get_by_text("1 ticket in infra.")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_paper_there_is_nothing_to_press_and_an_address_can_be_read(
    open_page: Callable[..., Page], scheme: str
) -> None:
    page = open_page("/tickets?ticket=test/infra%231", heading=TITLE, scheme=scheme)
    page.emulate_media(media="print")
    expect(page.get_by_test_id("stSidebar")).to_be_hidden(timeout=15_000)
    expect(page.get_by_role("link", name="Weekly health")).to_be_hidden()
    for button in page.get_by_test_id("stMain").get_by_role("button").all():
        expect(button).to_be_hidden()
    after = page.evaluate("getComputedStyle(document.querySelector('.wb a[href^=http]'), '::after').content")
    paper = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    assert "https://tickets.example/1" in after and paper == "rgb(255, 255, 255)"
