"""GitHub's issues and timelines into records: what each event means, and what is made of what GitHub does not tell."""

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import github
from ingest.label_names import held
from ingest.records import Account, Event, Record, Ticket, UnreadableError
from settings.sources import GitHub

DATA = Path(__file__).parents[1] / "data" / "github"
SITE = GitHub.model_construct(name="github", url="https://api.github.com", repositories=[], boards=[], api="graphql")
Page = dict[str, Any]
Change = tuple[str, str | None, str | None]


def page(name: str) -> Page:
    found: Page = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    return found


def with_events(*events: Page, **facts: Any) -> Page:
    """A quiet open issue, with these events and these facts instead of its own."""
    quiet = page("unknown_kinds")
    head = {"actor": quiet["issue"]["user"], "created_at": "2026-03-03T10:00:00Z"}
    told = [{"id": n, **head, **event} for n, event in enumerate(events, start=1)]
    return {"type": "issue", "issue": quiet["issue"] | facts, "events": told}


def label(kind: str, name: str, **more: Any) -> Page:
    return {"event": kind, "label": {"name": name, "color": "c5def5"}, **more}


def named(*names: str) -> list[Page]:
    return [{"id": n, "name": name} for n, name in enumerate(names)]


def events(records: list[Record], *fields: str) -> list[Event]:
    found = [record for record in records if isinstance(record, Event)]
    return [event for event in found if not fields or event.field in fields]


def changes(told: Page, *fields: str) -> list[Change]:
    """What the timeline says, without the opening."""
    found = events(list(github.parse(told, SITE)), *fields)
    return [(event.field, event.old, event.new) for event in found if not event.event_id.startswith("opened/")]


def inferred(told: Page) -> list[tuple[str, str | None, str | None, str]]:
    found = [event for event in events(list(github.parse(told, SITE))) if event.origin == "inferred"]
    return [(event.field, event.old, event.new, f"{event.occurred_at:%d %H:%M}") for event in found]


def account(told: Page, login: str) -> Account:
    [found] = [record for record in github.parse(told, SITE) if isinstance(record, Account) and record.login == login]
    return found


# --- The ticket and its opening ---------------------------------------------------------------------


def test_a_ticket_is_named_by_repository_and_number() -> None:
    ticket = next(github.parse(page("triaged_and_closed"), SITE))
    assert ticket == Ticket(
        ticket_id="github/lantern-works/beacon#12",
        source="github",
        key="beacon#12",
        url="https://github.com/lantern-works/beacon/issues/12",
        title="The lamp on the north pier is dim",
        opened_at=datetime(2026, 3, 2, 9, tzinfo=UTC),
        author_id="github/maren",
        type=None,
        description="It should be brighter.",
    )


def test_a_ticket_opens_as_open_under_its_first_title_and_in_the_repositorys_queue() -> None:
    opening = events(list(github.parse(page("triaged_and_closed"), SITE)))[:4]
    assert [(event.field, event.new, event.actor_id) for event in opening] == [
        ("created", None, "github/maren"),
        ("status", "open", "github/maren"),
        ("title", "The lamp is dim", "github/maren"),
        ("queue", "beacon", "github/maren"),
    ]
    assert {(event.occurred_at, event.seq) for event in opening} == {(datetime(2026, 3, 2, 9, tzinfo=UTC), 0)}


def test_the_queue_may_be_given_another_name() -> None:
    [queue] = events(list(github.parse(page("unknown_kinds"), SITE, "lights")), "queue")
    assert queue.new == "lights"


def test_the_repository_is_found_without_its_own_address() -> None:
    told = page("unknown_kinds")
    del told["issue"]["repository_url"]
    assert next(github.parse(told, SITE)) == next(github.parse(page("unknown_kinds"), SITE))


def test_instants_of_other_zones_become_utc() -> None:
    ticket = next(github.parse(with_events(created_at="2026-03-02T10:00:00+01:00"), SITE))
    assert isinstance(ticket, Ticket) and ticket.opened_at.isoformat() == "2026-03-02T09:00:00+00:00"


