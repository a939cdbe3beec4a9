"""A slow and obvious second opinion on rotas: made-up calendars, and every half hour of them looked at one by one.

Nothing here knows SQL or the metrics layer. All that happens to a rota happens on half hours, so that within one
nothing changes; sums are exact fractions. Instants are UTC without a zone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fnmatch import fnmatchcase
from fractions import Fraction
from itertools import pairwise
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

import settings
from ingest.records import Absence, Record, Shift
from tests.metrics.oracle import FIRST_DAY, WORLD, calendar_at, deciding, in_force, naive, open_intervals

ROTA = """
[[person]]
name = "Ana"
zone = "Asia/Kolkata"
accounts = ["test/ana", "cal/ana.a"]
roles = ["duty", "lead"]

[[person]]
name = "Bo"
zone = "Europe/Berlin"
accounts = ["test/bo"]
joined = 2026-10-28
share = 0.5
country = "US"
roles = ["duty", "shadow", "duty"]

[[person]]
name = "Cy"
zone = "America/New_York"
accounts = ["test/cy"]
left = 2026-11-09
country = "US"
roles = ["duty", "lead"]

[[ownership]]
queues = ["infra"]
silent_days = 1

[[ownership]]
queues = ["infra"]
valid_from = 2026-11-03
silent_days = 3

[[role]]
name = "duty"
queues = ["infra"]
excludes = ["lead"]
business = ["09:00-12:15", "13:00-17:30"]

[[role]]
name = "duty"
valid_from = 2026-11-02
queues = ["infra", "acc*"]
burden = 1.5
people = 2
rest_days = 2
share_limit = 0.5

[[role]]
name = "lead"
valid_from = 2026-10-20
queues = ["access"]
burden = 0.6
rest_days = 3
calendar = "berlin"

