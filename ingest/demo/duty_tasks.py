"""How a task of the duty team lives in Phorge: asked or paged, triaged, stalled, given a date, merged, reopened."""

from datetime import timedelta

from ingest.demo import asked_of_operations as asked
from ingest.demo import talk, year
from ingest.demo.case import Case
from ingest.demo.people import LOS_ANGELES, OPERATIONS, PAGER, Person
from ingest.demo.trackers import Ending, Priority
from ingest.demo.trackers.phorge import Phorge

PRIORITIES: tuple[Priority, ...] = ("P0", "P1", "P2", "P3")
WEIGHTS = (1, 14, 55, 30)
AREAS = ("network", "databases", "storage", "mail")
TAGS = ("customer-facing", "data-hall", "night-shift", "audit")


class Task(Case[Phorge]):
    """A case in Phorge, with what only Phorge can do."""

    def close(self, who: Person, how: Ending = "done") -> None:
        """Phorge gives an unowned task to whoever closes it."""
        super().close(who, how)
        self.owner = self.owner or who

    def expect(self, who: Person, words: tuple[str, ...]) -> None:
        """Say by when it should be done, in the field and in words."""
        due = LOS_ANGELES.local(LOS_ANGELES.after(self.now, self.rng.uniform(16, 90))).date()
        login = self.login(who)
        self.act(lambda desk, at: desk.set_eta(at, login, self.key, due))
        self.filler.known["eta"] = f"{due:%A} the {due.day}."
        self.say(who, words)

    def correct(self, who: Person) -> None:
        """Change the last comment, or take it back: no new transaction tells of either."""
        number, login, is_taken_back = self.words - 1, self.login(who), self.happens(0.3)
        self.passes(1, 30)
        if is_taken_back:
            self.act(lambda desk, at: desk.remove_comment(at, login, self.key, number))
        else:
            text = self.filler.fill(self.rng.choice(talk.PROGRESS))
            self.act(lambda desk, at: desk.edit_comment(at, login, self.key, number, text))

    def reveal(self) -> None:
        self.act(lambda desk, at: desk.show(at, self.key))

    def merge_into(self, who: Person, other: "Task") -> None:
        login = self.login(who)
        self.act(lambda desk, at: desk.merge(at, login, self.key, other.key))


def request(task: Task) -> None:
    """Somebody asks, somebody does."""
    task.open()
    words_before(task)
    triage(task)
    if task.happens(0.04):
        decline(task)
        return
    toil(task)
    finish(task)
    if task.happens(0.11):
        relapse(task)


def words_before(task: Task) -> None:
    """The author adds something, or the duty person has a word long before the triage."""
    due = task.seen_at()
    if task.happens(0.12) and not task.author.is_bot and due - task.now > timedelta(minutes=5):
        task.now += (due - task.now) * task.rng.uniform(0.1, 0.9)
        task.say(task.author, talk.ADDED_BY_AUTHOR)
    task.now = max(task.now, due)


def triage(task: Task) -> None:
    """Everything at once, or only a word and an owner: then the priority stays what nobody has chosen."""
    who = task.duty
    habit = task.rng.choices(("everything", "board first", "words only"), (80, 14, 6))[0]
    if habit != "words only":
        task.prioritise(who, task.rng.choices(PRIORITIES, WEIGHTS)[0])
    if task.happens(0.25):
        task.label(who, task.rng.choice(TAGS))
    if habit != "board first":
        task.assign(who, who if task.happens(0.55) else task.somebody())
    if task.happens(0.9):
        task.stage(who, "triaged")
    if task.happens(0.03):
        task.rename(who, f"{task.title} ({task.rng.choice(('again', 'third time', 'see mail'))})")
    if task.happens(0.7) or habit == "words only":
        task.passes(0, 6)
        task.say(task.hand, asked.SEEN_BY_DUTY)


def toil(task: Task) -> None:
    hours = 5 * task.rng.lognormvariate(0, 1.1)
    is_stuck = task.happens(0.14)
    task.work(hours * 0.4 + (task.rng.uniform(80, 900) if is_stuck else 0))
    if task.owner is None:
        task.assign(task.duty, task.somebody())
    if task.happens(0.85):
        task.stage(task.hand, "active")
    for _ in range(min(4, 1 + int(hours / 6))):
        task.work(hours * 0.15)
        task.rng.choices((progress, stall, estimate, hand_over, chase, uneventful), (30, 17, 14, 8, 6, 30))[0](task)


def uneventful(_task: Task) -> None:
    pass


def progress(task: Task) -> None:
    task.say(task.hand, talk.PROGRESS)
    if task.happens(0.07):
        task.correct(task.hand)


def chase(task: Task) -> None:
    if not task.author.is_bot:
        task.say(task.reply(task.author, task.rng.uniform(0.1, 3)), talk.CHASED)


