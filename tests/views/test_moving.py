"""Moving between pages keeps what was chosen; what the app filled in itself moves on with the data."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from ingest.store import writing
from tests.conftest import OFFICE, TRIAGE_PROMISE, utc
from tests.views.conftest import turned
from views import _menu

TWO_QUEUES = (OFFICE + TRIAGE_PROMISE).replace('queues = ["infra"]', 'queues = ["infra", "access"]', 1)


@pytest.fixture
def store(history: Any, store_of: Callable[..., Path]) -> Path:
    history.ticket(1, "2026-11-02 09:00")
    history.ticket(2, "2026-11-03 09:00", queue="access")
    return store_of(history.records, TWO_QUEUES, data_until="2026-11-09 08:00")


@pytest.fixture
def another(monkeypatch: pytest.MonkeyPatch) -> str:
    """A page about the last weeks, that does nothing but stand in the frame."""
    monkeypatch.setattr(_menu, "written", lambda: (*_menu.MENU[:1], ("another", "another", "Another")))
    monkeypatch.setattr(_menu, "shown_by", _shown_by)
    return "another"


def _shown_by(module: str) -> Callable[[], None]:
    def show() -> None:
        from views import weekly_health
        from views._address import TREND
        from views._frame import framed

        if module == "weekly_health":
            weekly_health.page()
        else:
            framed("And then?", lambda _: None, asks=TREND)

    return show


def elsewhere(page: AppTest, path: str) -> AppTest:
    """As the menu does: another path, and no parameters."""
    page.query_params.clear()
    return turned(page, path)


def test_a_page_reached_by_the_menu_shows_what_the_one_before_showed(
    open_page: Callable[..., AppTest], store: Path, another: str
) -> None:
    page = open_page(store, week="2026-W45", queue="access", as_of="2026-11-08T00:00Z")
    elsewhere(page, another)
    assert not page.exception and page.title[0].value == "And then?"
    assert page.query_params == {"team": "infra", "queue": "access", "weeks": "12", "as_of": "2026-11-08T00:00Z"}
    elsewhere(page, "weekly-health")
    expected = {"team": "infra", "queue": "access", "week": "2026-W45", "as_of": "2026-11-08T00:00Z"}
    assert page.query_params == expected


def test_a_past_week_is_left_behind_at_its_own_end(
    open_page: Callable[..., AppTest], store: Path, another: str
) -> None:
    page = elsewhere(open_page(store, week="2026-W44"), another)
    assert page.query_params["as_of"] == "2026-11-02T00:00Z"


def test_an_address_goes_before_what_was_shown_before(
    open_page: Callable[..., AppTest], store: Path, another: str
) -> None:
    page = open_page(store, queue="access")
    page.query_params.clear()
    page.query_params["weeks"] = "4"
    turned(page, another)
    assert page.query_params == {"team": "infra", "weeks": "4", "as_of": "2026-11-09T08:00Z"}


def newer(store: Path) -> None:
    later = utc("2026-11-16 08:00").replace(tzinfo=None)
    with writing(store) as con:
        con.execute("UPDATE sync_run SET data_until = ?", [later])


def test_what_nobody_chose_follows_newer_data(open_page: Callable[..., AppTest], store: Path) -> None:
    page = open_page(store)
    assert (page.query_params["week"], page.query_params["as_of"]) == ("2026-W45", "2026-11-09T08:00Z")
    newer(store)
    page.run()
    assert (page.query_params["week"], page.query_params["as_of"]) == ("2026-W46", "2026-11-16T08:00Z")


def test_what_stood_in_the_link_stays(open_page: Callable[..., AppTest], store: Path) -> None:
    page = open_page(store, week="2026-W45", as_of="2026-11-09T08:00Z")
    newer(store)
    page.run()
    assert (page.query_params["week"], page.query_params["as_of"]) == ("2026-W45", "2026-11-09T08:00Z")


def test_a_queue_narrows_the_page_and_goes_with_its_team(open_page: Callable[..., AppTest], store: Path) -> None:
    page = open_page(store)
    assert len(page.sidebar.children) == 4, "team, queue, week and as-of"
    page.sidebar.selectbox(key="queue").select_index(1).run()
    assert page.query_params["queue"] == "access"
    page.sidebar.selectbox(key="queue").select_index(0).run()
    assert "queue" not in page.query_params


def test_every_entry_of_the_menu_has_its_own_path_and_no_room_as_its_name() -> None:
    modules, paths, labels = zip(*_menu.MENU, strict=True)
    for names in (modules, paths, labels):
        assert len(set(names)) == len(names)
    assert not {"desk", "ingest", "metrics", "rotation", "settings", "views"} & set(modules)
