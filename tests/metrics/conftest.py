"""Stores for one question each, cheap enough for a property test."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count

import duckdb
import pytest

import metrics
import settings
from ingest import policies, tables
from ingest.records import Record
from ingest.store import writing

Opened = Callable[[Iterable[Record], str], AbstractContextManager[duckdb.DuckDBPyConnection]]


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """`with opened(records, settings_text) as con`: a store of these records, as often as a property asks for one."""
    folder, numbers = tmp_path_factory.mktemp("opened"), count(1)

    @contextmanager
    def open_store(records: Iterable[Record], text: str) -> Iterator[duckdb.DuckDBPyConnection]:
        path = folder / f"{next(numbers)}.duckdb"
        with writing(path) as con:
            tables.upsert(con, records)
            policies.apply(con, settings.parse(text, "the test's settings"))
        con = metrics.open_store(path)
        try:
            yield con
        finally:
            con.close()

    return open_store
