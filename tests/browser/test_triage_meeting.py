"""A meeting from its address to its minutes by the keyboard alone; its link; hostile tickets, light and dark, three
widths."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import HOSTILE, scrolls_sideways, served, settled
from tests.conftest import OFFICE, TRIAGE_PROMISE, History, built

pytestmark = pytest.mark.browser
TITLE = "What must we decide today?"
ANOTHER = """
[[team]]
name = "access"
calendar = "office"
queues = ["access"]
"""
HUGE = "<script>alert(1)</script>" * 4_000
BACKWARDS = "\u202egnp.exe \u0645\u0631\u062d\u0628\u0627 \U0001f468\u200d\U0001f469\u200d\U0001f467"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app over an honest ticket and hostile ones, none of which anybody has triaged."""
    folder, history = tmp_path_factory.mktemp("meeting"), History()
    history.ticket(
        1, "2026-11-02 09:00", ("10:00", "comment", "It is full again.", "asker"), title="Disk full on web-1"
    )
    for number, title in enumerate((HOSTILE, HUGE, BACKWARDS, '=cmd()|"/c calc"!A1'), start=2):
        history.ticket(number, f"2026-11-03 0{number}:00", ("12:00", "comment", f"{title} again", "ana"), title=title)
    history.ticket(9, "2026-11-03 09:00", queue="access", title="A door that does not open")
    store = built(folder / "store.duckdb", history.records, OFFICE + ANOTHER + TRIAGE_PROMISE, "2026-11-09 08:00")
    with served(store, folder) as address:
        yield address


def test_a_meeting_by_the_keyboard_from_its_opening_to_its_minutes(open_page: Callable[..., Page]) -> None:
    page = open_page("/triage-meeting?team=infra", heading=TITLE)
    page.get_by_role("textbox", name="Your name").fill("Ana")
    page.keyboard.press("Enter")
    settled(page)
    page.get_by_role("button", name="Open the meeting").press("Enter")
    expect(page.get_by_text("Ana opened this meeting")).to_be_visible()
    expect(page).to_have_url(re.compile(r"meeting=\d+"))
    settled(page)
    page.keyboard.press("g")
    _expect_place(page, "1 of 5, 0 decided")
    expect(page.get_by_role("heading", name="infra#1 Disk full on web-1")).to_be_visible()
    expect(page.get_by_text("It is our turn: asker has had no answer yet")).to_be_hidden()
    expect(page.get_by_text("It is our turn: asker spoke last")).to_be_visible()
    page.keyboard.press("ArrowRight")
    _expect_place(page, "2 of 5, 0 decided")
    page.keyboard.press("ArrowLeft")
    _expect_place(page, "1 of 5, 0 decided")
    _decide(page, "Give it a bigger disk")
    _expect_place(page, "2 of 5, 1 decided")
    expect(page.get_by_text("Kept what was decided about infra#1.")).to_be_visible()
    page.keyboard.press("s")
    _expect_place(page, "3 of 5, 1 decided")
    page.keyboard.press("a")
    expect(page.get_by_text("Give it a bigger disk").first).to_be_visible()
    settled(page)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Minutes as Markdown").press("Enter")
    written = Path(saved.value.path()).read_text(encoding="utf-8")
    assert written.count("| Give it a bigger disk |") == 1 and "Not closed yet" in written
    page.get_by_role("button", name="Close the meeting").press("Enter")
    expect(page.get_by_text("Ana closed it")).to_be_visible()


def _decide(page: Page, words: str) -> None:
    page.keyboard.press("d")
    expect(page.get_by_role("textbox", name="What do we decide?")).to_be_focused()
    page.keyboard.type(words)
    page.keyboard.press("Control+Enter")


def _expect_place(page: Page, words: str) -> None:
    expect(page.get_by_text(words)).to_be_visible()
    settled(page)


def test_the_address_alone_shows_the_agenda_as_it_was(open_page: Callable[..., Page]) -> None:
    page = open_page("/triage-meeting?team=access", heading=TITLE)
    page.get_by_role("button", name="Open the meeting").click()
    expect(page.get_by_text("opened this meeting")).to_be_visible()
    number = re.search(r"meeting=(\d+)", page.url)
    assert number
    again = open_page(f"/triage-meeting?meeting={number[1]}&present=1&item=test/infra%239", heading=TITLE)
    expect(again.get_by_role("heading", name="infra#9 A door that does not open")).to_be_visible()
    expect(again).to_have_url(re.compile(r"team=access.*as_of=2026-11-09T08%3A00Z"))


@pytest.mark.parametrize(
    ("path", "width", "scheme"),
    [
        ("", 1440, "dark"),
        ("", 390, "light"),
        ("?present=1&item=test/infra%232", 1024, "light"),
        ("?present=1&item=test/infra%233", 390, "dark"),
        ("?present=1&item=test/infra%234", 1440, "dark"),
    ],
)
def test_hostile_tickets_run_nothing_and_fit_every_width(
    open_page: Callable[..., Page], path: str, width: int, scheme: str
) -> None:
    page = open_page(f"/triage-meeting{path}", width, TITLE, scheme)
    expect(page.get_by_text("Data until")).to_be_visible(timeout=30_000)
    assert not scrolls_sideways(page)
    assert page.locator("b", has_text="bold").count() == 0
    assert page.locator("a[href^='javascript']").count() == 0
    assert page.locator("[data-testid=stMain] script", has_text="alert").count() == 0
