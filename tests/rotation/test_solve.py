"""The planner's answers, held against every plan there is, and what it promises of time, progress and repetition."""

import os
import random
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rotation.check import check
from rotation.obstacles import obstacles
from rotation.outcome import Cancellation, Feasible, Limits, Optimal, Progress
from rotation.plan import levels
from rotation.problem import Mode, Problem
from rotation.solve import solve
from tests.rotation.exhaustive import least_costs
from tests.rotation.problems import NAMES, crowd, monday, team, tiny, week

MODES: tuple[Mode, ...] = ("rebalance", "minimal change")
CHUNK = 25


@pytest.mark.parametrize("first", range(0, 500, CHUNK))
@pytest.mark.parametrize("mode", MODES)
def test_the_whole_cost_vector_is_the_true_one(mode: Mode, first: int) -> None:
    """Every plan of 500 tiny problems is tried: those with pins, absences, rest, weeks in a row, all patterns."""
    for seed in range(first, first + CHUNK):
        assert_as_every_plan_tells(tiny(seed), mode, seed)


@pytest.mark.soak
@pytest.mark.skipif(not os.environ.get("WATCHBILL_SOAK"), reason="a long hunt: make soak")
@pytest.mark.parametrize("first", range(500, 6000, 100))
def test_the_whole_cost_vector_is_the_true_one_of_thousands(first: int) -> None:
    for seed in range(first, first + 100):
        assert_as_every_plan_tells(tiny(seed), MODES[seed % 2], seed)


def assert_as_every_plan_tells(problem: Problem, mode: Mode, seed: int) -> None:
    outcome = solve(problem, mode=mode)
    assert isinstance(outcome, Optimal), f"problem {seed} was not closed"
    assert outcome.verdict.costs.in_order(mode) == least_costs(problem, mode), f"problem {seed}"
    assert check(outcome.plan).costs == outcome.plan.costs, f"problem {seed}"


def test_the_five_hundred_are_tight_and_loose() -> None:
    """Or they would prove little."""
    costs = [least_costs(tiny(seed), "rebalance") for seed in range(0, 500, 5)]
    for level, name in enumerate(levels("rebalance")):
        bent = sum(cost[level] > 0 for cost in costs)
        assert 10 <= bent <= (90 if name != "unfairness" else 99), name


RELAXED: dict[str, dict[str, Any]] = {
    "exclusive": {"exclusions": ()},
    "present": {"absences": ()},
    "pinned": {"pins": ()},
    "frozen": {"frozen_until": None},
    "wishes": {"preferences": ()},
    "history": {"history": ()},
    "published": {"published": ()},
}


@pytest.mark.parametrize("rule", RELAXED)
def test_among_the_five_hundred_every_rule_decides_something(rule: str) -> None:
    """Without it the best plan of several costs something else."""
    bound = 0
    for seed in range(0, 500, 5):
        problem = tiny(seed)
        without = problem.changed(**RELAXED[rule])
        bound += without != problem and solve(problem).verdict.costs != solve(without).verdict.costs
        if bound == 3:
            break
    assert bound == 3


def test_among_the_five_hundred_three_weeks_in_a_row_leave_seats_empty() -> None:
    told = (reason for seed in range(0, 500, 5) for reason in in_the_way(tiny(seed)))
    assert sum("three weeks in a row" in reason for reason in told) >= 5


def in_the_way(problem: Problem) -> Iterator[str]:
    for obstacle in obstacles(problem, solve(problem).plan.holders):
        yield from obstacle.reasons.values()


@given(st.integers(0, 10**6), st.sampled_from(MODES), st.sampled_from([60.0, 0.0]))
def test_a_problem_built_around_a_lawful_plan_is_solved(seed: int, mode: Mode, seconds: float) -> None:
    """Whoever holds a shift in the plan may hold it; else people may be away, or not in the role, as chance will."""
    problem = around_a_plan(seed)
    outcome = solve(problem, mode=mode, limits=Limits(seconds=seconds))
    assert outcome.verdict.costs.uncovered == 0 or not seconds
    assert outcome.verdict.is_lawful and check(outcome.plan).costs == outcome.verdict.costs == outcome.plan.costs


