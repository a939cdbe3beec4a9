"""The problem as CP-SAT takes it: what is chosen, what must hold, and an expression for each level of cost."""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import combinations, pairwise

from ortools.sat.python import cp_model

from rotation.bend import Expression, Term, penalty_of
from rotation.draft import Held
from rotation.plan import Holders
from rotation.tally import Tally, members

ANY = 1 << 40  # more than anything costs


class Model:
    """The choices `x[p, s]`, the rules, and `costs[level]`, each to be minimised in its turn."""

    def __init__(self, tally: Tally) -> None:
        self.tally, self.grid = tally, tally.grid
        self.cp = cp_model.CpModel()
        options = self.grid.options
        self.x = {(p, s): self.cp.new_bool_var(f"x{p},{s}") for s, able in enumerate(options) for p in able}
        self._of: list[list[int]] = [[] for _ in self.grid.people]
        for p, s in self.x:
            self._of[p].append(s)
        self.empty = [self._empty(s) for s in range(len(self.grid.shifts))]
        self._duty_weeks = [self._weeks_of(p) for p in range(len(self.grid.people))]
        for p in range(len(self.grid.people)):
            self._exclude(p)
            self._forbid_three_weeks(p)
        self.costs: dict[str, Expression] = {
            "uncovered": _sum(self.empty),
            "two_in_a_row": _sum(self._two_in_a_row()),
            "rest_breaches": _sum(self._rest_breaches()),
            "unfairness": _sum(self._penalties()),
            "preferences": _sum(self._wishes()),
            "changes": _sum(1 - self.holds(p, s) for p, s in sorted(self.grid.published)),
        }
        self._settled: dict[Held, int] = {}
        self._left: dict[Held, int | None] = dict.fromkeys(self.x)
        self._caps = {level: self.cp.new_int_var(0, ANY, level) for level in self.costs}
        for level, cost in self.costs.items():
            self.cp.add(cost <= self._caps[level])

    def holds(self, p: int, s: int) -> Expression:
        """Whether a person holds a shift: a variable where that may be chosen, else 0 or 1."""
        return self.x[p, s] if (p, s) in self.x else int(p in self.grid.fixed[s])

    def read(self, values: Sequence[int]) -> Holders:
        """The plan that a solution is."""
        people: list[list[str]] = [[self.grid.people[p] for p in fixed] for fixed in self.grid.fixed]
        for (p, s), variable in self.x.items():
            if values[variable.index]:
                people[s].append(self.grid.people[p])
        return {shift.id: tuple(sorted(held)) for shift, held in zip(self.grid.shifts, people, strict=True)}

    def restrict(self, locked: Iterable[Held], barred: Iterable[Held]) -> None:
        """Some people stay on a shift, and others never come there; those of before no longer do, or may again."""
        self._settled = dict.fromkeys(locked, 1) | dict.fromkeys(barred, 0)

    def among(self, group: Container[int], on: list[set[int]]) -> None:
        """Let these people share out anew what nobody else holds of a plan; all else stays as it is there."""
        is_shared = [all(p in group for p in held) for held in on]
        for p, s in self.x:
            self._settle((p, s), None if is_shared[s] and p in group else int(p in on[s]))

    def among_all(self) -> None:
        """Let everybody share out everything."""
        for held in self.x:
            self._settle(held, None)

    def _settle(self, held: Held, value: int | None) -> None:
        """Leave a choice one value, or both."""
        value = self._settled.get(held, value)
        if self._left[held] != value:
            self._left[held], domain = value, self.x[held].proto.domain
            domain[0], domain[1] = (0, 1) if value is None else (value, value)

    def cap(self, level: str, cost: int) -> None:
        """From now on a level costs no more."""
        self._caps[level].proto.domain[1] = cost

    def seek(self, level: str, cost: int, near: list[set[int]]) -> None:
        """Ask for the least cost of a level, for nothing that costs more than so much, and first near a plan."""
        self.cap(level, cost)
        self.cp.clear_hints()  # type: ignore[no-untyped-call] # ortools leaves it so
        for (p, s), left in self._left.items():
            if left is None:
                self.cp.add_hint(self.x[p, s], p in near[s])
        self.cp.minimize(self.costs[level])

    def aim(self, level: str, cost: int) -> None:
        """Ask for any plan that costs no more on a level, wherever it lies: a hint would only lead back."""
        self.cap(level, cost)
        self.cp.clear_hints()  # type: ignore[no-untyped-call]
        self.cp.clear_objective()  # type: ignore[no-untyped-call]

    def _empty(self, s: int) -> Expression:
        free, chosen = self.grid.free[s], [self.x[p, s] for p in self.grid.options[s]]
        if not free or not chosen:
            return free
        empty = self.cp.new_int_var(max(0, free - len(chosen)), free, f"u{s}")
        self.cp.add(empty + _sum(chosen) == free)
        return empty

    def _exclude(self, p: int) -> None:
        """Of shifts that clash pairwise and at one moment, at most one."""
        for clique in self._cliques(self._of[p]):
            if len(clique) > 1:
                self.cp.add_at_most_one(self.x[p, s] for s in clique)

    def _cliques(self, shifts: Iterable[int]) -> Iterator[list[int]]:
        """Groups of shifts that all clash with each other; every clashing pair is in one of them."""
        clashes, told = self.grid.clashes, sorted(shifts)
        covered: set[tuple[int, int]] = set()
        for first in told:
            later = [s for s in told if s > first and s in clashes[first]]
            while fresh := [s for s in later if (first, s) not in covered]:
                clique = self._all_clashing([first, fresh[0]], later)
                covered |= set(combinations(sorted(clique), 2))
                yield clique

    def _all_clashing(self, begun: list[int], others: Iterable[int]) -> list[int]:
        """These shifts and whichever of the others clash with all that are in already."""
        clique = list(begun)
        for s in others:
            if s not in clique and self.grid.clashes[s].issuperset(clique):
                clique.append(s)
        return clique

    def _weeks_of(self, p: int) -> list[Expression]:
        """For each week whether it is a duty week of the person: 0, 1, or an expression that is at least that."""
        succession, x = self.tally.succession, self.x
        given, chosen = dict(succession.past_hours[p]), defaultdict[int, list[tuple[int, int]]](list)
        for s in members(self.tally.fixed_of[p]):
            for week, hours in succession.hours[s]:
                given[week] = given.get(week, 0) + hours
        for s in self._of[p]:
            for week, hours in succession.hours[s]:
                chosen[week].append((s, hours))
        return [
            self._duty_week(length, given.get(week, 0), [(s, x[p, s], hours) for s, hours in chosen[week]])
            for week, length in enumerate(succession.length)
        ]

    def _duty_week(self, length: int, given: int, chosen: list[tuple[int, cp_model.IntVar, int]]) -> Expression:
        most = given + sum(hours for _, _, hours in chosen)
        if 2 * given > length or 2 * most <= length:
            return int(2 * given > length)
        heavy = [(s, x) for s, x, hours in chosen if 2 * (given + hours) > length]
        clash = self.grid.clashes
        if len(heavy) == len(chosen) and all(b in clash[a] for (a, _), (b, _) in combinations(heavy, 2)):
            return _sum(x for _, x in heavy)
        is_duty = self.cp.new_bool_var("")
        for _, x in heavy:
            self.cp.add_implication(x, is_duty)
        if len(heavy) < len(chosen):
            total = 2 * given + _sum(2 * hours * x for _, x, hours in chosen)
            self.cp.add(total <= length + (2 * most - length) * is_duty)
        return is_duty

    def _forbid_three_weeks(self, p: int) -> None:
        weeks, lifted = self._duty_weeks[p], self.tally.succession.volunteered
        for first in range(len(weeks) - 2):
            run = weeks[first : first + 3]
            is_given = all(isinstance(week, int) for week in run)
            if not is_given and all((p, first + n) not in lifted for n in range(3)):
                self.cp.add(_sum(run) <= 2)

    def _two_in_a_row(self) -> Iterator[Expression]:
        for weeks in self._duty_weeks:
            # The first week lies two before the plan: what it does with the next is over.
            yield from (self._both(one, [other]) for one, other in pairwise(weeks[1:]))

    def _both(self, one: Expression, others: list[Expression]) -> Expression:
        """At least 1 where `one` holds and any of the others does."""
        others = [other for other in others if not (isinstance(other, int) and other == 0)]
        if (isinstance(one, int) and one == 0) or not others:
            return 0
        if any(isinstance(other, int) for other in others):
            return one
        if isinstance(one, int) and len(others) == 1:
            return others[0]
        both = self.cp.new_bool_var("")
        for other in others:
            self.cp.add(both >= one + other - 1)
        return both

    def _rest_breaches(self) -> Iterator[Expression]:
        succession = self.tally.succession
        for p, shifts in enumerate(self._of):
            for s in (*shifts, *members(self.tally.fixed_of[p])):
                if (p, s) in succession.before_past:
                    yield self.holds(p, s)
                elif succession.after[s]:
                    yield self._both(self.holds(p, s), self._groups(p, succession.after[s]))
        for p, after in succession.after_past:
            yield self._both(1, self._groups(p, after))

    def _groups(self, p: int, shifts: list[int]) -> list[Expression]:
        """Whether the person holds any of these: one expression for all of which only one can be held."""
        if any(p in self.grid.fixed[s] for s in shifts):
            return [1]
        left, groups = [s for s in shifts if (p, s) in self.x], []
        while left:
            group = self._all_clashing(left[:1], left[1:])
            groups.append(_sum(self.x[p, s] for s in group))
            left = [s for s in left if s not in group]
        return groups

    def _penalties(self) -> Iterator[Expression]:
        weights, shifts = self.tally.weights, self.grid.shifts
        owed: list[list[tuple[int, int]]] = [[] for _ in self.grid.people]
        for s, parts in enumerate(weights.owed):
            for p, part in parts:
                owed[p].append((s, part))
        for p in (p for p, is_member in enumerate(self.grid.is_member) if is_member):
            given = weights.opening[p] + sum(weights.load(p, s) for s in members(self.tally.fixed_of[p]))
            given -= sum(part * shifts[s].people for s, part in owed[p])
            terms = [Term(weights.load(p, s), self.x[p, s], 1) for s in self._of[p]]
            terms += [Term(part, self.empty[s], self.grid.free[s]) for s, part in owed[p]]
            yield penalty_of(self.cp, given, terms)

    def _wishes(self) -> Iterator[Expression]:
        for (p, s), strength in self.tally.succession.avoided.items():
            if strength:
                yield strength * self.holds(p, s)
        for p, strength, meant in self.tally.succession.wanted:
            held = [self.holds(p, s) for s in meant]
            if any(isinstance(one, int) and one for one in held):
                continue
            unmet = self.cp.new_bool_var("")
            self.cp.add(unmet + _sum(held) >= 1)
            yield strength * unmet


def _sum(terms: Iterable[Expression]) -> cp_model.LinearExpr | int:
    return cp_model.LinearExpr.sum(list(terms))
