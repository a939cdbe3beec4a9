"""Phorge's tasks into records: what each transaction means, and what is made of what Phorge does not write down."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from ingest import phorge
from ingest.demo.trackers.phorge import Phorge
from ingest.records import Account, Event, Observed, Record, Status, Ticket, UnreadableError
from settings.sources import Phorge as Site
from tests.ingest.ledger import BEGIN
from tests.ingest.phorge_reader import ADDRESS, SITE, Reader, changes, opening, read

Desk = Phorge


def at(minutes: float) -> datetime:
    return BEGIN + timedelta(minutes=minutes)


@pytest.fixture
def desk() -> Phorge:
    tracker = Phorge(now=BEGIN)
    for login in ("ana", "ben", "cleo"):
        tracker.enrol(login, login.title())
    return tracker


def opened(desk: Phorge, minute: float = 1, **kept: Any) -> str:
    return desk.open(at(minute), "ana", "The lamp is dim", "It should be brighter.", **{"queue": "infra", **kept})


def one(records: Any, kind: type[Any]) -> Any:
    found = [record for record in records if isinstance(record, kind)]
    assert len(found) == 1
    return found[0]


def site(**kept: Any) -> Site:
    return Site(kind="phorge", url=ADDRESS, **{"queues": ["infra"], **kept})


# --- The ticket and its birth -----------------------------------------------------------------------


def test_a_ticket_is_named_by_its_monogram(desk: Phorge) -> None:
    opened(desk, kind="incident")
    assert one(read(desk).records(), Ticket) == Ticket(
        ticket_id="phorge/T1",
        source="phorge",
        key="T1",
        url="https://phorge.example/T1",
        title="The lamp is dim",
        opened_at=datetime(2026, 3, 2, 9, 1, tzinfo=UTC),
        author_id="phorge/ana",
        type="incident",
        description="It should be brighter.",
    )


def test_what_the_first_edit_chose_is_told_as_the_opening(desk: Phorge) -> None:
    opened(desk, kind="incident")
    assert opening(read(desk)) == [
        ("created", None, "recorded"),
        ("status", "open", "inferred"),
        ("title", "The lamp is dim", "recorded"),
        ("queue", "infra", "recorded"),
        ("priority", "Needs Triage", "inferred"),
        ("type", "incident", "recorded"),
        ("column", "Backlog", "inferred"),
        ("project", "infra", "recorded"),
    ]


def test_the_first_title_and_priority_are_replayed_from_the_first_change(desk: Phorge) -> None:
    key = opened(desk)
    desk.rename(at(2), "ben", key, "The lamp on the pier is dim")
    desk.prioritise(at(3), "ben", key, "P0")
    assert opening(read(desk), "title", "priority") == [
        ("title", "The lamp is dim", "recorded"),
        ("priority", "Needs Triage", "inferred"),
    ]


def test_the_opening_is_the_authors_and_comes_first_in_its_second(desk: Phorge) -> None:
    key = opened(desk)
    desk.assign(at(1), "ben", key, "ben")
    events = read(desk).events()
    born = [event for event in events if event.event_id.startswith("opened/")]
    assert {(event.actor_id, event.seq, event.occurred_at) for event in born} == {("phorge/ana", 0, at(1))}
    assert all(event.seq > 0 for event in events if event not in born)


def test_an_edit_of_the_author_in_the_same_second_is_not_part_of_the_birth(desk: Phorge) -> None:
    """Only rows of one group are one edit."""
    key = opened(desk)
    desk.prioritise(at(1), "ana", key, "P0")
    reader = read(desk)
    assert opening(reader, "priority") == [("priority", "Needs Triage", "inferred")]
    assert changes(reader, "priority") == [("priority", "Needs Triage", "Unbreak Now!")]


# --- Every kind that changes a ticket ---------------------------------------------------------------


def test_an_eventful_life_is_told_change_by_change(desk: Phorge) -> None:
    key = opened(desk)
    desk.assign(at(2), "ben", key, "ben")
    desk.assign(at(3), "ben", key, "cleo")
    desk.prioritise(at(4), "ben", key, "P1")
    desk.label(at(5), "ben", key, "lamp")
    desk.label(at(6), "ben", key, "lamp", is_on=False)
    desk.move(at(7), "cleo", key, "active")
    desk.comment(at(8), "cleo", key, "A new bulb is on its way.")
    desk.rename(at(9), "cleo", key, "The bulb is dim")
    desk.set_points(at(10), "cleo", key, 0.5)
    desk.set_field(at(11), "cleo", key, "acme.severity", "s1")
    desk.close(at(12), "cleo", key)
    desk.reopen(at(13), "ana", key)
    told = [change for change in changes(read(desk)) if change[0] != "other"]
    assert told == [
        ("owner", None, "phorge/ben"),
        ("owner", "phorge/ben", None),
        ("owner", None, "phorge/cleo"),
        ("priority", "Needs Triage", "High"),
        ("project", None, "lamp"),
        ("project", "lamp", None),
        ("column", "Backlog", "Doing"),
        ("comment", None, "A new bulb is on its way."),
        ("title", "The lamp is dim", "The bulb is dim"),
        ("custom.points", None, "0.5"),
        ("custom.acme.severity", None, "s1"),
        ("status", "open", "resolved"),
        ("status", "resolved", "open"),
    ]


def test_an_event_is_named_after_its_transaction_and_further_ones_of_it_are_counted(desk: Phorge) -> None:
    key = opened(desk)
    desk.assign(at(2), "ben", key, "ben")
    desk.assign(at(3), "ben", key, "cleo")
    row = [row.id for row in desk.tables.transactions if row.kind == "reassign"][-1]
    assert [event.event_id for event in read(desk).events("owner")][1:] == [str(row), f"{row}/1"]


def test_closing_what_nobody_owns_claims_it_for_the_closer(desk: Phorge) -> None:
    """Autoclaim: the owner's row has the higher number, in the same second."""
    key = opened(desk)
    desk.close(at(2), "ben", key)
    status, owner = [e for e in read(desk).events("status", "owner") if not e.event_id.startswith("opened/")]
    assert (status.field, owner.field, owner.new, owner.actor_id) == ("status", "owner", "phorge/ben", "phorge/ben")
    assert status.occurred_at == owner.occurred_at and status.seq < owner.seq