# --- Every kind that changes a ticket ---------------------------------------------------------------


def test_an_eventful_life_is_told_change_by_change() -> None:
    assert changes(page("triaged_and_closed")) == [
        ("label", None, "lamp"),
        ("label", None, "P2"),
        ("owner", None, "github/pell"),
        ("comment", None, "We shall look at it."),
        ("title", "The lamp is dim", "The lamp on the north pier is dim"),
        ("milestone", None, "Winter"),
        ("milestone", "Winter", None),
        ("milestone", None, "Spring"),
        ("owner", "github/pell", None),
        ("owner", None, "github/odalys"),
        ("label", None, "urgent"),
        ("label", "urgent", None),
        ("comment", None, "A new bulb is on its way."),
        ("comment_deleted", None, None),
        ("status", None, "not_planned"),
        ("status", None, "open"),
        ("status", None, "completed"),
    ]


def test_every_event_names_who_did_it() -> None:
    told = events(list(github.parse(page("triaged_and_closed"), SITE)))
    assert {event.actor_id for event in told if event.field == "comment_deleted"} == {"github/pell"}
    assert [event.actor_id for event in told if event.field == "comment"] == [
        "github/odalys",
        "github/lamplighter[bot]",
    ]


def test_events_of_one_second_keep_the_order_of_the_timeline() -> None:
    told = events(list(github.parse(page("triaged_and_closed"), SITE)))
    told.reverse()
    in_order = sorted(told, key=lambda event: (event.occurred_at, event.seq))
    assert [event.new for event in in_order if event.field == "status"] == ["open", "not_planned", "open", "completed"]
    assert len({event.seq for event in told if not event.event_id.startswith("opened/")}) == 17


def test_a_closing_without_a_reason_takes_the_issues_own() -> None:
    told = with_events({"event": "closed"}, state="closed", state_reason="duplicate")
    assert changes(told) == [("status", None, "duplicate")]


def test_the_issues_reason_belongs_to_its_last_closing_only() -> None:
    told = with_events(
        {"event": "closed"}, {"event": "reopened"}, {"event": "closed"}, state="closed", state_reason="completed"
    )
    assert changes(told) == [("status", None, "closed"), ("status", None, "open"), ("status", None, "completed")]


def test_a_closing_for_which_nobody_gives_a_reason_is_just_closed() -> None:
    assert changes(with_events({"event": "closed"}, state="closed", state_reason=None)) == [("status", None, "closed")]


def test_becoming_a_discussion_is_a_closing_and_nothing_needs_to_be_inferred() -> None:
    assert changes(page("converted_to_discussion")) == [("status", None, "converted")]


def test_board_moves_are_columns_and_the_board_is_a_project() -> None:
    assert changes(page("board_moves")) == [
        ("project", None, "Keepers"),
        ("column", None, "New"),
        ("column", "New", "In progress"),
        ("other", None, "project_v2_item_status_changed"),  # told without its fields
        ("project", "Keepers", None),
        ("column", None, None),
    ]


def test_classic_boards_are_columns_too_and_a_move_without_its_card_moves_nothing() -> None:
    assert changes(page("classic_board_moves")) == [
        ("project", None, "9"),
        ("column", None, "To do"),
        ("column", "To do", "Doing"),
        ("column", "Doing", None),
        ("project", "9", None),
        ("other", None, "moved_columns_in_project"),
    ]


def test_issue_types_change_and_those_told_without_a_name_change_nothing() -> None:
    told = page("issue_types")
    ticket = next(github.parse(told, SITE))
    assert isinstance(ticket, Ticket) and ticket.type == "Fault"
    assert changes(told) == [
        ("type", None, "Wish"),
        ("type", "Wish", "Fault"),
        ("type", "Fault", None),
        ("other", None, "issue_type_added"),
        ("type", None, "Fault"),  # what the issue says itself
    ]
    assert inferred(told) == [("type", None, "Fault", "06 16:00")]


