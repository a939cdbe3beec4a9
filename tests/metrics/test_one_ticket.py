"""One ticket at an instant, its clocks with their reasons, and everything it went through."""

from collections.abc import Callable
from datetime import datetime

import duckdb
import pytest

from ingest.records import Event, Gone
from metrics.event_words import said
from metrics.one_ticket import one_ticket, ticket_clocks
from metrics.ticket_history import LONGEST_WORDS, ticket_deeds, ticket_links, ticket_stages
from tests.conftest import History, utc

AS_OF = "2026-11-09T12:00Z"
Store = Callable[..., duckdb.DuckDBPyConnection]


def naive(text: str) -> datetime:
    """An instant as DuckDB gives it: UTC without a zone."""
    return utc(text).replace(tzinfo=None)


@pytest.fixture
def told(history: History) -> History:
    """A ticket that changed hands, was renamed, linked and closed; and one that nobody touched."""
    history.ticket(
        1, "2026-11-02 09:00",
        ("10:00", "label", "+bug", "ana"), ("10:00", "owner", "+ana", "ana"), ("10:00", "comment", "+On it.", "ana"),
        ("11:00", "title", "New name", "bo"), ("11:30", "link", "+child_of test/infra#2", "bo"),
        ("12:00", "link", "+relates_to test/elsewhere", "bo"),
        ("2026-11-03 09:00", "status", "closed", "ana"), ("2026-11-04 09:00", "status", "open", "asker"),
        title="Old name",
    )  # fmt: skip
    history.ticket(2, "2026-11-02 09:00")
    return history


def test_a_ticket_stands_as_it_did_then(told: History, open_store_of: Store) -> None:
    con = open_store_of(told.records)
    before = one_ticket(con, as_of="2026-11-02T09:30Z", ticket_id="test/infra#1")
    assert before is not None
    assert (before.owners, before.labels, before.is_open, before.author) == ((), (), True, "asker")
    closed = one_ticket(con, as_of="2026-11-03T12:00Z", ticket_id="test/infra#1")
    assert closed is not None
    assert (closed.owners, closed.labels, closed.stage) == (("ana",), ("bug",), "done")
    assert closed.closed_at == naive("2026-11-03 09:00")
    again = one_ticket(con, as_of=AS_OF, ticket_id="test/infra#1")
    assert again is not None and again.is_open and again.closed_at is None and again.gone_at is None


def test_a_ticket_not_yet_opened_and_one_nobody_knows_are_none(told: History, open_store_of: Store) -> None:
    con = open_store_of(told.records)
    assert one_ticket(con, as_of="2026-11-02T09:00Z", ticket_id="test/infra#1") is None
    assert one_ticket(con, as_of=AS_OF, ticket_id="'; DROP TABLE x; --") is None


def test_a_ticket_that_is_gone_says_why(told: History, open_store_of: Store) -> None:
    told.records.append(Gone("test/infra#2", utc("2026-11-05 09:00"), "moved"))
    con = open_store_of(told.records)
    gone = one_ticket(con, as_of=AS_OF, ticket_id="test/infra#2")
    assert gone is not None and (gone.gone_reason, gone.gone_at) == ("moved", naive("2026-11-05 09:00"))
    earlier = one_ticket(con, as_of="2026-11-04T09:00Z", ticket_id="test/infra#2")
    assert earlier is not None and earlier.gone_reason is None


def test_a_broken_clock_has_its_reason_and_no_other(told: History, open_store_of: Store) -> None:
    con = open_store_of(told.records)
    [broken] = ticket_clocks(con, as_of=AS_OF, ticket_id="test/infra#2", zone="UTC").iter_rows(named=True)
    assert broken["verdict"] == "breached-open" and "Nobody but the requester touched it" in broken["reason"]
    [kept] = ticket_clocks(con, as_of=AS_OF, ticket_id="test/infra#1", zone="UTC").iter_rows(named=True)
    assert (kept["verdict"], kept["reason"]) == ("met", None)