def test_closing_as_invalid_claims_nothing(desk: Phorge) -> None:
    key = opened(desk)
    desk.set_status(at(2), "ben", key, "invalid")
    assert read(desk).events("owner") == []


@pytest.mark.parametrize("release", ["master", "stable", "2024.35"])
def test_a_merge_closes_without_a_status_row(desk: Phorge, release: Any) -> None:
    desk.release = release
    one_key, other = opened(desk), opened(desk, 2)
    desk.merge(at(3), "ben", other, one_key)
    reader = read(desk)
    assert changes(reader, "duplicate", "status") == [("duplicate", None, "phorge/T1"), ("status", "open", "duplicate")]
    assert changes(reader, "link") == [("link", None, "merged_from phorge/T2")]
    assert [e.actor_id for e in reader.events("duplicate")] == ["phorge/ben"]


def test_a_merged_task_that_is_reopened_was_a_duplicate_until_then(desk: Phorge) -> None:
    one_key, other = opened(desk), opened(desk, 2)
    desk.merge(at(3), "ben", other, one_key)
    desk.reopen(at(4), "ana", other)
    reader = read(desk)
    assert changes(reader, "status") == [("status", "open", "duplicate"), ("status", "duplicate", "open")]
    assert all(event.origin == "recorded" for event in reader.events("status")[2:])


def test_herald_is_an_account_of_its_own_and_a_bot(desk: Phorge) -> None:
    key = opened(desk)
    desk.herald(at(1), key, priority="P0", label="alert")
    reader = read(desk)
    assert {event.actor_id for event in reader.events("priority") if event.new != "Needs Triage"} == {
        "phorge/Herald[app]"
    }
    herald = next(r for r in reader.records() if isinstance(r, Account) and r.login == "Herald[app]")
    assert herald.is_bot and herald.name == "Herald"


