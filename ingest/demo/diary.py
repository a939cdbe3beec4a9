"""What happened to one ticket, in order: the acts written down at the time of its clock, in GitHub's words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from ingest.demo import talk, year
from ingest.demo.clock import Clock
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


class Diary(Clock):
    def __init__(self, opening: Opening, rng: Random) -> None:
        super().__init__(opening.at, rng, TEAMS[opening.queue])
        self.opening = opening
        self.happenings: list[Happening] = []
        self.priority = ""
        self.labels = set(opening.carried_labels)
        self.column = ""
        self.title = opening.ask.title
        self.is_closed = False
        about = str(opening.about.number) if opening.about else "?"
        self.filler = Filler(rng, author=opening.author.login, about=about)

    # The clock.

    def pass_on(self, who: Person, heir: Person) -> None:
        assert self.owner is not None
        self.unassign(who, self.owner)
        self.assign(who, heir)

    def while_working(self, owner: Person, done: datetime) -> None:
        """An urgent ticket is owed a word now and then."""
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
