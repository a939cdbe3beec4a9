"""The checklist for new tickets."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

import metrics
import settings
from ingest.records import Event, Ticket
from ingest.store import Settle
from metrics import facts
from metrics.intake import CHECKS, figure, summary, weekly
from metrics.weeks import Week
from tests.conftest import OFFICE, History, utc
from tests.metrics.conftest import Opened
from tests.metrics.intake_oracle import having, row
from tests.metrics.oracle import EXAMPLES, WORLD, assert_same, histories, instants, lives

Store = Callable[..., duckdb.DuckDBPyConnection]
Change = tuple[str, str, str, str]
AS_OF = utc("2026-11-30 00:00")
RULES = OFFICE + "[[intake]]\n"
PROMISE = '[[slo]]\nname = "{}"\nclock = "first_response"\nobjective = 0.9\ngoals = [{{ within = "{}" }}]\n'


def told(con: duckdb.DuckDBPyConnection, columns: str, as_of: datetime = AS_OF) -> list[Any]:
    found = metrics.intake(con, as_of=as_of).project(columns).fetchall()
    return [row[0] if len(row) == 1 else row for row in found]


# --- Each check -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "is_enough"),
    [("Mail is late", True), ("Mail late", False), ("Mail - late !", False), ("Mail 2 late", True), ("é 東京 x", True)],
)
def test_a_title_needs_three_words_unless_the_team_says_otherwise(
    history: History, open_store_of: Store, title: str, is_enough: bool
) -> None:
    history.ticket(1, "2026-11-02 09:00", title=title)
    assert told(open_store_of(history.records, RULES), "has_title") == [is_enough]
    assert told(open_store_of(history.records, RULES + "title_words = 1\n"), "has_title") == [True]
    assert told(open_store_of(history.records, RULES + "title_words = 4\n"), "has_title") == [False]


def test_the_title_that_counts_is_the_one_at_the_instant(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "title", "Mail is late", "ana"), title="Mail")
    con = open_store_of(history.records, RULES)
    assert told(con, "has_title", utc("2026-11-02 10:00")) == [False]
    assert told(con, "has_title", utc("2026-11-02 10:00:01")) == [True]


@pytest.mark.parametrize(
    ("seen", "changed", "is_there"),
    [
        ("It is late.", [], True),
        (None, [], False),
        (" \n\t", [], False),
        ("It is late.", [("2026-11-01 10:00", "x", None)], False),
        (None, [("2026-11-01 10:00", None, "It is late.")], True),
        ("It is late.", [("2026-11-03 00:00", None, "It is late.")], False),
        (None, [("2026-11-03 00:00", "It is late.", None)], True),
        ("It is late.", [("2026-11-01 10:00", None, None)], True),
    ],
)
def test_a_description_is_there_unless_blank(
    history: History,
    open_store_of: Store,
    seen: str | None,
    changed: list[tuple[str, str | None, str | None]],
    is_there: bool,
) -> None:
    """Asked on 3 November, 00:00: what the tracker tells of later changes is undone."""
    ticket_id = history.ticket(1, "2026-11-01 09:00")
    records = [replace(r, description=seen) if isinstance(r, Ticket) else r for r in history.records]
    records += [
        Event(ticket_id, f"d{n}", utc(when), n, "test/asker", "description", *texts)
        for n, (when, *texts) in enumerate(changed, start=1)
    ]
    assert told(open_store_of(records, RULES), "has_description", utc("2026-11-03 00:00")) == [is_there]


def test_a_project_can_only_be_missing_where_the_tracker_has_projects(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00")
    history.ticket(2, "2026-11-02 09:00", ("10:00", "project", "+Racks", "ana"), ("11:00", "project", "-Racks", "ana"))
    con = open_store_of(history.records, RULES)
    assert told(con, "has_project", utc("2026-11-02 10:00")) == [None, None]
    assert told(con, "has_project", utc("2026-11-02 10:30")) == [False, True]
    assert told(con, "has_project, has_priority") == [(False, None), (False, None)]


def test_a_priority_can_only_be_missing_where_the_tracker_has_priorities(
    history: History, open_store_of: Store
) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "label", "+P3", "ana"), ("12:00", "label", "-P3", "ana"))
    history.ticket(2, "2026-11-02 09:00")
    con = open_store_of(history.records, RULES)
    assert told(con, "has_priority", utc("2026-11-02 10:00")) == [None, None]
    assert told(con, "has_priority, priority", utc("2026-11-02 12:00")) == [(True, "P3"), (False, None)]
    assert told(con, "has_priority, has_project") == [(False, None), (False, None)]
    without = RULES.replace("[[priorities]]", "")
    assert told(open_store_of(history.records, without), "has_priority", utc("2026-11-02 11:00")) == [None, None]


def test_acknowledged_is_the_verdict_of_the_promise(history: History, open_store_of: Store) -> None:
    """Due at 11:00: a word at 11:00 is in time, one at 11:00:01 is not, and until then nothing is decided."""
    for n, word in enumerate(("11:00", "11:00:01", "10:00")):
        history.ticket(n, "2026-11-02 09:00", (word, "comment", "+Looking.", "asker" if n == 2 else "ana"))
    history.ticket(3, "2026-11-02 09:00", queue="lost")
    con = open_store_of(history.records, RULES + PROMISE.format("Word", "2h"))
    assert told(con, "has_acknowledgement") == [True, False, False, None]
    assert told(con, "has_acknowledgement", utc("2026-11-02 11:00")) == [None] * 4
    assert told(con, "has_acknowledgement", utc("2026-11-02 11:00:01")) == [True, False, False, None]
    assert told(open_store_of(history.records, RULES), "has_acknowledgement") == [None] * 4


def test_other_clocks_do_not_acknowledge(history: History, opened: Opened) -> None:
    """Answered in time, but not resolved in time."""
    history.ticket(1, "2026-11-02 09:00", ("10:00", "comment", "+Looking.", "ana"))
    others = PROMISE.format("Word", "2h") + PROMISE.replace("first_response", "resolve").format("Fixed", "2h")
    for settle in (None, facts.settle):
        with opened(history.records, RULES + others, settle) as con:
            assert told(con, "has_acknowledgement") == [True]


def test_a_named_promise_alone_decides_and_otherwise_all_do(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("11:30", "comment", "+Looking.", "ana"))
    promises = PROMISE.format("Fast", "2h") + PROMISE.format("Slow", "4h")
    for named, verdict in (
        ("", False),
        ('promise = "Fast"', False),
        ('promise = "Slow"', True),
    ):
        con = open_store_of(history.records, RULES + named + "\n" + promises)
        assert told(con, "has_acknowledgement") == [verdict]


def test_a_store_that_carries_its_facts_knows_who_was_answered(history: History, opened: Opened) -> None:
    """Due at 11:00, or where that can wait at 13:00: in time, after the one, never, waiting for the requester."""
    history.ticket(1, "2026-11-02 09:00", ("10:00", "comment", "+Looking.", "ana"), ("15:00", "label", "+x", "ana"))
    history.ticket(2, "2026-11-02 09:00", ("11:30", "comment", "+Looking.", "ana"))
    history.ticket(3, "2026-11-02 09:00")
    history.ticket(4, "2026-11-02 09:00", ("10:00", "label", "+waiting", "ana"))
    pausing = PROMISE.replace("objective", "pauses = true\nobjective")
    promises = pausing.format("Fast", "2h") + PROMISE.format("Slow", "4h")
    for named, at_two, at_noon in (
        ("", [True, False, False, False], [True, False, False, None]),
        ('promise = "Fast"', [True, False, False, None], [True, False, False, None]),
        ('promise = "Slow"', [True, True, False, False], [True, True, None, None]),
    ):
        with opened(history.records, RULES + named + "\n" + promises, facts.settle) as con:
            assert told(con, "has_acknowledgement") == at_two
            assert told(con, "has_acknowledgement", utc("2026-11-02 14:00")) == at_two
            assert told(con, "has_acknowledgement", utc("2026-11-02 12:00")) == at_noon
            assert told(con, "has_acknowledgement", utc("2026-11-02 11:00")) == [True, None, None, None]


def test_an_answer_at_the_due_instant_is_known_to_be_in_time_from_then_on(history: History, opened: Opened) -> None:
    history.ticket(1, "2026-11-02 09:00", ("11:00", "comment", "+Looking.", "ana"))
    with opened(history.records, RULES + PROMISE.format("Word", "2h"), facts.settle) as con:
        assert told(con, "has_acknowledgement", utc("2026-11-02 11:00")) == [None]
        assert told(con, "has_acknowledgement", utc("2026-11-02 11:00:01")) == [True]


def test_a_promise_that_became_stricter_later_was_kept(history: History, opened: Opened) -> None:
    """Answered within an hour: two were allowed when it was opened, and half of one from the next day on."""
    history.ticket(1, "2026-11-02 09:00", ("10:00", "comment", "+Looking.", "ana"))
    later = PROMISE.format("Word", "30m").replace("objective", "valid_from = 2026-11-03\nobjective")
    for settle in (None, facts.settle):
        with opened(history.records, RULES + PROMISE.format("Word", "2h") + later, settle) as con:
            assert told(con, "has_acknowledgement") == [True]


ACTIVE: tuple[Change, Change] = (("10:00", "label", "+in progress", "ana"), ("12:00", "label", "-in progress", "ana"))


@pytest.mark.parametrize(
    ("changes", "is_given"),
    [
        ([], None),
        ([*ACTIVE], False),
        ([ACTIVE[0]], False),
        ([("09:59:59", "comment", "+x", "ana"), *ACTIVE, ("12:00:01", "comment", "+x", "ana")], False),
        ([ACTIVE[0], ("10:00", "comment", "+x", "ana"), ACTIVE[1]], True),
        ([("10:00", "comment", "+x", "ana"), *ACTIVE], False),
        ([ACTIVE[0], ("12:00", "note", "+x", "ana"), ACTIVE[1]], True),
        ([*ACTIVE, ("12:00", "note", "+x", "ana")], False),
        ([ACTIVE[0], ("11:00", "comment", "+x", "asker"), ("11:00", "note", "+x", "robot[bot]"), ACTIVE[1]], False),
        ([("09:30", "eta", "2026-11-05", "ana"), *ACTIVE], True),
        ([("09:30", "eta", "2026-11-05", "asker"), *ACTIVE], True),
        ([("09:30", "eta", "2026-11-05", "robot[bot]"), *ACTIVE], False),
        ([("09:30", "eta", "2026-11-05", "ana"), ("09:45", "eta", "-2026-11-05", "ana"), *ACTIVE], False),
        ([ACTIVE[0], ("11:00", "eta", "2026-11-05", "ana"), ACTIVE[1]], True),
        ([*ACTIVE, ("12:00", "eta", "2026-11-05", "ana")], False),
        ([ACTIVE[0], ("11:00", "comment", "+x", "ana")], True),
    ],
)
def test_eta_or_a_reason_is_given_while_the_ticket_is_active(
    history: History, open_store_of: Store, changes: list[Change], is_given: bool | None
) -> None:
    """A date that stands when the work begins will do; a word must be said in between."""
    history.ticket(1, "2026-11-02 09:00", *changes)
    assert told(open_store_of(history.records, RULES), "has_eta") == [is_given]


CLOSED: Change = ("11:00", "status", "closed", "ana")
AGAIN: Change = ("12:00", "status", "open", "ana")


@pytest.mark.parametrize(
    ("changes", "is_original"),
    [
        ([], True),
        ([("10:00", "status", "duplicate", "ana")], False),
        ([("10:00", "status", "duplicate", "ana"), AGAIN], True),
        ([("10:00", "status", "not a duplicate", "ana")], True),
        ([("10:00", "label", "+Duplicate", "ana")], False),
        ([("10:00", "label", "+resolution: duplicate", "ana")], False),
        ([("10:00", "label", "+duplicate", "ana"), ("10:30", "label", "-duplicate", "ana")], True),
        ([("10:00", "duplicate", "+test/infra#2", "ana")], False),
        ([("10:00", "duplicate", "+test/infra#2", "ana"), ("10:30", "duplicate", "-test/infra#2", "ana")], True),
        ([("10:00", "duplicate", "+test/infra#2", "ana"), ("10:30", "duplicate", "-test/infra#3", "ana")], False),
        ([("11:00", "duplicate", "+test/infra#2", "ana"), CLOSED, AGAIN], True),
        ([CLOSED, AGAIN, ("12:00", "duplicate", "+test/infra#2", "ana")], False),
        ([CLOSED, AGAIN, ("13:00", "duplicate", "+test/infra#2", "ana"), ("13:00", "status", "closed", "ana")], False),
        ([("10:00", "duplicate", f"{sign}test/infra#2", "ana") for sign in "+-"], True),
        ([("10:00", "link", "+duplicates test/infra#2", "ana"), CLOSED, AGAIN], False),
        ([("10:00", "link", "+is_duplicated_by test/infra#2", "ana")], True),
        ([("10:00", "link", "+merged_into test/infra#2", "ana")], False),
        (
            [("10:00", "link", "+merged_into test/infra#2", "a"), ("11:00", "link", "-merged_into test/infra#2", "a")],
            True,
        ),
        ([("10:00", "custom.resolution", "Duplicate", "ana")], False),
        ([("10:00", "custom.resolution", "Duplicate", "ana"), ("11:00", "custom.resolution", "Done", "ana")], True),
        ([("10:00", "custom.resolution", "Duplicate", "a"), ("11:00", "custom.resolution", "-Duplicate", "a")], True),
    ],
)
def test_a_ticket_is_an_original_unless_it_is_tied_to_another(
    history: History, open_store_of: Store, changes: list[Change], is_original: bool
) -> None:
    history.ticket(1, "2026-11-02 09:00", *changes)
    assert told(open_store_of(history.records, RULES), "is_original") == [is_original]


# --- All of them ------------------------------------------------------------------------------------


def test_the_score_is_what_is_kept_of_what_applies(history: History, open_store_of: Store) -> None:
    """Title and original of title, description and original: 2 of 3."""
    history.ticket(1, "2026-11-02 09:00", title="Mail is late")
    history.ticket(2, "2026-11-02 09:00", queue="access")
    only_eta = '[[intake]]\nqueues = ["access"]\nchecks = ["eta"]\n'
    con = open_store_of(history.records, OFFICE + only_eta + "[[intake]]\n")
    assert told(con, "queue, missing, score") == [("infra", '["description"]', 2 / 3), ("access", "[]", None)]


def test_a_queue_for_urgent_work_lists_what_is_not(history: History, open_store_of: Store) -> None:
    for n, label in enumerate(("+P1", "+P2", "+x")):
        history.ticket(n, "2026-11-02 09:00", ("10:00", "label", label, "ana"))
    con = open_store_of(history.records, RULES + 'only = ["P0", "P1"]\n')
    assert told(con, "is_out_of_scope") == [False, True, None]
    assert told(open_store_of(history.records, RULES), "is_out_of_scope") == [False] * 3


def test_the_checklist_is_that_of_the_first_queue_when_the_ticket_was_opened(
    history: History, open_store_of: Store
) -> None:
    history.ticket(1, "2026-11-02 23:59:59", ("2026-11-04 09:00", "queue", "access", "ana"), title="Mail late")
    history.ticket(2, "2026-11-03 00:00", title="Mail late")
    history.ticket(3, "2026-11-03 00:00", queue="access")
    history.ticket(4, "2026-11-03 00:00", queue=None)
    text = '[[intake]]\nqueues = ["infra"]\n[[intake]]\nqueues = ["infra"]\nvalid_from = 2026-11-03\ntitle_words = 2\n'
    con = open_store_of(history.records, OFFICE + text)
    assert told(con, "key, queue, has_title") == [("infra#1", "infra", False), ("infra#2", "infra", True)]
    asked = {"since": utc("2026-11-03 00:00"), "until": utc("2026-11-03 00:00:01")}
    assert metrics.intake(con, as_of=AS_OF, **asked).project("key").fetchall() == [("infra#2",)]
    assert metrics.intake(con, as_of=AS_OF, until=utc("2026-11-03 00:00")).project("key").fetchall() == [("infra#1",)]
    assert metrics.intake(con, as_of=AS_OF, queue="access").fetchall() == []
    everywhere = open_store_of(history.records, OFFICE + "[[intake]]\n")
    assert told(everywhere, "queue") == ["infra", "infra", "access", None]


def test_the_summary_counts_each_check_where_it_applies(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", title="Mail is late")
    history.ticket(2, "2026-11-02 09:00", title="Mail")
    history.ticket(3, "2026-11-02 09:00", queue="access")
    con = open_store_of(history.records, RULES + 'checks = ["original", "title", "eta"]\n')
    rows = metrics.intake(con, as_of=AS_OF)
    assert summary(rows).rows() == [
        ("access", "title", 1, 0, 0.0),
        ("access", "original", 1, 1, 1.0),
        ("infra", "title", 2, 1, 0.5),
        ("infra", "original", 2, 2, 1.0),
    ]
    told = figure(rows).to_dict()
    assert told["data"][0]["x"] == ["title", "original"]
    assert list(told["data"][0]["y"]) == [1 / 3, 1.0]
    assert list(told["layout"]["yaxis"]["range"]) == [0, 1]
    assert "n = 3" in told["layout"]["annotations"][0]["text"]


def test_each_week_has_its_mean_score_and_how_many_were_complete(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-10-25 23:59:59")
    history.ticket(2, "2026-10-26 00:00", title="Mail is late")
    for number, minute in enumerate((57, 58, 59), start=10):
        history.ticket(number, f"2026-11-01 23:{minute}", title="Mail")
    history.ticket(4, "2026-11-09 00:00", title="Mail")
    history.ticket(5, "2026-11-16 00:00")
    con = open_store_of(history.records, RULES + 'checks = ["title", "original"]\n')
    weeks = Week.parse("2026-W46", "UTC").through(3)
    found = weekly(con, as_of=utc("2026-11-12 00:00"), weeks=weeks)
    assert found.drop("starts_at", "ends_at").rows() == [
        ("2026-W44", True, 4, 2.5 / 4, 1, 0.25),
        ("2026-W45", True, 0, None, 0, None),
        ("2026-W46", False, 1, 0.5, 0, 0.0),
    ]
    assert weekly(con, as_of=utc("2026-11-12 00:00"), weeks=weeks, queue="nowhere")["tickets"].to_list() == [0, 0, 0]


def test_tickets_of_a_week_that_nobody_asks_about_are_in_no_other(history: History, open_store_of: Store) -> None:
    for number, day in enumerate(("2026-10-26", "2026-11-02", "2026-11-09"), start=1):
        history.ticket(number, f"{day} 09:00")
    first, _, last = Week.parse("2026-W46", "UTC").through(3)
    found = weekly(open_store_of(history.records, RULES), as_of=AS_OF, weeks=[first, last])
    assert found.select("week", "tickets").rows() == [("2026-W44", 1), ("2026-W46", 1)]


# --- Against a plain replay -------------------------------------------------------------------------

INTAKE = """
[[intake]]
queues = ["infra"]
title_words = 2
only = ["P0"]
promise = "First response"
[[intake]]
queues = ["infra"]
valid_from = 2026-11-01
checks = ["title", "eta", "original"]
[[intake]]
sources = ["oth*"]
only = ["P1", "P2"]
"""
SAID = settings.parse(WORLD + INTAKE, "the oracle's world")
ACTIONS = [
    *[("title", title) for title in ("Mail", "Mail late", "Mail is late", "? !")],
    *[("status", value) for value in ("open", "closed", "duplicate", "open")],
    *[("column", value) for value in ("In progress", "In progress", "Waiting")],
    *[("label", sign + value) for value in ("P0", "P1", "Duplicate", "in progress") for sign in "++-"],
    *[("project", sign + "Racks") for sign in "+-"],
    *[("queue", value) for value in ("infra", "access", "-infra")],
    *[("comment", "+x"), ("comment", "+x"), ("note", "+x"), ("eta", "Friday"), ("eta", "-Friday")],
    *[("description", value) for value in ("Help!", "-Help!", " ")],
    *[("duplicate", sign + f"test/infra#{n}") for n in (1, 2) for sign in "+-"],
    *[("link", sign + f"{relation} test/infra#1") for relation in ("duplicates", "relates_to") for sign in "+-"],
    *[("custom.resolution", value) for value in ("Duplicate", "Done", "-Duplicate")],
]


@EXAMPLES
@given(
    history=histories(actions=ACTIONS, fewest=5, steps=4),
    as_of=instants(),
    seen=st.booleans(),
    settle=st.sampled_from([None, facts.settle]),
)
def test_intake_agrees_with_a_plain_replay(
    opened: Opened, history: History, as_of: datetime, seen: bool, settle: Settle | None
) -> None:
    if seen:
        history.records = [replace(r, description="Late.") if isinstance(r, Ticket) else r for r in history.records]
    known = [e for e in history.records if isinstance(e, Event) and e.field == "description"]
    later = {e.ticket_id for e in known if e.occurred_at >= as_of}  # what those say of the past is pinned above
    with opened(history.records, WORLD + INTAKE, settle) as con:
        rows = metrics.intake(con, as_of=as_of)
        columns = f"ticket_id, queue, {', '.join(CHECKS.values())}, missing, score, is_out_of_scope"
        got = [(*r[:-3], json.loads(r[-3]), *r[-2:]) for r in rows.project(columns).fetchall() if r[0] not in later]
        counted = summary(rows)
        scores = rows.project("missing, score").fetchall()
    told = lives(SAID, history.records, as_of)
    wanted = [row(life, having(told)) for life in told if life.is_live() and life.ticket.ticket_id not in later]
    assert_same(history, as_of, got, [tuple(r.values()) for r in wanted if r])
    missing = sum(len(json.loads(text)) for text, _ in scores)
    assert counted["tickets"].sum() - counted["satisfied_tickets"].sum() == missing
    assert all((score == 1) == (text == "[]") for text, score in scores if score is not None)
