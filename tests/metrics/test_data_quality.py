"""Can I trust these numbers? Each finding in a story, and all of them against a plain replay."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import metrics
from ingest.records import Account, Event, Gone, Record, Shift, Status, Ticket
from ingest.store import writing
from metrics.data_quality import data_quality, figure, summary
from tests.conftest import OFFICE, History, utc
from tests.metrics.conftest import Opened
from tests.metrics.oracle import (
    EXAMPLES,
    SAID,
    WORLD,
    Life,
    assert_same,
    before,
    calendar_at,
    calendar_of,
    deciding,
    histories,
    instants,
    lives,
    naive,
)

Store = Callable[..., duckdb.DuckDBPyConnection]
AS_OF = utc("2026-11-09 12:00")
NO_STAGES = OFFICE.replace('[[stages]]\npresets = ["github", "github-labels"]\n', "")
ANA = '[[person]]\nname = "Ana Ruiz"\naccounts = ["other/ana"]\n'


def found(con: duckdb.DuckDBPyConnection, kind: str, *columns: str, as_of: datetime = AS_OF) -> list[Any]:
    """The findings of one kind: the columns named, or the one."""
    rows = data_quality(con, as_of=as_of).filter(f"finding = '{kind}'").project(", ".join(columns)).fetchall()
    return [row[0] for row in rows] if len(columns) == 1 else rows


def kinds(con: duckdb.DuckDBPyConnection, as_of: datetime = AS_OF) -> list[str]:
    return [kind for (kind,) in data_quality(con, as_of=as_of).project("finding").fetchall()]


def raw(ticket_id: str, number: int, when: str, field: str, old: str | None, new: str | None, **more: Any) -> Event:
    """An event that says both what was and what is."""
    return Event(ticket_id, f"raw{number}", utc(when), 100 + number, "test/ana", field, old, new, **more)


# --- Words without a meaning ------------------------------------------------------------------------


def test_a_plain_history_gives_no_cause_for_doubt(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "comment", "+Any news?", "asker"))
    assert kinds(open_store_of(history.records)) == []


@pytest.fixture
def two_trackers(history: History) -> History:
    """#1 of tracker `test` was reviewed once, #2 of tracker `other` twice."""
    review, doing = ("10:00", "status", "Review", "asker"), ("11:00", "column", "Doing", "asker")
    history.ticket(1, "2026-11-02 09:00", review, doing)
    history.ticket(2, "2026-11-02 09:00", review, ("12:00", "status", "open", "asker"), ("13:00", *review[1:]))
    history.records = [elsewhere(record, "test/infra#2") for record in history.records]
    return history


def elsewhere(record: Record, ticket_id: str) -> Record:
    is_it = isinstance(record, Ticket) and record.ticket_id == ticket_id
    return replace(record, source="other") if is_it else record


def test_a_status_that_neither_settings_nor_tracker_explain_has_no_stage(
    two_trackers: History, open_store_of: Store
) -> None:
    con = open_store_of([*two_trackers.records, Status("test", "review", "active")])
    assert found(con, "unmapped status", "source", "subject", "field", "tickets", "records", "reason") == [
        ("other", "Review", "status", 1, 2, "The status 'Review' has no stage: name it under [[stages]]")
    ]
    assert found(con, "unmapped status", "first_seen_at", "last_seen_at") == [
        (datetime(2026, 11, 2, 10), datetime(2026, 11, 2, 13))  # noqa: DTZ001 - rows carry UTC without a zone
    ]


def test_without_any_stages_every_status_is_unmapped(two_trackers: History, open_store_of: Store) -> None:
    con = open_store_of(two_trackers.records, NO_STAGES)
    assert found(con, "unmapped status", "source", "subject") == [
        ("other", "Review"),
        ("other", "open"),
        ("test", "Review"),
        ("test", "open"),
    ]


def test_a_column_is_unmapped_only_where_columns_have_a_meaning(two_trackers: History, open_store_of: Store) -> None:
    assert found(open_store_of(two_trackers.records), "unmapped column", "subject") == []
    text = OFFICE.replace("[[stages]]", '[[stages]]\ncolumn = { Done = "done" }')
    con = open_store_of(two_trackers.records, text)
    assert found(con, "unmapped column", "source", "subject", "tickets") == [("test", "Doing", 1)]


@pytest.mark.parametrize(
    ("told", "subjects"),
    [
        ('queues = ["infra"]', ["Doing"]),
        ('queues = ["access"]', []),
        ('sources = ["test"]', ["Doing"]),
        ('sources = ["other"]', []),
        ("valid_from = 2026-11-02T11:00:00Z", ["Doing"]),
        ("valid_from = 2026-11-02T11:00:01Z", []),
    ],
)
def test_columns_have_a_meaning_where_and_since_the_map_speaks_of_them(
    history: History, open_store_of: Store, told: str, subjects: list[str]
) -> None:
    """Not for the other queues and sources, nor before: there, another map is in force."""
    history.ticket(1, "2026-11-02 09:00", ("11:00", "column", "Doing", "asker"))
    history.ticket(2, "2026-11-02 09:00", ("11:00", "column", "Done", "asker"))
    history.ticket(3, "2026-11-02 09:00", ("11:00", "column", "Done", "asker"), queue="access")
    records = [elsewhere(record, "test/infra#2") for record in history.records]
    spoken = f'[[stages]]\n{told}\npresets = ["github"]\ncolumn = {{ Done = "done" }}\n'
    con = open_store_of(records, OFFICE.replace("[[stages]]", f"{spoken}[[stages]]"))
    assert found(con, "unmapped column", "subject") == subjects