def test_an_edited_comment_has_its_present_text_at_the_time_it_was_written(desk: Phorge) -> None:
    key = opened(desk)
    desk.comment(at(2), "ben", key, "tpyo")
    desk.edit_comment(at(3), "ben", key, 0, "typo")
    [comment] = read(desk).events("comment")
    assert (comment.new, comment.occurred_at, comment.actor_id) == ("typo", at(2), "phorge/ben")


def test_a_removed_comment_was_written_and_then_removed_by_somebody(desk: Phorge) -> None:
    """Every version of it is empty then."""
    key = opened(desk)
    desk.comment(at(2), "ben", key, "secret")
    desk.remove_comment(at(3), "cleo", key, 0)
    written, removed = read(desk).events("comment", "comment_deleted")
    assert (written.new, written.occurred_at) == ("", at(2))
    assert (removed.field, removed.occurred_at, removed.actor_id) == ("comment_deleted", at(3), "phorge/cleo")


def test_subtasks_are_told_on_both_sides(desk: Phorge) -> None:
    parent, child = opened(desk), opened(desk, 2)
    desk.subtask(at(3), "ana", parent, child)
    desk.subtask(at(4), "ana", parent, child, is_on=False)
    reader = read(desk)
    links = {(e.ticket_id, e.old, e.new) for e in reader.events("link")}
    assert links == {
        ("phorge/T1", None, "parent_of phorge/T2"), ("phorge/T1", "parent_of phorge/T2", None),
        ("phorge/T2", None, "child_of phorge/T1"), ("phorge/T2", "child_of phorge/T1", None),
    }  # fmt: skip


def test_a_task_that_may_not_be_seen_is_linked_by_what_is_known_of_it(desk: Phorge) -> None:
    parent, child = opened(desk), opened(desk, 2)
    desk.subtask(at(3), "ana", parent, child)
    desk.hide(at(4), child)
    [link] = [e.new for e in read(desk).events("link")]
    assert link == f"parent_of phorge/{desk.task(child).phid}"


def test_closing_a_subtask_changes_nothing_of_its_parent(desk: Phorge) -> None:
    parent, child = opened(desk), opened(desk, 2)
    desk.subtask(at(3), "ana", parent, child)
    desk.close(at(4), "ana", child)
    reader = read(desk)
    assert [e.new for e in reader.events("other") if e.ticket_id == "phorge/T1"][-1] == "unblock"
    assert [e.ticket_id for e in reader.events("status") if e.new == "resolved"] == ["phorge/T2"]


def test_subscribers_are_noise(desk: Phorge) -> None:
    key = opened(desk)
    desk.comment(at(2), "ben", key, "words")
    assert {e.new for e in read(desk).events("other")} == {"subscribers"}
    assert phorge.is_known("subscribers") and not phorge.is_known("hidden")


def test_hiding_is_a_change_of_visibility(desk: Phorge) -> None:
    key = opened(desk)
    desk.hide(at(2), key)
    desk.show(at(3), key)
    assert changes(read(desk), "visibility") == [("visibility", "users", "admin"), ("visibility", "admin", "users")]


def test_a_status_that_was_removed_from_the_configuration_is_kept_as_it_is(desk: Phorge) -> None:
    key = opened(desk)
    desk.set_status(at(2), "ben", key, "progress")
    desk.remove_status("progress")
    reader = read(desk)
    assert changes(reader, "status") == [("status", "open", "progress")]
    assert "progress" not in {record.status for record in reader.records() if isinstance(record, Status)}


def test_closed_statuses_are_done_open_ones_new_and_of_stalled_nothing_is_claimed(desk: Phorge) -> None:
    stages = {r.status: r.stage for r in read(desk).records() if isinstance(r, Status)}
    assert stages == {
        "open": "new", "progress": "new", "resolved": "done", "wontfix": "done", "invalid": "done", "duplicate": "done"
    }  # fmt: skip


