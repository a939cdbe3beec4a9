"""Drafting, changing by hand, and publishing a rota, without a browser."""

import html
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.rotation.problems import made_up
from desk import rotas
from desk.store import desk_file
from planning.published import plan_of, problem_json
from rotation.check import check
from tests.conftest import built
from tests.rotas import HOSTILE_NAME, TEXT, UNTIL, records
from tests.views.conftest import written
from views import _plan_search

Open = Callable[..., AppTest]
AT = datetime(2026, 11, 19, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("planner") / "store.duckdb", records(), TEXT, UNTIL)


@pytest.fixture
def store(snapshot: Path, tmp_path: Path) -> Path:
    """The same store for every test, with a desk of its own beside it."""
    (tmp_path / "store.duckdb").symlink_to(snapshot.resolve())
    return tmp_path / "store.duckdb"


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search is waited for, however busy the machine."""
    monkeypatch.setattr(_plan_search, "QUICK", 60.0)


def seats(page: AppTest) -> list[str]:
    """Who holds what, week by week, without the signs of Markdown."""
    found = [button for button in page.button if button.key and button.key.startswith("seat-")]
    return [button.label.replace("\\", "") for button in found]


def drafted(page: AppTest, key: str = "least-change") -> AppTest:
    page.button(key=key).click().run()
    assert not page.exception
    return page


def published(page: AppTest, note: str = "") -> AppTest:
    page.text_input(key="writer").input("Ana")
    page.text_area(key="publish-note").input(note)
    page.button(key="publish").click().run()
    assert not page.exception
    return page


def test_what_stands_is_what_calendars_announce(open_page: Open, store: Path) -> None:
    page = open_page(store, "planner")
    assert not page.exception and page.title[0].value == "Who does next month?"
    assert seats(page) == ["Cy", HOSTILE_NAME, "Ana", *["Vacant"] * 5]
    text = written(page)
    for told in ("Not a draft", "Vacant", "could take it", "Away: Bo", "best reachable", "Bent"):
        assert told in text, told
    assert page.query_params == {"team": "infra", "as_of": "2026-11-18T12:00Z"}
    assert not desk_file(store).exists(), "who only looks writes nothing"


@pytest.mark.parametrize("key", ["least-change", "rebalance"])
def test_a_search_fills_every_week_and_its_address_alone_shows_it(open_page: Open, store: Path, key: str) -> None:
    page = drafted(open_page(store, "planner"), key)
    assert "Vacant" not in seats(page) and page.query_params["draft"] == "1"
    if key == "least-change":
        assert seats(page)[:3] == ["Cy", HOSTILE_NAME, "Ana"]
    assert "Proven: no plan of these inputs is better" in written(page)
    again = open_page(store, "planner", draft="1")
    assert seats(again) == seats(page) and not again.exception
    [draft] = rotas.drafts(desk_file(store), "infra")
    assert check(plan_of(draft.problem, draft.plan)).is_lawful


def test_two_weeks_are_swapped_and_published(open_page: Open, store: Path) -> None:
    page = open_page(store, "planner")
    page.button(key="seat-duty/2026-11-23-0").click().run()
    assert "Swap with Ana: Cy takes duty of Mon 7 Dec in return." in written(page)
    assert "spread of balances" in written(page)
    next(button for button in page.button if "Swap with Ana" in (button.help or "")).click().run()
    assert not page.exception and seats(page)[:3] == ["Ana", HOSTILE_NAME, "Cy"]
    assert "Changes against what is published: 2" in [heading.value for heading in page.subheader]
    published(page, "Cy is at a wedding")
    assert "Rota 1 is published and in force" in written(page) and "draft" not in page.query_params
    rota = rotas.in_force(desk_file(store), "infra")
    assert rota and (rota.note, rota.published_by) == ("Cy is at a wedding", "Ana")
    assert plan_of(rota.problem, rota.plan).holders["duty/2026-11-23"] == ("Ana",)
    assert "/feeds/infra.ics" in page.code[0].value


def test_somebody_new_joins_the_team_of_a_draft(open_page: Open, store: Path) -> None:
    page = open_page(store, "planner")
    choose = page.selectbox(key="team-4")
    choose.select_index(choose.options.index("Somebody new")).run()
    add = next(button for button in page.button if button.label == "Add")
    add.click().run()
    assert "Write a name first" in page.warning[0].value
    page.text_input(key="new-person").input(" Dee ")
    page.multiselect[0].select("duty")
    next(button for button in page.button if button.label == "Add").click().run()
    assert not page.exception and "Dee is in the team of this draft." in written(page)
    assert "Team: 5 people" in [box.label for box in page.expander]
    [draft] = rotas.drafts(desk_file(store), "infra")
    dee = plan_of(draft.problem, draft.plan).problem.person_by_name["Dee"]
    assert (dee.roles, dee.joined) == (("duty",), plan_of(draft.problem, draft.plan).problem.first_day)


def test_a_name_that_somebody_has_is_refused(open_page: Open, store: Path) -> None:
    page = open_page(store, "planner")
    page.selectbox(key="team-4").select_index(4).run()
    page.text_input(key="new-person").input("Ana")
    next(button for button in page.button if button.label == "Add").click().run()
    assert "That was not done: there are two people named 'Ana'" in written(page)
    assert rotas.drafts(desk_file(store), "infra") == []


def test_what_was_published_is_what_the_next_draft_is_held_against(open_page: Open, store: Path) -> None:
    published(drafted(open_page(store, "planner")))
    page = open_page(store, "planner")
    stood = seats(page)
    assert "Vacant" not in stood and "In force: rota 1" in written(page)
    assert seats(drafted(page)) == stood, "nothing has to change"


def test_a_lock_stays_where_it_is_and_can_be_taken_off(open_page: Open, store: Path) -> None:
    page = open_page(store, "planner", cell="duty/2026-12-07", who="Ana")
    page.button(key="lock").click().run()
    assert "Locks: 1" in [box.label for box in page.expander] and "cell" not in page.query_params
    assert seats(drafted(page, "rebalance"))[2] == "Ana"
    page.button(key="lock-0").click().run()
    assert "Locks: 0" in [box.label for box in page.expander]


def test_why_not_somebody_else(open_page: Open, store: Path) -> None:
    page = open_page(store, "planner", cell="duty/2026-12-07", who="Ana")
    names = page.selectbox(key="why-not").options
    page.selectbox(key="why-not").select_index(names.index("Bo")).run()
    assert "Bo is away for all of duty of Mon 7 Dec" in written(page)
    page.selectbox(key="why-not").select_index(names.index("Cy")).run()
    assert "The best plan with Cy" in written(page)
    page.button(key="instead").click().run()
    assert not page.exception and seats(page)[2] == "Cy"


def test_absences_wishes_and_people_are_edited(open_page: Open, store: Path) -> None:
    page = open_page(store, "planner")
    page.selectbox(key="away-person").select("Cy")
    page.date_input(key="away-from").set_value(date(2026, 11, 23))
    page.date_input(key="away-until").set_value(date(2026, 11, 30))
    next(button for button in page.button if button.label == "Add the absence").click().run()
    assert not page.exception and "Away: Cy" in written(page)
    assert "▲ Broken Nobody is on duty while away" in re.sub("<.*?>", "", written(page))
    assert seats(drafted(page))[0] != "Cy"
    page.selectbox(key="wish-person").select("Ana")
    next(button for button in page.button if button.label == "Add the wish").click().run()
    assert "Wishes: 1" in [box.label for box in page.expander]


def test_what_makes_no_sense_is_refused_in_a_sentence(open_page: Open, store: Path) -> None:
    page = open_page(store, "planner")
    page.selectbox(key="away-person").select("Cy")
    page.date_input(key="away-until").set_value(date(2026, 11, 1))
    next(button for button in page.button if button.label == "Add the absence").click().run()
    assert "That was not done: the absence of Cy" in written(page) and "draft" not in page.query_params


def test_when_nobody_can_hold_a_week_it_says_who_and_why(open_page: Open, store: Path) -> None:
    page = open_page(store, "planner")
    for name in ("Ana", "Cy", HOSTILE_NAME):
        page.selectbox(key="away-person").select(name)
        page.date_input(key="away-from").set_value(date(2026, 12, 7))
        page.date_input(key="away-until").set_value(date(2026, 12, 14))
        next(button for button in page.button if button.label == "Add the absence").click().run()
    drafted(page)
    assert seats(page)[2] == "Vacant"
    text = written(page)
    assert "Ana is away for all of duty of Mon 7 Dec" in text
    assert "These cannot all be kept" in text and "somebody holds duty of Mon 7 Dec" in text


def test_who_was_overtaken_publishes_nothing(open_page: Open, store: Path) -> None:
    page = drafted(open_page(store, "planner"))
    desk = desk_file(store)
    [draft] = rotas.drafts(desk, "infra")
    rotas.publish(desk, draft.id, draft.version, replaces=0, note="", by="Bo", now=AT)
    published(page)
    assert "Bo has published another rota" in written(page)
    assert len(rotas.published(desk, "infra")) == 1


def test_nobody_publishes_without_a_name(open_page: Open, store: Path) -> None:
    page = drafted(open_page(store, "planner"))
    page.button(key="publish").click().run()
    assert "Say who you are" in written(page) and rotas.in_force(desk_file(store), "infra") is None


def test_a_search_is_watched_and_stopped_and_keeps_the_best(
    open_page: Open, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_plan_search, "QUICK", 0.0)
    problem, desk = made_up(20, 26, 4, seed=1), desk_file(store)
    draft = rotas.add_draft(desk, team="infra", name="Large", problem=problem_json(problem), by="Ana", now=AT)
    page = drafted(open_page(store, "planner", draft=str(draft.id)), "rebalance")
    assert "Searching (rebalance)" in written(page)
    assert "publish" not in {button.key for button in page.button}, "nothing is published while it is being sought"
    [search] = _plan_search._searches().values()
    page.button(key="stop").click().run()
    assert search.is_done(60)
    page.run()
    assert not page.exception and "Rebalance: this is the plan found." in written(page)
    kept = rotas.draft(desk, draft.id)
    assert kept and check(plan_of(kept.problem, kept.plan)).is_lawful


def test_two_drafts_stand_side_by_side(open_page: Open, store: Path) -> None:
    drafted(open_page(store, "planner"))
    drafted(open_page(store, "planner"), "rebalance")
    page = open_page(store, "planner", draft="2", compare="1")
    assert not page.exception
    assert "Draft 2 and Draft 1, side by side" in [heading.value for heading in page.subheader]
    assert "What it costs" in written(page)


def test_a_draft_is_renamed_and_thrown_away(open_page: Open, store: Path) -> None:
    page = drafted(open_page(store, "planner"))
    page.text_input(key="draft-name").input("For Anna's [party](x)").run()
    assert not page.exception
    assert "For Anna's [party](x)" in page.subheader[0].value.replace("\\", "")
    page.button(key="drop").click().run()
    assert "draft" not in page.query_params and not rotas.drafts(desk_file(store), "infra")


def test_other_weeks_are_another_draft(open_page: Open, store: Path) -> None:
    page = open_page(store, "planner")
    page.number_input(key="weeks-number").set_value(4)
    next(button for button in page.button if button.label == "New draft of these weeks").click().run()
    assert not page.exception and len(seats(page)) == 4 and page.query_params["draft"] == "1"


def test_a_reader_changes_nothing(open_page: Open, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("views._plan_board.may_publish", lambda: False)
    page = open_page(store, "planner", cell="duty/2026-12-07", who="Ana")
    assert not page.exception and "planners of your team change and publish" in written(page)
    assert not {"lock", "choice-0", "least-change", "publish"} & {button.key for button in page.button}


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"draft": "99"}, "There is no draft “99” for infra any more"),
        ({"draft": "<b>x</b>"}, "There is no draft “<b>x</b>”"),
        ({"cell": "duty/2020-01-01"}, "This plan has no shift “duty/2020-01-01”"),
        ({"compare": "77"}, "Not a draft"),
        ({"team": "elsewhere"}, "There is no team “elsewhere”"),
    ],
)
def test_a_bad_address_is_a_sentence(open_page: Open, store: Path, parameters: dict[str, str], sentence: str) -> None:
    page = open_page(store, "planner", **parameters)
    assert not page.exception and sentence in written(page) and len(seats(page)) == 8


def test_names_are_shown_as_text(open_page: Open, store: Path) -> None:
    page = open_page(store, "planner", cell="duty/2026-11-30", who=HOSTILE_NAME)
    assert not page.exception
    assert not any("<b>Dee" in block.proto.body for block in page.get("html"))
    assert not any("<b>Dee" in chart.proto.spec for chart in page.get("plotly_chart"))


def test_without_roles_people_or_data_it_says_what_to_do(
    open_page: Open, store_of: Callable[..., Path], tmp_path: Path
) -> None:
    bare = TEXT.split("[[person]]")[0]
    told = written(open_page(store_of(records(), bare, UNTIL), "planner"))
    assert "no role answers for the queues of infra" in told and "[[role]]" in told
    nobody = bare + '[[role]]\nname = "duty"\nqueues = ["infra"]\n'
    assert "nobody may hold duty" in written(open_page(store_of(records(), nobody, UNTIL), "planner"))
    assert "watchbill import" in html.unescape(written(open_page(store_of([]), "planner")))
    assert "make one with `watchbill demo`" in written(open_page(tmp_path / "absent.duckdb", "planner"))
