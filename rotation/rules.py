"""The rules, one class each: every breach of it in a plan, with a sentence. No solver is asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import combinations
from typing import Protocol

from rotation.balance import exact
from rotation.duties import Duties, Duty
from rotation.moments import days_later, overlap, wall
from rotation.problem import Preference
from rotation.slots import Shift


@dataclass(frozen=True)
class Breach:
    """A rule that a plan does not keep: of whom, on which shifts, in words, and what it adds to its level.

    An excused one is beyond the plan's choice: history, pins or a volunteer brought it about.
    """

    rule: str
    person: str | None
    shifts: tuple[str, ...]
    sentence: str
    is_excused: bool = False
    cost: int = 1


class Rule(Protocol):
    """What a plan must keep, or had better keep."""

    name: str

    def breaches(self, duties: Duties) -> Iterator[Breach]:
        """Every breach in the plan."""


class Seats:
    """Shifts and people exist, nobody sits twice, and no shift has more people than seats."""

    name = "seats"

    def breaches(self, duties: Duties) -> Iterator[Breach]:
        known, people = duties.problem.shift_by_id, duties.problem.person_by_name
        for shift, holders in duties.holders.items():
            if shift not in known:
                yield Breach(self.name, None, (shift,), f"There is no shift {shift}.")
            elif len(holders) > known[shift].people:
                seats = f"{known[shift].people} seat{'s' * (known[shift].people > 1)}"
                said = f"{shift} has {seats}, but the plan puts {len(holders)} people on it."
                yield Breach(self.name, None, (shift,), said)
            for person in sorted({name for name in holders if holders.count(name) > 1}):
                yield Breach(self.name, person, (shift,), f"{person} sits twice on {shift}.")
            for person in sorted(set(holders) - set(people)):
                yield Breach(self.name, person, (shift,), f"{person}, on {shift}, is not among the people.")


class Eligible:
    """People hold the roles they may hold; a trainee may not."""

    name = "eligible"

    def breaches(self, duties: Duties) -> Iterator[Breach]:
        for duty in duties.planned:
            person = duties.problem.person_by_name[duty.person]
            if duty.role.name not in person.roles:
                trains = duty.role.name in person.trains_for
                why = "only trains for" if trains else "is not among those who may hold"
                yield _broken(self.name, f"{duty.person} {why} {duty.role.name}", duty)


class Present:
    """People are there for all of a shift but the part that its role lets them miss."""

    name = "present"

    def breaches(self, duties: Duties) -> Iterator[Breach]:
        for duty in duties.planned:
            presence = duties.ground.presences[duty.person]
            missed = presence.missed(duty.span)
            if missed > exact(duty.role.may_miss):
                since, until = presence.member
                part = "all" if missed == 1 else f"{round(100 * float(missed))} %"
                why = "has left before" if until <= duty.span[0] else f"is away for {part} of"
                why = "has not joined by the end of" if since >= duty.span[1] else why
                said = f"{duty.person} {why} {duty.told}"
                yield _broken(self.name, said, duty)


class Exclusive:
    """Nobody holds two roles at once that exclude each other."""

    name = "exclusive"

    def breaches(self, duties: Duties) -> Iterator[Breach]:
        pairs = {frozenset(pair) for pair in duties.problem.exclusions}
        for person, held in duties.by_person.items():
            for one, other in combinations(held, 2):
                if other.span[0] >= one.span[1] or (one.is_past and other.is_past):
                    continue
                if frozenset((one.role.name, other.role.name)) in pairs and overlap(one.span, other.span):
                    said = f"{person} would hold {one.told} and {other.told} at once, which exclude each other"
                    yield _broken(self.name, said, one, other)


class NeverThreeWeeks:
    """Nobody is on duty in three weeks in a row, but for a volunteer's pinned shift."""

    name = "never three weeks in a row"

    def breaches(self, duties: Duties) -> Iterator[Breach]:
        for person, weeks in duties.duty_weeks.items():
            for week in (week for week in weeks if week + 1 in weeks and week + 2 in weeks):
                yield self._breach(duties, person, week)

    def _breach(self, duties: Duties, person: str, week: int) -> Breach:
        run = range(week, week + 3)
        held = [duty for duty in duties.by_person[person] if not duties.ground.hours(duty).keys().isdisjoint(run)]
        volunteered = any(duty.is_volunteer for duty in held)
        given = duties.weeks_of([duty for duty in held if duty.is_fixed])
        told = ", ".join(duty.told for duty in held)
        since = duties.problem.day(duties.ground.week_spans[week][0])
        said = f"{person} is on duty in three weeks in a row from {since}: {told}"
        why = "; they volunteered" if volunteered else ""
        shifts = tuple(duty.told for duty in held if not duty.is_past)
        is_excused = volunteered or set(run) <= set(given)
        return Breach(self.name, person, shifts, f"{said}{why}.", is_excused)


class Pinned:
    """Pins stay, and so do frozen shifts whose holder can hold them."""

    name = "pinned"

    def breaches(self, duties: Duties) -> Iterator[Breach]:
        for shift, person in sorted(duties.ground.fixed):
            if person not in duties.holders.get(shift, ()):
                is_pin = (shift, person) in duties.ground.pinned
                why = "is pinned there" if is_pin else "was published there, and it is frozen"
                yield Breach(self.name, person, (shift,), f"{person} is not on {shift}, but {why}.")


