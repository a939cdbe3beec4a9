"""How an issue of the product team lives in Jira: refined, planned into a sprint, reviewed, released, sometimes back;
and what an incident leaves there: the incident itself, its post-mortem, and action items with due dates."""

from datetime import date, timedelta

from ingest.demo import asked_of_product as asked
from ingest.demo import talk
from ingest.demo.case import Case
from ingest.demo.diary import Incident
from ingest.demo.people import LOS_ANGELES, Person
from ingest.demo.trackers import Priority
from ingest.demo.trackers.jira import Jira

FIRST_SPRINT = date(2025, 11, 18)  # a Tuesday; every other Tuesday since
SPRINT = timedelta(days=14)
LABELS = ("billing", "panel", "api", "mail", "quick-win")
PRIORITIES: tuple[Priority, ...] = ("P0", "P1", "P2", "P3")
WEIGHTS = {"Bug": (2, 20, 58, 20), "Story": (0, 10, 60, 30), "Task": (0, 4, 50, 46)}
EFFORT = {"Bug": 9.0, "Story": 26.0, "Task": 14.0}


def sprint_on(day: date) -> str:
    number = (day - FIRST_SPRINT).days // SPRINT.days + 1
    return f"PROD Sprint {number}"


class Issue(Case[Jira]):
    """A case in Jira, with what only Jira can do."""

    def plan(self, who: Person, sprint: str) -> None:
        login = self.login(who)
        self.act(lambda desk, at: desk.sprint(at, login, self.key, sprint))

    def fall_due(self, who: Person, due: date) -> None:
        login = self.login(who)
        self.filler.known["due"] = f"{due:%B} {due.day}"
        self.act(lambda desk, at: desk.due(at, login, self.key, due.isoformat()))

    def link(self, who: Person, relation: str, other: "Issue") -> None:
        login = self.login(who)
        self.act(lambda desk, at: desk.link(at, login, self.key, other.key, relation))

    def rate(self, who: Person, severity: str) -> None:
        login = self.login(who)
        self.act(lambda desk, at: desk.set_field(at, login, self.key, "Severity", {"value": severity}))

    def be_mentioned(self, who: Person) -> None:
        """A page elsewhere links here, and a workflow is touched: most of what a history holds."""
        login = self.login(who)
        self.act(lambda desk, at: desk.chatter(at, login, self.key))

    def log_work(self, who: Person, minutes: int) -> None:
        login = self.login(who)
        self.act(lambda desk, at: desk.work(at, login, self.key, minutes))


def ordinary(issue: Issue) -> None:
    issue.open()
    issue.now = LOS_ANGELES.after(issue.seen_at(), issue.rng.choice((0, 0, 0, 0, 0, 0, 8, 20)))
    refine(issue)
    if issue.happens(0.07):
        drop(issue)
        return
    build(issue)
    release(issue)
    if issue.happens(0.11):
        come_back(issue)


def refine(issue: Issue) -> None:
    """A name for it, a weight, an owner now or later, labels one by one or two in one go."""
    who, kind = issue.duty, issue.asked.kind or "Task"
    issue.prioritise(who, issue.rng.choices(PRIORITIES, WEIGHTS[kind])[0])
    for name in issue.rng.sample(LABELS, issue.rng.choices((0, 1, 2), (45, 40, 15))[0]):
        issue.label(who, name)
    if issue.happens(0.5):
        issue.assign(who, issue.somebody())
    if issue.happens(0.7):
        issue.say(who, asked.REFINED)
    if issue.happens(0.04):
        issue.rename(who, f"{issue.title} (panel only)")
    if issue.happens(0.8):
        issue.stage(who, "triaged")


def build(issue: Issue) -> None:
    """Planned into the running sprint or the next, and not always finished in it."""
    hours = EFFORT[issue.asked.kind or "Task"] * issue.rng.lognormvariate(0, 0.8)
    issue.work(issue.rng.uniform(4, 60))
    if issue.owner is None:
        issue.assign(issue.duty, issue.somebody())
    sprint = sprint_on(issue.day)
    issue.plan(issue.hand, sprint)
    issue.work(issue.rng.uniform(1, 16))
    issue.stage(issue.hand, "active")
    steps = min(4, 1 + int(hours / 8))
    for _ in range(steps):
        issue.work(hours / steps)
        issue.rng.choices((remark, ask_back, log, hand_over, mentioned, quiet), (30, 30, 16, 7, 10, 10))[0](issue)
    if sprint_on(issue.day) != sprint and issue.happens(0.85):
        issue.plan(issue.team.lead, sprint_on(issue.day))


def quiet(_issue: Issue) -> None:
    pass


def remark(issue: Issue) -> None:
    issue.say(issue.hand, asked.IN_WORK)


def mentioned(issue: Issue) -> None:
    issue.be_mentioned(issue.hand)


def log(issue: Issue) -> None:
    issue.log_work(issue.hand, 15 * issue.rng.randint(2, 24))


