"""The README's pictures, taken of a new demo: `make pictures`."""

import tempfile
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, sync_playwright

import watchbill
from tests.browser.conftest import ARGUMENTS, DRAWN, TOP, served, settled
from tests.conftest import chromium_of_this_machine

PICTURES = TOP / "views" / "pictures"
HEIGHTS = {"weekly-health": 1_000, "triage-meeting": 900, "slo": 1_000, "planner": 900}
SCHEMES: dict[str, Literal["light", "dark"]] = {"slo": "dark", "planner": "dark"}


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        store = Path(folder) / "watchbill.duckdb"
        watchbill.demo(store)
        browser = driver.chromium.launch(executable_path=chromium_of_this_machine(), args=ARGUMENTS)
        with served(store, Path(folder)) as address:
            for path in HEIGHTS:
                _take(browser, address, path)
        browser.close()


def _take(browser: Browser, address: str, path: str) -> None:
    size = {"width": 1280, "height": HEIGHTS[path]}
    page = browser.new_page(viewport=size, color_scheme=SCHEMES.get(path, "light"))  # type: ignore[arg-type]
    page.goto(f"{address}/{path}")
    page.get_by_text("Data until").wait_for()
    settled(page)
    page.wait_for_load_state("networkidle")
    page.wait_for_function(DRAWN)
    page.screenshot(path=PICTURES / f"{path}.png")
    page.close()


if __name__ == "__main__":
    main()
