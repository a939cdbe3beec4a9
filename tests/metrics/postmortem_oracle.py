"""A second opinion on post-mortems, in plain Python; what a line of text stands for is written down by hand."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

import settings
from tests.conftest import History
from tests.metrics.incident_oracle import Organisation
from tests.metrics.oracle import histories, naive

# Lines, and which of the wanted sections each heads: "" is the aspirational one, None is no heading at all.
LINES = {
    "## Root cause": "root cause",
    "= TRIGGER =": "trigger",
    "h2. Root cause analysis": "root cause",
    "**Root cause:** the disk": "root cause",
    "1. Trigger": "trigger",
    "Trigger: a deploy": "trigger",
    "trigger": "trigger",
    "Trigger was a deploy": None,
    "> ## Trigger": None,
    "The root cause: unknown": None,
    "## Nice to have": "",
    "## Next": None,
    "- buy a disk": None,
    "* sleep": None,
}
ITEMS = ("- buy a disk", "* sleep")
ENDS_LIST = {*(line for line, name in LINES.items() if name is not None), "## Next"}
TEXT = """
[[calendar]]
name = "office"
zone = "UTC"
hours = { mon = ["09:00-17:00"] }

[[stages]]
presets = ["github", "github-labels"]

[[priorities]]

[[incident]]
presets = ["labels"]
[incident.milestones]
postmortem_started = [{ field = "label", value = "drafted" }]
[incident.review]
priorities = ["P0", "P1"]
start_days = 1
debrief_days = 2
sections = ["trigger", "root cause"]
aspirational = ["nice to have"]

[[incident]]
valid_from = 2026-10-30
presets = ["labels"]
[incident.review]
start_days = 0
debrief_days = 3
sections = ["root cause"]
"""
SAID = settings.parse(TEXT, "the world of reviews")
_ACTIONS = [
    *[("label", sign + value) for value in ("incident", "post-mortem", "P0", "mitigated") for sign in "+++-"],
    *[("label", f"+{value}") for value in ("P3", "drafted", "debrief held", "post-mortem shared", "incident")],
    *[("label", "+customer input asked"), ("status", "closed"), ("status", "open")],
    *[("link", f"{sign}{word} test/infra#{n}") for word in ("postmortem_of", "odd") for n in (1, 2) for sign in "++-"],
    *[("comment", f"+{first}\n{second}") for first in LINES for second in ("", "- buy a disk", "* sleep\nx\n- eat")],
    *[("note", f"+Hello\r\n{line}\r\n- buy a disk") for line in LINES],
]  # fmt: skip


def reviewed_histories() -> st.SearchStrategy[History]:
    """Histories of few tickets in which incidents are reviewed in words."""
    return histories(tickets=4, fewest=2, steps=12, actions=_ACTIONS)


def postmortems(organisation: Organisation) -> Iterator[tuple[Any, ...]]:
    """ticket, priority, ended, documents, start due, started, debrief due, held, shared, asked, missing, items."""
    milestones: dict[str, dict[str, datetime]] = {}
    for ticket, name, at in organisation.milestones():
        milestones.setdefault(ticket, {})[name] = at
    roles = {
        (ticket, role): (since, version)
        for ticket, role, since, until, version in organisation.tickets()
        if until is None
    }
    for (ticket, role), (since, version) in roles.items():
        own = milestones.get(ticket, {})
        ended = own.get("resolved") or own.get("mitigated")
        if role == "incident" and ended:
            review = organisation.said.incident[version].review
            priority = _priority(organisation, ticket, max(since, ended))
            if not review.priorities or priority in review.priorities:
                yield ticket, priority, ended, *_reviewed(organisation, ticket, ended, review, roles, milestones)


def _priority(organisation: Organisation, ticket: str, at: datetime) -> str | None:
    life = organisation.lives[ticket]
    now = life.until(at)
    held = [life.priority(moment) for moment in life.moments if moment is now or moment.at > at]
    return next((found for found in held if found), None)


def _reviewed(
    organisation: Organisation,
    ticket: str,
    ended: datetime,
    review: settings.Review,
    roles: dict[tuple[str, str], tuple[datetime, int]],
    milestones: dict[str, dict[str, datetime]],
) -> tuple[Any, ...]:
    opened = naive(organisation.lives[ticket].ticket.opened_at)
    began = min(opened, milestones[ticket].get("detected", opened))
    signs, documents = [], set()
    for document, role, incident, _, linked, unlinked in organisation.incident_links():
        if (role, incident) == ("postmortem", ticket) and not unlinked and (document, role) in roles:
            documents.add(document)
            there = roles[document, role][0]
            signs.append(there if there >= began else linked)
    if (ticket, "postmortem") in roles:
        documents.add(ticket)
        signs.append(roles[ticket, "postmortem"][0])
    own = milestones[ticket]
    if any(
        own.get(name, began - timedelta(1)) >= began
        for name in ("postmortem_started", "debrief_held", "postmortem_shared")
    ):
        documents.add(ticket)
    told: dict[str, datetime] = {}
    for document in documents | {ticket}:
        for name, at in milestones.get(document, {}).items():
            if at >= began:
                told[name] = min(at, told.get(name, at))
    held, shared = told.get("debrief_held"), told.get("postmortem_shared")
    started = told.get("postmortem_started") or min([*signs, *filter(None, (held, shared))], default=None)
    start_due, debrief_due = (ended + timedelta(days=days) for days in (review.start_days, review.debrief_days))
    missing, items = _read(organisation, documents, review)
    return (
        *(sorted(documents), start_due, started, debrief_due, held, shared, told.get("customer_input_asked")),
        *((missing, items) if documents else (None, None)),
    )


def _read(organisation: Organisation, documents: set[str], review: settings.Review) -> tuple[list[str], int]:
    found, items = set(), 0
    for document in documents:
        for event in organisation.lives[document].events:
            if event.field in ("comment", "note") and event.new:
                is_dream = False
                for line in event.new.splitlines():
                    if line in ENDS_LIST:
                        is_dream = LINES[line] == ""
                    items += is_dream and line.startswith(("- ", "* "))
                    found.add(LINES.get(line))
    return [name for name in review.sections if name not in found], items
