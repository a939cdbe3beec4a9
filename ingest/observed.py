"""Differences between what a snapshot shows and what the stored events say, told as inferred events."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import duckdb
import polars as pl

from ingest.records import Event, Observed

# Fields that hold several values at once; all others hold one.
MANY_VALUED = frozenset(["owner", "label", "project", "milestone", "link"])


def differences(con: duckdb.DuckDBPyConnection, snapshots: Iterable[Observed]) -> Iterator[Event]:
    """The events that lead from what is stored to what was observed, at the instant of observation or just after the
    last stored event of the field, whichever is later. Each snapshot sees what those before it told."""
    seen = list(snapshots)
    stored = _stored(con, seen)
    for snapshot in seen:
        known = stored[snapshot.ticket_id, snapshot.field]
        found = list(_steps(snapshot, known))
        known += found
        yield from found


def _stored(con: duckdb.DuckDBPyConnection, snapshots: list[Observed]) -> dict[tuple[str, str], list[Event]]:
    """The stored events of the observed fields, in order."""
    asked = pl.DataFrame(
        {"ticket_id": [s.ticket_id for s in snapshots], "field": [s.field for s in snapshots]}
    ).unique()
    assert asked is not None  # the query reads it by its name
    rows = con.execute(
        "SELECT ticket_id, event_id, timezone('UTC', occurred_at), seq, actor_id, field, old, new, origin"
        " FROM event SEMI JOIN asked USING (ticket_id, field) ORDER BY occurred_at, seq, event_id"
    ).fetchall()
    stored: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for row in rows:
        event = Event(*row)
        stored[event.ticket_id, event.field].append(event)
    return stored


def _steps(snapshot: Observed, known: list[Event]) -> Iterator[Event]:
    held = _held(known)
    wanted = set(snapshot.values)
    if held == wanted:
        return
    if snapshot.field not in MANY_VALUED:
        changes = [(next(iter(held), None), next(iter(wanted), None))]
    else:
        changes = [(value, None) for value in sorted(held - wanted)]
        changes += [(None, value) for value in sorted(wanted - held)]
    for place, (old, new) in enumerate(changes, start=1):
        yield _step(snapshot, known[-1] if known else None, place, old, new)


def _held(known: list[Event]) -> set[str]:
    held: set[str] = set()
    for event in known:
        held = held - {event.old} if event.field in MANY_VALUED else set()
        held |= {event.new} if event.new is not None else set()
    return held


def _step(snapshot: Observed, last: Event | None, place: int, old: str | None, new: str | None) -> Event:
    value = f"without {old}" if new is None else new
    return Event(
        snapshot.ticket_id,
        f"inferred/observed/{snapshot.field}/{value}/{last.event_id if last else 'opening'}",
        max(snapshot.seen_at, last.occurred_at) if last else snapshot.seen_at,
        (last.seq if last else 0) + place,
        None,
        snapshot.field,
        old,
        new,
        "inferred",
    )
