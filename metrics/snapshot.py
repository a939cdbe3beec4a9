"""Opening a store to ask it questions: read-only, one immutable snapshot, with the shared relations in place."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb

from metrics import incident_rules, policies, policy_rows

SCHEMA_VERSION = 3
_FILES = ("spells.sql", "conditions.sql", "clocks.sql", "milestones.sql", "incidents.sql")
_RELATIONS = [Path(__file__).with_name(name) for name in _FILES]
_RULES = "/* rules: metrics.policies */"


class StoreError(Exception):
    """The store cannot be read; the text says why and what to do."""


def open_store(path: str | Path) -> duckdb.DuckDBPyConnection:
    """A connection that sees one snapshot and nothing newer; close it when done.

    The store's tables stand under `store.` (`FROM store.event`). Take `con.cursor()` for each thread. Raises
    StoreError when there is no store at `path`, or when another version of Watchbill made it.
    """
    file = snapshot_file(path)
    con = duckdb.connect(config={"autoinstall_known_extensions": "false"})
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
    con.execute(
        "CREATE VIEW calendar_version AS SELECT calendar, valid_from,"
        " calendar || '@' || strftime(valid_from, '%Y-%m-%dT%H:%M') AS version,"
        " lead(valid_from, 1, TIMESTAMP '9999-12-31') OVER (PARTITION BY calendar ORDER BY valid_from) AS valid_until,"
        " zone, hours FROM store.calendar"
    )
    policy_rows.install(con)
    incident_rules.install(con)
    for relations in _RELATIONS:
        con.execute(relations.read_text(encoding="utf-8").replace(_RULES, policies.triage_rules(con)))


def data_until(con: duckdb.DuckDBPyConnection) -> datetime | None:
    """Up to when the store's history reaches; None for a store that has read nothing."""
    [(instant,)] = con.execute("SELECT max(data_until) FROM store.sync_run").fetchall()
    return instant.replace(tzinfo=UTC) if instant else None


def parse_instant(value: str | datetime, name: str = "as_of") -> datetime:
    """An instant as DuckDB wants it: UTC without a zone. Raises ValueError where the zone is missing."""
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError(f"{name}={value} is not an instant; write it such as 2026-11-16T00:00Z") from None
    if instant.tzinfo is None:
        raise ValueError(f"{name}={value} has no time zone; end it with Z for UTC, such as 2026-11-16T00:00Z")
    return instant.astimezone(UTC).replace(tzinfo=None)
