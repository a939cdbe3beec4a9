"""What trackers call things: the same word means one thing here and another there."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import duckdb
import pytest

import metrics
from ingest.records import Event, Record, Status, Ticket
from settings import DEFAULT_TOML
from tests.conftest import OFFICE, History, utc

Store = Callable[..., duckdb.DuckDBPyConnection]
Change = tuple[str, str, str, str]
AS_OF = utc("2026-11-09 12:00")
NO_STAGES = OFFICE.replace('[[stages]]\npresets = ["github", "github-labels"]\n', "")


def of_source(source: str, records: Iterable[Record]) -> list[Record]:
    """The tickets as those of another tracker."""
    return [replace(record, source=source) if isinstance(record, Ticket) else record for record in records]


def state(con: duckdb.DuckDBPyConnection, as_of: Any = AS_OF) -> dict[str, list[Any]]:
    """stage, is_open and priority by the number of the ticket."""
    rows = metrics.ticket_state(con, as_of=as_of).project("key, stage, is_open, priority").fetchall()
    return {key.removeprefix("infra#"): told for key, *told in rows}


# --- What a tracker says of its own statuses ---------------------------------------------------------


def test_where_the_settings_are_silent_the_tracker_says_what_its_status_means(
    history: History, open_store_of: Store
) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "status", "In Review", "ana"))
    history.ticket(2, "2026-11-02 09:00", ("10:00", "status", "Shipped", "ana"))
    history.ticket(3, "2026-11-02 09:00", ("10:00", "status", "Unheard of", "ana"))
    said = [
        Status("test", "in review", "active"),
        Status("test", "Shipped", "done"),
        Status("other", "Unheard of", "new"),
    ]
    for text in (OFFICE, NO_STAGES):
        told = state(open_store_of([*history.records, *said], text))
        assert told == {"1": ["active", True, None], "2": ["done", False, None], "3": [None, True, None]}


def test_the_settings_stand_above_the_tracker(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00")
    history.ticket(2, "2026-11-02 09:00", ("10:00", "status", "closed", "ana"))
    said = [Status("test", "Open", "waiting"), Status("test", "closed", "active")]
    told = state(open_store_of([*history.records, *said]))
    assert told == {"1": ["new", True, None], "2": ["done", False, None]}


def test_before_the_settings_begin_the_tracker_is_believed(history: History, open_store_of: Store) -> None:
    begun = OFFICE.replace("[[stages]]", "[[stages]]\nvalid_from = 2026-11-04")
    history.ticket(1, "2026-11-03 09:00")
    history.ticket(2, "2026-11-04 09:00")
    told = state(open_store_of([*history.records, Status("test", "open", "active")], begun))
    assert [stage for stage, *_ in told.values()] == ["active", "new"]


def test_columns_and_labels_keep_their_say(history: History, open_store_of: Store) -> None:
    text = NO_STAGES + '[[stages]]\ncolumn = { Doing = "active" }\nlabel = { blocked = "waiting" }\n'
    history.ticket(1, "2026-11-02 09:00", ("10:00", "column", "Doing", "ana"))
    history.ticket(2, "2026-11-02 09:00", ("10:00", "label", "+blocked", "ana"))
    history.ticket(3, "2026-11-02 09:00", ("10:00", "column", "Doing", "ana"), ("11:00", "status", "gone", "ana"))
    said = [Status("test", "open", "new"), Status("test", "gone", "done")]
    told = state(open_store_of([*history.records, *said], text))
    assert [stage for stage, *_ in told.values()] == ["active", "waiting", "done"]


def test_without_a_word_from_either_a_column_alone_decides(history: History, open_store_of: Store) -> None:
    text = NO_STAGES + '[[stages]]\ncolumn = { Doing = "active" }\n'
    history.ticket(1, "2026-11-02 09:00", ("10:00", "column", "Doing", "ana"))
    assert state(open_store_of(history.records, text)) == {"1": ["active", True, None]}


def test_what_closes_a_ticket_is_told_by_the_tracker_in_flow_and_promises(
    history: History, open_store_of: Store
) -> None:
    history.ticket(1, "2026-11-02 09:00", ("2026-11-02 12:00", "status", "Live", "ana"))
    con = open_store_of([*history.records, Status("test", "open", "new"), Status("test", "Live", "done")], NO_STAGES)
    assert metrics.flow(con, as_of=AS_OF).project("reason").fetchall() == [("opened",), ("closed",)]


# --- Tables for some sources -------------------------------------------------------------------------


def test_a_table_is_for_the_sources_it_names(history: History, open_store_of: Store) -> None:
    text = NO_STAGES + '[[stages]]\nsources = ["rt"]\nstatus = { open = "active" }\n[[stages]]\npresets = ["phorge"]\n'
    history.ticket(1, "2026-11-02 09:00")
    asked = {source: of_source(source, history.records) for source in ("rt", "phorge", "rt-2")}
    told = {source: state(open_store_of(records, text))["1"][0] for source, records in asked.items()}
    assert told == {"rt": "active", "phorge": "new", "rt-2": "new"}


def test_one_queue_of_two_trackers_has_two_triage_rules(history: History, open_store_of: Store) -> None:
    text = OFFICE + '[[triage]]\nsources = ["rt*"]\nrule = { any = ["closed"] }\n[[triage]]\nrule = "labelled"\n'
    history.ticket(1, "2026-11-02 09:00", ("10:00", "label", "+Bug", "ana"), ("11:00", "status", "closed", "ana"))
    for source, hours in (("rt", 2), ("github", 1)):
        con = open_store_of(of_source(source, history.records), text)
        assert metrics.triage_latency(con, as_of=AS_OF).project("latency_seconds").fetchall() == [(hours * 3600.0,)]


def test_priorities_may_be_ranges_of_numbers(history: History, open_store_of: Store) -> None:
    text = OFFICE + 'presets = ["rt"]\nvalue = { "95" = "P1", "101-200" = "P0" }\n'
    numbers = ["100", "90", "95", "89", "30", "1", "0", "150", "007", "high"]
    for n, number in enumerate(numbers):
        history.ticket(n, "2026-11-02 09:00", ("10:00", "priority", "x", "ana"), ("11:00", "priority", number, "ana"))
    history.records = [replace(r, old=None, new="-5") if getattr(r, "old", None) == "5" else r for r in history.records]
    found = state(open_store_of(history.records, text))
    told = [found[str(n)][2] for n in range(len(numbers))]
    assert told == ["P0", "P0", "P1", "P1", "P2", "P3", None, "P0", None, None]


# --- Without any settings ----------------------------------------------------------------------------

SAID = [
    *(Status("phorge", status, "new") for status in ("open", "review")),
    Status("phorge", "resolved", "done"),
    *(Status("jira", status, "new") for status in ("Backlog", "To Do")),
    *(Status("jira", status, "active") for status in ("In Review", "Waiting for customer")),
    Status("jira", "Fertig", "done"),
]
# Source, status at birth, what happened then; stage, whether open, priority, whether triaged.
CASES: list[tuple[str, str, list[Change], str, bool, str | None, bool]] = [
    ("phorge", "open", [("09:00", "priority", "Needs Triage", "asker")], "new", True, None, False),
    ("phorge", "open", [("10:00", "priority", "Unbreak Now!", "ana")], "new", True, "P0", False),
    (
        "phorge",
        "open",
        [("10:00", "priority", "Low", "ana"), ("10:00", "project", "+Mail", "ana"), ("10:00", "note", "+Hm.", "ana")],
        *("new", True, "P3", True),
    ),
    ("phorge", "open", [("10:00", "status", "stalled", "ana")], "waiting", True, None, False),
    ("phorge", "review", [("10:00", "priority", "Wishlist", "ana")], "new", True, "P3", False),
    ("phorge", "open", [("10:00", "status", "resolved", "ana")], "done", False, None, False),
    ("jira", "Backlog", [("09:00", "priority", "Medium", "asker")], "new", True, "P2", False),
    (
        "jira",
        "To Do",
        [("09:00", "priority", "Highest", "asker"), ("10:00", "owner", "+ana", "ana")],
        *("new", True, "P0", True),
    ),
    ("jira", "To Do", [("10:00", "status", "In Review", "ana")], "active", True, None, True),
    ("jira", "To Do", [("10:00", "status", "Waiting for customer", "ana")], "waiting", True, None, True),
    ("jira", "To Do", [("10:00", "status", "Fertig", "ana")], "done", False, None, True),
    ("rt", "new", [("09:00", "priority", "0", "asker")], "new", True, None, False),
    ("rt", "new", [("10:00", "owner", "+ana", "ana")], "new", True, None, True),
    ("rt", "new", [("10:00", "status", "open", "a"), ("10:00", "priority", "95", "a")], "active", True, "P0", True),
    ("rt", "new", [("10:00", "status", "stalled", "a"), ("10:00", "priority", "20", "a")], "waiting", True, "P3", True),
    ("rt", "new", [("10:00", "status", "rejected", "ana")], "done", False, None, True),
    ("github", "open", [], "new", True, None, False),
    (
        "github",
        "open",
        [("10:00", "label", "+P1", "a"), ("10:00", "label", "+blocked", "a")],
        "waiting",
        True,
        "P1",
        True,
    ),
    ("github", "open", [("10:00", "status", "not_planned", "ana")], "done", False, None, True),
]


@pytest.mark.parametrize(("source", "born", "changes", "stage", "is_open", "priority", "is_triaged"), CASES)
def test_without_settings_every_tracker_makes_sense(
    source: str,
    born: str,
    changes: list[Change],
    stage: str,
    is_open: bool,
    priority: str | None,
    is_triaged: bool,
    history: History,
    open_store_of: Store,
) -> None:
    history.ticket(1, "2026-11-02 09:00", *changes)
    records = [
        replace(r, new=born) if isinstance(r, Event) and r.event_id == "opened/status" else r for r in history.records
    ]
    con = open_store_of([*of_source(source, records), *SAID], DEFAULT_TOML)
    assert state(con) == {"1": [stage, is_open, priority]}
    triaged = metrics.triage_latency(con, as_of=AS_OF).project("triaged_at IS NOT NULL").fetchall()
    assert triaged == [(is_triaged,)]
