"""A second opinion on toil in plain Python. The titles of its histories are few, and their patterns written down."""

import re
from datetime import datetime
from typing import Any

import settings
from ingest.records import Event
from tests.metrics.oracle import (
    FOREVER,
    Life,
    Moment,
    Said,
    alike,
    calendar_at,
    calendar_of,
    deciding,
    naive,
    working_seconds,
)

PATTERNS = {  # title to pattern
    "Disk full on web-01": "disk full on #",
    "[web] disk full on DB-7!": "disk full on #",
    "Re: Access for ana@asker.example?": "access for #",
    "Access for bo@asker.example": "access for #",
    "[urgent]": None,
    "4711": None,
    "Please help": "please help",
}
_WORK = ("comment", "note", "description", "title", "status", "column", "priority", "owner", "project", "label")
WORK = (*_WORK, "queue", "type", "milestone", "eta", "effort", "duplicate")


def row(life: Life, people: dict[str, str]) -> dict[str, Any] | None:
    """What a ticket's row should say, but for is_repeat; None where no rules are in force."""
    now, opened = life.moments[-1], naive(life.ticket.opened_at)
    policy = deciding(life.said.toil, life.ticket.source, now.queue, opened)
    if policy is None:
        return None
    title = now.single["title"].value
    rules = [settings.Category(**rule) for rule in policy.definition()["categories"]]
    bears = {name: [held.value for held in now.values(name)] for name in ("label", "project")}
    bears["queue"], bears["type"] = [now.queue] * bool(now.queue), _types(life, now)
    category = next((rule.name for rule in rules if _fits(rule, bears, title, life)), "unclassified")
    effort, is_recorded = _effort(life)
    names = _names(life, people)
    return {
        "ticket_id": life.ticket.ticket_id,
        "category": category,
        "opened_at": opened,
        "closed_at": now.closed_at,
        "effort_seconds": effort,
        "has_effort_recorded": is_recorded,
        "names": sorted(names),
        "pattern": PATTERNS[title],
    }


def _types(life: Life, now: Moment) -> list[str]:
    if any(event.field == "type" for event in life.events):
        return [now.single["type"].value] if "type" in now.single else []
    return [life.ticket.type] if life.ticket.type else []


def _fits(rule: settings.Category, bears: dict[str, list[str]], title: str, life: Life) -> bool:
    for name, values in bears.items():
        patterns = getattr(rule, name)
        if patterns and not any(alike(value, pattern) for value in values for pattern in patterns):
            return False
    text = _text(life)
    return all(
        regex is None or (read is not None and re.search(regex, read, re.IGNORECASE) is not None)
        for regex, read in ((rule.title, title), (rule.text, text))
    )


def _text(life: Life) -> str | None:
    """The description after the last change that tells any; without one, as last seen."""
    told = [e for e in life.events if e.field == "description" and (e.old or e.new)]
    return max(told, key=lambda e: (e.occurred_at, e.seq)).new if told else life.ticket.description


def _effort(life: Life) -> tuple[float | None, bool]:
    minutes = sum(float(event.new or 0) for event in life.events if event.field == "effort")
    if minutes > 0:
        return 60 * minutes, True
    spent: list[float] = []
    start: datetime | None = None
    for now in [*life.moments, None]:
        is_active = now is not None and life.stage(now) == "active"
        if start is not None and not is_active:
            end = now.at if now else life.as_of
            calendar = _calendar(life.said, life, start)
            spent += [] if calendar is None else [working_seconds(calendar, start, end)]
            start = None
        if is_active and start is None:
            assert now
            start = now.at
    return (sum(spent), False) if spent else (None, False)


def _calendar(said: Said, life: Life, start: datetime) -> settings.Calendar | None:
    queue = life.until(start).queue
    return calendar_at(said, calendar_of(said, queue), start) if queue and start < FOREVER else None


def _names(life: Life, people: dict[str, str]) -> set[str]:
    """People who did something, the requester left out, under whichever account."""

    def name(event: Event) -> str:
        assert event.actor_id
        return people.get(event.actor_id, event.actor_id.removeprefix("test/"))

    author = people.get(life.ticket.author_id or "", (life.ticket.author_id or "").removeprefix("test/"))
    done = [e for e in life.events if e.field in WORK and e.actor_id and e.actor_id not in life.bots]
    return {name(event) for event in done} - {author}
