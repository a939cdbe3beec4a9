"""How a Jira is read: what is asked, in which words, what is done about limits, and what is never concluded."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ingest import jira
from ingest.client import ClientError, OutOfPatienceError, RefusedError
from ingest.demo.trackers.jira import Jira
from ingest.demo.trackers.wire import Request, Response
from ingest.records import Account, Census, Event, Rejected, Status, Ticket
from ingest.source import Trouble
from tests.ingest.jira_reader import Copy, client_of, loaded, site, site_of, steps

T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)
EDITIONS = ("cloud", "datacenter")


class Watched:
    """A tracker whose questions are written down, and some of whose answers are replaced."""

    def __init__(self, tracker: Any, instead: Callable[[Request], Response | None] = lambda _: None) -> None:
        self.tracker, self.instead = tracker, instead
        self.asked: list[Request] = []

    @property
    def now(self) -> datetime:
        found: datetime = self.tracker.now
        return found

    def answer(self, request: Request) -> Response:
        self.asked.append(request)
        given: Response = self.instead(request) or self.tracker.answer(request)
        return given

    def bodies(self, path: str) -> list[dict[str, Any]]:
        return [json.loads(request.body) for request in self.asked if request.path.endswith(path)]

    def questions(self) -> list[str]:
        """Every JQL that was asked."""
        asked = [body["jql"] for body in self.bodies("search/jql")]
        return asked + [dict(request.query)["jql"] for request in self.asked if request.path.endswith("2/search")]


def hours(number: float) -> datetime:
    return T0 + timedelta(hours=number)


def with_tickets(tracker: Jira, number: int, queue: str = "INFRA") -> list[str]:
    return [tracker.open(hours(n), "ana", f"ticket {n}", "text", queue=queue) for n in range(number)]


def tracker_of(edition: Any = "cloud", tickets: int = 3, **more: Any) -> Jira:
    made = Jira(edition=edition, now=T0, **more)
    with_tickets(made, tickets)
    return made


def small(tracker: Jira, rows: int = 2) -> Jira:
    tracker.limits.rows, tracker.limits.ids, tracker.limits.histories = rows, rows, rows
    return tracker


def tickets(copy: Copy) -> set[str]:
    return {record.key for record in copy.of(Ticket)}


# --- Questions --------------------------------------------------------------------------------------


def test_trap_1_the_removed_search_of_cloud_is_never_asked_and_no_offset_either() -> None:
    tracker = Watched(small(tracker_of()))
    Copy(site()).read(tracker)
    assert not [request for request in tracker.asked if request.path.endswith(("2/search", "3/search"))]
    assert all("startAt" not in body for body in tracker.bodies("search/jql"))


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_edition_is_what_the_server_says_it_is(edition: str) -> None:
    tracker = Watched(tracker_of(edition))
    Copy(site_of(tracker.tracker)).read(tracker)
    assert tracker.asked[0].path == "/rest/api/2/serverInfo"
    assert {request.path.split("/")[3] for request in tracker.asked[1:]} == {"3" if edition == "cloud" else "2"}


def test_trap_2_fields_are_asked_for_by_name() -> None:
    tracker = Watched(tracker_of())
    Copy(site()).read(tracker)
    first = tracker.bodies("search/jql")[0]["fields"]
    assert {"summary", "updated", "comment", "customfield_10031"} <= set(first)


@pytest.mark.parametrize("edition", EDITIONS)
def test_traps_3_4_5_every_question_names_projects_and_milliseconds_and_has_no_end(edition: str) -> None:
    tracker = Watched(small(tracker_of(edition)))
    copy = Copy(site_of(tracker.tracker)).read(tracker)
    tracker.tracker.comment(hours(30), "ben", "INFRA-1", "hello")
    copy.read(tracker)
    bounds = [question.split(">= ")[1].split(" ")[0] for question in tracker.questions() if ">=" in question]
    assert bounds and all(bound.isdigit() for bound in bounds)
    for question in tracker.questions():
        assert question.startswith('project in ("INFRA")') and "<" not in question
        assert question.endswith((" ORDER BY updated ASC, key ASC", " ORDER BY created ASC, key ASC"))


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Tokyo", "UTC"])
@pytest.mark.parametrize("edition", EDITIONS)
def test_trap_4_whatever_the_zone_of_the_account_nothing_is_skipped(edition: Any, zone: str) -> None:
    tracker = tracker_of(edition, zone=zone)
    copy = loaded(tracker)
    tracker.comment(tracker.now + timedelta(minutes=1), "ben", "INFRA-1", "seen?")
    assert [event.new for event in copy.read(tracker).events("comment")] == ["seen?"]
    assert {event.occurred_at for event in copy.events("created")} == {hours(n) for n in range(3)}


def test_trap_5_an_issue_that_a_timer_never_leaves_alone_is_read() -> None:
    tracker = tracker_of()

    def tick(_: Request) -> None:
        if tracker.now < hours(40):
            tracker.touch(tracker.now + timedelta(minutes=16), "INFRA-1")

    copy = Copy(site()).read(Watched(tracker, tick))
    assert tickets(copy) == {"INFRA-1", "INFRA-2", "INFRA-3"}


def test_trap_6_a_long_history_is_told_whole_by_cloud() -> None:
    tracker = tracker_of(tickets=1)
    for n in range(60):
        tracker.rename(hours(1 + n), "ben", "INFRA-1", f"name {n}")
    titles = [event.new for event in loaded(tracker).events("title")]
    assert titles == ["ticket 0", *(f"name {n}" for n in range(60))]


def test_trap_6_data_center_cuts_a_history_in_a_search_and_the_issue_is_read_alone() -> None:
    tracker = tracker_of("datacenter", tickets=2)
    tracker.limits.embedded_in_search = 2
    for n in range(5):
        tracker.rename(hours(3 + n), "ben", "INFRA-1", f"name {n}")
    watched = Watched(tracker)
    copy = Copy(site_of(tracker)).read(watched)
    assert len(copy.events("title")) == 2 + 5
    assert [request.path for request in watched.asked if "/issue/" in request.path] == ["/rest/api/2/issue/10001"]


def test_trap_6_a_history_that_data_center_keeps_cutting_is_rejected_in_so_many_words() -> None:
    tracker = tracker_of("datacenter", tickets=2)
    tracker.limits.embedded_in_search = tracker.limits.embedded_alone = 2
    for n in range(5):
        tracker.rename(hours(3 + n), "ben", "INFRA-1", f"name {n}")
    copy = loaded(tracker)
    [rejected] = copy.of(Rejected)
    assert rejected.place == "INFRA-1" and "tells 2 of its 5 changes" in rejected.reason
    assert tickets(copy) == {"INFRA-2"}


def test_one_history_spread_over_pages_is_one_history() -> None:
    tracker = small(tracker_of(tickets=2), rows=3)
    for n in range(8):
        tracker.rename(hours(3 + n), "ben", f"INFRA-{1 + n % 2}", f"name {n}")
    assert len(loaded(tracker).events("title")) == 2 + 8


def test_trap_8_answers_carry_an_offset_without_a_colon() -> None:
    page = next(page for page in loaded(tracker_of(zone="Asia/Shanghai")).pages if "issues" in page)
    assert page["issues"][0]["fields"]["created"] == "2026-03-02T17:00:00.000+0800"


# --- Names ------------------------------------------------------------------------------------------


def test_trap_9_statuses_of_one_name_in_two_projects_are_two_statuses() -> None:
    tracker = Jira(now=T0)
    for queue in ("INFRA", "WEB"):
        tracker.team_manages(queue)
        tracker.close(hours(1), "ben", tracker.open(T0, "ana", "x", "x", queue=queue))
    copy = loaded(tracker, projects=("INFRA", "WEB"))
    assert [event.new for event in copy.events("status") if event.seq] == ["Done (INFRA)", "Done (WEB)"]
    assert {"Done", "Done (INFRA)", "Done (WEB)"} <= {record.status for record in copy.of(Status)}


def test_trap_9_a_renamed_status_is_renamed_everywhere() -> None:
    tracker = tracker_of()
    tracker.move(hours(4), "ben", "INFRA-1", "active")
    tracker.now += timedelta(days=1)
    copy = loaded(tracker)
    tracker.rename_status("In Progress", "Busy")
    tracker.now += timedelta(days=1)
    copy.read(tracker)
    assert [event.new for event in copy.events("status")][-1] == "Busy"
    assert copy.known().keys() >= loaded(tracker).known().keys()
    before = len(copy.places)
    copy.read(tracker)
    assert copy.places[before:] == []


def test_another_custom_field_in_the_settings_means_that_everything_is_read_again() -> None:
    tracker = tracker_of(tickets=1)
    tracker.set_field(hours(1), "ben", "INFRA-1", "Team", "red")
    tracker.now += timedelta(days=1)
    copy = loaded(tracker)
    copy.site = site(fields={"team": "Team"})
    assert [event.new for event in copy.read(tracker).events("custom.team")] == ["red"]


def test_a_custom_field_that_does_not_exist_is_a_trouble_that_says_so() -> None:
    copy = loaded(tracker_of(), fields={"team": "Teem"})
    [trouble] = copy.troubles
    assert "fields.team = 'Teem': Jira has no such field" in trouble.reason
    assert tickets(copy) == {"INFRA-1", "INFRA-2", "INFRA-3"}


# --- Eventual consistency, pages, tokens -------------------------------------------------------------


def test_trap_11_a_change_that_the_search_did_not_show_yet_is_found_by_the_next_run() -> None:
    tracker = tracker_of(lag=300)
    tracker.now += timedelta(hours=1)
    copy = loaded(tracker)
    tracker.comment(tracker.now, "ben", "INFRA-1", "late")
    tracker.now += timedelta(seconds=100)
    assert copy.read(tracker).events("comment") == []
    tracker.now += timedelta(seconds=250)
    assert [event.new for event in copy.read(tracker).events("comment")] == ["late"]


def test_trap_11_an_issue_behind_its_own_history_is_read_again_by_its_id() -> None:
    tracker = tracker_of(lag=300)
    tracker.rename(hours(10), "ben", "INFRA-1", "new name")
    ticket = next(record for record in loaded(tracker).of(Ticket) if record.key == "INFRA-1")
    assert ticket.title == "new name"


@pytest.mark.parametrize("tells_last", [True, False])
def test_trap_12_the_last_page_is_the_last_whether_or_not_it_says_so(tells_last: bool) -> None:
    tracker = small(tracker_of(tickets=5, tells_last=tells_last))
    assert len(tickets(loaded(tracker))) == 5


def test_trap_12_a_token_that_comes_again_is_an_error_and_not_a_circle() -> None:
    tracker = small(tracker_of(tickets=0))
    for _ in range(7):
        tracker.open(T0, "ana", "one instant", "", queue="INFRA")

    def circle(request: Request) -> Response | None:
        if not request.path.endswith("search/jql"):
            return None
        asked = {name: value for name, value in json.loads(request.body).items() if name != "nextPageToken"}
        told = json.loads(tracker.answer(replace(request, body=json.dumps(asked).encode())).body)
        return Response(200, json.dumps(told | {"nextPageToken": "again", "isLast": False}).encode())

    with pytest.raises(ClientError, match="the same next page again and again"):
        Copy(site()).read(Watched(tracker, circle))


def test_trap_12_tokens_are_never_kept_for_another_run() -> None:
    tracker = small(tracker_of(tickets=0))
    for _ in range(7):
        tracker.open(T0, "ana", "one instant", "", queue="INFRA")
    for step in steps(tracker, site()):
        assert not isinstance(step, Trouble) and "oken" not in json.dumps(step.since)


@pytest.mark.parametrize("edition", EDITIONS)
def test_more_issues_of_one_instant_than_a_page_holds_are_all_read(edition: Any) -> None:
    tracker = small(Jira(edition=edition, now=T0))
    for _ in range(9):
        tracker.open(T0, "ana", "one instant", "", queue="INFRA")
    copy = loaded(tracker)
    assert len(tickets(copy)) == 9 and len(copy.of(Census)[0].ids) == 9


@pytest.mark.parametrize("edition", EDITIONS)
def test_an_issue_that_leaves_a_crowded_instant_meanwhile_takes_no_other_with_it(edition: Any) -> None:
    tracker = small(Jira(edition=edition, now=T0))
    for _ in range(9):
        tracker.open(T0, "ana", "one instant", "", queue="INFRA")
    left = iter(range(1, 5))

    def leave(request: Request) -> None:
        if "search" in request.path and (number := next(left, None)):
            tracker.touch(tracker.now + timedelta(hours=1), f"INFRA-{number}")

    copy = Copy(site_of(tracker)).read(Watched(tracker, leave))
    assert len(tickets(copy)) == 9


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_run_that_ends_early_goes_on_from_its_last_page(edition: Any) -> None:
    tracker = small(tracker_of(edition, tickets=9))
    copy = Copy(site_of(tracker))
    for n, step in enumerate(steps(tracker, copy.site)):
        copy.take(step)
        if n == 3:
            break
    first = tickets(copy)
    rest = Copy(copy.site)
    rest.since = copy.since
    rest.read(tracker)
    assert 2 <= len(first) < 9 and len(tickets(rest)) < 9
    assert first | tickets(rest) == {f"INFRA-{n}" for n in range(1, 10)}


def test_a_run_that_ends_early_leaves_no_gap_where_the_search_was_behind_with_one_issue_only() -> None:
    tracker = tracker_of(tickets=2)
    tracker.comment(hours(5), "ben", "INFRA-1", "slow to be found")
    tracker.touch(hours(5) + timedelta(minutes=1), "INFRA-2")

    def without_the_first(request: Request) -> Response | None:
        if not request.path.endswith("search/jql"):
            return None
        told = json.loads(tracker.answer(request).body)
        told["issues"] = [issue for issue in told["issues"] if issue["id"] != "10001"]
        return Response(200, json.dumps(told | {"nextPageToken": "more", "isLast": False}).encode())

    copy = Copy(site())
    for step in steps(Watched(tracker, without_the_first), copy.site):
        copy.take(step)
        if tickets(copy):
            break
    assert tickets(copy) == {"INFRA-2"}
    assert tickets(copy.read(tracker)) == {"INFRA-1", "INFRA-2"}


# --- What vanished ----------------------------------------------------------------------------------


def census(copy: Copy) -> list[set[str]]:
    return [set(record.ids) for record in copy.of(Census)]


@pytest.mark.parametrize("edition", EDITIONS)
def test_trap_13_all_ids_are_counted_at_first_and_then_every_seven_days(edition: Any) -> None:
    tracker = small(tracker_of(edition, tickets=5))
    copy = loaded(tracker)
    assert census(copy) == [{f"jira/{10_000 + n}" for n in range(1, 6)}]
    tracker.hide(hours(30), "INFRA-2")
    assert len(census(copy.read(tracker))) == 1
    tracker.now += timedelta(days=7)
    assert census(copy.read(tracker))[1:] == [{f"jira/{10_000 + n}" for n in (1, 3, 4, 5)}]


def test_trap_13_a_census_on_cloud_asks_for_nothing_but_ids_in_pages_of_five_thousand() -> None:
    tracker = Watched(tracker_of())
    Copy(site()).read(tracker)
    last = tracker.bodies("search/jql")[-1]
    assert last["fields"] == ["id"] and last["maxResults"] == 5_000


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_deletion_in_the_middle_of_a_census_hides_nobody_else(edition: Any) -> None:
    tracker = small(tracker_of(edition, tickets=7))
    copy = loaded(tracker)
    tracker.now += timedelta(days=8)
    searches = iter(range(20))

    def delete(request: Request) -> None:
        if "BY created" in str(request.body + str(request.query).encode()) and next(searches) == 2:
            tracker.hide(tracker.now, "INFRA-1")

    copy.read(Watched(tracker, delete))
    assert census(copy)[-1] >= {f"jira/{10_000 + n}" for n in range(2, 8)}


@pytest.mark.parametrize("edition", EDITIONS)
def test_trap_13_a_project_that_cannot_be_seen_is_a_trouble_and_no_deletion(edition: Any) -> None:
    tracker = tracker_of(edition)
    with_tickets(tracker, 2, "WEB")
    copy = loaded(tracker, projects=("INFRA", "WEB"))
    tracker.lose_access("WEB")
    tracker.comment(hours(24 * 9), "ben", "INFRA-1", "still read")
    copy.read(tracker)
    assert [(trouble.place, "browse" in trouble.reason) for trouble in copy.troubles] == [("project WEB", True)]
    assert [event.new for event in copy.events("comment")] == ["still read"]
    assert len(census(copy)) == 1


def test_trap_13_a_project_that_is_listed_but_cannot_be_browsed_is_no_deletion_either() -> None:
    tracker = tracker_of()
    copy = loaded(tracker)
    tracker.lose_access("INFRA", is_listed=True)
    tracker.now += timedelta(days=9)
    [trouble] = copy.read(tracker).troubles
    assert trouble.place == "project INFRA" and "may it browse it?" in trouble.reason
    assert len(census(copy)) == 1


def test_trap_13_a_project_that_shows_none_of_its_issues_is_a_trouble_and_no_deletion() -> None:
    """An account may browse the project and still be shut out of every issue by a security level."""
    tracker = tracker_of()
    copy = loaded(tracker)
    for number in (1, 2, 3):
        tracker.hide(hours(24 * 9), f"INFRA-{number}")
    copy.read(tracker)
    assert "had 3 issues and shows none now" in copy.troubles[0].reason
    assert len(census(copy)) == 1


def test_what_happened_in_a_project_while_it_was_closed_is_read_when_it_opens_again() -> None:
    tracker = tracker_of()
    with_tickets(tracker, 2, "WEB")
    copy = loaded(tracker, projects=("INFRA", "WEB"))
    tracker.lose_access("WEB")
    tracker.comment(hours(50), "ben", "WEB-1", "unseen")
    tracker.now += timedelta(days=2)
    copy.read(tracker)
    tracker.regain_access("WEB")
    tracker.now += timedelta(days=2)
    assert [event.new for event in copy.read(tracker).events("comment")] == ["unseen"]


@pytest.mark.parametrize("edition", EDITIONS)
def test_trap_14_a_moved_issue_keeps_its_id_and_its_history(edition: Any) -> None:
    tracker = tracker_of(edition)
    tracker.project("WEB")
    copy = loaded(tracker, projects=("INFRA", "WEB"))
    tracker.requeue(hours(30), "ben", "INFRA-1", "WEB")
    copy.read(tracker)
    moved = [record for record in copy.of(Ticket) if record.ticket_id == "jira/10001"][-1]
    assert moved.key == "WEB-1"
    queues = [(event.old, event.new) for event in copy.events("queue") if event.ticket_id == "jira/10001"]
    assert queues == [(None, "INFRA"), ("INFRA", "WEB")]


@pytest.mark.parametrize("edition", EDITIONS)
def test_trap_14_a_removed_link_to_a_moved_issue_leads_to_the_same_ticket_as_when_it_was_made(edition: Any) -> None:
    tracker = tracker_of(edition)
    tracker.link(hours(4), "ben", "INFRA-1", "INFRA-2")
    tracker.requeue(hours(5), "ben", "INFRA-2", "WEB")
    tracker.link(hours(6), "ben", "INFRA-1", "WEB-1", is_on=False)
    found = [event for event in loaded(tracker).events("link") if event.ticket_id == "jira/10001"]
    assert [(event.old, event.new) for event in found] == [(None, "blocks jira/10002"), ("blocks jira/10002", None)]


# --- Comments and people ------------------------------------------------------------------------------


@pytest.mark.parametrize("edition", EDITIONS)
def test_trap_15_more_comments_than_a_search_tells_are_read_one_page_after_the_other(edition: Any) -> None:
    tracker = tracker_of(edition, tickets=1)
    tracker.limits.comments, tracker.limits.comment_rows = 2, 3
    for n in range(8):
        tracker.comment(hours(1 + n), "ben", "INFRA-1", f"comment {n}")
    assert [event.new for event in loaded(tracker).events("comment")] == [f"comment {n}" for n in range(8)]


def test_trap_15_a_comment_deleted_between_two_pages_of_comments_takes_no_other_with_it() -> None:
    tracker = tracker_of(tickets=1)
    tracker.limits.comments, tracker.limits.comment_rows = 1, 2
    for n in range(6):
        tracker.comment(hours(1 + n), "ben", "INFRA-1", f"comment {n}")
    pages = iter(range(20))

    def delete(request: Request) -> None:
        if request.path.endswith("/comment") and next(pages) == 1:
            tracker.delete_comment(tracker.now, "INFRA-1", tracker.issue("INFRA-1").comments[0].id)

    copy = Copy(site()).read(Watched(tracker, delete))
    assert {event.new for event in copy.events("comment")} == {f"comment {n}" for n in range(1, 6)}


def test_trap_15_a_comment_that_was_deleted_stays_as_it_was_read() -> None:
    tracker = tracker_of(tickets=1)
    tracker.comment(hours(1), "ben", "INFRA-1", "first answer")
    copy = loaded(tracker)
    tracker.delete_comment(hours(2), "INFRA-1", tracker.issue("INFRA-1").comments[0].id)
    assert [event.new for event in copy.read(tracker).events("comment")] == ["first answer"]


def test_trap_15_an_edited_comment_is_read_again() -> None:
    tracker = tracker_of(tickets=1)
    tracker.comment(hours(1), "ben", "INFRA-1", "frist")
    copy = loaded(tracker)
    tracker.edit_comment(hours(2), "ben", "INFRA-1", tracker.issue("INFRA-1").comments[0].id, "first")
    [comment] = copy.read(tracker).events("comment")
    assert comment.new == "first" and comment.occurred_at == hours(1)


def test_an_issue_that_vanishes_while_it_is_read_is_left_out() -> None:
    tracker = tracker_of(tickets=2)
    tracker.limits.comments = 0
    tracker.comment(hours(2), "ben", "INFRA-1", "x")

    def delete(request: Request) -> None:
        if request.path.endswith("/10001/comment"):
            tracker.hide(tracker.now, "INFRA-1")

    assert tickets(Copy(site()).read(Watched(tracker, delete))) == {"INFRA-2"}


@pytest.mark.parametrize("edition", EDITIONS)
def test_trap_16_somebody_who_was_only_ever_an_owner_is_looked_up_once(edition: Any) -> None:
    tracker = small(tracker_of(edition, tickets=4))
    tracker.enrol("silent", "Silent One", is_bot=True)
    for number in range(1, 5):
        tracker.assign(hours(5), "ana", f"INFRA-{number}", "silent")
        tracker.assign(hours(6), "ana", f"INFRA-{number}", None)
    watched = Watched(tracker)
    copy = Copy(site_of(tracker)).read(watched)
    assert len([request for request in watched.asked if "/user" in request.path]) == 1
    assert {record.name for record in copy.of(Account)} == {"ana", "Silent One"}


@pytest.mark.parametrize("edition", EDITIONS)
def test_trap_16_a_forgotten_owner_keeps_the_name_of_then(edition: Any) -> None:
    tracker = tracker_of(edition, tickets=1)
    tracker.enrol("cleo", "Cleo")
    tracker.assign(hours(5), "ana", "INFRA-1", "cleo")
    tracker.assign(hours(6), "ana", "INFRA-1", None)
    tracker.forget("cleo")
    assert {record.name for record in loaded(tracker).of(Account)} == {"ana", "Cleo"}


# --- Service Management --------------------------------------------------------------------------------


@pytest.mark.parametrize("edition", EDITIONS)
def test_promises_are_read_out_of_the_issue_and_no_question_is_asked_for_them(edition: Any) -> None:
    tracker = tracker_of(edition, tickets=1)
    tracker.promise(hours(9), "INFRA-1", "Time to resolution", [(T0, hours(4), hours(2)), (hours(3), hours(8), None)])
    tracker.set_field(hours(9), "ana", "INFRA-1", "Request Type", {"requestType": {"id": "12", "name": "Get help"}})
    watched = Watched(tracker)
    copy = Copy(site_of(tracker)).read(watched)
    found = [(event.new, event.occurred_at) for event in copy.events("custom.sla:Time to resolution")]
    assert found == [("running", T0), ("met", hours(2)), ("running", hours(3)), ("breached", hours(8))]
    assert [event.new for event in copy.events("custom.request_type")] == ["Get help"]
    assert not [request for request in watched.asked if "servicedesk" in request.path]


# --- Patience, refusals, cost --------------------------------------------------------------------------


def busy(*headers: dict[str, str]) -> Callable[[Request], Response | None]:
    left = iter(headers)

    def instead(request: Request) -> Response | None:
        said = next(left, None) if request.path.endswith("search/jql") else None
        status = int((said or {}).pop("status", "429"))
        return None if said is None else Response(status, b"{}", said)

    return instead


@pytest.mark.parametrize(
    ("headers", "waited"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "5", "RateLimit-Reason": "jira-burst-based"}, 5),
        ({"X-RateLimit-Reset": "2026-03-02T11:20:00Z", "RateLimit-Reason": "jira-quota-tenant-based"}, 1_200),
        ({"X-RateLimit-Reset": "2026-03-02T11:20:00.000Z", "Retry-After": "30"}, 1_200),
        ({}, 60),
        ({"Retry-After": "0", "X-RateLimit-Interval-Seconds": "1"}, 60),
        ({"status": "503", "Retry-After": "11"}, 11),
    ],
)
def test_jira_is_waited_for_as_long_as_it_asks(headers: dict[str, str], waited: float) -> None:
    tracker = tracker_of()
    waits: list[float] = []
    client = client_of(Watched(tracker, busy(headers)), site(), waits=waits)
    list(jira.fetch(client, site(), {}))
    assert waits == [waited] and client.waited_seconds == waited


def test_a_quota_that_is_used_up_for_hours_ends_the_run_with_a_sentence() -> None:
    tracker = tracker_of()
    watched = Watched(tracker, busy({"X-RateLimit-Reset": "2026-03-03T09:00:00Z"}))
    with pytest.raises(OutOfPatienceError, match="the next sync goes on from here"):
        Copy(site()).read(watched)


def test_no_token_is_an_error_that_names_the_variable() -> None:
    with pytest.raises(ClientError, match="WATCHBILL_JIRA_TOKEN"):
        jira.connect(site(), None)


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_wrong_token_is_an_error_that_does_not_tell_it(edition: Any) -> None:
    tracker = tracker_of(edition)
    client = client_of(tracker, site_of(tracker), token="wrong-secret")
    with pytest.raises(RefusedError, match="is the token right") as caught:
        list(jira.fetch(client, site_of(tracker), {}))
    assert "wrong-secret" not in str(caught.value)


@pytest.mark.parametrize("nonsense", [b"{}", b"[]", b"7", b'{"deploymentType": "Cloud"}'])
def test_an_address_that_is_no_jira_is_an_error_in_a_sentence(nonsense: bytes) -> None:
    watched = Watched(tracker_of(), lambda _: Response(200, nonsense))
    with pytest.raises(ClientError, match="is it the right address"):
        Copy(site()).read(watched)


def test_secrets_are_blanked_as_token_and_as_header() -> None:
    client = client_of(tracker_of(), site(), token="s3cret")
    header = str(client._session.headers["Authorization"])
    assert "s3cret" not in client.redact(f"s3cret {header}") and header.split()[1] not in client.redact(header)


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_run_with_nothing_new_asks_the_same_few_questions_however_many_tickets_there_are(edition: Any) -> None:
    costs = []
    for number in (2, 40):
        tracker = small(tracker_of(edition, tickets=number), rows=5)
        copy = loaded(tracker)
        tracker.now += timedelta(hours=1)
        copy.read(tracker)
        tracker.now += timedelta(hours=1)
        client = client_of(tracker, copy.site)
        list(jira.fetch(client, copy.site, copy.since))
        costs.append(client.requests)
    assert costs == [9, 9]


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_first_load_asks_a_fraction_of_a_question_per_ticket(edition: Any) -> None:
    tracker = tracker_of(edition, tickets=400)
    client = client_of(tracker, site_of(tracker))
    list(jira.fetch(client, site_of(tracker), {}))
    assert client.requests < 30


# --- The doctor --------------------------------------------------------------------------------------


def findings(tracker: Any, at: Any) -> list[tuple[bool, str]]:
    return list(jira.examine(client_of(tracker, at), at))


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_doctor_finds_everything_well(edition: Any) -> None:
    tracker = tracker_of(edition)
    told = findings(tracker, site_of(tracker))
    assert all(is_well for is_well, _ in told)
    assert "America/New_York" in told[-1][1] and "Reader" in told[1][1]


def test_the_doctor_names_what_is_wrong() -> None:
    tracker = tracker_of()
    told = findings(tracker, site(projects=("INFRA", "GONE"), fields={"team": "Teem"}))
    wrong = [sentence for is_well, sentence in told if not is_well]
    assert ["GONE" in wrong[0], "Teem" in wrong[1]] == [True, True] and len(wrong) == 2


def test_the_doctor_notices_a_clock_that_is_off() -> None:
    tracker = tracker_of()
    late = {"Date": "Mon, 02 Mar 2026 12:30:00 GMT"}
    watched = Watched(
        tracker, lambda asked: Response(200, tracker.answer(asked).body, late) if "Info" in asked.path else None
    )
    assert (False, "Jira's clock and that of what lies before it are 5400 s apart") in findings(watched, site())


def test_events_are_never_told_twice_in_one_reading() -> None:
    tracker = small(tracker_of(tickets=6))
    names = [(event.ticket_id, event.event_id) for event in loaded(tracker).of(Event)]
    assert len(names) == len(set(names))
