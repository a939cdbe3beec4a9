"""An HTML file on paper or as a picture, by the Chromium of this machine: a convenience where it and Playwright are
installed, and no part of what Watchbill needs."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def printed(html: str, out: Path) -> None:
    """Write a PDF or a PNG of the page. Raises ValueError where this machine cannot."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise ValueError(_lacking(out, "the Python package playwright")) from None
    with TemporaryDirectory() as folder:
        page_file = Path(folder) / "report.html"
        page_file.write_text(html, encoding="utf-8")
        with sync_playwright() as driver:
            try:
                found = next(filter(None, map(shutil.which, _NAMES)), None)
                browser = driver.chromium.launch(executable_path=found, args=_ARGUMENTS)
            except Error:
                raise ValueError(_lacking(out, "Chromium")) from None
            page = browser.new_page(viewport={"width": 1040, "height": 1200}, offline=True)
            page.goto(page_file.as_uri())
            if out.suffix.lower() == ".pdf":
                page.pdf(path=out, format="A4", print_background=True)
            else:
                page.screenshot(path=out, full_page=True)
            browser.close()


def _lacking(out: Path, what: str) -> str:
    return (
        f"{out} was not written: {out.suffix} needs {what}, which is not installed here; write an .html file and print "
        "it from any browser"
    )
