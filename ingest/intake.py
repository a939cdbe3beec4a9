"""Replies into the store: parsed by their source, upserted, counted, and recorded as a run."""

import gc
import json
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from ingest import journal, policies, sources, tables
from ingest.journal import JournalWriter, Reply, replay
from ingest.records import Event, Record, Rejected, Ticket, UnreadableError
from ingest.source import Parser
from ingest.store import Settle, StoreError, journal_folder, writing
from settings import Settings

WHOLE_SECOND = timedelta(seconds=1)  # what trackers tell: an instant covers the second that starts there
BATCH = 50_000  # records between two upserts: enough for bulk loading, little enough for memory


@dataclass(slots=True)
class Outcome:
    """What one run of one source did, for its summary."""

    source: str = ""
    scope: str = ""
    tickets: int = 0
    events: int = 0
    left_out: int = 0  # replies that hold no ticket, such as pull requests
    changed: Counter[str] = field(default_factory=Counter)  # rows new or different, by table
    new_tickets: int = 0
    gone: int = 0  # tickets found to be gone
    unknown: Counter[str] = field(default_factory=Counter)  # event kinds kept without being understood
    rejected: list[tuple[str, str]] = field(default_factory=list)  # place, reason
    data_until: datetime | None = None
    replaces_demo: bool = False
    requests: int = 0
    waited_seconds: float = 0.0
    failure: str | None = None


def take_in(
    path: Path,
    settings: Settings,
    source: str,
    scope: str,
    replies: Iterable[Reply],
    *,
    data_until: datetime | None = None,
    is_demo: bool = False,
    settle: Settle | None = None,
) -> Outcome:
    """Journal, parse and store replies that were read from files; the store is published once, at the end.

    A reply that cannot be read is rejected with its place and reason, and the others are taken in. The history counts
    as complete until `data_until`, or else until just after its last event. Whatever is taken into a demo replaces it;
    a demo replaces nothing else. Raises StoreError.
    """
    started_at = datetime.now(UTC)
    with writing(path, settle) as con, JournalWriter(journal_folder(path), source) as kept:
        outcome = Outcome(source, scope, replaces_demo=make_room(con, path, is_demo=is_demo))
        policies.apply(con, settings)
        store(con, _journalled(replies, kept), settings, outcome)
        outcome.data_until = data_until or outcome.data_until
        record_run(con, started_at, outcome)
    return outcome


def reparse(path: Path, settings: Settings, settle: Settle | None = None) -> Outcome:
    """Make the history anew from every journalled reply, with today's parsers.

    Raises StoreError where no journal was kept, or where it holds less than the store: nothing stored is lost.
    """
    if not any(journal_folder(path).glob("*/*.jsonl.gz")):
        raise StoreError(f"{path} has no journal to read again; import into it first, or name another with --store")
    started_at, outcome = datetime.now(UTC), Outcome("journal", "all")
    with writing(path, settle) as con:
        before = _tickets(con)
        tables.forget_history(con)
        store(con, replay(journal_folder(path)), settings, outcome)
        if _tickets(con) < before:
            raise StoreError(
                f"the journal of {path} tells of {_tickets(con)} tickets, but the store holds {before}: part of the "
                "journal is missing. Nothing was changed; bring the missing files back, or read the sources with "
                "`watchbill sync --full`"
            )
        if path.exists():
            place = str(path.resolve()).replace("'", "''")
            con.execute(f"ATTACH '{place}' AS before (READ_ONLY)")
            outcome.changed = tables.differences(con, "before")
        policies.apply(con, settings)
        record_run(con, started_at, outcome)
    return outcome


def apply_settings(path: Path, settings: Settings, settle: Settle | None = None) -> None:
    """Put the settings' policies into the store, without reading any source. Raises StoreError where none is."""
    if not path.exists():
        raise StoreError(f"there is no store at {path}; import into it first, or name another with --store")
    with writing(path, settle) as con:
        policies.apply(con, settings)


def is_demo_store(con: duckdb.DuckDBPyConnection) -> bool:
    [(is_demo,)] = con.execute("SELECT is_demo FROM store_meta").fetchall()
    return bool(is_demo)


def refuse_to_mix(con: duckdb.DuckDBPyConnection, path: Path, *, is_demo: bool) -> None:
    """Made-up and real tickets never share a store: their numbers would be nobody's. Raises StoreError."""
    tickets = _tickets(con)
    if is_demo and tickets and not is_demo_store(con):
        raise StoreError(f"{path} holds {tickets} tickets of your own; name another file with --store for the demo")


