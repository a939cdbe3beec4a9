"""Jira's issues, histories and comments into records: what each item means, and what is made of what is left out."""

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingest import jira
from ingest.records import Account, Census, Event, Observed, Record, Rejected, Status, Ticket, UnreadableError
from settings.sources import Jira as Site
from tests.ingest.jira_reader import site

QUIET = json.loads((Path(__file__).parents[1] / "data" / "jira" / "quiet.json").read_text(encoding="utf-8"))
PELL = {"accountId": "pell-2", "accountType": "atlassian", "displayName": "Pell", "active": True}
Page = dict[str, Any]
Change = tuple[str, str | None, str | None]


def page(*histories: Page, comments: tuple[Page, ...] = (), **fields: Any) -> Page:
    """A quiet issue, with these histories and comments, and these fields instead of its own."""
    told: Page = copy.deepcopy(QUIET)
    issue = told["issues"][0]
    head = {"author": PELL, "created": "2026-03-03T05:00:00.000-0500"}
    issue["histories"] = [{"id": str(n), **head, **history} for n, history in enumerate(histories, start=1)]
    issue["comments"] = [{"id": str(n), **head, **comment} for n, comment in enumerate(comments, start=50)]
    issue["fields"] |= fields
    return told


def item(
    field: str,
    before: str | None = None,
    after: str | None = None,
    ids: tuple[str | None, str | None] = (None, None),
    **more: str,
) -> Page:
    """One item: how it reads before and after, and the ids."""
    return {
        "field": field,
        "fieldtype": "jira",
        "from": ids[0],
        "fromString": before,
        "to": ids[1],
        "toString": after,
        **more,
    }


def of(*items: Page, **more: Any) -> Page:
    return {"items": list(items), **more}


def records(told: Page, at: Site | None = None) -> list[Record]:
    return list(jira.parse(told, at or site(projects=("OPS",))))


def events(told: Page, *fields: str, at: Site | None = None) -> list[Event]:
    found = [record for record in records(told, at) if isinstance(record, Event)]
    return [event for event in found if not fields or event.field in fields]


def changes(told: Page, *fields: str, at: Site | None = None) -> list[Change]:
    """What happened after the opening."""
    told_events = events(told, *fields, at=at)
    return [(event.field, event.old, event.new) for event in told_events if not event.event_id.startswith("opened/")]


def opening(told: Page, *fields: str, at: Site | None = None) -> list[tuple[str, str | None]]:
    told_events = events(told, *fields, at=at)
    return [(event.field, event.new) for event in told_events if event.event_id.startswith("opened/")]


def observed(told: Page) -> list[tuple[str, tuple[str, ...]]]:
    return [(record.field, record.values) for record in records(told) if isinstance(record, Observed)]


# --- The ticket and its opening ---------------------------------------------------------------------


def test_a_ticket_is_its_id_and_shows_its_key() -> None:
    [ticket] = [record for record in records(page()) if isinstance(record, Ticket)]
    assert ticket == Ticket(
        ticket_id="jira/10042",
        source="jira",
        key="OPS-7",
        url="https://lantern.example/browse/OPS-7",
        title="The lamp is dim",
        opened_at=datetime(2026, 3, 2, 9, tzinfo=UTC),
        author_id="jira/maren-1",
        type="Task",
        description="It should be brighter.",
    )


def test_an_issue_without_history_began_as_it_is_now() -> None:
    told = page(priority={"id": "2", "name": "High"}, assignee=PELL, labels=["lamp"], duedate="2026-03-09")
    assert opening(told) == [
        ("created", None),
        ("status", "To Do"),
        ("title", "The lamp is dim"),
        ("queue", "OPS"),
        ("type", "Task"),
        ("priority", "High"),
        ("eta", "2026-03-09"),
        ("label", "lamp"),
        ("owner", "jira/pell-2"),
    ]
    assert {(event.occurred_at, event.seq, event.actor_id) for event in events(told)} == {
        (datetime(2026, 3, 2, 9, tzinfo=UTC), 0, "jira/maren-1")
    }