def around_a_plan(seed: int) -> Problem:
    """Two roles, which exclude each other, planned first: nobody on duty in more than two weeks in a row."""
    chance = random.Random(seed)
    names, weeks = NAMES[: chance.choice((4, 5, 6))], chance.choice((3, 5, 8))
    held: dict[str, set[int]] = {name: set() for name in names}
    roles: dict[str, set[str]] = {name: set() for name in names}
    for number in range(weeks):
        rested = [name for name in names if not {number - 1, number - 2} <= held[name]]
        for role, name in zip(("duty", "release"), chance.sample(rested, 2), strict=True):
            held[name].add(number)
            roles[name].add(role)
    away = [
        {"person": name, "since": monday(number), "until": monday(number + 1)}
        for name in names
        for number in range(weeks)
        if number not in held[name] and chance.random() < 0.4
    ]
    return team(
        weeks=weeks,
        people=[{"name": name, "roles": sorted(roles[name])} for name in names],
        roles=[{"name": "duty", "rest_days": chance.choice((0, 7))}, {"name": "release"}],
        exclusions=[("duty", "release")],
        absences=away,
    )


@pytest.mark.parametrize("mode", MODES)
def test_the_same_problem_gives_the_same_plan(mode: Mode) -> None:
    problem = crowd(12, 13, seed=3)
    first, second = (solve(problem, mode=mode) for _ in range(2))
    assert first.plan == second.plan


def test_progress_only_ever_gets_better() -> None:
    told: list[Progress] = []
    outcome = solve(crowd(12, 13, seed=1), watcher=told.append, mode="minimal change")
    closing = [progress for progress in told if progress.bound]
    costs = [progress.costs.in_order("minimal change") for progress in told]
    assert closing and costs == sorted(costs, reverse=True)
    assert costs[-1] == outcome.verdict.costs.in_order("minimal change")


def test_without_time_there_is_still_a_lawful_plan() -> None:
    outcome = solve(crowd(12, 13, seed=1), limits=Limits(seconds=0))
    assert isinstance(outcome, Feasible) and outcome.verdict.is_lawful
    assert outcome.plan.outcome == "feasible" and outcome.gap["unfairness"] == outcome.verdict.costs.unfairness


def test_cancelled_it_keeps_the_best_plan() -> None:
    """From another thread, as a page does it: after the first plan that is worth telling of."""
    cancellation, told = Cancellation(), list[Progress]()

    def watch(progress: Progress) -> None:
        told.append(progress)
        Thread(target=cancellation.cancel).start()

    problem = crowd(20, 26, seed=1)
    outcome = solve(problem, watcher=watch, cancellation=cancellation)
    assert outcome.verdict.is_lawful and isinstance(outcome, Feasible)
    assert outcome.verdict.costs.in_order("rebalance") <= told[-1].costs.in_order("rebalance")


@pytest.mark.parametrize("effort", [0.0, 0.0005, 0.005])
def test_bounds_are_never_above_what_can_be_reached(effort: float) -> None:
    """However early the solver is stopped."""
    for seed in range(60):
        problem = tiny(seed)
        outcome = solve(problem, limits=Limits(effort=effort))
        bounds = outcome.bounds if isinstance(outcome, Feasible) else outcome.verdict.costs
        true, found = least_costs(problem, "rebalance"), outcome.verdict.costs.in_order("rebalance")
        assert found >= true
        for level, bound in enumerate(bounds.in_order("rebalance")):
            if found[:level] == true[:level]:
                assert bound <= true[level], f"problem {seed}, {levels('rebalance')[level]}"


def test_a_plan_to_begin_with_is_only_bettered() -> None:
    problem = team("Ana", "Bo", "Cy", weeks=6)
    start = {week(number): (NAMES[number % 3],) for number in range(6)}
    outcome = solve(problem, start=start, limits=Limits(seconds=0))
    assert outcome.plan.holders == start


def test_closed_forms() -> None:
    """As many weeks as people go round evenly: nobody bears more, and nobody has two weeks in a row."""
    for people, rounds in ((3, 4), (5, 2), (8, 1)):
        outcome = solve(team(*NAMES[:people], weeks=people * rounds))
        assert isinstance(outcome, Optimal)
        assert outcome.verdict.costs.in_order("rebalance") == (0,) * 6 and outcome.verdict.spread < 0.02
