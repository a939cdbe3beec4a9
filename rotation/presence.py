"""When people are there: between the days they join and leave, and not absent."""

from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

from rotation.moments import Span, joined, overlap, ratio
from rotation.problem import Problem

_EVER = datetime(1, 1, 1, tzinfo=UTC)
_FOREVER = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True)
class Presence:
    """Somebody's days with the team, and the spans of it in which they are absent."""

    member: Span
    absent: list[Span]

    @property
    def away(self) -> list[Span]:
        """Not yet here, absent, or gone."""
        return joined([(_EVER, self.member[0]), *self.absent, (self.member[1], _FOREVER)])

    def missed(self, span: Span) -> Fraction:
        """The part of a span, from 0 to 1, that they are away."""
        return sum((ratio(overlap(gap, span), span[1] - span[0]) for gap in self.away), Fraction())

    @property
    def edges(self) -> set[datetime]:
        """The instants at which something changes."""
        return {*self.member, *(edge for gap in self.absent for edge in gap)}

    def owing(self, at: datetime, absence_owed: float) -> float:
        """Which part of their share of full time they owe at that instant."""
        if not self.member[0] <= at < self.member[1]:
            return 0.0
        return absence_owed if any(since <= at < until for since, until in self.absent) else 1.0


def presences(problem: Problem) -> dict[str, Presence]:
    """Everybody's presence, by name."""
    return {person.name: _presence(problem, person.name) for person in problem.people}


def _presence(problem: Problem, name: str) -> Presence:
    person = problem.person_by_name[name]
    since = problem.local(person.joined, name) if person.joined else _EVER
    until = problem.local(person.left, name) if person.left else _FOREVER
    gaps = [(problem.local(a.since, name), problem.local(a.until, name)) for a in problem.absences if a.person == name]
    return Presence((since, until), joined(gaps))
