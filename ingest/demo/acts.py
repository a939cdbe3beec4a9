"""What people do at a tracker, in the order of time: acts that are written down first and performed later.

Nothing of an act depends on when the world is cut: one that lies at or after `until` is simply not performed.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from ingest.demo.people import Person
from ingest.demo.trackers import Desk

D = TypeVar("D", bound=Desk)


@dataclass(frozen=True, slots=True)
class Act(Generic[D]):
    """`story` and `place` order what falls into one second."""

    at: datetime
    story: str
    place: int
    perform: Callable[[D, datetime], object]


def perform(desk: D, acts: Iterable[Act[D]], until: datetime) -> None:
    """Whatever happened before `until`, first things first."""
    done = [act for act in acts if act.at < until]
    for act in sorted(done, key=lambda act: (act.at, act.story, act.place)):
        act.perform(desk, act.at)


def enrol(desk: Desk, tracker: str, people: Iterable[Person], until: datetime) -> None:
    """Everybody who had joined by then gets a login, newcomers last: whatever counts logins never counts anew."""
    for person in sorted(people, key=lambda person: person.joined):
        if person.joined <= until.date():
            desk.enrol(person.login_at(tracker), person.name, is_bot=person.is_bot, email=person.email)