def test_links_duplicates_and_locks() -> None:
    assert changes(page("links_and_duplicates")) == [
        ("link", None, "mentioned_by github/lantern-works/beacon#12"),
        ("link", None, "mentioned_by github/lantern-works/beacon#13"),
        ("duplicate", None, "not named"),
        ("duplicate", "not named", None),
        ("link", None, "linked_to unnamed"),
        ("link", "linked_to unnamed", None),
        ("lock", None, "resolved"),
        ("lock", "locked", None),
        ("lock", None, "locked"),
    ]


def test_a_duplicate_names_the_other_where_github_does() -> None:
    canonical = {"html_url": "https://github.com/lantern-works/beacon/issues/3"}
    told = with_events({"event": "marked_as_duplicate", "canonical": canonical})
    assert changes(told) == [("duplicate", None, "https://github.com/lantern-works/beacon/issues/3")]


def test_cross_references_have_no_id_and_are_told_apart_by_where_they_come_from() -> None:
    names = [event.event_id for event in events(list(github.parse(page("links_and_duplicates"), SITE)), "link")]
    assert len(names) == len(set(names))


def test_a_commit_carries_no_instant_and_changes_no_issue() -> None:
    assert "committed" not in {new for _, _, new in changes(page("links_and_duplicates"), "other")}


def test_kinds_that_change_nothing_or_are_not_known_are_kept_by_name() -> None:
    assert changes(page("unknown_kinds")) == [("other", None, "mentioned"), ("other", None, "lighthouse_keeper_yawned")]
    assert github.is_known("mentioned") and not github.is_known("lighthouse_keeper_yawned")


def test_a_pull_request_is_no_ticket() -> None:
    assert list(github.parse(page("pull_request"), SITE)) == []
    assert list(github.parse({"type": "pull", "pull": {}}, SITE)) == []


# --- Transfers --------------------------------------------------------------------------------------


def test_a_transferred_ticket_enters_the_queue_only_by_its_last_transfer() -> None:
    entries = events(list(github.parse(page("transferred"), SITE)), "queue")
    assert [(event.new, f"{event.occurred_at:%d %H:%M}") for event in entries] == [("beacon", "03 12:00")]
    assert changes(page("transferred"), "other") == [("other", None, "transferred")]


# --- Accounts ---------------------------------------------------------------------------------------


def test_nobody_and_ghost_are_one_account() -> None:
    told = list(github.parse(page("ghosts_and_bots"), SITE))
    assert account(page("ghosts_and_bots"), "ghost") == Account("github/ghost", "github", "ghost", None, False)
    assert [event.actor_id for event in events(told, "label", "comment")] == [
        "github/ghost",
        "github/lamplighter[bot]",
        "github/ghost",
    ]


def test_an_owner_whose_account_was_deleted_is_the_ghost() -> None:
    assert changes(page("ghosts_and_bots"), "owner") == [
        ("owner", None, "github/ghost"),
        ("owner", "github/ghost", None),
    ]


@pytest.mark.parametrize(
    ("user", "is_bot"),
    [
        ({"login": "lamplighter[bot]", "type": "Bot"}, True),
        ({"login": "lamplighter[bot]", "type": "User"}, True),
        ({"login": "quiet-helper", "type": "Bot"}, True),
        ({"login": "robota", "type": "User"}, False),
    ],
)
def test_bots_are_recognised_by_type_or_by_name(user: Page, is_bot: bool) -> None:
    assert account(with_events({"event": "mentioned", "actor": user}), user["login"]).is_bot is is_bot


def test_everybody_an_event_names_has_an_account_even_an_owner_who_never_spoke() -> None:
    told = list(github.parse(page("triaged_and_closed"), SITE))
    accounts = {record.account_id for record in told if isinstance(record, Account)}
    wanted = {name for event in events(told) for name in (event.actor_id, *_owners(event)) if name}
    assert wanted <= accounts
    assert "github/pell" in accounts


