"""Stores for one question each, cheap enough for a property test."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager

import duckdb
import pytest

import metrics
import settings
from ingest import policies, tables
from ingest.records import Record
from ingest.store import Settle, writing
from tests.conftest import OwnFolder

Opened = Callable[..., AbstractContextManager[duckdb.DuckDBPyConnection]]


@pytest.fixture(scope="session")
def opened(own_folder: OwnFolder) -> Opened:
    """`with opened(records, settings_text) as con`: a store of these records, as often as a property asks for one. With
    `facts.settle` for a third, it carries its facts."""

    @contextmanager
    def open_store(
        records: Iterable[Record], text: str, settle: Settle | None = None
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        with own_folder() as folder:
            path = folder / "watchbill.duckdb"
            with writing(path, settle) as con:
                tables.upsert(con, records)
                policies.apply(con, settings.parse(text, "the test's settings"))
            with closing(metrics.open_store(path)) as con:
                yield con

    return open_store
