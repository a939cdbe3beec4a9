"""/metrics, read back by the parser of those whom it is for."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from ingest.store import writing
from metrics.monitoring import Gauge
from serving.open_metrics import exposition
from tests.conftest import OFFICE, TRIAGE_PROMISE
from tests.serving.conftest import Ask


def told(text: str) -> dict[str, dict[tuple[str, ...], float]]:
    """Values by the labels' values, by family."""
    return {
        family.name: {tuple(sample.labels.values()): sample.value for sample in family.samples}
        for family in text_string_to_metric_families(text)
    }


def test_an_independent_parser_reads_what_the_store_knows(ask: Ask, store: Path) -> None:
    answer = ask("/metrics")
    assert answer.headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert answer.text.endswith("# EOF\n")
    found = told(answer.text)
    assert found["watchbill_open_tickets"] == {("infra",): 3}
    assert found["watchbill_untriaged_past_deadline_tickets"] == {("Triage", "infra"): 1}
    assert found["watchbill_overdue_clocks"] == {("Triage", "infra"): 1}
    assert found["watchbill_slo_objective_ratio"] == {("Triage",): 0.9}
    assert found["watchbill_slo_compliance_ratio"] == {("Triage",): pytest.approx(2 / 3)}
    assert found["watchbill_source_last_run_success"] == {("test",): 1}
    assert found["watchbill_source_data_until_timestamp_seconds"] == {("test",): 1794211200}
    assert found["watchbill_source_data_age_seconds"][("test",)] > 0
    assert "watchbill_over_wip_limit_people" not in found, "nothing is configured: that is no zero"


def test_every_name_ends_in_its_unit(ask: Ask, store: Path) -> None:
    for family in text_string_to_metric_families(ask("/metrics").text):
        assert family.name.startswith("watchbill_") and family.name.endswith(family.unit)
        assert family.documentation or family.type == "info"


def test_people_over_their_limit_are_counted(
    ask: Ask, history: Any, store_of: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2):
        history.ticket(number, "2026-11-02 09:00", ("10:00", "owner", "+ana", "ana"),
                       ("10:00", "label", "+in progress", "ana"))  # fmt: skip
    stages = OFFICE.replace("[[priorities]]", '[stages.label]\n"in progress" = "active"\n[[priorities]]')
    person = '[[person]]\nname = "Ana"\naccounts = ["test/ana"]\n'
    path = store_of(history.records, f"{stages}{person}[[wip]]\nperson = 1\n", data_until="2026-11-09 08:00")
    monkeypatch.setenv("WATCHBILL_STORE", str(path))
    assert told(ask("/metrics").text)["watchbill_over_wip_limit_people"] == {(): 1}


def test_a_new_snapshot_is_told_at_once(
    ask: Ask, history: Any, store_of: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    history.ticket(1, "2026-11-02 09:00")
    store = store_of(history.records, data_until="2026-11-09 08:00")
    monkeypatch.setenv("WATCHBILL_STORE", str(store))
    assert told(ask("/metrics").text)["watchbill_open_tickets"] == {("infra",): 1}
    with writing(store) as con:
        con.execute("INSERT INTO gone SELECT ticket_id, opened_at, 'deleted' FROM ticket")
    assert "watchbill_open_tickets" not in told(ask("/metrics").text)


def test_a_store_without_any_history_says_so(
    ask: Ask, store_of: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WATCHBILL_STORE", str(store_of([], OFFICE + TRIAGE_PROMISE)))
    assert set(told(ask("/metrics").text)) == {"watchbill_build"}
    monkeypatch.setenv("WATCHBILL_STORE", str(tmp_path / "absent"))
    assert ask("/metrics").status_code == 503


def test_labels_of_any_text_are_read_back_as_they_were() -> None:
    odd = 'a "quoted"\\ one\nof two lines \u202e🎉'
    text = exposition([Gauge("watchbill_odd", "", f"What is {odd}?", (({"queue": odd}, 1.5),))])
    assert told(text)["watchbill_odd"] == {(odd,): 1.5}


def test_every_figure_is_in_the_readme(ask: Ask, store: Path) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    families = {family.name for family in text_string_to_metric_families(ask("/metrics").text)} - {"watchbill_build"}
    assert len(families) > 8 and not {name for name in families if f"`{name}`" not in readme}