def test_disabled_people_and_bots_are_people_too(desk: Phorge) -> None:
    desk.enrol("robot", "Robot", is_bot=True)
    key = opened(desk)
    desk.assign(at(2), "ben", key, "cleo")
    desk.disable("cleo")
    found = {r.login: r.is_bot for r in read(desk).records() if isinstance(r, Account)}
    assert found == {"ana": False, "ben": False, "cleo": False, "robot": True, "admin": False, "watchbill": True}


# --- When it is expected ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("2026-04-01", ("eta", None, "2026-04-01")),
        (1_793_600_000, ("eta", None, "2026-11-02T06:13:20+00:00")),
        ("2026-04-01T12:00:00+02:00", ("eta", None, "2026-04-01T12:00:00+02:00")),
        ("soon", ("custom.acme.eta", None, "soon")),
    ],
)
def test_the_configured_field_says_when_if_it_is_a_day_or_an_instant(desk: Phorge, value: Any, told: Any) -> None:
    key = opened(desk)
    desk.set_field(at(2), "ben", key, "acme.eta", value)
    assert changes(read(desk), "eta", "custom.acme.eta") == [told]


def test_an_expected_day_that_becomes_words_is_no_day_any_more(desk: Phorge) -> None:
    key = opened(desk)
    desk.set_eta(at(2), "ben", key, date(2026, 4, 1))
    desk.set_field(at(3), "ben", key, "acme.eta", "soon")
    assert changes(read(desk), "eta", "custom.acme.eta")[1:] == [
        ("eta", "2026-04-01", None),
        ("custom.acme.eta", None, "soon"),
    ]


def test_where_a_release_does_not_name_changed_fields_the_expected_day_is_observed(desk: Phorge) -> None:
    desk.release = "2024.35"
    key = opened(desk)
    desk.set_eta(at(2), "ben", key, date(2026, 4, 1))
    reader = read(desk)
    assert one(reader.records(), Observed) == Observed("phorge/T1", "eta", ("2026-04-01",), at(2))
    assert reader.events("eta") == []


def test_where_column_moves_stay_hidden_the_column_is_observed(desk: Phorge) -> None:
    """A release before August 2026 without the frozen call."""
    desk.release = "stable"
    key = opened(desk)
    desk.move(at(2), "ben", key, "active")
    desk._conduit.missing.add("maniphest.gettasktransactions")
    reader = read(desk)
    assert Observed("phorge/T1", "column", ("Doing",), at(2)) in list(reader.records())
    assert changes(reader, "column") == []


# --- Queues and boards ------------------------------------------------------------------------------


def test_the_queue_is_the_first_of_the_settings_queues_that_the_task_is_in(desk: Phorge) -> None:
    key = opened(desk, queue="access")
    desk.label(at(2), "ben", key, "infra")
    desk.label(at(3), "ben", key, "infra", is_on=False)
    reader = read(desk, site(queues=["infra", "access"]))
    assert opening(reader, "queue") == [("queue", "access", "recorded")]
    assert changes(reader, "queue") == [("queue", "access", "infra"), ("queue", "infra", "access")]


def test_a_task_in_none_of_the_queues_is_in_the_queue_of_its_source(desk: Phorge) -> None:
    opened(desk, queue="elsewhere")
    assert opening(read(desk), "queue") == [("queue", "phorge", "recorded")]


def test_who_moves_to_another_queue_lands_in_its_first_column(desk: Phorge) -> None:
    key = opened(desk)
    desk.move(at(2), "ben", key, "active")
    desk.requeue(at(3), "ben", key, "access")
    reader = read(desk, site(queues=["infra", "access"]))
    assert changes(reader, "queue", "column") == [
        ("column", "Backlog", "Doing"),
        ("queue", "infra", "access"),
        ("column", "Doing", "Backlog"),
    ]
    assert reader.events("column")[-1].origin == "inferred"