@pytest.mark.parametrize(("until", "subjects"), [("11:00:00", []), ("11:00:01", ["Doing"])])
def test_columns_have_no_meaning_once_the_map_is_silent_on_them(
    history: History, open_store_of: Store, until: str, subjects: list[str]
) -> None:
    history.ticket(1, "2026-11-02 09:00", ("11:00", "column", "Doing", "asker"))
    text = OFFICE.replace("[[stages]]", '[[stages]]\ncolumn = { Done = "done" }')
    later = f'[[stages]]\nvalid_from = 2026-11-02T{until}Z\npresets = ["github"]\n'
    assert found(open_store_of(history.records, text + later), "unmapped column", "subject") == subjects


@pytest.mark.parametrize(("since", "records"), [("2026-11-02T10:00:00", 0), ("2026-11-02T10:00:01", 1)])
def test_the_map_in_force_when_the_status_began_decides(
    history: History, open_store_of: Store, since: str, records: int
) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "status", "Review", "asker"))
    later = f'[[stages]]\nvalid_from = {since}Z\npresets = ["github"]\nstatus = {{ Review = "active" }}\n'
    con = open_store_of(history.records, OFFICE + later)
    assert len(found(con, "unmapped status", "subject")) == records


@pytest.mark.parametrize(("until", "subjects"), [("10:00:00", ["Review"]), ("10:00:01", [])])
def test_a_status_that_a_later_map_no_longer_names_has_no_stage_from_then_on(
    history: History, open_store_of: Store, until: str, subjects: list[str]
) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "status", "Review", "asker"))
    text = OFFICE.replace("[[stages]]", '[[stages]]\nstatus = { Review = "active" }')
    later = f'[[stages]]\nvalid_from = 2026-11-02T{until}Z\npresets = ["github"]\n'
    assert found(open_store_of(history.records, text + later), "unmapped status", "subject") == subjects


def test_a_map_for_one_queue_says_nothing_in_another(history: History, open_store_of: Store) -> None:
    """Review means something in infra alone; in access, the same word without a break has none."""
    history.ticket(1, "2026-11-02 09:00", ("10:00", "status", "Review", "asker"), ("11:00", "queue", "access", "asker"))
    text = OFFICE.replace('[[stages]]\npresets = ["github", "github-labels"]', "")
    text += '[[stages]]\nqueues = ["infra"]\nstatus = { open = "new", Review = "active" }\n'
    text += '[[stages]]\nstatus = { open = "new" }\n'
    assert found(open_store_of(history.records, text), "unmapped status", "subject") == ["Review"]
    text = text.replace('queues = ["infra"]\nstatus', 'queues = ["access"]\nstatus')
    assert found(open_store_of(history.records, text), "unmapped status", "subject") == ["Review"]
    both = text.replace('queues = ["access"]\nstatus', 'queues = ["access", "infra"]\nstatus')
    assert found(open_store_of(history.records, both), "unmapped status", "subject") == []


@pytest.mark.parametrize(("named", "unnamed"), [("other", "test"), ("test", "other")])
def test_a_map_for_one_source_says_nothing_in_another(
    two_trackers: History, open_store_of: Store, named: str, unnamed: str
) -> None:
    text = OFFICE.replace('[[stages]]\npresets = ["github", "github-labels"]', "")
    text += f'[[stages]]\nsources = ["{named}"]\nstatus = {{ open = "new", Review = "active" }}\n'
    text += '[[stages]]\nstatus = { open = "new" }\n'
    found_there = found(open_store_of(two_trackers.records, text), "unmapped status", "source", "subject")
    assert found_there == [(unnamed, "Review")]


def test_a_status_that_changes_with_the_queue_belongs_to_the_new_one_alone(
    history: History, open_store_of: Store
) -> None:
    """Moved and reviewed in one act: infra knows `open` and access knows `Review`, and neither the other's word."""
    ticket_id = history.ticket(1, "2026-11-02 09:00")
    moved = Event(ticket_id, "m1", utc("2026-11-02 10:00"), 5, "test/asker", "queue", "infra", "access")
    reviewed = Event(ticket_id, "m2", utc("2026-11-02 10:00"), 5, "test/asker", "status", "open", "Review")
    text = OFFICE.replace('[[stages]]\npresets = ["github", "github-labels"]', "")
    text += '[[stages]]\nqueues = ["infra"]\nstatus = { open = "new" }\n'
    text += '[[stages]]\nqueues = ["access"]\nstatus = { Review = "active" }\n'
    con = open_store_of([*history.records, moved, reviewed], text)
    assert found(con, "unmapped status", "subject") == []


