"""Who shares out shifts anew: drawn by lot, the same for a seed, around somebody who bears some of the cost."""

import pytest

from rotation.draft import Draft
from rotation.neighbourhood import FEW, MANY, Neighbourhoods
from rotation.plan import levels
from rotation.tally import Tally
from tests.rotation.problems import crowd, monday, team, tiny, week


def test_a_group_grows_where_smaller_ones_were_in_vain() -> None:
    draft, groups = Draft(Tally(crowd(40, 4, seed=1))), Neighbourhoods(1)
    sizes = [len(groups.drawn(draft, "unfairness", vain / 4)) for vain in range(5)]
    assert sizes == sorted(sizes) and (sizes[0], sizes[-1]) == (FEW, MANY)


def test_half_of_a_small_team_is_the_most() -> None:
    draft = Draft(Tally(team("Ana", "Bo", "Cy", "Dee", weeks=2)))
    assert len(Neighbourhoods(1).drawn(draft, "preferences", 1)) == 2


def test_the_same_seed_draws_the_same_groups() -> None:
    draft = Draft(Tally(crowd(20, 4, seed=1)))
    one, other, another = (Neighbourhoods(seed) for seed in (1, 1, 2))
    drawn = [[groups.drawn(draft, "changes", 0) for _ in range(5)] for groups in (one, other, another)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_those_concerned_are_in_every_group() -> None:
    draft, groups = Draft(Tally(crowd(20, 4, seed=1))), Neighbourhoods(1, frozenset({3, 11}))
    for level in levels("rebalance"):
        assert {3, 11} <= groups.drawn(draft, level, 0)


@pytest.mark.parametrize("level", levels("rebalance"))
def test_whatever_a_level_costs_somebody_can_be_drawn(level: str) -> None:
    """Of any plan, whether or not it costs anything there."""
    for seed in range(30):
        draft = Draft(Tally(tiny(seed)))
        assert Neighbourhoods(seed).drawn(draft, level, 0.5) <= set(range(len(draft.held)))


def test_where_a_seat_is_empty_somebody_who_could_take_it_is_drawn() -> None:
    away = [{"person": name, "since": monday(0), "until": monday(1)} for name in ("Ana", "Bo", "Cy", "Dee", "Eli")]
    draft = Draft(Tally(team("Ana", "Bo", "Cy", "Dee", "Eli", "Fay", weeks=1, absences=away)))
    assert all(5 in Neighbourhoods(seed).drawn(draft, "uncovered", 0) for seed in range(8))


def test_for_a_change_both_whose_shift_it_was_and_whose_it_is_are_drawn() -> None:
    names = ("Ana", "Bo", "Cy", "Dee", "Eli", "Fay", "Gus", "Hal")
    published = [{"person": "Bo", "shift": week(0)}, {"person": "Cy", "shift": week(1)}]
    draft = Draft(Tally(team(*names, weeks=2, published=published)), {week(0): ("Hal",), week(1): ("Cy",)})
    assert all({1, 7} <= Neighbourhoods(seed).drawn(draft, "changes", 0) for seed in range(8))
