"""The file, its tables and its transactions. Everything else in this room is a few statements over these."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path

from desk.schema import STEPS

WAITS_SECONDS = 10  # for another process to finish; its transactions take milliseconds


class DeskError(Exception):
    """A sentence for the person who wanted to write or read."""


class Stale(DeskError):  # noqa: N818 - it is news, not a mishap
    """Somebody else was faster. `version` is the one that stands now, None where it is gone."""

    def __init__(self, sentence: str, version: int | None) -> None:
        super().__init__(sentence)
        self.version = version


def desk_file(store: str | Path) -> Path:
    """Where the desk of a store stands, whether or not there is a store yet: beside the store's name.

    >>> desk_file("/data/watchbill.duckdb").name
    'watchbill.desk.sqlite'
    """
    named = Path(store)
    return named.with_name(f"{named.name.removesuffix('.duckdb')}.desk.sqlite")


@contextmanager
def writing(desk: Path) -> Iterator[sqlite3.Connection]:
    """One transaction: all of it is kept, or nothing. Others wait for it, so it has to be short."""
    with _opened(desk) as con:
        con.execute("BEGIN IMMEDIATE")
        try:
            yield con
        except BaseException:
            con.execute("ROLLBACK")
            raise
        con.execute("COMMIT")


@contextmanager
def reading(desk: Path) -> Iterator[sqlite3.Connection]:
    """One consistent look; of a desk on which nobody has written yet, an empty one, and no file is made."""
    with _opened(desk if desk.exists() else None) as con:
        con.execute("BEGIN")
        try:
            yield con
        finally:
            con.execute("ROLLBACK")


@contextmanager
def _opened(desk: Path | None) -> Iterator[sqlite3.Connection]:
    try:
        con = _connected(desk)
        try:
            yield con
        finally:
            con.close()
    except (sqlite3.Error, OSError) as error:
        raise DeskError(f"What people write is kept in {desk}, which cannot be used now: {error}") from error


def _connected(desk: Path | None) -> sqlite3.Connection:
    if desk:
        desk.parent.mkdir(parents=True, exist_ok=True)
    con = sqlite3.connect(desk or ":memory:", timeout=WAITS_SECONDS, isolation_level=None)
    try:
        if not desk:
            con.deserialize(_empty())
        con.row_factory = sqlite3.Row
        con.execute("PRAGMA foreign_keys = ON")
        con.execute("PRAGMA synchronous = FULL")  # a decision that was said to be kept survives the power going out
        _bring_up_to_date(con, desk)
    except BaseException:
        con.close()
        raise
    return con


@cache
def _empty() -> bytes:
    """A desk on which nobody has written yet: its tables are made once."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as con:
        _bring_up_to_date(con, None)
        return con.serialize()


def _bring_up_to_date(con: sqlite3.Connection, desk: Path | None) -> None:
    if _version(con) < len(STEPS):
        with suppress(sqlite3.OperationalError):  # another process is at it: the file remembers whoever did it
            con.execute("PRAGMA journal_mode = WAL")  # readers never wait
        con.execute("BEGIN IMMEDIATE")
        for step in STEPS[_version(con) :]:  # read again: another process may have been faster
            for statement in step.split(";"):
                con.execute(statement)
        con.execute(f"PRAGMA user_version = {len(STEPS)}")
        con.execute("COMMIT")
    if _version(con) > len(STEPS):
        raise DeskError(
            f"{desk} was written by a newer Watchbill (version {_version(con)} of its tables): use that one."
        )


def _version(con: sqlite3.Connection) -> int:
    version: int = con.execute("PRAGMA user_version").fetchone()[0]
    return version
