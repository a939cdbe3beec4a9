"""Pages in a real browser: a server over a store of their own, and no complaint on the console."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as TooLate

TOP = Path(__file__).parents[2]
HOSTILE = "<b>bold</b> [x](javascript:alert(1)) :material/home: $x^2$ **stars**"
expect.set_options(timeout=30_000)  # milliseconds that a busy machine may take to show what is asked of it
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


@contextmanager
def served(store: Path, home: Path, log: Path | None = None) -> Iterator[str]:
    """The app over a store, as long as it is wanted: its address. What it says goes to `log`, where one is named."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(TOP / "app.py"), "--server.address=127.0.0.1",
               f"--server.port={port}"]  # fmt: skip
    environment = {**os.environ, "WATCHBILL_STORE": str(store), "HOME": str(home)}
    said = (log or Path(os.devnull)).open("w", encoding="utf-8")
    with (
        said,
        subprocess.Popen(
            command, env=environment, cwd=home, stdout=subprocess.PIPE, stderr=said if log else None, text=True
        ) as server,
    ):
        assert server.stdout is not None
        assert any("URL:" in line for line in server.stdout), "the server says its address when it is ready"
        yield f"http://127.0.0.1:{port}"
        server.terminate()


@pytest.fixture
def app(history: Any, store_of: Callable[..., Path], tmp_path: Path) -> Iterator[str]:
    """The app over a week with one ticket in time and one hostile one that nobody took up."""
    history.ticket(1, "2026-11-02 09:00", ("10:00", "label", "+bug", "ana"))
    history.ticket(2, "2026-11-03 09:00", title=HOSTILE)
    with served(store_of(history.records, data_until="2026-11-09 08:00"), tmp_path) as address:
        yield address


@pytest.fixture
def open_page(browser: Browser, app: str) -> Iterator[Callable[..., Page]]:
    """`open_page("/tickets?q=disk", heading="What about this one?", width=390, scheme="dark")`; at the end no page may
    have complained on its console."""
    complaints: list[str] = []
    contexts = []

    def run(
        path: str = "/weekly-health", width: int = 1440, heading: str = "How did our week go?", scheme: Any = "light"
    ) -> Page:
        contexts.append(browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if is_complaint(said) else None)
        page.on("dialog", lambda dialog: complaints.append(f"something ran: {dialog.message}"))
        page.goto(app + path)
        expect(page.get_by_role("heading", name=heading)).to_be_visible(timeout=30_000)
        settled(page)
        return page

    yield run
    for context in contexts:
        context.close()
    assert not complaints


def is_complaint(said: ConsoleMessage) -> bool:
    """Any error but one: below the root, Streamlit first looks for its server beside the page, in vain."""
    place = said.location.get("url", "")
    return said.type == "error" and not ("/_stcore/" in place and place.count("/") > 4)


# Buttons and figures are there somewhat after the page has come.
DRAWN = """() => !document.querySelector('[data-testid=stSkeleton]')
  && [...document.querySelectorAll('[data-testid=stPlotlyChart]')].every(chart => chart.querySelector('.main-svg'))"""


def settled(page: Page) -> None:
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')


def choose(box: Locator, words: str) -> None:
    """The option of a list that these words find, by the keyboard, once the list has come to it: keys are faster."""
    box.focus()
    box.page.keyboard.type(words)
    expect(box.page.get_by_role("option", name=words)).to_have_attribute("data-focused", "true")
    box.page.keyboard.press("Enter")


def scrolls_sideways(page: Page) -> bool:
    """Still so after figures had the time to fit themselves to a new width."""
    try:
        page.wait_for_function(FITS, timeout=10_000)
    except TooLate:
        return True
    return False


FITS = """() => [document.documentElement, document.querySelector('[data-testid=stMain]')]
  .every(element => element.scrollWidth <= element.clientWidth)"""
