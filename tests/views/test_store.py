"""Answers are kept by snapshot and question, and shared."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from metrics import StoreError
from metrics.one_ticket import one_ticket
from views import _store

AS_OF = datetime(2026, 11, 9, 8, tzinfo=UTC)


@pytest.fixture
def snapshot(history: Any, store_of: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> str:
    history.ticket(1, "2026-11-02 09:00")
    monkeypatch.setenv("WATCHBILL_STORE", str(store_of(history.records, data_until="2026-11-09 08:00")))
    return _store.snapshot()


def test_a_store_is_opened_before_anybody_asks_and_its_lack_is_said_to_whoever_does(
    snapshot: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _store.open_early()
    assert _store._opened(snapshot) is _store._opened(snapshot)
    monkeypatch.setenv("WATCHBILL_STORE", str(tmp_path / "none.duckdb"))
    _store.open_early()
    with pytest.raises(StoreError, match="there is no store"):
        _store.snapshot()


def test_a_metric_is_asked_once_by_its_name(snapshot: str) -> None:
    rows = _store.answer(snapshot, "slo", as_of=AS_OF, queue=["infra"])
    assert rows["key"].to_list() == ["infra#1"]
    assert _store.answer(snapshot, "slo", as_of=AS_OF, queue=["infra"]) is rows
    assert _store.answer(snapshot, "slo", as_of=AS_OF, queue=["access"]).is_empty()
    assert len(_store.answer(snapshot, "slo.summary", as_of=AS_OF)) == 1


def test_two_functions_with_the_same_question_are_two_answers(snapshot: str) -> None:
    asked = {"as_of": AS_OF, "ticket_id": "test/infra#1"}
    assert _store.answer(snapshot, one_ticket, **asked).key == "infra#1"
    assert _store.answer(snapshot, "clock_trace", **asked)["key"][0] == "infra#1"


def test_what_has_no_name_of_its_own_is_refused(snapshot: str) -> None:
    def asked(con: duckdb.DuckDBPyConnection) -> None: ...

    with pytest.raises(ValueError, match="no name of its own"):
        _store.answer(snapshot, asked)
    with pytest.raises(ValueError, match="has no weekly"):
        _store.answer(snapshot, "clock_trace.weekly")


def test_a_figure_is_drawn_for_its_paper(snapshot: str) -> None:
    light, dark = (_store.figure(snapshot, "slo", is_dark, as_of=AS_OF) for is_dark in (False, True))
    assert light.layout.template != dark.layout.template