@pytest.mark.parametrize(("moves", "subjects"), [([("10:00", "queue", "infra", "asker")], []), ([], ["open"])])
def test_what_a_ticket_was_before_it_came_to_a_queue_is_nothing_to_map(
    history: History, open_store_of: Store, moves: Any, subjects: list[str]
) -> None:
    """A ticket carried in at ten was open elsewhere from nine; one that never comes is open in no queue at all."""
    history.ticket(1, "2026-11-02 09:00", *moves, queue=None)
    text = OFFICE.replace("[[stages]]", '[[stages]]\nqueues = ["infra"]')
    con = open_store_of(history.records, text)
    assert found(con, "unmapped status", "subject") == subjects
    assert found(con, "unmapped status", "subject", as_of=utc("2026-11-02 10:00")) == ["open"]


@pytest.mark.parametrize(
    ("moves", "records"), [(["infra"], 1), (["infra", "infra"], 1), (["access", "infra"], 3), (["-infra", "infra"], 2)]
)
def test_a_queue_that_is_told_again_is_the_one_it_was_in(
    history: History, open_store_of: Store, moves: list[str], records: int
) -> None:
    """In each queue that it comes to, what has no meaning there is said once."""
    told = [(f"{hour}:00", "queue", move, "asker") for hour, move in enumerate(moves, start=12)]
    history.ticket(1, "2026-11-02 09:00", ("11:00", "column", "Doing", "asker"), *told)
    con = open_store_of(history.records, OFFICE.replace("[[stages]]", '[[stages]]\ncolumn = { Done = "done" }'))
    assert found(con, "unmapped column", "subject", "records") == [("Doing", records)]


def test_what_has_come_to_a_queue_once_is_nothing_to_map_since(history: History, open_store_of: Store) -> None:
    """Carried in at ten, out at eleven, and in again at noon."""
    moves = [("10:00", "queue", "infra"), ("11:00", "queue", "-infra"), ("12:00", "queue", "infra")]
    history.ticket(1, "2026-11-02 09:00", *((*move, "asker") for move in moves), queue=None)
    con = open_store_of(history.records, OFFICE.replace("[[stages]]", '[[stages]]\nqueues = ["infra"]'))
    assert found(con, "unmapped status", "subject", as_of=utc("2026-11-02 10:00:01")) == []


# --- Queues and people ------------------------------------------------------------------------------


def test_a_queue_that_no_team_has_is_named_with_its_tickets(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", queue="billing")
    history.ticket(2, "2026-11-03 09:00", ("10:00", "queue", "billing", "asker"), ("11:00", "queue", "infra", "asker"))
    con = open_store_of(history.records)
    assert found(con, "queue without team", "subject", "tickets", "records") == [("billing", 2, 2)]
    [reason] = found(con, "queue without team", "reason")
    assert reason == "The queue 'billing' is no team's: add it to a [[team]], or its working time is unknown"


@pytest.mark.parametrize(("opened", "subjects"), [("08:59:59", ["infra"]), ("09:00", [])])
def test_a_calendar_that_begins_after_a_ticket_came_leaves_it_without_one(
    history: History, open_store_of: Store, opened: str, subjects: list[str]
) -> None:
    history.ticket(1, f"2026-11-02 {opened}")
    text = OFFICE.replace('name = "office"', 'name = "office"\nvalid_from = 2026-11-02T09:00:00Z', 1)
    con = open_store_of(history.records, text)
    assert found(con, "queue without calendar", "subject") == subjects
    assert found(con, "queue without team", "subject") == []


WORK = {
    "owns": [("10:00", "owner", "+ana", "asker")],
    "relabels": [("10:00", "label", "+Bug", "ana")],
    "writes a note": [("10:00", "note", "+Known.", "ana")],
}
NO_WORK = {
    "comments": [("10:00", "comment", "+Me too.", "ana")],
    "links": [("10:00", "link", "+relates_to test/infra#2", "ana")],
    "locks": [("10:00", "lock", "spam", "ana")],
    "hides": [("10:00", "visibility", "private", "ana")],
    "takes back a comment": [("10:00", "comment_deleted", "1", "ana")],
    "does what has no name": [("10:00", "other", "x", "ana")],
    "opens it for another": [("09:00", "created", "x", "ana")],
    "is spoken of": [("10:00", "comment", "+Me too.", "ana"), ("10:00", "label", "+test/ana", "asker")],
    "is a bot": [("10:00", "label", "+Bug", "ana[bot]")],
    "is a bot by the settings": [("10:00", "label", "+Bug", "machine")],
    "opened it": [("10:00", "label", "+Bug", "asker"), ("11:00", "status", "closed", "asker")],
    "will later": [("2026-11-09 12:00", "label", "+Bug", "ana")],
}


@pytest.mark.parametrize("changes", WORK.values(), ids=WORK)
def test_who_works_on_tickets_should_be_a_person(history: History, open_store_of: Store, changes: Any) -> None:
    history.ticket(1, "2026-11-02 09:00", *changes)
    con = open_store_of(history.records)
    assert found(con, "account without person", "source", "subject", "tickets") == [("test", "ana", 1)]
    [reason] = found(con, "account without person", "reason")
    assert reason == "The account 'test/ana' does work and is nobody's: name it in a [[person]], or among the bots"


@pytest.mark.parametrize("changes", NO_WORK.values(), ids=NO_WORK)
def test_who_only_asks_answers_or_is_no_human_need_not_be(history: History, open_store_of: Store, changes: Any) -> None:
    history.ticket(1, "2026-11-02 09:00", *changes)
    con = open_store_of(history.records, 'bots = ["test/machine"]\n' + OFFICE)
    assert found(con, "account without person", "subject") == []


def test_an_account_that_is_called_a_bot_is_said_to_be(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "label", "+Bug", "TidyBot"))
    [reason] = found(open_store_of(history.records), "account without person", "reason")
    assert reason.endswith("or among the bots (it is called one)")