def test_a_project_that_is_added_again_puts_the_card_back_into_its_old_column(desk: Phorge) -> None:
    key = opened(desk)
    desk.move(at(2), "ben", key, "active")
    desk.label(at(3), "ben", key, "infra", is_on=False)
    desk.label(at(4), "ben", key, "infra")
    reader = read(desk)
    assert changes(reader, "column") == [
        ("column", "Backlog", "Doing"), ("column", "Doing", None), ("column", None, "Doing"),
    ]  # fmt: skip
    boards = reader.pages[0]["tasks"][0]["attachments"]["columns"]["boards"]
    assert [board["columns"][0]["name"] for board in boards.values()] == ["Doing"], "Phorge says so, too"


def test_a_task_in_a_milestone_stays_in_the_queue_and_lies_in_the_milestones_column(desk: Phorge) -> None:
    """The board's own attachment leaves the board out then."""
    key = opened(desk)
    milestone = desk.add_milestone("infra", "Sprint 1")
    desk.retag(at(2), "ben", key, add=milestone, remove="infra")
    desk.retag(at(3), "ben", key, add="infra", remove=milestone)
    reader = read(desk)
    assert changes(reader, "queue") == []
    assert changes(reader, "column") == [("column", "Backlog", "Sprint 1"), ("column", "Sprint 1", "Backlog")]
    assert ("project", None, "infra (Sprint 1)") in changes(reader, "project")


def test_dragging_a_card_into_a_milestones_column_changes_its_projects_in_the_same_edit(desk: Phorge) -> None:
    key = opened(desk)
    desk.add_milestone("infra", "Sprint 1")
    desk.drop_on(at(2), "ben", key, "infra", "Sprint 1")
    desk.drop_on(at(3), "ben", key, "infra", "Doing")
    reader = read(desk)
    assert [change for change in changes(reader) if change[0] != "other"] == [
        ("column", "Backlog", "Sprint 1"),
        ("project", "infra", None),
        ("project", None, "infra (Sprint 1)"),
        ("column", "Sprint 1", "Doing"),
        ("project", "infra (Sprint 1)", None),
        ("project", None, "infra"),
    ]
    assert {event.origin for event in reader.events("column")[1:]} == {"recorded"}


def test_a_card_that_is_dropped_within_its_column_or_on_another_board_did_not_change_columns(desk: Phorge) -> None:
    key = opened(desk)
    desk.label(at(2), "ben", key, "access")
    desk.drop_on(at(3), "ben", key, "infra", "Backlog")
    desk.drop_on(at(4), "ben", key, "access", "Doing")
    reader = read(desk)
    assert changes(reader, "column") == []
    assert [e.new for e in reader.events("other")][-2:] == ["core:columns", "core:columns"]


def test_without_a_queue_the_column_is_that_of_the_only_board(desk: Phorge) -> None:
    key = opened(desk)
    desk.move(at(2), "ben", key, "active")
    desk.label(at(3), "ben", key, "access")
    assert changes(read(desk, site(queues=[])), "column") == [("column", "Backlog", "Doing"), ("column", "Doing", None)]


def test_a_board_that_came_later_has_its_cards_from_then_on(desk: Phorge) -> None:
    key = opened(desk)
    desk.label(at(2), "ben", key, "lamp")
    for column in desk.tables.columns.values():
        column.created = int(at(5).timestamp())
    desk.drop_on(at(7), "ben", key, "infra", "Doing")
    reader = read(desk)
    assert opening(reader, "column") == []
    assert [(e.occurred_at, e.old, e.new, e.origin) for e in reader.events("column")] == [
        (at(5), None, "Backlog", "inferred"), (at(7), "Backlog", "Doing", "recorded"),
    ]  # fmt: skip


def test_an_archived_project_keeps_its_name(desk: Phorge) -> None:
    """Unless asked for every status, project.search says nothing of it."""
    opened(desk)
    desk.archive_project("infra")
    assert opening(read(desk), "project", "queue") == [("queue", "infra", "recorded"), ("project", "infra", "recorded")]