def ask_back(issue: Issue) -> None:
    """Back in the reporter's court for days."""
    if issue.author in (issue.owner, *issue.team.members):
        return
    issue.filler.known["reporter"] = issue.author.name.split()[0]
    issue.say(issue.hand, asked.ASKED_REPORTER)
    issue.stage(issue.hand, "waiting")
    issue.say(issue.reply(issue.author, 7 * issue.rng.lognormvariate(0, 1)), talk.ANSWERED)
    issue.stage(issue.hand, "active")


def hand_over(issue: Issue) -> None:
    others = [person for person in issue.team.present(issue.day) if person != issue.owner]
    if others:
        issue.assign(issue.hand, issue.rng.choice(others))


def release(issue: Issue) -> None:
    if issue.happens(0.7):
        issue.answer(issue.hand)
        issue.passes(0, issue.rng.choice((0, 2, 30)))
    issue.close(issue.hand)


def drop(issue: Issue) -> None:
    issue.work(issue.rng.uniform(10, 200))
    issue.say(issue.team.lead, asked.WONT_DO)
    issue.close(issue.team.lead, "declined")


def come_back(issue: Issue) -> None:
    who = issue.reply(issue.author, issue.rng.uniform(3, 70))
    issue.say(who, asked.NOT_FIXED)
    issue.reopen(who, "new")
    build(issue)
    release(issue)


def same_as(issue: Issue) -> None:
    """Somebody did not look first."""
    assert isinstance(issue.about, Issue)
    issue.open()
    issue.now = issue.seen_at()
    who = issue.duty
    issue.link(who, "Duplicate", issue.about)
    issue.close(who, "duplicate")


def mistaken(issue: Issue) -> None:
    """Opened in the wrong place and deleted: nothing tells of it afterwards."""
    issue.open()
    issue.passes(20, 200)
    issue.hide()


def moved(issue: Issue) -> None:
    """Belongs to another project, where it gets another key and keeps its number."""
    issue.open()
    issue.now = issue.seen_at()
    issue.say(issue.duty, "This belongs to the design project, moving it.")
    issue.requeue(issue.duty, "DESIGN")


def outage(issue: Issue, course: Incident) -> None:
    """The product side of an incident, at the incident's own instants."""
    issue.open()
    issue.now = max(issue.now, course.acknowledged_at)
    issue.passes(3, 30)
    who = issue.duty
    issue.assign(who, who)
    issue.prioritise(who, "P0" if course.priority == "P0" else "P1")
    issue.rate(who, "SEV1" if course.priority == "P0" else "SEV2")
    issue.stage(who, "active")
    issue.say(who, asked.CUSTOMERS_SEE)
    issue.now = max(issue.now, course.mitigated_at)
    issue.passes(2, 15)
    issue.label(who, "mitigated")
    issue.say(who, asked.CUSTOMERS_FINE)
    issue.now = max(issue.now, course.resolved_at)
    issue.passes(5, 60)
    issue.close(who)


def post_mortem(issue: Issue, course: Incident) -> None:
    """Labelled in the second of its opening, written, held together, shared."""
    assert isinstance(issue.about, Issue)
    issue.open()
    issue.label(issue.author, "postmortem")
    issue.link(issue.author, "Relates", issue.about)
    issue.assign(issue.author, issue.author)
    issue.stage(issue.author, "active")
    if issue.happens(0.7):
        issue.passes(30, 300)
        issue.say(
            issue.hand, "Customer input asked: {customer}, by mail.\nThey had it for an hour longer than we think."
        )
    issue.now = max(issue.now, course.debriefed_at)
    issue.passes(1, 20)
    issue.label(issue.hand, "debrief-held")
    issue.say(issue.hand, talk.DEBRIEFED)
    issue.work(issue.rng.uniform(2, 30))
    issue.say(issue.hand, talk.SHARED)
    issue.label(issue.hand, "shared")
    issue.close(issue.hand)


def action(issue: Issue) -> None:
    """Due in a month; one in four is late, and one in eight of those that are late is never done."""
    assert isinstance(issue.about, Issue)
    issue.open()
    due = issue.day + timedelta(days=issue.rng.choice((14, 30, 30, 30, 60)))
    issue.label(issue.author, "postmortem-action")
    issue.fall_due(issue.author, due)
    issue.link(issue.author, "Relates", issue.about)
    issue.assign(issue.author, issue.somebody())
    issue.prioritise(issue.author, "P2" if issue.happens(0.7) else "P3")
    issue.work(issue.rng.uniform(6, 60))
    issue.stage(issue.hand, "active")
    issue.work(issue.rng.uniform(4, 50))
    remark(issue)
    if issue.happens(0.3):
        _be_late(issue, due)
    issue.answer(issue.hand)
    issue.close(issue.hand)


def _be_late(issue: Issue, due: date) -> None:
    if issue.happens(0.4):
        due += timedelta(days=21)
        issue.fall_due(issue.hand, due)
    issue.now = max(issue.now, LOS_ANGELES.next_opening(issue.now + (due - issue.day) + timedelta(days=2)))
    issue.say(issue.team.lead, asked.OVERDUE)
    issue.work(issue.rng.choice((30, 60, 120, 1200)))
