"""What happened to one ticket, in order: a clock that only moves forward and the acts written down at its time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from ingest.demo import talk, year
from ingest.demo.people import BOARD, TEAMS, Person
from ingest.demo.tickets import Ask, Filler

# How long the owner of an urgent ticket lets it be without a word.
CADENCE = {"P0": timedelta(hours=18), "P1": timedelta(days=5)}


@dataclass(frozen=True)
class Incident:
    """The instants of an incident, known to all the tickets around it."""

    acknowledged_at: datetime
    mitigated_at: datetime
    resolved_at: datetime
    debriefed_at: datetime
    priority: str


@dataclass(eq=False)
class Opening:
    """Somebody opens a ticket. `name` seeds its story, so that no ticket depends on another one's luck."""

    queue: str
    at: datetime
    author: Person
    ask: Ask
    story: str
    name: str
    shows_at: datetime  # later than `at` where the ticket came from another repository
    carried_labels: tuple[str, ...] = ()
    incident: Incident | None = None
    about: "Opening | None" = None
    number: int = 0


@dataclass(frozen=True, slots=True)
class Happening:
    at: datetime
    kind: str  # GitHub's word for it
    who: Person
    what: str = ""
    was: str = ""
    whom: Person | None = None
    about: Opening | None = None
    edited_after: int = 0  # seconds


class Diary:
    def __init__(self, opening: Opening, rng: Random) -> None:
        self.opening, self.rng, self.team = opening, rng, TEAMS[opening.queue]
        self.now = opening.at
        self.happenings: list[Happening] = []
        self.owner: Person | None = None
        self.priority = ""
        self.labels = set(opening.carried_labels)
        self.column = ""
        self.title = opening.ask.title
        self.is_closed = False
        about = str(opening.about.number) if opening.about else "?"
        self.filler = Filler(rng, author=opening.author.login, about=about)

    def happens(self, chance: float) -> bool:
        return self.rng.random() < chance

    @property
    def day(self) -> date:
        return self.team.lead.office.local(self.now).date()

    # The clock.

    def passes(self, low: float, high: float) -> None:
        """Some minutes go by."""
        self.now += timedelta(seconds=int(60 * self.rng.uniform(low, high)))

    def work(self, hours: float) -> None:
        """The owner, whoever that is by the end, gets `hours` of work done."""
        owner = self.owner or self.team.on_duty(self.day)
        done = owner.office.after(self.now, hours, _pace_of(owner))
        if owner.office.local(done).date() >= owner.left:
            owner = self._inherit(owner)
            done = owner.office.after(self.now, hours, _pace_of(owner))
        self._keep_posted(owner, done)
        self.now = max(self.now, done)

    def reply(self, who: Person, hours: float) -> Person:
        """Somebody who asked finds the time; returned is who speaks: the lead, for those who left meanwhile."""
        self.now = who.office.after(self.now, hours)
        return who if self.day < who.left else self.team.lead

    def _inherit(self, leaver: Person) -> Person:
        """Somebody left the company: the lead gives the ticket to a colleague."""
        last_hours = leaver.office.next_opening(datetime.combine(leaver.left, datetime.min.time(), self.now.tzinfo))
        self.now = max(self.now, last_hours)
        heir = self.rng.choice(self.team.present(self.day))
        if self.owner:
            self.unassign(self.team.lead, leaver)
            self.assign(self.team.lead, heir)
        return heir

    def _keep_posted(self, owner: Person, done: datetime) -> None:
        while self.priority in CADENCE and done - self.now > CADENCE[self.priority]:
            self.now += CADENCE[self.priority] * self.rng.uniform(0.75, 1)
            if self.happens(0.93 if year.pace(self.day) > 0.5 else 0.6) and owner.works_on(self.day):
                self.say(owner, talk.URGENT_PROGRESS)

    # The acts.

    def act(
        self,
        kind: str,
        who: Person,
        what: str = "",
        was: str = "",
        whom: Person | None = None,
        about: Opening | None = None,
        edited_after: int = 0,
    ) -> None:
        """Write it down, in whole seconds as GitHub does."""
        second = self.now.replace(microsecond=0)
        self.happenings.append(Happening(second, kind, who, what, was, whom, about, edited_after))

    def say(self, who: Person, words: str | Sequence[str]) -> None:
        text = self.filler.fill(words if isinstance(words, str) else self.rng.choice(words))
        edited_after = self.rng.randint(20, 900) if self.happens(0.03) else 0
        self.act("commented", who, text, edited_after=edited_after)
        for mentioned in dict.fromkeys((self.opening.author, *self.team.members)):
            if text.startswith(f"@{mentioned.login} "):
                self.act("mentioned", mentioned)
                self.act("subscribed", mentioned)

    def label(self, who: Person, name: str) -> None:
        if name not in self.labels:
            self.labels.add(name)
            self.act("labeled", who, name)

    def unlabel(self, who: Person, name: str) -> None:
        if name in self.labels:
            self.labels.remove(name)
            self.act("unlabeled", who, name)

    def prioritise(self, who: Person, priority: str) -> None:
        self.unlabel(who, self.priority)
        self.label(who, priority)
        self.priority = priority

    def assign(self, who: Person, whom: Person) -> None:
        if self.owner != whom:
            self.owner = whom
            self.act("assigned", who, whom=whom)

    def unassign(self, who: Person, whom: Person) -> None:
        self.owner = None
        self.act("unassigned", who, whom=whom)

    def rename(self, who: Person, title: str) -> None:
        self.act("renamed", who, title, self.title)
        self.title = title

    def refer(self, who: Person, about: Opening) -> None:
        """`about` mentions this ticket; GitHub tells so here."""
        self.act("cross-referenced", who, about=about)

    def stage(self, who: Person, column: str) -> None:
        """The ticket moves on: to a column of the board, or to a label where the team has no board."""
        if column == self.column:
            return
        if self.team.has_board:
            self.act("project_v2_item_status_changed", who, column, self.column)
        else:
            self.unlabel(who, self.column.lower())
            if column not in ("New", "Done"):
                self.label(who, column.lower())
        self.column = column

    def close(self, who: Person, reason: str = "completed") -> None:
        self.act("closed", who, reason)
        self.is_closed = True
        if self.team.has_board:
            self.now += timedelta(seconds=self.rng.randint(1, 3))
        self.stage(BOARD if self.team.has_board else who, "Done")

    def reopen(self, who: Person) -> None:
        self.act("reopened", who)
        self.is_closed = False
        if self.team.has_board:
            self.now += timedelta(seconds=self.rng.randint(1, 3))
        self.stage(BOARD if self.team.has_board else who, "Triaged")


def _pace_of(person: Person) -> Callable[[date], float]:
    """Nothing moves while somebody is away; after they left, `Diary.work` finds an heir."""

    def pace(day: date) -> float:
        return year.pace(day) if person.works_on(day) or day >= person.left else 0.0

    return pace
