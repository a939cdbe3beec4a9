"""What a person does to a plan, what it does to people and rules, and whose rota it is."""

from collections.abc import Callable

import duckdb
import pytest

from planning import by_hand
from planning.consequences import consequences, in_words, shift_name, spoken
from planning.outlook import coming
from planning.whose import shared_rota
from rotation.check import check
from rotation.plan import Costs, Plan
from rotation.problem import Problem
from rotation.suggestions import Exchange
from tests.conftest import History, utc
from tests.rotas import TEXT, UNTIL, records

PROBLEM = Problem.model_validate(
    {
        "first_day": "2026-11-23",
        "weeks": 4,
        "people": [{"name": name, "roles": ["duty"]} for name in ("Ana", "Bo", "Cy")],
        "roles": [{"name": "duty"}],
        "published": [
            {"person": person, "shift": f"duty/{day}"}
            for person, day in (("Ana", "2026-11-23"), ("Bo", "2026-11-30"), ("Cy", "2026-12-07"))
        ],
        "frozen_until": "2026-12-07T00:00:00Z",
    }
)
ONE, TWO, THREE, FOUR = (shift.id for shift in PROBLEM.shifts)
SWAP = [Exchange(ONE, "Ana", "Bo"), Exchange(TWO, "Bo", "Ana")]


def test_what_stands_is_what_was_published() -> None:
    assert by_hand.standing(PROBLEM).holders == {ONE: ("Ana",), TWO: ("Bo",), THREE: ("Cy",), FOUR: ()}


def test_a_swap_locks_those_who_came_even_in_a_frozen_week() -> None:
    plan = by_hand.exchanged(by_hand.standing(PROBLEM), SWAP)
    assert (plan.holders[ONE], plan.holders[TWO]) == (("Bo",), ("Ana",))
    assert by_hand.is_locked(plan.problem, ONE, "Bo") and check(plan).is_lawful
    back = by_hand.exchanged(plan, [Exchange(ONE, "Bo", "Ana"), Exchange(TWO, "Ana", "Bo")])
    assert back.holders == by_hand.standing(PROBLEM).holders and len(back.problem.pins) == 2


def test_a_person_may_ask_about_a_frozen_week_and_about_their_own_lock() -> None:
    plan = by_hand.exchanged(by_hand.standing(PROBLEM), SWAP)
    found = by_hand.explainer(plan, ONE).who_else(ONE, "Bo")
    assert {suggestion.comes for suggestion in found} == {"Ana", "Cy"}
    assert not by_hand.explainer(plan, THREE).who_else(ONE, "Bo"), "another's lock binds"


def test_locks_come_and_go() -> None:
    plan = by_hand.standing(PROBLEM)
    locked = by_hand.locked(plan, THREE, "Cy")
    assert by_hand.is_locked(locked.problem, THREE, "Cy") and by_hand.locked(locked, THREE, "Cy") == locked
    assert by_hand.unlocked(locked, THREE, "Cy") == plan
    assert len(by_hand.all_locked(plan).problem.pins) == 3


def test_a_volunteer_may_take_the_third_week() -> None:
    plan = Plan.of(PROBLEM.changed(published=(), frozen_until=None), {ONE: ("Ana",), TWO: ("Ana",), THREE: ("Cy",)})
    exchange = [Exchange(THREE, "Cy", "Ana")]
    assert not check(Plan.of(plan.problem, {**plan.holders, THREE: ("Ana",)})).is_lawful
    assert check(by_hand.exchanged(plan, exchange, is_volunteer=True)).is_lawful


def test_a_changed_problem_keeps_whoever_it_still_has() -> None:
    fewer = PROBLEM.changed(people=PROBLEM.people[:2], weeks=3, published=())
    assert by_hand.moved_to(by_hand.standing(PROBLEM), fewer).holders == {ONE: ("Ana",), TWO: ("Bo",), THREE: ()}


