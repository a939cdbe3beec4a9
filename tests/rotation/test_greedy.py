"""The plan at once: lawful, covered where that is easy, and no worse than it must be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rotation.check import Judge
from rotation.greedy import greedy
from rotation.problem import Mode
from rotation.tally import Tally
from tests.rotation.problems import crowd, monday, team, tiny, week


@given(st.integers(0, 10**6), st.sampled_from(["rebalance", "minimal change"]))
def test_whatever_the_problem_the_plan_is_lawful(seed: int, mode: Mode) -> None:
    problem = tiny(seed)
    draft = greedy(Tally(problem), mode)
    verdict = Judge(problem).verdict(draft.holders)
    assert verdict.is_lawful and verdict.costs == draft.score.costs


def test_whoever_has_carried_least_comes_first() -> None:
    people = [{"name": n, "roles": ["duty"], "opening_balance": b} for n, b in (("Ana", 1), ("Bo", 0), ("Cy", -1))]
    assert greedy(Tally(team(people=people, weeks=2))).holders == {week(0): ("Cy",), week(1): ("Bo",)}


def test_what_was_published_stays_where_changes_weigh_more() -> None:
    published = [{"person": "Ana", "shift": week(0)}, {"person": "Ana", "shift": week(2)}]
    people = [{"name": n, "roles": ["duty"], "opening_balance": b} for n, b in (("Ana", 2), ("Bo", -2))]
    tally = Tally(team(people=people, weeks=3, published=published))
    assert greedy(tally, "minimal change").score.changes == 0
    assert greedy(tally, "rebalance").score.changes > 0


def test_a_seat_that_nobody_may_take_stays_empty() -> None:
    absences = [{"person": "Ana", "since": monday(0), "until": monday(1)}]
    draft = greedy(Tally(team("Ana", weeks=2, absences=absences)))
    assert draft.holders == {week(0): (), week(1): ("Ana",)}


@pytest.mark.parametrize("seed", range(3))
def test_teams_of_some_size_are_covered(seed: int) -> None:
    draft = greedy(Tally(crowd(20, 26, seed=seed)))
    assert (draft.score.uncovered, draft.score.two_in_a_row) == (0, 0)
