"""The search's numbers against the check's: neither knows the other, so that each proves the other."""

import random

from hypothesis import given
from hypothesis import strategies as st

from rotation import balance, tally
from rotation.check import Judge
from rotation.draft import Draft, Move
from rotation.problem import Problem
from rotation.tally import Tally
from tests.rotation.problems import tiny

seeds = st.integers(0, 10**6)


def any_plan(problem: Problem, draft: Draft, chance: random.Random) -> None:
    """Fill or empty seats as chance will, lawful or not; what is fixed stays."""
    grid = draft.tally.grid
    for s, shift in enumerate(problem.shifts):
        for p in range(len(grid.people)):
            if p not in draft.on[s] and len(draft.on[s]) < shift.people and chance.random() < 0.4:
                draft.make(Move(s, None, p))


def is_lawful(draft: Draft) -> bool:
    grid = draft.tally.grid
    chosen = ((p, s) for s, on in enumerate(draft.on) for p in on if p not in grid.fixed[s])
    return all(p in grid.options[s] for p, s in chosen) and all(
        draft.tally.personal(p, held).is_lawful for p, held in enumerate(draft.held)
    )


@given(seeds)
def test_any_plan_costs_the_same_to_both_and_is_as_lawful(seed: int) -> None:
    problem = tiny(seed)
    draft, judge = Draft(Tally(problem)), Judge(problem)
    any_plan(problem, draft, random.Random(seed))
    verdict = judge.verdict(draft.holders)
    assert draft.score.costs == verdict.costs
    assert is_lawful(draft) == verdict.is_lawful
    grid = draft.tally.grid
    told = {grid.people[p]: draft.balance(p) / 1000 for p, is_member in enumerate(grid.is_member) if is_member}
    assert told == verdict.balances


@given(seeds)
def test_a_move_weighs_what_the_whole_plan_costs_after_it(seed: int) -> None:
    problem, chance = tiny(seed), random.Random(seed)
    draft, judge = Draft(Tally(problem)), Judge(problem)
    any_plan(problem, draft, chance)
    grid = draft.tally.grid
    for _ in range(6):
        moves = []
        for s in chance.sample(range(len(grid.shifts)), chance.choice((1, 1, 2)) if len(grid.shifts) > 1 else 1):
            leaves = chance.choice([*sorted(draft.on[s] - set(grid.fixed[s])), None])
            others = [p for p in range(len(grid.people)) if p not in draft.on[s]]
            if leaves is None and len(draft.on[s]) >= grid.shifts[s].people:
                continue
            moves.append(Move(s, leaves, chance.choice([*others, None])))
        score = draft.weigh(*moves)
        draft.make(*moves)
        assert draft.score.costs == judge.verdict(draft.holders).costs
        assert score is None or score == draft.score


@given(seeds)
def test_a_move_that_breaks_a_rule_weighs_nothing(seed: int) -> None:
    """From a lawful plan, with somebody who may hold the shift: None says that the plan would not be lawful."""
    problem, chance = tiny(seed), random.Random(seed)
    draft, judge = Draft(Tally(problem)), Judge(problem)
    for s, options in enumerate(draft.tally.grid.options):
        for p in options:
            if len(draft.on[s]) < problem.shifts[s].people:
                after = Draft(draft.tally, draft.holders)
                after.make(Move(s, None, p))
                assert (draft.weigh(Move(s, None, p)) is not None) == judge.verdict(after.holders).is_lawful
                if draft.weigh(Move(s, None, p)) and chance.random() < 0.6:
                    draft = after


@given(st.integers(-20_000, 20_000))
def test_both_know_the_same_penalty(thousandths: int) -> None:
    assert tally.penalty(thousandths) == balance.penalty(thousandths)
