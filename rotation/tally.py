"""What a plan in the making costs, person by person, so that a change is weighed by those whom it touches."""

from collections.abc import Iterable
from typing import NamedTuple

from rotation.grid import Grid
from rotation.plan import Costs
from rotation.problem import Mode, Problem
from rotation.succession import Succession
from rotation.weights import Weights


def penalty(balance: int) -> int:
    """What a balance adds to unfairness; `rotation.balance` says the same for the check."""
    fifths = abs((balance + 100) // 200)
    if fifths <= 10:
        return fifths * fifths
    weeks, rest = divmod(fifths, 5)
    return 25 * weeks * weeks + rest * (10 * weeks + 5)


class Personal(NamedTuple):
    """What one person's shifts cost by themselves; `is_lawful` is about roles at once and weeks in a row."""

    is_lawful: bool
    two_in_a_row: int
    rest_breaches: int
    preferences: int
    load: int  # thousandths of a duty-week, with the opening balance


class Score(NamedTuple):
    """The six levels as numbers; in the order of the problem's package."""

    uncovered: int
    two_in_a_row: int
    rest_breaches: int
    unfairness: int
    preferences: int
    changes: int

    def in_order(self, mode: Mode) -> tuple[int, ...]:
        """From the weightiest to the lightest."""
        if mode == "rebalance":
            return self
        return (*self[:3], self.changes, self.unfairness, self.preferences)

    @property
    def costs(self) -> Costs:
        return Costs(**self._asdict())


class Tally:
    """The numbers of a problem, and what sets of shifts cost."""

    def __init__(self, problem: Problem) -> None:
        self.grid = Grid(problem)
        self.weights = Weights(self.grid)
        self.succession = Succession(self.grid)
        self._memo: dict[tuple[int, frozenset[int]], Personal] = {}
        people = range(len(self.grid.people))
        fixed = [{s for s, held in enumerate(self.grid.fixed) if p in held} for p in people]
        self.fixed_of = [frozenset(shifts) for shifts in fixed]
        self.given_weeks = [self._duty_weeks(p, self.fixed_of[p]) for p in people]
        self._past_rest = [[after for q, after in self.succession.after_past if q == p] for p in people]
        self._wanted = [[(weight, set(m)) for q, weight, m in self.succession.wanted if q == p] for p in people]
        self._lifted = [{week for q, week in self.succession.volunteered if q == p} for p in people]

    def personal(self, p: int, held: frozenset[int]) -> Personal:
        """What holding these shifts means for a person."""
        key = p, held
        found = self._memo.get(key)
        if found is None:
            found = self._memo[key] = self._personal(p, held)
        return found

    def _personal(self, p: int, held: frozenset[int]) -> Personal:
        weeks = self._duty_weeks(p, held)
        load = self.weights.load
        avoided = self.succession.avoided
        return Personal(
            self._is_lawful(p, held, weeks),
            sum(week >= 1 and week + 1 in weeks for week in weeks),
            self._rest_breaches(p, held),
            sum(avoided.get((p, s), 0) for s in held)
            + sum(weight for weight, meant in self._wanted[p] if meant.isdisjoint(held)),
            self.weights.opening[p] + sum(load(p, s) for s in held),
        )

    def _duty_weeks(self, p: int, held: Iterable[int]) -> set[int]:
        hours = dict(self.succession.past_hours[p])
        for s in held:
            for week, taken in self.succession.hours[s]:
                hours[week] = hours.get(week, 0) + taken
        length = self.succession.length
        return {week for week, taken in hours.items() if 2 * taken > length[week]}

    def _is_lawful(self, p: int, held: frozenset[int], weeks: set[int]) -> bool:
        fixed = self.fixed_of[p]
        clashes = self.grid.clashes
        if any(not clashes[s].isdisjoint(held) for s in held if s not in fixed):
            return False
        lifted, given = self._lifted[p], self.given_weeks[p]
        for week in weeks:
            run = {week, week + 1, week + 2}
            if run <= weeks and run.isdisjoint(lifted) and not run <= given:
                return False
        return True

    def _rest_breaches(self, p: int, held: frozenset[int]) -> int:
        after, before_past = self.succession.after, self.succession.before_past
        broken = sum((p, s) in before_past or any(n in held for n in after[s]) for s in held)
        return broken + sum(any(n in held for n in after) for after in self._past_rest[p])
