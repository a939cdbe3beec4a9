"""A plan in the making: its score is kept up to date, and a change is weighed without making it."""

from collections.abc import Iterable
from typing import NamedTuple

from rotation.plan import Holders
from rotation.tally import Personal, Score, Tally, mask_of, penalty

Held = tuple[int, int]  # a person on a shift


class Move(NamedTuple):
    """On one shift, somebody leaves and somebody comes; either may be nobody."""

    shift: int
    leaves: int | None
    comes: int | None


class Draft:
    """Who holds which shift. People and shifts are numbers of the grid; `on[s]` are those on a shift, and `held[p]`
    what a person holds, as bits.
    """

    def __init__(self, tally: Tally, holders: Holders | None = None) -> None:
        """The fixed assignments alone, and those given."""
        self.tally, grid = tally, tally.grid
        self.on: list[set[int]] = [set(fixed) for fixed in grid.fixed]
        for shift, names in (holders or {}).items():
            self.on[grid.shift_place[shift]] |= {grid.place[name] for name in names}
        people = range(len(grid.people))
        self.held = [mask_of(s for s, on in enumerate(self.on) if p in on) for p in people]
        self._personal = [tally.personal(p, self.held[p]) for p in people]
        self._owed = [0] * len(grid.people)
        for s, on in enumerate(self.on):
            for p, part in tally.weights.owed[s] if on else ():
                self._owed[p] += len(on) * part
        self.score = self._counted()

    def _counted(self) -> Score:
        grid = self.tally.grid
        return Score(
            sum(shift.people - len(on) for shift, on in zip(grid.shifts, self.on, strict=True)),
            sum(personal.two_in_a_row for personal in self._personal),
            sum(personal.rest_breaches for personal in self._personal),
            sum(penalty(self.balance(p)) for p in range(len(grid.people)) if grid.is_member[p]),
            sum(personal.preferences for personal in self._personal),
            sum(p not in self.on[s] for p, s in grid.published),
        )

    def balance(self, p: int) -> int:
        """A person's balance in thousandths of a duty-week."""
        return self._personal[p].load - self._owed[p]

    @property
    def holders(self) -> dict[str, tuple[str, ...]]:
        """The plan, by names."""
        grid = self.tally.grid
        people = (tuple(sorted(grid.people[p] for p in on)) for on in self.on)
        return {shift.id: names for shift, names in zip(grid.shifts, people, strict=True)}

    def weigh(self, *moves: Move) -> Score | None:
        """The score after these moves; None where somebody who comes would break a rule.

        Whether they are among the options of the shift is for the caller to know.
        """
        held = self._held_after(moves)
        personal = {p: self.tally.personal(p, shifts) for p, shifts in held.items()}
        came = {move.comes for move in moves}
        if not all(told.is_lawful for p, told in personal.items() if p in came):
            return None
        return self._score_after(moves, personal)

    def _held_after(self, moves: Iterable[Move]) -> dict[int, int]:
        held: dict[int, int] = {}
        for shift, leaves, comes in moves:
            if leaves is not None:
                held[leaves] = held.get(leaves, self.held[leaves]) & ~(1 << shift)
            if comes is not None:
                held[comes] = held.get(comes, self.held[comes]) | 1 << shift
        return held

    def _score_after(self, moves: Iterable[Move], personal: dict[int, Personal]) -> Score:
        uncovered, two, rest, unfairness, preferences, changes = self.score
        owed: dict[int, int] = {}
        published = self.tally.grid.published
        for shift, leaves, comes in moves:
            more = (comes is not None) - (leaves is not None)
            uncovered -= more
            for p, part in self.tally.weights.owed[shift] if more else ():
                owed[p] = owed.get(p, 0) + more * part
            changes += ((leaves, shift) in published) - ((comes, shift) in published)
        for p, told in personal.items():
            before = self._personal[p]
            two += told.two_in_a_row - before.two_in_a_row
            rest += told.rest_breaches - before.rest_breaches
            preferences += told.preferences - before.preferences
        for p in personal.keys() | owed.keys():
            if self.tally.grid.is_member[p]:
                load = personal.get(p, self._personal[p]).load
                unfairness += penalty(load - self._owed[p] - owed.get(p, 0)) - penalty(self.balance(p))
        return Score(uncovered, two, rest, unfairness, preferences, changes)

    def make(self, *moves: Move) -> None:
        """Make these moves, lawful or not."""
        held = self._held_after(moves)
        personal = {p: self.tally.personal(p, shifts) for p, shifts in held.items()}
        self.score = self._score_after(moves, personal)
        for p, shifts in held.items():
            self.held[p], self._personal[p] = shifts, personal[p]
        for shift, leaves, comes in moves:
            more = (comes is not None) - (leaves is not None)
            for p, part in self.tally.weights.owed[shift] if more else ():
                self._owed[p] += more * part
            self.on[shift] -= {leaves}
            self.on[shift] |= set() if comes is None else {comes}
