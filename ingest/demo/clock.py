"""The time in which one ticket lives: it only moves forward, and work only gets done in somebody's working hours."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random

from ingest.demo import year
from ingest.demo.people import Person, Team


class Clock:
    """Whoever tells a ticket's life on it says what handing the ticket over means."""

    def __init__(self, now: datetime, rng: Random, team: Team) -> None:
        self.now, self.rng, self.team = now, rng, team
        self.owner: Person | None = None

    def happens(self, chance: float) -> bool:
        return self.rng.random() < chance

    @property
    def day(self) -> date:
        return self.team.lead.office.local(self.now).date()

    def passes(self, low: float, high: float) -> None:
        """Some minutes go by."""
        self.now += timedelta(seconds=int(60 * self.rng.uniform(low, high)))

    def reply(self, who: Person, hours: float) -> Person:
        """Somebody who asked finds the time; returned is who speaks: the lead, for those who left meanwhile."""
        self.now = who.office.after(self.now, hours)
        return who if self.day < who.left else self.team.lead

    def work(self, hours: float) -> None:
        """The owner, whoever that is by the end, gets `hours` of work done."""
        owner = self.owner or self.team.on_duty(self.day)
        done = owner.office.after(self.now, hours, _pace_of(owner))
        if owner.office.local(done).date() >= owner.left:
            owner = self._inherit(owner)
            done = owner.office.after(self.now, hours, _pace_of(owner))
        self.while_working(owner, done)
        self.now = max(self.now, done)

    def _inherit(self, leaver: Person) -> Person:
        """Somebody left the company: the lead gives the ticket to a colleague."""
        last_hours = leaver.office.next_opening(datetime.combine(leaver.left, datetime.min.time(), self.now.tzinfo))
        self.now = max(self.now, last_hours)
        heir = self.rng.choice(self.team.present(self.day))
        if self.owner:
            self.pass_on(self.team.lead, heir)
        return heir

    def pass_on(self, who: Person, heir: Person) -> None:
        """The ticket has an owner, and gets another one."""
        raise NotImplementedError

    def while_working(self, owner: Person, done: datetime) -> None:
        """What is said meanwhile; nothing, unless a ticket is worth it."""


def _pace_of(person: Person) -> Callable[[date], float]:
    """Nothing moves while somebody is away; after they left, `Clock.work` finds an heir."""

    def pace(day: date) -> float:
        return year.pace(day) if person.works_on(day) or day >= person.left else 0.0

    return pace