def make_room(con: duckdb.DuckDBPyConnection, path: Path, *, is_demo: bool) -> bool:
    """Empty a demo store for what comes now. True if a demo made way. Raises StoreError as `refuse_to_mix` does."""
    refuse_to_mix(con, path, is_demo=is_demo)
    was_demo, tickets = is_demo_store(con), _tickets(con)
    con.execute("UPDATE store_meta SET is_demo = ?", [is_demo])
    if was_demo and tickets:
        tables.clear(con)
        journal.forget(journal_folder(path))
    return was_demo and bool(tickets)


def _tickets(con: duckdb.DuckDBPyConnection) -> int:
    [(count,)] = con.execute("SELECT count(*) FROM ticket").fetchall()
    return int(count)


def _journalled(replies: Iterable[Reply], kept: JournalWriter) -> Iterator[Reply]:
    for reply in replies:
        kept.write(reply)
        yield reply


def store(con: duckdb.DuckDBPyConnection, replies: Iterable[Reply], settings: Settings, outcome: Outcome) -> None:
    """Parse and store replies, in their order, and add to `outcome` what that did."""
    sites: dict[str, Any] = {site.name: site for site in settings.source}
    batch: list[Record] = []
    with _without_collector():
        for reply in replies:
            batch += _read(reply, sites, outcome)
            if len(batch) >= BATCH:
                _upsert(con, batch, outcome)
                batch.clear()
                gc.collect()
        _upsert(con, batch, outcome)
    lost = tables.without_ticket(con)
    outcome.rejected += [(ticket_id, "has events, but the source shows no such ticket") for ticket_id in lost]


@contextmanager
def _without_collector() -> Iterator[None]:
    """Records hold no cycles: looking for some among millions of them costs a fifth of the time and finds nothing."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _upsert(con: duckdb.DuckDBPyConnection, batch: list[Record], outcome: Outcome) -> None:
    changes = tables.upsert(con, batch)
    outcome.changed.update(changes.rows)
    outcome.new_tickets += changes.new_tickets
    outcome.gone += changes.gone


def _read(reply: Reply, sites: dict[str, Any], outcome: Outcome) -> list[Record]:
    if reply.since and not reply.body:
        return []
    kind = reply.kind or reply.source
    if kind not in sources.KINDS:
        outcome.rejected.append((reply.place, f"there is no source of kind {kind!r}"))
        return []
    parser = sources.parser(kind)
    if reply.source not in sites:
        sites[reply.source] = sources.unconfigured(kind, reply.source)
    try:
        told = list(parser.parse(_json(reply.body), sites[reply.source], reply.scope))
    except UnreadableError as error:
        outcome.rejected.append((reply.place, str(error)))
        return []
    outcome.rejected += [(record.place, record.reason) for record in told if isinstance(record, Rejected)]
    records: list[Record] = [record for record in told if not isinstance(record, Rejected)]
    _count(records, parser, outcome)
    return records


def _json(body: str) -> dict[str, Any]:
    try:
        page = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"not JSON: {error}") from None
    if not isinstance(page, dict):
        raise UnreadableError("not a JSON object")
    return page


def _count(records: list[Record], parser: Parser, outcome: Outcome) -> None:
    outcome.left_out += not records
    until = outcome.data_until
    for record in records:
        if isinstance(record, Event):
            outcome.events += 1
            if until is None or record.occurred_at >= until:
                until = record.occurred_at + WHOLE_SECOND
            if record.field == "other" and record.new and not parser.is_known(record.new):
                outcome.unknown[record.new] += 1
        elif isinstance(record, Ticket):
            outcome.tickets += 1
    outcome.data_until = until


def record_run(con: duckdb.DuckDBPyConnection, started_at: datetime, outcome: Outcome) -> None:
    """Keep the summary of a run, and what it rejected, in the store."""
    run_id = uuid.uuid4().hex
    moments = (started_at, datetime.now(UTC), outcome.data_until)
    row = {
        "run_id": run_id,
        "source": outcome.source,
        "scope": outcome.scope,
        **dict(zip(("started_at", "finished_at", "data_until"), map(_naive, moments), strict=True)),
        "tickets": outcome.tickets,
        "events": outcome.events,
        "changed": outcome.changed.total(),
        "rejected": len(outcome.rejected),
        "new_tickets": outcome.new_tickets,
        "gone": outcome.gone,
        "requests": outcome.requests,
        "waited_seconds": outcome.waited_seconds,
        "failure": outcome.failure,
    }
    names, places = ", ".join(row), ", ".join(f"${name}" for name in row)
    con.execute(f"INSERT INTO sync_run ({names}) VALUES ({places})", row)
    for place, reason in outcome.rejected:
        con.execute("INSERT INTO rejected VALUES (?, ?, ?, ?)", [run_id, outcome.source, place, reason])


def _naive(moment: datetime | None) -> datetime | None:
    return moment and moment.astimezone(UTC).replace(tzinfo=None)
