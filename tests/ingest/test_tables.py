"""Records into tables: by natural key, in bulk, and nothing changes that is not different."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import duckdb
import pytest

from ingest import store, tables
from ingest.records import (
    Absence,
    Account,
    Census,
    Event,
    Gone,
    Observed,
    Person,
    Record,
    Shift,
    Status,
    Ticket,
    UnreadableError,
)

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
    Status("test", "open", "new"),
    Shift("test/s1", "test", "duty", "test/ana", MORNING, MORNING + timedelta(days=7)),
    Absence("test/a1", "test", "test/ana", MORNING, MORNING + timedelta(days=7)),
]


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    con = duckdb.connect()
    con.execute(store._SCHEMA.read_text(encoding="utf-8"))
    yield con
    con.close()


def rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return con.execute(sql).fetchall()


def changed(con: duckdb.DuckDBPyConnection, records: list[Record]) -> dict[str, int]:
    """Rows that storing made new or different, by table; tables without any are left out."""
    return {table: count for table, count in tables.upsert(con, records).rows.items() if count}


def test_every_kind_of_record_is_stored_and_counted(con: duckdb.DuckDBPyConnection) -> None:
    counts = {
        "ticket": 1,
        "event": 2,
        "gone": 1,
        "account": 1,
        "source_status": 1,
        "person": 1,
        "shift": 1,
        "absence": 1,
    }
    assert changed(con, EVERYTHING) == counts
    assert {table: rows(con, f"SELECT count(*) FROM {table}")[0][0] for table in counts} == counts


def test_the_same_records_again_change_nothing(con: duckdb.DuckDBPyConnection) -> None:
    tables.upsert(con, EVERYTHING)
    assert changed(con, EVERYTHING) == {}
    assert rows(con, "SELECT count(*) FROM event") == [(2,)]


def test_rows_that_are_not_different_are_not_touched(con: duckdb.DuckDBPyConnection) -> None:
    other = replace(TICKET, ticket_id="test/a#2")
    tables.upsert(con, [TICKET, other])
    before = rows(con, "SELECT rowid FROM ticket WHERE ticket_id = 'test/a#1'")
    assert changed(con, [TICKET, replace(other, title="Two lamps")]) == {"ticket": 1}
    assert rows(con, "SELECT rowid FROM ticket WHERE ticket_id = 'test/a#1'") == before


def test_of_two_with_one_key_the_later_wins_whether_together_or_one_after_the_other(
    con: duckdb.DuckDBPyConnection,
) -> None:
    first, second, third = (replace(TICKET, title=title) for title in ("One", "Two", "Three"))
    assert changed(con, [first, second]) == {"ticket": 1}
    assert rows(con, "SELECT title FROM ticket") == [("Two",)]
    assert changed(con, [third]) == {"ticket": 1}
    assert rows(con, "SELECT title FROM ticket") == [("Three",)]


def test_nothing_is_fine(con: duckdb.DuckDBPyConnection) -> None:
    assert changed(con, []) == {}


def test_an_inference_keeps_the_instant_at_which_it_was_first_told(con: duckdb.DuckDBPyConnection) -> None:
    later = replace(GUESS, occurred_at=MORNING + timedelta(days=1))
    tables.upsert(con, [TICKET, GUESS])
    assert changed(con, [later]) == {}
    assert rows(con, "SELECT occurred_at FROM event") == [(MORNING.replace(tzinfo=None),)]


def test_an_inference_keeps_its_first_instant_within_one_batch_too(con: duckdb.DuckDBPyConnection) -> None:
    """A journal read again brings the tellings of many runs at once."""
    tables.upsert(con, [TICKET, GUESS, replace(GUESS, occurred_at=MORNING + timedelta(days=1))])
    assert rows(con, "SELECT occurred_at FROM event") == [(MORNING.replace(tzinfo=None),)]


def test_a_recorded_event_that_turns_into_an_inference_takes_its_new_words(con: duckdb.DuckDBPyConnection) -> None:
    """So a label renamed between two imports has today's name in the store, as in a store made today."""
    tables.upsert(con, [TICKET, EVENT])
    renamed = replace(EVENT, new="area/lamp", origin="inferred")
    assert changed(con, [renamed]) == {"event": 1}
    again = replace(renamed, new="topic/lamp")
    assert changed(con, [again]) == {"event": 1}
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
    assert changed(con, [replace(TICKET, title="a \ud83d lamp", description="\udc00")]) == {}


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


# --- What is there, and what is not ------------------------------------------------------------------

EVENING = MORNING + timedelta(hours=9)


