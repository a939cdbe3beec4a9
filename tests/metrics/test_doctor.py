"""What the doctor finds in a store: words the settings do not know, sources that were not read to the end."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from ingest.records import Status, Ticket
from ingest.store import writing
from metrics import doctor, open_store
from tests.conftest import OFFICE, History, utc

Store = Callable[..., duckdb.DuckDBPyConnection]
NO_STAGES = OFFICE.replace('[[stages]]\npresets = ["github", "github-labels"]\n', "")


def unmapped(con: duckdb.DuckDBPyConnection) -> list[str]:
    return [said for is_well, said in doctor.findings(con, clock=utc("2026-11-09 12:00")) if not is_well]


@pytest.fixture
def two_trackers(history: History) -> History:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "status", "review", "ana"), ("11:00", "column", "Doing", "ana"))
    history.ticket(2, "2026-11-02 09:00", ("10:00", "status", "review", "ana"))
    history.records = [
        replace(r, source="other") if isinstance(r, Ticket) and r.ticket_id.endswith("2") else r
        for r in history.records
    ]
    return history


def test_a_status_that_neither_settings_nor_tracker_explain_is_reported(
    two_trackers: History, open_store_of: Store
) -> None:
    said = [*two_trackers.records, Status("other", "Review", "active")]
    assert unmapped(open_store_of(said, OFFICE)) == [
        "The status 'review' of test (1 tickets) has no stage: name it under [[stages]]"
    ]


def test_without_any_stages_every_status_is_reported(two_trackers: History, open_store_of: Store) -> None:
    found = unmapped(open_store_of(two_trackers.records, NO_STAGES))
    assert [said.split(" has no")[0] for said in found] == [
        "The status 'open' of other (1 tickets)",
        "The status 'open' of test (1 tickets)",
        "The status 'review' of other (1 tickets)",
        "The status 'review' of test (1 tickets)",
    ]


def test_a_column_is_reported_only_where_columns_have_a_meaning(two_trackers: History, open_store_of: Store) -> None:
    text = OFFICE.replace("[[stages]]", '[[stages]]\nstatus = { review = "active" }\ncolumn = { Done = "done" }')
    assert unmapped(open_store_of(two_trackers.records, text)) == [
        "The column 'Doing' of test (1 tickets) has no stage: name it under [[stages]]"
    ]


def test_a_source_that_failed_and_one_that_lags_are_reported(history: History, store_of: Callable[..., Path]) -> None:
    history.ticket(1, "2026-11-02 09:00")
    path = store_of(history.records, data_until="2026-11-09 08:00")
    with writing(path) as con:
        for source, until, failure in (("jira", "2026-11-05 08:00", None), ("rt", None, "HTTP 401")):
            con.execute(
                "INSERT INTO sync_run VALUES (?, ?, 'all', '2026-11-09 09:00', '2026-11-09 09:00', ?,"
                " 0, 0, 0, 0, 0, 0, 0, 0, ?)",
                [source, source, until, failure],
            )
    con = open_store(path)
    said = unmapped(con)
    con.close()
    assert "Store: the history of jira ends 2026-11-05 08:00 UTC, well before the others'" in said
    assert "Store: rt could not be read at 2026-11-09 09:00 UTC: HTTP 401" in said