def test_an_issue_with_history_began_as_the_first_item_of_each_field_says() -> None:
    told = page(
        of(
            item("status", "To Do", "In Progress", ("1", "3")), item("assignee", "Maren", "Pell", ("maren-1", "pell-2"))
        ),
        of(item("labels", "old worn", "old"), item("summary", "Dim", "The lamp is dim")),
        of(item("priority", None, "High", (None, "2"))),
        status={"id": "3", "name": "In Progress"},
        labels=["old"],
        assignee=PELL,
        priority={"id": "2", "name": "High"},
    )
    assert opening(told, "status", "title", "owner", "label", "priority") == [
        ("status", "To Do"),
        ("title", "Dim"),
        ("label", "old"),
        ("label", "worn"),
        ("owner", "jira/maren-1"),
    ]


def test_versions_and_links_are_replayed_backwards_and_say_that_they_are_inferred() -> None:
    told = page(of(item("Fix Version", "Winter", None, ("9", None))), fixVersions=[{"id": "8", "name": "Spring"}])
    first = [event for event in events(told, "milestone") if event.event_id.startswith("opened/")]
    assert [(event.new, event.origin) for event in first] == [("Spring", "inferred"), ("Winter", "inferred")]


def test_the_reporter_is_the_author_where_nobody_is_named_as_creator() -> None:
    [ticket] = [record for record in records(page(creator=None, reporter=PELL)) if isinstance(record, Ticket)]
    assert ticket.author_id == "jira/pell-2"


# --- Traps of histories -----------------------------------------------------------------------------


def test_trap_7_instants_come_as_milliseconds_or_as_text_and_mean_the_same() -> None:
    as_number, as_text = 1_772_532_000_429, "2026-03-03T05:00:00.429-0500"
    whole = [events(page(of(item("summary", "a", "b"), created=told)), "title")[-1] for told in (as_number, as_text)]
    assert whole[0].occurred_at == whole[1].occurred_at == datetime(2026, 3, 3, 10, 0, 0, 429_000, UTC)


def test_trap_8_offsets_without_a_colon_become_utc() -> None:
    told = page(of(item("summary", "a", "b"), created="2021-01-25T11:09:27.985+0800"))
    assert events(told, "title")[-1].occurred_at.isoformat() == "2021-01-25T03:09:27.985000+00:00"


def test_trap_9_ids_count_and_names_are_todays() -> None:
    told = page(
        of(item("status", "Zu erledigen", "进行中", ("1", "3")), item("issuetype", "Bug", "Task", ("10002", "10001")))
    )
    assert changes(told) == [("status", "To Do", "In Progress"), ("type", "Fault", "Task")]


def test_trap_9_a_status_of_an_earlier_workflow_keeps_the_name_that_history_gives_it() -> None:
    assert changes(page(of(item("status", "Closed", "Done", ("6", "5"))))) == [("status", "Closed", "Done")]


def test_trap_9_statuses_with_one_name_are_told_apart_by_their_projects() -> None:
    told = page(of(item("status", "Done", "Done", ("5", "77"))))
    told["names"]["status"] += [
        {"id": "77", "name": "Done", "project": "10001", "category": "done"},
        {"id": "78", "name": "Done", "project": "999", "category": "done"},
    ]
    assert changes(told) == [("status", "Done", "Done (WEB)")]


def test_trap_10_noise_is_kept_as_other_and_understood() -> None:
    noise = ["RemoteIssueLink", "Workflow", "WorklogId", "timeestimate", "Rank", "Attachment"]
    told = page(of(*[{"field": name, "fieldtype": "jira"} for name in noise]))
    assert changes(told) == [("other", None, name) for name in noise]
    assert all(jira.is_known(name) for name in noise) and not jira.is_known("Horoscope")


def test_trap_10_one_save_is_several_events_of_one_instant_each_with_a_name_of_its_own() -> None:
    told = page(of(item("status", "To Do", "Done", ("1", "5")), item("resolution", None, "Done", (None, "10000"))))
    found = [(event.event_id, event.field, event.new) for event in events(told) if event.seq]
    assert found == [("change/1", "status", "Done"), ("change/1/1", "custom.resolution", "Done")]


