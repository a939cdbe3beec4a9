"""Who was on, who carried what, which rules were bent, without a browser."""

import html
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from desk import rotas
from desk.store import desk_file
from planning.published import plan_json, problem_json
from rotation.plan import Plan
from rotation.problem import Problem
from tests.conftest import built
from tests.rotas import HOSTILE_NAME, TEXT, UNTIL, records
from tests.views.conftest import written

Open = Callable[..., AppTest]
AT = datetime(2026, 11, 19, 9, tzinfo=UTC)
PROBLEM = Problem.model_validate(
    {
        "first_day": "2026-11-23",
        "weeks": 2,
        "people": [{"name": name, "roles": ["duty"]} for name in ("Ana", "Bo")],
        "roles": [{"name": "duty"}],
    }
)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("rotation") / "store.duckdb", records(), TEXT, UNTIL)


@pytest.fixture
def store(snapshot: Path, tmp_path: Path) -> Path:
    (tmp_path / "store.duckdb").symlink_to(snapshot.resolve())
    return tmp_path / "store.duckdb"


def test_the_calendar_tells_weeks_absences_and_what_is_planned(open_page: Open, store: Path) -> None:
    page = open_page(store, "rotation", weeks="6")
    assert not page.exception and page.title[0].value == "Who has carried what?"
    text = written(page)
    for told in ("2026-W42, 12 Oct", "2026-W47, 16 Nov · now", "2026-W50, 7 Dec · planned", "away", "Bo"):
        assert told in text, told
    assert page.query_params == {"team": "infra", "weeks": "6", "as_of": "2026-11-18T12:00Z"}


def test_everybody_stands_by_name_beside_their_share_and_the_limit(open_page: Open, store: Path) -> None:
    page = open_page(store, "rotation", weeks="6")
    people = next(frame.value for frame in page.dataframe if "share_of_duty" in frame.value)
    assert list(people["person"]) == [HOSTILE_NAME, "Ana", "Bo", "Cy"]
    assert list(people["is_over_limit"]) == [False, True, True, False]
    assert "duty: spread, duty-weeks" in written(page) and "2 people over the limit" in written(page)


def test_bent_rules_stand_with_their_dates_and_the_others_are_named(open_page: Open, store: Path) -> None:
    page = open_page(store, "rotation", weeks="6")
    assert "over the share limit: 2 times" in written(page) and "three weeks in a row" in written(page)
    breaches = next(frame.value for frame in page.dataframe if "detail" in frame.value)
    assert set(breaches["person"]) == {"Ana", "Bo"} and {"from_at", "until_at"} <= set(breaches)


def test_a_published_rota_counts_instead_of_what_calendars_had(open_page: Open, store: Path) -> None:
    plan = Plan.of(PROBLEM, {shift.id: ("Ana",) for shift in PROBLEM.shifts})
    told = {"problem": problem_json(PROBLEM), "plan": plan_json(plan)}
    draft = rotas.add_draft(desk_file(store), team="infra", name="One", by="Bo", now=AT, **told)
    rotas.publish(desk_file(store), draft.id, 1, replaces=0, note="", by="Bo", now=AT)
    text = written(open_page(store, "rotation"))
    row = text[text.index("2026-W49, 30 Nov") :]
    assert "Ana" in row[: row.index("</tr>")] and HOSTILE_NAME not in row[: row.index("</tr>")]
    assert "After the published plan" in text and "best reachable" in text


def test_who_alone_may_hold_a_role_is_said(open_page: Open, store_of: Callable[..., Path]) -> None:
    alone = TEXT.replace('accounts = ["test/bo"]\nroles = ["duty"]', 'accounts = ["test/bo"]')
    for login in ("cy", "dee"):
        alone = alone.replace(f'accounts = ["test/{login}"]\nroles = ["duty"]', f'accounts = ["test/{login}"]')
    page = open_page(store_of(records(), alone, UNTIL), "rotation")
    assert not page.exception and "The role duty hangs on" in written(page)


def test_names_are_shown_as_text(open_page: Open, store: Path) -> None:
    page = open_page(store, "rotation")
    assert not any("<b>Dee" in block.proto.body for block in page.get("html"))
    assert not any("<b>Dee" in chart.proto.spec for chart in page.get("plotly_chart"))


def test_it_leads_to_the_planner(open_page: Open, store: Path) -> None:
    page = open_page(store, "rotation")
    page.button(key="plan").click().run()
    assert not page.exception and page.title[0].value == "Who does next month?"


@pytest.mark.parametrize(("week", "queue"), [("12", "nowhere"), ("0", None), ("x", "infra")])
def test_a_bad_address_is_a_sentence(open_page: Open, store: Path, week: str, queue: str | None) -> None:
    page = open_page(store, "rotation", weeks=week, **({"queue": queue} if queue else {}))
    assert not page.exception and "is shared out" not in written(page)
    assert "Shown are" in written(page) or "shown are all of them" in written(page)


def test_without_shifts_or_data_it_says_what_to_do(
    open_page: Open, history: object, store_of: Callable[..., Path], tmp_path: Path
) -> None:
    told = [record for record in records() if type(record).__name__ not in {"Shift", "Absence"}]
    assert "No shift of a role that answers for infra" in written(open_page(store_of(told, TEXT, UNTIL), "rotation"))
    assert "watchbill import" in html.unescape(written(open_page(store_of([]), "rotation")))
    assert "make one with `watchbill demo`" in written(open_page(tmp_path / "absent.duckdb", "rotation"))
