"""GitHub over the network: what is asked, what is made of the answers, and every trap that GitHub sets."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ingest import github
from ingest.client import ClientError, RefusedError
from ingest.demo.trackers.github import GitHub
from ingest.demo.trackers.github.limits import Style
from ingest.demo.trackers.wire import Request, Response
from ingest.records import Account, Census, Gone, Observed, Ticket
from tests.ingest.faulty import Killed
from tests.ingest.github_reading import ADDRESS, TOKEN, Reader, latest, passing, site

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
BOARD = ["acme/1"]


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def a_github(issues: int = 1, **more: Any) -> GitHub:
    """With a few open issues, one a minute."""
    made = GitHub(now=START, **more)
    made.enrol("ana", "Ana")
    for n in range(issues):
        made.open(at(n), "ana", f"Issue {n + 1}", "", queue="infra")
    return made


class Watched:
    """A tracker that remembers what it was asked."""

    def __init__(self, tracker: GitHub) -> None:
        self.tracker, self.asked = tracker, list[Request]()

    @property
    def now(self) -> datetime:
        return self.tracker.now

    def answer(self, request: Request) -> Response:
        self.asked.append(request)
        return self.tracker.answer(request)

    def queries(self, name: str) -> list[str]:
        return [request.body.decode() for request in self.asked if f"query {name}".encode() in request.body]


def observed(reader: Reader) -> dict[str, tuple[tuple[str, ...], datetime]]:
    found = [record for record in latest(reader.records).values() if isinstance(record, Observed)]
    return {record.ticket_id: (record.values, record.seen_at) for record in found}


# --- Asking -----------------------------------------------------------------------------------------


def test_without_a_token_nothing_is_asked() -> None:
    with pytest.raises(ClientError, match="github: no token; put one into the environment as WATCHBILL_GITHUB_TOKEN"):
        github.connect(site(), None)


def test_a_wrong_token_ends_the_run_at_once() -> None:
    with pytest.raises(RefusedError, match="401"):
        Reader(a_github(), site("acme/infra", "acme/other"), token="ghp_wrong").run()


@pytest.mark.parametrize("path", ["", "/", "/api", "/api/v3", "/api/graphql"])
def test_an_enterprise_server_has_its_api_below_api(path: str) -> None:
    watched = Watched(a_github(is_ghes=bool(path.strip("/"))))
    reader = Reader(watched, site(), TOKEN)
    reader.site = reader.site.model_copy(update={"url": ADDRESS + path})
    reader.run()
    reader.run()
    below = "/api" if path.strip("/") else ""
    assert {request.path for request in watched.asked} == {
        f"{below}/graphql",
        f"{below + '/v3' if below else ''}/repos/acme/infra/issues/comments",
    }


def test_the_token_is_in_no_page_and_no_place() -> None:
    reader = Reader(a_github(3)).run()
    assert TOKEN not in str(reader.pages) + str(reader.since)


def test_a_run_in_which_nothing_changed_asks_little_however_much_there_is() -> None:
    made = a_github(120, boards=("infra",))
    made.now += timedelta(days=30)
    reader = Reader(made, site(boards=BOARD)).run()
    first = reader.requests
    made.now += timedelta(days=1)
    reader.run()
    assert (first, reader.requests) == (14, 6)  # probe, board; facts, issues, comments; board's items
    assert reader.fetched[-1].until == made.now


def test_history_is_complete_until_the_run_began_unless_something_could_not_be_read() -> None:
    made = a_github()
    assert Reader(made).run().fetched[-1].until == made.now
    assert Reader(made, site("acme/infra", "acme/nowhere")).run().fetched[-1].until is None


def test_a_long_timeline_is_read_to_its_end() -> None:
    made = a_github()
    for n in range(250):
        made.comment(at(n), "ana", "infra#1", f"{n}")
    reader = Reader(made).run()
    assert [event.new for event in reader.events("comment")] == [f"{n}" for n in range(250)]


def test_an_issue_that_changes_while_its_timeline_is_read_is_left_for_the_next_time() -> None:
    """Otherwise its timeline would go further than the issue, and that would look like a change nobody recorded."""
    made = a_github(page_size=2)
    for n in range(4):
        made.comment(at(n), "ana", "infra#1", f"{n}")

    class Moving(Watched):
        def answer(self, request: Request) -> Response:
            if b"query Timeline" in request.body and not self.queries("Timeline"):
                self.tracker.close(at(10), "ana", "infra#1")
            return super().answer(request)

    reader = Reader(Moving(made)).run().run()
    assert [(event.new, event.origin) for event in reader.events("status")] == [
        ("open", "recorded"),
        ("completed", "recorded"),
    ]


def test_a_cursor_that_is_too_old_leads_back_to_the_watermark() -> None:
    reader = Reader(a_github(3)).run()
    reader.since["repositories"]["acme/infra"]["after"] = "bm8gY3Vyc29y"
    assert reader.run().troubles == []


# --- Several repositories ---------------------------------------------------------------------------


def test_one_repository_that_cannot_be_read_leaves_the_others_alone() -> None:
    made = a_github()
    made.open(at(1), "ana", "Elsewhere", "", queue="access")
    reader = Reader(made, site("acme/nowhere", "acme/infra", "acme/access")).run()
    [trouble] = reader.troubles
    assert trouble.place == "acme/nowhere" and "Could not resolve to a Repository" in trouble.reason
    assert {r.ticket_id for r in reader.records if isinstance(r, Ticket)} == {
        "github/acme/infra#1",
        "github/acme/access#1",
    }


def test_ids_begin_with_the_sources_own_name() -> None:
    reader = Reader(a_github(), site(name="work")).run()
    assert {r.ticket_id for r in reader.records if isinstance(r, Ticket)} == {"work/acme/infra#1"}
    assert {r.account_id for r in reader.records if isinstance(r, Account)} == {"work/ana"}


def test_a_repository_that_is_renamed_keeps_the_name_its_tickets_have() -> None:
    made = a_github()
    reader = Reader(made).run()
    made.rename_repository(at(5), "infra", "platform")
    made.comment(at(6), "ana", "infra#1", "Still here.")
    reader.run()
    assert {r.ticket_id for r in reader.records if isinstance(r, Ticket)} == {"github/acme/infra#1"}
    assert [event.new for event in reader.events("comment")] == ["Still here."]


# --- Limits (traps 5, 6, 7) -------------------------------------------------------------------------


@pytest.mark.parametrize(("api", "hourly"), [("graphql", 4), ("rest", 7)])
def test_trap_5_a_used_up_limit_comes_as_a_good_answer_and_is_waited_for(api: str, hourly: int) -> None:
    made = a_github(8)
    made.limits.hourly = hourly
    reader = Reader(made, site(api=api), passes_time=passing(made)).run()
    assert len([r for r in reader.records if isinstance(r, Ticket)]) == 8
    assert reader.waits and all(3_000 < seconds <= 3_602 for seconds in reader.waits)


@pytest.mark.parametrize(
    ("style", "seconds"), [("403 with a time", 30.0), ("403 without", 60.0), ("429", 60.0), ("200", 60.0)]
)
def test_trap_5_who_asks_too_fast_is_told_in_four_ways(style: Style, seconds: float) -> None:
    made = a_github()
    made.limits.impatience = [style, style]
    reader = Reader(made).run()
    assert reader.waits == ([seconds, seconds] if style == "403 with a time" else [seconds, 2 * seconds])
    assert reader.troubles == []


def test_an_issue_that_speaks_of_rate_limits_is_no_reason_to_wait() -> None:
    made = a_github(2)
    made.comment(at(3), "ana", "infra#1", "You have exceeded a secondary rate limit, says the robot.")
    made.forbidden = {"issueFieldValues"}
    assert Reader(made).run().waits == []


def test_the_last_point_of_an_hour_still_buys_an_answer() -> None:
    made = a_github()
    made.limits.hourly = 5
    assert Reader(made).run().waits == []


@pytest.mark.parametrize("knob", ["heavy", "cut"])
def test_traps_6_and_7_what_is_too_heavy_is_asked_for_in_smaller_pages_and_the_size_is_kept(knob: str) -> None:
    made = a_github(30, **{knob: 7})
    watched = Watched(made)
    reader = Reader(watched).run()
    assert len([r for r in latest(reader.records).values() if isinstance(r, Ticket)]) == 30
    assert reader.since["repositories"]["acme/infra"]["size"] == 6
    assert len(watched.queries("Issues")) == 3 + 5  # 50, 25, 12, and then by six
    made.comment(at(50), "ana", "infra#3", "News.")
    before = len(watched.queries("Issues"))
    reader.run()
    assert '"first": 6' in watched.queries("Issues")[before]


def test_a_size_that_was_good_for_long_is_doubled() -> None:
    made = a_github(40, heavy=1)
    reader = Reader(made).run()
    made.heavy = None
    made.now += timedelta(days=1)
    for _ in range(60):
        reader.run()
    assert reader.since["repositories"]["acme/infra"]["size"] > 8


def test_an_issue_that_graphql_cannot_tell_in_time_comes_through_rest() -> None:
    made = a_github(5)
    made.unbearable = {"infra#3"}
    made.comment(at(9), "ana", "infra#3", "A very long story.")
    reader = Reader(made).run()
    assert reader.troubles == []
    assert len([r for r in latest(reader.records).values() if isinstance(r, Ticket)]) == 5
    assert [event.new for event in reader.events("comment")] == ["A very long story."]


# --- What the server offers (traps 8, 9) ------------------------------------------------------------


def test_trap_8_the_timelines_own_members_decide_what_is_asked_for() -> None:
    """The list of item types names events that the timeline of this server cannot hold."""
    hidden = ("IssueFieldAddedEvent", "IssueFieldChangedEvent", "IssueFieldRemovedEvent")
    watched = Watched(a_github(is_ghes=True, hide_types=hidden))
    watched.tracker.label(at(1), "ana", "infra#1", "lamp")
    reader = Reader(watched).run()
    assert "ISSUE_FIELD_ADDED_EVENT" not in watched.queries("Issues")[0]
    assert [event.new for event in reader.events("label")] == ["lamp"]


def test_an_older_server_lacks_types_fields_and_boards() -> None:
    hidden = (
        *("ProjectV2", "ProjectV2Owner", "ProjectV2Item", "ProjectV2ItemConnection", "ProjectV2ItemFieldValue"),
        *("AddedToProjectV2Event", "RemovedFromProjectV2Event", "ProjectV2ItemStatusChangedEvent"),
        *("ConvertedFromDraftEvent", "ProjectV2ItemFieldSingleSelectValue", "AssigneeConnection"),
        *("IssueType", "IssueTypeAddedEvent", "IssueTypeChangedEvent", "IssueTypeRemovedEvent"),
        "IssueFieldValueConnection",
    )
    made = a_github(is_ghes=True, hide_types=hidden)
    made.assign(at(1), "ana", "infra#1", "ana")
    reader = Reader(made, site(boards=BOARD)).run()
    assert [trouble.reason for trouble in reader.troubles] == ["this server has no boards (Projects v2)"]
    assert [(event.new, event.origin) for event in reader.events("owner")] == [("github/ana", "recorded")]


def test_trap_9_what_nobody_knows_yet_is_kept_by_its_name() -> None:
    reader = Reader(a_github()).run()
    node = reader.pages[0]["issues"][0]
    node["timelineItems"]["nodes"] = [
        {"__typename": "LighthouseLitEvent", "id": "LLE_x", "createdAt": "2026-03-02T10:00:00Z", "actor": None},
        {"__typename": "LampSeenEvent", "id": "LSE_x"},
    ]
    node["issueFieldValues"]["nodes"] = [{"__typename": "IssueFieldMultiSelectValue"}]
    assert reader.changes() == [("other", None, "lighthouse_lit")]
    assert not github.is_known("lighthouse_lit")


def test_a_page_of_issues_is_read_though_one_of_them_cannot_be() -> None:
    reader = Reader(a_github(3)).run()
    del reader.pages[0]["issues"][1]["title"]
    records = list(github.parse(reader.pages[0], reader.site))
    assert [r.ticket_id for r in records if isinstance(r, Ticket)] == ["github/acme/infra#1", "github/acme/infra#3"]
    [rejected] = [record for record in records if type(record).__name__ == "Rejected"]
    assert "acme/infra#2" in str(rejected)


# --- What events mean -------------------------------------------------------------------------------


def test_types_fields_and_ties_between_issues() -> None:
    made = a_github(2)
    made.set_type(at(2), "ana", "infra#1", "Bug")
    made.set_type(at(3), "ana", "infra#1", "Task")
    made.set_type(at(4), "ana", "infra#1", None)
    made.set_field(at(5), "ana", "infra#1", "Priority", "High")
    made.set_field(at(6), "ana", "infra#1", "Effort", "M")
    made.add_sub_issue(at(7), "ana", "infra#2", "infra#1")
    made.add_sub_issue(at(8), "ana", "infra#2", "infra#1", is_on=False)
    made.block(at(9), "ana", "infra#1", by="infra#2")
    made.mark_duplicate(at(10), "ana", "infra#1", of="infra#2")
    made.set_milestone(at(11), "ana", "infra#1", "Winter")
    made.lock(at(12), "ana", "infra#1", "off-topic")
    made.refer(at(13), "ana", "infra#1", "infra#2")
    reader = Reader(made).run()
    told = [change for change in reader.changes() if "github/acme/infra#1" not in str(change)]
    assert told == [
        ("type", None, "Bug"),
        ("type", "Bug", "Task"),
        ("type", "Task", None),
        ("priority", None, "High"),
        ("custom.Effort", None, "M"),
        ("link", None, "child_of github/acme/infra#2"),
        ("link", "child_of github/acme/infra#2", None),
        ("link", None, "blocked_by github/acme/infra#2"),
        ("duplicate", None, "https://github.com/acme/infra/issues/2"),
        ("milestone", None, "Winter"),
        ("lock", None, "off-topic"),
        ("link", None, "mentioned_by github/acme/infra#2"),
    ]
    assert ("link", None, "blocks github/acme/infra#1") in reader.changes()


def test_trap_10_a_field_that_is_removed_does_not_say_what_it_held() -> None:
    made = a_github()
    made.set_field(at(1), "ana", "infra#1", "Priority", "High")
    made.set_field(at(2), "ana", "infra#1", "Priority", "Low")
    made.set_field(at(3), "ana", "infra#1", "Priority", None)
    assert Reader(made).run().changes() == [
        ("priority", None, "High"),
        ("priority", "High", "Low"),
        ("priority", None, None),
    ]


@pytest.mark.parametrize("api", ["graphql", "rest"])
def test_trap_11_deleted_accounts_are_the_ghost_and_bots_keep_their_name(api: str) -> None:
    made = a_github()
    made.enrol("tidy", "Tidy", is_bot=True)
    made.comment(at(1), "tidy", "infra#1", "Beep.")
    made.comment(at(2), "ben", "infra#1", "Mine.")
    made.assign(at(3), "ben", "infra#1", "ben")
    made.delete_account(at(4), "ben")
    made.comment(at(5), "ana", "infra#1", "Where is Ben?")
    reader = Reader(made, site(api=api)).run()
    assert [event.actor_id for event in reader.events("comment")] == ["github/tidy[bot]", "github/ghost", "github/ana"]
    assert [(e.actor_id, e.new) for e in reader.events("owner") if e.new] == [("github/ghost", "github/ghost")]
    bots = {record.login for record in reader.records if isinstance(record, Account) and record.is_bot}
    assert bots == {"tidy[bot]"}


def test_trap_12_a_renamed_label_is_renamed_in_all_that_was_read_before() -> None:
    """No issue changes for it, so all are read again."""
    made = a_github(3)
    for ticket in ("infra#1", "infra#2"):
        made.label(at(5), "ana", ticket, "db")
    made.label(at(6), "ana", "infra#2", "db", is_on=False)
    reader = Reader(made).run()
    made.rename_label(at(600), "infra", "db", "area/database")
    reader.run()
    gained, lost = ("label", None, "area/database"), ("label", "area/database", None)
    assert reader.changes("label") == [gained, gained, lost]


def test_trap_12_rest_tells_the_name_of_the_day_and_both_readings_agree() -> None:
    made = a_github()
    made.label(at(5), "ana", "infra#1", "db")
    made.rename_label(at(6), "infra", "db", "area/database")
    by_graphql, by_rest = (Reader(made, site(api=api)).run().events("label") for api in ("graphql", "rest"))
    assert [(e.event_id, e.occurred_at, e.new) for e in by_graphql] == [
        (e.event_id, e.occurred_at, e.new) for e in by_rest
    ]
    assert by_graphql[0].new == "area/database"


def test_closing_as_a_duplicate_is_told_as_such() -> None:
    made = a_github()
    made.close(at(1), "ana", "infra#1", "duplicate")
    reader = Reader(made).run()
    assert reader.changes("status") == [("status", None, "duplicate")]
    assert reader.pages[0]["issues"][0]["stateReason"] == "DUPLICATE"  # without being asked to, it says NOT_PLANNED


def test_trap_18_events_of_one_second_keep_the_order_of_the_timeline() -> None:
    made = a_github()
    for name in ("b", "a", "c"):
        made.label(at(1), "ana", "infra#1", name)
    events = sorted(Reader(made).run().events("label"), key=lambda event: event.seq)
    assert [event.new for event in events] == ["b", "a", "c"]
    assert len({event.event_id for event in events}) == 3


def test_an_archive_and_a_sync_tell_the_same_events_under_the_same_names() -> None:
    made = a_github(2)
    made.label(at(1), "ana", "infra#1", "lamp")
    made.comment(at(2), "ana", "infra#1", "Hm.")
    made.refer(at(3), "ana", "infra#1", "infra#2")
    made.assign(at(4), "ana", "infra#1", "ana")
    made.close(at(5), "ana", "infra#1")
    by_api = {
        api: {(e.ticket_id, e.event_id): (e.occurred_at, e.actor_id, e.field, e.old, e.new) for e in reader.events()}
        for api in ("graphql", "rest")
        for reader in [Reader(made, site(api=api)).run()]
    }
    assert by_api["graphql"] == by_api["rest"]


# --- Comments that change (trap 19) -----------------------------------------------------------------


@pytest.mark.parametrize("api", ["graphql", "rest"])
@pytest.mark.parametrize("shows_on_issue", [True, False])
def test_trap_19_an_edited_comment_is_found_even_if_its_issue_does_not_count_as_updated(
    api: str, shows_on_issue: bool
) -> None:
    made = a_github()
    made.comment(at(1), "ana", "infra#1", "Frist.")
    reader = Reader(made, site(api=api)).run()
    made.now += timedelta(days=1)
    reader.run()
    made.edit_comment(made.now + timedelta(hours=1), "infra#1", 0, "First.", shows_on_issue=shows_on_issue)
    reader.run()
    [comment] = reader.events("comment")
    assert (comment.new, comment.occurred_at) == ("First.", at(1))


def test_an_edit_is_found_again_if_the_run_that_found_it_was_killed() -> None:
    made = a_github()
    made.comment(at(1), "ana", "infra#1", "Frist.")
    made.now += timedelta(days=1)
    reader = Reader(made).run()
    made.now += timedelta(days=1)
    made.edit_comment(made.now, "infra#1", 0, "First.")

    class Deadly(Watched):
        def answer(self, request: Request) -> Response:
            if b"query Numbered" in request.body:
                raise Killed
            return super().answer(request)

    reader.tracker = Deadly(made)
    with pytest.raises(Killed):
        reader.run()
    made.now += timedelta(days=1)
    reader.tracker = made
    assert [event.new for event in reader.run().events("comment")] == ["First."]


def test_a_deleted_comment_leaves_a_trace() -> None:
    made = a_github()
    made.comment(at(1), "ana", "infra#1", "Oops.")
    made.delete_comment(at(2), "ana", "infra#1", 0)
    assert Reader(made).run().changes() == [("comment_deleted", None, None)]


# --- Boards (traps 2, 3, 4) -------------------------------------------------------------------------


def test_trap_4_a_move_that_does_not_touch_the_issue_is_found() -> None:
    made = a_github(boards=("infra",))
    reader = Reader(made, site(boards=BOARD)).run()
    made.now += timedelta(days=3)
    reader.run()
    moved_at = made.now + timedelta(hours=1)
    made.move(moved_at, "ana", "infra#1", "active")
    reader.run()
    assert [(e.old, e.new) for e in reader.events("column")] == [(None, "New"), ("New", "In progress")]
    assert observed(reader) == {"github/acme/infra#1": (("In progress",), moved_at)}


def test_trap_3_a_move_without_an_event_shows_in_the_value_of_the_board_at_the_instant_it_was_set() -> None:
    made = a_github(boards=("infra",), board_events=False)
    reader = Reader(made, site(boards=BOARD)).run()
    made.move(at(60), "ana", "infra#1", "waiting")
    reader.run()
    assert reader.events("column") == []
    assert observed(reader) == {"github/acme/infra#1": (("Waiting",), at(60))}


def test_trap_2_of_the_time_before_moves_were_recorded_only_the_last_is_known() -> None:
    made = a_github(boards=("infra",), board_events=False)
    made.move(at(10), "ana", "infra#1", "active")
    made.board_events = True
    made.move(at(20), "ana", "infra#1", "waiting")
    reader = Reader(made, site(boards=BOARD)).run()
    assert [(e.old, e.new) for e in reader.events("column")] == [("In progress", "Waiting")]


def test_an_issue_taken_out_of_all_columns_is_in_none() -> None:
    made = a_github(boards=("infra",), board_events=False)
    made.move_on_board(at(5), "ana", "infra#1", "")
    assert observed(Reader(made, site(boards=BOARD)).run())["github/acme/infra#1"] == ((), at(5))


def test_leaving_the_board_is_leaving_its_column() -> None:
    made = a_github(boards=("infra",))
    made.take_off_board(at(5), "ana", "infra#1")
    reader = Reader(made, site(boards=BOARD)).run()
    assert reader.changes("project", "column") == [
        ("project", None, "Infra board"),
        ("column", None, "New"),
        ("project", "Infra board", None),
        ("column", None, None),
    ]
    assert observed(reader) == {}


def test_where_the_boards_filter_shows_nothing_though_the_board_changed_all_of_it_is_looked_at() -> None:
    """Its language is documented for people, not for programs."""
    made = a_github(boards=("infra",), board_events=False)

    class Deaf(Watched):
        def answer(self, request: Request) -> Response:
            text = request.body.replace(b"-last-updated", b"-last-changed")
            return super().answer(Request(request.method, request.path, request.query, request.headers, text))

    watched = Deaf(made)
    reader = Reader(watched, site(boards=BOARD)).run()
    made.move(at(600), "ana", "infra#1", "waiting")
    reader.run()
    assert observed(reader) == {"github/acme/infra#1": (("Waiting",), at(600))}


def test_moves_on_a_board_that_the_settings_do_not_name_are_no_columns() -> None:
    made = a_github(boards=("infra", "access"))
    made.put_on_board(at(5), "ana", "infra#1", made.boards[1], "Somewhere else")
    reader = Reader(made, site(boards=BOARD)).run()
    assert [e.new for e in reader.events("column")] == ["New"]
    assert observed(reader)["github/acme/infra#1"] == (("New",), at(0))


@pytest.mark.parametrize(
    ("rights", "words"),
    [
        ({"scopes": ("repo",)}, "has not been granted the required scopes"),
        ({"scopes": None, "may_read_boards": False}, "Resource not accessible by personal access token"),
    ],
)
def test_a_token_that_may_not_read_boards_does_not_spoil_the_issues(rights: dict[str, Any], words: str) -> None:
    made = a_github(2, boards=("infra",), **rights)
    reader = Reader(made, site(boards=BOARD)).run()
    [trouble] = reader.troubles
    assert trouble.place == "board acme/1" and words in trouble.reason and "read:project" in trouble.reason
    assert len([r for r in reader.records if isinstance(r, Ticket)]) == 2


def test_a_board_that_becomes_readable_is_read_whole() -> None:
    made = a_github(2, boards=("infra",), scopes=("repo",))
    reader = Reader(made, site(boards=BOARD)).run()
    made.now += timedelta(days=2)
    reader.run()
    made.scopes, made.may_read_boards = ("repo", "read:project"), True
    assert reader.run().troubles == []
    assert {ticket: values for ticket, (values, _) in observed(reader).items()} == {
        "github/acme/infra#1": ("New",),
        "github/acme/infra#2": ("New",),
    }


def test_a_field_that_the_token_may_not_read_is_left_out_and_said() -> None:
    made = a_github(3)
    made.set_field(at(5), "ana", "infra#1", "Effort", "M")
    made.forbidden = {"issueFieldValues"}
    reader = Reader(made).run()
    [trouble] = reader.troubles
    assert trouble.reason == "the token may not read issueFieldValues; they are left out"
    assert reader.changes() == [("custom.Effort", None, "M")]


def test_boards_that_the_settings_do_not_name_are_not_asked_about() -> None:
    watched = Watched(a_github(boards=("infra",), scopes=("repo",)))
    assert Reader(watched).run().troubles == []
    assert watched.queries("Board") == []


# --- REST (traps 13 to 16) --------------------------------------------------------------------------


def test_traps_13_and_14_rest_lists_pull_requests_and_by_itself_only_what_is_open() -> None:
    made = a_github(2)
    made.open_pull_request(at(3), "ana", "A change", queue="infra")
    made.close(at(4), "ana", "infra#1")
    reader = Reader(made, site(api="rest")).run()
    assert {r.ticket_id for r in reader.records if isinstance(r, Ticket)} == {
        "github/acme/infra#1",
        "github/acme/infra#2",
    }
    assert unpacked_numbers(reader) == ("github/acme/infra#1", "github/acme/infra#2")


def unpacked_numbers(reader: Reader) -> tuple[str, ...]:
    [census] = [record for record in reader.records if isinstance(record, Census)]
    return census.ids


def test_by_page_numbers_each_page_is_asked_for_from_the_last_instant_on() -> None:
    """An issue that changes while the list is read leaves its page, and moves all others up."""
    made = a_github(5, is_ghes=True, page_size=2)
    watched = Watched(made)
    reader = Reader(watched, site(api="rest"))
    reader.site = reader.site.model_copy(update={"url": f"{ADDRESS}/api/v3"})
    assert len({r.ticket_id for r in reader.run().records if isinstance(r, Ticket)}) == 5
    asked = [dict(request.query) for request in watched.asked if request.path.endswith("/issues")]
    assert {query.get("page", "1") for query in asked if query["sort"] == "updated"} == {"1"}


def test_trap_15_page_numbers_go_only_so_deep() -> None:
    """As many issues of one second can only be listed by page numbers where there is nothing but page numbers."""
    made = GitHub(now=START, is_ghes=True, page_size=1)
    for n in range(102):
        made.open(at(0), "ana", f"Issue {n}", "", queue="infra")
    reader = Reader(made, site(api="rest"))
    reader.site = reader.site.model_copy(update={"url": f"{ADDRESS}/api/v3"})
    [trouble] = reader.run().troubles
    assert "Pagination with the page parameter is not supported" in trouble.reason
    assert len({r.ticket_id for r in reader.records if isinstance(r, Ticket)}) == 100


def test_trap_16_links_lead_to_addresses_that_look_different() -> None:
    watched = Watched(a_github(5, page_size=2))
    reader = Reader(watched, site(api="rest")).run()
    assert len({r.ticket_id for r in reader.records if isinstance(r, Ticket)}) == 5
    assert any("/repositories/" in request.path for request in watched.asked)


def test_boards_need_graphql() -> None:
    [trouble] = Reader(a_github(boards=("infra",)), site(api="rest", boards=BOARD)).run().troubles
    assert trouble.reason == 'boards are read with api = "graphql" only'


# --- What is gone (trap 17) -------------------------------------------------------------------------


@pytest.mark.parametrize("api", ["graphql", "rest"])
def test_trap_17_deleted_and_transferred_issues_are_told_apart_once_a_week(api: str) -> None:
    made = a_github(4)
    made.open_pull_request(at(5), "ana", "A change", queue="infra")
    made.open(at(5), "ana", "Elsewhere", "", queue="access")
    here = site("acme/infra", "acme/access", api=api)
    reader = Reader(made, here).run()
    made.delete(at(10), "infra#2")
    new_key = made.transfer(at(11), "ana", "infra#3", "access")
    made.now += timedelta(days=6)
    reader.run()
    assert not [record for record in reader.records if isinstance(record, Gone)]
    made.now += timedelta(days=1)
    reader.run()
    gone = {r.ticket_id: (r.reason, r.gone_at) for r in reader.records if isinstance(r, Gone)}
    assert gone == {
        "github/acme/infra#2": ("deleted", made.now),
        "github/acme/infra#3": ("moved", made.now),
    }
    census = latest(reader.records)["census", "github/acme/infra#"]
    assert isinstance(census, Census) and census.ids == ("github/acme/infra#1", "github/acme/infra#4")
    arrived = [e for e in reader.events("queue") if e.ticket_id == f"github/acme/{new_key}"]
    assert [(e.new, e.occurred_at) for e in arrived] == [("access", at(11))]


def test_a_count_that_fails_invents_no_deletion() -> None:
    made = a_github(3)

    class Closed(Watched):
        is_shut = False

        def answer(self, request: Request) -> Response:
            if self.is_shut and b"query Numbers" in request.body:
                return Response(200, b'{"data": {"repository": null}, "errors": [{"message": "no"}]}')
            return super().answer(request)

    watched = Closed(made)
    reader = Reader(watched).run()
    made.now += timedelta(days=8)
    watched.is_shut = True
    assert [trouble.reason for trouble in reader.run().troubles] == ["no"]
    assert len([record for record in reader.records if isinstance(record, Census)]) == 1


def test_a_repository_that_suddenly_shows_no_issues_has_not_lost_them_all() -> None:
    made = a_github(3)
    reader = Reader(made).run()
    kept, made.repository("infra").issues = made.repository("infra").issues, {}
    made.now += timedelta(days=8)
    [trouble] = reader.run().troubles
    assert "shows no issues any more" in trouble.reason
    made.repository("infra").issues = kept
    assert reader.run().troubles == []


def test_an_issue_that_comes_back_is_counted_again() -> None:
    made = a_github(2)
    reader = Reader(made).run()
    issue = made.issue("infra#2")
    made.delete(at(5), "infra#2")
    made.now += timedelta(days=8)
    reader.run()
    made.repository("infra").issues[2] = issue
    made.comment(made.now, "ana", "infra#2", "Back.")
    reader.run()
    assert [type(r) for r in reader.records if isinstance(r, Gone | Ticket) and r.ticket_id.endswith("#2")][
        -1
    ] is Ticket


# --- In the store -----------------------------------------------------------------------------------


def test_moves_nobody_recorded_and_what_became_of_an_issue_arrive_in_the_store(open_store_of: Any) -> None:
    made = a_github(3, boards=("infra",), board_events=False)
    reader = Reader(made, site("acme/infra", boards=BOARD)).run()
    made.move(at(60), "ana", "infra#1", "active")
    reader.run()
    made.move(at(90), "ana", "infra#1", "waiting")
    made.delete(at(91), "infra#2")
    made.open(at(92), "ana", "Elsewhere", "", queue="access")
    made.transfer(at(93), "ana", "infra#3", "access")
    made.now += timedelta(days=8)
    reader.run()
    con = open_store_of(reader.records)
    moves = con.execute(
        "SELECT new, origin, epoch(occurred_at) FROM store.event WHERE field = 'column' ORDER BY 3"
    ).fetchall()
    assert [(new, origin) for new, origin, _ in moves if new != "New"] == [
        ("In progress", "inferred"),
        ("Waiting", "inferred"),
    ]
    assert [epoch for new, _, epoch in moves if new != "New"] == [at(60).timestamp(), at(90).timestamp()]
    assert con.execute("SELECT ticket_id, reason FROM store.gone ORDER BY 1").fetchall() == [
        ("github/acme/infra#2", "deleted"),
        ("github/acme/infra#3", "moved"),
    ]


# --- The doctor -------------------------------------------------------------------------------------


def findings(made: GitHub, here: Any) -> list[tuple[bool, str]]:
    return list(github.examine(Reader(made, here).connect(), here))


def test_the_doctor_says_what_the_token_may_do_and_what_can_be_seen() -> None:
    made = a_github(boards=("infra",))
    made.now = datetime.now(UTC)
    told = findings(made, site("acme/infra", "acme/nowhere", boards=["acme/1", "acme/9"]))
    assert [words for is_well, words in told if not is_well] == [
        "acme/nowhere cannot be read: Could not resolve to a Repository with the name 'acme/nowhere'.",
        "board acme/9 cannot be read: Could not resolve to a ProjectV2 with the number 9.; give the token read:project "
        "(classic), or read access to the organization's Projects (fine-grained)",
    ]
    assert [words for is_well, words in told if is_well][:3] == [
        "the token is reader's",
        "the clocks agree; GitHub tells all instants in UTC",
        "a classic token with the scopes read:org, read:project, repo",
    ]


def test_the_doctor_misses_the_scope_for_boards_and_sees_a_clock_that_is_off() -> None:
    told = findings(a_github(boards=("infra",), scopes=("repo",)), site(boards=BOARD))
    wrong = " ".join(words for is_well, words in told if not is_well)
    assert "boards need the scope read:project" in wrong and "off GitHub's" in wrong


def test_the_doctor_knows_servers_without_limits_and_tokens_without_scopes() -> None:
    told = [words for _, words in findings(a_github(is_ghes=True, scopes=None), site())]
    assert "this server has no rate limit" in told
    assert any("fine-grained" in words for words in told)
