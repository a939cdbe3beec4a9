"""Work in progress replayed in plain Python: walk along a ticket's moments and note who had it in work when."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

import settings
from ingest.records import Record
from tests.metrics.oracle import _ACTIONS, FOREVER, WORLD, Life, Moment, Said, deciding, lives, naive

TEXT = (
    WORLD.replace(
        "[[calendar]]\n", "[[person]]\nname = 'Ana Lopes'\naccounts = ['test/ana', 'test/ana.l']\n\n[[calendar]]\n", 1
    )
    + """
[[wip]]
queues = ["infra", "lost"]
person = 1
people = { "bo" = 0 }
queue = 2

[[wip]]
queues = ["infra", "lost"]
valid_from = 2026-10-28
person = 0

[[wip]]
queues = ["infra", "lost"]
valid_from = 2026-11-04
people = { "Ana Lopes" = 2 }
queue = 0

[[wip]]
sources = ["oth*"]
valid_from = 2026-10-25
person = 1
queue = 0

[[wip]]
queue = 1
"""
)
ACTIONS = [
    *_ACTIONS,
    *[("label", sign + "in progress") for sign in "++++-"],
    *[("column", "In progress")] * 4,
    *[("owner", sign + value) for value in ("ana", "ana.l", "bo", "machine") for sign in "++-"],
]


class Work(NamedTuple):
    """A ticket in work; person_id None: nobody's."""

    ticket_id: str
    queue: str | None
    person_id: str | None
    from_at: datetime
    until_at: datetime | None


def work(said: Said, records: Sequence[Record], as_of: datetime) -> list[Work]:
    """Every maximal time, the past of gone tickets among them."""
    return [
        Work(life.ticket.ticket_id, queue or None, person, start, None if end == FOREVER else end)
        for life in lives(said, records, as_of)
        for (queue, person), spans in _spans(life).items()
        for start, end in joined(spans)
    ]


def _spans(life: Life) -> dict[Any, list[tuple[datetime, datetime]]]:
    found: dict[Any, list[tuple[datetime, datetime]]] = {}
    for now, start, end in lasting(life):
        if life.stage(now) == "active" and start < end:
            for person in _people(life, now) or {None}:
                found.setdefault((now.queue, person), []).append((start, end))
    return found


def lasting(life: Life) -> Iterator[tuple[Moment, datetime, datetime]]:
    """Each moment and how long it held, up to when the ticket was gone."""
    gone = life.gone_at or FOREVER
    for now, after in pairwise([*life.moments, None]):
        assert now
        yield now, min(now.at, gone), min(after.at if after else FOREVER, gone)


def _people(life: Life, now: Moment) -> set[str]:
    owners = {held.value for held in now.values("owner")} - life.bots
    return {next((p.name for p in life.said.person if owner in p.accounts), owner) for owner in owners}


def joined(spans: Sequence[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    found: list[tuple[datetime, datetime]] = []
    for start, end in sorted(spans):
        if found and found[-1][1] >= start:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


class Above(NamedTuple):
    """A time above a limit; of person and queue, one is None."""

    person_id: str | None
    queue: str | None
    from_at: datetime
    until_at: datetime | None
    most: int


def above(said: Said, records: Sequence[Record], as_of: datetime) -> list[Above]:
    """Cut time wherever anything could change, count in each piece, and put pieces above together again."""
    rows, end = work(said, records, as_of), naive(as_of)
    sources = {record.ticket_id: record.source for record in records if hasattr(record, "opened_at")}
    cuts = {moment for row in rows for moment in (row.from_at, row.until_at) if moment}
    cuts |= {naive(policy.valid_from) for policy in said.wip}
    pieces: dict[Any, list[tuple[datetime, datetime, int]]] = {}
    for start, stop in pairwise(sorted(cut for cut in {*cuts, end} if cut <= end)):
        for holder, tickets in _exceeding(said, rows, sources, start).items():
            pieces.setdefault(holder, []).append((start, stop, tickets))
    return [
        Above(person, queue, start, None if stop == end else stop, max(n for a, _, n in spans if start <= a < stop))
        for (_, person, queue), spans in pieces.items()
        for start, stop in joined([(a, b) for a, b, _ in spans])
    ]


def _exceeding(said: Said, rows: Sequence[Work], sources: dict[str, str], instant: datetime) -> dict[Any, int]:
    """Whoever is above a limit at the instant: (scope, person, queue) and with how many tickets."""
    held: dict[Any, set[str]] = {}
    allowed: dict[Any, int | None] = {}
    for row in rows:
        policy = deciding(said.wip, sources[row.ticket_id], row.queue or "", instant)
        if policy and row.from_at <= instant and (row.until_at is None or instant < row.until_at):
            scope = (*policy.queues, *policy.sources)
            for person, queue in ((row.person_id, None), (None, row.queue)):
                if person or queue:
                    held.setdefault((scope, person, queue), set()).add(row.ticket_id)
                    limit = policy.queue if queue else policy.people.get(_name(said, str(person)), policy.person)
                    allowed[scope, person, queue] = limit
    return {holder: len(tickets) for holder, tickets in held.items() if len(tickets) > (_or_any(allowed[holder]))}


def _name(said: Said, person_id: str) -> str:
    return person_id if person_id in {p.name for p in said.person} else person_id.split("/")[-1]


def _or_any(limit: int | None) -> int:
    return 10_000 if limit is None else limit


def settings_of(text: str = TEXT) -> Said:
    return settings.parse(text, "the oracle's limits")
