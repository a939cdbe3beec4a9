"""Health: well, unwell, and no more than that for strangers."""

from pathlib import Path

import pytest

from tests.serving.conftest import ELSEWHERE, Ask


def test_health_answers_for_the_store(ask: Ask, store: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert ask("/healthz").json() == {"data_until": "2026-11-09T08:00:00Z"}
    monkeypatch.setenv("WATCHBILL_STORE", str(tmp_path / "absent"))
    answer = ask("/healthz")
    assert answer.status_code == 503 and "there is no store" in answer.json()["error"]


def test_strangers_learn_whether_it_is_well_and_nothing_else(
    ask: Ask, store: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert ask("/healthz", client=ELSEWHERE, host="watchbill.example").json() == {"is_well": True}
    monkeypatch.setenv("WATCHBILL_STORE", str(tmp_path / "absent"))
    answer = ask("/healthz", client=ELSEWHERE, has_sign_in=True)
    assert (answer.status_code, answer.json()) == (503, {"is_well": False})
