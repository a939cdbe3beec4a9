"""From the outgoing person's note to "I have read this", each on a device of their own."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import HOSTILE, scrolls_sideways, served, settled
from tests.conftest import History, built
from tests.metrics.handoff_world import UNTIL, WORLD, told

pytestmark = pytest.mark.browser
TITLE = "What am I taking over?"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("handoff")
    store = built(folder / "store.duckdb", told(History(), HOSTILE).records, WORLD, UNTIL)
    with served(store, folder) as address:
        yield address


def test_a_note_is_written_on_a_laptop_and_confirmed_on_a_phone(open_page: Callable[..., Page]) -> None:
    ana = open_page("/handoff", heading=TITLE)
    ana.get_by_role("button", name="Write the note").click()
    ana.get_by_role("textbox", name="The note").fill(f"Watch the cellar. {HOSTILE}")
    name = ana.get_by_role("textbox", name="Your name")
    expect(name).to_have_count(1)  # that of the page before stays until the new one is drawn
    name.fill("Ana")
    ana.get_by_role("button", name="Keep the note").click()
    expect(ana.get_by_role("button", name="Change the note")).to_be_visible()

    bo = open_page("/handoff?team=infra&week=2026-W45&as_of=2026-11-09T08:00Z", 390, TITLE, "dark")
    expect(bo.get_by_text(f"Watch the cellar. {HOSTILE}")).to_be_visible()
    bo.get_by_role("textbox", name="Your name").fill("Bo")
    bo.get_by_role("button", name="I have read this").click()
    expect(bo.get_by_text("You have confirmed that you have read this handoff.")).to_be_visible()
    assert not scrolls_sideways(bo) and bo.locator("b", has_text="bold").count() == 0

    ana.reload()
    expect(ana.get_by_role("status").filter(has_text="Read by Bo")).to_be_visible(timeout=30_000)


def test_an_address_alone_opens_the_list_behind_a_figure(open_page: Callable[..., Page]) -> None:
    page = open_page("/handoff?reach=role&rows=late", 1024, TITLE)
    expect(page.get_by_role("dialog").get_by_text("What is late already?")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_text("Queues: access, infra.")).to_be_visible()
    settled(page)
    assert not scrolls_sideways(page)
