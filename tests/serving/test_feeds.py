"""The rota's feed by its address: read back by an independent parser, from the desk alone."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from ical.calendar_stream import IcsCalendarStream

from desk import rotas
from desk.store import desk_file
from planning.published import plan_json, problem_json
from rotation.plan import Plan
from rotation.problem import Problem
from serving.feeds import feed_path
from tests.serving.conftest import ELSEWHERE, Ask

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
TEAM, BO = "infra & more/night", "Bo Éa"
PROBLEM = Problem.model_validate(
    {
        "first_day": "2026-11-23",
        "weeks": 2,
        "people": [{"name": name, "roles": ["duty"]} for name in ("Ana", BO)],
        "roles": [{"name": "duty"}],
    }
)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A desk with no store beside it."""
    monkeypatch.setenv("WATCHBILL_STORE", str(tmp_path / "none.duckdb"))
    return desk_file(tmp_path / "none.duckdb")


def publish(desk: Path, *people: str, replaces: int = 0) -> None:
    plan = Plan.of(PROBLEM, {shift.id: (person,) for shift, person in zip(PROBLEM.shifts, people, strict=True)})
    problem, told = problem_json(PROBLEM), plan_json(plan)
    draft = rotas.add_draft(desk, team=TEAM, name="Next", problem=problem, plan=told, by="Ana", now=NOW)
    rotas.publish(desk, draft.id, draft.version, replaces=replaces, note="", by="Ana", now=NOW)


def titles(feed: str) -> list[str]:
    return sorted(event.summary for event in IcsCalendarStream.calendar_from_ics(feed).events)


def test_a_feed_is_the_rota_that_was_published(ask: Ask, desk: Path) -> None:
    publish(desk, "Ana", BO)
    answer = ask(feed_path(TEAM))
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert titles(answer.text) == ["duty: Ana", f"duty: {BO}"]
    assert titles(ask(feed_path(TEAM, BO)).text) == [f"duty: {BO}"]


def test_a_feed_that_is_known_is_told_again_only_after_the_next_rota(ask: Ask, desk: Path) -> None:
    publish(desk, "Ana", BO)
    known = {"If-None-Match": ask(feed_path(TEAM)).headers["etag"]}
    assert ask(feed_path(TEAM), headers=known).status_code == 304
    publish(desk, "Ana", "Ana", replaces=1)
    answer = ask(feed_path(TEAM), headers=known)
    assert answer.status_code == 200 and "duty: Ana" in titles(answer.text)


def test_an_early_subscriber_finds_an_empty_calendar_and_leaves_no_file(ask: Ask, desk: Path) -> None:
    assert titles(ask(feed_path(TEAM)).text) == [] and not desk.exists()


def test_a_name_that_the_store_does_not_know_is_answered_with_those_it_does(ask: Ask, store: Path) -> None:
    answer = ask("/feeds/infrared.ics")
    assert answer.status_code == 404 and answer.json()["error"] == "there is no team 'infrared'; there are infra"
    assert ask("/feeds/infra.ics").status_code == 200


def test_the_address_of_a_feed_carries_the_key_that_opens_it(
    ask: Ask, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert feed_path(TEAM, BO) == "/feeds/infra%20%26%20more%2Fnight.ics?person=Bo+%C3%89a"
    publish(desk, "Ana", BO)
    monkeypatch.setenv("WATCHBILL_TOKEN", "made-up-token-of-32-characters-ok")
    for path in (feed_path(TEAM), feed_path(TEAM, BO)):
        assert "made-up" not in path and "key=" in path
        assert ask(path, client=ELSEWHERE, host="watchbill.example", has_sign_in=True).status_code == 200
    mixed = feed_path(TEAM, BO).replace("Bo+%C3%89a", "Ana")
    assert ask(mixed, client=ELSEWHERE, has_sign_in=True).status_code == 403


def test_a_desk_that_cannot_be_read_is_said(ask: Ask, desk: Path) -> None:
    desk.write_text("no database")
    answer = ask(feed_path(TEAM))
    assert answer.status_code == 503 and "cannot be used now" in answer.json()["error"]
