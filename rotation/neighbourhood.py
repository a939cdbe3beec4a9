"""Better plans by letting a few people share out their shifts anew while everything else stays.

So little is free then that CP-SAT finds the best way, or that there is none, within milliseconds. Who shares is drawn
by lot, around somebody who bears some of the cost: among others there is seldom anything to gain.
"""

import random
from collections.abc import Iterator

from rotation.draft import Draft
from rotation.tally import penalty

FEW, MANY = 6, 16  # people who share, of a large team; the more, the longer it has been in vain


class Neighbourhoods:
    """Draws groups of people, the same for a seed; `always` are those who are in every one."""

    def __init__(self, seed: int, always: frozenset[int] = frozenset()) -> None:
        self._chance, self._always = random.Random(seed), always  # noqa: S311 - it must be repeatable, not secure

    def drawn(self, draft: Draft, level: str, vain: float) -> set[int]:
        """Some people, among them such as bear what the plan costs on a level; more of them where that was in vain.

        `vain` goes from 0 to 1. Half of a small team is the most: all of it is what the solver is asked of anyhow.
        """
        few, many = (min(size, len(draft.held) // 2) for size in (FEW, MANY))
        size = few + round((many - few) * vain)
        concerned = list(_concerned(draft, level))
        group = {*self._always, *(self._chance.choice(concerned) if concerned else ())}
        others = [p for p in range(len(draft.held)) if p not in group]
        return group | set(self._chance.sample(others, min(len(others), max(0, size - len(group)))))


def _concerned(draft: Draft, level: str) -> Iterator[tuple[int, ...]]:
    """For everything that a level costs, who would have to do otherwise."""
    grid = draft.tally.grid
    if level == "uncovered":
        for s, on in enumerate(draft.on):
            yield from ((p, *on) for p in grid.options[s] if len(on) < grid.shifts[s].people)
    elif level == "changes":
        yield from ((p, *sorted(draft.on[s])) for p, s in sorted(grid.published) if p not in draft.on[s])
    elif level == "unfairness":
        yield from ((p,) for p, is_member in enumerate(grid.is_member) if is_member and penalty(draft.balance(p)))
    else:
        yield from ((p,) for p, held in enumerate(draft.held) if getattr(draft.tally.personal(p, held), level))
