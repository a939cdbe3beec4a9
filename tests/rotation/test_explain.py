"""Why this person, why not another: held against every plan there is, on problems with any rule in them."""

import random
from typing import Any

import pytest

from rotation.check import Judge, check
from rotation.explain import Explainer, Forbidden, Instead, best_fairness, in_words
from rotation.outcome import Limits
from rotation.plan import Holders, levels
from rotation.problem import Mode, Problem
from rotation.solve import solve
from tests.rotation.exhaustive import least_costs, least_costs_with
from tests.rotation.problems import NAMES, crowd, monday, team, tiny, week

MODES: tuple[Mode, ...] = ("rebalance", "minimal change")


def explained(problem: Problem, holders: Holders | None = None, mode: Mode = "rebalance") -> Explainer:
    """About a plan, or else about the best one."""
    return Explainer(problem, holders if holders is not None else solve(problem, mode=mode).plan.holders, mode)


def in_turn(*people: str) -> dict[str, tuple[str, ...]]:
    return {week(n): (who,) for n, who in enumerate(people)}


def away(person: str, number: int) -> dict[str, Any]:
    return {"person": person, "since": monday(number), "until": monday(number + 1)}


# --- Why not somebody else --------------------------------------------------------------------------


def asked(problem: Problem, holders: Holders, chance: random.Random) -> tuple[str, str, str | None]:
    """A shift, somebody who is not on it, and sometimes whoever is to make room."""
    shift = chance.choice(problem.shifts).id
    others = [person.name for person in problem.people if person.name not in holders[shift]]
    leaves = chance.choice(holders[shift]) if holders[shift] and chance.random() < 0.5 else None
    return shift, chance.choice(others or [problem.people[0].name]), leaves


@pytest.mark.parametrize("first", range(0, 200, 50))
@pytest.mark.parametrize("mode", MODES)
def test_the_difference_told_is_the_true_one(mode: Mode, first: int) -> None:
    """Every plan with that person on the shift is tried; what is told as forbidden no plan has."""
    for seed in range(first, first + 50):
        problem = tiny(seed)
        holders = solve(problem, mode=mode).plan.holders
        shift, person, leaves = asked(problem, holders, random.Random(seed))
        told = Explainer(problem, holders, mode).why_not(shift, person, leaves)
        true = least_costs_with(problem, mode, shift, person, leaves)
        if person in holders[shift]:
            assert told == Forbidden(person, (f"{person} holds {shift} already.",))
        elif isinstance(told, Forbidden):
            assert true is None and told.sentences, f"problem {seed}: {told}"
        else:
            assert told.is_proven and told.verdict.costs.in_order(mode) == true, f"problem {seed}"
            assert_hangs_together(problem, holders, told, shift)


def assert_hangs_together(problem: Problem, holders: Holders, told: Instead, shift: str) -> None:
    before, after = Judge(problem).verdict(holders).costs, check(told.plan)
    assert after.is_lawful and after == told.verdict and told.person in told.plan.holders[shift]
    more = {level: getattr(after.costs, level) - getattr(before, level) for level in levels("rebalance")}
    assert told.difference == {level: cost for level, cost in more.items() if cost}
    assert told.is_as_good is (before == after.costs)


def test_what_forbids_it_is_said_in_a_sentence_for_each_rule() -> None:
    people = [{"name": "Ana", "roles": ["duty"]}, {"name": "Bo", "roles": ["duty"]}, {"name": "Cy"}]
    problem = team(people=people, weeks=3, absences=[away("Bo", 1), {**away("Cy", 1)}])
    explain = explained(problem, in_turn("Bo", "Ana", "Bo"))
    assert explain.why_not(week(1), "Bo") == Forbidden("Bo", (f"Bo is away for all of {week(1)}.",))
    assert explain.why_not(week(1), "Cy") == Forbidden(
        "Cy", ("Cy is not among those who may hold duty.", f"Cy is away for all of {week(1)}.")
    )


def test_what_the_plan_could_change_forbids_nothing() -> None:
    """Bo holds the weeks on either side, and would have three; others can take those."""
    problem = team("Ana", "Bo", "Cy", weeks=5)
    told = explained(problem, in_turn("Cy", "Bo", "Ana", "Bo", "Cy")).why_not(week(2), "Bo")
    assert isinstance(told, Instead) and told.plan.holders[week(2)] == ("Bo",)
    assert told.verdict.is_lawful and told.is_proven


