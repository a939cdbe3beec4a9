"""How a mail to the help desk lives in Request Tracker: taken, answered, argued about, resolved, and opened again by
whoever answers the answer."""

from datetime import timedelta

from ingest.demo import asked_of_helpdesk as asked
from ingest.demo.case import Case
from ingest.demo.people import Person
from ingest.demo.trackers import Priority
from ingest.demo.trackers.rt import RequestTracker

PRIORITIES: tuple[Priority, ...] = ("P1", "P2", "P3")
SEVERITIES = ("minor", "major", "critical")


class Mail(Case[RequestTracker]):
    """A case in RT, with what only RT can do."""

    minutes = 0  # worked on it in all

    def log_work(self, who: Person, minutes: int) -> None:
        """RT is told the new total."""
        self.minutes += minutes
        login, total = self.login(who), self.minutes
        self.act(lambda desk, at: desk.work(at, login, self.key, total))

    def reply_with_time(self, who: Person, text: str, minutes: int) -> None:
        """The minutes go along with the mail."""
        self.minutes += minutes
        login = self.login(who)
        self.act(lambda desk, at: desk.comment(at, login, self.key, text, minutes=minutes))

    def fill_in(self, who: Person, field: str, value: str) -> None:
        login = self.login(who)
        self.act(lambda desk, at: desk.fill(at, login, self.key, field, value))

    def merge_into(self, who: Person, other: "Mail") -> None:
        login = self.login(who)
        self.act(lambda desk, at: desk.merge(at, login, self.key, other.key))


def ordinary(mail: Mail) -> None:
    mail.open()
    mail.now = mail.seen_at()
    take(mail)
    if mail.happens(0.06):
        refuse(mail)
        return
    toil(mail)
    resolve(mail)
    if mail.happens(0.1):
        not_yet(mail)
    elif mail.happens(0.12):
        thank(mail)


def take(mail: Mail) -> None:
    """Somebody takes it, which RT writes down twice, and says so; priority and severity when they matter."""
    who = mail.duty if mail.happens(0.6) else mail.somebody()
    mail.assign(who, who)
    if mail.happens(0.45):
        mail.prioritise(who, mail.rng.choices(PRIORITIES, (20, 50, 30))[0])
    if mail.happens(0.4):
        mail.fill_in(who, "Severity", mail.rng.choice(SEVERITIES))
    if mail.happens(0.5):
        mail.say(who, asked.FIRST_WORDS)
    mail.passes(0, 10)
    mail.stage(who, "active")


def toil(mail: Mail) -> None:
    hours = 3 * mail.rng.lognormvariate(0, 1.1)
    for _ in range(min(4, 1 + int(hours / 3))):
        mail.work(hours * 0.3)
        mail.rng.choices((note, ask_back, log, second_mail, give, quiet), (28, 24, 20, 6, 6, 16))[0](mail)
    log(mail)


def quiet(_mail: Mail) -> None:
    pass


def note(mail: Mail) -> None:
    """Among ourselves: the customer never sees it."""
    mail.say(mail.hand, asked.NOTES, is_internal=True)


def log(mail: Mail) -> None:
    mail.log_work(mail.hand, mail.rng.choice((5, 5, 10, 15, 30, 45)))


def ask_back(mail: Mail) -> None:
    """Stalled until the customer finds the time; one in nine never does."""
    mail.say(mail.hand, asked.QUESTIONS)
    mail.stage(mail.hand, "waiting")
    if mail.happens(0.11):
        mail.work(mail.rng.uniform(60, 160))
        mail.stage(mail.hand, "active")
        return
    mail.say(mail.reply(mail.author, 5 * mail.rng.lognormvariate(0, 1.1)), asked.REPLIES)
    mail.work(mail.rng.uniform(0.2, 3))
    mail.stage(mail.hand, "active")


def second_mail(mail: Mail) -> None:
    mail.say(mail.reply(mail.author, mail.rng.uniform(0.1, 3)), asked.SECOND_MAILS)


def give(mail: Mail) -> None:
    others = [person for person in mail.team.present(mail.day) if person != mail.owner]
    if others:
        mail.assign(mail.hand, mail.rng.choice(others))


def resolve(mail: Mail) -> None:
    mail.work(mail.rng.uniform(0.1, 1))
    mail.reply_with_time(mail.hand, mail.asked.answer, mail.rng.choice((0, 5, 10)))
    mail.passes(0, mail.rng.choice((0, 1, 20)))
    mail.close(mail.hand)


def refuse(mail: Mail) -> None:
    mail.work(mail.rng.uniform(0.5, 6))
    mail.say(mail.hand, asked.REFUSED)
    mail.close(mail.hand, "declined")


def not_yet(mail: Mail) -> None:
    """The customer answers the answer, and RT opens the ticket again by itself."""
    mail.say(mail.reply(mail.author, mail.rng.uniform(1, 40)), asked.STILL_BROKEN)
    mail.current = "active"
    toil(mail)
    resolve(mail)


def thank(mail: Mail) -> None:
    """So does a thank-you, which somebody has to close again."""
    mail.say(mail.reply(mail.author, mail.rng.uniform(0.1, 10)), asked.THANKS)
    mail.current = "active"
    mail.work(mail.rng.uniform(0.1, 8))
    mail.close(mail.hand)


def written_twice(mail: Mail) -> None:
    """The same customer again, as a new mail: merged into the first."""
    assert isinstance(mail.about, Mail)
    mail.open()
    mail.now = mail.seen_at()
    if mail.happens(0.4):
        mail.say(mail.duty, asked.NOTES, is_internal=True)
    mail.merge_into(mail.duty, mail.about)


def spam(mail: Mail) -> None:
    """Deleted before anybody answers: it never comes out of a search again."""
    mail.open()
    mail.now = mail.seen_at() + timedelta(minutes=mail.rng.randint(0, 30))
    mail.hide()


def sent_on(mail: Mail) -> None:
    """Summer: people are asked to use the panel, whatever they wanted."""
    mail.open()
    mail.now = mail.seen_at()
    who = mail.duty
    mail.assign(who, who)
    mail.say(who, asked.MOVED_ON)
    mail.log_work(who, 5)
    mail.close(who, "declined")


def forgotten(mail: Mail) -> None:
    """Nobody looks into the old queue any more."""
    mail.open()


def misrouted(mail: Mail) -> None:
    """A bill, which is the business of another queue."""
    mail.open()
    mail.now = mail.seen_at()
    mail.requeue(mail.duty, "billing")