def test_an_account_of_a_person_is_no_finding(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", *WORK["owns"])
    con = open_store_of(history.records, OFFICE + ANA.replace("other/ana", "test/ana"))
    assert found(con, "account without person", "subject") == []


@pytest.mark.parametrize(("starts", "subjects"), [("2026-11-09 11:59:59", ["bo"]), ("2026-11-09 12:00", [])])
def test_who_is_on_duty_should_be_a_person(
    history: History, open_store_of: Store, starts: str, subjects: list[str]
) -> None:
    shift = Shift("s1", "calendar", "duty", "test/bo", utc(starts), utc("2026-11-16 09:00"))
    con = open_store_of([Account("test/bo", "test", "bo", None, False), shift])
    assert found(con, "account without person", "subject") == subjects
    assert found(con, "account without person", "tickets", "records") == [(0, 1)] * len(subjects)


# name, email and login of the account without a person; Ana Ruiz's other account is other/ana, ana@team.example.
LIKE_ANA = {
    "same address": (("Somebody", "ANA@team.example", "x"), "Ana Ruiz"),
    "same name as the person": (("ana ruiz", None, "x"), "Ana Ruiz"),
    "same name as her other account": (("A. Ruiz", None, "x"), "Ana Ruiz"),
    "same login elsewhere": (("Somebody", None, "Ana"), "Ana Ruiz"),
    "nothing alike": (("Somebody", "x@team.example", "x"), None),
    "an address before a name": (("Ana Ruiz", "bo@team.example", "ana"), "Bo Lind"),
    "a name before a login": (("Bo Lind", None, "ana"), "Bo Lind"),
    "two of the same name": (("Cleo", None, "ana"), None),
}


@pytest.mark.parametrize(("account", "person"), LIKE_ANA.values(), ids=LIKE_ANA)
def test_an_account_seems_to_be_whose_address_name_or_login_it_shares(
    history: History, open_store_of: Store, account: Any, person: str | None
) -> None:
    history.ticket(1, "2026-11-02 09:00")
    name, email, login = account
    others = [
        Account("other/ana", "other", "ana", "A. Ruiz", False, "ana@team.example"),
        Account("other/bo", "other", "bo", None, False, "bo@team.example"),
        Account("other/c1", "other", "c1", "Cleo", False),
        Account("other/c2", "other", "c2", "Cleo", False),
        Account(f"test/{login}", "test", login, name, False, email),
    ]
    work = Event("test/infra#1", "w", utc("2026-11-03 09:00"), 9, f"test/{login}", "label", None, "Bug")
    people = ANA + '[[person]]\nname = "Bo Lind"\naccounts = ["other/bo"]\n'
    people += '[[person]]\nname = "Cleo One"\naccounts = ["other/c1"]\n'
    people += '[[person]]\nname = "Cleo Two"\naccounts = ["other/c2"]\n'
    con = open_store_of([*history.records, *others, work], OFFICE + people)
    assert found(con, "account without person", "subject", "suggestion") == [(login, person)]


# --- History that is missing, inferred or backwards -------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("deleted", "It was deleted in the tracker: it counts until then and not after"),
        ("moved", "It was moved in the tracker: it counts until then and not after"),
        ("hidden", "The tracker shows it no more and does not say why: it counts until then and not after"),
    ],
)
def test_a_ticket_that_is_gone_is_named_from_then_on(
    history: History, open_store_of: Store, reason: Any, said: str
) -> None:
    ticket_id = history.ticket(1, "2026-11-02 09:00")
    con = open_store_of([*history.records, Gone(ticket_id, utc("2026-11-03 10:00"), reason)])
    after, at = utc("2026-11-03 10:00:01"), utc("2026-11-03 10:00")
    assert found(con, "ticket gone", "subject", "ticket_id", "reason", as_of=after) == [("infra#1", ticket_id, said)]
    assert found(con, "ticket gone", "subject", as_of=at) == []


def test_inferred_events_are_counted_against_all_of_their_field(history: History, open_store_of: Store) -> None:
    """One of four label events was inferred; that a status was is known from the second of its event on."""
    label = ("label", "+Bug", "asker")
    ticket_id = history.ticket(1, "2026-11-02 09:00", *[(f"1{hour}:00", *label) for hour in range(3)])
    inferred = raw(ticket_id, 1, "2026-11-03 09:00", "label", None, "P1", origin="inferred")
    con = open_store_of([*history.records, inferred])
    columns = ("subject", "tickets", "records", "share")
    assert found(con, "inferred events", *columns) == [("label", 1, 1, 0.25)]
    assert found(con, "inferred events", *columns, as_of=utc("2026-11-03 09:00")) == []
    assert found(con, "inferred events", *columns, as_of=utc("2026-11-03 09:01")) == [("label", 1, 1, 0.25)]
    [told] = summary(con, as_of=AS_OF).to_dicts()
    assert (told["events"], told["inferred_events"], told["inferred_share"]) == (8, 1, 0.125)


