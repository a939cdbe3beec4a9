"""Reading the demo's raw GitHub pages, for the tests that look at them before any parser does."""

from datetime import datetime
from typing import Any

Page = dict[str, Any]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def kinds(page: Page) -> list[str]:
    return [event["event"] for event in page["events"]]


def labels(page: Page) -> set[str]:
    return {label["name"] for label in page["issue"]["labels"]}


def queue_of(page: Page) -> str:
    return str(page["issue"]["repository_url"].rsplit("/", 1)[1])


def carried(page: Page) -> set[str]:
    return {"access", "from-portal"} - held(page, "labeled", "label", "name") if "transferred" in kinds(page) else set()


def held(page: Page, gain: str, what: str, name: str) -> set[str]:
    values: set[str] = set()
    for event in page["events"]:
        if event["event"] == gain:
            values.add(event[what][name])
        if event["event"] == f"un{gain}":
            values.discard(event[what][name])
    return values


def triaged_at(page: Page) -> datetime | None:
    """When the ticket left New, or had a priority and an owner: the board's rule, spelled out plainly."""
    has_priority = has_owner = False
    for event in page["events"]:
        label = (event.get("label") or {}).get("name", "")
        is_moved = event["event"] == "project_v2_item_status_changed" and event["status"] != "New"
        has_priority |= event["event"] == "labeled" and label in ("P0", "P1", "P2", "P3")
        has_owner |= event["event"] == "assigned"
        is_staged = event["event"] == "labeled" and label in ("triaged", "in progress", "waiting")
        if is_moved or is_staged or event["event"] == "closed" or (has_priority and has_owner):
            return instant(event["created_at"])
    return None