def test_what_is_fixed_on_either_side_does_forbid_it() -> None:
    pins = [{"person": "Bo", "shift": week(n)} for n in (1, 3)]
    explain = explained(team("Ana", "Bo", "Cy", weeks=5, pins=pins), in_turn("Cy", "Bo", "Ana", "Bo", "Cy"))
    told = explain.why_not(week(2), "Bo")
    assert isinstance(told, Forbidden)
    assert told.sentences == (
        f"Bo is on duty in three weeks in a row from {monday(1)}: {week(1)}, {week(2)}, {week(3)}.",
    )


def test_nobody_comes_where_everybody_is_fixed() -> None:
    pins = [{"person": "Bo", "shift": week(0)}]
    explain = explained(team("Ana", "Bo", weeks=2, pins=pins), in_turn("Bo", "Ana"))
    said = f"Bo is pinned to {week(0)}."
    assert explain.why_not(week(0), "Ana") == Forbidden("Ana", (said,))
    assert explain.why(week(0), "Bo").sentence == said
    assert explain.who_else(week(0)) == explain.who_else(week(0), "Bo") == []
    assert explain.why(week(0), "Bo").barred == {"Ana": f"Bo is not on {week(0)}, but is pinned there."}


def test_what_is_frozen_stays_too() -> None:
    published = [{"person": "Bo", "shift": week(0)}]
    problem = team("Ana", "Bo", weeks=2, published=published, frozen_until=f"{monday(1)}T00:00Z")
    said = f"Bo was published for {week(0)}, and it is frozen."
    assert explained(problem, in_turn("Bo", "Ana")).why_not(week(0), "Ana", "Bo") == Forbidden("Ana", (said,))


def test_with_two_seats_whoever_it_costs_least_makes_room() -> None:
    """Unless somebody is named."""
    wishes = [{"person": "Bo", "wish": "wants", "shift": week(0), "strength": 3}]
    roles = [{"name": "duty", "people": 2}]
    explain = explained(team("Ana", "Bo", "Cy", weeks=1, roles=roles, preferences=wishes), {week(0): ("Ana", "Bo")})
    anyone, bo = explain.why_not(week(0), "Cy"), explain.why_not(week(0), "Cy", leaves="Bo")
    assert isinstance(anyone, Instead) and isinstance(bo, Instead)
    assert anyone.plan.holders == {week(0): ("Bo", "Cy")} and anyone.is_as_good
    assert bo.plan.holders == {week(0): ("Ana", "Cy")} and bo.difference == {"preferences": 3}


def test_a_seat_of_somebody_who_does_not_hold_it_is_a_mistake() -> None:
    explain = explained(team("Ana", "Bo", weeks=2), in_turn("Ana", "Bo"))
    for ask in (explain.why, explain.who_else, lambda shift, who: explain.why_not(shift, "Ana", who)):
        with pytest.raises(ValueError, match=f"Bo does not hold {week(0)} in this plan"):
            ask(week(0), "Bo")


def test_without_time_the_answer_is_lawful_and_says_that_it_is_not_proven() -> None:
    problem = crowd(12, 13, seed=1)
    explain = explained(problem, solve(problem, limits=Limits(seconds=0)).plan.holders)
    shift = problem.shifts[-1].id
    person = next(p.name for p in problem.people if explain.who_else(shift) and p.name not in explain.holders[shift])
    told = explain.why_not(shift, person, limits=Limits(seconds=0))
    assert isinstance(told, Forbidden) or (told.verdict.is_lawful and not told.is_proven)


@pytest.mark.parametrize("seed", range(3))
def test_in_a_team_every_answer_is_proven_and_none_is_better_than_the_best_plan(seed: int) -> None:
    problem, chance = crowd(12, 13, seed=seed), random.Random(seed)
    explain = explained(problem)
    best = explain.judge.verdict(explain.holders).costs
    for _ in range(3):
        shift, person, leaves = asked(problem, explain.holders, chance)
        told = explain.why_not(shift, person, leaves)
        if isinstance(told, Instead):
            assert told.is_proven and told.verdict.is_lawful
            assert told.verdict.costs.in_order("rebalance") >= best.in_order("rebalance")


