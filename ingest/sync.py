"""Every source asked for what is new, side by side; each is stored whole or not at all.

A source's thread only asks and journals. What it fetched is stored, in one transaction with the place where its next
run begins, when it has been read to the end; readers see all sources' news at once, when the run is over. A source
that fails leaves the others alone: what it fetched waits in the journal, and its next run goes on from there.
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from ingest import intake, policies, sources
from ingest.client import Client, ClientError, Wire
from ingest.intake import Outcome
from ingest.journal import Pending, Reply, blanked
from ingest.records import UnreadableError
from ingest.source import Fetched, Trouble
from ingest.store import Settle, StoreError, Writer, holding, journal_folder
from settings import Settings, SettingsError


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a source is. `pages` were fetched since the run began; `is_done`: nothing more will come."""

    source: str
    pages: int
    requests: int
    waited_seconds: float
    is_done: bool = False


@dataclass(slots=True)
class _Reading:
    """One source of this run."""

    site: Any
    secret: str | None
    since: Mapping[str, Any]  # where to go on from: it moves with every page
    pending: Pending
    started_at: datetime
    until: datetime | None = None  # the history is complete up to here, as the source says
    troubles: list[Trouble] = field(default_factory=list)
    client: Client | None = None

    def outcome(self) -> Outcome:
        told = Outcome(self.site.name, "all")
        if self.client:
            told.requests, told.waited_seconds = self.client.requests, self.client.waited_seconds
        return told


def run(
    path: Path,
    settings: Settings,
    *,
    environment: Mapping[str, str],
    names: Sequence[str] = (),
    full: bool = False,
    wire: Wire | None = None,
    report: Callable[[Progress], None] = lambda _: None,
    is_demo: bool = False,
    settle: Settle | None = None,
) -> list[Outcome]:
    """Read the sources called `names`, or all; one outcome each, in the order of the settings.

    `full` reads everything again instead of what is new. Secrets come from `environment`. An outcome with a `failure`
    changed nothing but left its progress; with only a part of it in trouble, the rest is stored. Raises StoreError
    and SettingsError.
    """
    chosen = _chosen(settings, names)
    with holding(path, settle) as writer:
        intake.refuse_to_mix(writer.con, path, is_demo=is_demo)
        anew = full or is_demo or intake.is_demo_store(writer.con)  # nothing of a demo is a place to go on from
        readings = [_reading(writer.con, path, site, environment, anew=anew) for site in chosen]
        keeper = _Keeper(writer, path, settings, is_demo)
        outcomes = dict(_side_by_side(readings, keeper, wire, report))
    return [outcomes[site.name] for site in chosen]


def _chosen(settings: Settings, names: Sequence[str]) -> list[Any]:
    known = {site.name: site for site in settings.source}
    if not known:
        raise SettingsError(
            "the settings name no source: write a [[source]] table for each tracker (watchbill.example.toml shows them)"
        )
    for name in names:
        if name not in known:
            raise SettingsError(f"there is no source {name!r} in the settings; there are {', '.join(known)}")
    return [site for site in settings.source if not names or site.name in names]


def _reading(
    con: duckdb.DuckDBPyConnection, path: Path, site: Any, environment: Mapping[str, str], *, anew: bool
) -> _Reading:
    """Where to go on: behind what is pending, else where the last whole run ended."""
    secret = site.secret(environment)
    pending = Pending(journal_folder(path), site.name, [secret] if secret else [])
    since: Mapping[str, Any] | None = {}
    if anew:
        pending.drop()
    else:
        pending.mend()
        since = pending.since
    if since is None:
        since = _watermark(con, site.name)
    return _Reading(site, secret, since, pending, datetime.now(UTC))


def _watermark(con: duckdb.DuckDBPyConnection, source: str) -> Mapping[str, Any]:
    rows = con.execute("SELECT value FROM watermark WHERE source = ? AND name = 'since'", [source]).fetchall()
    return json.loads(rows[0][0]) if rows else {}


