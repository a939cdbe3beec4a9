"""Who is over the limit of work in progress? Read it, open it; the address alone shows it again, on a phone, too."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import HOSTILE, choose, scrolls_sideways, served, settled
from tests.conftest import OFFICE, History, built

pytestmark = pytest.mark.browser
SLOW = 30_000  # milliseconds that a busy machine may take
TITLE = "What is stuck, and why is it not moving?"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, history = tmp_path_factory.mktemp("aging"), History()
    for number in (1, 2):
        history.ticket(
            number, "2026-11-12 09:00", ("10:00", "owner", "+ana", "ana"), ("10:00", "label", "+in progress", "ana"),
            title=HOSTILE,
        )  # fmt: skip
    text = OFFICE + "[[wip]]\nperson = 1\n"
    with served(built(folder / "store.duckdb", history.records, text, "2026-11-16 08:00"), folder) as address:
        yield address


def test_who_is_over_the_limit_and_with_what(open_page: Callable[..., Page]) -> None:
    page = open_page("/aging", heading=TITLE)
    expect(page.get_by_text("Above their limit now: ana (2 in work, 1 allowed").first).to_be_visible(timeout=SLOW)
    choose(page.get_by_role("combobox", name="In work now with …"), "ana")
    expect(page.get_by_role("dialog").get_by_text("ana: in work now: 2")).to_be_visible(timeout=SLOW)
    expect(page).to_have_url(re.compile("rows=wip%3Aana"))


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_its_address_alone_shows_it_again(open_page: Callable[..., Page], width: int, scheme: str) -> None:
    page = open_page("/aging?clock=working&weeks=4", width, TITLE, scheme)
    radio = page.get_by_role("radio", name="Working time")
    expect(radio).to_be_checked(timeout=SLOW)
    page.wait_for_function("document.querySelectorAll('.js-plotly-plot .main-svg').length >= 6")
    settled(page)
    assert not scrolls_sideways(page)
    assert page.locator("b", has_text="bold").count() == 0
