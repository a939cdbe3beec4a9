"""Can I trust this? Every part by its address, and what can be said without data."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import metrics
from tests.conftest import OFFICE, TRIAGE_PROMISE, History, built
from tests.views.conftest import HOSTILE, written
from views import _definitions, _menu

PARTS = ("sources", "findings", "definitions", "policies", "tables")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    history = History()
    history.ticket(1, "2026-11-02 09:00", ("10:00", "status", HOSTILE, "ana"), ("10:00", "label", "+x", "bo"))
    history.ticket(2, "2026-11-02 09:00", queue="lost")
    path = tmp_path_factory.mktemp("data") / "store.duckdb"
    return built(path, history.records, OFFICE + TRIAGE_PROMISE, "2026-11-09 08:00")


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("sources", ("test", "● read to the end", "Requests, last run")),
        ("findings", ("Say which stage it means", "Into the [[team]]")),
        ("definitions", ("26 metrics", "Do we keep our promises?", "lower is better")),
        ("policies", ("Triage", "Ever since, in force")),
        ("tables", ("asks them and writes the store",)),
    ],
)
def test_each_part_by_its_address(
    open_page: Callable[..., AppTest], store: Path, part: str, words: tuple[str, ...]
) -> None:
    page = open_page(store, "trust", show=part)
    assert not page.exception and page.title[0].value == "Can I trust this?"
    assert page.query_params == {"team": "infra", "as_of": "2026-11-09T08:00Z", "show": part}
    assert all(word in written(page) for word in words)
    bodies = [block.proto.body for block in page.get("html")]
    assert not any("<b>bold" in body or "<img" in body for body in bodies)


def test_lines_to_paste_hold_words_of_trackers_as_text(open_page: Callable[..., AppTest], store: Path) -> None:
    page = open_page(store, "trust", show="findings")
    lines = "\n".join(code.value for code in page.code)
    assert "status = {" in lines and "<b>bold</b>" in lines and 'queues = ["lost"]' in lines
    assert 'name = "bo"' in lines


def test_parts_and_definitions_are_chosen_and_stand_in_the_address(
    open_page: Callable[..., AppTest], store: Path
) -> None:
    page = open_page(store, "trust", show="definitions")
    page.text_input(key="define").input("promises paused").run()
    assert page.query_params["q"] == "promises paused"
    page.text_input(key="define").input("keep our promises").run()
    page.button(key="metric-slo").click().run()
    assert page.query_params["metric"] == "slo" and "q" not in page.query_params
    assert "Its rows" in written(page) and "How did every ticket stand" not in written(page)
    page.button(key="all-metrics").click().run()
    assert "26 metrics" in written(page) and "metric" not in page.query_params


def test_one_definition_by_its_address_alone(open_page: Callable[..., AppTest], store: Path) -> None:
    page = open_page(store, "trust", metric="slo")
    assert not page.exception and "one row per clock" in written(page).lower()
    assert [code.value for code in page.code] == ["watchbill metric slo --format csv"]


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"show": "<b>"}, "show=“<b>” is no part of this page"),
        ({"metric": "<b>"}, "There is no metric “<b>”"),
        ({"show": "policies", "kind": "x"}, "kind=“x” is no kind of policy"),
        ({"show": "definitions", "q": "zebra"}, "No definition has all of these words"),
        ({"show": "policies", "kind": "wip"}, "Nothing configured: write [[wip]]"),
        ({"rows": "x"}, "names no list of this page"),
    ],
)
def test_a_bad_address_gives_a_sentence(
    open_page: Callable[..., AppTest], store: Path, parameters: dict[str, str], sentence: str
) -> None:
    page = open_page(store, "trust", **parameters)
    assert not page.exception and sentence in written(page)


@pytest.mark.parametrize("kind", ["stages", "teams"])
def test_stage_maps_and_teams_are_tables(open_page: Callable[..., AppTest], store: Path, kind: str) -> None:
    page = open_page(store, "trust", show="policies", kind=kind)
    assert not page.exception and len(page.dataframe) == 1 and len(page.dataframe[0].value)


def test_every_metric_is_shown_on_a_page_of_the_menu() -> None:
    assert set(_definitions.SHOWN_ON) == {metric.name for metric in metrics.catalogue()}
    assert set(_definitions.SHOWN_ON.values()) <= {path for _, path, _ in _menu.MENU}


def test_without_a_store_and_with_an_empty_one_definitions_stand_there(
    open_page: Callable[..., AppTest], store_of: Callable[..., Path], tmp_path: Path
) -> None:
    absent: Any = open_page(tmp_path / "absent.duckdb", "trust", metric="slo")
    assert not absent.exception and "make one with `watchbill demo`" in written(absent)
    assert "Do we keep our promises?" in written(absent)
    empty = open_page(store_of([], OFFICE, "2026-11-09 08:00"), "trust")
    assert not empty.exception and "check `queues`" in written(empty) and "● read to the end" in written(empty)
    assert "26 metrics" in written(empty)


def test_a_broken_store_is_said(open_page: Callable[..., AppTest], tmp_path: Path) -> None:
    broken = tmp_path / "broken.duckdb"
    broken.write_bytes(b"not a store")
    page = open_page(broken, "trust")
    assert not page.exception and "nothing to read" in written(page) and "26 metrics" in written(page)
