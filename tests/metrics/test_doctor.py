"""What the doctor asks somebody to mend in a store, and what it leaves to those who judge the numbers."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb

from ingest.records import Gone
from ingest.store import writing
from metrics import doctor, open_store
from tests.conftest import OFFICE, History, utc

Store = Callable[..., duckdb.DuckDBPyConnection]
NOON = utc("2026-11-09 12:00")


def wrong(con: duckdb.DuckDBPyConnection, clock: datetime = NOON) -> list[str]:
    return [said for is_well, said in doctor.findings(con, clock=clock) if not is_well]


def test_a_sound_store_is_told_in_one_line(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00")
    con = open_store_of(history.records, data_until="2026-11-06 08:00")
    said = "Store: 1 tickets; history until 2026-11-06 08:00 UTC, 3 days ago"
    assert list(doctor.findings(con, clock=NOON)) == [(True, said)]


def test_a_store_of_nothing_is_not_well(open_store_of: Store) -> None:
    assert wrong(open_store_of([])) == ["Store: 0 tickets; no history yet"]


def test_a_history_that_reaches_into_the_future_makes_the_clock_suspect(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00")
    con = open_store_of(history.records, data_until="2026-11-09 12:00")
    assert wrong(con, utc("2026-11-09 12:00")) == []
    [said] = wrong(con, utc("2026-11-09 11:59:59"))
    assert said.startswith("Clock: the store's history reaches into the future")


def test_words_without_a_stage_and_queues_without_a_team_are_to_be_mended(
    history: History, open_store_of: Store
) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "status", "review", "asker"), ("11:00", "column", "Doing", "asker"))
    history.ticket(2, "2026-11-02 09:00", queue="billing")
    text = OFFICE.replace("[[stages]]", '[[stages]]\ncolumn = { Done = "done" }')
    assert wrong(open_store_of(history.records, text)) == [
        "test: The queue 'billing' is no team's: add it to a [[team]], or its working time is unknown (1 tickets)",
        "test: The column 'Doing' has no stage: name it under [[stages]] (1 tickets)",
        "test: The status 'review' has no stage: name it under [[stages]] (1 tickets)",
    ]


def test_a_calendar_that_began_too_late_is_to_be_mended(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00")
    text = OFFICE.replace('name = "office"', 'name = "office"\nvalid_from = 2026-11-03', 1)
    [said] = wrong(open_store_of(history.records, text))
    assert said == "test: Tickets entered 'infra' before a calendar of its team 'infra' was in force (1 tickets)"


def test_what_is_merely_good_to_know_is_left_out(history: History, open_store_of: Store) -> None:
    """A ticket that is gone, and somebody who works and is nobody's."""
    ticket_id = history.ticket(1, "2026-11-02 09:00", ("10:00", "label", "+Bug", "ana"))
    assert wrong(open_store_of([*history.records, Gone(ticket_id, utc("2026-11-03 09:00"), "moved")])) == []


def test_sources_that_failed_or_lag_and_rejected_records_are_reported(
    history: History, store_of: Callable[..., Path]
) -> None:
    """The last of these runs ends this very instant: it is over."""
    history.ticket(1, "2026-11-02 09:00")
    path = store_of(history.records, data_until="2026-11-09 08:00")
    with writing(path) as con:
        for source, until, failure in (("jira", "2026-11-05 08:00", None), ("rt", None, "HTTP 401")):
            con.execute(
                "INSERT INTO sync_run VALUES (?, ?, 'all', '2026-11-09 09:00', '2026-11-09 12:00', ?,"
                " 0, 0, 0, 0, 0, 0, 0, 0, ?)",
                [source, source, until, failure],
            )
        con.execute(
            "INSERT INTO rejected VALUES ('jira', 'jira', 'page 1', 'no key'), ('jira', 'jira', 'page 2', 'no key')"
        )
    con = open_store(path)
    said = wrong(con)
    con.close()
    assert said == [
        "jira: Its history ends 2026-11-05 08:00 UTC, well before the others'",
        "rt: It could not be read at 2026-11-09 12:00 UTC: HTTP 401",
        "Store: 2 records were rejected; its table `rejected` has their places and the reasons",
    ]
