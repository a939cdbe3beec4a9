"""The whole year: who opens what and when, numbered as GitHub numbers, and every ticket's diary."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from ingest.demo import incidents, lives, people, rare_lives, tickets, year
from ingest.demo.diary import Diary, Happening, Opening
from ingest.demo.people import Person
from ingest.demo.tickets import Ask

STORIES: dict[str, Callable[[Diary], None]] = {
    "ordinary": lives.ordinary,
    "late": lives.ordinary,
    "never ending": lives.ordinary,
    "forgotten": lives.ordinary,
    "urgent": lives.ordinary,
    "transferred": rare_lives.transferred,
    "discussion": rare_lives.discussion,
    "locked": rare_lives.locked,
    "reopened thrice": rare_lives.reopened_thrice,
    "ping-pong": rare_lives.ping_pong,
    "abandoned": rare_lives.abandoned,
    "pull request": rare_lives.pull_request,
    "incident": incidents.outage,
    "duplicate": incidents.duplicate,
    "review": incidents.review,
    "action": incidents.action,
}

MOVED_AWAY = "moved away"  # took a number here, and lives in another repository now


@dataclass(frozen=True)
class Life:
    opening: Opening
    happenings: list[Happening]

    @property
    def body(self) -> str:
        about = self.opening.about
        return self.opening.ask.body.replace(incidents.ABOUT, str(about.number)) if about else self.opening.ask.body


def lives_until(seed: int, until: datetime) -> list[Life]:
    """Every ticket there is before `until`, in the order of the repositories and their numbers."""
    # East of Los Angeles tomorrow has begun already.
    openings = _openings(seed, until.date() + timedelta(days=1))
    found = [opening for opening in openings if opening.shows_at < until]
    found.sort(key=lambda opening: (opening.queue != "infra", opening.queue, opening.shows_at, opening.name))
    _number(found)
    diaries = [_write(seed, opening) for opening in found if opening.story != MOVED_AWAY]
    _cross_refer(diaries)
    return [Life(diary.opening, _before(diary, until)) for diary in diaries]


def _number(found: list[Opening]) -> None:
    last: dict[str, int] = {}
    for opening in found:
        last[opening.queue] = opening.number = last.get(opening.queue, 0) + 1


def _write(seed: int, opening: Opening) -> Diary:
    diary = Diary(opening, Random(f"{seed}/life/{opening.name}"))
    STORIES[opening.story](diary)
    return diary


def _cross_refer(diaries: list[Diary]) -> None:
    """Whoever mentions another ticket leaves a trace there, too."""
    by_opening = {id(diary.opening): diary for diary in diaries}
    for diary in diaries:
        target = by_opening.get(id(diary.opening.about))
        if target:
            at, who = _first_mention(diary)
            target.happenings.append(Happening(at, "cross-referenced", who, about=diary.opening))


def _first_mention(diary: Diary) -> tuple[datetime, Person]:
    """A review names its incident in the description; of a duplicate somebody else says so."""
    words = (h for h in diary.happenings if h.kind == "marked_as_duplicate")
    first = next(words, None)
    return (first.at, first.who) if first else (diary.opening.at, diary.opening.author)


def _before(diary: Diary, until: datetime) -> list[Happening]:
    return [
        h if h.at + timedelta(seconds=h.edited_after) < until else replace(h, edited_after=0)
        for h in sorted(diary.happenings, key=lambda h: h.at)
        if h.at < until
    ]


def _openings(seed: int, last: date) -> Iterator[Opening]:
    day = year.START
    while day <= last:
        for queue in people.TEAMS:
            yield from _asked_on(seed, queue, day)
        yield from incidents.openings(seed, day)
        yield from _special_on(seed, day)
        day += timedelta(days=1)


def _asked_on(seed: int, queue: str, day: date) -> Iterator[Opening]:
    """The ordinary arrivals of a day, as the askers count days."""
    rng = Random(f"{seed}/{queue}/{day}")
    for n in range(year.arrivals(queue, day, rng)):
        author = _asker(queue, rng)
        opened = year.moment(author.office, day, rng)
        if author.office.hours(day) or rng.random() < year.OFF_DAY_CHANCE:
            yield _ordinary(f"{seed}/{queue}/{day}/{n}", queue, opened, author, _ask(author, queue, rng))


def _asker(queue: str, rng: Random) -> Person:
    team = people.TEAMS[queue].members
    rare = (people.CONTRACTOR, people.GHOST, people.MONITOR)
    everybody = (*people.COLLEAGUES, *team, *rare)
    weights = [1.0] * len(people.COLLEAGUES) + [0.3] * len(team) + [0.4, 0.15, 0.6 if queue == "infra" else 0]
    return rng.choices(everybody, weights)[0]


def _ask(author: Person, queue: str, rng: Random) -> Ask:
    """Monitoring only reports what is broken, and nobody asks in the name of others for themselves."""
    if author == people.MONITOR:
        return tickets.ask_about("outage", queue, rng)
    while True:
        ask = tickets.ask(queue, rng)
        if author.name not in ask.title:
            return ask


def _ordinary(name: str, queue: str, opened: datetime, author: Person, ask: Ask, story: str = "ordinary") -> Opening:
    return Opening(queue, opened, author, ask, story, name, opened)


def _special_on(seed: int, day: date) -> Iterator[Opening]:
    zone = ZoneInfo(people.LOS_ANGELES.zone)
    for local, queue, what in year.SPECIAL:
        opened = datetime.fromisoformat(local).replace(tzinfo=zone)
        if opened.date() == day:
            yield from _special(f"{seed}/special/{local}", queue, opened.astimezone(UTC), what)


def _special(name: str, queue: str, opened: datetime, what: str) -> Iterator[Opening]:
    rng = Random(name)
    author = rng.choice(people.COLLEAGUES)
    ask = tickets.ask(queue, rng)
    if what.startswith("odd title"):
        yield _ordinary(name, queue, opened, author, tickets.odd(int(what.split()[-1])))
        return
    if what == "urgent":
        ask = tickets.ask_about("outage", queue, rng)
    opening = _ordinary(name, queue, opened, author, ask, what)
    if what == "transferred":
        # A portal had labelled it in the other repository. Here it gets the next free number.
        yield _ordinary(name, "access", opened, author, ask, MOVED_AWAY)
        opening.shows_at = opened + timedelta(minutes=rng.randint(20, 300))
        opening.carried_labels = ("access", "from-portal")
    yield opening
