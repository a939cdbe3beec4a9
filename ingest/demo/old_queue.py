"""The last year of the old help desk in Request Tracker: mails of customers, fewer every month, none from summer on."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from random import Random

from ingest.demo import asked_of_helpdesk as asked
from ingest.demo import helpdesk_tickets, tickets, year
from ingest.demo.acts import Act, enrol, perform
from ingest.demo.case import Question
from ingest.demo.customers import CUSTOMERS, SPAMMER
from ingest.demo.helpdesk_tickets import Mail
from ingest.demo.people import HELPDESK, Person
from ingest.demo.trackers.rt import RequestTracker

PEOPLE = (*HELPDESK.members, *CUSTOMERS, SPAMMER)
PANEL_OPENED = date(2026, 3, 2)  # since then customers can ask elsewhere, and are asked to
LAST_MAIL = date(2026, 8, 21)
SENT_ON_FROM = date(2026, 6, 1)
ODD = {date(2025, 12, 9): 1, date(2026, 1, 27): 4, date(2026, 3, 10): 0, date(2026, 5, 12): 5, date(2026, 6, 9): 3}
Story = Callable[[Mail], None]


def live(desk: RequestTracker, seed: int, until: datetime) -> None:
    """Everything that customers and help desk do before `until`."""
    enrol(desk, "rt", PEOPLE, until)
    perform(desk, _acts(seed, until), until)


def _acts(seed: int, until: datetime) -> Iterator[Act[RequestTracker]]:
    day = year.START
    while day <= min(until.date() + timedelta(days=1), LAST_MAIL):
        for mail in (*_mails(seed, day), *_odd(seed, day), *_spam(seed, day)):
            yield from mail.acts
        day += timedelta(days=1)


def _share_left(day: date) -> float:
    """Of the mails of an ordinary day: all until the panel opens, then less and less."""
    gone = (day - PANEL_OPENED).days / (LAST_MAIL - PANEL_OPENED).days
    return max(0.03, min(1.0, (1 - gone) ** 1.6)) if gone > 0 else 1.0


def _told(story: Story, name: str, at: datetime, author: Person, question: Question, about: Mail | None = None) -> Mail:
    mail = Mail("rt", name, HELPDESK, at, author, question, about)
    story(mail)
    return mail


def _mails(seed: int, day: date) -> Iterator[Mail]:
    rng = Random(f"{seed}/rt/mails/{day}")
    for n in range(year.arrivals("helpdesk", day, rng, thinned=_share_left(day))):
        author = rng.choice(CUSTOMERS)
        mail = _told(_story(day, rng), f"{seed}/rt/{day}/{n}", year.moment(author.office, day, rng), author, _asks(rng))
        yield mail
        if rng.random() < 0.05:
            yield _again(mail, rng)


def _story(day: date, rng: Random) -> Story:
    sent_on, lost = (40, 8) if day >= SENT_ON_FROM else (0, 0)
    stories = (
        helpdesk_tickets.ordinary,
        helpdesk_tickets.misrouted,
        helpdesk_tickets.sent_on,
        helpdesk_tickets.forgotten,
    )
    return rng.choices(stories, (60, 2, sent_on, lost))[0]


def _asks(rng: Random) -> Question:
    return Question.filled(tickets.popular(asked.MAILS, rng), tickets.Filler(rng))


def _odd(seed: int, day: date) -> Iterator[Mail]:
    if day not in ODD:
        return
    rng, odd = Random(f"{seed}/rt/odd/{day}"), tickets.odd(ODD[day])
    question, author = Question(odd.title.strip(), odd.body, odd.answer), rng.choice(CUSTOMERS)
    opened = year.moment(author.office, day, rng)
    yield _told(helpdesk_tickets.ordinary, f"{seed}/rt/odd/{day}", opened, author, question)


def _again(mail: Mail, rng: Random) -> Mail:
    """Somebody who is not answered within the hour writes once more."""
    opened = mail.opened_at + timedelta(minutes=rng.randint(15, 100))
    question = Question(f"AW: {mail.asked.title}", "I have not heard from you, so once again: see below.")
    return _told(helpdesk_tickets.written_twice, f"{mail.name}/again", opened, mail.author, question, mail)


def _spam(seed: int, day: date) -> Iterator[Mail]:
    rng = Random(f"{seed}/rt/spam/{day}")
    if rng.random() < 0.022:
        question = Question(*rng.choice(asked.SPAM))
        yield _told(
            helpdesk_tickets.spam, f"{seed}/rt/spam/{day}", year.moment(SPAMMER.office, day, rng), SPAMMER, question
        )