def test_a_field_nobody_knows_is_kept_as_other_by_its_name() -> None:
    assert changes(page(of(item("Horoscope", "a", "b")))) == [("other", None, "Horoscope")]


def test_a_custom_field_that_nobody_asked_for_is_understood_as_one() -> None:
    told = page(of(item("Story Points", "", "3", fieldtype="custom", fieldId="customfield_10016")))
    assert changes(told) == [("other", None, "custom field Story Points")]
    assert jira.is_known("custom field Story Points")


def test_labels_are_sets_and_their_difference_is_what_changed() -> None:
    told = page(
        of(item("labels", "label-1 worn", "label-1 label-2 postmortem")), labels=["label-1", "label-2", "postmortem"]
    )
    assert changes(told) == [("label", "worn", None), ("label", None, "label-2"), ("label", None, "postmortem")]


def test_an_owner_is_replaced_in_two_events() -> None:
    told = page(of(item("assignee", "Maren", "Pell", ("maren-1", "pell-2"))), assignee=PELL)
    assert changes(told) == [("owner", "jira/maren-1", None), ("owner", None, "jira/pell-2")]


def test_the_due_date_is_the_eta() -> None:
    told = page(of(item("duedate", None, "2026-03-09 00:00:00.0", (None, "2026-03-09"))), duedate="2026-03-09")
    assert changes(told) == [("eta", None, "2026-03-09")]


def test_logged_work_is_effort_in_minutes_and_a_deleted_log_takes_away() -> None:
    told = page(
        of(item("timespent", None, "7200", (None, "7200"))), of(item("timespent", "7200", "1800", ("7200", "1800")))
    )
    assert changes(told) == [("effort", None, "120"), ("effort", None, "-90")]


def test_work_that_no_history_tells_of_was_there_from_the_opening() -> None:
    assert opening(page(timespent=5_400), "effort") == [("effort", "90")]


def test_versions_come_one_item_each() -> None:
    told = page(of(item("Fix Version", None, "1.0", (None, "8")), item("Fix Version", "0.9", None, ("7", None))))
    assert changes(told) == [("milestone", None, "1.0"), ("milestone", "0.9", None)]


def test_sprints_are_lists_in_a_string() -> None:
    told = page(of(item("Sprint", "May 1", "May 1, May 2", ("7", "7, 8"), fieldId="customfield_10020")))
    assert changes(told) == [("milestone", None, "May 2")]


def test_a_sprint_whose_name_holds_a_comma_is_called_by_its_number() -> None:
    told = page(of(item("Sprint", "", "Lamps, and more", ("", "9"), fieldId="customfield_10020")))
    assert changes(told) == [("milestone", None, "sprint 9")]


def test_data_center_writes_a_sprint_as_a_java_object() -> None:
    sprint = "com.example.Sprint@1f[id=7,rapidViewId=1,state=ACTIVE,name=May, 1,startDate=<null>,goal=]"
    assert opening(page(customfield_10020=[sprint]), "milestone") == [("milestone", "May, 1")]


# --- Links ------------------------------------------------------------------------------------------

BLOCKED = {
    "id": "1",
    "type": {"name": "Blocks", "inward": "is blocked by", "outward": "blocks"},
    "inwardIssue": {"id": "10050", "key": "OPS-9"},
}


def test_a_link_is_told_by_a_sentence_in_the_readers_language_and_a_key() -> None:
    told = page(of(item("Link", None, "Este is blocked by OPS-9", (None, "OPS-9"))), issuelinks=[BLOCKED])
    assert changes(told) == [("link", None, "is_blocked_by jira/10050")]


def test_trap_14_a_link_to_a_key_of_the_past_leads_to_the_issue_as_it_is_called_now() -> None:
    told = page(of(item("Link", "This issue blocks OLD-3", None, ("OLD-3", None))))
    told["keys"] = {"OLD-3": "10077"}
    assert changes(told) == [("link", "blocks jira/10077", None)]


def test_a_link_to_nowhere_keeps_its_key_and_one_of_a_forgotten_kind_is_just_a_link() -> None:
    told = page(of(item("Link", None, "This issue befriends OPS-1", (None, "OPS-1"))), issuelinks=[])
    assert changes(told) == [("link", None, "linked_to jira/OPS-1")]