def test_a_change_from_what_a_ticket_was_not_is_a_break(history: History, open_store_of: Store) -> None:
    """Open, then closed from `stalled`: how it came to be stalled was never told."""
    ticket_id = history.ticket(1, "2026-11-02 09:00")
    broken = raw(ticket_id, 1, "2026-11-02 10:00", "status", "stalled", "closed")
    sound = raw(ticket_id, 2, "2026-11-02 11:00", "status", "closed", "open")
    con = open_store_of([*history.records, broken, sound])
    assert found(con, "broken chain", "subject", "field", "records", "reason") == [
        ("infra#1", "status", 1, "At 2026-11-02 10:00:00 UTC its status changed from 'stalled', but had been 'open': "
         "a change is missing")
    ]  # fmt: skip


def test_a_change_from_something_to_nothing_and_on_is_a_break(history: History, open_store_of: Store) -> None:
    ticket_id = history.ticket(
        1, "2026-11-02 09:00", ("10:00", "column", "New", "ana"), ("11:00", "column", "-New", "ana")
    )
    con = open_store_of([*history.records, raw(ticket_id, 1, "2026-11-02 12:00", "column", "New", "Done")])
    [reason] = found(con, "broken chain", "reason")
    assert reason == "At 2026-11-02 12:00:00 UTC its column changed from 'New', but had been empty: a change is missing"


def test_the_first_change_of_a_field_breaks_nothing(history: History, open_store_of: Store) -> None:
    """That it had been low before is news, not a contradiction; a title may be told as it likes."""
    ticket_id = history.ticket(1, "2026-11-02 09:00")
    first = raw(ticket_id, 1, "2026-11-02 10:00", "priority", "low", "urgent")
    title = raw(ticket_id, 2, "2026-11-02 10:00", "title", "Else", "Other")
    assert found(open_store_of([*history.records, first, title]), "broken chain", "subject") == []


def test_an_event_before_the_opening_is_named(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("08:59:59", "label", "+Bug", "asker"), ("09:00", "label", "+P0", "asker"))
    con = open_store_of(history.records)
    assert found(con, "event before opening", "subject", "records", "reason") == [
        ("infra#1", 1, "1 events lie before its opening at 2026-11-02 09:00:00 UTC")
    ]


def test_what_was_before_the_opening_counts_from_there(history: History, open_store_of: Store) -> None:
    """A label of the day before, inferred, and nobody's doing: nothing of it is known until the ticket is opened."""
    ticket_id = history.ticket(
        1, "2026-11-02 09:00", ("10:00", "label", "+P0", "asker"), ("10:00", "comment", "+On it.", "ana")
    )
    con = open_store_of(
        [*history.records, raw(ticket_id, 1, "2026-11-01 08:00", "label", None, "Bug", origin="inferred")]
    )
    opening, known = utc("2026-11-02 09:00"), utc("2026-11-02 09:01")
    assert kinds(con, opening) == []
    assert found(con, "inferred events", "records", "share", as_of=known) == [(1, 1.0)]
    assert found(con, "inferred events", "records", "share") == [(1, 0.5)]
    assert found(con, "account without person", "subject", "records", as_of=known) == [("ana", 1)]
    assert summary(con, as_of=opening)["events"].to_list() == []
    assert summary(con, as_of=known)["events"].to_list() == [5]


@pytest.mark.parametrize(
    ("as_of", "events", "newest"),
    [
        ("03 00:00", 4, "02 09:00"),
        ("03 12:00", 5, "03 00:00"),
        ("03 12:00:01", 6, "03 12:00"),
        ("04 09:00", 6, "03 12:00"),
    ],
)
def test_events_count_from_the_instant_after_theirs_midnight_s_too(
    history: History, open_store_of: Store, as_of: str, events: int, newest: str
) -> None:
    """Four at the opening, one at the next midnight, one at noon."""
    history.ticket(
        1,
        "2026-11-02 09:00",
        ("2026-11-03 00:00", "label", "+Bug", "asker"),
        ("2026-11-03 12:00", "label", "-Bug", "asker"),
    )
    [told] = summary(open_store_of(history.records), as_of=utc(f"2026-11-{as_of}")).to_dicts()
    assert (told["events"], told["newest_record_at"]) == (events, naive(utc(f"2026-11-{newest}")))


@pytest.mark.parametrize(
    ("told", "opened"), [("02 23:00", "03 00:00"), ("03 00:00", "03 09:00"), ("02 23:00", "03 09:00")]
)
def test_what_was_before_the_opening_counts_once_on_the_day_of_it_and_after(
    history: History, open_store_of: Store, told: str, opened: str
) -> None:
    """Both at midnight, and neither: four events tell of the opening, one of what was before."""
    history.ticket(1, f"2026-11-{opened}", (f"2026-11-{told}", "label", "+Bug", "asker"))
    con = open_store_of(history.records)
    days = [summary(con, as_of=utc(f"2026-11-{day} 12:00"))["events"].to_list() for day in ("02", "03", "04")]
    assert days == [[], [5], [5]]
    assert summary(con, as_of=utc(f"2026-11-{opened}"))["events"].to_list() == []