def test_an_answer_does_not_depend_on_what_was_asked_before() -> None:
    """Questions share a model: what one settled must not bind the next."""
    problem, chance = crowd(12, 13, seed=2), random.Random(2)
    explain = explained(problem)
    questions = [asked(problem, explain.holders, chance) for _ in range(4)]
    answers = [explain.why_not(*question) for question in questions]
    assert any(isinstance(answer, Instead) for answer in answers)
    alone = [Explainer(problem, explain.holders).why_not(*question) for question in reversed(questions)]
    assert answers == alone[::-1]


def test_a_plan_that_can_be_bettered_is_bettered_with_them_on_the_shift() -> None:
    """What is hoped for, a plan as good as the one asked about, is no reason to forget a better one."""
    problem = team(*NAMES[:4], weeks=8)
    poor = {week(n): ("Ana", "Bo")[n // 2 % 2 : n // 2 % 2 + 1] for n in range(8)}
    told = explained(problem, poor).why_not(week(7), "Cy")
    assert isinstance(told, Instead) and told.is_proven and told.difference["unfairness"] < 0


# --- Why this person --------------------------------------------------------------------------------


def test_why_says_who_else_could_and_what_it_would_cost_and_who_could_not() -> None:
    wishes = [{"person": "Bo", "wish": "avoids", "shift": week(0), "strength": 2}]
    problem = team("Ana", "Bo", "Cy", weeks=1, preferences=wishes, absences=[away("Cy", 0)])
    reason = explained(problem, in_turn("Ana")).why(week(0), "Ana")
    assert (reason.shift, reason.person) == (week(0), "Ana")
    assert [(other.comes, other.difference) for other in reason.others] == [("Bo", {"preferences": 2})]
    assert reason.barred == {"Cy": f"Cy is away for all of {week(0)}."}
    assert reason.sentence == (
        "With Bo, the next best, instead of Ana the plan would have 2 more points of wishes not met."
    )


def test_why_admits_that_somebody_else_would_do_as_well() -> None:
    reason = explained(team("Ana", "Bo", weeks=1), in_turn("Ana")).why(week(0), "Ana")
    assert reason.sentence == f"Bo could hold {week(0)} as well as Ana: the plan would cost the same."


def test_why_says_when_there_is_nobody_else() -> None:
    reason = explained(team("Ana", "Bo", weeks=1, absences=[away("Bo", 0)]), in_turn("Ana")).why(week(0), "Ana")
    assert reason.sentence == f"Ana is the only one who can hold {week(0)} while the rest of the plan stays."


def test_everybody_is_told_as_holding_it_as_able_or_as_barred() -> None:
    for seed in range(150):
        problem = tiny(seed)
        explain = explained(problem, solve(problem, limits=Limits(seconds=0)).plan.holders)
        for shift, people in explain.holders.items():
            for person in people:
                reason = explain.why(shift, person)
                told = [*people, *(other.comes for other in reason.others), *reason.barred]
                assert sorted(told) == sorted(problem.person_by_name), f"problem {seed}, {shift}"


# --- How fair it can be -----------------------------------------------------------------------------


def test_the_best_fairness_is_that_of_every_plan() -> None:
    for seed in range(0, 100, 2):
        problem = tiny(seed)
        fairness = best_fairness(problem)
        assert fairness.is_proven and fairness.unfairness == least_costs(problem, "rebalance")[3], f"problem {seed}"
        carried = fairness.balances.values()
        assert fairness.spread == (max(carried) - min(carried) if carried else 0)


def test_a_small_team_is_not_to_blame_for_arithmetic() -> None:
    """Four weeks among three: somebody has two."""
    fairness = best_fairness(team("Ana", "Bo", "Cy", weeks=4))
    assert fairness.is_proven and 0.99 < fairness.spread < 1.01


def test_without_time_the_best_fairness_is_not_proven() -> None:
    assert not best_fairness(crowd(12, 13, seed=1), Limits(seconds=0)).is_proven


# --- In words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("difference", "said"),
    [
        ({}, "the same cost"),
        ({"changes": 1}, "1 more change to what was published"),
        ({"uncovered": 2, "changes": -1}, "2 more empty seats and 1 fewer change to what was published"),
        (
            {"two_in_a_row": 1, "rest_breaches": -2, "unfairness": 3},
            "1 more pair of weeks in a row, 2 fewer breaches of rest and 3 more points of unfairness",
        ),
    ],
)
def test_a_difference_in_words(difference: dict[str, int], said: str) -> None:
    assert in_words(difference) == said