def _owners(event: Event) -> tuple[str | None, ...]:
    return (event.old, event.new) if event.field == "owner" else ()


def test_an_owner_who_was_only_ever_assigned_and_unassigned_has_an_account() -> None:
    kim = {"login": "kim", "type": "User"}
    told = with_events({"event": "assigned", "assignee": kim}, {"event": "unassigned", "assignee": kim})
    assert account(told, "kim").account_id == "github/kim"


# --- What the issue knows and its timeline does not --------------------------------------------------


def test_a_label_without_any_event_was_there_from_the_opening() -> None:
    assert inferred(with_events(labels=named("lamp"))) == [("label", None, "lamp", "02 09:00")]


def test_a_label_may_be_told_by_its_name_alone() -> None:
    assert inferred(with_events(labels=["lamp"])) == [("label", None, "lamp", "02 09:00")]


def test_a_label_that_went_without_an_event_was_gone_by_the_last_update() -> None:
    assert inferred(with_events(label("labeled", "lamp"))) == [("label", "lamp", None, "06 16:00")]


def test_a_label_that_came_back_without_an_event_was_back_by_the_last_update() -> None:
    told = with_events(label("labeled", "lamp"), label("unlabeled", "lamp"), labels=named("lamp"))
    assert inferred(told) == [("label", None, "lamp", "06 16:00")]


def test_an_owner_without_an_event_was_there_from_the_opening_and_one_lost_without_it_went_by_the_last_update() -> None:
    pell, maren = {"login": "pell", "type": "User"}, {"login": "maren", "type": "User"}
    told = with_events({"event": "assigned", "assignee": pell}, assignees=[maren])
    assert inferred(told) == [("owner", None, "github/maren", "02 09:00"), ("owner", "github/pell", None, "06 16:00")]


def test_an_issue_found_closed_without_an_event_closed_when_it_says() -> None:
    told = with_events(state="closed", state_reason="completed", closed_at="2026-03-04T08:00:00Z")
    assert inferred(told) == [("status", None, "completed", "04 08:00")]


def test_an_issue_found_closed_without_an_instant_closed_by_its_last_update() -> None:
    assert inferred(with_events(state="closed")) == [("status", None, "closed", "06 16:00")]


def test_an_issue_found_open_after_a_closing_reopened_by_its_last_update() -> None:
    assert inferred(with_events({"event": "closed", "state_reason": "completed"})) == [
        ("status", None, "open", "06 16:00")
    ]


def test_a_second_loss_of_one_label_is_another_inference_than_the_first() -> None:
    """Otherwise the store, which keeps the instant of an inference it knows, would never learn of the second."""
    once = with_events(label("labeled", "lamp"))
    again = with_events(label("labeled", "lamp"), label("labeled", "lamp", created_at="2026-03-07T10:00:00Z"))
    names = [event.event_id for told in (once, again) for event in events(list(github.parse(told, SITE)))]
    lost = [name for name in names if name.startswith("inferred/lost")]
    assert len(lost) == len(set(lost)) == 2


def test_an_inference_is_never_older_than_what_it_follows() -> None:
    told = with_events(label("labeled", "lamp", created_at="2026-03-09T10:00:00Z"))
    assert inferred(told) == [("label", "lamp", None, "09 10:00")]


def test_labels_null_and_owners_null_are_none() -> None:
    assert inferred(with_events(labels=None, assignees=None)) == []


LABEL_EVENTS = st.lists(
    st.tuples(st.sampled_from(["labeled", "unlabeled"]), st.sampled_from(["a", "A", "b", "B", "c"])), max_size=6
)