@pytest.mark.parametrize(("closed", "subjects"), [("08:59:59", ["infra#1"]), ("09:00", [])])
def test_done_before_opened_is_named(history: History, open_store_of: Store, closed: str, subjects: list[str]) -> None:
    history.ticket(1, "2026-11-02 09:00", (closed, "status", "closed", "asker"))
    con = open_store_of(history.records)
    assert found(con, "done before opened", "subject") == subjects
    before_opening = found(con, "done before opened", "subject", as_of=utc("2026-11-02 09:00"))
    assert before_opening == []


INCIDENTS = (
    OFFICE
    + """
[[incident]]
presets = ["labels"]
[incident.milestones]
acknowledged = [{ field = "owner" }]
mitigated = [{ field = "label", value = "mitigated" }]
"""
)


@pytest.mark.parametrize(
    ("mitigated", "reasons"),
    [
        ("09:59:59", ["mitigated at 2026-11-02 09:59:59 UTC lies before acknowledged at 2026-11-02 10:00:00 UTC"]),
        ("10:00", []),
    ],
)
def test_milestones_are_expected_in_order(
    history: History, open_store_of: Store, mitigated: str, reasons: list[str]
) -> None:
    story = [("09:00", "label", "+incident", "ana"), (mitigated, "label", "+mitigated", "ana")]
    history.ticket(1, "2026-11-02 09:00", *story, ("10:00", "owner", "+ana", "ana"))
    assert found(open_store_of(history.records, INCIDENTS), "milestones out of order", "reason") == reasons


STEPS = (
    ("incident", ["detected", "acknowledged", "mitigated", "resolved"]),
    ("post-mortem", ["postmortem_started", "debrief_held", "postmortem_shared"]),
)


@pytest.mark.parametrize(("role", "steps"), STEPS)
def test_each_milestone_that_comes_before_its_predecessor_is_told(
    history: History, open_store_of: Store, role: str, steps: list[str]
) -> None:
    """All of them backwards, an hour apart: every one but the first lies before the one it should follow."""
    backwards = [(f"{16 - n}:00", "label", f"+{step}", "ana") for n, step in enumerate(steps)]
    history.ticket(1, "2026-11-02 09:00", ("09:30", "label", f"+{role}", "ana"), *backwards[::-1])
    rules = "".join(f'{step} = [{{ field = "label", value = "{step}" }}]\n' for _, all_ in STEPS for step in all_)
    text = OFFICE + '[[incident]]\npresets = ["labels"]\n[incident.milestones]\n' + rules
    columns = ("reason", "hour(first_seen_at)", "hour(last_seen_at)")
    [(reason, *seen)] = found(open_store_of(history.records, text), "milestones out of order", *columns)
    assert seen == [17 - len(steps), 15]
    at = [f"{step} at 2026-11-02 {16 - n}:00:00 UTC" for n, step in enumerate(steps)]
    told = [f"{later} lies before {earlier}" for earlier, later in pairwise(at)]
    assert sorted(reason.split("; ")) == sorted(told)


def test_a_finding_tells_when_it_was_first_and_last_seen(history: History, open_store_of: Store) -> None:
    """Closed at 7 and again at 8, opened at 9; three changes that are at odds from 10 to 12; another ticket at 10."""
    closings = [(f"0{hour}", "status", word, "asker") for hour, word in (("7:00", "closed"), ("7:30", "open"))]
    closings.append(("08:00", "status", "closed", "asker"))
    ticket_id = history.ticket(1, "2026-11-02 09:00", *closings, queue="billing")
    history.ticket(2, "2026-11-02 10:00", queue="billing")
    odd = [raw(ticket_id, n, f"2026-11-02 1{n}:00", "priority", "low", "high", origin="inferred") for n in range(3)]
    rows = data_quality(
        open_store_of([*history.records, *odd, Account("test/ana", "test", "ana", None, False)]), as_of=AS_OF
    )
    seen = rows.project("finding, hour(first_seen_at), hour(last_seen_at)").fetchall()
    assert {finding: (first, last) for finding, first, last in seen} == {
        "account without person": (10, 12),
        "broken chain": (11, 12),
        "done before opened": (7, 8),
        "event before opening": (7, 8),
        "inferred events": (10, 12),
        "queue without team": (9, 10),
    }


# --- Syncs ------------------------------------------------------------------------------------------

_RUN = "INSERT INTO sync_run VALUES (?, ?, ?, $1, ?, ?, 0, 0, 0, ?, 0, 0, 0, 0, ?)".replace("$1", "'2026-11-01'")


def ran(con: duckdb.DuckDBPyConnection, run: str, source: str, finished: str, **more: Any) -> None:
    """A sync of a source that ended then, having read until an hour before, unless told otherwise."""
    until = more.get("until", f"{utc(finished):%Y-%m-%d} {utc(finished).hour - 1}:00")
    rejected = more.get("rejected", [])
    con.execute(_RUN, [run, source, more.get("scope", "all"), finished, until, len(rejected), more.get("failure")])
    for place, reason in rejected:
        con.execute("INSERT INTO rejected VALUES (?, ?, ?, ?)", [run, source, place, reason])


