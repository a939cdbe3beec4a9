"""A report in a real browser: opened from disk it fetches nothing, complains of nothing, and prints."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

import metrics
from cli import printing
from metrics.weekly_health import weekly_health
from metrics.weeks import Week
from reports import page, weekly
from tests.browser.conftest import HOSTILE
from tests.conftest import utc

pytestmark = pytest.mark.browser
UNTIL = utc("2026-11-09 08:00")


@pytest.fixture
def written(history: Any, store_of: Callable[..., Path]) -> str:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "label", "+bug", "ana"))
    history.ticket(2, "2026-11-03 09:00", title=HOSTILE)
    con = metrics.open_store(store_of(history.records, data_until="2026-11-09 08:00"))
    try:
        health = weekly_health(con, as_of=UNTIL, week=Week.parse("2026-W45", "UTC"), team="infra")
    finally:
        con.close()
    return page.written(weekly.weekly(health, UNTIL))


def test_it_opens_offline_from_disk_without_a_complaint(browser: Browser, written: str, tmp_path: Path) -> None:
    (tmp_path / "week.html").write_text(written, encoding="utf-8")
    for width, scheme in ((1440, "light"), (390, "dark")):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True)  # type: ignore[arg-type]
        opened = context.new_page()
        complaints: list[str] = []
        asked: list[str] = []
        opened.on("console", lambda said, kept=complaints: kept.append(said.text))
        opened.on("pageerror", lambda error, kept=complaints: kept.append(str(error)))
        opened.on("request", lambda request, kept=asked: kept.append(request.url))
        opened.goto((tmp_path / "week.html").as_uri())
        expect(opened.get_by_role("heading", name="How did our week go?")).to_be_visible()
        expect(opened.get_by_text(HOSTILE).first).to_be_visible()
        assert opened.locator("svg[role=img]").count() >= 4
        paper = opened.evaluate("getComputedStyle(document.body).backgroundColor")
        assert paper == ("rgb(255, 255, 255)" if scheme == "light" else "rgb(22, 23, 27)")
        assert opened.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        assert not complaints and len(asked) == 1
        context.close()


@pytest.mark.parametrize(("name", "begins"), [("week.pdf", b"%PDF-"), ("week.png", b"\x89PNG")])
def test_it_is_printed_where_a_browser_is_installed(
    browser: Browser, chromium: str | None, written: str, tmp_path: Path, name: str, begins: bytes
) -> None:
    if chromium is None:
        pytest.skip("the verb drives the machine's own Chromium")
    (tmp_path / "week.html").write_text(written, encoding="utf-8")
    program = "import sys; from pathlib import Path; from cli.printing import printed; "
    program += "printed(Path(sys.argv[1]).read_text('utf-8'), Path(sys.argv[2]))"
    command = [sys.executable, "-c", program, str(tmp_path / "week.html"), str(tmp_path / name)]
    subprocess.run(command, check=True, cwd=Path(printing.__file__).parents[1])
    assert (tmp_path / name).read_bytes().startswith(begins)