def estimate(task: Task) -> None:
    task.expect(task.hand, asked.ETA_GIVEN)
    if task.happens(0.4):
        task.work(task.rng.uniform(8, 40))
        task.expect(task.hand, asked.ETA_MOVED)


def stall(task: Task) -> None:
    """Nothing to do for days."""
    task.say(task.hand, asked.STALLED)
    task.stage(task.hand, "waiting")
    task.work(10 * task.rng.lognormvariate(0, 1))
    task.say(task.hand, asked.RESUMED)
    task.stage(task.hand, "active")


def hand_over(task: Task) -> None:
    others = [person for person in task.team.present(task.day) if person != task.owner]
    if others:
        heir, giver = task.rng.choice(others), task.hand
        task.filler.known["to"] = task.login(heir)
        task.say(giver, talk.HANDED_OVER)
        task.assign(giver, heir)


def finish(task: Task) -> None:
    task.work(task.rng.uniform(0.1, 2))
    if task.happens(0.85 if year.pace(task.day) > 0.5 else 0.5):
        task.answer(task.hand)
        task.passes(0, task.rng.choice((0, 0, 12)))
    task.close(task.hand)
    if task.happens(0.2) and not task.author.is_bot:
        task.say(task.reply(task.author, task.rng.uniform(0.05, 5)), talk.THANKED)


def decline(task: Task) -> None:
    task.work(task.rng.uniform(1, 20))
    task.say(task.hand, talk.DECLINED)
    task.close(task.hand, "declined")


def relapse(task: Task) -> None:
    """It comes back; the author says so, or nobody may say that it ever was done."""
    who = OPERATIONS.lead if task.author.is_bot else task.author
    who = task.reply(who, task.rng.uniform(2, 60))
    task.say(who, talk.REOPENED)
    task.reopen(who)
    toil(task)
    finish(task)


def alert(task: Task) -> None:
    """Opened by the pager, which sees for itself when all is well; flapping, it thinks again."""
    task.open()
    herald(task)
    if task.happens(0.35):
        recover(task)
        if task.happens(0.25):
            task.passes(4, 50)
            task.reopen(PAGER)
            recover(task)
        look_through(task)
        return
    task.now = task.now + timedelta(minutes=task.rng.randint(2, 25)) if task.happens(0.4) else task.seen_at()
    who = task.duty
    task.say(who, talk.INCIDENT_SEEN)
    task.assign(who, who)
    sort_in(task, task.rng.choices(("P0", "P2", "P3"), (10, 65, 25))[0])
    task.stage(who, "active")
    task.work(1.5 * task.rng.lognormvariate(0, 0.9))
    if task.happens(0.9):
        task.say(task.hand, asked.CAUSES)
    task.close(task.hand)
    if task.happens(0.05):
        relapse(task)


def herald(task: Task) -> None:
    """A rule of Phorge's own marks what the pager writes, in the same second."""
    task.priority = "P1"
    task.labels.add("alert")
    task.act(lambda desk, at: desk.herald(at, task.key, priority="P1", label="alert"))


def look_through(task: Task) -> None:
    """What came and went by itself is looked at in the morning."""
    task.now = max(task.now, task.seen_at())
    sort_in(task, "P3")
    if task.happens(0.3):
        task.say(task.duty, asked.CAUSES)


def sort_in(task: Task, priority: Priority) -> None:
    """What a rule has guessed is for a person to say: how urgent, and whose part of the house."""
    if task.happens(0.9):
        task.prioritise(task.duty, priority)
        task.label(task.duty, task.rng.choice(AREAS))


def recover(task: Task) -> None:
    task.passes(3, 40)
    task.say(PAGER, task.asked.answer)
    task.close(PAGER)


def repeated(task: Task) -> None:
    """The same thing again, by the pager or by somebody who did not look: merged into the first task."""
    main = task.about
    assert isinstance(main, Task)
    task.open()
    if task.author == PAGER:
        herald(task)
    task.passes(4, 90)
    task.now = max(task.now, main.opened_at + timedelta(minutes=5))
    who = task.duty
    sort_in(task, "P3")
    if task.happens(0.5):
        task.say(who, asked.MERGED)
    task.merge_into(who, main)


def confidential(task: Task) -> None:
    """Out of sight as soon as somebody has read the title."""
    task.open()
    task.passes(8, 70)
    task.assign(task.team.lead, task.team.lead)
    task.prioritise(task.team.lead, "P1")
    task.hide()


def declassified(task: Task) -> None:
    """When it is over everybody may read it, with all that was written meanwhile."""
    confidential(task)
    task.work(6)
    task.say(task.team.lead, talk.PROGRESS)
    task.work(20)
    task.answer(task.team.lead)
    task.close(task.team.lead)
    task.passes(60 * 24 * 20, 60 * 24 * 25)
    task.reveal()
