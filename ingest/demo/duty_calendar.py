"""Who is on duty, as the Calendar of Phorge has it: weeks from Monday to Monday, planned ahead, swapped when they do
not fit, one that nobody took and one that was called off; who is away; and a meeting that is neither."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ingest.demo.acts import Act
from ingest.demo.people import FIRST_DUTY_WEEK, LOS_ANGELES, OPERATIONS, Person
from ingest.demo.trackers.phorge import Phorge

WEEK = timedelta(days=7)
AHEAD = timedelta(days=42)  # a week is planned so long before it begins
NOTICED = timedelta(days=9)  # ... and so long before, somebody notices that it does not fit
VACANT = date(2025, 12, 29)  # nobody was found, so there is no event
CANCELLED = date(2026, 6, 29)  # called off: nothing was changed in that week
# Both had each other's week in the plan first.
EXCHANGED = {date(2026, 2, 16): date(2026, 3, 2), date(2026, 9, 14): date(2026, 9, 28)}
FIRST_PLAN = FIRST_DUTY_WEEK - timedelta(days=10)  # when the Calendar was taken into use


def acts(until: datetime) -> Iterator[Act[Phorge]]:
    monday = FIRST_DUTY_WEEK
    while monday <= (until + AHEAD).date():
        if monday != VACANT:
            yield from _week(monday)
        monday += WEEK
    for person in OPERATIONS.members:
        for first, back in person.away:
            yield _absence(person, first, back)
    yield _handover()


def planned(monday: date) -> Person:
    """Who the plan named first. Nobody had looked into the holiday list."""
    turn = EXCHANGED.get(monday) or {late: early for early, late in EXCHANGED.items()}.get(monday, monday)
    here = [person for person in OPERATIONS.members if person.office == LOS_ANGELES]
    there = [person for person in here if person.joined <= turn < person.left]
    return OPERATIONS.on_duty(turn) if turn != monday else there[(turn - FIRST_DUTY_WEEK) // WEEK % len(there)]


def held(monday: date) -> Person | None:
    """Who had the week in the end."""
    return None if monday in (VACANT, CANCELLED) else OPERATIONS.on_duty(monday)


def _week(monday: date) -> Iterator[Act[Phorge]]:
    name, first, last = f"calendar/{monday}", planned(monday), held(monday)
    lead, key = _login(OPERATIONS.lead), list[str]()

    def plan(desk: Phorge, at: datetime) -> None:
        title = f"Duty: week {monday.isocalendar().week}"
        key.append(desk.schedule(at, lead, title, monday, monday + WEEK, [_login(first)]))

    yield Act(_morning(monday - AHEAD), name, 0, plan)
    if monday == CANCELLED:
        yield Act(_morning(monday - NOTICED), name, 1, lambda desk, at: desk.cancel(at, lead, key[0]))
    elif last and last != first:
        guests = [_login(last)]
        yield Act(_morning(monday - NOTICED), name, 1, lambda desk, at: desk.invite(at, lead, key[0], guests))


def _absence(person: Person, first: date, back: date) -> Act[Phorge]:
    who, title = _login(person), f"Away: {person.name}"

    def enter(desk: Phorge, at: datetime) -> None:
        desk.schedule(at, who, title, first, back, [who])

    return Act(_morning(first - timedelta(days=50)), f"calendar/away/{who}/{first}", 0, enter)


def _handover() -> Act[Phorge]:
    """A series without an end, of which Phorge shows ghosts."""
    starts = datetime.combine(FIRST_DUTY_WEEK, time(10), ZoneInfo(LOS_ANGELES.zone)).astimezone(UTC)
    everybody = [_login(person) for person in OPERATIONS.members if person.joined < FIRST_DUTY_WEEK]

    def invite(desk: Phorge, at: datetime) -> None:
        ends = starts + timedelta(minutes=15)
        desk.schedule(at, everybody[0], "Handover of the duty phone", starts, ends, everybody, every=WEEK)

    return Act(_morning(FIRST_PLAN), "calendar/handover", 0, invite)


def _morning(day: date) -> datetime:
    return datetime.combine(max(day, FIRST_PLAN), time(9, 40), ZoneInfo(LOS_ANGELES.zone)).astimezone(UTC)


def _login(person: Person) -> str:
    return person.login_at("phorge")
