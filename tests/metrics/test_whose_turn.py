"""Whose turn it is to speak, story by story."""

from collections.abc import Callable
from typing import Any

import duckdb
import pytest

from metrics.whose_turn import whose_turn
from tests.conftest import OFFICE, History, utc

Store = Callable[..., duckdb.DuckDBPyConnection]
AS_OF = "2026-11-09T12:00Z"
ASKED = ("10:00", "comment", "Which host?", "ana")
ANSWERED = ("11:00", "comment", "That one.", "asker")


def turns(con: duckdb.DuckDBPyConnection, as_of: str = AS_OF) -> dict[str, Any]:
    rows = whose_turn(con, as_of=as_of, queue=["infra"]).pl()
    return {row["ticket_id"].rpartition("#")[2]: row for row in rows.iter_rows(named=True)}


@pytest.mark.parametrize(
    ("changes", "waits_for"),
    [
        ([("10:00", "label", "+waiting", "ana"), ASKED], "asker"),
        ([("10:00", "label", "+waiting", "ana"), ASKED, ANSWERED], "us"),
        ([("10:00", "label", "+waiting", "ana")], "asker"),
        ([ASKED, ANSWERED], "us"),
    ],
)
def test_who_spoke_last_waits(history: History, open_store_of: Store, changes: list[Any], waits_for: str) -> None:
    history.ticket(1, "2026-11-02 09:00", *changes)
    assert turns(open_store_of(history.records))["1"]["waits_for"] == waits_for


@pytest.mark.parametrize(
    "changes",
    [
        [],
        [ASKED],
        [("10:00", "comment", "One more thing.", "asker")],
        [("10:00", "note", "Between us.", "ana"), ("11:00", "comment", "Hello?", "asker")],
        [ASKED, ANSWERED, ("11:30", "comment", "Thanks.", "ana")],
        [ASKED, ANSWERED, ("11:30", "status", "closed", "ana")],
        [("09:30", "owner", "+asker", "asker"), ASKED, ANSWERED],
    ],
)
def test_where_nobody_waits_for_a_word_there_is_no_row(
    history: History, open_store_of: Store, changes: list[Any]
) -> None:
    history.ticket(1, "2026-11-02 09:00", *changes)
    assert turns(open_store_of(history.records)) == {}


def test_a_bot_takes_no_turn(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ASKED, ANSWERED, ("12:00", "comment", "Ping.", "helper[bot]"))
    row = turns(open_store_of(history.records))["1"]
    assert row["waits_for"] == "us" and row["said_at"] == utc("2026-11-02 11:00").replace(tzinfo=None)


@pytest.mark.parametrize("told", [(1, "+blocked_by test/infra#2"), (2, "+blocks test/infra#1")])
def test_an_open_ticket_in_the_way_is_named_until_it_is_closed(
    history: History, open_store_of: Store, told: tuple[int, str]
) -> None:
    teller, link = told
    for number in (1, 2):
        changes = [("10:00", "link", link, "ana")] if number == teller else []
        ends = [("2026-11-05 10:00", "status", "closed", "ana")] if number == 2 else []
        history.ticket(number, "2026-11-02 09:00", *changes, *ends)
    con = open_store_of(history.records)
    assert turns(con, "2026-11-04T00:00Z")["1"]["waits_for"] == "infra#2"
    assert turns(con) == {}


def test_it_is_as_it_was_at_the_instant(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ASKED, ANSWERED)
    con = open_store_of(history.records, OFFICE)
    assert turns(con, "2026-11-02T11:00Z") == {} and "1" in turns(con, "2026-11-02T11:01Z")
