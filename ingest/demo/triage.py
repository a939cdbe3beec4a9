"""From the opening of a ticket to its triage: the promise, and how it is kept or missed."""

from datetime import datetime, timedelta

from ingest.demo import talk, year
from ingest.demo.diary import Diary
from ingest.demo.people import BOARD, CLERK, LOS_ANGELES, MONITOR, Person

PRIORITIES = ("P0", "P1", "P2", "P3")
WEIGHTS = {"outage": (2, 34, 46, 18), "maintenance": (0, 2, 42, 56)}
ORDINARY_WEIGHTS = (0.2, 8, 50, 42)
AREAS = ("area/network", "area/database", "area/storage", "area/mail")
MILESTONES = ("New data hall", "Winter freeze", "Certificates 2026", "Spring cleaning")
# Working hours after opening, for the tickets of the last week that everybody forgot, or nearly.
FORCED_DELAYS = {"forgotten": 24.0, "late": 12.0}


def arrive(diary: Diary) -> None:
    """What happens by itself: a label of the form that was used, the board, a friendly robot."""
    author = diary.opening.author
    if diary.happens(0.3):
        diary.label(author, diary.opening.ask.kind)
    if diary.team.has_board:
        join_board(diary)
    if author == MONITOR or diary.happens(0.16):
        diary.now += timedelta(seconds=diary.rng.randint(2, 40))
        diary.say(CLERK, talk.RECEIVED)


def join_board(diary: Diary) -> None:
    diary.now += timedelta(seconds=diary.rng.randint(1, 3))
    diary.act("added_to_project_v2", BOARD)
    diary.stage(BOARD, "New")


def triaged_at(diary: Diary, priority: str) -> datetime:
    """When the duty person gets to it."""
    opened, rng = diary.opening.at, diary.rng
    forced = FORCED_DELAYS.get(diary.opening.story)
    if forced is not None:
        return LOS_ANGELES.after(opened, forced)
    season = year.season(LOS_ANGELES.local(opened).date())
    chance = season.on_time + (1 - season.on_time) * (0.7 if priority in ("P0", "P1") else 0)
    if not diary.happens(chance):
        return LOS_ANGELES.after(LOS_ANGELES.promised(opened), 0.2 + rng.expovariate(1 / season.lateness))
    slow = rng.betavariate(2, 2) if season.on_time < 0.7 else rng.betavariate(1.2, 3.4)
    if priority == "P0":
        return opened + timedelta(seconds=rng.randint(120, 2400))
    if LOS_ANGELES.is_open(opened):
        return LOS_ANGELES.after(opened, 4 * slow)
    return _before_the_day_ends(diary, slow)


def _before_the_day_ends(diary: Diary, slow: float) -> datetime:
    """Arrived off hours: a colleague in Europe may see it first, else it is the morning's work."""
    opened = diary.opening.at
    early = _in_europe(diary)
    if early and diary.happens(0.3):
        return early.office.after(opened, 0.1 + slow)
    morning = LOS_ANGELES.next_opening(opened)
    return morning + (LOS_ANGELES.promised(opened) - morning) * min(slow, 0.98)


def _in_europe(diary: Diary) -> Person | None:
    far = [person for person in diary.team.present(diary.day) if person.office != LOS_ANGELES]
    return next((person for person in far if person.office.is_open(diary.now)), None)


def triager(diary: Diary) -> Person:
    """Mostly the duty person; off hours whoever is awake; now and then a colleague helps out."""
    if not LOS_ANGELES.is_open(diary.now):
        return _in_europe(diary) or diary.team.on_duty(diary.day)
    if diary.happens(0.12):
        return diary.rng.choice(diary.team.present(diary.day) or [diary.team.lead])
    return diary.team.on_duty(diary.day)


def words_before(diary: Diary, due: datetime) -> None:
    """The author adds something, or a team member answers before anybody has triaged."""
    author = diary.opening.author
    for chance, is_author, words in ((0.07, True, talk.ADDED_BY_AUTHOR), (0.17, False, talk.ACKNOWLEDGED)):
        if diary.happens(chance) and not author.is_bot and due - diary.now > timedelta(minutes=5):
            diary.now += (due - diary.now) * diary.rng.uniform(0.1, 0.9)
            diary.now = diary.now.replace(microsecond=0)
            if is_author or LOS_ANGELES.is_open(diary.now):
                diary.say(author if is_author else triager(diary), words)


def draw_priority(diary: Diary) -> str:
    weights = WEIGHTS.get(diary.opening.ask.kind, ORDINARY_WEIGHTS)
    return diary.rng.choices(PRIORITIES, weights)[0]


def draw_owner(diary: Diary, who: Person) -> Person:
    """The duty person keeps some of the work and spreads the rest."""
    others = diary.team.present(diary.day) or [diary.team.lead]
    return who if diary.happens(0.3) else diary.rng.choice(others)


def triage(diary: Diary, who: Person, priority: str) -> None:
    """The habits differ: everything at once, labels and an owner only, or the board first and the rest later."""
    habit = diary.rng.choices(("everything", "labels", "board"), (58, 27, 15))[0]
    owner = draw_owner(diary, who)
    if habit == "board" or diary.happens(0.4):
        diary.stage(who, "Triaged")
    diary.label(who, diary.opening.ask.kind)
    diary.prioritise(who, priority)
    if habit != "board":
        diary.assign(who, owner)
    if habit == "everything" or not diary.team.has_board:
        diary.now += timedelta(seconds=diary.rng.randint(0, 25))
        diary.stage(who, "Triaged")
    _tidy(diary, who)
    if diary.happens(0.68 if year.pace(diary.day) > 0.5 else 0.25):
        diary.passes(0, 4)
        diary.say(owner, talk.ACKNOWLEDGED)


def _tidy(diary: Diary, who: Person) -> None:
    """Area, milestone, a better title, and a field of the organization's own."""
    if diary.happens(0.25):
        diary.label(who, diary.rng.choice(AREAS))
    if diary.opening.ask.kind == "maintenance" and diary.happens(0.35):
        diary.act("milestoned", who, diary.rng.choice(MILESTONES))
    if diary.happens(0.03):
        diary.rename(who, f"[{diary.opening.ask.kind}] {diary.title}")
    if diary.happens(0.04):
        diary.act("issue_field_added", who, "Effort")
