"""Signing in at a made-up provider: a viewer reads, a planner writes, others see a sentence; secrets stay where they
are."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from desk.saved_views import saved_views
from desk.store import desk_file
from tests.browser.conftest import served, settled
from tests.conftest import OFFICE, TRIAGE_PROMISE, History, built
from tests.servers import openid

pytestmark = pytest.mark.browser
TITLE = "How did our week go?"
COOKIE_SECRET, TOKEN = "made-up-cookie-secret-0123456789abcdef", "made-up-token-0123456789abcdef"
PEOPLE = {
    "Vera Viewer": {"email": "vera@harrow.example", "email_verified": True},
    "Paul Planner": {"email": "paul@harrow.example", "email_verified": True, "groups": ["staff", "duty-planners"]},
    "Stella Stranger": {"email": "stella@elsewhere.example", "email_verified": True},
}
ACCESS = '[access]\nviewers = ["*@harrow.example"]\nplanner_groups = ["duty-planners"]\n'
SECRETS = """[auth]
redirect_uri = "http://127.0.0.1:{port}/oauth2callback"
cookie_secret = "%s"
client_id = "%s"
client_secret = "%s"
server_metadata_url = "%s/.well-known/openid-configuration"
"""


@pytest.fixture(scope="module")
def provider() -> Iterator[openid.Provider]:
    with openid.running(PEOPLE) as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, provider: openid.Provider) -> Path:
    """Where the app is started: its store, its settings and its secrets."""
    place, history = tmp_path_factory.mktemp("sign-in"), History()
    history.ticket(1, "2026-11-02 09:00", title="Disk full")
    built(place / "store.duckdb", history.records, OFFICE + TRIAGE_PROMISE, "2026-11-09 08:00")
    (place / "watchbill.toml").write_text(ACCESS, encoding="utf-8")
    (place / ".streamlit").mkdir()
    told = SECRETS % (COOKIE_SECRET, openid.CLIENT, openid.SECRET, provider.url)
    (place / ".streamlit" / "secrets.toml").write_text(told, encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def app(folder: Path) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WATCHBILL_TOKEN", TOKEN)
        with served(folder / "store.duckdb", folder, log=folder / "log.txt") as address:
            yield address


@pytest.fixture
def visit(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context()
    yield context
    context.close()


def signed_in(visit: BrowserContext, app: str, person: str, heading: str = TITLE) -> Page:
    page = visit.new_page()
    page.goto(f"{app}/tickets")
    page.get_by_role("button", name="Sign in").click(timeout=30_000)
    page.get_by_role("link", name=person).click()
    expect(page.get_by_role("heading", name=heading)).to_be_visible(timeout=30_000)
    settled(page)
    return page


def test_nobody_reads_anything_before_signing_in(visit: BrowserContext, app: str) -> None:
    page = visit.new_page()
    page.goto(f"{app}/tickets?q=disk")
    expect(page.get_by_role("heading", name="Who is there?")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("link", name="Tickets")).to_have_count(0)
    assert "Disk full" not in page.content()
    for path in ("/metrics", "/data/slo.json", "/feeds/infra.ics"):
        answer = httpx.get(app + path)
        assert answer.status_code == 401 and "Disk full" not in answer.text
    shown = {"Authorization": f"Bearer {TOKEN}"}
    assert httpx.get(f"{app}/metrics", headers=shown).text.endswith("# EOF\n")


def test_a_viewer_reads_and_writes_nothing(visit: BrowserContext, app: str, folder: Path) -> None:
    page = signed_in(visit, app, "Vera Viewer")
    page.get_by_role("button", name="Views").click()
    expect(page.get_by_text(re.compile("No view is saved yet|Mondays")).first).to_be_visible()
    expect(page.get_by_role("textbox", name="Save this view as")).to_have_count(0)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Vera Viewer").click()
    expect(page.get_by_text("deciding and publishing is for planners")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Who is there?")).to_be_visible()


def test_a_planner_writes_under_the_name_that_the_provider_tells(
    visit: BrowserContext, app: str, folder: Path, provider: openid.Provider
) -> None:
    page = signed_in(visit, app, "Paul Planner")
    page.get_by_role("button", name="Views").click()
    page.get_by_role("textbox", name="Save this view as").fill("Mondays")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="Mondays")).to_be_visible()
    [view] = saved_views(desk_file(folder / "store.duckdb"))
    assert (view.name, view.written_by) == ("Mondays", "Paul Planner")
    assert provider.refused == []


def test_somebody_whom_the_settings_do_not_name_is_told_so(visit: BrowserContext, app: str) -> None:
    page = signed_in(visit, app, "Stella Stranger", heading="Who is there?")
    expect(page.get_by_text("names neither as a viewer nor as a planner")).to_be_visible()
    assert "Disk full" not in page.content()


def test_a_cookie_that_the_app_did_not_sign_opens_nothing(visit: BrowserContext, app: str) -> None:
    visit.add_cookies([{"name": "_streamlit_user", "value": '{"email": "paul@harrow.example"}', "url": app}])
    page = visit.new_page()
    page.goto(app)
    expect(page.get_by_role("heading", name="Who is there?")).to_be_visible(timeout=30_000)


def test_no_secret_stands_on_a_page_or_in_the_log(
    visit: BrowserContext, app: str, folder: Path, provider: openid.Provider
) -> None:
    page = signed_in(visit, app, "Paul Planner")
    page.get_by_role("button", name=re.compile("Paul")).click()
    httpx.get(f"{app}/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    hidden = [COOKIE_SECRET, openid.SECRET, TOKEN, *provider.told]
    said = page.content() + page.url + (folder / "log.txt").read_text(encoding="utf-8")
    assert len(hidden) > 3 and not [secret for secret in hidden if secret in said]
