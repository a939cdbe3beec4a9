"""A page is saved under a name, listed, opened and dropped; what nobody chose follows the data."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from desk.saved_views import saved_views
from desk.store import desk_file
from tests.views.conftest import written

HOSTILE = "**bold** [x](javascript:alert(1)) <b>tag</b>"


@pytest.fixture
def store(history: Any, store_of: Callable[..., Path]) -> Path:
    history.ticket(1, "2026-11-02 09:00", title="Disk full")
    return store_of(history.records, data_until="2026-11-09 08:00")


def with_popover(page: AppTest) -> AppTest:
    page.session_state["views"] = True
    return page.run()


def save(page: AppTest, name: str, by: str = "Ana") -> AppTest:
    page.text_input(key="view-name").input(name)
    if by:
        page.text_input(key="view-writer").input(by)
    return next(button for button in page.button if button.label == "Save").click().run()


def test_a_page_is_saved_opened_from_another_and_dropped(open_page: Callable[..., AppTest], store: Path) -> None:
    page = with_popover(open_page(store, "tickets", q="disk", state="open"))
    assert "No view is saved yet" in written(page)
    save(page, "Full disks")
    [view] = saved_views(desk_file(store))
    assert (view.path, view.written_by) == ("tickets", "Ana")
    assert view.parameters == {"team": "infra", "q": "disk", "state": "open"}, "no instant was chosen"

    other = with_popover(open_page(store, week="2026-W44"))
    other.button(key=f"view-{view.id}").click().run()
    assert other.title[0].value == "What about this one?"
    assert {name: other.query_params[name] for name in ("q", "state")} == {"q": "disk", "state": "open"}
    assert other.query_params["as_of"] == "2026-11-09T08:00Z", "the newest, not the week looked at before"

    with_popover(other).button(key=f"drop-view-{view.id}").click().run()
    assert saved_views(desk_file(store)) == []


def test_what_was_chosen_stays(open_page: Callable[..., AppTest], store: Path) -> None:
    page = with_popover(open_page(store, week="2026-W44", rows="arrived"))
    assert "It stays with the week or instant that was chosen." in written(page)
    save(page, "That week")
    [view] = saved_views(desk_file(store))
    assert (view.path, view.parameters["week"]) == ("weekly-health", "2026-W44")
    assert "rows" not in view.parameters, "a list that stands open is no part of a view"


@pytest.mark.parametrize(
    ("name", "by", "said"), [("  ", "Ana", "The name is empty."), ("Mine", " ", "Your name is empty.")]
)
def test_what_is_missing_is_said(open_page: Callable[..., AppTest], store: Path, name: str, by: str, said: str) -> None:
    page = save(with_popover(open_page(store)), name, by)
    assert said in written(page)
    assert saved_views(desk_file(store)) == []


def test_a_name_stands_for_one_view_and_is_shown_as_it_was_written(
    open_page: Callable[..., AppTest], store: Path
) -> None:
    page = save(with_popover(open_page(store)), HOSTILE)
    [view] = saved_views(desk_file(store))
    assert page.button(key=f"view-{view.id}").label.startswith(r"\*\*bold\*\* \[x\]\(javascript\:alert")
    assert "is a view already, saved by Ana" in written(save(with_popover(page), HOSTILE, by=""))


def test_a_page_asks_the_desk_only_when_somebody_opens_the_views(
    open_page: Callable[..., AppTest], store: Path
) -> None:
    assert "No view is saved" not in written(open_page(store))
    assert not desk_file(store).exists()