def test_a_project_that_may_not_be_seen_is_called_by_the_name_it_has_for_us(desk: Phorge) -> None:
    opened(desk)
    desk.tables.project("infra").is_visible = False
    secret = desk.tables.project("infra").phid
    assert opening(read(desk), "project") == [("project", secret, "recorded")]


# --- Both APIs, and releases that keep things to themselves -----------------------------------------


def eventful(desk: Phorge) -> None:
    key, other = opened(desk, kind="incident"), opened(desk, 2)
    desk.move(at(3), "ben", key, "waiting")
    desk.comment(at(4), "ben", key, "words")
    desk.remove_comment(at(5), "ben", key, 0)
    desk.set_eta(at(6), "ben", key, date(2026, 4, 1))
    desk.subtask(at(7), "ben", key, other)
    desk.merge(at(8), "ben", other, key)
    desk.hide(at(9), key)
    desk.show(at(10), key)
    desk.herald(at(11), key, label="alert")
    desk.close(at(12), "cleo", key)


def facts(reader: Reader) -> list[Record]:
    return [record for record in reader.records() if isinstance(record, Ticket | Event)]


def test_an_upgrade_of_the_server_changes_nothing(desk: Phorge) -> None:
    desk.release = "stable"
    eventful(desk)
    before = read(desk)
    desk.release = "master"
    assert facts(read(desk)) == facts(before)


def test_without_the_frozen_call_the_newest_release_tells_nearly_the_same(desk: Phorge) -> None:
    """All but marks and subtypes, which stay hidden."""
    eventful(desk)
    whole = {e.event_id: e for e in read(desk).events() if e.ticket_id == "phorge/T1"}
    desk._conduit.missing.add("maniphest.gettasktransactions")
    alone = {e.event_id: e for e in read(desk).events() if e.ticket_id == "phorge/T1"}
    assert {e.new for key, e in alone.items() if whole.get(key) != e} == {"hidden", "incident"}
    assert not whole.keys() - alone.keys()


def test_what_stays_hidden_is_kept_as_other_and_is_unknown(desk: Phorge) -> None:
    desk.release = "stable"
    key = opened(desk)
    desk.move(at(2), "ben", key, "active")
    desk._conduit.missing.add("maniphest.gettasktransactions")
    reader = read(desk)
    assert changes(reader, "other")[-1] == ("other", None, "hidden")


HIDDEN_MERGES: dict[str, tuple[Callable[[Phorge, str], None], list[tuple[str, str | None, str | None]]]] = {
    "and then nothing": (lambda _, __: None, [("status", "open", "duplicate")]),
    "and then reopened": (
        lambda desk, key: desk.reopen(at(4), "ana", key),
        [("status", "open", "duplicate"), ("status", "duplicate", "open")],
    ),
}


@pytest.mark.parametrize("then", HIDDEN_MERGES)
def test_a_hidden_merge_is_inferred_from_the_status_it_left(desk: Phorge, then: str) -> None:
    """Where neither API names it, the hidden transaction before says when."""
    desk.release = "2024.35"
    desk._conduit.missing.add("maniphest.gettasktransactions")
    other, key = opened(desk), opened(desk, 2)
    desk.merge(at(3), "ben", key, other)
    do, told = HIDDEN_MERGES[then]
    do(desk, key)
    reader = read(desk)
    assert changes(reader, "status") == told
    merged = next(e for e in reader.events("status") if e.new == "duplicate")
    assert (merged.origin, merged.occurred_at, merged.ticket_id) == ("inferred", at(3), "phorge/T2")


# --- What cannot be read ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ({}, "KeyError: 'census'"),
        ({"tasks": [], "raw": None}, "not a page of Phorge"),
        ({"people": [{}], "statuses": []}, "not a page of Phorge"),
        ({"census": "1-", "taken_at": None}, "None is no instant"),
        ({"census": "x", "taken_at": 1}, "not a page of Phorge"),
        ({"census": "1", "taken_at": 10**12}, "is no instant"),
    ],
)
def test_what_is_no_page_is_refused_in_words(page: Any, words: str) -> None:
    with pytest.raises(UnreadableError, match=words):
        list(phorge.parse(page, SITE))