def test_deeds_are_told_newest_first_and_one_instant_of_one_person_is_one(told: History, open_store_of: Store) -> None:
    deeds = ticket_deeds(open_store_of(told.records), as_of=AS_OF, ticket_id="test/infra#1")
    assert [deed.actor for deed in deeds] == ["asker", "ana", "bo", "bo", "bo", "ana", "asker"]
    at_ten = deeds[-2]
    assert at_ten.words == ("added label bug", "gave it to ana", "commented") and at_ten.text == "On it."
    assert deeds[-1].words == ("opened it", "set queue to infra", "set status to open")
    assert deeds[2].words == ("linked it: relates to test/elsewhere",)
    assert deeds[3].words == ("linked it: child of infra#2",)


def test_later_deeds_are_not_known_yet(told: History, open_store_of: Store) -> None:
    deeds = ticket_deeds(open_store_of(told.records), as_of="2026-11-02T10:00Z", ticket_id="test/infra#1")
    assert len(deeds) == 1


def test_a_huge_comment_is_cut_and_says_so(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "comment", "x" * 100_000, "ana"))
    deed = ticket_deeds(open_store_of(history.records), as_of=AS_OF, ticket_id="test/infra#1")[0]
    assert deed.text is not None
    assert len(deed.text) < LONGEST_WORDS + 50 and deed.text.endswith("… (100,000 characters)")


def test_what_was_inferred_says_so(history: History, open_store_of: Store) -> None:
    ticket = history.ticket(1, "2026-11-02 09:00")
    history.records.append(Event(ticket, "i", utc("2026-11-03 09:00"), 9, None, "label", None, "late", "inferred"))
    deed = ticket_deeds(open_store_of(history.records), as_of=AS_OF, ticket_id=ticket)[0]
    assert (deed.origin, deed.actor, deed.words) == ("inferred", None, ("added label late",))


def test_stages_follow_each_other_up_to_the_instant(told: History, open_store_of: Store) -> None:
    stages = ticket_stages(open_store_of(told.records), as_of="2026-11-04T10:00Z", ticket_id="test/infra#1")
    assert stages["stage"][-2] == "done" and stages["until_at"].to_list()[-1] is None
    assert stages["from_at"].to_list()[1:] == stages["until_at"].to_list()[:-1]
    assert sum(stages["stood_seconds"]) == 49 * 3600


def test_links_are_seen_from_both_ends(told: History, open_store_of: Store) -> None:
    con = open_store_of(told.records)
    here = ticket_links(con, as_of=AS_OF, ticket_id="test/infra#1")
    assert [(tie.relation, tie.key, tie.other_id) for tie in here] == [
        ("child_of", "infra#2", "test/infra#2"),
        ("relates_to", None, "test/elsewhere"),
    ]
    [there] = ticket_links(con, as_of=AS_OF, ticket_id="test/infra#2")
    assert (there.relation, there.key, there.is_told_here) == ("child_of", "infra#1", False)
    assert ticket_links(con, as_of="2026-11-02T11:00Z", ticket_id="test/infra#1") == ()


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (("created", None, None), "opened it"),
        (("note", None, "secret"), "noted, unseen by the requester"),
        (("milestone", None, "v2"), "added milestone v2"),
        (("project", "p", None), "removed project p"),
        (("owner", "Ana", None), "took it from Ana"),
        (("duplicate", None, "T7"), "called it a duplicate of T7"),
        (("eta", "2026-11-02", "2026-11-09"), "promised it for 2026-11-09, before 2026-11-02"),
        (("eta", "2026-11-02", None), "withdrew the promise for 2026-11-02"),
        (("lock", None, None), "touched lock"),
        (("custom.severity", None, "SEV1"), "set severity to SEV1"),
        (("other", None, "Bump"), "did something that no number here rests on: Bump"),
        (("status", None, "x" * 300), f"set status to {'x' * 200} … (300 characters)"),
    ],
)
def test_every_kind_of_event_has_its_words(event: tuple[str, str | None, str | None], words: str) -> None:
    assert said(*event) == words
