"""A problem as numbers that a search works on: who may hold what, and what excludes what.

`grid`, `weights` and `succession` say the same as the rules and are worked out without them, in whole microseconds and
thousandths of a duty-week: neither side uses the other's code, and tests hold them equal.
"""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cache

from rotation.moments import instant
from rotation.problem import Problem

Ticks = tuple[int, int]  # microseconds since 1970, [since, until)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_NEVER = 1 << 62


def ticks(moment: datetime) -> int:
    """Microseconds since 1970."""
    return (moment - _EPOCH) // _TICK


def shared(a: Ticks, b: Ticks) -> int:
    """How long two spans overlap."""
    return max(0, min(a[1], b[1]) - max(a[0], b[0]))


class Grid:
    """People and shifts by number, in the problem's order.

    `fixed` are the people of each shift that no plan may move; `options` those a search may choose for its `free` other
    seats; `clashes` the other shifts that nobody may hold with it.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.people = [person.name for person in problem.people]
        self.place = {name: p for p, name in enumerate(self.people)}
        self.shifts = problem.shifts
        self.shift_place = {shift.id: s for s, shift in enumerate(self.shifts)}
        self.roles = [problem.role_by_name[shift.role] for shift in self.shifts]
        self.spans: list[Ticks] = [(ticks(shift.since), ticks(shift.until)) for shift in self.shifts]
        self.member = [self._member(p) for p in range(len(self.people))]
        self.absent = [self._absent(p) for p in range(len(self.people))]
        begin, end = (ticks(moment) for moment in problem.span)
        self.is_member = [since < end and until > begin for since, until in self.member]
        self.past = [
            (self.place[past.person], problem.role_by_name[past.role], (ticks(since), ticks(until)))
            for past in problem.history
            for since, until in [(instant(past.since, problem.zone), instant(past.until, problem.zone))]
        ]
        self.pins = {(self.place[pin.person], self.shift_place[pin.shift]): pin for pin in problem.pins}
        self.published = {(self.place[e.person], self.shift_place[e.shift]) for e in problem.announced}
        self.can_hold = cache(self._can_hold)
        self.fixed = self._fixed()
        self.free = [shift.people - len(fixed) for shift, fixed in zip(self.shifts, self.fixed, strict=True)]
        self.excluding = {frozenset(pair) for pair in problem.exclusions}
        self.clashes = self._clashes()
        self.options = [self._options(s) for s in range(len(self.shifts))]

    def _member(self, p: int) -> Ticks:
        person = self.problem.people[p]
        since = ticks(instant(person.joined, person.zone)) if person.joined else -_NEVER
        return since, ticks(instant(person.left, person.zone)) if person.left else _NEVER

    def _absent(self, p: int) -> list[Ticks]:
        person = self.problem.people[p]
        told = [entry for entry in self.problem.absences if entry.person == person.name]
        apart: list[Ticks] = []
        for since, until in sorted((instant(a.since, person.zone), instant(a.until, person.zone)) for a in told):
            begin = max(ticks(since), apart[-1][1]) if apart else ticks(since)
            if begin < ticks(until):
                apart.append((begin, ticks(until)))
        return apart

    def _can_hold(self, p: int, s: int) -> bool:
        """Whether somebody may hold a shift's role and is there for enough of it."""
        if self.roles[s].name not in self.problem.people[p].roles:
            return False
        since, until = self.spans[s]
        here = max(since, self.member[p][0]), min(until, self.member[p][1])
        there = max(0, here[1] - here[0]) - sum(shared(gap, here) for gap in self.absent[p])
        return until - since - there <= Fraction(str(self.roles[s].may_miss)) * (until - since)

    def _fixed(self) -> list[list[int]]:
        fixed: list[list[int]] = [[] for _ in self.shifts]
        for (p, s), pin in self.pins.items():
            if not pin.is_shadow:
                fixed[s].append(p)
        until = self.problem.frozen_until
        pinned = {s for s, people in enumerate(fixed) if people}
        for p, s in sorted(self.published):
            is_near = until is not None and self.spans[s][0] < ticks(until)
            if is_near and s not in pinned and self.can_hold(p, s):
                fixed[s].append(p)
        return fixed

    def _clashes(self) -> list[set[int]]:
        clashes: list[set[int]] = [set() for _ in self.shifts]
        for one in range(len(self.shifts)):
            for other in range(one + 1, len(self.shifts)):
                if self.spans[other][0] >= self.spans[one][1]:
                    break
                if self._exclude(one, self.roles[other].name):
                    clashes[one].add(other)
                    clashes[other].add(one)
        return clashes

    def _exclude(self, s: int, role: str) -> bool:
        return frozenset((self.roles[s].name, role)) in self.excluding

    def _options(self, s: int) -> list[int]:
        if not self.free[s]:
            return []
        taken = {p for other in self.clashes[s] for p in self.fixed[other]} | set(self.fixed[s])
        taken |= {p for p, role, span in self.past if self._exclude(s, role.name) and shared(span, self.spans[s])}
        return [p for p in range(len(self.people)) if p not in taken and self.can_hold(p, s)]
