"""What shifts weigh for a search, and which part of them everybody owes: thousandths of a duty-week."""

from datetime import timedelta
from fractions import Fraction
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from rotation.balance import opening_balances
from rotation.grid import Grid, Ticks, shared, ticks
from rotation.moments import instant

_WEEK = timedelta(weeks=1) // timedelta(microseconds=1)


def _nearest(part: int, whole: int) -> int:
    return (2 * part + whole) // (2 * whole)


class Weights:
    """`load(p, s)` is what a shift weighs for a person, `owed[s]` what each owes of one covered seat of it, and
    `opening[p]` the balance before any shift of the plan is held, with the weight of shifts they shadow.
    """

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._holidays = [self._holidays_of(p) for p in range(len(grid.people))]
        told = {load.shift: Fraction(str(load.multiplier)) for load in grid.problem.expected_loads}
        self._multiplier = [told.get(shift.id, Fraction(1)) for shift in grid.shifts]
        zone = ZoneInfo(grid.problem.zone)
        walls = ((shift.since.astimezone(zone), shift.until.astimezone(zone)) for shift in grid.shifts)
        self._wall = [(b.replace(tzinfo=None) - a.replace(tzinfo=None)) // timedelta(microseconds=1) for a, b in walls]
        self.load = cache(self._load)
        self.owed = [self._owed(s) for s in range(len(grid.shifts))]
        before = opening_balances(grid.problem)
        self.opening = [before[name] for name in grid.people]
        for (p, s), pin in grid.pins.items():
            if pin.is_shadow:
                weight = Fraction(str(grid.roles[s].shadow_weight))
                self.opening[p] += _nearest(weight.numerator * self.load(p, s), weight.denominator)

    def _holidays_of(self, p: int) -> list[Ticks]:
        person = self._grid.problem.people[p]
        days = set(person.holidays)
        return [
            (ticks(instant(day, person.zone)), ticks(instant(day + timedelta(days=1), person.zone))) for day in days
        ]

    def _load(self, p: int, s: int) -> int:
        span = self._grid.spans[s]
        extra = Fraction(str(self._grid.problem.holiday_weight)) - 1
        festive = sum(shared(day, span) for day in self._holidays[p])
        burden = Fraction(str(self._grid.roles[s].burden)) * self._multiplier[s]
        weighed = self._wall[s] * extra.denominator + extra.numerator * festive
        return _nearest(1000 * weighed * burden.numerator, extra.denominator * _WEEK * burden.denominator)

    def _owed(self, s: int) -> list[tuple[int, int]]:
        grid = self._grid
        able = [p for p, person in enumerate(grid.problem.people) if grid.roles[s].name in person.roles]
        since, until = grid.spans[s]
        moments = {edge for p in able for gap in (grid.member[p], *grid.absent[p]) for edge in gap}
        edges = [since, *sorted(edge for edge in moments if since < edge < until), until]
        parts = dict.fromkeys(able, Fraction(0))
        for begin, end in pairwise(edges):
            shares = {p: self._share(p, begin) for p in able}
            total = sum(shares.values())
            for p in able:
                if shares[p]:
                    parts[p] += shares[p] * (end - begin) / total
        parts = {p: part * self.load(p, s) for p, part in parts.items() if part}
        return [(p, _nearest(part.numerator, part.denominator * (until - since))) for p, part in parts.items()]

    def _share(self, p: int, at: int) -> Fraction:
        """What somebody's share of full time counts for at an instant."""
        grid = self._grid
        if not grid.member[p][0] <= at < grid.member[p][1]:
            return Fraction(0)
        share = Fraction(str(grid.problem.people[p].share))
        is_absent = any(since <= at < until for since, until in grid.absent[p])
        return share * Fraction(str(grid.problem.absence_owed)) if is_absent else share
