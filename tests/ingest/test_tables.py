"""Records into tables: by natural key, in bulk, and nothing changes that is not different."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import duckdb
import pytest

from ingest import store, tables
from ingest.records import Account, Event, Gone, Person, Record, Shift, Ticket, UnreadableError

MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)
TICKET = Ticket("test/a#1", "test", "a#1", None, "A lamp", MORNING, "test/ana")
EVENT = Event("test/a#1", "e1", MORNING, 1, "test/ana", "label", None, "lamp")
GUESS = replace(EVENT, event_id="guess", origin="inferred")
EVERYTHING: list[Record] = [
    TICKET,
    EVENT,
    GUESS,
    Gone("test/a#1", MORNING, "moved"),
    Account("test/ana", "test", "ana", "Ana", False),
    Person("Ana", "Ana", "Europe/Paris", date(2026, 1, 1), None, ("duty", "lead")),
    Shift("s1", "test", "duty", "Ana", MORNING, MORNING + timedelta(days=7)),
]


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    con = duckdb.connect()
    con.execute(store._SCHEMA.read_text(encoding="utf-8"))
    yield con
    con.close()


def rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return con.execute(sql).fetchall()


def test_every_kind_of_record_is_stored_and_counted(con: duckdb.DuckDBPyConnection) -> None:
    counts = {"ticket": 1, "event": 2, "gone": 1, "account": 1, "person": 1, "shift": 1}
    assert tables.upsert(con, EVERYTHING) == counts
    assert {table: rows(con, f"SELECT count(*) FROM {table}")[0][0] for table in counts} == counts


def test_the_same_records_again_change_nothing(con: duckdb.DuckDBPyConnection) -> None:
    tables.upsert(con, EVERYTHING)
    assert set(tables.upsert(con, EVERYTHING).values()) == {0}
    assert rows(con, "SELECT count(*) FROM event") == [(2,)]


def test_rows_that_are_not_different_are_not_touched(con: duckdb.DuckDBPyConnection) -> None:
    other = replace(TICKET, ticket_id="test/a#2")
    tables.upsert(con, [TICKET, other])
    before = rows(con, "SELECT rowid FROM ticket WHERE ticket_id = 'test/a#1'")
    assert tables.upsert(con, [TICKET, replace(other, title="Two lamps")]) == {"ticket": 1}
    assert rows(con, "SELECT rowid FROM ticket WHERE ticket_id = 'test/a#1'") == before


def test_of_two_with_one_key_the_later_wins_whether_together_or_one_after_the_other(
    con: duckdb.DuckDBPyConnection,
) -> None:
    first, second, third = (replace(TICKET, title=title) for title in ("One", "Two", "Three"))
    assert tables.upsert(con, [first, second]) == {"ticket": 1}
    assert rows(con, "SELECT title FROM ticket") == [("Two",)]
    assert tables.upsert(con, [third]) == {"ticket": 1}
    assert rows(con, "SELECT title FROM ticket") == [("Three",)]


def test_nothing_is_fine(con: duckdb.DuckDBPyConnection) -> None:
    assert tables.upsert(con, []) == {}


def test_an_inference_keeps_the_instant_at_which_it_was_first_told(con: duckdb.DuckDBPyConnection) -> None:
    later = replace(GUESS, occurred_at=MORNING + timedelta(days=1))
    tables.upsert(con, [TICKET, GUESS])
    assert tables.upsert(con, [later]) == {"event": 0}
    assert rows(con, "SELECT occurred_at FROM event") == [(MORNING.replace(tzinfo=None),)]


def test_an_inference_keeps_its_first_instant_within_one_batch_too(con: duckdb.DuckDBPyConnection) -> None:
    """A journal read again brings the tellings of many runs at once."""
    tables.upsert(con, [TICKET, GUESS, replace(GUESS, occurred_at=MORNING + timedelta(days=1))])
    assert rows(con, "SELECT occurred_at FROM event") == [(MORNING.replace(tzinfo=None),)]


def test_a_recorded_event_that_turns_into_an_inference_takes_its_new_words(con: duckdb.DuckDBPyConnection) -> None:
    """So a label renamed between two imports has today's name in the store, as in a store made today."""
    tables.upsert(con, [TICKET, EVENT])
    renamed = replace(EVENT, new="area/lamp", origin="inferred")
    assert tables.upsert(con, [renamed]) == {"event": 1}
    again = replace(renamed, new="topic/lamp")
    assert tables.upsert(con, [again]) == {"event": 1}
    assert rows(con, "SELECT new, origin FROM event") == [("topic/lamp", "inferred")]


