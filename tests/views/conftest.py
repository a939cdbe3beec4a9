"""Pages, driven without a browser: address in, numbers and sentences out."""

import html
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

SCRIPT = Path(__file__).parents[2] / "views" / "_navigation.py"
HOSTILE = "<b>bold</b> [x](javascript:alert(1)) :material/home: $x^2$ **stars** <img src=x onerror=alert(1)>"


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    yield
    st.cache_resource.clear()


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """`open_page(store, "tickets", team="infra")`: the page at that path, with these parameters; "" is the start."""

    def run(store: Path, path: str = "", /, **parameters: str) -> AppTest:
        monkeypatch.setenv("WATCHBILL_STORE", str(store))
        page = AppTest.from_file(SCRIPT, default_timeout=60)
        for name, value in parameters.items():
            page.query_params[name] = value
        return turned(page, path)

    return run


def turned(page: AppTest, path: str) -> AppTest:
    """Another page of the same visit."""
    if path:
        page._page_hash = calc_hash(path)
    return page.run()


def written(page: AppTest) -> str:
    """Everything the page says through HTML, as a person reads it."""
    return html.unescape(" ".join(block.proto.body for block in page.get("html")))
