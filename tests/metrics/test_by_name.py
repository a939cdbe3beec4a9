"""A metric asked by its name: every part of every metric answers, and what makes no sense is one sentence."""

from collections.abc import Callable
from typing import Any

import pytest

from metrics import by_name, catalogue
from metrics.weeks import Week
from tests.conftest import utc

AS_OF = utc("2026-11-09 08:00")


@pytest.fixture
def con(history: Any, open_store_of: Callable[..., Any]) -> Any:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "label", "+bug", "ana"))
    return open_store_of(history.records, data_until="2026-11-09 08:00")


def test_every_part_of_every_metric_takes_what_it_says_it_takes(con: Any) -> None:
    told = {
        "as_of": AS_OF, "since": utc("2026-11-01 00:00"), "until": AS_OF, "queue": ["infra"],
        "ticket_id": "test/infra#1", "policy": "Triage", "weeks": Week.containing(AS_OF, "UTC").through(2),
    }  # fmt: skip
    for metric in catalogue():
        for part in by_name.parts(metric):
            question = {name: told[name] for name in by_name.parameters(metric, part)}
            assert by_name.answer(con, metric, part, question, {}).columns, f"{metric.name}, {part}"


@pytest.mark.parametrize(
    ("name", "part", "question", "said"),
    [
        ("triage_latency", "rows", {"policy": "x"}, "its rows take no --policy; they take as_of, since, until, queue"),
        ("triage_latency", "weekly", {"since": "x"}, "its weekly take no since; they take as_of, queue, weeks"),
        ("slo", "summary", {"clocks": None}, "its summary take no clocks"),
        ("clock_trace", "summary", {}, "clock_trace has no summary; ask for its rows"),
        ("aging", "weekly", {}, "aging has no weekly; it has rows and summary"),
        ("clock_trace", "rows", {}, "about one ticket: say which with --ticket"),
    ],
)
def test_a_question_that_makes_no_sense_is_one_sentence(
    con: Any, name: str, part: Any, question: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=said.replace(".", r"\.")):
        by_name.answer(con, by_name.find(name), part, question, {"policy": "--policy", "ticket_id": "--ticket"})


def test_an_unknown_name_is_answered_with_those_there_are() -> None:
    with pytest.raises(by_name.UnknownMetric, match="there is no metric 'pulse'; there are ticket_state"):
        by_name.find("pulse")
