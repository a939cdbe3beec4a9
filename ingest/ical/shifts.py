"""Events of a calendar into shifts and absences.

An event is what the first rule of `duties` that its title matches says: a shift of a role, or an absence. Each person
it is about gets one. An absence without guests is its organizer's: people enter their own holidays. A cancelled event
and a guest who declined give nothing; everybody else counts, whether they have answered or not.

Recurring events are told from two years before the page was read until thirteen months after it. Stored shifts and
absences that the calendar no longer tells are removed, with two exceptions, so that no removal is invented: those
that began before everything the calendar still holds and before it was read (feeds forget their past), and all of
them while an event that may be one of theirs cannot be read.

Ids are `calendar/2026-11-02/070000/UID/person`: the day stands first, so that a census can say which days it covers.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from ingest.ical import events as ical_events
from ingest.ical.events import Entry, Occurrence
from ingest.ical.people import Guest, named_in, title_matches
from ingest.ical.text import Component, calendars
from ingest.ical.times import Clock, midnight, start_of
from ingest.ical.zones import Zones, known
from ingest.records import Absence, Account, Census, Record, Rejected, Shift, UnreadableError
from settings.sources import Duty, ICal

MONTHS_PAST, MONTHS_AHEAD = 24, 13
_WHAT: tuple[Literal["shift"], Literal["absence"]] = ("shift", "absence")


def records(text: str, read_at: datetime, site: ICal) -> Iterator[Record]:
    """The accounts, shifts and absences of a calendar, and the census of them. Raises UnreadableError."""
    reading = Reading(site, *window(read_at))
    for calendar in calendars(text):
        reading.take(calendar)
    yield from reading.accounts()
    yield from sorted(reading.told, key=lambda told: (told.starts_at, _id(told)))
    yield from reading.rejected
    if not reading.is_incomplete:
        yield from reading.censuses(read_at)


def window(read_at: datetime) -> tuple[datetime, datetime]:
    """What is told of recurring events: from the first day of a month, to the instant after the last."""
    now = read_at.astimezone(UTC)
    begin = _months_later(now, -MONTHS_PAST).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return begin, _months_later(now, MONTHS_AHEAD)


def _months_later(instant: datetime, months: int) -> datetime:
    """About so many months: on the 28th at the latest, a day that every month has."""
    years, month = divmod(instant.month - 1 + months, 12)
    return instant.replace(year=instant.year + years, month=month + 1, day=min(instant.day, 28))


def zones_of(calendar: Component, site: ICal) -> Zones:
    """The zones of a calendar; its own is the one of the settings, else the one it names itself, else UTC."""
    own = (site.zone and known(site.zone)) or known(_named_zone(calendar))
    definitions = [part for part in calendar.parts if part.name == "VTIMEZONE"]
    return Zones(own or ZoneInfo("UTC"), definitions, is_guessed=own is None)


def _named_zone(calendar: Component) -> str:
    return calendar.told("X-WR-TIMEZONE")


@dataclass(slots=True)
class Reading:
    """What was made of a file so far."""

    site: ICal
    begin: datetime
    until: datetime
    told: list[Shift | Absence] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    is_incomplete: bool = False  # something that could be a shift cannot be read
    first_at: datetime | None = None  # when the first event of the file begins, whatever it is about
    events: int = 0  # whatever they are about
    zoneless: int = 0  # whole-day events about a duty, where neither settings nor calendar name a zone
    _guests: dict[str, Guest] = field(default_factory=dict)

    def take(self, calendar: Component) -> None:
        zones = zones_of(calendar, self.site)
        is_in_own_zone = "Phacility" in calendar.told("PRODID") or bool(_named_zone(calendar))
        clock = Clock(zones, is_in_own_zone)
        for series in self._series(calendar).values():
            for part in series:
                self._note_first(part, clock)
            if any(_duty(self.site, part.told("SUMMARY")) for part in series):
                self._expand([entry for part in series if (entry := self._entry(part, clock))], zones)

    def _series(self, calendar: Component) -> dict[str, list[Component]]:
        """The events of each UID."""
        found: dict[str, list[Component]] = {}
        for part in calendar.parts:
            if part.name == "VEVENT":
                self.events += 1
                found.setdefault(ical_events.uid_of(part), []).append(part)
        return found

    def _note_first(self, part: Component, clock: Clock) -> None:
        start = start_of(part, clock)
        if start is not None:
            at = start if isinstance(start, datetime) else midnight(start, clock.zones.own)
            self.first_at = min(self.first_at or at, at)

    def _entry(self, part: Component, clock: Clock) -> Entry | None:
        try:
            return ical_events.read(part, clock)
        except UnreadableError as error:
            self._reject(part.number, ical_events.uid_of(part), str(error))
        return None

    def _expand(self, entries: list[Entry], zones: Zones) -> None:
        """Tell a series; nothing of it may be left where none of its events can be read."""
        series, unclear = ical_events.newest(entries)
        for old, new in unclear:
            self._tell(old, f"line {new.number} is another event of the same UID and revision: only that one is read")
        try:
            found = list(ical_events.occurrences(series, zones, self.begin, self.until))
        except UnreadableError as error:
            self._reject(series[0].number, series[0].uid, str(error))
            return
        for occurrence in found:
            self._take_occurrence(occurrence)
        self.zoneless += zones.is_guessed and not all(isinstance(entry.times.start, datetime) for entry in series)

    def _take_occurrence(self, occurrence: Occurrence) -> None:
        entry = occurrence.entry
        duty = self._duty(entry)
        if duty is None:
            return
        guests = _people(self.site, entry, is_absence=duty.role is None)
        if not guests and not (self.site.person == "attendee" and entry.declined):
            self._tell(entry, _missing(self.site))
        for guest in guests:
            self.told.append(self._record(occurrence, duty, guest))

    def _record(self, occurrence: Occurrence, duty: Duty, guest: Guest) -> Shift | Absence:
        entry, starts_at, name = occurrence.entry, occurrence.starts_at, self.site.name
        self._remember(guest)
        account_id = f"{name}/{guest.login}"
        told_id = f"{name}/{starts_at:%Y-%m-%d/%H%M%S}/{entry.uid}/{guest.login}"
        if duty.role is None:
            return Absence(told_id, name, account_id, starts_at, occurrence.ends_at)
        return Shift(told_id, name, duty.role, account_id, starts_at, occurrence.ends_at)

    def _remember(self, guest: Guest) -> None:
        """What the file tells of a person, taken together."""
        before = self._guests.get(guest.login, guest)
        self._guests[guest.login] = Guest(guest.login, before.name or guest.name, before.email or guest.email)

    def _duty(self, entry: Entry) -> Duty | None:
        return _duty(self.site, entry.title)

    def _reject(self, number: int, uid: str, reason: str) -> None:
        self.is_incomplete = True
        self.rejected.append(Rejected(_place(number, uid), f"{reason}; until it can be read, nothing is removed"))

    def _tell(self, entry: Entry, reason: str) -> None:
        told = Rejected(_place(entry.number, entry.uid), reason)
        if told not in self.rejected:
            self.rejected.append(told)

    def accounts(self) -> Iterator[Account]:
        name = self.site.name
        for login, guest in sorted(self._guests.items()):
            yield Account(f"{name}/{login}", name, login, guest.name, False, guest.email)

    def censuses(self, read_at: datetime) -> Iterator[Census]:
        """Of every day from the first event of the calendar, or from now if that is earlier, to the window's end."""
        first = max(self.begin, min(self.first_at or read_at, read_at)).astimezone(UTC).date()
        for what in _WHAT:
            kind = Shift if what == "shift" else Absence
            ids = sorted(_id(told) for told in self.told if isinstance(told, kind))
            for prefix in prefixes(first, self.until.date()):
                below = f"{self.site.name}/{prefix}"
                yield Census(what, below, tuple(one for one in ids if one.startswith(below)), read_at)