@pytest.fixture
def synced(store_of: Callable[..., Path], history: History) -> Callable[..., duckdb.DuckDBPyConnection]:
    """A store of one ticket with these runs: `synced(("run", "source", "finished", {...}), ...)`."""
    opened: list[duckdb.DuckDBPyConnection] = []

    def build(*runs: tuple[str, str, str, dict[str, Any]]) -> duckdb.DuckDBPyConnection:
        history.ticket(1, "2026-11-02 09:00")
        path = store_of(history.records)
        with writing(path) as con:
            for run, source, finished, more in runs:
                ran(con, run, source, finished, **more)
        opened.append(metrics.open_store(path))
        return opened[-1]

    yield build  # type: ignore[misc]
    for con in opened:
        con.close()


def test_what_the_last_run_rejected_is_named_with_place_and_reason(synced: Any) -> None:
    """The first run's line 3 was mended; line 7 of another scope still stands; the third run is not known yet."""
    con = synced(
        ("r1", "test", "2026-11-03 10:00", {"rejected": [("a.csv:3", "no zone")]}),
        ("r2", "test", "2026-11-04 10:00", {"scope": "b", "rejected": [("b.csv:7", "no key")] * 2}),
        ("r3", "test", "2026-11-05 10:00", {}),
        ("r4", "test", "2026-11-09 12:00", {"rejected": [("a.csv:9", "later")]}),
    )
    columns = ("source", "subject", "reason", "records")
    assert found(con, "rejected record", *columns) == [("test", "b.csv:7", "no key", 2)]
    assert found(con, "rejected record", "subject", as_of=utc("2026-11-04 10:00")) == ["a.csv:3"]
    assert summary(con, as_of=AS_OF)["rejected_records"].to_list() == [2]


def test_a_source_that_could_not_be_read_is_named_until_it_can(synced: Any) -> None:
    con = synced(
        ("r1", "test", "2026-11-03 10:00", {}),
        ("r2", "test", "2026-11-04 10:00", {"failure": "HTTP 401", "until": None}),
        ("r3", "test", "2026-11-05 10:00", {}),
    )
    noon = "2026-11-04 12:00"
    assert found(con, "failed sync", "subject", "reason", as_of=utc(noon)) == [
        ("test", "It could not be read at 2026-11-04 10:00 UTC: HTTP 401")
    ]
    assert found(con, "failed sync", "subject", as_of=utc("2026-11-04 10:00")) == []
    assert found(con, "failed sync", "subject") == []


@pytest.mark.parametrize(("until", "subjects"), [("2026-11-08 08:00", []), ("2026-11-08 07:59:59", ["slow"])])
def test_a_source_a_day_behind_the_newest_is_named(synced: Any, until: str, subjects: list[str]) -> None:
    con = synced(
        ("r1", "test", "2026-11-09 09:00", {}),
        ("r2", "slow", "2026-11-09 09:00", {"until": until}),
        ("r3", "journal", "2026-11-09 09:00", {"until": None}),
    )
    assert found(con, "history behind", "subject") == subjects


def test_a_source_never_read_to_its_end_is_behind(synced: Any) -> None:
    con = synced(("r1", "test", "2026-11-09 09:00", {}), ("r2", "slow", "2026-11-09 09:00", {"until": None}))
    assert found(con, "history behind", "reason") == ["It has never been read to its end"]


def test_the_summary_says_how_fresh_each_source_is(synced: Any) -> None:
    """Read until 09:00, asked at noon: three hours. The failed try of 11:00 is told, and is no sync."""
    con = synced(
        ("r1", "test", "2026-11-09 10:00", {}),
        ("r2", "test", "2026-11-09 11:00", {"failure": "HTTP 500"}),
        ("r3", "empty", "2026-11-09 11:00", {"until": "2026-11-09 11:00"}),
    )
    [empty, test] = summary(con, as_of=AS_OF).to_dicts()
    when = datetime(2026, 11, 9, 10)  # noqa: DTZ001 - rows carry UTC without a zone
    assert (test["synced_at"], test["lag_seconds"], test["failure"]) == (when, 3 * 3600.0, "HTTP 500")
    assert (test["tickets"], test["events"], test["inferred_share"]) == (1, 4, 0.0)
    assert (empty["source"], empty["tickets"], empty["events"], empty["inferred_share"]) == ("empty", 0, 0, None)
    assert (empty["lag_seconds"], empty["newest_record_at"], empty["findings"]) == (3600.0, None, 0)
    [early] = summary(con, as_of=utc("2026-11-09 10:00")).to_dicts()
    assert (early["synced_at"], early["lag_seconds"]) == (None, None)


# --- All of it, against a plain replay ---------------------------------------------------------------


@st.composite
def spoilt_histories(draw: st.DrawFn) -> History:
    """Histories in which some events were inferred, and some say what was before them, rightly or not."""
    history = draw(histories(tickets=6))
    rolls = draw(st.lists(st.integers(0, 9), min_size=200, max_size=200))
    events = [n for n, r in enumerate(history.records) if isinstance(r, Event)]
    for roll, n in zip(rolls, events, strict=False):
        event = history.records[n]
        assert isinstance(event, Event)
        if roll == 0:
            event = replace(event, origin="inferred")
        elif roll in (1, 2, 3) and event.field in ("status", "column", "priority", "type") and event.new:
            event = replace(event, old=draw(st.sampled_from(["open", "closed", "New", "low"])))
        history.records[n] = event
    return history


