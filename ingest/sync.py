"""Replies into the store: journal first, then parse, then upsert, all in one run that is published whole."""

import json
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

from ingest import github, journal, policies, tables
from ingest.journal import JournalWriter, Reply, replay
from ingest.records import Event, Record, Ticket, UnreadableError
from ingest.store import StoreError, journal_folder, writing
from settings import Settings

WHOLE_SECOND = timedelta(seconds=1)  # what trackers tell: an instant covers the second that starts there
BATCH = 2_000  # replies parsed between two upserts: enough for bulk loading, little enough for memory

SOURCES: dict[str, Callable[[Any, str], Iterator[Record]]] = {
    github.NAME: lambda page, scope: github.parse(page, queue=scope or None),
}


@dataclass(slots=True)
class Outcome:
    """What one run did, for its summary."""

    tickets: int = 0
    events: int = 0
    left_out: int = 0  # replies that hold no ticket, such as pull requests
    changed: Counter[str] = field(default_factory=Counter)  # rows new or different, by table
    unknown: Counter[str] = field(default_factory=Counter)  # event kinds kept without being understood
    rejected: list[tuple[str, str]] = field(default_factory=list)  # place, reason
    data_until: datetime | None = None
    replaces_demo: bool = False


def take_in(
    path: Path,
    settings: Settings,
    source: str,
    scope: str,
    replies: Iterable[Reply],
    *,
    data_until: datetime | None = None,
    is_demo: bool = False,
) -> Outcome:
    """Journal, parse and store replies; the store is published once, at the end.

    A reply that cannot be read is rejected with its place and reason, and the others are taken in. The history counts
    as complete until `data_until`, or else until just after its last event. Whatever is taken into a demo replaces it;
    a demo replaces nothing else. Raises StoreError.
    """
    started_at = datetime.now(UTC)
    with writing(path) as con, JournalWriter(journal_folder(path), source) as kept:
        replaces_demo = _make_room(con, path, is_demo)
        policies.apply(con, settings)
        outcome = _store(con, _journalled(replies, kept))
        outcome.replaces_demo = replaces_demo
        outcome.data_until = data_until or outcome.data_until
        con.execute("UPDATE store_meta SET is_demo = ?", [is_demo])
        _record_run(con, source, scope, started_at, outcome)
    return outcome


def reparse(path: Path, settings: Settings) -> Outcome:
    """Read every journalled reply again with today's parsers. Raises StoreError where none was kept."""
    if not any(journal_folder(path).glob("*/*.jsonl.gz")):
        raise StoreError(f"{path} has no journal to read again; import into it first, or name another with --store")
    started_at = datetime.now(UTC)
    with writing(path) as con:
        outcome = _store(con, replay(journal_folder(path)))
        policies.apply(con, settings)
        _record_run(con, "journal", "all", started_at, outcome)
    return outcome


def apply_settings(path: Path, settings: Settings) -> None:
    """Put the settings' policies into the store, without reading any source. Raises StoreError where none is."""
    if not path.exists():
        raise StoreError(f"there is no store at {path}; import into it first, or name another with --store")
    with writing(path) as con:
        policies.apply(con, settings)


def _make_room(con: duckdb.DuckDBPyConnection, path: Path, is_demo: bool) -> bool:
    """Made-up and real tickets never share a store: their numbers would be nobody's. True if a demo made way."""
    [(tickets, was_demo)] = con.execute("SELECT (SELECT count(*) FROM ticket), is_demo FROM store_meta").fetchall()
    if tickets and is_demo and not was_demo:
        raise StoreError(f"{path} holds {tickets} tickets of your own; name another file with --store for the demo")
    if tickets and was_demo:
        tables.clear(con)
        journal.forget(journal_folder(path))
    return bool(tickets and was_demo)


def _journalled(replies: Iterable[Reply], kept: JournalWriter) -> Iterator[Reply]:
    for reply in replies:
        kept.write(reply)
        yield reply


def _store(con: duckdb.DuckDBPyConnection, replies: Iterable[Reply]) -> Outcome:
    outcome, waiting = Outcome(), iter(replies)
    while batch := list(islice(waiting, BATCH)):
        records = [record for reply in batch for record in _read(reply, outcome)]
        outcome.changed.update(tables.upsert(con, records))
    return outcome


def _read(reply: Reply, outcome: Outcome) -> list[Record]:
    try:
        records = list(SOURCES[reply.source](_json(reply.body), reply.scope))
    except UnreadableError as error:
        outcome.rejected.append((reply.place, str(error)))
        return []
    _count(records, outcome)
    return records


def _json(body: str) -> dict[str, Any]:
    try:
        page = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"not JSON: {error}") from None
    if not isinstance(page, dict):
        raise UnreadableError("not a JSON object")
    return page


def _count(records: list[Record], outcome: Outcome) -> None:
    outcome.left_out += not records
    for record in records:
        if isinstance(record, Ticket):
            outcome.tickets += 1
        elif isinstance(record, Event):
            outcome.events += 1
            after = record.occurred_at + WHOLE_SECOND
            outcome.data_until = max(outcome.data_until or after, after)
            if record.field == "other" and record.new and not github.is_known(record.new):
                outcome.unknown[record.new] += 1


def _record_run(
    con: duckdb.DuckDBPyConnection, source: str, scope: str, started_at: datetime, outcome: Outcome
) -> None:
    run_id = uuid.uuid4().hex
    moments = (started_at, datetime.now(UTC), outcome.data_until)
    instants = [moment and moment.astimezone(UTC).replace(tzinfo=None) for moment in moments]
    counts = [outcome.tickets, outcome.events, outcome.changed.total(), len(outcome.rejected)]
    con.execute(
        "INSERT INTO sync_run VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [run_id, source, scope, *instants, *counts],
    )
    for place, reason in outcome.rejected:
        con.execute("INSERT INTO rejected VALUES (?, ?, ?, ?)", [run_id, source, place, reason])
