"""Incidents: the ticket of the outage, the burst of duplicates, the review afterwards and the work it leaves."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from ingest.demo import asked_upkeep, talk, year
from ingest.demo.diary import Diary, Incident, Opening
from ingest.demo.people import COLLEAGUES, INFRA, LOS_ANGELES, MONITOR, Person
from ingest.demo.tickets import Ask, Filler, popular
from ingest.demo.triage import arrive, join_board

ABOUT = "{about}"  # stands in a description until tickets have numbers


def openings(seed: int, day: date) -> Iterator[Opening]:
    """Every ticket that the incident of this day, if there is one, will ever cause."""
    if day not in year.incident_days(seed, day.year, day.month):
        return
    name = f"{seed}/incident/{day}"
    rng = Random(name)
    filler = Filler(rng, about=ABOUT)
    started = _start(day, rng)
    incident = _course(started, rng)
    main = _opening(f"{name}/main", "incident", started, _first_witness(rng), _what_broke(filler), incident)
    yield main
    yield from _duplicates(name, main, filler)
    if rng.random() < 0.86:
        review = _review(name, main, filler)
        yield review
        yield from _actions(name, review, filler)


def _start(day: date, rng: Random) -> datetime:
    hour = rng.choices(range(24), [3] * 6 + [5] * 3 + [7] * 9 + [4] * 6)[0]
    local = datetime.combine(day, time(hour, rng.randint(0, 59), rng.randint(0, 59)), ZoneInfo(LOS_ANGELES.zone))
    return local.astimezone(UTC)


def _course(started: datetime, rng: Random) -> Incident:
    acknowledged = started + timedelta(minutes=round(2 + 9 * rng.lognormvariate(0, 0.7)))
    mitigated = acknowledged + timedelta(minutes=round(45 * rng.lognormvariate(0, 0.8)))
    resolved = mitigated + timedelta(minutes=round(150 * rng.lognormvariate(0, 0.9)))
    debriefed = LOS_ANGELES.after(resolved, 14 + rng.expovariate(1 / 24), year.pace)
    return Incident(acknowledged, mitigated, resolved, debriefed, "P0" if rng.random() < 0.6 else "P1")


def _first_witness(rng: Random) -> Person:
    return MONITOR if rng.random() < 0.6 else rng.choice(COLLEAGUES)


def _what_broke(filler: Filler) -> Ask:
    title, body, answer = (filler.fill(part) for part in popular(asked_upkeep.INCIDENTS, filler.rng))
    return Ask("outage", title, body, answer)


def _opening(
    name: str,
    story: str,
    opened: datetime,
    author: Person,
    ask: Ask,
    incident: Incident,
    about: Opening | None = None,
) -> Opening:
    return Opening(INFRA.queue, opened, author, ask, story, name, opened, incident=incident, about=about)


def _duplicates(name: str, main: Opening, filler: Filler) -> Iterator[Opening]:
    """Colleagues who did not look first. They write within the first hours."""
    assert main.incident is not None
    rng = filler.rng
    span = (main.incident.resolved_at - main.at).total_seconds()
    for n, author in enumerate(rng.sample(COLLEAGUES, rng.randint(3, 8))):
        opened = main.at + timedelta(seconds=int(240 + min(span, 7200) * rng.betavariate(1.2, 2.5)))
        title = filler.fill(rng.choice(asked_upkeep.SEEN_IN_INCIDENTS))
        ask = Ask("outage", title, filler.fill("Started a few minutes ago. {customer} noticed as well."), "")
        yield _opening(f"{name}/duplicate {n}", "duplicate", opened, author, ask, main.incident, main)


def _review(name: str, main: Opening, filler: Filler) -> Opening:
    assert main.incident is not None
    rng = filler.rng
    opened = min(
        LOS_ANGELES.after(main.incident.resolved_at, rng.expovariate(1 / 12)),
        main.incident.debriefed_at - timedelta(hours=2),
    ).replace(microsecond=0)
    author = INFRA.on_duty(LOS_ANGELES.local(opened).date())
    document = talk.POST_MORTEM + (talk.POST_MORTEM_REST if rng.random() < 0.7 else "")
    ask = Ask("outage", f"Post-mortem: {main.ask.title}", filler.fill(document), talk.SHARED)
    return _opening(f"{name}/review", "review", opened, author, ask, main.incident, main)


def _actions(name: str, review: Opening, filler: Filler) -> Iterator[Opening]:
    assert review.incident is not None
    for n, (title, body) in enumerate(filler.rng.sample(talk.ACTIONS, filler.rng.randint(2, 4))):
        opened = review.incident.debriefed_at + timedelta(minutes=9 * n + filler.rng.randint(5, 12))
        filler.known["due"] = str(opened.date() + timedelta(days=30))
        ask = Ask("maintenance", filler.fill(title), filler.fill(body), filler.rng.choice(talk.ACTION_DONE))
        yield _opening(f"{name}/action {n}", "action", opened, review.author, ask, review.incident, review)


def outage(diary: Diary) -> None:
    """Round the clock, by whoever has the pager."""
    course = diary.opening.incident
    assert course is not None
    arrive(diary)
    diary.now = max(diary.now, course.acknowledged_at)
    owner = diary.team.on_duty(diary.day)
    diary.say(owner, talk.INCIDENT_SEEN)
    diary.assign(owner, owner)
    diary.label(owner, "incident")
    diary.label(owner, diary.opening.ask.kind)
    diary.prioritise(owner, course.priority)
    diary.stage(owner, "In progress")
    _keep_informed(diary, owner, course.mitigated_at)
    diary.say(owner, talk.MITIGATED)
    diary.label(owner, "mitigated")
    _keep_informed(diary, owner, course.resolved_at)
    diary.say(owner, diary.opening.ask.answer)
    diary.close(owner)


def _keep_informed(diary: Diary, owner: Person, until: datetime) -> None:
    """About every three quarters of an hour, by the owner or whoever else is on the call."""
    while diary.now + timedelta(minutes=30) < until:
        diary.passes(22, 70)
        if diary.now < until:
            others = diary.team.present(diary.day) or [owner]
            diary.say(owner if diary.happens(0.7) else diary.rng.choice(others), talk.URGENT_PROGRESS)
    diary.now = max(diary.now, until)


def duplicate(diary: Diary) -> None:
    main = diary.opening.about
    assert main is not None and main.incident is not None
    arrive(diary)
    diary.now = max(diary.now, main.incident.acknowledged_at)
    diary.passes(3, 80)
    who = diary.team.on_duty(diary.day)
    diary.say(who, talk.DUPLICATE)
    diary.act("marked_as_duplicate", who, about=main)
    diary.label(who, "outage")
    diary.close(who, "duplicate")


def review(diary: Diary) -> None:
    """Written by its owner from the first second, debriefed together, shared, and sometimes late."""
    course = diary.opening.incident
    assert course is not None
    _born_ready(diary, "post-mortem", "P2")
    diary.now = max(diary.now, course.debriefed_at)
    diary.work(0)
    diary.label(_writer(diary), "debrief held")
    diary.say(_writer(diary), talk.DEBRIEFED)
    diary.work(diary.rng.uniform(2, 50) + (diary.rng.uniform(100, 400) if diary.happens(0.15) else 0))
    diary.say(_writer(diary), talk.SHARED)
    diary.label(_writer(diary), "shared")
    diary.close(_writer(diary))


def _writer(diary: Diary) -> Person:
    return diary.owner or diary.team.lead


def action(diary: Diary) -> None:
    """What a review leaves behind: chased, slow, one in six for a very long time."""
    _born_ready(diary, "action-item", "P2" if diary.happens(0.6) else "P3")
    diary.act("parent_issue_added", diary.opening.author)
    diary.work(diary.rng.uniform(8, 60))
    if diary.happens(0.75):
        diary.stage(_writer(diary), "In progress")
    hours = 45 * diary.rng.lognormvariate(0, 0.8) + (diary.rng.uniform(300, 900) if diary.happens(0.17) else 0)
    for _ in range(1 + int(hours / 60)):
        diary.work(hours / (1 + int(hours / 60)))
        diary.say(_writer(diary), talk.PROGRESS)
    diary.say(_writer(diary), diary.opening.ask.answer)
    diary.close(_writer(diary))


def _born_ready(diary: Diary, label: str, priority: str) -> None:
    """Labels, owner and priority in the second of the opening."""
    author = diary.opening.author
    diary.label(author, label)
    diary.prioritise(author, priority)
    diary.assign(author, author)
    join_board(diary)
    diary.stage(author, "Triaged")
