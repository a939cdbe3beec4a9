"""The page in a real browser: from a link to a breach to its clock, on a laptop and on a phone."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import HOSTILE, scrolls_sideways

pytestmark = pytest.mark.browser


def test_from_a_link_to_a_breach_to_its_clock(open_page: Callable[..., Page]) -> None:
    page = open_page("/weekly-health?week=2026-W45&as_of=2026-11-09T08:00Z")
    expect(page.get_by_text("2026-W45, Mon 2 Nov to Sun 8 Nov")).to_be_visible()
    expect(page.get_by_text("2 tickets came in and none was closed")).to_be_visible()
    page.get_by_role("button", name="Clock", exact=True).first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("deadline passed")).to_be_visible()
    expect(dialog.get_by_text("28 h late")).to_be_visible()
    expect(dialog.get_by_text(HOSTILE)).to_be_visible()
    expect(page).to_have_url(re.compile(r"ticket=test%2Finfra%232&policy=Triage"))
    assert dialog.get_by_role("link", name="infra#2").get_attribute("href") == "https://tickets.example/2"


def test_another_week_by_its_address(open_page: Callable[..., Page]) -> None:
    page = open_page("/weekly-health?week=2026-W44")
    expect(page.get_by_text("Nothing came in and nothing was closed.")).to_be_visible()
    expect(page).to_have_url(re.compile("as_of=2026-11-02T00%3A00Z"))


def test_the_page_is_saved_as_one_file(open_page: Callable[..., Page]) -> None:
    page = open_page("/weekly-health?week=2026-W45&as_of=2026-11-09T08:00Z")
    with page.expect_download() as saving:
        page.get_by_role("button", name="Save as HTML").click()
    assert saving.value.suggested_filename == "infra-2026-W45.html"
    text = Path(saving.value.path()).read_text(encoding="utf-8")
    assert "2 tickets came in and none was closed" in text and "<svg" in text and "<script" not in text


def test_a_tile_opens_its_list_and_closing_it_clears_the_address(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.get_by_role("button", name="Show 2").first.click()
    expect(page.get_by_role("dialog").get_by_text("Came in in the week of Mon 2 Nov: 2")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page).not_to_have_url(re.compile("rows="))


def test_a_title_is_shown_as_it_was_written(open_page: Callable[..., Page]) -> None:
    page = open_page()
    expect(page.get_by_text(HOSTILE).first).to_be_visible()
    assert page.locator("b", has_text="bold").count() == 0
    assert page.locator("a[href^='javascript']").count() == 0


@pytest.mark.parametrize("path", ["/weekly-health", "/weekly-health?ticket=test/infra%232&policy=Triage"])
def test_a_phone_never_scrolls_sideways(open_page: Callable[..., Page], path: str) -> None:
    page = open_page(path, width=390)
    assert not scrolls_sideways(page)
