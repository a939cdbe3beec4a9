"""What a plan makes each person do, next to what history has them do already."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from rotation.balance import exact
from rotation.moments import Span, overlap
from rotation.plan import Holders
from rotation.presence import Presence, presences
from rotation.problem import Problem
from rotation.slots import Shift
from rotation.team import Role


@dataclass(frozen=True)
class Duty:
    """One person on one shift. A fixed one is beyond the plan's choice: history, a pin, or a frozen shift."""

    person: str
    role: Role
    span: Span
    told: str  # the shift's id; of one in the past its role and first day
    is_past: bool
    is_fixed: bool
    is_volunteer: bool = False


class Ground:
    """What is the same for every plan of a problem: who is there, what is fixed, and the weeks that count."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.presences: dict[str, Presence] = presences(problem)
        # Two weeks of history can begin a run; the last shifts may reach into the week after the plan.
        self.weeks = range(-2, problem.weeks + 1)
        self.week_spans = dict(zip(self.weeks, problem.week_spans(self.weeks), strict=True))
        self.pinned = {(pin.shift, pin.person): pin for pin in problem.pins if not pin.is_shadow}
        self.fixed = self.pinned.keys() | set(self._frozen())
        self.past = [
            Duty(
                past.person,
                problem.role_by_name[past.role],
                (problem.local(past.since), problem.local(past.until)),
                f"{past.role} since {problem.day(problem.local(past.since))}",
                is_past=True,
                is_fixed=True,
            )
            for past in problem.history
        ]
        self._planned: dict[tuple[str, str], Duty] = {}

    def _frozen(self) -> Iterator[tuple[str, str]]:
        """Published assignments before the day, where their holder can hold them and no pin says otherwise."""
        taken_in_hand = {shift for shift, _ in self.pinned}
        for entry in self.problem.announced:
            shift = self.problem.shift_by_id[entry.shift]
            is_near = self.problem.frozen_until is not None and shift.since < self.problem.frozen_until
            if is_near and shift.id not in taken_in_hand and self.may_hold(entry.person, shift):
                yield shift.id, entry.person

    def is_eligible(self, person: str, shift: Shift) -> bool:
        return shift.role in self.problem.person_by_name[person].roles

    def misses_too_much(self, person: str, shift: Shift) -> bool:
        """Whether they are away for more of the shift than the role lets one miss."""
        return self.presences[person].missed(shift.span) > exact(self.problem.role_by_name[shift.role].may_miss)

    def may_hold(self, person: str, shift: Shift) -> bool:
        return self.is_eligible(person, shift) and not self.misses_too_much(person, shift)

    def duty(self, person: str, shift: Shift) -> Duty:
        """This person on this shift."""
        key = shift.id, person
        if key not in self._planned:
            pin = self.pinned.get(key)
            self._planned[key] = Duty(
                person,
                self.problem.role_by_name[shift.role],
                shift.span,
                shift.id,
                is_past=False,
                is_fixed=key in self.fixed,
                is_volunteer=pin is not None and pin.is_volunteer,
            )
        return self._planned[key]

    def hours(self, duty: Duty) -> dict[int, timedelta]:
        """How much of each week of the rota a duty takes; a role of no burden takes none."""
        if not duty.role.burden:
            return {}
        taken = {week: overlap(duty.span, span) for week, span in self.week_spans.items()}
        return {week: hours for week, hours in taken.items() if hours}


class Duties:
    """Everybody's duties under one plan."""

    def __init__(self, ground: Ground, holders: Holders) -> None:
        self.ground, self.problem, self.holders = ground, ground.problem, holders
        known = ground.problem.shift_by_id
        self.planned = [
            ground.duty(person, known[shift])
            for shift, people in holders.items()
            if shift in known
            for person in dict.fromkeys(people)
            if person in ground.problem.person_by_name
        ]

    @cached_property
    def by_person(self) -> dict[str, list[Duty]]:
        """Planned and past duties of each person who has any, in order of time."""
        found: dict[str, list[Duty]] = defaultdict(list)
        for duty in sorted([*self.ground.past, *self.planned], key=lambda duty: duty.span):
            found[duty.person].append(duty)
        return found

    @cached_property
    def duty_weeks(self) -> dict[str, list[int]]:
        """Each person's duty weeks: those of which their hours of duty take more than half."""
        return {person: self.weeks_of(duties) for person, duties in self.by_person.items()}

    def weeks_of(self, duties: list[Duty]) -> list[int]:
        """The weeks of which these duties together take more than half."""
        taken: dict[int, timedelta] = defaultdict(timedelta)
        for duty in duties:
            for week, hours in self.ground.hours(duty).items():
                taken[week] += hours
        spans = self.ground.week_spans
        return sorted(week for week, hours in taken.items() if 2 * hours > spans[week][1] - spans[week][0])
