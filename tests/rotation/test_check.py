"""What plans cost: loads, shares and balances worked out by hand, and laws that hold for any plan."""

import random
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rotation.balance import penalty
from rotation.check import Judge, check
from rotation.plan import Plan
from rotation.problem import Problem
from tests.rotation.problems import monday, team, tiny, week


def balances(problem: Problem, *holders: str) -> dict[str, float]:
    shifts = [shift.id for shift in problem.shifts]
    return Judge(problem).verdict({s: (p,) for s, p in zip(shifts, holders, strict=True) if p}).balances


def opening(problem: Problem) -> dict[str, float]:
    return balances(problem, *[""] * len(problem.shifts))


def held(person: str, number: int, role: str = "duty", **more: Any) -> dict[str, Any]:
    return {"person": person, "role": role, "since": monday(number), "until": monday(number + 1), **more}


def test_everybody_owes_an_equal_part_of_what_is_covered() -> None:
    assert balances(team("Ana", "Bo", weeks=3), "Ana", "Bo", "Ana") == {"Ana": 0.5, "Bo": -0.5}


def test_what_nobody_covers_nobody_owes() -> None:
    assert balances(team("Ana", "Bo", weeks=3), "Ana", "Bo", "") == {"Ana": 0, "Bo": 0}


def test_a_part_timer_owes_their_share() -> None:
    people = [{"name": "Ana", "roles": ["duty"]}, {"name": "Bo", "roles": ["duty"], "share": 0.5}]
    found = balances(team(people=people, weeks=3), "Ana", "Bo", "Ana")
    assert found == {"Ana": -0.001, "Bo": 0.001}, "two thirds and one third of each week, in thousandths"


def test_whoever_is_away_owes_nothing_of_that_time() -> None:
    """Away for all of one week and half of another; the rest is shared."""
    absences = [{"person": "Bo", "since": "2026-11-12T12:00Z", "until": monday(3)}]
    problem = team("Ana", "Bo", weeks=3, absences=absences)
    assert balances(problem, "Bo", "Ana", "Ana") == {"Ana": 2 - 0.5 - 0.75 - 1, "Bo": 1 - 0.5 - 0.25}


def test_an_absence_may_owe_a_part_back() -> None:
    absences = [{"person": "Bo", "since": monday(0), "until": monday(1)}]
    problem = team("Ana", "Bo", weeks=1, absences=absences, absence_owed=0.5)
    assert balances(problem, "Ana") == {"Ana": 0.333, "Bo": -0.333}


def test_members_owe_from_the_day_they_join_to_the_day_they_leave() -> None:
    people = [
        {"name": "Ana", "roles": ["duty"]},
        {"name": "Bo", "roles": ["duty"], "joined": monday(1)},
        {"name": "Cy", "roles": ["duty"], "left": monday(1)},
    ]
    assert balances(team(people=people, weeks=2), "Ana", "Bo") == {"Ana": 0, "Bo": 0.5, "Cy": -0.5}


def test_burden_multiplier_and_holidays_make_the_load() -> None:
    people = [{"name": "Ana", "roles": ["duty"], "holidays": ["2026-11-04"]}, {"name": "Bo"}]
    loads = [{"shift": week(1), "multiplier": 1.5}]
    problem = team(people=people, weeks=2, roles=[{"name": "duty", "burden": 0.6}], expected_loads=loads)
    judge = Judge(problem)
    first, second = problem.shifts
    assert judge.load("Bo", first) == 600 and judge.load("Bo", second) == 900
    assert judge.load("Ana", first) == 643, "a seventh of the week counts one and a half times"


def test_the_only_one_who_may_hold_a_role_owes_all_of_it() -> None:
    people = [{"name": "Ana", "roles": ["duty"]}, {"name": "Bo"}]
    assert balances(team(people=people, weeks=2), "Ana", "Ana") == {"Ana": 0, "Bo": 0}


def test_a_shadow_carries_the_weight_that_its_role_says() -> None:
    people = [{"name": "Ana", "roles": ["duty"]}, {"name": "Bo", "trains_for": ["duty"]}]
    pins = [{"person": "Bo", "shift": week(0), "is_shadow": True}]
    problem = team(people=people, weeks=1, roles=[{"name": "duty", "shadow_weight": 0.3}], pins=pins)
    assert balances(problem, "") == {"Ana": 0, "Bo": 0.3}
    verdict = Judge(problem).verdict({})
    assert verdict.costs.uncovered == 1 and verdict.is_lawful
    assert Plan.of(problem, {}).shifts[0].shadows == ("Bo",)


def test_history_opens_the_balances() -> None:
    history = [held("Ana", -1), held("Ana", -2), held("Bo", -3), held("Ana", -30)]
    problem = team("Ana", "Bo", weeks=1, history=history)
    assert opening(problem) == {"Ana": 0.5, "Bo": -0.5}, "what lies before the window does not count"
    assert opening(problem.changed(past={"window_weeks": 52})) == {"Ana": 1, "Bo": -1}


