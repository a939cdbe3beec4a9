"""What somebody who has never seen Watchbill wants done within a minute, over the demo, by the clicks that the README
names: each begins at the start page."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import served, settled

pytestmark = pytest.mark.browser
SLOW = 30_000  # milliseconds that a busy machine may take


@pytest.fixture(scope="module")
def app(demo_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app over a demo store of its own: what people write stays beside it."""
    folder = tmp_path_factory.mktemp("first-visit")
    store = Path(shutil.copy(demo_store.resolve(), folder / "watchbill.duckdb"))
    with served(store, folder) as address:
        yield address


@pytest.fixture
def start(open_page: Callable[..., Page]) -> Page:
    return open_page("/")


def test_why_last_weeks_promise_was_missed(start: Page) -> None:
    """Why was it missed? → Clock, beside a ticket."""
    start.get_by_role("button", name=re.compile("Why was it missed")).first.click()
    dialog = start.get_by_role("dialog")
    expect(dialog.get_by_text(re.compile("due and broken in the week of"))).to_be_visible(timeout=SLOW)
    settled(start)
    dialog.get_by_role("combobox", name="Trace of a row, by its key").click()
    start.get_by_role("option").first.click()
    expect(dialog.get_by_text("deadline passed").first).to_be_visible(timeout=SLOW)


def test_who_is_over_the_limit_of_work_in_progress(open_page: Callable[..., Page]) -> None:
    """Aging and WIP: the second sentence says it."""
    start = open_page("/?as_of=2026-11-10T16:00Z")
    menu(start, "Aging and WIP")
    expect(
        start.get_by_text(re.compile(r"Above their limit now: Jonah .* \(6 in work, 5 allowed")).first
    ).to_be_visible(timeout=SLOW)


def test_the_minutes_of_a_meeting(start: Page) -> None:
    """Triage meeting → Open the meeting → Minutes as Markdown."""
    menu(start, "Triage meeting")
    start.get_by_role("button", name="Open the meeting").click()
    expect(start.get_by_text("opened this meeting")).to_be_visible(timeout=SLOW)
    settled(start)
    with start.expect_download() as saved:
        start.get_by_role("button", name="Minutes as Markdown").click()
    assert Path(saved.value.path()).read_text(encoding="utf-8").startswith("# ")


def test_two_duty_weeks_are_swapped_and_published(start: Page) -> None:
    """Planner → a name → Do it, beside a swap → Publish … → Publish now."""
    menu(start, "Planner")
    start.get_by_role("button", name="Jonah Feldstrom", exact=True).first.click()
    swap = start.get_by_text(re.compile("^Swap with ")).first
    expect(swap).to_be_visible(timeout=SLOW)
    start.locator("[data-testid=stHorizontalBlock]").filter(has=swap).last.get_by_role("button", name="Do it").click()
    expect(start).to_have_url(re.compile("draft="), timeout=SLOW)
    settled(start)
    start.get_by_role("button", name="Publish …").click()
    start.get_by_role("textbox", name="Your name").fill("Jonah Feldstrom")
    start.get_by_role("button", name="Publish now").click()
    expect(start.get_by_text(re.compile(r"Rota \d+ is published and in force"))).to_be_visible(timeout=SLOW)


def menu(page: Page, label: str) -> None:
    page.get_by_role("link", name=label).click()
    expect(page).not_to_have_url(re.compile("weekly-health"), timeout=SLOW)
    settled(page)
