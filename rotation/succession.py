"""What follows what, for a search: hours of duty by week, rest after shifts, wishes."""

from collections import defaultdict
from datetime import timedelta

from rotation.grid import Grid, Ticks, shared, ticks
from rotation.moments import days_later, instant
from rotation.problem import Preference


class Succession:
    """Weeks are numbered from the one two before the plan to the one after it.

    `hours[s]` are the microseconds that a shift takes of each week; `after[s]` the shifts that break the rest after it;
    `after_past` the same for a person's past shifts; `before_past` the (person, shift) whose rest a past shift breaks.
    """

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        spans = grid.problem.week_spans(range(-2, grid.problem.weeks + 1))
        self.weeks: list[Ticks] = [(ticks(since), ticks(until)) for since, until in spans]
        self.length = [until - since for since, until in self.weeks]
        self.hours = [
            self._hours(span) if role.burden else [] for span, role in zip(grid.spans, grid.roles, strict=True)
        ]
        self.past_hours: list[dict[int, int]] = [defaultdict(int) for _ in grid.people]
        for p, role, span in grid.past:
            for week, hours in self._hours(span) if role.burden else []:
                self.past_hours[p][week] += hours
        # A volunteer's pinned shift lifts the rule of three weeks for the weeks that it lies in.
        self.volunteered = {
            (p, week)
            for (p, s), pin in grid.pins.items()
            if pin.is_volunteer and not pin.is_shadow
            for week, _ in self.hours[s]
        }
        self._rest()
        self._wishes()

    def _hours(self, span: Ticks) -> list[tuple[int, int]]:
        return [(week, hours) for week, whole in enumerate(self.weeks) if (hours := shared(span, whole))]

    def _free(self, until: int, days: int) -> int:
        since = self._grid.problem.span[0]
        return ticks(days_later(since + timedelta(microseconds=until - ticks(since)), days, self._grid.problem.zone))

    def _rest(self) -> None:
        grid = self._grid
        burdened = [s for s in range(len(grid.shifts)) if grid.roles[s].burden]
        self.after: list[list[int]] = [[] for _ in grid.shifts]
        self.after_past: list[tuple[int, list[int]]] = []
        self.before_past: set[tuple[int, int]] = set()
        for s in burdened:
            if grid.roles[s].rest_days:
                free = self._free(grid.spans[s][1], grid.roles[s].rest_days)
                self.after[s] = [n for n in burdened if n != s and self._breaks(grid.spans[n], grid.spans[s], free)]
                past = ((p, span) for p, role, span in grid.past if role.burden)
                self.before_past |= {(p, s) for p, span in past if self._breaks(span, grid.spans[s], free)}
        for p, role, span in grid.past:
            if role.burden and role.rest_days:
                free = self._free(span[1], role.rest_days)
                self.after_past.append((p, [n for n in burdened if self._breaks(grid.spans[n], span, free)]))

    @staticmethod
    def _breaks(later: Ticks, earlier: Ticks, free: int) -> bool:
        return later[1] > earlier[1] and later[0] < free

    def _wishes(self) -> None:
        grid = self._grid
        self.avoided: dict[tuple[int, int], int] = defaultdict(int)
        self.wanted: list[tuple[int, int, list[int]]] = []  # person, strength, shifts that would do
        for wish in grid.problem.preferences:
            meant, p = [s for s in range(len(grid.shifts)) if self._is_meant(wish, s)], grid.place[wish.person]
            if wish.wish == "wants" and meant:
                self.wanted.append((p, wish.strength, meant))
            elif wish.wish == "avoids":
                for s in meant:
                    self.avoided[p, s] += wish.strength
        for p, person in enumerate(grid.problem.people):
            for day in set(person.holidays):
                off = ticks(instant(day, person.zone)), ticks(instant(day + timedelta(days=1), person.zone))
                for s, span in enumerate(grid.spans):
                    self.avoided[p, s] += bool(shared(off, span))

    def _is_meant(self, wish: Preference, s: int) -> bool:
        zone = self._grid.problem.person_by_name[wish.person].zone
        shift, (since, until) = self._grid.shifts[s], self._grid.spans[s]
        begins = wish.since is None or ticks(instant(wish.since, zone)) < until
        ends = wish.until is None or ticks(instant(wish.until, zone)) > since
        return begins and ends and wish.role in (None, shift.role) and wish.shift in (None, shift.id)