@pytest.mark.parametrize(("first", "weeks_ago", "counts"), [
    ("2026-11-02", 26, True), ("2026-11-02", 27, False),  # the clock went back meanwhile
    ("2026-04-06", 26, True), ("2026-04-06", 27, False),  # ... and forward
])  # fmt: skip
def test_the_window_is_weeks_on_the_wall(first: str, weeks_ago: int, counts: bool) -> None:
    day = date.fromisoformat(first) - timedelta(weeks=weeks_ago)
    history = [{"person": "Ana", "role": "duty", "since": day, "until": day + timedelta(weeks=1)}]
    problem = team("Ana", "Bo", weeks=1, zone="Europe/Berlin", first_day=first, history=history)
    assert opening(problem) == ({"Ana": 0.5, "Bo": -0.5} if counts else {"Ana": 0, "Bo": 0})
    faded = opening(problem.changed(past={"window_weeks": 52, "half_life_weeks": weeks_ago}))
    assert faded == {"Ana": 0.25, "Bo": -0.25}, "an hour more or less makes nothing older"


def test_old_shifts_may_fade() -> None:
    problem = team("Ana", "Bo", weeks=1, history=[held("Ana", -8)], past={"half_life_weeks": 8})
    assert opening(problem) == {"Ana": 0.25, "Bo": -0.25}


def test_old_debts_are_capped() -> None:
    history = [held("Ana", -n) for n in range(1, 12, 2)]
    assert opening(team("Ana", "Bo", weeks=1, history=history)) == {"Ana": 2, "Bo": -2}
    people = [{"name": "Ana", "opening_balance": -9.5}, {"name": "Bo", "opening_balance": 0.125}]
    assert opening(team(people=people, weeks=1)) == {"Ana": -2, "Bo": 0.125}


def test_a_busy_shift_counts_for_more_and_a_quiet_one_in_full() -> None:
    """Thirty interruptions against a mean of fifteen, mixed with one ordinary shift: one and a half."""
    history = [held("Ana", -1, measured=30), held("Bo", -2, measured=0)]
    assert opening(team("Ana", "Bo", weeks=1, history=history)) == {"Ana": 0.25, "Bo": -0.25}


def test_what_a_leaver_took_along_is_nobodys_debt() -> None:
    people = [{"name": name, "roles": ["duty"]} for name in ("Ana", "Bo")]
    gone = {"name": "Cy", "roles": ["duty"], "left": monday(-1)}
    history = [held("Cy", -2), held("Cy", -3), held("Cy", -4)]
    assert opening(team(people=[*people, gone], weeks=1, history=history)) == {"Ana": 0, "Bo": 0}


def test_a_newcomer_begins_at_nought() -> None:
    people = [{"name": "Ana", "roles": ["duty"]}, {"name": "Bo", "roles": ["duty"]}]
    new = {"name": "Cy", "roles": ["duty"], "joined": monday(0)}
    history = [held("Ana", -1), held("Ana", -2), held("Bo", -3)]
    assert opening(team(people=[*people, new], weeks=1, history=history)) == {"Ana": 0.5, "Bo": -0.5, "Cy": 0}


def test_a_penalty_is_the_square_in_fifths_and_straight_beyond_two_weeks() -> None:
    told = {0: 0, 99: 0, 100: 1, -100: 0, -101: 1, 600: 9, -2000: 100, 2200: 125, 3000: 225}
    assert {balance: penalty(balance) for balance in told} == told


@given(st.integers(-8000, 8000))
def test_large_balances_cost_more_than_in_proportion(balance: int) -> None:
    assert penalty(balance + 200) - 2 * penalty(balance) + penalty(balance - 200) >= 0


@given(st.integers(0, 10**6))
def test_balances_sum_to_nought_where_everybody_is_here_throughout(seed: int) -> None:
    """But for the rounding of each share and for public holidays, which weigh on whoever works on them."""
    problem = tiny(seed).changed(holiday_weight=1, pins=[])
    people = [person.model_copy(update={"joined": None, "left": None}) for person in problem.people]
    problem = problem.changed(people=people)
    chance = random.Random(seed)
    judge = Judge(problem)
    able = {s.id: [p.name for p in problem.people if judge.ground.may_hold(p.name, s)] for s in problem.shifts}
    bare, full = judge.verdict({}), judge.verdict({s: (chance.choice(names),) for s, names in able.items() if names})
    assert sum(full.balances.values()) == pytest.approx(sum(bare.balances.values()), abs=0.002 * len(problem.shifts))


def test_a_plan_is_judged_by_itself_and_not_by_what_it_says() -> None:
    problem = team("Ana", "Bo", weeks=2)
    plan = Plan.of(problem, {week(0): ("Ana",)}, outcome="optimal", costs={"uncovered": 0})
    verdict = check(Plan.model_validate_json(plan.model_dump_json()))
    assert verdict.costs.uncovered == 1
    assert verdict.spread == 1.0


def test_the_mode_orders_the_levels() -> None:
    costs = Judge(team("Ana", weeks=1)).verdict({}).costs.model_copy(update={"unfairness": 5, "changes": 7})
    assert costs.in_order("rebalance") == (1, 0, 0, 5, 0, 7)
    assert costs.in_order("minimal change") == (1, 0, 0, 7, 5, 0)