@given(LABEL_EVENTS, st.sets(st.sampled_from(["a", "b", "c", "d"])), st.sampled_from(["open", "closed"]))
def test_whatever_the_timeline_says_replaying_it_ends_at_the_issue_as_it_stands(
    told: list[tuple[str, str]], labels: set[str], state: str
) -> None:
    recorded = with_events(*(label(kind, name) for kind, name in told), labels=named(*labels), state=state)
    replayed = sorted(events(list(github.parse(recorded, SITE))), key=lambda event: (event.occurred_at, event.seq))
    assert held(replayed, "label") == labels
    assert ([event.new for event in replayed if event.field == "status"][-1] == "open") is (state == "open")


# --- Labels that changed their name -----------------------------------------------------------------


def test_a_label_renamed_in_case_only_takes_todays_spelling_and_nothing_is_inferred() -> None:
    told = with_events(label("labeled", "lamp"), labels=named("Lamp"))
    assert changes(told) == [("label", None, "Lamp")]
    assert inferred(told) == []


def test_a_renamed_label_takes_todays_name_at_the_instant_it_was_given() -> None:
    told = with_events(label("labeled", "lamp"), labels=named("area/lamp"))
    assert inferred(told) == [("label", None, "area/lamp", "03 10:00")]


def test_a_label_given_twice_is_held_once() -> None:
    told = with_events(label("labeled", "lamp"), label("labeled", "lamp"), labels=named("lamp"))
    assert changes(told) == [("label", None, "lamp"), ("label", None, "lamp")]
    assert inferred(told) == []


# --- Purity -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(DATA.glob("*.json")), ids=lambda path: path.stem)
def test_the_same_page_gives_the_same_records_and_is_left_as_it_was(path: Path) -> None:
    told = page(path.stem)
    before = copy.deepcopy(told)
    assert list(github.parse(told, SITE)) == list(github.parse(told, SITE))
    assert told == before


@pytest.mark.parametrize("path", sorted(DATA.glob("*.json")), ids=lambda path: path.stem)
def test_no_two_events_of_a_ticket_share_their_name(path: Path) -> None:
    names = [event.event_id for event in events(list(github.parse(page(path.stem), SITE)))]
    assert len(names) == len(set(names))


# --- What cannot be read ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"type": "issue"}, "KeyError: 'issue'"),
        ({"type": "issue", "issue": None, "events": []}, "not an issue with its timeline"),
        ({"type": "issue", "issue": [], "events": []}, "not an issue with its timeline"),
        ({**page("unknown_kinds"), "events": None}, "not an issue with its timeline"),
        ({**page("unknown_kinds"), "events": ["closed"]}, "not an issue with its timeline"),
        (with_events({"event": "labeled"}), "'label'"),
        (with_events({"event": "renamed", "rename": None}), "not an issue with its timeline"),
        (with_events({"event": "locked", "lock_reason": 3}), "new should be text, but is 3"),
        (with_events({"event": 7}), "new should be text, but is 7"),
        (with_events(created_at="yesterday"), "yesterday"),
        (with_events(created_at="2026-03-02T09:00:00"), "no time zone"),
        (with_events(created_at="0001-01-01T00:00:00+14:00"), "a year out of reach"),
        (with_events(created_at="9999-12-31T23:59:59Z"), "a year out of reach"),
        (with_events(created_at=1772442000), "not an issue with its timeline"),
        (with_events(number=None), "None is not the number of an issue"),
        (with_events(number=-4), "-4 is not the number of an issue"),
        (with_events(number="19"), "'19' is not the number of an issue"),
        (with_events(title=None), "title should be text, but is None"),
        (with_events(title=5), "title should be text, but is 5"),
        (with_events(body={"text": "x"}), "description should be text"),
        (with_events(user={"login": None}), "not an issue with its timeline"),
        (with_events(repository_url="beacon"), "not an issue with its timeline"),
    ],
)
def test_what_is_not_an_issue_with_its_timeline_is_refused_in_words(told: Page, words: str) -> None:
    with pytest.raises(UnreadableError, match=words):
        list(github.parse(told, SITE))


def test_a_census_that_is_none_is_unreadable() -> None:
    with pytest.raises(UnreadableError, match="not a list of issues"):
        list(github.parse({"type": "census"}, SITE))
