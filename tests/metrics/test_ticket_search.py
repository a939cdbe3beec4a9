"""Finding tickets, held against plain Python over the rows of ticket_state."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import duckdb
import pytest

from metrics.ticket_search import NO_PRIORITY, NO_STAGE, NOBODY, Wanted, owners, priorities, ticket_search
from metrics.ticket_state import ticket_state
from tests.conftest import OFFICE, History, utc

AS_OF = "2026-11-09T12:00Z"
QUEUES = ("infra", "access")
WORLD = OFFICE.replace("[[priorities]]", '[[priorities]]\nlabel = { P0 = "P0", P1 = "P1" }')
Store = Callable[..., duckdb.DuckDBPyConnection]


def naive(text: str) -> datetime:
    """An instant as DuckDB gives it: UTC without a zone."""
    return utc(text).replace(tzinfo=None)


@pytest.fixture
def con(history: History, open_store_of: Store) -> duckdb.DuckDBPyConnection:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "label", "+P0", "ana"), ("10:05", "owner", "+ana", "ana"),
                   title="Disk full on web-1")  # fmt: skip
    history.ticket(2, "2026-11-02 09:30", ("15:00", "status", "closed", "bo"), ("15:00", "owner", "+bo", "bo"),
                   title="Disk FULL again")  # fmt: skip
    history.ticket(3, "2026-11-02 10:00", ("10:30", "label", "+waiting", "bo"), ("12:00", "queue", "access", "bo"),
                   title="Door does not open")  # fmt: skip
    history.ticket(4, "2026-11-03 10:00", ("11:00", "owner", "+ana", "bo"), ("12:00", "owner", "-ana", "bo"),
                   title="100% of 50_000 it's \\ broken $text $as_of")  # fmt: skip
    history.ticket(5, "2026-11-04 10:00", queue="lost", title="Nobody's disk")
    history.ticket(
        12, "2026-11-05 10:00", ("2026-11-10 09:00", "title", "Renamed later", "bo"), title="infra#1 is back"
    )
    history.ticket(6, "2026-11-10 10:00", title="Disk of tomorrow")
    return open_store_of(history.records, WORLD)


def keys(con: duckdb.DuckDBPyConnection, queues: tuple[str, ...] = QUEUES, **wanted: Any) -> list[str]:
    found = ticket_search(con, as_of=AS_OF, queues=queues, wanted=Wanted(**wanted), most=25)
    assert found.total == len(found.rows)
    return [key.removeprefix("infra#") for key in found.rows["key"]]


def test_without_a_wish_it_is_every_ticket_of_the_queues_newest_first(con: duckdb.DuckDBPyConnection) -> None:
    assert keys(con) == ["12", "4", "3", "2", "1"]
    assert keys(con, order="oldest") == ["1", "2", "3", "4", "12"]
    assert keys(con, ("access",)) == ["3"] and keys(con, ()) == []


def test_every_word_has_to_be_there_in_whatever_case(con: duckdb.DuckDBPyConnection) -> None:
    assert keys(con, text=" full  DISK ") == ["2", "1"]
    assert keys(con, text="disk door") == []


@pytest.mark.parametrize("text", ["100%", "50_000", "it's", "\\", "$text", "$as_of", "broken $text"])
def test_signs_that_mean_something_elsewhere_are_only_signs(con: duckdb.DuckDBPyConnection, text: str) -> None:
    assert keys(con, text=text) == ["4"]


def test_a_key_that_was_typed_whole_stands_first(con: duckdb.DuckDBPyConnection) -> None:
    assert keys(con, text="Infra#1") == ["1", "12"]
    assert keys(con, text="infra#1", order="oldest") == ["1", "12"]


def test_it_counts_all_and_describes_the_first(con: duckdb.DuckDBPyConnection) -> None:
    found = ticket_search(con, as_of=AS_OF, queues=QUEUES, wanted=Wanted(), most=2)
    assert (found.total, found.rows["key"].to_list()) == (5, ["infra#12", "infra#4"])


@pytest.mark.parametrize(
    ("wanted", "is_like"),
    [
        ({"is_open": True}, lambda row: row["is_open"]),
        ({"is_open": False}, lambda row: not row["is_open"]),
        ({"stage": "waiting"}, lambda row: row["stage"] == "waiting"),
        ({"stage": NO_STAGE}, lambda row: row["stage"] is None),
        ({"stage": "done", "is_open": True}, lambda row: row["stage"] == "done" and row["is_open"]),
        ({"priority": "P0"}, lambda row: row["priority"] == "P0"),
        ({"priority": NO_PRIORITY}, lambda row: row["priority"] is None),
        ({"owner": "ana"}, lambda row: "ana" in json.loads(row["owners"])),
        ({"owner": NOBODY}, lambda row: not json.loads(row["owners"])),
        ({"owner": "ana", "priority": "P0"}, lambda row: row["owners"] == '["ana"]' and row["priority"] == "P0"),
        ({"opened_since": utc("2026-11-02 09:30")}, lambda row: row["opened_at"] >= naive("2026-11-02 09:30")),
        ({"opened_until": utc("2026-11-02 09:30")}, lambda row: row["opened_at"] < naive("2026-11-02 09:30")),
    ],
)
@pytest.mark.parametrize("as_of", [AS_OF, "2026-11-02T10:05Z", "2026-11-02T11:00Z", "2026-11-03T11:30Z"])
def test_a_filter_agrees_with_how_every_ticket_stood(
    con: duckdb.DuckDBPyConnection, as_of: str, wanted: dict[str, Any], is_like: Callable[[dict[str, Any]], bool]
) -> None:
    states = ticket_state(con, as_of=as_of, queue=list(QUEUES)).pl()
    expected = {row["key"] for row in states.iter_rows(named=True) if is_like(row)}
    found = ticket_search(con, as_of=as_of, queues=QUEUES, wanted=Wanted(**wanted), most=25)
    assert set(found.rows["key"]) == expected


def test_rows_say_how_each_stood_then(con: duckdb.DuckDBPyConnection) -> None:
    rows = {row["key"]: row for row in ticket_search(con, as_of=AS_OF, queues=QUEUES, wanted=Wanted(), most=25)
            .rows.iter_rows(named=True)}  # fmt: skip
    first, closed, named = rows["infra#1"], rows["infra#2"], rows["infra#12"]
    assert (first["owner"], first["priority"], first["age_days"]) == ("ana", "P0", 7.125)
    assert first["updated_at"] == naive("2026-11-02 10:05")
    assert (closed["stage"], closed["age_days"], rows["infra#3"]["queue"]) == ("done", None, "access")
    assert named["title"] == "infra#1 is back" and named["url"] == "https://tickets.example/12"


def test_what_happened_before_a_ticket_was_opened_counts_too(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("2026-11-01 09:00", "owner", "+ana", "ana"))
    con = open_store_of(history.records)
    found = ticket_search(con, as_of=AS_OF, queues=QUEUES, wanted=Wanted(), most=25)
    assert found.rows["owner"].to_list() == ["ana"]


def test_a_ticket_that_is_gone_is_not_found(
    con: duckdb.DuckDBPyConnection, history: History, open_store_of: Store
) -> None:
    from ingest.records import Gone

    history.records.append(Gone("test/infra#1", utc("2026-11-05 09:00"), "deleted"))
    gone = open_store_of(history.records, WORLD)
    assert keys(con, text="web-1") == ["1"] and keys(gone, text="web-1") == []


def test_what_may_be_chosen(con: duckdb.DuckDBPyConnection) -> None:
    assert owners(con) == ("ana", "bo") and priorities(con) == ("P0",)


def test_addresses_that_a_browser_would_run_are_dropped(history: History, open_store_of: Store) -> None:
    from dataclasses import replace

    history.ticket(1, "2026-11-02 09:00")
    history.records = [replace(record, url="javascript:alert(1)") if hasattr(record, "url") else record
                       for record in history.records]  # fmt: skip
    con = open_store_of(history.records)
    assert ticket_search(con, as_of=AS_OF, queues=QUEUES, wanted=Wanted(), most=1).rows["url"].to_list() == [None]