def test_a_recorded_event_takes_the_place_of_an_inferred_one_with_its_instant(con: duckdb.DuckDBPyConnection) -> None:
    tables.upsert(con, [TICKET, GUESS])
    tables.upsert(con, [replace(GUESS, origin="recorded", occurred_at=MORNING + timedelta(hours=1))])
    assert rows(con, "SELECT origin, hour(occurred_at) FROM event") == [("recorded", 10)]


@pytest.mark.parametrize(
    "text",
    ["", "日本語 – Ελληνικά – 🗼", 'it\'s "quoted" \\ and \t tabbed\nlines', "\0 and \x1b[31m", "x" * 5_000_000],
    ids=["empty", "many scripts", "quotes", "controls", "five million letters"],
)
def test_text_comes_back_as_it_was(con: duckdb.DuckDBPyConnection, text: str) -> None:
    tables.upsert(con, [replace(TICKET, title=text, description=text)])
    [(title, description)] = rows(con, "SELECT title, description FROM ticket")
    assert title == description == text


def test_half_a_character_becomes_a_replacement_character(con: duckdb.DuckDBPyConnection) -> None:
    tables.upsert(con, [replace(TICKET, title="a \ud83d lamp", description="\udc00"), replace(TICKET, ticket_id="b")])
    assert rows(con, "SELECT title, description FROM ticket WHERE ticket_id = 'test/a#1'") == [
        ("a \ufffd lamp", "\ufffd")
    ]
    assert tables.upsert(con, [replace(TICKET, title="a \ud83d lamp", description="\udc00")]) == {"ticket": 0}


def test_none_is_null(con: duckdb.DuckDBPyConnection) -> None:
    tables.upsert(con, [replace(TICKET, author_id=None), replace(EVENT, actor_id=None)])
    assert rows(con, "SELECT url, author_id, type, description FROM ticket") == [(None, None, None, None)]
    assert rows(con, "SELECT actor_id, old FROM event") == [(None, None)]


def test_instants_of_any_zone_are_stored_as_utc_to_the_microsecond(con: duckdb.DuckDBPyConnection) -> None:
    east = datetime(2026, 3, 2, 14, 45, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    tables.upsert(con, [replace(TICKET, opened_at=east)])
    assert rows(con, "SELECT opened_at::VARCHAR FROM ticket") == [("2026-03-02 09:00:00.123456",)]


def test_roles_and_days_come_back(con: duckdb.DuckDBPyConnection) -> None:
    tables.upsert(con, EVERYTHING)
    assert rows(con, "SELECT roles, joined_on, left_on FROM person") == [(["duty", "lead"], date(2026, 1, 1), None)]


def test_clearing_empties_what_sources_fill_and_leaves_the_settings(con: duckdb.DuckDBPyConnection) -> None:
    tables.upsert(con, EVERYTHING)
    con.execute("INSERT INTO team VALUES ('infra', 0, 'office', ['*'])")
    tables.clear(con)
    assert rows(con, "SELECT count(*) FROM ticket") == rows(con, "SELECT count(*) FROM event") == [(0,)]
    assert rows(con, "SELECT count(*) FROM team") == [(1,)]


@pytest.mark.parametrize(
    ("record", "change"),
    [(TICKET, {"title": None}), (TICKET, {"key": 7}), (EVENT, {"new": ["lamp"]}), (EVENT, {"field": None})],
)
def test_a_record_whose_words_are_not_text_is_not_born(record: Any, change: dict[str, Any]) -> None:
    with pytest.raises(UnreadableError, match=f"{next(iter(change))} should be text"):
        replace(record, **change)
