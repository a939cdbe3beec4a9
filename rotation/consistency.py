"""Does a problem hang together: unique names, known references, intervals that end after they begin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rotation.problem import Problem

Thing = TypeVar("Thing")


def verify(problem: Problem) -> None:
    """ValueError with every fault found, a sentence each."""
    faults = [*_doubled(problem)]
    # References cannot be followed while names are ambiguous.
    faults = faults or [*_unknown(problem)]
    faults = faults or [*_shifts(problem), *_backwards(problem)]
    if faults:
        raise ValueError("; ".join(faults))


def _doubled(problem: Problem) -> Iterator[str]:
    for what, names in (
        ("people", [person.name for person in problem.people]),
        ("roles", [role.name for role in problem.roles]),
        ("expected loads", [load.shift for load in problem.expected_loads]),
    ):
        yield from (f"there are two {what} named {name!r}: give each its own name" for name in _twice(names))
    yield from (f"{entry.person} is published twice on {entry.shift}" for entry in _twice(problem.published))
    pinned = [(pin.person, pin.shift) for pin in problem.pins]
    yield from (f"{person} is pinned twice on {shift}: keep one pin" for person, shift in _twice(pinned))


def _twice(things: Iterable[Thing]) -> list[Thing]:
    return [thing for thing, count in Counter(things).items() if count > 1]


def _unknown(problem: Problem) -> Iterator[str]:
    people, roles = problem.person_by_name, problem.role_by_name
    for where, entries in (
        ("an absence", problem.absences),
        ("a preference", problem.preferences),
        ("a pin", problem.pins),
        ("the published plan", problem.published),
        ("the history", problem.history),
    ):
        strangers = sorted({entry.person for entry in entries} - set(people))
        yield from (f"{where} names {name!r}, who is not among the people: list them too" for name in strangers)
    for where, names in (
        *((f"{person.name} may hold", person.roles) for person in problem.people),
        *((f"{person.name} trains for", person.trains_for) for person in problem.people),
        ("an exclusion names", [name for pair in problem.exclusions for name in pair]),
        ("a preference names", [wish.role for wish in problem.preferences if wish.role is not None]),
        ("the history names", [past.role for past in problem.history]),
        *((f"a published shift is {entry.shift!r}: it names", [_role_of(entry.shift)]) for entry in problem.published),
    ):
        yield from (f"{where} {name!r}, which is not among the roles" for name in sorted(set(names) - set(roles)))
    yield from (f"{a} cannot exclude itself: name two roles" for a, b in problem.exclusions if a == b)


def _role_of(shift: str) -> str:
    return shift.rpartition("/")[0]


def _shifts(problem: Problem) -> Iterator[str]:
    first, last = problem.first_day.isoformat(), problem.shifts[-1].id.rpartition("/")[2] if problem.shifts else ""
    named = [pin.shift for pin in problem.pins] + [load.shift for load in problem.expected_loads]
    named += [wish.shift for wish in problem.preferences if wish.shift is not None]
    named += [entry.shift for entry in problem.published if first <= entry.shift.rpartition("/")[2] <= last]
    for shift in dict.fromkeys(named):
        if shift not in problem.shift_by_id:
            known = [other.id for other in problem.shifts if other.role == _role_of(shift)] or list(problem.shift_by_id)
            yield f"there is no shift {shift!r} in this plan; there are {', '.join(known[:3])} and so on"
    yield from _crowded(problem)


def _crowded(problem: Problem) -> Iterator[str]:
    pinned = Counter(pin.shift for pin in problem.pins if not pin.is_shadow)
    for what, count in (("pinned on", pinned), ("published for", Counter(e.shift for e in problem.announced))):
        for shift, people in count.items():
            seats = problem.shift_by_id[shift].people if shift in problem.shift_by_id else people
            if people > seats:
                yield f"{people} people are {what} {shift}, which has {seats} seat{'s' * (seats > 1)}: take some away"


def _backwards(problem: Problem) -> Iterator[str]:
    for absence in problem.absences:
        if problem.local(absence.until, absence.person) <= problem.local(absence.since, absence.person):
            yield f"the absence of {absence.person} since {absence.since} ends no later than it begins"
    for past in problem.history:
        if problem.local(past.until) <= problem.local(past.since):
            yield f"the past shift of {past.person} in {past.role} since {past.since} ends no later than it begins"
        elif problem.local(past.since) >= problem.span[0]:
            yield f"the past shift of {past.person} in {past.role} since {past.since} begins within the plan: pin it"
    for wish in problem.preferences:
        since, until = ((m and problem.local(m, wish.person)) for m in (wish.since, wish.until))
        if since and until and until <= since:
            yield f"a wish of {wish.person} ends no later than it begins, at {wish.since}"
