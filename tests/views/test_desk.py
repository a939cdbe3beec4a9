"""Who writes on the desk, and what is said when something could not be kept."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.views.conftest import written


def _page() -> None:
    import streamlit as st

    from desk.store import DeskError
    from views import _desk

    def fail() -> None:
        raise DeskError("<b>Somebody</b> was faster.")

    st.text(_desk.ask_writer() or "nobody")
    st.text(str(_desk.desk()))
    st.button("Write", on_click=lambda: _desk.kept(fail))
    _desk.refusal()


def test_the_name_is_asked_for_once_and_the_desk_stands_beside_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHBILL_STORE", "/data/watchbill.duckdb")
    page = AppTest.from_function(_page, default_timeout=60).run()
    assert [text.value for text in page.text] == ["nobody", str(Path("/data/watchbill.desk.sqlite"))]
    page.text_input[0].input(" Ana ").run()
    assert not page.exception and page.text[0].value == "Ana"


def test_what_could_not_be_kept_is_said_once_and_as_text() -> None:
    page = AppTest.from_function(_page, default_timeout=60).run()
    page.button[0].click().run()
    assert "<b>Somebody</b> was faster." in written(page)
    assert "was faster" not in written(page.run())
