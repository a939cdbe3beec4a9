"""How an ordinary ticket lives: arrives, waits, is triaged, worked on, argued about, closed, sometimes reopened."""

from datetime import timedelta

from ingest.demo import talk, year
from ingest.demo.diary import Diary
from ingest.demo.people import CONTRACTOR, DEPLOYER, SWEEPER, Person
from ingest.demo.triage import arrive, draw_priority, triage, triaged_at, triager, words_before

HOURS = {"access": 4, "config": 10, "help": 6, "outage": 5, "maintenance": 24}
FORCED_HOURS = {"late": 2.0, "never ending": 2600.0}
BY_PRIORITY = {"P0": 0.3, "P1": 0.7, "P2": 1.0, "P3": 1.7}


def ordinary(diary: Diary) -> None:
    begin(diary)
    if diary.happens(0.035):
        decline(diary)
        return
    toil_away(diary, effort(diary))
    finish(diary)
    if diary.happens(0.066):
        relapse(diary)


def begin(diary: Diary) -> None:
    """Everything up to the triage."""
    priority = "P1" if diary.opening.story == "urgent" else draw_priority(diary)
    arrive_and_wait = diary.opening.author not in diary.team.members or diary.happens(0.5)
    if not arrive_and_wait:
        _triaged_at_birth(diary, priority)
        return
    arrive(diary)
    due = triaged_at(diary, priority)
    words_before(diary, due)
    diary.now = max(diary.now, due)
    triage(diary, triager(diary), priority)


def _triaged_at_birth(diary: Diary, priority: str) -> None:
    """A team member fills in the form completely: all of it in the second of the opening."""
    author = diary.opening.author
    diary.label(author, diary.opening.ask.kind)
    diary.prioritise(author, priority)
    diary.assign(author, author)
    arrive(diary)
    diary.stage(author, "Triaged")


def effort(diary: Diary) -> float:
    """Working hours until it is done, the time in the owner's pile included."""
    hours = HOURS[diary.opening.ask.kind] * BY_PRIORITY[diary.priority] * diary.rng.lognormvariate(0, 1)
    if diary.opening.story in FORCED_HOURS:
        return FORCED_HOURS[diary.opening.story]
    is_stuck = diary.priority in ("P2", "P3") and diary.happens(0.075)
    return hours + (diary.rng.uniform(80, 550) if is_stuck else 0)


def toil_away(diary: Diary, hours: float) -> None:
    diary.work(hours * diary.rng.uniform(0.15, 0.5))
    _start(diary)
    steps = min(5, 1 + int(hours / 9))
    for _ in range(steps):
        diary.work(hours / 2 / (steps + 1))
        _turn(diary)
        if diary.is_closed:
            return
    diary.work(hours / 2 / (steps + 1))


def _start(diary: Diary) -> None:
    if diary.owner is None:
        who = diary.rng.choice(diary.team.present(diary.day) or [diary.team.lead])
        diary.assign(who, who)
    if diary.happens(0.88):
        diary.stage(_owner(diary), "In progress")


def _owner(diary: Diary) -> Person:
    return diary.owner or diary.team.lead


def _turn(diary: Diary) -> None:
    """One thing that happens along the way."""
    turns = (progress, ask_back, hand_over, reprioritise, chase, deployed, uneventful)
    diary.rng.choices(turns, (30, 17, 6, 4, 6, 3, 34))[0](diary)


def uneventful(_diary: Diary) -> None:
    pass


def progress(diary: Diary) -> None:
    diary.say(_owner(diary), talk.PROGRESS)


def deployed(diary: Diary) -> None:
    diary.say(DEPLOYER, talk.DEPLOYED)


def chase(diary: Diary) -> None:
    author = diary.opening.author
    if not author.is_bot:
        author = diary.reply(author, diary.rng.uniform(0.1, 4))
        diary.say(author, talk.CHASED)