def test_a_parent_told_twice_is_gained_once() -> None:
    told = page(
        of(item("IssueParentAssociation", None, "OPS-1", (None, "10010"))),
        of(item("Epic Link", None, "OPS-1", (None, "10010"), fieldtype="custom", fieldId="customfield_10014")),
        parent={"id": "10010", "key": "OPS-1"},
    )
    assert changes(told) == [("link", None, "child_of jira/10010")]


def test_an_epic_knows_its_children() -> None:
    assert changes(page(of(item("Epic Child", None, "OPS-9", (None, "10050"))))) == [
        ("link", None, "parent_of jira/10050")
    ]


# --- Moves ------------------------------------------------------------------------------------------


def test_trap_14_a_move_changes_the_queue_and_not_the_ticket() -> None:
    told = page(
        of(item("project", "Web", "Operations", ("10001", "10000")), item("Key", "WEB-3", "OPS-7")),
    )
    assert changes(told, "queue") == [("queue", "WEB", "OPS")]
    assert opening(told, "queue") == [("queue", "WEB")]


def test_a_move_from_a_project_nobody_may_see_is_told_by_the_key() -> None:
    told = page(of(item("project", "Secret", "Operations", ("666", "10000")), item("Key", "SECRET-12", "OPS-7")))
    assert changes(told, "queue") == [("queue", "SECRET", "OPS")]


# --- Comments ---------------------------------------------------------------------------------------


def comment(text: str, **more: Any) -> Page:
    return {"body": text, "created": "2026-03-04T05:00:00.000-0500", **more}


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({}, "comment"),
        ({"jsdPublic": True}, "comment"),
        ({"jsdPublic": False}, "note"),
        ({"visibility": {"type": "role", "value": "Administrators"}}, "note"),
        ({"properties": [{"key": "sd.public.comment", "value": {"internal": True}}]}, "note"),
    ],
)
def test_a_comment_that_the_requester_cannot_see_is_a_note(more: Page, field: str) -> None:
    assert changes(page(comments=(comment("words", **more),))) == [(field, None, "words")]


def test_trap_15_an_edited_comment_keeps_its_name_and_its_instant_and_tells_its_last_words() -> None:
    first, edited = comment("furst"), comment("first", updated="2026-03-05T05:00:00.000-0500", updateAuthor=PELL)
    before, after = (events(page(comments=(told,)), "comment")[0] for told in (first, edited))
    assert (before.event_id, before.occurred_at) == (after.event_id, after.occurred_at)
    assert after.new == "first"


def test_a_history_that_tells_of_a_deleted_comment_is_understood() -> None:
    assert changes(page(of(item("Comment", "words", None)))) == [("comment_deleted", None, None)]


def test_what_happened_in_one_instant_keeps_one_order() -> None:
    at = "2026-03-03T05:00:00.000-0500"
    told = page(
        of(item("summary", "b", "c"), id="12"),
        of(item("summary", "a", "b"), id="7"),
        comments=(comment("x", created=at),),
    )
    found = sorted(events(told, "title", "comment"), key=lambda event: (event.occurred_at, event.seq))
    assert [event.new for event in found] == ["a", "b", "c", "x"]


# --- People -----------------------------------------------------------------------------------------


def accounts(told: Page) -> dict[str, Account]:
    return {record.account_id: record for record in records(told) if isinstance(record, Account)}


def test_trap_16_an_author_may_be_missing() -> None:
    told = page(of(item("summary", "a", "b"), author=None), comments=(comment("x", author={}),))
    assert {event.actor_id for event in events(told) if event.seq} == {None}


def test_trap_16_a_former_user_keeps_the_id() -> None:
    gone = {"accountId": "gone-3", "displayName": "Former user", "active": False, "emailAddress": None}
    assert accounts(page(of(item("summary", "a", "b"), author=gone)))["jira/gone-3"].name == "Former user"


