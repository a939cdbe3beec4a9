"""Events of a calendar, and their occurrences.

- Phorge writes the first instant of a recurring event in UTC and leaves its zone out; so do calendars that name their
  zone in X-WR-TIMEZONE only. Their events recur in the calendar's own zone.
- Of several events with one UID (and RECURRENCE-ID), the one with the highest SEQUENCE counts, then the newest.
- Some programs name a whole day by an instant, or an instant by its day, where they say what an exception replaces.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import icalendar
from icalendar.prop import vDDDLists, vDDDTypes
from recurring_ical_events import CalendarQuery

from ingest.ical.people import Guest, attendees, person
from ingest.ical.text import Component, Moment
from ingest.ical.times import Clock, Times, midnight, times
from ingest.ical.zones import Zones
from ingest.records import UnreadableError

_PASSING = ("DTSTAMP", "CREATED", "LAST-MODIFIED", "SEQUENCE")  # lines that change while the event stays what it is


@dataclass(frozen=True, slots=True)
class Entry:
    """One VEVENT: an event, or what replaces some of its recurrences."""

    number: int  # the line where it begins
    uid: str
    title: str
    is_cancelled: bool
    revision: tuple[int, str]
    guests: tuple[Guest, ...]  # invited persons who did not decline
    declined: tuple[Guest, ...]  # ... and those who did
    has_guests: bool  # anybody or anything is invited
    organizer: Guest | None
    times: Times


@dataclass(frozen=True, slots=True)
class Occurrence:
    entry: Entry
    starts_at: datetime  # UTC
    ends_at: datetime


def uid_of(component: Component) -> str:
    """The UID; for an event without one that can be read, a name made of what it says."""
    lasting = sorted(line.text for line in component.lines if line.name not in _PASSING)
    return component.told("UID") or hashlib.sha256("\n".join(lasting).encode("utf-8", "replace")).hexdigest()[:32]


def read(component: Component, clock: Clock) -> Entry:
    """What a VEVENT says. Raises UnreadableError, with the line."""
    if not component.is_whole:
        raise UnreadableError("it has no END:VEVENT of its own")
    organizer = component.first("ORGANIZER")
    guests = component.every("ATTENDEE")
    sequence = component.told("SEQUENCE")
    return Entry(
        number=component.number,
        uid=uid_of(component),
        title=component.text("SUMMARY"),
        is_cancelled=component.text("STATUS").upper() == "CANCELLED",
        revision=(int(sequence) if sequence.isdecimal() else -1, component.told("LAST-MODIFIED")),
        guests=attendees(guests, is_coming=True),
        declined=attendees(guests, is_coming=False),
        has_guests=bool(guests),
        organizer=person(organizer) if organizer else None,
        times=times(component, clock),
    )


def newest(entries: Iterable[Entry]) -> tuple[list[Entry], list[tuple[Entry, Entry]]]:
    """Of entries with one UID, those that count, and pairs (left out, counts) of which neither says that it is the
    newer."""
    chosen: dict[Moment | None, Entry] = {}
    unclear = []
    for entry in entries:
        key = entry.times.instead_of
        rival = chosen.get(key)
        if rival is None or entry.revision >= rival.revision:
            chosen[key] = entry
        if rival is not None and entry.revision == rival.revision and entry.times != rival.times:
            unclear.append((rival, entry))
    return list(chosen.values()), unclear


def occurrences(series: list[Entry], zones: Zones, begin: datetime, until: datetime) -> Iterator[Occurrence]:
    """When a series happens between two instants: entries of one UID, one for each RECURRENCE-ID.

    Raises UnreadableError.
    """
    master = next((entry for entry in series if entry.times.instead_of is None), None)
    calendar = icalendar.Calendar()
    for n, entry in enumerate(series):
        calendar.add_component(_component(entry.uid, n, _fitted(entry.times, master, zones.own)))
    try:
        found = CalendarQuery(calendar).between(begin.astimezone(zones.own), until.astimezone(zones.own))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError) as error:
        raise UnreadableError(f"its recurrences cannot be told: {error}") from None
    for event in found:
        entry = series[int(event["X-ENTRY"])]
        if not entry.is_cancelled:
            starts_at, end = (_instant(event[name].dt, zones.own) for name in ("DTSTART", "DTEND"))
            yield Occurrence(entry, starts_at, end + entry.times.exact)


def _instant(moment: Moment, own: ZoneInfo) -> datetime:
    return (moment if isinstance(moment, datetime) else midnight(moment, own)).astimezone(UTC)


def _fitted(times: Times, master: Entry | None, own: ZoneInfo) -> Times:
    """A RECURRENCE-ID of the kind that its series has: some programs name a whole day by an instant, or an instant by
    its day."""
    instead, start = times.instead_of, master.times.start if master else None
    if instead is None or start is None or isinstance(instead, datetime) == isinstance(start, datetime):
        return times
    if isinstance(start, datetime):
        return replace(times, instead_of=datetime.combine(instead, start.timetz()))
    assert isinstance(instead, datetime)
    is_plain_day = instead.astimezone(UTC).time() == time()
    return replace(times, instead_of=instead.astimezone(UTC if is_plain_day else own).date())


def _component(uid: str, n: int, times: Times) -> icalendar.Event:
    """An event that holds nothing but times, and `n` to know it by."""
    event = icalendar.Event()
    event["UID"], event["X-ENTRY"] = uid, str(n)
    event["DTSTART"], event["DTEND"] = vDDDTypes(times.start), vDDDTypes(times.end)
    if times.rules:
        event["RRULE"] = list(times.rules)
    for name, moments in (("RDATE", times.more), ("EXDATE", times.less)):
        if moments:
            event[name] = [vDDDLists([moment]) for moment in moments]
    if times.instead_of is not None:
        event["RECURRENCE-ID"] = vDDDTypes(times.instead_of)
        if times.and_later:
            event["RECURRENCE-ID"].params["RANGE"] = "THISANDFUTURE"
    return event
