"""What a newcomer has to manage in a minute: swap two duty weeks and publish. And both pages on every paper."""

import re
from collections.abc import Callable, Iterator
from urllib.request import urlopen

import pytest
from icalendar import Calendar
from playwright.sync_api import Page, expect

from tests.browser.conftest import scrolls_sideways, served, settled
from tests.conftest import built
from tests.rotas import TEXT, UNTIL, records

pytestmark = pytest.mark.browser
TITLE = "Who does next month?"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app over a small team's rota; what one test publishes stands for the next, which no test leans on."""
    folder = tmp_path_factory.mktemp("planner")
    with served(built(folder / "store.duckdb", records(), TEXT, UNTIL), folder) as address:
        yield address


def test_two_weeks_are_swapped_and_published_and_the_feed_follows(open_page: Callable[..., Page], app: str) -> None:
    page = open_page("/planner", heading=TITLE)
    page.get_by_role("button", name="Ana", exact=True).first.click()
    expect(page.get_by_text("Who else, and at what cost")).to_be_visible()
    swap = page.get_by_text(re.compile(r"Swap with Cy: Ana takes duty of Mon \d+ \w+ in return\.")).first
    expect(swap).to_be_visible()
    row = page.locator("[data-testid=stHorizontalBlock]").filter(has=swap).last
    row.get_by_role("button", name="Do it").click()
    expect(page.get_by_text("They are locked there; publish when it is right.")).to_be_visible()
    expect(page).to_have_url(re.compile("draft="))
    settled(page)
    page.get_by_role("button", name="Publish …").click()
    page.get_by_role("textbox", name="Your name").fill("Ana")
    page.get_by_role("textbox", name="What changed, and why").fill("A wedding")
    page.get_by_role("button", name="Publish now").click()
    expect(page.get_by_text(re.compile(r"Rota \d+ is published and in force"))).to_be_visible()
    expect(page.get_by_text("“A wedding”")).to_be_visible()
    page.get_by_role("button", name="Export").click()
    address = page.get_by_text("/feeds/infra.ics").first.inner_text()
    with urlopen(address) as feed:
        events = Calendar.from_ical(feed.read().decode()).walk("VEVENT")
    told = {str(event["dtstart"].dt): str(event["summary"]) for event in events}
    assert told["2026-11-23"] == "duty: Ana" and told["2026-12-07"] == "duty: Cy"


def test_a_search_ends_with_a_proven_plan_by_the_keyboard(open_page: Callable[..., Page]) -> None:
    page = open_page("/planner", heading=TITLE)
    page.get_by_role("button", name="Rebalance").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Proven: no plan of these inputs is better.")).to_be_visible()
    seat = page.get_by_role("button", name="Bo", exact=True).first
    seat.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Lock Bo here")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Lock Bo here")).to_be_hidden()
    expect(page).not_to_have_url(re.compile("cell="))


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1024, "dark"), (390, "light"), (390, "dark")])
@pytest.mark.parametrize(("path", "title"), [("/planner", TITLE), ("/rotation?weeks=6", "Who has carried what?")])
def test_both_pages_fit_every_paper(
    open_page: Callable[..., Page], path: str, title: str, width: int, scheme: str
) -> None:
    page = open_page(path, width, title, scheme)
    expect(page.locator(".js-plotly-plot").first).to_be_visible(timeout=30_000)
    assert not scrolls_sideways(page)
    assert page.locator("b", has_text="Dee").count() == 0
