"""Every plan there is, judged by the check alone: what the solver's answer is held against.

A branch is left when what it costs already is worse than the best plan: seats left empty, weeks in a row, rest and
changes only ever grow.
"""

from collections.abc import Iterator
from itertools import combinations

from rotation.check import Judge
from rotation.duties import Duties
from rotation.problem import Mode, Problem
from rotation.rules import SOFT, Exclusive, NeverThreeWeeks

GROWING = ("uncovered", "two_in_a_row", "rest_breaches", "changes")


def least_costs(problem: Problem, mode: Mode) -> tuple[int, ...]:
    """The costs of the best lawful plan, in the order of the mode."""
    costs = least_costs_with(problem, mode)
    assert costs is not None, "leaving every free seat empty is lawful"
    return costs


def least_costs_with(
    problem: Problem, mode: Mode, shift: str = "", comes: str | None = None, leaves: str | None = None
) -> tuple[int, ...] | None:
    """The costs of the best lawful plan with somebody on a shift, and somebody else not; None where there is none."""
    best = _Best(problem, mode)
    for n, at in enumerate(best.shifts):
        if at.id == shift:
            told = [people for people in best.choices[n] if comes in (None, *people) and leaves not in people]
            best.choices[n] = told
    best.extend(best.given, 0)
    return best.costs


class _Best:
    def __init__(self, problem: Problem, mode: Mode) -> None:
        self.mode: Mode = mode
        self.judge = Judge(problem)
        self.shifts = problem.shifts
        # What is fixed stands from the beginning: a volunteer's shift excuses weeks before it.
        self.given = {
            shift.id: tuple(who for at, who in self.judge.ground.fixed if at == shift.id) for shift in self.shifts
        }
        self.choices = [list(self._choices(n)) for n in range(len(self.shifts))]
        self.published = {(entry.shift, entry.person) for entry in problem.announced}
        self.costs: tuple[int, ...] | None = None

    def _choices(self, n: int) -> Iterator[tuple[str, ...]]:
        """Whoever must be on a shift, with any who may, the fullest shifts first."""
        shift, ground = self.shifts[n], self.judge.ground
        must = self.given[shift.id]
        names = [person.name for person in self.judge.problem.people]
        may = [name for name in names if name not in must and ground.may_hold(name, shift)]
        for more in range(shift.people - len(must), -1, -1):
            yield from ((*must, *others) for others in combinations(may, more))

    def extend(self, holders: dict[str, tuple[str, ...]], n: int) -> None:
        if self._is_hopeless(holders, n):
            return
        if n == len(self.shifts):
            verdict = self.judge.verdict(holders)
            assert verdict.is_lawful
            costs = verdict.costs.in_order(self.mode)
            self.costs = min(costs, self.costs or costs)
            return
        for people in self.choices[n]:
            self.extend({**holders, self.shifts[n].id: people}, n + 1)

    def _is_hopeless(self, holders: dict[str, tuple[str, ...]], n: int) -> bool:
        duties = Duties(self.judge.ground, holders)
        hard = (breach for rule in (Exclusive(), NeverThreeWeeks()) for breach in rule.breaches(duties))
        if any(not breach.is_excused for breach in hard):
            return True
        if self.costs is None:
            return False
        so_far = [
            sum(shift.people - len(holders[shift.id]) for shift in self.shifts[:n]),
            sum(breach.cost for breach in SOFT["two_in_a_row"].breaches(duties)),
            sum(breach.cost for breach in SOFT["rest_breaches"].breaches(duties)),
        ]
        if self.mode == "minimal change":
            decided = {shift.id for shift in self.shifts[:n]}
            so_far.append(sum(at in decided and who not in holders[at] for at, who in self.published))
        return tuple(so_far) > self.costs[: len(so_far)]
