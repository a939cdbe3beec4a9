"""A second opinion on incidents, in plain Python: at every place of every timeline, who is what, and who is linked.

Places are (instant, seq) and are compared across tickets, as the metrics do.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import settings
from tests.metrics.oracle import Life, Moment, Said, alike, deciding, naive, reached

Place = tuple[datetime, int]
ROLES = ("incident", "postmortem", "action")
TARGETS = {"postmortem": ("incident",), "action": ("incident", "postmortem")}
INVERSE = {
    "child_of": "parent_of",
    "parent_of": "child_of",
    "action_of": "has_action",
    "has_postmortem": "postmortem_of",
}


@dataclass
class Organisation:
    """Every ticket's life, to be asked what was what at a place."""

    said: Said
    lives: dict[str, Life]

    def places(self) -> list[Place]:
        return sorted({(now.at, now.seq) for life in self.lives.values() for now in life.moments})

    def state(self, life: Life, place: Place) -> Moment | None:
        return next((now for now in reversed(life.moments) if (now.at, now.seq) <= place), None)

    def version(self, life: Life, now: Moment) -> int | None:
        """Which of the tables decides, by its place in the settings."""
        opened = naive(life.ticket.opened_at)
        policy = deciding(self.said.incident, life.ticket.source, now.queue, opened)
        return self.said.incident.index(policy) if policy else None

    def links(self, life: Life, place: Place) -> Iterator[tuple[str | None, str]]:
        """Relation and other ticket, told by either."""
        mine = life.ticket.ticket_id
        for other in self.lives.values():
            now, theirs = self.state(other, place), other.ticket.ticket_id
            for held in now.values("link") if now else []:
                relation, target = held.value.split(" ")
                if theirs == mine != target:
                    yield relation, target
                elif target == mine != theirs:
                    yield INVERSE.get(relation), theirs

    def has_role(self, life: Life, role: str, place: Place) -> bool:
        now = self.state(life, place)
        version = self.version(life, now) if now else None
        if now is None or version is None:
            return False
        ways = self.said.incident[version].definition()["marks"][role]
        return any(
            all(self._fits(life, now, role, place, field, patterns) for field, patterns in way.items()) for way in ways
        )

    def _fits(self, life: Life, now: Moment, role: str, place: Place, field: str, patterns: list[str]) -> bool:
        if field == "link":
            near = [
                relation
                for relation, other in self.links(life, place)
                if other in self.lives
                and any(self.has_role(self.lives[other], target, place) for target in TARGETS[role])
            ]
            return any(relation and alike(relation, pattern) for relation in near for pattern in patterns)
        return any(value and alike(value, pattern) for value in self._values(life, now, field) for pattern in patterns)

    def _values(self, life: Life, now: Moment, field: str) -> list[str | None]:
        if field == "priority":
            return [life.priority(now)]
        if field == "type" and not any(event.field == "type" for event in life.events):
            return [life.ticket.type]
        if field in ("type", "title"):
            return [now.single[field].value] if field in now.single else []
        return [held.value for held in now.values(field)]

    # What the metrics tell.

    def tickets(self) -> Iterator[tuple[str, str, datetime, datetime | None, int]]:
        """ticket, role, recognised, withdrawn, version; gone tickets left out."""
        for life in self.lives.values():
            for role in ROLES:
                since, until = self._first_and_last(lambda p, life=life, role=role: self.has_role(life, role, p))
                if since and life.is_live():
                    now = self.state(life, since)
                    assert now
                    version = self.version(life, now)
                    assert version is not None
                    yield life.ticket.ticket_id, role, since[0], until, version

    def milestones(self) -> Iterator[tuple[str, str, datetime]]:
        judged: dict[str, tuple[datetime, str, int]] = {}
        for ticket, role, since, _, version in self.tickets():
            judged[ticket] = min(judged.get(ticket, (since, role, version)), (since, role, version))
        for ticket, (*_, version) in judged.items():
            for name, ways in self._ways(version).items():
                by_human = name == "acknowledged"
                moments = [at for way in ways for at in reached(self.lives[ticket], way, by_human=by_human)]
                if moments:
                    yield ticket, name, min(moments)

    def _ways(self, version: int) -> dict[str, list[settings.Milestone]]:
        told = self.said.incident[version].definition()["milestones"]
        return {name: [settings.Milestone(**way) for way in ways] for name, ways in told.items()}

    def incident_links(self) -> Iterator[tuple[str, str, str, str | None, datetime, datetime | None]]:
        """ticket, role, incident, via, linked, unlinked."""
        roles = [(ticket, role) for ticket, role, *_ in self.tickets()]
        direct = {
            (ticket, role, other, other_role): span
            for ticket, role in roles
            for other, other_role in roles
            if (role, other_role) in (("postmortem", "incident"), ("action", "incident"), ("action", "postmortem"))
            and (span := self._linked(ticket, other))
        }
        for (ticket, role, other, other_role), (since, until) in direct.items():
            if other_role == "incident":
                yield ticket, role, other, None, since, until
                continue
            for (middle, middle_role, incident, _), (begun, ended) in direct.items():
                if (middle, middle_role) != (other, "postmortem") or incident == ticket:
                    continue
                if (ticket, "action", incident, "incident") not in direct:
                    ends = [end for end in (until, ended) if end]
                    yield ticket, role, incident, other, max(since, begun), min(ends, default=None)

    def _linked(self, ticket: str, other: str) -> tuple[datetime, datetime | None] | None:
        def is_linked(place: Place) -> bool:
            return any(target == other for _, target in self.links(self.lives[ticket], place))

        since, until = self._first_and_last(is_linked)
        return (since[0], until) if since else None

    def _first_and_last(self, holds: Callable[[Place], bool]) -> tuple[Place | None, datetime | None]:
        """The first place at which it holds; the instant of the last at which it ceased, None while it holds."""
        places = self.places()
        held = [place for place in places if holds(place)]
        if not held or held[-1] == places[-1]:
            return (held[0] if held else None), None
        return held[0], next(after[0] for place, after in pairwise(places) if place == held[-1])