def ask_back(diary: Diary) -> None:
    """The ball is with the author, who takes days, and one in eight never answers."""
    author = diary.opening.author
    if author.is_bot or author == diary.owner:
        return
    diary.say(_owner(diary), talk.ASKED_BACK)
    diary.now += timedelta(seconds=diary.rng.randint(0, 30))
    diary.stage(_owner(diary), "Waiting")
    if diary.happens(0.1):
        sweep(diary)
        return
    author = diary.reply(author, 9 * diary.rng.lognormvariate(0, 1.1))
    diary.say(author, talk.ANSWERED)
    diary.work(diary.rng.uniform(0.2, 3))
    diary.stage(_owner(diary), "In progress")


def sweep(diary: Diary) -> None:
    """Nobody answers: the robot warns after a month and closes two weeks later."""
    diary.now += timedelta(days=30, minutes=diary.rng.randint(0, 600))
    diary.label(SWEEPER, "stale")
    diary.say(SWEEPER, talk.STALE)
    diary.now += timedelta(days=14, minutes=diary.rng.randint(0, 30))
    diary.say(SWEEPER, talk.STALE_CLOSED)
    diary.close(SWEEPER, "not_planned")


def hand_over(diary: Diary) -> None:
    others = [person for person in diary.team.present(diary.day) if person != diary.owner]
    if others:
        give_to(diary, diary.rng.choice(others))


def give_to(diary: Diary, heir: Person) -> None:
    giver = _owner(diary)
    diary.filler.known["to"] = heir.login
    diary.say(giver, talk.HANDED_OVER)
    diary.unassign(giver, giver)
    diary.assign(giver, heir)


def reprioritise(diary: Diary) -> None:
    others = [priority for priority in ("P1", "P2", "P3") if priority != diary.priority]
    who = diary.team.lead if diary.team.lead.works_on(diary.day) else _owner(diary)
    diary.say(who, talk.REPRIORITISED)
    diary.prioritise(who, diary.rng.choice(others))


def finish(diary: Diary) -> None:
    """A last word and the closing, often in the same second; unless a robot was faster."""
    if diary.is_closed:
        return
    author = diary.opening.author
    if diary.happens(0.1) and not author.is_bot:
        author = diary.reply(author, 1)
        diary.say(author, talk.SOLVED_BY_AUTHOR)
        diary.close(author)
    else:
        if diary.happens(0.8 if year.pace(diary.day) > 0.5 else 0.5):
            diary.say(_owner(diary), diary.opening.ask.answer.replace("{", "{{").replace("}", "}}"))
            diary.passes(0, diary.rng.choice((0, 0, 15)))
        diary.close(_owner(diary))
    _afterwards(diary)


def _afterwards(diary: Diary) -> None:
    author = diary.opening.author
    if diary.happens(0.2) and not author.is_bot and author != diary.owner:
        author = diary.reply(author, diary.rng.uniform(0.05, 6))
        diary.say(author, talk.THANKED)
    if diary.happens(0.01):
        diary.act("comment_deleted", diary.team.lead)
    if diary.happens(0.012):
        diary.now += timedelta(days=diary.rng.randint(20, 40))
        lock(diary)


def lock(diary: Diary) -> None:
    diary.act("locked", diary.team.lead, "resolved")


def decline(diary: Diary) -> None:
    diary.work(diary.rng.uniform(1, 30))
    who = _owner(diary)
    diary.say(who, talk.DECLINED)
    diary.close(who, "not_planned")


def relapse(diary: Diary) -> None:
    """It comes back: reopened by the author, or by the contractor where a robot opened it."""
    author = CONTRACTOR if diary.opening.author.is_bot else diary.opening.author
    author = diary.reply(author, diary.rng.uniform(1, 50))
    diary.say(author, talk.REOPENED)
    diary.reopen(author)
    diary.unlabel(SWEEPER, "stale")
    toil_away(diary, 2 + effort(diary) * 0.4)
    finish(diary)
