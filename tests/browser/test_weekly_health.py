"""The page in a real browser: from a link to a breach to its clock, on a laptop and on a phone."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

pytestmark = pytest.mark.browser

TOP = Path(__file__).parents[2]
HOSTILE = "<b>bold</b> [x](javascript:alert(1)) :material/home: $x^2$ **stars**"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def browser(chromium: str | None) -> Iterator[Browser]:
    """The machine's Chromium, else Playwright's own. Without either: a skip here, a failure in CI."""
    with sync_playwright() as driver:
        try:
            started = driver.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        except PlaywrightError as error:
            if os.environ.get("CI") == "true":
                raise
            pytest.skip(f"no browser to drive: {str(error).splitlines()[0]}")
        yield started
        started.close()


@pytest.fixture
def app(history: Any, store_of: Callable[..., Path], tmp_path: Path) -> Iterator[str]:
    """The app over a week with one ticket in time and one hostile one that nobody took up."""
    history.ticket(1, "2026-11-02 09:00", ("10:00", "label", "+bug", "ana"))
    history.ticket(2, "2026-11-03 09:00", title=HOSTILE)
    store = store_of(history.records, data_until="2026-11-09 08:00")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(TOP / "app.py"), "--server.address=127.0.0.1",
               f"--server.port={port}"]  # fmt: skip
    environment = {**os.environ, "WATCHBILL_STORE": str(store), "HOME": str(tmp_path)}
    with subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert any("URL:" in line for line in server.stdout), "the server says its address when it is ready"
        yield f"http://127.0.0.1:{port}"
        server.terminate()


@pytest.fixture
def open_page(browser: Browser, app: str) -> Iterator[Callable[..., Page]]:
    """Open an address at a width; at the end no page may have complained on its console."""
    complaints: list[str] = []
    contexts = []

    def run(path: str = "/weekly-health", width: int = 1440) -> Page:
        contexts.append(browser.new_context(viewport={"width": width, "height": 900}))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if is_complaint(said) else None)
        page.goto(app + path)
        expect(page.get_by_role("heading", name="How did our week go?")).to_be_visible(timeout=30_000)
        settled(page)
        return page

    yield run
    for context in contexts:
        context.close()
    assert not complaints


def is_complaint(said: ConsoleMessage) -> bool:
    """Any error but one: below the root, Streamlit first looks for its server beside the page, in vain."""
    return said.type == "error" and "/weekly-health/_stcore/" not in said.location.get("url", "")


def settled(page: Page) -> None:
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')


def test_from_a_link_to_a_breach_to_its_clock(open_page: Callable[..., Page]) -> None:
    page = open_page("/weekly-health?week=2026-W45&as_of=2026-11-09T08:00Z")
    expect(page.get_by_text("2026-W45, Mon 2 Nov to Sun 8 Nov")).to_be_visible()
    expect(page.get_by_text("2 tickets came in and none was closed")).to_be_visible()
    page.get_by_role("button", name="Clock").first.click()
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
    wide = page.evaluate(
        "[document.documentElement, document.querySelector('[data-testid=stMain]')]"
        ".some(element => element.scrollWidth > element.clientWidth)"
    )
    assert not wide
