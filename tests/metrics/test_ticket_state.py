"""How a ticket stood at an instant: from its events before it, and from nothing else."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import duckdb
import polars as pl
from hypothesis import given

import metrics
from ingest.records import Gone
from metrics.ticket_state import summary
from tests.conftest import OFFICE, History, utc
from tests.metrics.conftest import Opened
from tests.metrics.oracle import EXAMPLES, SAID, WORLD, assert_same, histories, instants, lives

Store = Callable[..., duckdb.DuckDBPyConnection]


def state(con: duckdb.DuckDBPyConnection, instant: str, number: int = 1) -> dict[str, Any]:
    rows = metrics.ticket_state(con, as_of=utc(instant)).pl().filter(key=f"infra#{number}").to_dicts()
    return rows[0] if rows else {}


def test_a_priority_that_means_undecided_is_none(history: History, open_store_of: Callable[..., Any]) -> None:
    history.ticket(1, "2026-11-02 09:00", ("09:05", "priority", "Needs Triage", "ana"))
    history.ticket(2, "2026-11-02 09:00", ("09:05", "priority", "Low", "ana"))
    text = OFFICE + 'default = ["Needs Triage"]\nvalue = { "Needs Triage" = "P4", Low = "P4" }\n'
    con = open_store_of(history.records, text)
    told = metrics.ticket_state(con, as_of=utc("2026-11-03 00:00")).pl()
    assert told["priority"].to_list() == [None, "P4"]


def test_stage_and_priority_hold_beside_each_other(history: History, open_store_of: Store) -> None:
    """P1 from 10 on, and still when work begins at 11; in progress from 11 on, and still when it becomes P0 at 12."""
    changes = [
        ("10:00", "label", "+P1", "ana"),
        ("11:00", "label", "+in progress", "ana"),
        ("12:00", "label", "+P0", "ana"),
    ]
    history.ticket(1, "2026-11-02 09:00", *changes)
    con = open_store_of(history.records)
    told = [state(con, f"2026-11-02 {clock}") for clock in ("10:30", "11:30", "12:30")]
    assert [(row["stage"], row["priority"]) for row in told] == [("new", "P1"), ("active", "P1"), ("active", "P0")]


def test_a_ticket_exists_from_the_instant_after_its_opening(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00")
    con = open_store_of(history.records)
    assert state(con, "2026-11-02 09:00") == {}
    assert state(con, "2026-11-02 09:00:01")["is_open"]


def test_what_happens_at_the_instant_is_not_known_yet(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "status", "closed", "ana"), ("11:00", "status", "open", "ana"))
    con = open_store_of(history.records)
    assert state(con, "2026-11-02 10:00")["is_open"]
    assert not state(con, "2026-11-02 10:00:01")["is_open"]
    assert state(con, "2026-11-02 10:30")["closed_at"] == datetime.fromisoformat("2026-11-02 10:00")
    assert state(con, "2026-11-02 12:00")["closed_at"] is None


def test_closing_again_does_not_move_the_closing(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "status", "closed", "ana"), ("11:00", "status", "completed", "bo"))
    row = state(open_store_of(history.records), "2026-11-02 12:00")
    assert (row["status"], row["closed_at"]) == ("completed", datetime.fromisoformat("2026-11-02 10:00"))


def test_the_last_event_of_a_second_holds(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", *[("10:00", "status", value, "ana") for value in ("closed", "open")])
    history.ticket(2, "2026-11-02 09:00", *[("10:00", "label", value, "ana") for value in ("+Bug", "-Bug", "+Bug")])
    history.ticket(3, "2026-11-02 09:00", *[("10:00", "label", value, "ana") for value in ("+Bug", "-Bug")])
    con = open_store_of(history.records)
    assert state(con, "2026-11-02 12:00")["is_open"]
    assert [json.loads(state(con, "2026-11-02 12:00", n)["labels"]) for n in (2, 3)] == [["Bug"], []]


def test_owners_and_labels_are_sorted_logins_and_names(history: History, open_store_of: Store) -> None:
    changes = [("owner", "+bo"), ("owner", "+ana"), ("label", "+b"), ("label", "+a"), ("label", "+b"), ("label", "-c")]
    history.ticket(1, "2026-11-02 09:00", *[("10:00", field, value, "ana") for field, value in changes])
    row = state(open_store_of(history.records), "2026-11-02 12:00")
    assert (json.loads(row["owners"]), json.loads(row["labels"])) == (["ana", "bo"], ["a", "b"])


def test_a_gone_ticket_is_there_until_it_is_gone(history: History, open_store_of: Store) -> None:
    ticket_id = history.ticket(1, "2026-11-02 09:00")
    history.records.append(Gone(ticket_id, utc("2026-11-02 12:00"), "deleted"))
    con = open_store_of(history.records)
    assert state(con, "2026-11-02 12:00")
    assert state(con, "2026-11-02 12:00:01") == {}


def test_a_ticket_that_left_every_queue_is_in_none(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "queue", "-infra", "ana"))
    row = state(open_store_of(history.records), "2026-11-02 12:00")
    assert (row["queue"], row["is_open"]) == (None, True)


def test_an_unmapped_status_is_open_and_has_no_stage(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "status", "mystery", "ana"))
    row = state(open_store_of(history.records), "2026-11-02 12:00")
    assert (row["status"], row["stage"], row["is_open"]) == ("mystery", None, True)


def test_the_stage_is_the_furthest_that_anything_it_holds_stands_for(history: History, open_store_of: Store) -> None:
    labels = [("10:00", "label", "+triaged", "ana"), ("10:01", "label", "+Blocked", "ana")]
    history.ticket(1, "2026-11-02 09:00", *labels, ("11:00", "status", "closed", "ana"))
    con = open_store_of(history.records)
    asked = ("2026-11-02 10:00", "2026-11-02 10:00:30", "2026-11-02 10:30", "2026-11-02 12:00")
    assert [state(con, instant)["stage"] for instant in asked] == ["new", "triaged", "waiting", "done"]


def test_ones_own_entry_beats_the_presets_whatever_its_case(history: History, open_store_of: Store) -> None:
    settings = OFFICE.replace('presets = ["github"', 'status = { Closed = "waiting" }\npresets = ["github"')
    history.ticket(1, "2026-11-02 09:00", ("10:00", "status", "closed", "ana"))
    row = state(open_store_of(history.records, settings), "2026-11-02 12:00")
    assert (row["stage"], row["is_open"]) == ("waiting", True)


TWO_QUEUES = """
[[stages]]
queues = ["infra"]
presets = ["github"]
status = { resolved = "done" }
label = { accepted = "triaged" }
[[stages]]
presets = ["github"]
[[priorities]]
"""


def test_what_a_value_means_is_for_the_queue_it_was_in_then(history: History, open_store_of: Store) -> None:
    """A later move changes nothing about the time before it."""
    moves = [("10:00", "status", "resolved", "ana"), ("11:00", "queue", "access", "ana")]
    history.ticket(1, "2026-11-02 09:00", *moves)
    con = open_store_of(history.records, TWO_QUEUES)
    assert [state(con, f"2026-11-02 {at}")["is_open"] for at in ("10:00", "10:30", "11:30")] == [True, False, True]
    changes = metrics.flow(con, as_of=utc("2026-11-02 12:00")).project("queue, change, reason").fetchall()
    assert changes == [("infra", 1, "opened"), ("infra", -1, "closed"), ("access", 1, "moved in")]


def test_a_policy_of_tomorrow_changes_nothing_about_today(history: History, open_store_of: Store) -> None:
    tomorrow = '[[stages]]\nqueues = ["infra"]\nvalid_from = 2026-11-03\nstatus = { open = "active" }\n'
    history.ticket(1, "2026-11-02 09:00")
    history.ticket(2, "2026-11-03 09:00")
    con = open_store_of(history.records, tomorrow + OFFICE)
    assert [state(con, "2026-11-03 10:00", number)["stage"] for number in (1, 2)] == ["new", "active"]


@EXAMPLES
@given(history=histories(), as_of=instants())
def test_state_agrees_with_a_plain_replay(opened: Opened, history: History, as_of: datetime) -> None:
    with opened(history.records, WORLD) as con:
        rows = metrics.ticket_state(con, as_of=as_of).pl().to_dicts()
    names = ("ticket_id", "queue", "is_open", "status", "stage", "priority", "closed_at")
    got = [(*(row[n] for n in names), json.loads(row["owners"]), json.loads(row["labels"])) for row in rows]
    wanted = []
    for life in lives(SAID, history.records, as_of):
        if life.is_live():
            now = life.moments[-1]
            row = (life.ticket.ticket_id, now.queue or None, now.is_open, now.single["status"].value)
            owners = sorted(held.value.removeprefix("test/") for held in now.values("owner"))
            labels = sorted(held.value for held in now.values("label"))
            wanted.append((*row, life.stage(now), life.priority(now), now.closed_at, owners, labels))
    assert_same(history, as_of, got, wanted)


@EXAMPLES
@given(history=histories(), as_of=instants())
def test_the_summary_counts_the_rows(opened: Opened, history: History, as_of: datetime) -> None:
    with opened(history.records, WORLD) as con:
        rows = metrics.ticket_state(con, as_of=as_of).pl()
        counted = summary(con, as_of=as_of).rows()
        asked = summary(con, as_of=as_of, queue="infra").rows()
    counts = rows.group_by("queue", "stage").agg(pl.len(), pl.col("is_open").sum()).rows()
    assert_same(history, as_of, counted, counts)
    assert asked == [row for row in counted if row[0] == "infra"]
