"""The only writer of a store.

On disk, for a store called `watchbill.duckdb`:

    watchbill.duckdb                 a link to the newest snapshot: what readers open, read-only
    watchbill.store/snapshot-N.duckdb  immutable; a reader keeps the one it opened, the last few stay
    watchbill.store/private.duckdb   what ingest works on; nobody else opens it
    watchbill.store/journal/         raw replies
    watchbill.store/lock             one writer at a time

A run is one transaction on the private file, then what is derived from it is brought up to date, then a copy, then
the link flips. Killed before the commit, nothing
has happened; killed after it, the next run publishes. A reader sees the old snapshot or the new one, whole.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

Settle = Callable[[Path], None]

SCHEMA_VERSION = 3
SNAPSHOTS_KEPT = 4
STORAGE = {"storage_compatibility_version": "v1.5.0"}  # an analyst's DuckDB 1.5 opens it too
_SCHEMA = Path(__file__).with_name("schema.sql")
_UPGRADES = {
    version: Path(__file__).with_name(f"schema_from_{version}.sql") for version in (1, 2)
}  # by the version they start from

NATURAL_KEYS = {
    "ticket": ("ticket_id",),
    "event": ("ticket_id", "event_id"),
    "gone": ("ticket_id",),
    "account": ("account_id",),
    "source_status": ("source", "status"),
    "person": ("person_id",),
    "shift": ("shift_id",),
    "absence": ("absence_id",),
    "watermark": ("source", "name"),
}


class StoreError(Exception):
    """The store cannot be used as asked; the text says why and what to do."""


def folder(path: Path) -> Path:
    """Where the store keeps its private file, its snapshots and its journal."""
    return path.with_suffix(".store")


def journal_folder(path: Path) -> Path:
    return folder(path) / "journal"


class Writer:
    """The store, held by its one writer: as many transactions as it takes, published once at the end."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con
        self.has_news = False

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Kept when the block ends well, undone when it does not, or when it breaks a rule of the schema."""
        self.con.execute("BEGIN")
        try:
            yield self.con
            _check(self.con)
        except BaseException:
            self.con.execute("ROLLBACK")
            raise
        self.con.execute("COMMIT")
        self.has_news = True


@contextmanager
def holding(path: Path, settle: Settle | None = None) -> Iterator[Writer]:
    """Hold the store at `path` for writing; what its transactions kept is published when the block ends, however it
    ends. `settle` is called with the private file just before, to work out what readers should not have to.

    Creates the store where there is none. Raises StoreError when somebody else is writing, or when the file at `path`
    is not Watchbill's.
    """
    place = folder(path)
    if place == path or (path.exists() and not path.is_symlink()) or (place.exists() and not place.is_dir()):
        raise StoreError(f"{path} is not a store that Watchbill wrote; move it away, or name another with --store")
    if path.is_symlink() and path.readlink().parent.name != place.name:
        raise StoreError(f"{path} is a link to {path.readlink()}; name that store itself with --store")
    place.mkdir(parents=True, exist_ok=True)
    with _only_writer(place / "lock"):
        writer = Writer(_open_private(place, path))
        try:
            yield writer
        finally:
            if writer.has_news:
                writer.con.execute("CHECKPOINT")
            writer.con.close()
            if writer.has_news:
                if settle:
                    settle(place / "private.duckdb")
                _publish(place, path)


@contextmanager
def writing(path: Path, settle: Settle | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """One transaction on the store at `path`, published when the block ends well and undone when it does not.

    Raises StoreError as `holding` does, and when what was written breaks a rule of the schema.
    """
    with holding(path, settle) as writer, writer.transaction() as con:
        yield con


@contextmanager
def _only_writer(lock: Path) -> Iterator[None]:
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreError(
                f"another Watchbill is writing to this store ({lock.parent}); wait until it is done and run this again"
            ) from None
        yield


def _open_private(place: Path, path: Path) -> duckdb.DuckDBPyConnection:
    private = place / "private.duckdb"
    if private.exists() and not private.stat().st_size:  # killed in the instant of its making
        private.unlink()
    if not private.exists() and path.exists():
        _copy(path.resolve(), private)
    try:
        con = duckdb.connect(private, config={**STORAGE, "autoinstall_known_extensions": "false"})
        con.execute("SET enable_progress_bar = false")  # it would stand among our own words on standard output
    except duckdb.IOException as error:
        raise StoreError(
            f"{private} is damaged ({error}); delete it, and the next run starts from the newest snapshot"
        ) from None
    try:
        _create_or_recognise(con, path)
    except BaseException:
        con.close()
        raise
    return con


def _create_or_recognise(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    tables = con.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'store_meta'").fetchall()
    if tables == [(0,)]:
        con.execute("BEGIN")
        con.execute(_SCHEMA.read_text(encoding="utf-8"))
        con.execute("INSERT INTO store_meta (schema_version) VALUES (?)", [SCHEMA_VERSION])
        con.execute("COMMIT")
    while (version := _version(con)) in _UPGRADES:
        con.execute("BEGIN")
        con.execute(_UPGRADES[version].read_text(encoding="utf-8"))
        con.execute("COMMIT")
    if version != SCHEMA_VERSION:
        raise StoreError(
            f"{path} was made by another version of Watchbill (its tables are version {version}, this program writes "
            f"version {SCHEMA_VERSION}); use that version, or import into a new store with --store"
        )


def _version(con: duckdb.DuckDBPyConnection) -> int:
    [(version,)] = con.execute("SELECT schema_version FROM store_meta").fetchall()
    return int(version)


def _check(con: duckdb.DuckDBPyConnection) -> None:
    for table, key in NATURAL_KEYS.items():
        columns = ", ".join(key)
        twice = con.execute(f"SELECT {columns} FROM {table} GROUP BY ALL HAVING count(*) > 1 LIMIT 1").fetchall()
        if twice:
            raise StoreError(f"{table} {twice[0]} would be stored twice; nothing was changed. Please report this")
    orphans = con.execute("SELECT ticket_id FROM event ANTI JOIN ticket USING (ticket_id) LIMIT 1").fetchall()
    if orphans:
        raise StoreError(f"events of {orphans[0][0]} have no ticket; nothing was changed. Please report this")


def _publish(place: Path, path: Path) -> None:
    newest = max((_number(snapshot) for snapshot in _snapshots(place)), default=0)
    snapshot = place / f"snapshot-{newest + 1:09d}.duckdb"
    _copy(place / "private.duckdb", snapshot)
    link = place / "next-link"
    link.unlink(missing_ok=True)
    link.symlink_to(os.path.relpath(snapshot, path.parent))
    link.rename(path)
    _sync_folder(path.parent)
    for old in _snapshots(place)[:-SNAPSHOTS_KEPT]:
        old.unlink()


def _snapshots(place: Path) -> list[Path]:
    return sorted(place.glob("snapshot-*.duckdb"))


def _number(snapshot: Path) -> int:
    return int(snapshot.stem.removeprefix("snapshot-"))


def _copy(source: Path, target: Path) -> None:
    """A whole copy or none: the name appears only when every byte is on disk."""
    unfinished = target.with_suffix(".part")
    shutil.copyfile(source, unfinished)
    with unfinished.open("rb+") as file:
        os.fsync(file.fileno())
    unfinished.rename(target)
    _sync_folder(target.parent)


def _sync_folder(place: Path) -> None:
    descriptor = os.open(place, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
