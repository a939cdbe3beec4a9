"""Promises: one verdict for each clock, by the policy in force when it started."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import duckdb
import pytest
from hypothesis import given

import metrics
from ingest.records import Gone
from tests.conftest import OFFICE, TRIAGE_PROMISE, History, utc
from tests.metrics.conftest import Opened
from tests.metrics.oracle import EXAMPLES, SAID, WORLD, assert_same, histories, instants, lives, verdicts

Store = Callable[..., duckdb.DuckDBPyConnection]
LABELLED = OFFICE + TRIAGE_PROMISE
DUTY = OFFICE + TRIAGE_PROMISE.replace('"labelled"', '"duty"')


def promise(clock: str, goals: str, **more: str) -> str:
    lines = "".join(f"{key} = {value}\n" for key, value in more.items())
    return f'[[slo]]\nname = "{clock}"\nclock = "{clock}"\nobjective = 0.9\n{lines}goals = [{goals}]\n'


def rows(con: duckdb.DuckDBPyConnection, as_of: str = "2026-11-30 00:00", **asked: Any) -> list[dict[str, Any]]:
    return metrics.slo(con, as_of=utc(as_of), **asked).pl().to_dicts()


def at(instant: datetime | None) -> str | None:
    return instant and f"{instant:%d %H:%M:%S}"


# --- Verdicts and their edges -----------------------------------------------------------------------


def test_met_exactly_at_the_deadline_is_met_and_a_second_later_is_not(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("13:00", "label", "+Bug", "ana"))
    history.ticket(2, "2026-11-02 09:00", ("13:00:01", "label", "+Bug", "ana"))
    told = [(row["verdict"], row["late_working_seconds"]) for row in rows(open_store_of(history.records))]
    assert told == [("met", None), ("breached-closed", 1.0)]


def test_an_open_ticket_is_a_breach_from_the_deadline_on(history: History, open_store_of: Store) -> None:
    """Asked exactly at the deadline it may still be met in that very instant."""
    history.ticket(1, "2026-11-02 09:00")
    con = open_store_of(history.records)
    asked = ("2026-11-02 12:00", "2026-11-02 13:00", "2026-11-02 13:00:01", "2026-11-03 10:00")
    told = [rows(con, instant)[0] for instant in asked]
    assert [row["verdict"] for row in told] == ["running", "running", "breached-open", "breached-open"]
    assert [row["late_working_seconds"] for row in told] == [None, None, 1.0, 5 * 3600.0]
    assert [row["elapsed_working_seconds"] for row in told] == [10800.0, 14400.0, 14401.0, 9 * 3600.0]


def test_closed_without_triage_is_a_breach_once_it_is_due(history: History, open_store_of: Store) -> None:
    """The duty rule wants a priority and a project; closing gives neither. The clock stood still at the closing."""
    history.ticket(1, "2026-11-02 09:00", ("10:00", "status", "closed", "ana"))
    con = open_store_of(history.records, DUTY)
    before, after = (rows(con, instant)[0] for instant in ("2026-11-02 12:00", "2026-11-02 14:00"))
    assert (before["verdict"], after["verdict"]) == ("running", "breached-closed")
    assert (after["met_at"], after["elapsed_working_seconds"], after["late_working_seconds"]) == (None, 3600.0, 0.0)


def test_a_closed_ticket_that_enters_a_queue_has_run_no_time(history: History, open_store_of: Store) -> None:
    history.ticket(
        1, "2026-11-02 09:00", ("10:00", "status", "closed", "a"), ("12:00", "queue", "infra", "a"), queue="access"
    )
    entered = next(row for row in rows(open_store_of(history.records, DUTY)) if row["queue"] == "infra")
    assert (entered["elapsed_working_seconds"], entered["late_working_seconds"]) == (0.0, 0.0)


def test_leaving_the_queue_by_the_deadline_withdraws_the_clock(history: History, open_store_of: Store) -> None:
    for number, left in enumerate(("12:59", "13:00", "13:00:01")):
        history.ticket(number, "2026-11-02 09:00", (left, "queue", "access", "ana"))
    told = [(row["key"], row["verdict"]) for row in rows(open_store_of(history.records), queue="infra")]
    assert told == [("infra#2", "breached-closed")]


def test_a_clock_stops_when_it_is_met_or_the_ticket_leaves_or_is_closed(history: History, open_store_of: Store) -> None:
    """By the duty rule, which closing does not satisfy; and the last one runs still."""
    met = [("10:00", "label", "+P1", "ana"), ("10:00", "project", "+Racks", "ana"), ("11:00", "comment", "+Hm.", "ana")]
    history.ticket(1, "2026-11-02 09:00", *met)
    history.ticket(2, "2026-11-02 09:00", ("2026-11-03 12:00", "queue", "access", "ana"))
    history.ticket(3, "2026-11-02 09:00", ("13:00", "status", "closed", "ana"))
    history.ticket(4, "2026-11-02 09:00")
    told = rows(open_store_of(history.records, DUTY), "2026-11-04 12:00", queue="infra")
    assert [at(row["stopped_at"]) for row in told] == ["02 11:00:00", "03 12:00:00", "02 13:00:00", "04 12:00:00"]


def test_one_promise_may_be_asked_about_alone(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00")
    con = open_store_of(history.records, LABELLED + promise("resolve", '{ within = "4h" }'))
    asked = (None, "resolve", "Triage", "Other")
    assert [[row["policy"] for row in rows(con, policy=name)] for name in asked] == [
        ["Triage", "resolve"],
        ["resolve"],
        ["Triage"],
        [],
    ]


def test_gone_tickets_leave_the_numbers(history: History, open_store_of: Store) -> None:
    ticket_id = history.ticket(1, "2026-11-02 09:00")
    history.records.append(Gone(ticket_id, utc("2026-11-04 09:00"), "deleted"))
    con = open_store_of(history.records)
    assert [len(rows(con, instant)) for instant in ("2026-11-04 09:00", "2026-11-05 09:00")] == [1, 0]


def test_a_queue_without_a_calendar_has_neither_deadline_nor_verdict(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", queue="lost")
    [row] = rows(open_store_of(history.records))
    names = ("due_at", "verdict", "elapsed_working_seconds", "late_working_seconds", "calendar")
    assert [row[name] for name in names] == [None] * 5


# --- Which goal, which version ----------------------------------------------------------------------

PRIORITIES = '{ priority = ["P0"], within = "1h" }, { priority = ["P1"], within = "6h" }'


def test_a_new_priority_carries_the_elapsed_time_to_its_goal(history: History, open_store_of: Store) -> None:
    raised = [("09:00", "label", "+P1", "ana"), ("12:00", "label", "+P0", "ana")]
    history.ticket(1, "2026-11-02 09:00", *raised)
    con = open_store_of(history.records, OFFICE + promise("resolve", PRIORITIES))
    asked = ("2026-11-02 12:00", "2026-11-02 12:00:01")
    told = [(r["priority"], at(r["due_at"]), r["verdict"]) for [r] in (rows(con, instant) for instant in asked)]
    assert told == [("P1", "02 15:00:00", "running"), ("P0", "02 10:00:00", "breached-open")]


def test_a_priority_without_a_goal_is_promised_nothing(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("09:00", "label", "+P3", "ana"))
    history.ticket(2, "2026-11-02 09:00")
    assert rows(open_store_of(history.records, OFFICE + promise("resolve", PRIORITIES))) == []


def test_two_priorities_in_one_second_leave_the_last(history: History, open_store_of: Store) -> None:
    flips = [("09:00", "priority", "P0", "ana"), ("09:00", "priority", "P1", "ana")]
    history.ticket(1, "2026-11-02 09:00", *flips)
    [row] = rows(open_store_of(history.records, OFFICE + promise("resolve", PRIORITIES)))
    assert (row["priority"], at(row["due_at"])) == ("P1", "02 15:00:00")


def test_goals_match_by_label_and_type_and_the_first_decides(history: History, open_store_of: Store) -> None:
    goals = '{ label = ["Outage"], within = "1h" }, { type = ["Bug"], within = "2h" }, { within = "3h" }'
    history.ticket(1, "2026-11-02 09:00", ("09:30", "label", "+outage", "ana"), type="Bug")
    history.ticket(2, "2026-11-02 09:00", type="Bug")
    history.ticket(3, "2026-11-02 09:00", ("09:30", "label", "+outage", "ana"), ("09:40", "label", "-outage", "ana"))
    told = rows(open_store_of(history.records, OFFICE + promise("resolve", goals)))
    assert [row["goal"] for row in told] == ["1h", "2h", "3h"]


def test_the_type_is_that_of_the_time_and_not_todays(history: History, open_store_of: Store) -> None:
    goals = '{ type = ["Bug"], within = "2h" }, { within = "3h" }'
    changes = [("09:10", "type", "Bug", "ana"), ("10:00", "status", "closed", "ana"), ("11:00", "type", "Feature", "a")]
    history.ticket(1, "2026-11-02 09:00", *changes, type="Feature")
    [row] = rows(open_store_of(history.records, OFFICE + promise("resolve", goals)))
    assert row["goal"] == "2h"


@pytest.mark.parametrize(("changed_at", "goals"), [("11:59:59", "3h 1h"), ("12:00:00", "3h 1h"), ("12:00:01", "1h 3h")])
@pytest.mark.parametrize("field", ["label", "priority", "type"])
def test_a_clock_is_judged_by_what_the_ticket_was_in_the_second_that_met_it(
    history: History, open_store_of: Store, field: str, changed_at: str, goals: str
) -> None:
    """Closed at noon; about then the first ticket loses what a goal asks for, and the second gains it."""
    asked = {"label": "Outage", "priority": "P0", "type": "Bug"}[field]
    loses, gains = {
        "label": ((f"+{asked}", f"-{asked}"), (f"+{asked}",)),
        "priority": ((asked, "P1"), ("P1", asked)),
        "type": ((asked, "Task"), ("Task", asked)),
    }[field]
    closed = ("12:00", "status", "closed", "ana")
    for number, values in enumerate((loses, gains), start=1):
        whens = ("09:30", changed_at)[-len(values) :]
        changes = [(when, field, value, "ana") for when, value in zip(whens, values, strict=True)]
        history.ticket(number, "2026-11-02 09:00", *changes, closed)
    text = OFFICE + promise("resolve", f'{{ {field} = ["{asked}"], within = "1h" }}, {{ within = "3h" }}')
    assert [row["goal"] for row in rows(open_store_of(history.records, text))] == goals.split()


def test_two_types_in_one_second_leave_the_last(history: History, open_store_of: Store) -> None:
    goals = '{ type = ["Bug"], within = "2h" }, { within = "3h" }'
    history.ticket(1, "2026-11-02 09:00", ("10:00", "type", "Task", "ana"), ("10:00", "type", "Bug", "ana"))
    [row] = rows(open_store_of(history.records, OFFICE + promise("resolve", goals)))
    assert row["goal"] == "2h"


def test_a_version_that_begins_as_a_clock_starts_judges_it_alone(history: History, open_store_of: Store) -> None:
    stricter = promise("triage", '{ within = "2h" }', valid_from="2026-11-03T09:00:00Z")
    history.ticket(1, "2026-11-03 09:00", ("12:00", "label", "+Bug", "ana"))
    con = open_store_of(history.records, LABELLED + stricter.replace('"triage"', '"Triage"', 1))
    assert [(row["verdict"], row["verdict_today"]) for row in rows(con)] == [("breached-closed", "breached-closed")]


@pytest.mark.parametrize(("clock", "verdict"), [("11:59:59", "met"), ("12:00:00", "breached-closed")])
def test_a_version_that_begins_as_one_asks_is_todays(
    history: History, open_store_of: Store, clock: str, verdict: str
) -> None:
    stricter = promise("triage", '{ within = "2h" }', valid_from="2026-11-03T12:00:00Z")
    history.ticket(1, "2026-11-02 09:00", ("12:00", "label", "+Bug", "ana"))
    con = open_store_of(history.records, LABELLED + stricter.replace('"triage"', '"Triage"', 1))
    assert [(row["verdict"], row["verdict_today"]) for row in rows(con, f"2026-11-03 {clock}")] == [("met", verdict)]


def test_the_version_in_force_at_the_start_judges_and_todays_stands_beside(
    history: History, open_store_of: Store
) -> None:
    """Triaged after three hours: within the four of then, not within the two of now."""
    stricter = promise("triage", '{ within = "2h" }', valid_from="2026-11-03").replace('"triage"', '"Triage"', 1)
    for number, day in enumerate(("02", "03"), start=1):
        history.ticket(number, f"2026-11-{day} 09:00", (f"2026-11-{day} 12:00", "label", "+Bug", "ana"))
    con = open_store_of(history.records, LABELLED + stricter)
    told = [(row["verdict"], row["verdict_today"]) for row in rows(con)]
    assert told == [("met", "breached-closed"), ("breached-closed", "breached-closed")]
    assert [row["verdict_today"] for row in rows(con, "2026-11-02 13:00")] == ["met"]


def test_todays_verdict_of_a_milestone_knows_its_newer_version(history: History, open_store_of: Store) -> None:
    loose = promise("acknowledge", '{ within = "2h" }', stop='{ field = "owner" }')
    strict = promise("acknowledge", '{ within = "1h" }', stop='{ field = "owner" }', valid_from="2026-11-03")
    history.ticket(1, "2026-11-02 09:00", ("10:30", "owner", "+ana", "ana"))
    con = open_store_of(history.records, OFFICE + loose + strict)
    assert [(row["verdict"], row["verdict_today"]) for row in rows(con)] == [("met", "breached-closed")]


def test_a_version_of_tomorrow_is_not_todays(history: History, open_store_of: Store) -> None:
    later = promise("triage", '{ within = "1h" }', valid_from="2026-11-03").replace('"triage"', '"Triage"', 1)
    history.ticket(1, "2026-11-02 09:00", ("12:00", "label", "+Bug", "ana"))
    con = open_store_of(history.records, LABELLED + later)
    assert [(r["verdict"], r["verdict_today"]) for r in rows(con, "2026-11-03 00:00")] == [("met", "breached-closed")]
    assert [(r["verdict"], r["verdict_today"]) for r in rows(con, "2026-11-02 23:59")] == [("met", "met")]


# --- Pauses ----------------------------------------------------------------------------------------


def paused_resolve(pauses: str = "true") -> str:
    return OFFICE + promise("resolve", '{ within = "4h" }', pauses=pauses)


PAUSES: list[tuple[list[tuple[str, str]], str, float]] = [  # when it waited, when it is due, hours paused
    ([], "02 13:00:00", 0),
    ([("10:00", "11:00")], "02 14:00:00", 1),
    ([("10:00", "11:00"), ("12:00", "13:30")], "02 15:30:00", 2.5),
    ([("12:00", "2026-11-03 10:00")], "03 11:00:00", 6),  # overlapping the night: five hours and one
    ([("13:00", "14:00")], "02 13:00:00", 0),  # begun at the deadline: too late
    ([("14:00", "15:00")], "02 13:00:00", 0),
    ([("10:00", "11:00"), ("13:30", "14:00")], "02 14:30:00", 1.5),  # before the deadline as moved by then
    ([("10:00", "11:00"), ("14:00", "15:00")], "02 14:00:00", 1),
    ([("10:00", "10:00")], "02 13:00:00", 0),
    ([("2026-11-02 17:00", "2026-11-03 09:00")], "02 13:00:00", 0),
]


def test_a_pause_moves_the_deadline_by_the_working_time_paused(history: History, open_store_of: Store) -> None:
    for number, (waits, _, _) in enumerate(PAUSES):
        turns = [(when, sign) for span in waits for when, sign in zip(span, "+-", strict=True)]
        history.ticket(number, "2026-11-02 09:00", *[(when, "label", f"{sign}waiting", "ana") for when, sign in turns])
    told = {row["key"]: row for row in rows(open_store_of(history.records, paused_resolve()))}
    for number, (waits, due, hours) in enumerate(PAUSES):
        row = told[f"infra#{number}"]
        assert (at(row["due_at"]), row["paused_working_seconds"]) == (due, hours * 3600), waits


def test_pauses_count_only_where_the_policy_says_so(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "label", "+waiting", "ana"), ("12:00", "label", "-waiting", "ana"))
    [row] = rows(open_store_of(history.records, paused_resolve("false")))
    assert (at(row["due_at"]), row["paused_working_seconds"]) == ("02 13:00:00", 0)


def test_what_still_waits_is_running_however_long(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("12:00", "label", "+waiting", "ana"))
    con = open_store_of(history.records, paused_resolve())
    for instant in ("2026-11-02 16:00", "2026-11-05 12:00"):
        [row] = rows(con, instant)
        assert (row["verdict"], row["elapsed_working_seconds"]) == ("running", 3 * 3600.0)


def test_closing_while_waiting_ends_the_pause(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("12:00", "label", "+waiting", "a"), ("15:00", "status", "closed", "a"))
    [row] = rows(open_store_of(history.records, paused_resolve()))
    assert (row["verdict"], at(row["due_at"]), row["paused_working_seconds"]) == ("met", "02 16:00:00", 3 * 3600.0)


def test_what_is_kept_while_waiting_is_paused_no_longer(history: History, open_store_of: Store) -> None:
    """Answered at 11:00, waiting since 10:00 and ever after: of the wait, one hour counts."""
    history.ticket(1, "2026-11-02 09:00", ("10:00", "label", "+waiting", "ana"), ("11:00", "comment", "+Hm.", "bo"))
    text = OFFICE + promise("first_response", '{ within = "4h" }', pauses="true")
    [row] = rows(open_store_of(history.records, text))
    assert (row["verdict"], at(row["due_at"]), row["paused_working_seconds"]) == ("met", "02 14:00:00", 3600.0)


# --- Update, acknowledge, debrief -------------------------------------------------------------------

DAILY = OFFICE + promise("update", '{ priority = ["P0"], within = "24h" }', calendar='"always"')


def test_every_gap_between_updates_is_a_clock_the_running_one_too(history: History, open_store_of: Store) -> None:
    history.ticket(
        1,
        "2026-11-02 09:00",
        ("09:00", "label", "+P0", "ana"),
        ("2026-11-02 20:00", "comment", "+On it.", "ana"),
        ("2026-11-03 12:00", "label", "+Bug", "ana"),
        ("2026-11-03 13:00", "comment", "+Build failed.", "robot[bot]"),
        ("2026-11-03 20:00:01", "comment", "+Still on it.", "ana"),
    )
    told = rows(open_store_of(history.records, DAILY), "2026-11-04 12:00")
    assert [(row["cycle"], row["verdict"]) for row in told] == [(1, "met"), (2, "breached-closed"), (3, "running")]


def test_an_internal_comment_is_an_update(history: History, open_store_of: Store) -> None:
    noted = ("2026-11-02 20:00", "note", "+Parts are ordered.", "ana")
    history.ticket(1, "2026-11-02 09:00", ("09:00", "label", "+P0", "ana"), noted)
    told = rows(open_store_of(history.records, DAILY), "2026-11-03 12:00")
    assert [(at(row["started_at"]), row["verdict"]) for row in told] == [
        ("02 09:00:00", "met"),
        ("02 20:00:00", "running"),
    ]


@pytest.mark.parametrize("queues", [("access",), ("access", "infra"), ("access", "infra", "access", "infra")])
def test_a_ticket_that_is_moved_in_the_second_of_its_opening_owes_one_gap(
    history: History, open_store_of: Store, queues: tuple[str, ...]
) -> None:
    """In the queue it ends up in; where it stayed for no time at all, no update was owed."""
    moves = [("09:00", "queue", queue, "ana") for queue in queues]
    urgent = ("09:00", "label", "+P0", "ana")
    history.ticket(1, "2026-11-02 09:00", *moves, urgent, ("12:00", "comment", "+Hm.", "bo"))
    text = OFFICE + promise("update", '{ priority = ["P0"], within = "24h" }', calendar='"always"')
    told = rows(open_store_of(history.records, text), "2026-11-02 14:00")
    gaps = [(row["queue"], at(row["started_at"]), at(row["met_at"])) for row in told]
    assert gaps == [(queues[-1], "02 09:00:00", "02 12:00:00"), (queues[-1], "02 12:00:00", None)]


def test_a_gap_is_cut_at_closing_and_begins_anew_on_reopening(history: History, open_store_of: Store) -> None:
    history.ticket(
        1,
        "2026-11-02 09:00",
        ("09:00", "label", "+P0", "ana"),
        ("10:00", "status", "closed", "ana"),
        ("2026-11-05 10:00", "status", "open", "ana"),
    )
    told = rows(open_store_of(history.records, DAILY), "2026-11-05 12:00")
    assert [(at(row["started_at"]), row["verdict"]) for row in told] == [
        ("02 09:00:00", "met"),
        ("05 10:00:00", "running"),
    ]


def test_a_silence_at_one_priority_is_not_forgiven_by_lowering_it(history: History, open_store_of: Store) -> None:
    """Three silent days at P0 stay a breach of the daily promise; from the change on nothing is owed."""
    lowered = [("09:00", "priority", "P0", "ana"), ("2026-11-05 09:00", "priority", "P3", "ana")]
    history.ticket(1, "2026-11-02 09:00", *lowered)
    history.ticket(2, "2026-11-02 09:00", *lowered, ("2026-11-05 09:00", "comment", "+Calmer now.", "ana"))
    told = rows(open_store_of(history.records, DAILY), "2026-11-06 12:00")
    assert [(row["key"], row["priority"], row["verdict"]) for row in told] == [
        ("infra#1", "P0", "breached-closed"),
        ("infra#2", "P0", "breached-closed"),
    ]


def test_acknowledging_counts_from_the_opening_and_bots_do_not(history: History, open_store_of: Store) -> None:
    text = promise("acknowledge", '{ label = ["incident"], within = "30m" }', stop='{ field = "owner" }')
    history.ticket(1, "2026-11-02 09:00", ("09:05", "label", "+Incident", "ana"), ("09:30", "owner", "+ana", "ana"))
    history.ticket(2, "2026-11-02 09:00", ("09:05", "label", "+incident", "ana"), ("09:30", "owner", "+ana", "r[bot]"))
    history.ticket(3, "2026-11-02 09:00", ("09:30", "owner", "+ana", "ana"))
    told = rows(open_store_of(history.records, OFFICE + text), "2026-11-02 12:00")
    assert [(row["key"], row["verdict"]) for row in told] == [("infra#1", "met"), ("infra#2", "breached-open")]


def test_a_milestone_names_an_owner_by_login_and_minds_no_case(history: History, open_store_of: Store) -> None:
    text = promise("acknowledge", '{ within = "30m" }', stop='{ field = "owner", value = "An*" }')
    history.ticket(1, "2026-11-02 09:00", ("09:10", "owner", "+ana", "ana"))
    history.ticket(2, "2026-11-02 09:00", ("09:10", "owner", "+bo", "bo"))
    told = rows(open_store_of(history.records, OFFICE + text), "2026-11-02 12:00")
    assert [(row["clock"], row["verdict"]) for row in told] == [
        ("acknowledge", "met"),
        ("acknowledge", "breached-open"),
    ]


def test_the_requesters_own_word_acknowledges_nothing(history: History, open_store_of: Store) -> None:
    text = promise("acknowledge", '{ within = "30m" }', stop='{ field = "comment" }')
    history.ticket(
        1, "2026-11-02 09:00", ("09:10", "comment", "+Please!", "asker"), ("09:20", "comment", "+Yes.", "ana")
    )
    [row] = rows(open_store_of(history.records, OFFICE + text))
    assert at(row["met_at"]) == "02 09:20:00"


@pytest.mark.parametrize("field", ["comment", "note"])
def test_a_line_of_a_comment_states_when_a_milestone_was_reached(
    field: str, history: History, open_store_of: Store
) -> None:
    text = promise("acknowledge", '{ within = "30m" }', stop=f'{{ field = "{field}", key = "Acknowledged" }}')
    stated = ("15:00", field, "+Late words.\nAcknowledged: 2026-11-02T09:20Z", "ana")
    history.ticket(1, "2026-11-02 09:00", ("09:10", field, "+Hello.", "ana"), stated)
    con = open_store_of(history.records, OFFICE + text)
    assert [row["verdict"] for row in rows(con, "2026-11-02 12:00")] == ["breached-open"]
    [row] = rows(con, "2026-11-02 16:00")
    assert (at(row["met_at"]), row["verdict"]) == ("02 09:20:00", "met")


def test_a_custom_field_may_hold_the_instant_of_a_milestone(history: History, open_store_of: Store) -> None:
    start = 'start = { field = "custom.found", when = "value" }\nstop'
    text = promise("acknowledge", '{ within = "30m" }', stop='{ field = "custom.ack", when = "value" }')
    found, acknowledged = (
        ("10:00", "custom.found", "2026-11-02T09:05Z", "a"),
        ("11:00", "custom.ack", "1793610900", "a"),
    )
    history.ticket(1, "2026-11-02 09:00", found, acknowledged)
    history.ticket(2, "2026-11-02 09:00", acknowledged)
    [row] = rows(open_store_of(history.records, OFFICE + text.replace("stop", start)))
    assert (row["key"], at(row["started_at"]), at(row["met_at"])) == ("infra#1", "02 09:05:00", "02 09:15:00")


def test_opening_and_closing_may_be_milestones(history: History, open_store_of: Store) -> None:
    text = promise("debrief", '{ within = "30m" }', stop='{ field = "closed" }')
    history.ticket(1, "2026-11-02 09:00", ("09:20", "status", "closed", "ana"))
    [row] = rows(open_store_of(history.records, OFFICE + text.replace("stop", 'start = { field = "opened" }\nstop')))
    assert (at(row["started_at"]), at(row["met_at"])) == ("02 09:00:00", "02 09:20:00")


def test_a_debrief_counts_from_the_first_closing_unless_told_otherwise(history: History, open_store_of: Store) -> None:
    plain = promise("debrief", '{ within = "16h" }', stop='{ field = "label", value = "debrief*" }')
    marked = plain.replace("stop", 'start = { field = "label", value = "post-mortem" }\nstop')
    history.ticket(
        1,
        "2026-11-02 09:00",
        ("10:00", "label", "+post-mortem", "ana"),
        ("12:00", "status", "closed", "ana"),
        ("2026-11-04 11:00", "label", "+debrief held", "ana"),
    )
    history.ticket(2, "2026-11-02 09:00")
    told = [rows(open_store_of(history.records, OFFICE + text)) for text in (plain, marked)]
    assert [[(at(r["started_at"]), at(r["due_at"]), r["verdict"]) for r in side] for side in told] == [
        [("02 12:00:00", "04 12:00:00", "met")],
        [("02 10:00:00", "04 10:00:00", "breached-closed")],
    ]


# --- Windows ---------------------------------------------------------------------------------------


def test_a_clock_is_in_the_window_by_its_start_or_by_its_deadline(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-06 16:00")  # due on Monday at noon
    con = open_store_of(history.records)
    monday, tuesday = utc("2026-11-09 00:00"), utc("2026-11-10 00:00")
    [row] = rows(con, since=monday, until=tuesday)
    assert (row["has_started_in_window"], row["has_due_in_window"]) == (False, True)
    [row] = rows(con, since=utc("2026-11-06 16:00"), until=monday)
    assert (row["has_started_in_window"], row["has_due_in_window"]) == (True, False)
    assert rows(con, since=utc("2026-11-06 16:00:01"), until=utc("2026-11-09 12:00")) == []


@EXAMPLES
@given(history=histories(), as_of=instants())
def test_verdicts_agree_with_a_plain_replay(opened: Opened, history: History, as_of: datetime) -> None:
    names = ("policy", "queue", "cycle", "started_at", "due_at", "met_at", "verdict", "priority", "is_open")
    names = (*names, "elapsed_working_seconds", "paused_working_seconds", "late_working_seconds")
    with opened(history.records, WORLD) as con:
        got = metrics.slo(con, as_of=as_of).pl().select("ticket_id", *names, "verdict_today").rows()
    wanted = []
    for life in lives(SAID, history.records, as_of):
        today = {_key(row): row["verdict"] for row in verdicts(SAID, life, "as_of")}
        judged = [(row, today.get(_key(row))) for row in verdicts(SAID, life)]
        wanted += [(life.ticket.ticket_id, *(row[name] for name in names), now) for row, now in judged]
    assert_same(history, as_of, got, wanted)


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["policy"], row["queue"], row["cycle"]
