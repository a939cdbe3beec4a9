"""Before which instant nothing happened to some tickets."""

from collections.abc import Callable

import duckdb
import pytest

from metrics.beginnings import first_of
from tests.conftest import OFFICE, History, utc

Store = Callable[..., duckdb.DuckDBPyConnection]
FIRST = utc("2026-11-02 09:00").replace(tzinfo=None)
SECOND = utc("2026-11-04 09:00").replace(tzinfo=None)


@pytest.fixture
def con(history: History, open_store_of: Store) -> duckdb.DuckDBPyConnection:
    """One ticket of Monday, one of Wednesday, and one of Friday that was labelled on Thursday, before it was opened."""
    history.ticket(1, "2026-11-02 09:00")
    history.ticket(2, "2026-11-04 09:00")
    history.ticket(3, "2026-11-06 09:00", ("2026-11-05 12:00", "label", "+bug", "ana"))
    return open_store_of(history.records, OFFICE)


def test_nothing_happens_to_tickets_before_the_first_of_them_is_opened(con: duckdb.DuckDBPyConnection) -> None:
    assert first_of(con, ["test/infra#2"]) == SECOND
    assert first_of(con, ["test/infra#2", "test/infra#1"]) == FIRST


def test_where_something_happened_to_one_before_it_was_opened_nothing_is_left_out(
    con: duckdb.DuckDBPyConnection,
) -> None:
    assert first_of(con, ["test/infra#1", "test/infra#3"]).year == 1


def test_of_no_ticket_nothing_is_known(con: duckdb.DuckDBPyConnection) -> None:
    assert first_of(con, []).year == 1