class Covered:
    """Every seat is taken."""

    name = "covered"

    def breaches(self, duties: Duties) -> Iterator[Breach]:
        for shift in duties.problem.shifts:
            empty = shift.people - len(duties.holders.get(shift.id, ()))
            if empty > 0:
                of = f" ({empty} of {shift.people} seats)" if shift.people > 1 else ""
                yield Breach(self.name, None, (shift.id,), f"Nobody holds {shift.id}{of}.", cost=empty)


class NotTwoInARow:
    """Nobody is on duty in two weeks in a row."""

    name = "two in a row"

    def breaches(self, duties: Duties) -> Iterator[Breach]:
        for person, weeks in duties.duty_weeks.items():
            for week in (week for week in weeks if week >= -1 and week + 1 in weeks):
                pair = {week, week + 1}
                held = [d for d in duties.by_person[person] if not duties.ground.hours(d).keys().isdisjoint(pair)]
                told = ", ".join(duty.told for duty in held)
                said = f"{person} is on duty in two weeks in a row: {told}."
                yield Breach(self.name, person, tuple(duty.told for duty in held if not duty.is_past), said)


class Rested:
    """After a shift of a role that asks for rest, no other duty begins before its days have passed."""

    name = "rested"

    def breaches(self, duties: Duties) -> Iterator[Breach]:
        for person, held in duties.by_person.items():
            burdened = [duty for duty in held if duty.role.burden]
            for duty in (duty for duty in burdened if duty.role.rest_days):
                free = days_later(duty.span[1], duty.role.rest_days, duties.problem.zone)
                after = next((n for n in burdened if _breaks_rest(duty, n, free)), None)
                if after:
                    shifts = tuple(told.told for told in (duty, after) if not told.is_past)
                    said = f"{person} has less than {duty.role.rest_days} days of rest after {duty.told}: {after.told}."
                    yield Breach(self.name, person, shifts, said)


def _breaks_rest(duty: Duty, after: Duty, free: datetime) -> bool:
    if after is duty or (duty.is_past and after.is_past):
        return False
    return after.span[1] > duty.span[1] and after.span[0] < free


class Wishes:
    """Wishes are met, and nobody works on their own public holidays."""

    name = "preferences"

    def breaches(self, duties: Duties) -> Iterator[Breach]:
        for wish in duties.problem.preferences:
            yield from self._wish(duties, wish)
        for duty in duties.planned:
            person = duties.problem.person_by_name[duty.person]
            for day in sorted(set(person.holidays)):
                span = wall(day, time(), person.zone), wall(day + timedelta(days=1), time(), person.zone)
                if overlap(span, duty.span):
                    said = f"{duty.person} is on {duty.told} on {day}, a public holiday of theirs."
                    yield Breach(self.name, duty.person, (duty.told,), said)

    def _wish(self, duties: Duties, wish: Preference) -> Iterator[Breach]:
        meant = [shift.id for shift in duties.problem.shifts if _matches(duties, wish, shift)]
        held = [shift for shift in meant if wish.person in duties.holders.get(shift, ())]
        if wish.wish == "avoids":
            for shift in held:
                said = f"{wish.person} is on {shift} and would rather not."
                yield Breach(self.name, wish.person, (shift,), said, cost=wish.strength)
        elif meant and not held:
            said = f"{wish.person} holds none of the shifts they want: {', '.join(meant[:3])}{' …' * (len(meant) > 3)}."
            yield Breach(self.name, wish.person, tuple(meant), said, cost=wish.strength)


def _matches(duties: Duties, wish: Preference, shift: Shift) -> bool:
    if (wish.role or shift.role) != shift.role or (wish.shift or shift.id) != shift.id:
        return False
    since = duties.problem.local(wish.since, wish.person) if wish.since else shift.since
    until = duties.problem.local(wish.until, wish.person) if wish.until else shift.until
    return since < shift.until and until > shift.since


class Kept:
    """Published assignments are kept."""

    name = "changes"

    def breaches(self, duties: Duties) -> Iterator[Breach]:
        for entry in duties.problem.announced:
            now = duties.holders.get(entry.shift, ())
            if entry.person not in now:
                instead = " and ".join(sorted(now)) or "nobody"
                said = f"{entry.person} was published for {entry.shift}; now it is {instead}."
                yield Breach(self.name, entry.person, (entry.shift,), said)


HARD: tuple[Rule, ...] = (Seats(), Eligible(), Present(), Exclusive(), NeverThreeWeeks(), Pinned())
SOFT: dict[str, Rule] = {
    "uncovered": Covered(),
    "two_in_a_row": NotTwoInARow(),
    "rest_breaches": Rested(),
    "preferences": Wishes(),
    "changes": Kept(),
}


def _broken(rule: str, said: str, *duties: Duty) -> Breach:
    shifts = tuple(duty.told for duty in duties if not duty.is_past)
    is_excused = all(duty.is_fixed for duty in duties)
    return Breach(rule, duties[0].person, shifts, f"{said}{', as is pinned' * is_excused}.", is_excused)