def test_people_and_roles_are_changed_and_nonsense_is_refused() -> None:
    assert by_hand.with_person(PROBLEM, "Bo", share=0.5).person_by_name["Bo"].share == 0.5
    assert by_hand.with_role(PROBLEM, "duty", rest_days=7).role_by_name["duty"].rest_days == 7
    with pytest.raises(ValueError, match="less than or equal to 1") as refused:
        by_hand.with_person(PROBLEM, "Bo", share=7)
    assert by_hand.complaint(refused.value) == "Input should be less than or equal to 1"


def test_somebody_new_comes_without_a_past_and_not_under_a_name_that_is_taken() -> None:
    wider = by_hand.with_somebody_new(PROBLEM, "Dee", roles=("duty",), joined=PROBLEM.first_day)
    dee = wider.person_by_name["Dee"]
    assert (dee.zone, dee.roles, dee.share) == (PROBLEM.zone, ("duty",), 1.0)
    assert by_hand.moved_to(by_hand.standing(PROBLEM), wider).holders == by_hand.standing(PROBLEM).holders
    with pytest.raises(ValueError, match="two people named 'Bo'"):
        by_hand.with_somebody_new(PROBLEM, "Bo")


def test_consequences_are_told_by_name_and_in_sentences() -> None:
    told = consequences(by_hand.exchanged(by_hand.standing(PROBLEM), SWAP))
    assert [share.person for share in told.shares] == ["Ana", "Bo", "Cy"]
    assert told.spread_before == 0 and told.spread_published == told.verdict.spread
    assert told.changes[0] == "Ana was published for duty of Mon 23 Nov; now it is Bo."
    assert [(rule.name, rule.bent) for rule in told.rules if not rule.is_kept] == [
        ("covered", ("Nobody holds duty of Mon 14 Dec.",))
    ]
    assert in_words(told.costs).startswith("1 empty seat, ") and in_words(Costs()) == "nothing"


def test_what_is_broken_makes_a_plan_unlawful() -> None:
    away = PROBLEM.changed(absences=[{"person": "Ana", "since": "2026-11-20", "until": "2026-12-01"}])
    [rule] = [rule for rule in consequences(by_hand.standing(away)).rules if rule.broken]
    assert rule.name == "present" and rule.is_hard
    assert rule.broken == ("Ana is away for all of duty of Mon 23 Nov.",)


def test_only_shifts_are_spoken_of_differently() -> None:
    assert spoken(PROBLEM, f"({ONE}), xduty/2026-11-23, duty/1999-01-01") == (
        "(duty of Mon 23 Nov), xduty/2026-11-23, duty/1999-01-01"
    )
    assert shift_name(PROBLEM, FOUR) == "duty of Mon 14 Dec"


def test_teams_that_one_role_answers_for_share_a_rota(
    history: History, open_store_of: Callable[..., duckdb.DuckDBPyConnection]
) -> None:
    more = '[[team]]\nname = "access"\ncalendar = "office"\nqueues = ["access"]\n\n[[team]]\nname = "desk"\n'
    more += 'calendar = "office"\nqueues = ["desk"]\n'
    text = (TEXT + more).replace('queues = ["infra"]\nshare_limit', 'queues = ["infra", "access"]\nshare_limit')
    history.ticket(99, "2026-11-09 09:00", queue="access")
    con = open_store_of([*records(), *history.records], text, UNTIL)
    shared = [shared_rota(con, team=team, as_of=utc(UNTIL)) for team in ("infra", "access", "desk")]
    assert shared[2] is None and shared[0] == shared[1]
    assert shared[0] and (shared[0].name, shared[0].roles) == ("infra", ("duty",))


def test_what_is_coming_is_asked_for_the_roles_of_a_plan(
    open_store_of: Callable[..., duckdb.DuckDBPyConnection],
) -> None:
    con = open_store_of(records(), TEXT, UNTIL)
    asked = {"as_of": utc(UNTIL), "zone": "UTC", "first_day": PROBLEM.first_day, "weeks": 4}
    [look] = coming(con, roles=("duty",), **asked)  # type: ignore[arg-type]
    assert look.queues == ("infra",) and len(look.found.weeks) == 4  # type: ignore[union-attr]
    assert coming(con, roles=("else",), **asked) == []  # type: ignore[arg-type]
