"""What holds of each page, over the demo and over a store that holds nothing: it draws in light and dark and at every
width without a complaint, anybody can read and reach all of it, and its address alone brings it back.
"""

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import DRAWN, scrolls_sideways, served, settled
from tests.conftest import built
from views import _menu

pytestmark = pytest.mark.browser
WIDTHS = (1440, 1024, 390)
PAGES = [
    pytest.param(f"/{path}", import_module(f"views.{module}").TITLE, id=path) for module, path, _ in _menu.written()
]
every_page = pytest.mark.parametrize(("path", "title"), PAGES)
STORES = ("demo", "empty")
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def addresses(demo_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    folder = tmp_path_factory.mktemp("every-page")
    with (
        served(demo_store, folder) as demo,
        served(built(folder / "empty.duckdb", [], ""), folder) as empty,
    ):
        yield {"demo": demo, "empty": empty}


@pytest.fixture(params=STORES)
def app(request: pytest.FixtureRequest, addresses: dict[str, str]) -> str:
    return addresses[request.param]


on_the_demo = pytest.mark.parametrize("app", ["demo"], indirect=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@every_page
def test_it_draws_at_every_width_and_nothing_keeps_anybody_out(
    open_page: Open, path: str, title: str, scheme: str
) -> None:
    page = open_page(path, heading=title, scheme=scheme)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        settled(page)
        expect(page.get_by_test_id("stException")).to_have_count(0)
        assert not scrolls_sideways(page), f"{width} wide"
    assert not violations(page)


@on_the_demo
@every_page
def test_its_address_alone_brings_it_back(open_page: Open, app: str, path: str, title: str) -> None:
    first = open_page(path, heading=title)
    first.wait_for_function(DRAWN)
    again = open_page(first.url.removeprefix(app), heading=title)
    again.wait_for_function(SAYS, arg=words(first))
    assert again.url == first.url


@on_the_demo
@every_page
def test_the_keyboard_reaches_every_control(open_page: Open, path: str, title: str) -> None:
    page = open_page(path, heading=title)
    page.evaluate(MARK_CONTROLS)
    for _ in range(ROUND):
        page.keyboard.press("Tab")
        if page.evaluate(REACH) == "BODY":  # once round
            break
    assert not page.evaluate(UNREACHED)


ROUND = 1_000  # steps; within a table, each goes to the next cell
REACH = """() => {
  document.activeElement.removeAttribute('data-unreached');
  return document.activeElement.tagName;
}"""
SAYS = "words => document.querySelector('[data-testid=stMain]').innerText === words"

# A group of tabs, radio buttons or choices is entered once and moved about in with the arrow keys; the arrows beside a
# field do what its keys do.
MARK_CONTROLS = """() => {
  const controls = 'button, a[href], input, select, textarea, [role=button], [role=combobox]';
  for (const element of document.querySelectorAll(controls)) {
    const box = element.getBoundingClientRect();
    const isShown = box.width && box.height && getComputedStyle(element).visibility === 'visible';
    const isOneOfMany = element.closest('[role=tablist], [role=radiogroup], [role=grid]');
    const isForTheMouse = element.closest('.modebar, [aria-hidden=true], [inert]');
    const field = element.closest('[data-baseweb], [data-rac], [data-testid=stDateInput]');
    const isPartOfField = element.tabIndex < 0 && field;
    const isWanted = isShown && !isOneOfMany && !isForTheMouse && !isPartOfField && !element.disabled;
    if (isWanted) element.setAttribute('data-unreached', '');
  }
}"""
UNREACHED = """[...document.querySelectorAll('[data-unreached]')].map(
  element => element.outerHTML.slice(0, 200)
)"""


def violations(page: Page) -> list[str]:
    """What axe calls serious or worse."""
    found = Axe().run(page).response["violations"]
    return [
        f"{told['id']}: {told['help']}: {told['nodes'][0]['html'][:300]}"
        for told in found
        if told["impact"] in {"serious", "critical"}
    ]


def words(page: Page) -> str:
    return page.get_by_test_id("stMain").inner_text()
