"""What each shift met with, replayed ticket by ticket in plain Python: see tests/metrics/rota_oracle.py."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ingest.records import Record
from tests.metrics.oracle import FOREVER, Life, lives, naive
from tests.metrics.rota_oracle import (
    DAY,
    HALF_HOUR,
    SAID,
    Held,
    answers_for,
    days_of,
    duties,
    kind_of,
    local,
    person_of,
    silent_days,
)

KINDS = ("business", "off", "sleep")


class Arrival(NamedTuple):
    life: Life
    queue: str
    at: datetime
    urgent_at: datetime | None  # the first moment at P0 or P1 while it was there


def urgency(life: Life) -> list[tuple[str | None, datetime, datetime]]:
    """The priorities that lasted longer than an instant: value, from, until."""
    found: list[tuple[str | None, datetime, datetime]] = []
    seconds = {now.at: life.priority(now) for now in life.moments}
    ends = [*list(seconds)[1:], FOREVER]
    for (start, priority), end in zip(seconds.items(), ends, strict=True):
        if found and found[-1][0] == priority:
            found[-1] = (priority, found[-1][1], end)
        else:
            found.append((priority, start, end))
    return found


def arrivals(life: Life) -> Iterator[Arrival]:
    for queue, start, end, _ in life.presences():
        urgent = [
            max(since, start)
            for priority, since, until in urgency(life)
            if priority in ("P0", "P1") and since < (end or FOREVER) and until > start
        ]
        yield Arrival(life, queue, start, min(urgent, default=None))


def raises(life: Life) -> Iterator[tuple[str, datetime]]:
    """queue, instant: each time the ticket became P0 or P1 from something less urgent, after its arrival."""
    before = None
    for priority, since, _ in urgency(life):
        if priority in ("P0", "P1") and before not in (priority, "P0"):
            for queue, start, end, _ in life.presences():
                if start < since < (end or FOREVER):
                    yield queue, since
        before = priority


def acted(life: Life, person: str, instant: datetime, *, as_human: bool = False) -> bool:
    return any(
        naive(e.occurred_at) == instant
        and e.actor_id is not None
        and person_of(e.actor_id) == person
        and not (as_human and e.actor_id in life.bots)
        for e in life.events
    )


def interruptions(told: Sequence[Life], held: Held, queues: Sequence[str] | None = None) -> dict[Any, datetime]:
    """Each hour of the person's clock in which something came, with the first moment of it."""
    hours: dict[Any, datetime] = {}
    for life in told:
        moments = [(a.queue, a.at) for a in arrivals(life)] + list(raises(life))
        for queue, moment in moments:
            if _is_for(held, queue, moment, queues) and not acted(life, held.person, moment):
                clock = local(moment, held.person) or moment.replace(tzinfo=UTC)
                hour = clock.date(), clock.hour, clock.utcoffset()
                hours[hour] = min(moment, hours.get(hour, moment))
    return hours


def _is_for(held: Held, queue: str, moment: datetime, queues: Sequence[str] | None) -> bool:
    is_during = any(slot <= moment < slot + HALF_HOUR for slot in held.slots)
    return is_during and answers_for(held, queue) and (queues is None or queue in queues)


def shift_loads(
    records: Sequence[Record], as_of: datetime, queues: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    told, instant = lives(SAID, records, as_of), naive(as_of)
    return [_load(told, held, instant, queues) for held in duties(records, instant)]


def _load(told: Sequence[Life], held: Held, as_of: datetime, queues: Sequence[str] | None) -> dict[str, Any]:
    ended = min(held.ends, as_of)
    came = [a for life in told for a in arrivals(life) if _is_for(held, a.queue, a.at, queues)]
    hours = interruptions(told, held, queues)
    kinds = [kind_of(moment, held) for moment in hours.values()]
    row: dict[str, Any] = {
        "shift_id": held.shift_id,
        "role": held.role,
        "person": held.person,
        "is_running": held.ends > as_of,
        "held_weeks": len(held.slots) / 336,
        "duty_weeks": held.version and len(held.slots) / 336 * held.version.burden,
        "weekend_days": days_of(held.slots, held.person, holidays=False),
        "holiday_days": days_of(held.slots, held.person, holidays=True),
        "arrivals": len(came),
        "urgent_arrivals": sum(a.urgent_at is not None and a.urgent_at < ended for a in came),
        "triaged_tickets": sum(_has_triaged(life, held, queues) for life in told),
        "finished_tickets": sum(_has_finished(life, held, queues) for life in told),
        "interruptions": len(hours),
        **{f"{kind}_interruptions": kinds.count(kind) for kind in KINDS},
        "untriaged_tickets": sum(_is_untriaged(life, held, ended, queues) for life in told),
        "silent_tickets": sum(_is_silent(life, held, ended, queues) for life in told),
    }
    unknown = list(row)[8:] if held.version is None else []
    unknown += [f"{kind}_interruptions" for kind in KINDS] if local(ended, held.person) is None else []
    return row | dict.fromkeys(unknown)


def _has_triaged(life: Life, held: Held, queues: Sequence[str] | None) -> bool:
    return any(
        _is_for(held, stay["queue"], stay["triaged_at"], queues)
        and acted(life, held.person, stay["triaged_at"], as_human=True)
        and (life.gone_at is None or stay["triaged_at"] < life.gone_at)
        for stay in life.stays()
        if stay["triaged_at"]
    )


def _has_finished(life: Life, held: Held, queues: Sequence[str] | None) -> bool:
    return any(
        why == "closed" and end and _is_for(held, queue, end, queues) and acted(life, held.person, end, as_human=True)
        for queue, _, end, why in life.presences()
    )


def _standing(life: Life, held: Held, ended: datetime, queues: Sequence[str] | None) -> str | None:
    """The queue in which the ticket was open when the shift ended, if it is one of the role's."""
    for queue, start, end, _ in life.presences():
        if start < ended <= (end or FOREVER) and answers_for(held, queue) and (queues is None or queue in queues):
            return queue
    return None


def _is_untriaged(life: Life, held: Held, ended: datetime, queues: Sequence[str] | None) -> bool:
    queue = _standing(life, held, ended, queues)
    return any(
        stay["queue"] == queue
        and stay["entered_at"] < ended <= (stay["left_at"] or FOREVER)
        and not (stay["triaged_at"] and stay["triaged_at"] < ended)
        for stay in life.stays()
    )


def _is_silent(life: Life, held: Held, ended: datetime, queues: Sequence[str] | None) -> bool:
    queue = _standing(life, held, ended, queues)
    if queue is None:
        return False
    now = life.until(ended, inclusive=False)
    spoken = max([naive(life.ticket.opened_at), *(moment for moment in life.updates() if moment < ended)])
    days = silent_days(life.ticket.source, queue, spoken)
    owners = {held.value for held in now.values("owner")} - life.bots
    is_claimed = life.stage(now) == "active" and bool(owners)
    return is_claimed and days is not None and ended - spoken >= days * DAY