def counted(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows (key …, ticket) as key, tickets, records."""
    groups: dict[tuple[Any, ...], list[str]] = {}
    for *key, ticket in rows:
        groups.setdefault(tuple(key), []).append(ticket)
    return [(*key, len(set(tickets)), len(tickets)) for key, tickets in groups.items()]


def in_order(life: Life, field: str) -> list[Event]:
    chosen = [event for event in life.events if event.field == field]
    return sorted(chosen, key=lambda event: (event.occurred_at, event.seq, event.event_id))


def unmapped(life: Life) -> Iterable[tuple[Any, ...]]:
    """Each value of status or column, in each queue it was held in, that has no stage there."""
    was_in_queue = any(now.queue for now in life.moments)
    for field in ("status", "column"):
        last = None
        for now in life.moments:
            held = now.single.get(field)
            here = (held and (held.value, held.since), now.queue)
            if held and here != last and (now.queue or not was_in_queue):
                policy = deciding(SAID.stages, life.ticket.source, now.queue, held.since)
                words = {word.lower() for word in (policy.mapping(field) if policy else {})}
                words |= set(life.statuses) if field == "status" else set()
                if held.value.lower() not in words and (field == "status" or words):
                    yield life.ticket.source, f"unmapped {field}", held.value, field, life.ticket.ticket_id
            last = here


def breaks(life: Life) -> Iterable[tuple[Any, ...]]:
    for field in ("status", "column", "priority", "queue", "type"):
        for was, now in pairwise(in_order(life, field)):
            if now.old is not None and now.old != was.new:
                yield life.ticket.source, "broken chain", life.ticket.key, field, life.ticket.ticket_id


def inferred(life: Life) -> Iterable[tuple[Any, ...]]:
    for event in life.events:
        if event.origin == "inferred":
            yield life.ticket.source, "inferred events", event.field, event.field, life.ticket.ticket_id


def gone(life: Life) -> Iterable[tuple[Any, ...]]:
    if life.gone_at:
        yield life.ticket.source, "ticket gone", life.ticket.key, None, life.ticket.ticket_id


def homeless(life: Life) -> Iterable[tuple[Any, ...]]:
    for stay in life.stays():
        name = calendar_of(SAID, stay["queue"])
        if calendar_at(SAID, name, stay["entered_at"]) is None:
            kind = "queue without calendar" if name else "queue without team"
            yield life.ticket.source, kind, stay["queue"], "queue", life.ticket.ticket_id


def strangers(life: Life) -> Iterable[tuple[Any, ...]]:
    """Nobody of this world is a person."""
    idle = ("created", "comment", "comment_deleted", "link", "lock", "visibility", "other")
    for event in life.events:
        if event.field not in idle and event.actor_id not in {life.ticket.author_id, *life.bots}:
            yield "test", "account without person", str(event.actor_id)[5:], "account", life.ticket.ticket_id
        if event.field == "owner" and event.new and event.new not in life.bots:
            yield "test", "account without person", event.new[5:], "account", life.ticket.ticket_id


KINDS = (unmapped, breaks, inferred, gone, homeless, strangers)


@EXAMPLES
@given(history=spoilt_histories(), as_of=instants())
def test_findings_agree_with_a_plain_replay(opened: Opened, history: History, as_of: datetime) -> None:
    with opened(history.records, WORLD) as con:
        rows = data_quality(con, as_of=as_of)
        told = rows.filter("finding <> 'milestones out of order'")
        got = told.project("source, finding, subject, field, tickets, records").fetchall()
        totals, kinds = summary(con, as_of=as_of), rows.project("source, finding, records").pl()
    replayed = lives(SAID, history.records, as_of)
    wanted = [row for kind in KINDS for row in counted(row for life in replayed for row in kind(life))]
    assert_same(history, as_of, [("", *row) for row in got], [("", *row) for row in wanted])
    assert_cross_foot(totals, kinds, before(history.records, as_of))


def assert_cross_foot(totals: pl.DataFrame, kinds: pl.DataFrame, known: Sequence[Record]) -> None:
    """The summary adds up to the rows, and to what the history holds."""
    assert totals["findings"].sum() == kinds.height
    assert totals["gone_tickets"].sum() == kinds.filter(finding="ticket gone").height
    assert totals["inferred_events"].sum() == kinds.filter(finding="inferred events")["records"].sum()
    tickets = [r for r in known if isinstance(r, Ticket)]
    assert totals["tickets"].sum() + totals["gone_tickets"].sum() == len(tickets)
    for row in totals.filter(pl.col("tickets") + pl.col("gone_tickets") > 0).iter_rows(named=True):
        theirs = {ticket.ticket_id for ticket in tickets if ticket.source == row["source"]}
        moments = [naive(r.occurred_at) for r in known if isinstance(r, Event) and r.ticket_id in theirs]
        assert (row["events"], row["newest_record_at"]) == (len(moments), max(moments))


def test_the_figure_counts_findings_by_kind(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", queue="billing")
    history.ticket(2, "2026-11-02 09:00", queue="sales")
    drawn = figure(data_quality(open_store_of(history.records), as_of=AS_OF))
    assert [(bar.name, list(bar.y), list(bar.x)) for bar in drawn.data] == [("test", ["queue without team"], [2])]