def gone(con: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return rows(con, "SELECT ticket_id, gone_at, reason FROM gone ORDER BY 1")


def ticket(number: int) -> Ticket:
    return replace(TICKET, ticket_id=f"test/a#{number}")


def census(*present: str, prefix: str = "test/", taken_at: datetime = EVENING) -> Census:
    return Census("ticket", prefix, present, taken_at)


def test_a_ticket_that_a_census_does_not_name_is_gone_from_then_on(con: duckdb.DuckDBPyConnection) -> None:
    changes = tables.upsert(con, [ticket(1), ticket(2), census("test/a#1")])
    assert gone(con) == [("test/a#2", EVENING.replace(tzinfo=None), "hidden")]
    assert (changes.new_tickets, changes.gone) == (2, 1)


def test_a_later_census_does_not_move_the_instant(con: duckdb.DuckDBPyConnection) -> None:
    tables.upsert(con, [ticket(1), census()])
    changes = tables.upsert(con, [census(taken_at=EVENING + timedelta(days=7))])
    assert gone(con) == [("test/a#1", EVENING.replace(tzinfo=None), "hidden")]
    assert changes.gone == 0


def test_a_census_speaks_for_its_prefix_only(con: duckdb.DuckDBPyConnection) -> None:
    other = replace(TICKET, ticket_id="other/b#1")
    tables.upsert(con, [ticket(1), other, census(prefix="other/")])
    assert [ticket_id for ticket_id, _, _ in gone(con)] == ["other/b#1"]


def test_a_census_cannot_name_what_was_opened_after_it(con: duckdb.DuckDBPyConnection) -> None:
    tables.upsert(con, [replace(TICKET, opened_at=EVENING), census(taken_at=EVENING)])
    assert gone(con) == []


@pytest.mark.parametrize("sign", [census("test/a#1"), TICKET], ids=["census", "ticket"])
def test_a_ticket_that_shows_up_again_is_back(con: duckdb.DuckDBPyConnection, sign: Record) -> None:
    tables.upsert(con, [ticket(1), census()])
    tables.upsert(con, [sign])
    assert gone(con) == []


def test_of_ticket_and_gone_the_last_word_counts(con: duckdb.DuckDBPyConnection) -> None:
    leaving = Gone("test/a#1", EVENING, "deleted")
    assert tables.upsert(con, [leaving, TICKET]).gone == 0
    assert tables.upsert(con, [TICKET, leaving]).gone == 1
    assert gone(con) == [("test/a#1", EVENING.replace(tzinfo=None), "deleted")]


def test_shifts_that_a_census_does_not_name_are_deleted(con: duckdb.DuckDBPyConnection) -> None:
    shifts = [replace(shift, shift_id=f"test/{n}") for n in (1, 2) for shift in EVERYTHING if isinstance(shift, Shift)]
    changes = tables.upsert(con, [*shifts, Census("shift", "test/", ("test/2",), EVENING)])
    assert rows(con, "SELECT shift_id FROM shift") == [("test/2",)]
    assert changes.rows["shift"] == 3


def test_events_without_a_ticket_are_removed_and_named(con: duckdb.DuckDBPyConnection) -> None:
    tables.upsert(con, [TICKET, EVENT, replace(EVENT, ticket_id="test/nobody")])
    assert tables.without_ticket(con) == ["test/nobody"]
    assert rows(con, "SELECT DISTINCT ticket_id FROM event") == [("test/a#1",)]
    assert tables.without_ticket(con) == []


# --- What a snapshot shows ---------------------------------------------------------------------------


def columns(con: duckdb.DuckDBPyConnection, field: str = "column") -> list[tuple[Any, ...]]:
    told = "SELECT old, new, hour(occurred_at), origin FROM event WHERE field = ? ORDER BY occurred_at, seq"
    return con.execute(told, [field]).fetchall()


def seen(*values: str, field: str = "column", at: datetime = EVENING) -> Observed:
    return Observed("test/a#1", field, values, at)


MOVED = replace(EVENT, event_id="moved", field="column", old="New", new="Doing")


def test_a_snapshot_that_agrees_with_the_events_tells_nothing(con: duckdb.DuckDBPyConnection) -> None:
    assert changed(con, [TICKET, MOVED, seen("Doing")]) == {"ticket": 1, "event": 1}


def test_a_move_that_nobody_told_is_inferred_at_the_instant_it_was_seen(con: duckdb.DuckDBPyConnection) -> None:
    tables.upsert(con, [TICKET, MOVED, seen("Done")])
    assert columns(con) == [("New", "Doing", 9, "recorded"), ("Doing", "Done", 18, "inferred")]


def test_the_same_snapshot_again_tells_nothing_new(con: duckdb.DuckDBPyConnection) -> None:
    tables.upsert(con, [TICKET, MOVED, seen("Done")])
    assert changed(con, [seen("Done"), seen("Done", at=EVENING + timedelta(hours=1))]) == {}


def test_snapshots_of_one_batch_see_what_those_before_them_told(con: duckdb.DuckDBPyConnection) -> None:
    tables.upsert(con, [TICKET, MOVED, seen("Done"), seen("Doing"), seen("Done")])
    assert [new for _, new, _, _ in columns(con)] == ["Doing", "Done", "Doing", "Done"]


def test_a_value_that_is_gone_is_lost(con: duckdb.DuckDBPyConnection) -> None:
    tables.upsert(con, [TICKET, MOVED, seen()])
    assert columns(con)[1:] == [("Doing", None, 18, "inferred")]


def test_a_snapshot_never_tells_a_change_before_the_last_event(con: duckdb.DuckDBPyConnection) -> None:
    late = replace(MOVED, occurred_at=EVENING + timedelta(hours=2))
    tables.upsert(con, [TICKET, late, seen("Done")])
    assert [hour for _, _, hour, _ in columns(con)] == [20, 20]


def test_of_a_field_with_many_values_each_is_gained_or_lost(con: duckdb.DuckDBPyConnection) -> None:
    tables.upsert(con, [TICKET, EVENT, seen("bulb", "socket", field="label")])
    assert columns(con, "label")[1:] == [
        ("lamp", None, 18, "inferred"),
        (None, "bulb", 18, "inferred"),
        (None, "socket", 18, "inferred"),
    ]


@pytest.mark.parametrize(
    ("record", "change"),
    [(TICKET, {"title": None}), (TICKET, {"key": 7}), (EVENT, {"new": ["lamp"]}), (EVENT, {"field": None})],
)
def test_a_record_whose_words_are_not_text_is_not_born(record: Any, change: dict[str, Any]) -> None:
    with pytest.raises(UnreadableError, match=f"{next(iter(change))} should be text"):
        replace(record, **change)
