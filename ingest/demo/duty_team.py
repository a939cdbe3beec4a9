"""A year of the duty team at Phorge: requests of colleagues, a pager that repeats itself, upkeep, and few secrets."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from ingest.demo import asked_of_operations as asked
from ingest.demo import duty_calendar, duty_tasks, tickets, year
from ingest.demo.acts import Act, enrol, perform
from ingest.demo.case import Question
from ingest.demo.duty_tasks import Task
from ingest.demo.people import COLLEAGUES, CONTRACTOR, LOS_ANGELES, OPERATIONS, PAGER, Person
from ingest.demo.trackers.phorge import Phorge

PEOPLE = (*OPERATIONS.members, *COLLEAGUES, CONTRACTOR, PAGER)
ALERTS_PER_DAY = 0.15
UPKEEP_DAYS = (5, 19)  # of the month, or the next day on which somebody is there
MOVE_OVER = datetime(2026, 6, 1, 17, tzinfo=UTC)
Story = Callable[[Task], None]
SECRETS: dict[str, Story] = {"confidential": duty_tasks.confidential, "declassified": duty_tasks.declassified}
# Los Angeles time, and what is special about the task.
SPECIAL = (
    ("2025-12-16 10:22:41", "odd title 1"),
    ("2026-02-11 15:04:09", "odd title 3"),
    ("2026-03-17 09:12:33", "confidential 0"),
    ("2026-05-27 11:40:18", "odd title 5"),
    ("2026-06-18 16:31:02", "declassified 1"),
    ("2026-08-19 13:27:55", "odd title 0"),
    ("2026-09-15 10:55:24", "confidential 2"),
    ("2026-10-28 14:18:07", "odd title 6"),
)


def live(desk: Phorge, seed: int, until: datetime) -> None:
    """Everything that the duty team and those who ask it do before `until`."""
    enrol(desk, "phorge", PEOPLE, until)
    perform(desk, [*_acts(seed, until), *duty_calendar.acts(until), *_housekeeping()], until)


def _housekeeping() -> Iterator[Act[Phorge]]:
    """Who has left cannot log in any more, and a project that is over is put away."""
    for person in OPERATIONS.members:
        if person.left < date.max:
            yield _leaving(person)
    yield Act(MOVE_OVER, "archive", 0, lambda desk, _: desk.archive_project("data-hall"))


def _leaving(person: Person) -> Act[Phorge]:
    login = person.login_at("phorge")
    evening = datetime.combine(person.left, time(18), ZoneInfo(LOS_ANGELES.zone)).astimezone(UTC)
    return Act(evening, f"leaving/{login}", 0, lambda desk, _: desk.disable(login))


def _acts(seed: int, until: datetime) -> Iterator[Act[Phorge]]:
    day = year.START
    while day <= until.date() + timedelta(days=1):
        for task in (*_requests(seed, day), *_alerts(seed, day), *_upkeep(seed, day), *_specials(seed, day)):
            yield from task.acts
        day += timedelta(days=1)


def _told(story: Story, name: str, at: datetime, author: Person, question: Question, about: Task | None = None) -> Task:
    task = Task("phorge", name, OPERATIONS, at, author, question, about)
    story(task)
    return task


def _requests(seed: int, day: date) -> Iterator[Task]:
    rng = Random(f"{seed}/phorge/requests/{day}")
    for n in range(year.arrivals("operations", day, rng)):
        author = rng.choices((*COLLEAGUES, *OPERATIONS.members, CONTRACTOR), (*[4] * 16, *[1] * 9, 2))[0]
        opened, name = year.moment(author.office, day, rng), f"{seed}/phorge/request/{day}/{n}"
        question = _drawn(asked.REQUESTS, rng)
        is_there = author.works_on(day) and (author.office.hours(day) or rng.random() < year.OFF_DAY_CHANCE)
        if is_there:
            task = _told(duty_tasks.request, name, opened, author, question)
            yield task
            if rng.random() < 0.07:
                yield _asked_again(task, rng)


def _asked_again(task: Task, rng: Random) -> Task:
    other = rng.choice([person for person in COLLEAGUES if person != task.author])
    opened = task.opened_at + timedelta(minutes=rng.randint(20, 200))
    question = Question(f"{task.asked.title}?", "Was this reported already?")
    return _told(duty_tasks.repeated, f"{task.name}/again", opened, other, question, task)


def _alerts(seed: int, day: date) -> Iterator[Task]:
    """Now and then the pager sees something, and seldom only once."""
    rng = Random(f"{seed}/phorge/alerts/{day}")
    if rng.random() >= ALERTS_PER_DAY * year.season(day).arrivals:
        return
    opened = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=rng.randrange(86_400))
    name, question = f"{seed}/phorge/alert/{day}", _drawn(asked.ALERTS, rng)
    task = _told(duty_tasks.alert, name, opened, PAGER, question)
    yield task
    for n in range(rng.choices((0, 1, 2, 4), (66, 20, 9, 5))[0]):
        again = opened + timedelta(minutes=5 * (n + 1), seconds=rng.randint(0, 40))
        yield _told(duty_tasks.repeated, f"{name}/{n}", again, PAGER, question, task)


def _upkeep(seed: int, day: date) -> Iterator[Task]:
    """Twice a month the lead writes down what is due."""
    if day.day not in UPKEEP_DAYS:
        return
    name = f"{seed}/phorge/upkeep/{day}"
    rng = Random(name)
    opened = LOS_ANGELES.next_opening(datetime(day.year, day.month, day.day, tzinfo=UTC)) + timedelta(minutes=50)
    if OPERATIONS.lead.works_on(opened.date()):
        yield _told(duty_tasks.request, name, opened, OPERATIONS.lead, _drawn(asked.UPKEEP, rng))


def _specials(seed: int, day: date) -> Iterator[Task]:
    for local, what in SPECIAL:
        opened = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(LOS_ANGELES.zone))
        if opened.date() == day:
            kind, _, number = what.rpartition(" ")
            yield _special(f"{seed}/phorge/special/{day}", opened.astimezone(UTC), kind, int(number))


def _special(name: str, opened: datetime, kind: str, number: int) -> Task:
    rng = Random(name)
    author = rng.choice(COLLEAGUES)
    if kind in SECRETS:
        question = Question.filled(asked.CONFIDENTIAL[number], tickets.Filler(rng))
        return _told(SECRETS[kind], name, opened, author, question)
    odd = tickets.odd(number)
    return _told(duty_tasks.request, name, opened, author, Question(odd.title, odd.body, odd.answer))


def _drawn(asked_for: tuple[tuple[str, str, str], ...], rng: Random) -> Question:
    return Question.filled(tickets.popular(asked_for, rng), tickets.Filler(rng))