def _side_by_side(
    readings: list[_Reading], keeper: "_Keeper", wire: Wire | None, report: Callable[[Progress], None]
) -> Iterator[tuple[str, Outcome]]:
    """Each source in a thread of its own; whoever is done is stored."""
    stop = threading.Event()
    wire = wire or Wire(wait=stop.wait)  # whoever interrupts the program does not wait for a tracker's patience
    with ThreadPoolExecutor(max_workers=len(readings)) as pool:
        running = {pool.submit(_collect, reading, wire, report, stop): reading for reading in readings}
        try:
            for done in as_completed(running):
                yield running[done].site.name, keeper.settle(running[done], done.exception())
        except BaseException:
            stop.set()  # or the pool would wait until every source has been read
            raise


def _collect(reading: _Reading, wire: Wire | None, report: Callable[[Progress], None], stop: threading.Event) -> None:
    """Ask the source to the end; every page is in the journal before the next is asked for."""
    source, site, pages = sources.source(reading.site.kind), reading.site, 0
    client = reading.client = source.connect(site, reading.secret, wire)
    reading.pending.secrets = client.secrets  # a source may know more of them than the one it was given
    for told in source.fetch(client, site, reading.since):
        if stop.is_set():
            raise ClientError("interrupted; the next sync goes on from here")
        if isinstance(told, Trouble):
            reading.troubles.append(told)
        else:
            reading.pending.write(_reply(site, told))
            reading.since, reading.until = told.since, told.until
            pages += told.page is not None
        report(Progress(site.name, pages, client.requests, client.waited_seconds))
    report(Progress(site.name, pages, client.requests, client.waited_seconds, is_done=True))


def _reply(site: Any, told: Fetched) -> Reply:
    return Reply(
        source=site.name,
        scope="",
        place=f"{site.name}: {told.place}" if told.place else site.name,
        body="" if told.page is None else json.dumps(told.page, ensure_ascii=False),
        kind=site.kind,
        since=json.dumps(told.since),
    )


@dataclass(slots=True)
class _Keeper:
    """Stores what the sources of one run fetched, one transaction each."""

    writer: Writer
    path: Path
    settings: Settings
    is_demo: bool
    has_made_room: bool = False

    def settle(self, reading: _Reading, error: BaseException | None) -> Outcome:
        """Store what a source fetched, or why it could not be read to the end."""
        outcome = reading.outcome()
        if error is None:
            try:
                return self._store(reading, outcome)
            except SettingsError:
                raise  # it is the same for every source, and somebody can mend it
            except Exception as problem:  # whatever one source tells, the others are stored
                error = problem
        failed = reading.outcome()
        failed.failure = _failure(reading, error)
        with self.writer.transaction() as con:
            policies.apply(con, self.settings)
            intake.record_run(con, reading.started_at, failed)
        return failed

    def _store(self, reading: _Reading, outcome: Outcome) -> Outcome:
        with self.writer.transaction() as con:
            if not self.has_made_room:
                outcome.replaces_demo = intake.make_room(con, self.path, is_demo=self.is_demo)
            policies.apply(con, self.settings)
            intake.store(con, reading.pending.replies(), self.settings, outcome)
            _remember(con, reading.site.name, blanked(json.dumps(reading.since), reading.pending.secrets))
            began_at = reading.client and reading.client.began_at
            outcome.data_until = reading.until or began_at or reading.started_at
            if reading.troubles:
                outcome.failure = "; ".join(f"{trouble.place}: {trouble.reason}" for trouble in reading.troubles)
            intake.record_run(con, reading.started_at, outcome)
        self.has_made_room = True
        reading.pending.keep()
        return outcome


def _remember(con: duckdb.DuckDBPyConnection, source: str, since: str) -> None:
    con.execute("DELETE FROM watermark WHERE source = ? AND name = 'since'", [source])
    con.execute("INSERT INTO watermark VALUES (?, 'since', ?)", [source, since])


def _failure(reading: _Reading, error: BaseException) -> str:
    """Why a source could not be read, without its secret. Raises what ends the program, not only the source."""
    if not isinstance(error, Exception):
        raise error
    secrets = [reading.secret] if reading.secret else []
    if isinstance(error, ClientError | StoreError | UnreadableError | SettingsError | OSError):
        return blanked(str(error), secrets)
    words = blanked(f"{type(error).__name__}: {error}", secrets)
    return f"{reading.site.name} told what nobody expected ({words}, {_innermost(error)}). Please report this"


def _innermost(error: BaseException) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}, line {trace.tb_lineno}" if trace else "nowhere"
