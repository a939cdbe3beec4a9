"""The newest snapshot of the store, opened once, and what is kept of it: answers that every asker shares."""

import os
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Lock
from typing import Any, TypeVar

import duckdb

import metrics
from metrics.snapshot import snapshot_file

Told = TypeVar("Told")


def store() -> str:
    return os.environ.get("WATCHBILL_STORE", "watchbill.duckdb")


class Snapshot:
    """One immutable file, open. What is remembered of it is asked for once, however many ask at the same time."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._con = metrics.open_store(name)
        self._kept, self._locks = dict[Hashable, Any](), dict[Hashable, Lock]()

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor of one's own: threads that share a connection read each other's rows."""
        cursor = self._con.cursor()
        try:
            yield cursor
        finally:
            cursor.close()

    def remembered(self, ask: Callable[[duckdb.DuckDBPyConnection], Told]) -> Told:
        with self._locks.setdefault(ask, Lock()):
            if ask not in self._kept:
                with self.reading() as con:
                    self._kept[ask] = ask(con)
            told: Told = self._kept[ask]
            return told

    @property
    def until(self) -> datetime | None:
        """Up to when the store's history reaches."""
        return self.remembered(metrics.data_until)


_newest: list[Snapshot] = []
_opening = Lock()


def newest() -> Snapshot:
    """The snapshot that stands behind the store's name now. Raises StoreError.

    The one before is let go: it closes when the last answer that is still being read from it has gone out.
    """
    name = str(snapshot_file(store()))
    with _opening:
        if not _newest or _newest[0].name != name:
            _newest[:] = [Snapshot(name)]
        return _newest[0]
