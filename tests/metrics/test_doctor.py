"""What the doctor finds in a store whose words the settings do not know."""

from collections.abc import Callable
from dataclasses import replace

import duckdb
import pytest

from ingest.records import Status, Ticket
from metrics import doctor
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
