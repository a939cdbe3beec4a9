"""The made-up tickets are what their own timelines say, but for the traps that were laid on purpose."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ingest import demo
from ingest.demo import people
from tests.ingest.demo_pages import Page, carried, held, instant, kinds, labels, queue_of

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
OLD_LABEL, NEW_LABEL = "db", "area/database"


def name_of(page: Page) -> str:
    return f"{queue_of(page)}#{page['issue']['number']}"


def test_nothing_happens_before_the_issue_or_from_until_on(pages: list[Page]) -> None:
    for page in pages:
        times = [instant(event["created_at"]) for event in page["events"]]
        edits = [instant(event["updated_at"]) for event in page["events"] if "updated_at" in event]
        assert times == sorted(times)
        assert all(instant(page["issue"]["created_at"]) <= time < demo.DEFAULT_UNTIL for time in [*times, *edits])


def test_it_begins_one_year_earlier(pages: list[Page]) -> None:
    first = min(instant(page["issue"]["created_at"]) for page in pages)
    assert timedelta(days=360) < demo.DEFAULT_UNTIL - first < timedelta(days=366)


def test_instants_are_whole_seconds_in_utc(pages: list[Page]) -> None:
    for page in pages:
        for event in [page["issue"], *page["events"]]:
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", event["created_at"])


def test_ids_are_unique(pages: list[Page]) -> None:
    events = [event for page in pages for event in page["events"] if event["event"] != "cross-referenced"]
    for things in (events, [page["issue"] for page in pages]):
        for key in ("id", "node_id"):
            assert max(Counter(thing[key] for thing in things).values()) == 1
    assert max(Counter(name_of(page) for page in pages).values()) == 1


def test_an_issue_is_what_its_timeline_says(pages: list[Page]) -> None:
    for page in pages:
        issue = page["issue"]
        assert issue["comments"] == kinds(page).count("commented")
        assert issue["title"] == last(page, "renamed", lambda event: event["rename"]["to"], issue["title"])
        assert issue["locked"] == ("locked" in kinds(page))
        assert {user["login"] for user in issue["assignees"]} == held(page, "assigned", "assignee", "login")
        milestone = last(page, "milestoned", lambda event: event["milestone"]["title"], None)
        assert (issue["milestone"] or {"title": None})["title"] == milestone


def test_a_state_is_what_the_timeline_says_unless_it_became_a_discussion(pages: list[Page]) -> None:
    for page in pages:
        issue = page["issue"]
        if "converted_to_discussion" in kinds(page):
            assert issue["state"] == "closed"
            assert "closed" not in kinds(page)
            continue
        turns = [event for event in page["events"] if event["event"] in ("closed", "reopened")]
        is_closed = bool(turns) and turns[-1]["event"] == "closed"
        assert issue["state"] == ("closed" if is_closed else "open")
        assert issue["closed_at"] == (turns[-1]["created_at"] if is_closed else None)
        if is_closed:
            assert issue["state_reason"] == turns[-1]["state_reason"]


def test_labels_are_what_the_timeline_says_unless_carried_in_or_renamed(pages: list[Page]) -> None:
    for page in pages:
        replayed = {NEW_LABEL if name == OLD_LABEL else name for name in held(page, "labeled", "label", "name")}
        assert replayed == labels(page) - carried(page)


def last(page: Page, kind: str, value: Callable[[Page], Any], otherwise: Any) -> Any:
    return next((value(event) for event in reversed(page["events"]) if event["event"] == kind), otherwise)


def test_people_act_only_while_they_work_here(pages: list[Page]) -> None:
    left = {person.login: person.left for person in people.INFRA.members if person.left < date.max}
    for page in pages:
        for event in page["events"]:
            day = instant(event["created_at"]).astimezone(LOS_ANGELES).date()
            assert day < left.get((event["actor"] or {"login": ""})["login"], date.max)
