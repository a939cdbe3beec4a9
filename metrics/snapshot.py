"""Opening a store to ask it questions: read-only, one immutable snapshot, with the shared relations in place."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb

from metrics import facts, outcomes, rota
from metrics.instants import parse_instant as parse_instant

SCHEMA_VERSION = 3
_LEAST_MEMORY, _SHARE_OF_STORE = 400 * 2**20, 5


class StoreError(Exception):
    """The store cannot be read; the text says why and what to do."""


def open_store(path: str | Path, *, is_lean: bool = False) -> duckdb.DuckDBPyConnection:
    """A connection that sees one snapshot and nothing newer; close it when done.

    The store's tables stand under `store.` (`FROM store.event`). Take `con.cursor()` for each thread. A lean one is for
    a machine with little memory: of a store that carries its facts it keeps a fifth in memory at a time, 400 MiB at
    least, and writes what more a query needs to a folder of its own meanwhile. Not every query can do with that; one
    that cannot says so (duckdb.OutOfMemoryException). Raises StoreError when there is no store at `path`, or when
    another version of Watchbill made it.
    """
    file = snapshot_file(path)
    con = facts.connection()
    try:
        quoted = str(file).replace("'", "''")  # ATTACH takes no parameters
        con.execute(f"ATTACH '{quoted}' AS store (READ_ONLY)")
        _recognise(con, file)
    except duckdb.Error as error:
        con.close()
        raise StoreError(f"{file} is not a Watchbill store that this program can read ({error})") from None
    except StoreError:
        con.close()
        raise
    _install(con)
    if is_lean and outcomes.are_kept(con):  # facts that are worked out when asked for lie in memory themselves
        con.execute(f"SET memory_limit = '{max(_LEAST_MEMORY, file.stat().st_size // _SHARE_OF_STORE) >> 20} MiB'")
    return con


def snapshot_file(path: str | Path) -> Path:
    """The immutable file behind a store's name: what to open, and a key for anything cached from it."""
    file = Path(path).resolve()
    if not file.is_file():
        raise StoreError(f"there is no store at {path}; make one with `watchbill demo` or `watchbill import`")
    return file


def _recognise(con: duckdb.DuckDBPyConnection, file: Path) -> None:
    found = con.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'store' AND table_name = 'store_meta'"
    ).fetchall()
    if found == [(0,)]:
        raise StoreError(f"{file} is a database, but not a Watchbill store")
    [(version,)] = con.execute("SELECT schema_version FROM store.store_meta").fetchall()
    if version != SCHEMA_VERSION:
        raise StoreError(
            f"{file} was made by another version of Watchbill (its tables are version {version}, this program reads "
            f"version {SCHEMA_VERSION}); use that version, or import into a new store"
        )


def _install(con: duckdb.DuckDBPyConnection) -> None:
    facts.install(con)
    rota.install(con)


def data_until(con: duckdb.DuckDBPyConnection) -> datetime | None:
    """Up to when the store's history reaches; None for a store that has read nothing."""
    [(instant,)] = con.execute("SELECT max(data_until) FROM store.sync_run").fetchall()
    return instant.replace(tzinfo=UTC) if instant else None
