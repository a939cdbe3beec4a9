"""Who else could hold a shift: everybody who lawfully can, the cheapest first, each at what the check says it costs."""

import random
from collections.abc import Iterator

import pytest

from rotation.check import Judge
from rotation.draft import Draft
from rotation.plan import Holders
from rotation.problem import Mode, Problem
from rotation.suggestions import Suggestion, suggestions
from rotation.tally import Tally
from tests.rotation.problems import crowd, team, tiny, week

MODES: tuple[Mode, ...] = ("rebalance", "minimal change")
Exchanges = tuple[tuple[str, str | None, str], ...]


def made(holders: Holders, exchanges: Exchanges) -> dict[str, tuple[str, ...]]:
    """The plan after these exchanges."""
    after = dict(holders)
    for shift, leaves, comes in exchanges:
        after[shift] = (*(name for name in after[shift] if name != leaves), comes)
    return after


def told(suggestion: Suggestion) -> Exchanges:
    return tuple((one.shift, one.leaves, one.comes) for one in suggestion.exchanges)


def imaginable(problem: Problem, holders: Holders, shift: str, leaves: str | None) -> Iterator[Exchanges]:
    """Anybody else on the shift, alone or giving one of their own to whoever leaves."""
    for comes in (person.name for person in problem.people if person.name not in holders[shift]):
        yield ((shift, leaves, comes),)
        for other, people in holders.items():
            if leaves and other != shift and comes in people and leaves not in people:
                yield (shift, leaves, comes), (other, comes, leaves)


def some_plan(problem: Problem, seed: int) -> Draft:
    """Lawful, and as chance has it: suggestions are asked for of plans that are not the best, too."""
    chance, draft = random.Random(seed), Draft(Tally(problem))
    for shift in draft.tally.grid.shifts:
        while (found := suggestions(draft, "rebalance", shift.id)) and chance.random() < 0.9:
            holders = draft.holders
            if len(holders[shift.id]) >= shift.people:
                break
            draft = Draft(draft.tally, made(holders, told(chance.choice(found))))
    return draft


@pytest.mark.parametrize("mode", MODES)
def test_every_lawful_exchange_is_suggested_at_what_the_check_says_and_no_other(mode: Mode) -> None:
    for seed in range(120):
        problem = tiny(seed)
        draft, judge = some_plan(problem, seed), Judge(problem)
        for shift, people in draft.holders.items():
            seats = problem.shift_by_id[shift].people
            for leaves in (*people, *([None] if len(people) < seats else [])):
                found = suggestions(draft, mode, shift, leaves)
                assert_complete(judge, draft, found, (shift, leaves))
                costs = [suggestion.costs.in_order(mode) for suggestion in found]
                assert costs == sorted(costs), "the best comes first"


def assert_complete(judge: Judge, draft: Draft, found: list[Suggestion], asked: tuple[str, str | None]) -> None:
    holders = draft.holders
    verdicts = {way: judge.verdict(made(holders, way)) for way in imaginable(judge.problem, holders, *asked)}
    assert {way for way, verdict in verdicts.items() if verdict.is_lawful} == {told(one) for one in found}
    before = judge.verdict(holders).costs
    for one in found:
        after = verdicts[told(one)].costs
        assert one.costs == after
        more = {level: getattr(after, level) - getattr(before, level) for level in type(after).model_fields}
        assert one.difference == {level: cost for level, cost in more.items() if cost}


def test_of_a_plan_of_some_size_no_suggestion_breaks_a_rule() -> None:
    problem = crowd(20, 26, seed=2)
    draft, judge = some_plan(problem, 2), Judge(problem)
    for shift in problem.shifts[::17]:
        for one in suggestions(draft, "rebalance", shift.id)[::9]:
            verdict = judge.verdict(made(draft.holders, told(one)))
            assert verdict.is_lawful and verdict.costs == one.costs


def test_an_empty_seat_is_filled_before_anybody_leaves() -> None:
    problem = team("Ana", "Bo", "Cy", weeks=1, roles=[{"name": "duty", "people": 2}])
    draft = Draft(Tally(problem), {week(0): ("Ana",)})
    assert [told(one) for one in suggestions(draft, "rebalance", week(0))] == [
        ((week(0), None, "Bo"),),
        ((week(0), None, "Cy"),),
    ]
    assert {one.comes for one in suggestions(draft, "rebalance", week(0), "Ana")} == {"Bo", "Cy"}


def test_a_swap_is_suggested_where_giving_alone_would_be_unfair() -> None:
    draft = Draft(Tally(team("Ana", "Bo", weeks=4)), {week(n): (("Ana", "Bo")[n % 2],) for n in range(4)})
    found = suggestions(draft, "rebalance", week(0))
    swap = next(one for one in found if len(one.exchanges) == 2)
    alone = next(one for one in found if len(one.exchanges) == 1)
    assert "unfairness" not in swap.difference and alone.difference["unfairness"] > 0


def test_whoever_is_pinned_to_one_of_two_seats_stays() -> None:
    problem = team(
        *("Ana", "Bo", "Cy", "Dee"), weeks=2,
        roles=[{"name": "duty", "people": 2}], pins=[{"person": "Ana", "shift": week(0)}],
    )  # fmt: skip
    draft = Draft(Tally(problem), {week(0): ("Ana", "Bo"), week(1): ("Cy", "Dee")})
    assert suggestions(draft, "rebalance", week(0), "Ana") == []
    found = suggestions(draft, "rebalance", week(1), "Cy")
    assert {told(one) for one in found if len(one.exchanges) == 2} == {((week(1), "Cy", "Bo"), (week(0), "Bo", "Cy"))}
    for way in map(told, found):
        assert Judge(problem).verdict(made(draft.holders, way)).is_lawful