def test_trap_16_apps_are_bots() -> None:
    told = page(
        of(item("summary", "a", "b"), author={"accountId": "app-9", "accountType": "app", "displayName": "Automation"})
    )
    assert accounts(told)["jira/app-9"].is_bot and not accounts(told)["jira/maren-1"].is_bot


def test_an_owner_who_is_only_a_number_in_a_history_has_an_account_and_the_name_of_then() -> None:
    told = page(of(item("assignee", "Odalys", "Pell", ("odalys-4", "pell-2"))))
    assert accounts(told)["jira/odalys-4"] == Account("jira/odalys-4", "jira", "odalys-4", "Odalys", False)
    told["people"] = [{"accountId": "odalys-4", "accountType": "app", "displayName": "O. D."}]
    assert accounts(told)["jira/odalys-4"] == Account("jira/odalys-4", "jira", "odalys-4", "O. D.", True)


def test_on_data_center_the_key_is_who_somebody_is_and_the_name_is_what_they_log_in_with() -> None:
    user = {"name": "pell", "key": "JIRAUSER10100", "displayName": "Pell", "emailAddress": "pell@lantern.example"}
    told = page(of(item("summary", "a", "b"), author=user))
    expected = Account("jira/JIRAUSER10100", "jira", "pell", "Pell", False, "pell@lantern.example")
    assert accounts(told)["jira/JIRAUSER10100"] == expected


# --- Custom fields, Service Management ---------------------------------------------------------------


def test_a_configured_custom_field_is_kept_under_our_name() -> None:
    at = site(fields={"severity": "Severity"})
    told = page(of(item("Severity", "minor", "major", ("101", "102"), fieldtype="custom", fieldId="customfield_10041")))
    assert changes(told, at=at) == [("custom.severity", "minor", "major")]
    assert opening(page(customfield_10041={"value": "major"}), "custom.severity", at=at) == [
        ("custom.severity", "major")
    ]


def test_without_ids_a_custom_field_is_known_by_its_name() -> None:
    told = page(of(item("Severity", "minor", "major", fieldtype="custom")))
    assert changes(told, at=site(fields={"severity": "customfield_10041"})) == [("custom.severity", "minor", "major")]


def test_a_field_called_eta_feeds_the_eta_and_the_due_date_stands_aside() -> None:
    at = site(fields={"eta": "Target"})
    move = item(
        "Target",
        "02/Mär/26",
        "09/Mär/26",
        ("2026-03-02T09:00:00+0000", "2026-03-09T09:00:00+0000"),
        fieldId="customfield_10040",
    )
    told = page(of(move), of(item("duedate", None, "2026-04-01", (None, "2026-04-01"))))
    assert changes(told, at=at) == [
        ("eta", "2026-03-02T09:00:00+00:00", "2026-03-09T09:00:00+00:00"),
        ("custom.duedate", None, "2026-04-01"),
    ]


def test_an_instant_is_spelled_one_way_however_the_issue_and_its_history_spell_it() -> None:
    at = site(fields={"eta": "Target"})
    assert opening(page(customfield_10040="2026-03-09T04:00:00.000-0500"), "eta", at=at) == [
        ("eta", "2026-03-09T09:00:00+00:00")
    ]


def test_a_field_called_priority_feeds_the_priority_and_jiras_own_stands_aside() -> None:
    at = site(fields={"priority": "Severity"})
    told = page(customfield_10041={"value": "major"}, priority={"id": "2", "name": "High"})
    assert sorted(opening(told, "priority", "custom.priority", at=at)) == [
        ("custom.priority", "High"),
        ("priority", "major"),
    ]


def test_a_flag_is_a_custom_field() -> None:
    told = page(
        of(item("Flagged", "", "Impediment", (None, "[10019]"), fieldtype="custom", fieldId="customfield_10021"))
    )
    assert changes(told) == [("custom.flagged", None, "Impediment")]


def test_the_request_type_is_a_custom_field() -> None:
    told = page(customfield_10010={"requestType": {"name": "Get help"}, "currentStatus": {"status": "Waiting"}})
    assert opening(told, "custom.request_type") == [("custom.request_type", "Get help")]


