"""Whether the numbers can be trusted: part by part, and one definition by its address."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import HOSTILE, scrolls_sideways, served, settled
from tests.conftest import OFFICE, TRIAGE_PROMISE, History, built

pytestmark = pytest.mark.browser
TITLE = "Can I trust this?"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, history = tmp_path_factory.mktemp("data"), History()
    history.ticket(1, "2026-11-02 09:00", ("10:00", "status", HOSTILE, "ana"), ("10:00", "label", "+x", "bo"))
    store = built(folder / "store.duckdb", history.records, OFFICE + TRIAGE_PROMISE, "2026-11-09 08:00")
    with served(store, folder) as address:
        yield address


def test_from_the_sources_to_the_lines_that_mend_them(open_page: Callable[..., Page]) -> None:
    page = open_page("/trust", heading=TITLE)
    expect(page.get_by_text("read to the end", exact=False).first).to_be_visible()
    page.get_by_text("Findings", exact=True).click()
    expect(page.get_by_role("heading", name="What is missing in watchbill.toml?")).to_be_visible()
    expect(page).to_have_url(re.compile("show=findings"))
    assert page.locator("b", has_text="bold").count() == 0 and not scrolls_sideways(page)


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1024, "light")])
def test_one_definition_by_its_address_alone(open_page: Callable[..., Page], width: int, scheme: str) -> None:
    page = open_page("/trust?metric=slo", width, TITLE, scheme)
    expect(page.get_by_role("heading", name="Do we keep our promises?")).to_be_visible()
    page.get_by_role("button", name="All definitions").click()
    expect(page.get_by_text("26 metrics")).to_be_visible()
    settled(page)
    assert not scrolls_sideways(page)
