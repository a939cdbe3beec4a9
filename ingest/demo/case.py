"""The life of one ticket in the words that all trackers share: a clock, and the acts written down at its time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Generic

from ingest.demo import year
from ingest.demo.acts import Act, D
from ingest.demo.clock import Clock
from ingest.demo.people import Person, Team
from ingest.demo.tickets import Filler
from ingest.demo.trackers import Ending, Priority, Stage

ABOUT = "{about}"  # stands for another ticket until that has a key


@dataclass(frozen=True)
class Question:
    """What somebody asks for, and what the answer will be."""

    title: str
    text: str
    answer: str = ""
    kind: str | None = None

    @classmethod
    def filled(cls, words: tuple[str, str, str], filler: Filler, kind: str | None = None) -> "Question":
        title, text, answer = (filler.fill(part) for part in words)
        return cls(title, text, answer, kind)


class Case(Clock, Generic[D]):
    """`name` seeds the story and orders it among those of the same second."""

    def __init__(
        self, tracker: str, name: str, team: Team, at: datetime, author: Person, asked: Question,
        about: "Case[D] | None" = None,
    ) -> None:  # fmt: skip
        super().__init__(at, Random(name), team)
        self.tracker, self.name, self.opened_at = tracker, name, at
        self.author, self.asked, self.about = author, asked, about
        self.title = asked.title
        self.key = ""  # what the tracker calls it, once it is opened
        self.acts: list[Act[D]] = []
        self.priority: Priority | None = None
        self.labels: set[str] = set()
        self.current: Stage = "new"
        self.words = 0  # comments so far
        self.filler = Filler(self.rng, author=self.login(author), about=ABOUT)

    def login(self, who: Person) -> str:
        return who.login_at(self.tracker)

    def act(self, perform: Callable[[D, datetime], object]) -> None:
        """Write it down, in whole seconds."""
        self.now = self.now.replace(microsecond=0)
        self.acts.append(Act(self.now, self.name, len(self.acts), perform))

    def spelled_out(self, text: str) -> str:
        return text.replace(ABOUT, self.about.key) if self.about else text

    # What people do.

    def open(self, queue: str | None = None) -> None:
        who, title, kind = self.login(self.author), self.title, self.asked.kind

        def perform(desk: D, at: datetime) -> None:
            text = self.spelled_out(self.asked.text)
            self.key = desk.open(at, who, title, text, queue=queue or self.team.queue, kind=kind)

        self.act(perform)

    def say(self, who: Person, words: str | Sequence[str], *, is_internal: bool = False) -> None:
        text, login = self.filler.fill(words if isinstance(words, str) else self.rng.choice(words)), self.login(who)
        self.words += 1
        self.act(lambda desk, at: desk.comment(at, login, self.key, self.spelled_out(text), is_internal=is_internal))

    def answer(self, who: Person) -> None:
        """The last word, as the question has it: nothing in it is to be filled in any more."""
        login = self.login(who)
        self.words += 1
        self.act(lambda desk, at: desk.comment(at, login, self.key, self.asked.answer))

    def assign(self, who: Person, whom: Person | None) -> None:
        if self.owner == whom:
            return
        self.owner = whom
        login, owner = self.login(who), self.login(whom) if whom else None
        self.act(lambda desk, at: desk.assign(at, login, self.key, owner))

    def pass_on(self, who: Person, heir: Person) -> None:
        self.assign(who, heir)

    def prioritise(self, who: Person, priority: Priority) -> None:
        if self.priority == priority:
            return
        self.priority = priority
        login = self.login(who)
        self.act(lambda desk, at: desk.prioritise(at, login, self.key, priority))

    def label(self, who: Person, name: str, *, is_on: bool = True) -> None:
        if (name in self.labels) == is_on:
            return
        (self.labels.add if is_on else self.labels.discard)(name)
        login = self.login(who)
        self.act(lambda desk, at: desk.label(at, login, self.key, name, is_on=is_on))

    def stage(self, who: Person, stage: Stage) -> None:
        if self.current == stage:
            return
        self.current = stage
        login = self.login(who)
        self.act(lambda desk, at: desk.move(at, login, self.key, stage))

    def close(self, who: Person, how: Ending = "done") -> None:
        login = self.login(who)
        self.act(lambda desk, at: desk.close(at, login, self.key, how))

    def reopen(self, who: Person, stage: Stage | None = None) -> None:
        """`stage` is where the tracker puts it then; where it was, unless that is said."""
        self.current = stage or self.current
        login = self.login(who)
        self.act(lambda desk, at: desk.reopen(at, login, self.key))

    def rename(self, who: Person, title: str) -> None:
        self.title = title
        login = self.login(who)
        self.act(lambda desk, at: desk.rename(at, login, self.key, title))

    def requeue(self, who: Person, queue: str) -> None:
        login = self.login(who)
        self.act(lambda desk, at: desk.requeue(at, login, self.key, queue))

    def hide(self) -> None:
        self.act(lambda desk, at: desk.hide(at, self.key))

    # Who does it, and when.

    @property
    def duty(self) -> Person:
        return self.team.on_duty(self.day)

    def seen_at(self) -> datetime:
        """When the duty person gets to it: mostly within the promise, less so in a bad month."""
        office, season = self.team.lead.office, year.season(self.day)
        if not self.happens(season.on_time):
            return office.after(office.promised(self.now), 0.2 + self.rng.expovariate(1 / season.lateness))
        slow = self.rng.betavariate(1.2, 3.4)
        if office.is_open(self.now):
            return office.after(self.now, 4 * slow)
        morning = office.next_opening(self.now)
        return morning + (office.promised(self.now) - morning) * slow

    @property
    def hand(self) -> Person:
        """Whose work it is: the owner's, or else the duty person's."""
        return self.owner or self.duty

    def somebody(self) -> Person:
        return self.rng.choice(self.team.present(self.day) or [self.team.lead])
