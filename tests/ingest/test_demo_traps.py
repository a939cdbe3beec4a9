"""The made-up year holds what has led readers of real timelines astray."""

from collections.abc import Callable

import pytest

from ingest import demo
from tests.ingest.demo_pages import Page, carried, held, instant, kinds, labels, triaged_at

OLD_LABEL, NEW_LABEL = "db", "area/database"


def is_first_word_a_bots(page: Page) -> bool:
    words = [event for event in page["events"] if event["event"] == "commented"]
    return bool(words) and words[0]["user"]["type"] == "Bot"


def is_first_word_the_authors(page: Page) -> bool:
    words = [event for event in page["events"] if event["event"] == "commented"]
    return bool(words) and words[0]["user"] == page["issue"]["user"]


def is_triaged_at_birth(page: Page) -> bool:
    return triaged_at(page) == instant(page["issue"]["created_at"])


def is_closed_in_the_second_of_a_comment(page: Page) -> bool:
    seconds = {event["created_at"] for event in page["events"] if event["event"] == "commented"}
    return any(event["created_at"] in seconds for event in page["events"] if event["event"] == "closed")


def has_a_label_from_the_first_second(page: Page) -> bool:
    return any(
        event["event"] == "labeled" and event["created_at"] == page["issue"]["created_at"] for event in page["events"]
    )


def returned_to_an_earlier_owner(page: Page) -> bool:
    owners = [event["assignee"]["login"] for event in page["events"] if event["event"] == "assigned"]
    return any(owner in owners[: place - 1] for place, owner in enumerate(owners))


def changed_priority(page: Page) -> bool:
    return any(
        event["event"] == "unlabeled" and event["label"]["name"] in ("P1", "P2", "P3") for event in page["events"]
    )


def bot_did(kind: str) -> Callable[[Page], bool]:
    return lambda page: any(
        event["event"] == kind and (event["actor"] or {}).get("type") == "Bot" for event in page["events"]
    )


def happened(kind: str) -> Callable[[Page], bool]:
    return lambda page: kind in kinds(page)


def moved_to(column: str) -> Callable[[Page], bool]:
    return lambda page: any(event.get("status") == column for event in page["events"])


def closed_as(reason: str) -> Callable[[Page], bool]:
    return lambda page: any(event.get("state_reason") == reason for event in page["events"])


def title_has(text: str) -> Callable[[Page], bool]:
    return lambda page: text in page["issue"]["title"]


def wrote(login: str) -> Callable[[Page], bool]:
    return lambda page: any((event.get("user") or {}).get("login") == login for event in page["events"])


TRAPS: dict[str, tuple[int, Callable[[Page], bool]]] = {  # at least so many
    "a pull request among the issues": (2, lambda page: "pull_request" in page["issue"]),
    "a deleted account opened it": (4, lambda page: page["issue"]["user"]["login"] == "ghost"),
    "a deleted account acted": (3, lambda page: any(event["actor"] is None for event in page["events"])),
    "a deleted account commented": (1, wrote("ghost")),
    "a bot with an ordinary account": (5, wrote("hh-deploy_harrow")),
    "labels that came with a transfer": (3, lambda page: bool(carried(page) & labels(page))),
    "a renamed label": (
        10,
        lambda page: NEW_LABEL in labels(page) and OLD_LABEL in held(page, "labeled", "label", "name"),
    ),
    "a discussion": (2, happened("converted_to_discussion")),
    "reopened": (60, happened("reopened")),
    "reopened three times": (1, lambda page: kinds(page).count("reopened") >= 3),
    "a duplicate": (40, happened("marked_as_duplicate")),
    "closed as duplicate": (40, closed_as("duplicate")),
    "not planned": (30, closed_as("not_planned")),
    "closed by a bot": (10, bot_did("closed")),
    "labelled by a bot": (10, bot_did("labeled")),
    "a bot spoke first": (100, is_first_word_a_bots),
    "the author spoke first": (30, is_first_word_the_authors),
    "triaged at birth": (40, is_triaged_at_birth),
    "labelled at birth": (200, has_a_label_from_the_first_second),
    "closed with a comment": (200, is_closed_in_the_second_of_a_comment),
    "waiting on the board": (50, moved_to("Waiting")),
    "waiting by label": (5, lambda page: "waiting" in {(e.get("label") or {}).get("name") for e in page["events"]}),
    "priority changed": (20, changed_priority),
    "ping-pong": (3, returned_to_an_earlier_owner),
    "milestones": (20, happened("milestoned")),
    "locked": (2, happened("locked")),
    "retitled": (10, happened("renamed")),
    "a comment was deleted": (2, happened("comment_deleted")),
    "an edited comment": (
        20,
        lambda page: any(e.get("updated_at", e["created_at"]) != e["created_at"] for e in page["events"]),
    ),
    "an event without id": (20, lambda page: any("id" not in event for event in page["events"])),
    "noise": (100, happened("subscribed")),
    "a field of the organization's own": (10, happened("issue_field_added")),
    "an incident": (12, lambda page: "incident" in labels(page)),
    "a post-mortem": (8, lambda page: "post-mortem" in labels(page)),
    "an action item": (15, lambda page: "action-item" in labels(page)),
    "markup in a title": (1, title_has("<b>")),
    "an emoji in a title": (1, title_has("🔥")),
    "quotes in a title": (1, title_has('"Ticket"')),
    "a very long title": (1, lambda page: len(page["issue"]["title"]) > 250),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_the_year_holds(trap: str, pages: list[Page]) -> None:
    at_least, is_caught = TRAPS[trap]
    assert sum(is_caught(page) for page in pages) >= at_least


def test_another_year_holds_every_trap_as_well() -> None:
    pages = list(demo.payloads(seed=1))
    assert [trap for trap, (_, is_caught) in TRAPS.items() if not any(map(is_caught, pages))] == []
