"""A second opinion on the checklist for new tickets, in plain Python."""

import re
from datetime import datetime
from typing import Any

import settings
from ingest.records import Event
from tests.metrics.oracle import FOREVER, Life, deciding, naive, verdicts

NAMES = ("title", "description", "project", "priority", "acknowledged", "eta", "original")
Place = tuple[datetime, int]


def having(told: list[Life]) -> dict[str, set[str]]:
    """The sources that ever had a project, and those that ever had a priority."""
    return {
        "project": {life.ticket.source for life in told if any(now.values("project") for now in life.moments)},
        "priority": {life.ticket.source for life in told if any(life.priority(now) for now in life.moments)},
    }


def row(life: Life, having: dict[str, set[str]]) -> dict[str, Any] | None:
    """What a ticket's row should say; None where no checklist is in force."""
    stays = life.stays()
    queue, opened, now = stays[0]["queue"] if stays else "", naive(life.ticket.opened_at), life.moments[-1]
    policy: settings.Intake | None = deciding(life.said.intake, life.ticket.source, queue, opened)
    if policy is None:
        return None
    words = [word for word in now.single["title"].value.split() if re.search(r"\w", word)]
    holds = {
        "title": len(words) >= policy.title_words,
        "description": bool((_description(life) or "").strip()),
        "project": bool(now.values("project")) if life.ticket.source in having["project"] else None,
        "priority": life.priority(now) is not None if life.ticket.source in having["priority"] else None,
        "acknowledged": _acknowledged(life, policy),
        "eta": _informed(life),
        "original": not _is_copy(life),
    }
    told = {name: holds[name] if name in policy.checks else None for name in NAMES}
    applied = [value for value in told.values() if value is not None]
    priority = life.priority(now)
    return {
        "ticket_id": life.ticket.ticket_id,
        "queue": queue or None,
        **told,
        "missing": [name for name in NAMES if told[name] is False],
        "score": sum(applied) / len(applied) if applied else None,
        "is_out_of_scope": bool(policy.only) and (None if priority is None else priority not in policy.only),
    }


def _in_order(life: Life, *fields: str) -> list[Event]:
    return sorted((e for e in life.events if e.field in fields), key=lambda e: (e.occurred_at, e.seq))


def _description(life: Life) -> str | None:
    told = [e for e in _in_order(life, "description") if e.old or e.new]
    return told[-1].new if told else life.ticket.description


def _acknowledged(life: Life, policy: settings.Intake) -> bool | None:
    clocks = {promise.name for promise in life.said.slo if promise.clock == "first_response"}
    judged = [
        clock["verdict"]
        for clock in verdicts(life.said, life)
        if clock["policy"] in (clocks & {policy.promise} if policy.promise else clocks)
    ]
    decided = [verdict for verdict in judged if verdict not in (None, "running")]
    return all(verdict == "met" for verdict in decided) if decided else None


def _informed(life: Life) -> bool | None:
    """Place by place: whoever spoke while it was active, or a date that stood at any place while it was."""
    spans = _active(life)
    human = [e for e in _in_order(life, "eta", "comment", "note") if e.actor_id not in life.bots]
    for start, end in spans:
        for event in human:
            place = (naive(event.occurred_at), event.seq)
            if event.field != "eta" and event.actor_id != life.ticket.author_id and start <= place < end:
                return True
        dates = [e for e in human if e.field == "eta"]
        before = [e for e in dates if (naive(e.occurred_at), e.seq) <= start]
        within = [e for e in dates if start < (naive(e.occurred_at), e.seq) < end]
        if any(e.new for e in [*before[-1:], *within]):
            return True
    return False if spans else None


def _active(life: Life) -> list[tuple[Place, Place]]:
    spans: list[tuple[Place, Place]] = []
    start: Place | None = None
    for now in life.moments:
        is_active = life.stage(now) == "active"
        if is_active and start is None:
            start = (now.at, now.seq)
        elif not is_active and start is not None:
            spans.append((start, (now.at, now.seq)))
            start = None
    return [*spans, (start, (FOREVER, 0))] if start else spans


def _is_copy(life: Life) -> bool:
    now = life.moments[-1]
    words = [now.single["status"].value, *(held.value for held in now.values("label"))]
    if any(re.search(r"(^|[:/] ?)duplicates?$", word.lower()) for word in words):
        return True
    if any(held.value.split(" ")[0] in ("duplicates", "merged_into") for held in now.values("link")):
        return True
    resolutions = _in_order(life, "custom.resolution")
    if resolutions and (resolutions[-1].new or "").lower() == "duplicate":
        return True
    openings = [
        (m.at, m.seq) for was, m in zip(life.moments, life.moments[1:], strict=False) if m.is_open > was.is_open
    ]
    tied: dict[str, Place] = {}
    for event in _in_order(life, "duplicate"):
        if event.new:
            tied[event.new] = (naive(event.occurred_at), event.seq)
        elif event.old:
            tied.pop(event.old, None)
    return any(not openings or place > openings[-1] for place in tied.values())
