"""Feeds as iCalendar: the team's, or one person's.

A shift from midnight to midnight of the team's zone is told as days, which every client shows as a bar; one that hands
over at another hour in UTC, which every client shows on its own clock.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vText

from rotation.feeds.revisions import Occasion, Revision, Revisions

ASK_AGAIN = timedelta(hours=1), "PT1H"  # the same, as the library writes one property of two


def calendar(
    revisions: Revisions,
    name: str,
    *,
    person: str | None = None,
    has_cancelled: bool = True,
) -> str:
    """The feed as text: of one person, or else of the team.

    `has_cancelled` keeps what was published and is no longer so, marked as cancelled; leave such events out for Phorge,
    which would show them as if they were on.
    """
    feed = Calendar()
    for key, value in {
        "prodid": "-//Watchbill//Rota//EN",
        "version": "2.0",
        "calscale": "GREGORIAN",
        "name": vText(name),
        "x-wr-calname": vText(name),
        "x-wr-timezone": revisions.zone,
        "x-published-ttl": ASK_AGAIN[1],
    }.items():
        feed.add(key, value)
    feed.add("refresh-interval", ASK_AGAIN[0], parameters={"VALUE": "DURATION"})
    for revision in revisions.events:
        if revision.occasion.person == person and (has_cancelled or not revision.is_cancelled):
            feed.add_component(_event(revision, revisions))
    text: bytes = feed.to_ical()
    return text.decode()


def title(occasion: Occasion) -> str:
    """What the event is called, such as `duty: Ana & Bo`; otherwise where nobody holds it, or its reader looks on.

    A title is read back as calendars are that people write by hand: `Ana (ops)` is Ana, with a remark.
    """
    if occasion.person in occasion.shadows:
        return f"Shadowing {occasion.role}"
    # "R & D" would read as two people.
    whole = (re.sub(r" ([&/+]) ", r"\1", occasion.called.get(person, person)) for person in occasion.people)
    names = " & ".join(whole)
    return f"{occasion.role}: {names}" if names else f"Vacant: {occasion.role}"


def _event(revision: Revision, revisions: Revisions) -> Event:
    occasion, words = revision.occasion, title(revision.occasion)
    event = Event()
    event.add("uid", revision.uid(revisions.namespace))
    event.add("summary", f"Cancelled: {words}" if revision.is_cancelled else words)
    for key, moment in (("dtstart", occasion.since), ("dtend", occasion.until)):
        event.add(key, _told(moment, occasion, revisions.zone))
    event.add("sequence", revision.sequence)
    event.add("created", revision.created_at.astimezone(UTC))
    for key in ("dtstamp", "last-modified"):  # without a METHOD, DTSTAMP means the same
        event.add(key, revision.revised_at.astimezone(UTC))
    event.add("status", _status(revision))
    event.add("transp", "TRANSPARENT")  # on duty one can still be met
    event.add("categories", [occasion.role])
    if remarks := _remarks(occasion):
        event.add("description", remarks)
    return event


def _status(revision: Revision) -> str:
    if revision.is_cancelled:
        return "CANCELLED"
    return "CONFIRMED" if revision.occasion.people else "TENTATIVE"


def _remarks(occasion: Occasion) -> str:
    seats = f"{occasion.vacant} seat{'s' * (occasion.vacant > 1)} vacant" if occasion.vacant else ""
    shadows = ", ".join(occasion.called.get(person, person) for person in occasion.shadows)
    return "\n".join(filter(None, [seats, shadows and f"Shadow: {shadows}"]))


def _told(moment: datetime, occasion: Occasion, zone: str) -> date | datetime:
    days = [_midnight(bound, zone) for bound in (occasion.since, occasion.until)]
    if None in days:
        return moment.astimezone(UTC)
    return moment.astimezone(ZoneInfo(zone)).date()


def _midnight(moment: datetime, zone: str) -> date | None:
    """The day that begins at that moment; None where none does."""
    day = moment.astimezone(ZoneInfo(zone)).date()
    return day if datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC) == moment else None