def test_the_cycles_of_a_promise_carry_their_own_instants() -> None:
    def cycle(start: int, goal: int, **more: Any) -> Page:
        return {"startTime": {"epochMillis": start}, "breachTime": {"epochMillis": goal}, "breached": False, **more}

    hour, begin = 3_600_000, 1_772_442_000_000
    completed = [
        cycle(begin, begin + 2 * hour, stopTime={"epochMillis": begin + hour}),
        cycle(begin + 3 * hour, begin + 4 * hour, stopTime={"epochMillis": begin + 5 * hour}, breached=True),
    ]
    ongoing = cycle(begin + 6 * hour, begin + 7 * hour, breached=True, paused=False)
    told = page(customfield_10031={"name": "Time to resolution", "completedCycles": completed, "ongoingCycle": ongoing})
    found = events(told, "custom.sla:Time to resolution")
    assert [(event.new, f"{event.occurred_at:%H:%M}") for event in found] == [
        ("running", "09:00"),
        ("met", "10:00"),
        ("running", "12:00"),
        ("breached", "13:00"),
        ("missed", "14:00"),
        ("running", "15:00"),
        ("breached", "16:00"),
    ]
    assert len({event.event_id for event in found}) == 7


def test_a_goal_that_lies_ahead_is_no_event() -> None:
    ongoing = {
        "startTime": {"epochMillis": 1_772_442_000_000},
        "breachTime": {"epochMillis": 9_772_442_000_000},
        "breached": False,
    }
    told = page(customfield_10031={"completedCycles": [], "ongoingCycle": ongoing})
    assert [event.new for event in events(told, "custom.sla:Time to resolution")] == ["running"]


# --- What the issue says and its history does not -----------------------------------------------------


def test_what_an_administrator_changed_without_a_trace_is_observed() -> None:
    told = page(of(item("priority", "Medium", "High", ("3", "2"))), priority={"id": "3", "name": "Medium"})
    assert observed(told) == [("priority", ("Medium",))]


def test_a_snapshot_that_may_be_older_than_the_history_contradicts_nothing() -> None:
    told = page(
        of(item("priority", "Medium", "High", ("3", "2"))), priority=None, updated="2026-03-03T05:00:00.000-0500"
    )
    assert observed(told) == []


# --- Pages ------------------------------------------------------------------------------------------


def test_the_catalogue_tells_the_stage_of_every_status() -> None:
    said = [("1", "To Do", "new"), ("3", "Busy", "indeterminate"), ("5", "Done", "done"), ("9", "Odd", "undefined")]
    listed = [{"id": known_as, "name": name, "category": category} for known_as, name, category in said]
    assert records({"catalogue": {"statuses": listed, "projects": {}}}) == [
        Status("jira", "To Do", "new"),
        Status("jira", "Busy", "active"),
        Status("jira", "Done", "done"),
    ]


def test_a_census_is_of_ids() -> None:
    told = {"census": {"ids": ["10001", "10042"], "taken_at": "2026-03-02T09:00:00+00:00"}}
    assert records(told) == [
        Census("ticket", "jira/", ("jira/10001", "jira/10042"), datetime(2026, 3, 2, 9, tzinfo=UTC))
    ]


def test_one_issue_that_cannot_be_read_is_rejected_and_the_others_are_told() -> None:
    told = page()
    told["issues"].append({**copy.deepcopy(told["issues"][0]), "id": "10043", "key": "OPS-8", "fields": {}})
    rejected = [record for record in records(told) if isinstance(record, Rejected)]
    assert [record.place for record in rejected] == ["OPS-8"]
    assert {record.ticket_id for record in records(told) if isinstance(record, Ticket)} == {"jira/10042"}


@pytest.mark.parametrize("nonsense", [{}, {"issues": None}, {"census": {}}, {"catalogue": {"statuses": 7}}])
def test_what_is_no_page_is_unreadable(nonsense: Page) -> None:
    with pytest.raises(UnreadableError, match="not a page of Jira"):
        records(nonsense)


def test_parsing_changes_nothing_and_says_the_same_twice() -> None:
    told = page(of(item("labels", "a", "b")), comments=(comment("x"),), labels=["b"])
    before = copy.deepcopy(told)
    assert records(told) == records(told) and told == before