def _id(told: Shift | Absence) -> str:
    return told.shift_id if isinstance(told, Shift) else told.absence_id


def _place(number: int, uid: str) -> str:
    return f"line {number}" + (f", UID {uid}" if uid else "")


def _duty(site: ICal, title: str) -> Duty | None:
    return next((duty for duty in site.duties if title_matches(duty.title, title)), None)


def _people(site: ICal, entry: Entry, *, is_absence: bool) -> tuple[Guest, ...]:
    if site.person == "title":
        return named_in(entry.title, site.title or "{person}")
    organizer = (entry.organizer,) if entry.organizer else ()
    if site.person == "organizer" or (is_absence and not entry.has_guests):
        return organizer
    return entry.guests


def _missing(site: ICal) -> str:
    match site.person:
        case "title":
            return (
                f"its title matches a rule of `duties`, but names nobody: it is not like {site.title or '{person}'!r}"
            )
        case "organizer":
            return "it matches a rule of `duties`, but has no organizer who is a person"
    return "it matches a rule of `duties`, but no person is invited"


def prefixes(first: date, last: date) -> Iterator[str]:
    """The fewest prefixes of ISO dates that cover the days from `first` to the end of the year of `last`: days to the
    end of the first month, months to the end of its year, then whole years."""
    day = first
    while day.day > 1 and day.month == first.month:
        yield f"{day:%Y-%m-%d}/"
        day += timedelta(days=1)
    months = range(day.month, 13) if day.month > 1 and day.year == first.year else range(0)
    for month in months:
        yield f"{day.year}-{month:02}-"
    for year in range(day.year + bool(months), last.year + 1):
        yield f"{year}-"
