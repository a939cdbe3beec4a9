"""Who sees a page, who writes on it, and what the others are told."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.runtime.secrets import Secrets
from streamlit.testing.v1 import AppTest

from desk.saved_views import saved_views
from desk.store import desk_file
from tests.views.conftest import written
from views import _access

TITLE = "What about this one?"
VIEWER = {"is_logged_in": True, "email": "vera@harrow.example", "name": "Vera <b>V</b>"}
PLANNER = {"is_logged_in": True, "email": "paul@harrow.example", "name": "Paul"}
NAMED = '[access]\nviewers = ["vera@*"]\nplanners = ["paul@harrow.example"]\n'
AUTH = {"redirect_uri": "http://127.0.0.1/oauth2callback", "cookie_secret": "x" * 32}


@pytest.fixture
def store(history: Any, store_of: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "watchbill.toml").write_text(NAMED, encoding="utf-8")
    monkeypatch.setenv("WATCHBILL_SETTINGS", str(tmp_path / "watchbill.toml"))
    history.ticket(1, "2026-11-02 09:00", title="Disk full")
    return store_of(history.records, data_until="2026-11-09 08:00")


@pytest.fixture
def visit(
    open_page: Callable[..., AppTest], store: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., AppTest]]:
    """The page Tickets, seen by somebody where people sign in."""
    secrets = Secrets()
    secrets._secrets = {"auth": AUTH}
    monkeypatch.setattr(st, "secrets", secrets)

    def run(user: dict[str, Any], has_views: bool = False) -> AppTest:
        page = open_page(store, "tickets")
        page.user, page.session_state["views"] = user, has_views
        return page.run()

    yield run


def test_nobody_sees_a_page_without_signing_in(visit: Callable[..., AppTest]) -> None:
    page = visit({"is_logged_in": False})
    assert not page.exception and page.title[0].value == _access.DOOR
    assert [button.label for button in page.button] == ["Sign in"]
    assert "Disk full" not in str(page) and not page.get("arrow_data_frame") and not page.sidebar.children


@pytest.mark.parametrize("user", [VIEWER, PLANNER])
def test_whom_the_settings_name_reads(visit: Callable[..., AppTest], user: dict[str, Any]) -> None:
    page = visit(user)
    assert not page.exception and page.title[0].value == TITLE
    assert "1 ticket in infra" in written(page)


def test_whom_they_do_not_name_reads_why_not(visit: Callable[..., AppTest]) -> None:
    page = visit({**VIEWER, "email": "vera@elsewhere.example", "email_verified": False})
    assert page.title[0].value == _access.DOOR and "neither as a viewer nor as a planner" in written(page)
    assert [button.label for button in page.button] == ["Sign out"]


def test_whoever_is_struck_out_is_out_with_the_next_click(visit: Callable[..., AppTest], tmp_path: Path) -> None:
    page = visit(VIEWER)
    (tmp_path / "watchbill.toml").write_text('[access]\nviewers = ["somebody@harrow.example"]\n', encoding="utf-8")
    assert page.run().title[0].value == _access.DOOR


def test_settings_that_cannot_be_read_let_nobody_in(visit: Callable[..., AppTest], tmp_path: Path) -> None:
    (tmp_path / "watchbill.toml").write_text("[acess]\n", encoding="utf-8")
    page = visit(PLANNER)
    assert not page.exception and page.title[0].value == _access.DOOR
    assert "`watchbill doctor` says what is wrong" in written(page)


def test_a_planner_writes_under_their_own_name(visit: Callable[..., AppTest], store: Path) -> None:
    page = visit(PLANNER, has_views=True)
    page.text_input(key="view-name").input("Mine")
    next(button for button in page.button if button.label == "Save").click().run()
    [view] = saved_views(desk_file(store))
    assert view.written_by == "Paul"


def test_a_viewer_is_offered_nothing_to_write_and_could_not(visit: Callable[..., AppTest], store: Path) -> None:
    page = visit(VIEWER, has_views=True)
    assert not page.text_input(key="q").disabled
    assert "Save" not in [button.label for button in page.button]
    assert "deciding and publishing is for planners" in written(page)
    assert "Vera <b>V</b>" in written(page), "a name is shown as it is"


def test_whatever_a_page_offers_a_viewer_nothing_is_kept(visit: Callable[..., AppTest], store: Path) -> None:
    """Demoted while the form stood open: what was typed is refused, in words."""
    page = visit(PLANNER, has_views=True)
    page.text_input(key="view-name").input("Mine")
    page.user = VIEWER
    next(button for button in page.button if button.label == "Save").click().run()
    assert "Deciding, planning and publishing is for planners" in written(page)
    assert saved_views(desk_file(store)) == []


def test_where_nobody_signs_in_whoever_comes_may_publish(open_page: Callable[..., AppTest], store: Path) -> None:
    page = open_page(store, "tickets")
    assert page.title[0].value == TITLE and "Signed in as" not in written(page)
