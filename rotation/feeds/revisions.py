"""What was published: each event with its revision. A new plan becomes the next revisions; nothing changes in vain."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Self
from urllib.parse import quote

from pydantic import Field, model_validator

from rotation.moments import Instant, Zone
from rotation.plan import Plan, PlannedShift
from rotation.team import Table

KEPT = timedelta(days=366)  # so long after its end an event leaves the feeds


class Occasion(Table):
    """What an event says. Two that are equal are one revision."""

    shift: str  # its id in the plan
    role: str
    since: Instant
    until: Instant
    people: tuple[str, ...] = ()
    vacant: int = Field(default=0, ge=0)  # seats that nobody holds
    shadows: tuple[str, ...] = ()
    person: str | None = None  # whose own calendar it is for; None: the team's
    called: dict[str, str] = Field(default={})  # what to write instead of people's own names, such as user names


class Revision(Table):
    """One event of the feeds. A cancelled one says what it said when it was last alive."""

    occasion: Occasion
    sequence: int = Field(default=0, ge=0)
    created_at: Instant
    revised_at: Instant
    is_cancelled: bool = False

    @property
    def key(self) -> tuple[str, str | None]:
        """What it is about; its revisions have it in common."""
        return self.occasion.shift, self.occasion.person

    def uid(self, namespace: str) -> str:
        """The name by which calendars know it: of plain characters, whatever the role and the person are called."""
        words = [*self.occasion.shift.rsplit("/", 1), self.occasion.person]
        return f"{'.'.join(quote(word, safe='') for word in words if word)}@{namespace}"


class Revisions(Table):
    """Everything that the feeds of one rota hold."""

    namespace: str = Field(min_length=1, pattern=r"^[A-Za-z0-9.-]+$")  # ends every UID: no other rota's may be the same
    zone: Zone = "UTC"
    events: tuple[Revision, ...] = ()

    @model_validator(mode="after")
    def _each_event_once(self) -> Self:
        keys = [event.key for event in self.events]
        if len(set(keys)) < len(keys):
            raise ValueError("an event stands there twice; publish into a new file of revisions")
        return self


def revised(before: Revisions, plan: Plan, at: datetime, called: Mapping[str, str] | None = None) -> Revisions:
    """What is published from `at` on: the plan in its weeks, and outside them what was published before.

    What the plan no longer has is cancelled, what changed is revised, and the rest stays as it is. `called` are names
    to write instead of people's own: where one changes, so does what its events say. Raises ValueError where something
    was published later than `at`.
    """
    latest = max((event.revised_at for event in before.events), default=at)
    if latest > at:
        raise ValueError(f"something was published at {latest.isoformat()}, later than {at.isoformat()}: set the clock")
    known = {event.key: event for event in before.events}
    told = {(occasion.shift, occasion.person): occasion for occasion in occasions(plan, called or {})}
    since, until = plan.problem.span
    events = [_next(known.get(key), occasion, at) for key, occasion in told.items()]
    for key, event in known.items():
        if key not in told and event.occasion.until > at - KEPT:
            events.append(_cancelled(event, at) if since <= event.occasion.since < until else event)
    ordered = sorted(
        events, key=lambda event: (event.occasion.since, event.occasion.shift, event.occasion.person or "")
    )
    return Revisions(namespace=before.namespace, zone=plan.problem.zone, events=tuple(ordered))


def _next(event: Revision | None, occasion: Occasion, at: datetime) -> Revision:
    if event is None:
        return Revision(occasion=occasion, created_at=at, revised_at=at)
    if event.occasion == occasion and not event.is_cancelled:
        return event
    return Revision(
        occasion=occasion, sequence=event.sequence + 1, created_at=event.created_at, revised_at=at, is_cancelled=False
    )


def _cancelled(event: Revision, at: datetime) -> Revision:
    if event.is_cancelled:
        return event
    return event.model_copy(update={"sequence": event.sequence + 1, "revised_at": at, "is_cancelled": True})


def occasions(plan: Plan, called: Mapping[str, str]) -> Iterator[Occasion]:
    """Every shift of the plan once for the team, and once for each person who holds or shadows it."""
    for row in plan.shifts:
        occasion = _occasion(row, plan, called)
        yield occasion
        yield from (occasion.model_copy(update={"person": person}) for person in _everybody(row))


def _occasion(row: PlannedShift, plan: Plan, called: Mapping[str, str]) -> Occasion:
    return Occasion(
        shift=row.shift,
        role=row.role,
        since=row.since,
        until=row.until,
        people=row.people,
        vacant=max(plan.problem.shift_by_id[row.shift].people - len(row.people), 0),
        shadows=row.shadows,
        called={person: called[person] for person in _everybody(row) if person in called},
    )


def _everybody(row: PlannedShift) -> Iterable[str]:
    return dict.fromkeys((*row.people, *row.shadows))
