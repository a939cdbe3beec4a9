"""What a plan in the making costs, person by person, so that a change is weighed by those whom it touches."""

from collections.abc import Iterable, Iterator
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


def members(mask: int) -> Iterator[int]:
    """The numbers in a set that is kept as the bits of an integer, the smallest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def mask_of(numbers: Iterable[int]) -> int:
    """A set of numbers as the bits of an integer: searching counts plans by the ten thousand."""
    mask = 0
    for number in numbers:
        mask |= 1 << number
    return mask


class Tally:
    """The numbers of a problem, and what sets of shifts cost. Sets of shifts and of weeks are kept as bits."""

    def __init__(self, problem: Problem) -> None:
        self.grid = Grid(problem)
        self.weights = Weights(self.grid)
        self.succession = Succession(self.grid)
        self._memo: dict[tuple[int, int], Personal] = {}
        self._weeks()
        self._rest()
        self._wishes()
        people = range(len(self.grid.people))
        self.fixed_of = [mask_of(s for s, held in enumerate(self.grid.fixed) if p in held) for p in people]
        self._clashes = [mask_of(clashes) for clashes in self.grid.clashes]
        self.given_weeks = [self._duty_weeks(p, self.fixed_of[p]) for p in people]
        self._excused = [self._excused_runs(p) for p in people]

    def personal(self, p: int, held: int) -> Personal:
        """What holding these shifts means for a person."""
        found = self._memo.get((p, held))
        if found is None:
            found = self._memo[p, held] = self._personal(p, held)
        return found

    def _weeks(self) -> None:
        """Most shifts make a duty week by themselves or take nothing of a week; those that do neither are `light`."""
        length, hours = self.succession.length, self.succession.hours
        self._alone = [mask_of(week for week, taken in parts if 2 * taken > length[week]) for parts in hours]
        self._light = mask_of(
            s for s, parts in enumerate(hours) if any(2 * taken <= length[week] for week, taken in parts)
        )
        past = self.succession.past_hours
        self._past_weeks = [mask_of(week for week, taken in told.items() if 2 * taken > length[week]) for told in past]
        self._is_past_light = [any(2 * taken <= length[week] for week, taken in told.items()) for told in past]

    def _rest(self) -> None:
        succession = self.succession
        self._after = [mask_of(after) for after in succession.after]
        self._asks_rest = mask_of(s for s, after in enumerate(succession.after) if after)
        self._past_rest: list[list[int]] = [[] for _ in self.grid.people]
        for p, after in succession.after_past:
            self._past_rest[p].append(mask_of(after))
        self._before_past = [0] * len(self.grid.people)
        for p, s in succession.before_past:
            self._before_past[p] |= 1 << s

    def _wishes(self) -> None:
        people = range(len(self.grid.people))
        self._avoided: list[dict[int, int]] = [{} for _ in people]
        for (p, s), strength in self.succession.avoided.items():
            if strength:
                self._avoided[p][s] = strength
        self._wanted: list[list[tuple[int, int]]] = [[] for _ in people]
        for p, strength, meant in self.succession.wanted:
            self._wanted[p].append((strength, mask_of(meant)))

    def _excused_runs(self, p: int) -> int:
        """The weeks from which three in a row are nobody's choice, or a volunteer's."""
        given = self.given_weeks[p]
        lifted = mask_of(week for q, week in self.succession.volunteered if q == p)
        return (given & given >> 1 & given >> 2) | lifted | lifted >> 1 | lifted >> 2

    def _personal(self, p: int, held: int) -> Personal:
        weeks = self._duty_weeks(p, held)
        load, avoided = self.weights.load, self._avoided[p]
        balance, wishes = self.weights.opening[p], 0
        is_lawful = not weeks & weeks >> 1 & weeks >> 2 & ~self._excused[p]
        free = held & ~self.fixed_of[p]
        for s in members(held):
            balance += load(p, s)
            wishes += avoided.get(s, 0)
            if free >> s & 1 and self._clashes[s] & held:
                is_lawful = False
        wishes += sum(strength for strength, meant in self._wanted[p] if not meant & held)
        # The first of the weeks lies two before the plan: what it does with the next is over.
        in_a_row = (weeks & weeks >> 1) >> 1
        return Personal(is_lawful, in_a_row.bit_count(), self._rest_breaches(p, held), wishes, balance)

    def _duty_weeks(self, p: int, held: int) -> int:
        if not held & self._light and not self._is_past_light[p]:
            weeks = self._past_weeks[p]
            for s in members(held):
                weeks |= self._alone[s]
            return weeks
        hours = dict(self.succession.past_hours[p])
        for s in members(held):
            for week, taken in self.succession.hours[s]:
                hours[week] = hours.get(week, 0) + taken
        length = self.succession.length
        return mask_of(week for week, taken in hours.items() if 2 * taken > length[week])

    def _rest_breaches(self, p: int, held: int) -> int:
        early = self._before_past[p] & held
        broken = early.bit_count()
        for s in members(held & self._asks_rest & ~early):
            broken += bool(self._after[s] & held)
        return broken + sum(bool(after & held) for after in self._past_rest[p])