[[role]]
name = "shadow"
burden = 0.0
"""
HALF_HOUR = timedelta(minutes=30)
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
ROLES = ("duty", "duty", "duty", "lead", "shadow", "undescribed")
ACCOUNTS = ("test/ana", "test/ana", "cal/ana.a", "test/bo", "test/bo", "test/cy", "test/cy", "test/dee", "test/machine")
SAID = settings.parse(WORLD + ROTA, "the rota's world")
US_HOLIDAYS = {date(2026, 10, 12), date(2026, 11, 11)}

_BEGINNINGS = st.integers(-40, 100).map(lambda n: FIRST_DAY + n * timedelta(hours=6))
_LENGTHS = st.sampled_from(
    [*[WEEK] * 4, DAY, DAY, 2 * DAY, 5 * DAY, 14 * DAY, WEEK + timedelta(hours=6), 16 * HALF_HOUR, timedelta(0), -DAY]
)


@st.composite
def rotas(draw: st.DrawFn, most: int = 14) -> list[Record]:
    """Shifts and absences: weeks, days, hours; overlapping, nested, doubled, empty, and some that end before they
    begin."""
    told = st.tuples(st.sampled_from(ROLES), st.sampled_from(ACCOUNTS), _BEGINNINGS, _LENGTHS)
    shifts: list[Record] = [
        Shift(f"cal/{n}", "cal", role, account, begins.replace(tzinfo=UTC), (begins + length).replace(tzinfo=UTC))
        for n, (role, account, begins, length) in enumerate(draw(st.lists(told, min_size=1, max_size=most)))
    ]
    away = draw(st.lists(st.tuples(st.sampled_from(ACCOUNTS), _BEGINNINGS, _LENGTHS), max_size=5))
    return shifts + [
        Absence(f"cal/away/{n}", "cal", account, begins.replace(tzinfo=UTC), (begins + length).replace(tzinfo=UTC))
        for n, (account, begins, length) in enumerate(away)
    ]


@dataclass
class Held:
    """A shift as the calendars have it, and the half hours in which its holder did the duty."""

    shift_id: str
    role: str
    person: str
    starts: datetime
    ends: datetime
    version: settings.Role | None
    slots: list[datetime]
    first: tuple[datetime, datetime, str]  # the entry that the shift is called by, of those that are one

    @property
    def begun(self) -> datetime:
        return self.slots[0]

    @property
    def over(self) -> datetime:
        return self.slots[-1] + HALF_HOUR


def person_of(account: str) -> str:
    return next((p.name for p in SAID.person if account in p.accounts), account.split("/", 1)[1])


def zone_of(person: str) -> ZoneInfo | None:
    return next((ZoneInfo(p.zone) for p in SAID.person if p.name == person), None)


def role_at(role: str, instant: datetime) -> settings.Role | None:
    found: settings.Role | None = in_force([r for r in SAID.role if r.name == role], instant)
    return found


def slots_between(start: datetime, end: datetime) -> Iterator[datetime]:
    while start < end:
        yield start
        start += HALF_HOUR


def calendar_shifts(records: Sequence[Record], as_of: datetime) -> list[Held]:
    """Every shift that has begun; of one person and role, those that overlap are one, found by trying all pairs."""
    found: list[Held] = []
    for record in records:
        if isinstance(record, Shift) and record.account_id not in SAID.bots:
            starts, ends = naive(record.starts_at), naive(record.ends_at)
            if starts < min(ends, as_of):
                named = starts, ends, record.shift_id
                found.append(
                    Held(record.shift_id, record.role, person_of(record.account_id), *named[:2], None, [], named)
                )
    while pair := next(((a, b) for a in found for b in found if a is not b and _overlap(a, b)), None):
        first, second = sorted(pair, key=lambda held: held.first)
        first.ends = max(first.ends, second.ends)
        found.remove(second)
    for held in found:
        held.version = role_at(held.role, held.starts)
    return found


def _overlap(a: Held, b: Held) -> bool:
    return (a.role, a.person) == (b.role, b.person) and a.starts < b.ends and b.starts < a.ends


def duties(records: Sequence[Record], as_of: datetime) -> list[Held]:
    """The shifts with the half hours that their holders did; those that others did altogether are left out."""
    shifts = calendar_shifts(records, as_of)
    for held in shifts:
        inside = [
            o
            for o in shifts
            if o.role == held.role and o.person != held.person
            and held.starts <= o.starts and o.ends <= held.ends and o.ends - o.starts < held.ends - held.starts
        ]  # fmt: skip
        for slot in slots_between(held.starts, min(held.ends, as_of)):
            covering = {o.person for o in inside if o.starts <= slot < o.ends}
            if held.version is None or len(covering) < held.version.people:
                held.slots.append(slot)
    return sorted((held for held in shifts if held.slots), key=lambda held: (held.starts, held.role, held.person))


# --- Who could, and who should ------------------------------------------------------------------------


def absences(records: Sequence[Record]) -> list[tuple[str, datetime, datetime]]:
    return [(person_of(r.account_id), naive(r.starts_at), naive(r.ends_at)) for r in records if isinstance(r, Absence)]


def is_member(person: settings.Person, role: str, slot: datetime) -> bool:
    today = slot.replace(tzinfo=UTC).astimezone(ZoneInfo(person.zone)).date()
    return (
        role in person.roles
        and (person.joined is None or person.joined <= today)
        and (person.left is None or today < person.left)
    )


def expected_weeks(records: Sequence[Record], as_of: datetime, since: datetime) -> dict[tuple[str, str], Fraction]:
    """What each person should have carried of each role: every half hour of duty shared out among who was there."""
    away, owed = absences(records), dict[tuple[str, str], Fraction]()
    for held in duties(records, as_of):
        for slot in held.slots:
            if slot < since or held.version is None:
                continue
            able = [
                p
                for p in SAID.person
                if is_member(p, held.role, slot)
                and not any(who == p.name and start <= slot < end for who, start, end in away)
            ]
            everybody = sum((Fraction(str(p.share)) for p in able), Fraction(0))
            for person in able:
                key = held.role, person.name
                part = Fraction(str(person.share)) / everybody * Fraction(str(held.version.burden)) / 336
                owed[key] = owed.get(key, Fraction(0)) + part
    return owed


def local(slot: datetime, person: str) -> datetime | None:
    zone = zone_of(person)
    return slot.replace(tzinfo=UTC).astimezone(zone) if zone else None


def is_holiday(person: str, day: date) -> bool:
    return day in US_HOLIDAYS and any(p.name == person and p.country == "US" for p in SAID.person)


def days_of(slots: Sequence[datetime], person: str, *, holidays: bool) -> Fraction | None:
    """Time within weekends or holidays, in days."""
    if zone_of(person) is None:
        return None
    days = [moment.date() for slot in slots if (moment := local(slot, person))]
    hit = [day for day in days if (is_holiday(person, day) if holidays else day.weekday() >= 5)]
    return Fraction(len(hit), 48)


# --- Rules ------------------------------------------------------------------------------------------


def runs(shifts: Sequence[Held], everybody: Sequence[Held]) -> list[list[Held]]:
    """The shifts of one person, cut where a break lies between. `everybody` are the shifts that tell whether somebody
    else held the role in the meantime."""
    ordered = sorted(shifts, key=lambda held: (held.begun, held.over, held.shift_id))
    found: list[list[Held]] = []
    free = FIRST_DAY - 999 * DAY
    for held in ordered:
        gap = held.begun - free
        others = [o for o in everybody if o.role == held.role and o.person != held.person]
        was_taken = any(o.begun < held.begun and o.over > free for o in others)
        if found and gap < (4 * DAY if was_taken else WEEK):
            found[-1].append(held)
        else:
            found.append([held])
        free = max(free, held.over)
    return found


def weeks_of(run: Sequence[Held]) -> int:
    lasted = max(held.over for held in run) - min(held.begun for held in run)
    return max(1, ceil((lasted - DAY) / WEEK))


def breaches(
    records: Sequence[Record], as_of: datetime
) -> list[tuple[str, tuple[str, ...], str | None, datetime, datetime]]:
    """rule, roles, person, from, until: all rules but the share of time."""
    told = duties(records, as_of)
    burdened = [held for held in told if held.version and held.version.burden > 0]
    people = sorted({held.person for held in burdened})
    found = [row for person in people for row in _in_a_row(person, burdened)]
    found += [row for person in people for row in _conflicts([h for h in burdened if h.person == person])]
    found += [row for held in burdened for row in _rest(held, burdened, as_of)]
    return found + [row for role in sorted({held.role for held in told}) for row in _vacant(role, told)]


def _in_a_row(person: str, burdened: Sequence[Held]) -> Iterator[Any]:
    for run in runs([held for held in burdened if held.person == person], burdened):
        if weeks_of(run) >= 2:
            rule = "two weeks in a row" if weeks_of(run) == 2 else "three weeks in a row"
            roles = tuple(sorted({held.role for held in run}))
            yield rule, roles, person, min(h.begun for h in run), max(h.over for h in run)


def _conflicts(shifts: Sequence[Held]) -> Iterator[Any]:
    for a in shifts:
        for b in shifts:
            assert a.version
            assert b.version
            if a.role < b.role and (b.role in a.version.excludes or a.role in b.version.excludes):
                for start, end in stretches(sorted(set(a.slots) & set(b.slots))):
                    yield "conflicting roles at once", (a.role, b.role), a.person, start, end


def stretches(slots: Sequence[datetime]) -> Iterator[tuple[datetime, datetime]]:
    """Half hours that follow each other, joined."""
    start = None
    for slot, following in pairwise([*slots, None]):
        assert slot
        start = start or slot
        if following != slot + HALF_HOUR:
            yield start, slot + HALF_HOUR
            start = None


def _rest(held: Held, burdened: Sequence[Held], as_of: datetime) -> Iterator[Any]:
    assert held.version
    owed = held.over + held.version.rest_days * DAY
    later = [o for o in burdened if o.person == held.person and o is not held and held.over < o.over and o.begun < owed]
    if held.ends <= as_of and later:
        soonest = min(later, key=lambda o: (o.begun, o.shift_id))
        roles = tuple(sorted({held.role, soonest.role}))
        yield "too little rest", roles, held.person, held.over, max(soonest.begun, held.over)


def _vacant(role: str, told: Sequence[Held]) -> Iterator[Any]:
    shifts = [held for held in told if held.role == role]
    first, last = min(held.begun for held in shifts), max(held.over for held in shifts)
    lacking: dict[tuple[int, int], list[datetime]] = {}
    for slot in slots_between(first, last):
        version = role_at(role, slot)
        present = len({held.person for held in shifts if slot in held.slots})
        if version and present < version.people:
            lacking.setdefault((present, version.people), []).append(slot)
    for slots in lacking.values():
        for start, end in stretches(slots):
            if any(_is_manned_hour(role, slot) for slot in slots_between(start, end)):
                yield "vacant", (role,), None, start, end


def _is_manned_hour(role: str, slot: datetime) -> bool:
    version = role_at(role, slot)
    calendar = version and calendar_at(SAID, version.calendar, slot)
    if calendar is None:
        return False
    for _, opens, closes in open_intervals(calendar, slot.date() - 2 * DAY):
        if opens >= slot + HALF_HOUR:
            return False
        if closes > slot:
            return True
    return False


# --- Tickets ----------------------------------------------------------------------------------------


def answers_for(held: Held, queue: str) -> bool:
    return held.version is not None and any(fnmatchcase(queue, pattern) for pattern in held.version.queues)


def kind_of(moment: datetime, held: Held) -> str | None:
    now = local(moment, held.person)
    if now is None or held.version is None:
        return None
    if now.weekday() < 5 and not is_holiday(held.person, now.date()) and _within(now, held.version.business):
        return "business"
    return "sleep" if _within(now, held.version.sleep) else "off"


def _within(now: datetime, intervals: Sequence[str]) -> bool:
    clock = f"{now:%H:%M:%S}"
    return any(opens <= clock < closes for opens, closes in (text.split("-") for text in intervals))


def silent_days(source: str, queue: str, instant: datetime) -> int | None:
    policy = deciding(SAID.ownership, source, queue, instant)
    return policy.silent_days if policy else None
