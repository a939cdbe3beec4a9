"""A year of the product team in Jira: bugs, stories and chores in sprints, and what it learns from incidents."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from random import Random

from ingest.demo import asked_of_product as asked
from ingest.demo import incidents, product_issues, tickets, year
from ingest.demo.acts import Act, enrol, perform
from ingest.demo.case import Question
from ingest.demo.diary import Incident, Opening
from ingest.demo.people import COLLEAGUES, LOS_ANGELES, PRODUCT, Person
from ingest.demo.product_issues import Issue
from ingest.demo.trackers.jira import Jira

KINDS = (("Bug", 45, asked.BUGS), ("Story", 28, asked.STORIES), ("Task", 27, asked.TASKS))
ON_THE_PRODUCT_SIDE = 0.7  # share of the incidents that the product team had to do with
Story = Callable[[Issue], None]
SPECIAL: dict[date, Story | int] = {  # a number is that of an odd title
    date(2025, 12, 10): product_issues.mistaken,
    date(2026, 1, 20): 1,
    date(2026, 2, 25): product_issues.moved,
    date(2026, 4, 14): 5,
    date(2026, 5, 13): product_issues.mistaken,
    date(2026, 7, 22): 3,
    date(2026, 8, 26): product_issues.moved,
    date(2026, 9, 29): 0,
    date(2026, 10, 14): product_issues.mistaken,
    date(2026, 11, 5): 2,
}


def live(desk: Jira, seed: int, until: datetime) -> None:
    """Everything that the product team and those who report to it do before `until`."""
    enrol(desk, "jira", COLLEAGUES, until)
    perform(desk, _acts(seed, until), until)


def _acts(seed: int, until: datetime) -> Iterator[Act[Jira]]:
    day = year.START
    while day <= until.date() + timedelta(days=1):
        for issue in (*_reported(seed, day), *_special(seed, day), *_after_incident(seed, day)):
            yield from issue.acts
        day += timedelta(days=1)


def _told(story: Story, name: str, at: datetime, author: Person, question: Question, about: Issue | None) -> Issue:
    issue = Issue("jira", name, PRODUCT, at, author, question, about)
    story(issue)
    return issue


def _reported(seed: int, day: date) -> Iterator[Issue]:
    rng = Random(f"{seed}/jira/reported/{day}")
    for n in range(year.arrivals(PRODUCT.queue, day, rng)):
        author = rng.choice(PRODUCT.members) if rng.random() < 0.6 else rng.choice(COLLEAGUES)
        opened, question = year.moment(author.office, day, rng), _question(rng)
        if author.works_on(day) and author.office.hours(day):
            issue = _told(product_issues.ordinary, f"{seed}/jira/{day}/{n}", opened, author, question, None)
            yield issue
            if rng.random() < 0.05:
                yield _reported_again(issue, rng)


def _special(seed: int, day: date) -> Iterator[Issue]:
    story = SPECIAL.get(day)
    if story is None:
        return
    name = f"{seed}/jira/special/{day}"
    rng = Random(name)
    question, author = _question(rng), rng.choice(COLLEAGUES)
    if isinstance(story, int):
        odd = tickets.odd(story)
        question, story = Question(odd.title, odd.body, odd.answer, "Bug"), product_issues.ordinary
    yield _told(story, name, year.moment(author.office, day, rng), author, question, None)


def _question(rng: Random) -> Question:
    kind, _, lists = rng.choices(KINDS, [weight for _, weight, _ in KINDS])[0]
    return Question.filled(tickets.popular(lists, rng), tickets.Filler(rng), kind)


def _reported_again(issue: Issue, rng: Random) -> Issue:
    author = rng.choice([person for person in COLLEAGUES if person != issue.author])
    opened = author.office.after(issue.opened_at, rng.uniform(2, 30))
    question = Question(f"Same as always: {issue.asked.title}", "Seen again today.", "", "Bug")
    return _told(product_issues.same_as, f"{issue.name}/again", opened, author, question, issue)


def _after_incident(seed: int, day: date) -> Iterator[Issue]:
    """The incident as the product team had it, its post-mortem, and what is to be done about it."""
    main = next((opening for opening in incidents.openings(seed, day) if opening.story == "incident"), None)
    rng = Random(f"{seed}/jira/incident/{day}")
    if main is None or main.incident is None or rng.random() >= ON_THE_PRODUCT_SIDE:
        return
    name, course = f"{seed}/jira/incident/{day}", main.incident
    incident = _incident(name, main, course)
    yield incident
    yield from _learnt(name, incident, course, rng)


def _incident(name: str, main: Opening, course: Incident) -> Issue:
    opened = course.acknowledged_at + timedelta(minutes=4)
    author = PRODUCT.on_duty(LOS_ANGELES.local(opened).date())
    question = Question(f"Incident: {main.ask.title}", main.ask.body, "", "Incident")
    return _told(lambda issue: product_issues.outage(issue, course), name, opened, author, question, None)


def _learnt(name: str, incident: Issue, course: Incident, rng: Random) -> Iterator[Issue]:
    author, filler = incident.author, tickets.Filler(rng, about="{about}")
    opened = LOS_ANGELES.after(course.resolved_at, rng.uniform(1, 9))
    question = Question(incident.title.replace("Incident", "Post-mortem"), filler.fill(asked.POST_MORTEM), "", "Task")
    review = _told(
        lambda issue: product_issues.post_mortem(issue, course), f"{name}/review", opened, author, question, incident
    )
    yield review
    for n, words in enumerate(rng.sample(asked.ACTIONS, rng.randint(2, 4))):
        decided = course.debriefed_at + timedelta(minutes=7 * n + rng.randint(3, 6))
        question = Question.filled(words, filler, "Action item")
        yield _told(product_issues.action, f"{name}/action {n}", decided, author, question, incident)
