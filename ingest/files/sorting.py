"""Rows in the order of a file into pages of whole tickets. What memory should not hold goes to disk: a file of events
may be larger than it."""

import shutil
import tempfile
import weakref
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import duckdb
import polars as pl

PAGE = 200  # tickets
STRIDE = 20 * PAGE  # tickets asked for at a time
BATCH = 50_000  # rows held in memory

Entry = tuple[int, int, str]  # which ticket, place in the file, JSON object


class Sorted:
    """Takes JSON objects, tickets first, and gives them back in pages. Its file, if it needs one, goes when it does."""

    def __init__(self) -> None:
        self.tickets = self.events = 0
        self._waiting: dict[str, list[Entry]] = {"ticket": [], "event": []}
        self._con: duckdb.DuckDBPyConnection | None = None

    def add_ticket(self, body: str) -> None:
        self._add("ticket", (self.tickets, self.tickets, body))
        self.tickets += 1

    def add_event(self, ticket: int, body: str) -> None:
        """`ticket` is how many were added before it."""
        self._add("event", (ticket, self.events, body))
        self.events += 1

    def pages(self) -> Iterator[tuple[int, int, str]]:
        """Number of the first ticket (from 1) and of the last, and the page as JSON."""
        for start in range(0, self.tickets, STRIDE):
            rows = {table: self._by_page(table, start) for table in self._waiting}
            for first in range(start, min(start + STRIDE, self.tickets), PAGE):
                last = min(first + PAGE, self.tickets)
                tickets, events = (", ".join(rows[table].get(first // PAGE, [])) for table in ("ticket", "event"))
                yield first + 1, last, f'{{"tickets": [{tickets}], "events": [{events}]}}'

    def _add(self, table: str, entry: Entry) -> None:
        waiting = self._waiting[table]
        waiting.append(entry)
        if len(waiting) >= BATCH:
            self._write(table)

    def _write(self, table: str) -> None:
        con, waiting = self._disk(), self._waiting[table]
        rows = pl.DataFrame(waiting, schema={"ticket": pl.Int64, "place": pl.Int64, "body": pl.String}, orient="row")
        con.register("waiting", rows)
        con.execute(f"INSERT INTO {table} FROM waiting")
        con.unregister("waiting")
        waiting.clear()

    def _disk(self) -> duckdb.DuckDBPyConnection:
        if self._con is None:
            folder = Path(tempfile.mkdtemp(prefix="watchbill-"))
            self._con = duckdb.connect(folder / "rows.duckdb", config={"memory_limit": "200MB", "threads": 2})
            weakref.finalize(self, _remove, self._con, folder)
            for table in self._waiting:
                self._con.execute(f"CREATE TABLE {table} (ticket BIGINT, place BIGINT, body VARCHAR)")
        return self._con

    def _by_page(self, table: str, start: int) -> dict[int, list[str]]:
        """The objects of a stride of tickets, by page; a ticket's events in the order of the file."""
        found = [entry for entry in self._waiting[table] if start <= entry[0] < start + STRIDE]
        if self._con is not None:
            stored = f"SELECT * FROM {table} WHERE ticket >= ? AND ticket < ?"
            found += self._con.execute(stored, [start, start + STRIDE]).fetchall()
        found.sort(key=lambda entry: entry[:2])
        return {page: [body for *_, body in rows] for page, rows in groupby(found, key=lambda entry: entry[0] // PAGE)}


def _remove(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    con.close()
    shutil.rmtree(folder, ignore_errors=True)
