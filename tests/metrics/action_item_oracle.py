"""A second opinion on action items, in plain Python: at each place of each timeline, which are open and which late."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

import settings
from tests.conftest import History
from tests.metrics.incident_oracle import Organisation
from tests.metrics.oracle import Life, histories, naive

TEXT = """
[[calendar]]
name = "vienna"
zone = "Europe/Vienna"
hours = { mon = ["09:00-17:00"] }

[[calendar]]
name = "vienna"
valid_from = 2026-11-04
zone = "Asia/Tokyo"
hours = { mon = ["09:00-17:00"] }

[[team]]
name = "infra"
calendar = "vienna"
queues = ["infra"]

[[person]]
name = "Ana Lindqvist"
accounts = ["test/ana", "test/anna"]

[[stages]]
presets = ["github"]

[[priorities]]

[[incident]]
presets = ["labels", "links"]
[incident.review]
action_days = 2

[[incident]]
valid_from = 2026-10-30
presets = ["labels"]
[incident.review]
action_days = 1
aspirational = ["some day*"]
"""
SAID = settings.parse(TEXT, "the world of action items")
DREAMS = ({"stretch", "nice to have", "aspirational"}, {"some day"})
NAMES = {"test/ana": "Ana Lindqvist", "test/anna": "Ana Lindqvist", "test/bo": "bo"}
_ACTIONS = [
    *[("label", sign + value) for value in ("action item", "incident", "stretch", "Some day") for sign in "+++-"],
    *[("label", "+action item"), ("status", "closed"), ("status", "open"), ("status", "closed")],
    *[("eta", value) for value in ("2026-10-30", "2026-11-02", "2026-11-02T10:00Z", "soon", "-2026-11-02")],
    *[("link", f"{sign}{word} test/infra#{n}") for word in ("action_of", "odd") for n in (1, 2) for sign in "++-"],
    *[("owner", sign + value) for value in ("ana", "anna", "bo") for sign in "++-"],
    *[("queue", "infra"), ("queue", "access")],
]


def action_histories() -> st.SearchStrategy[History]:
    """Histories in which much is promised, moved, done and undone."""
    return histories(tickets=4, fewest=2, steps=10, actions=_ACTIONS)


def action_items(organisation: Organisation) -> Iterator[tuple[Any, ...]]:
    """ticket, incidents, queue, owners, recognised, closed, due, age, is_open, is_aspirational, is_after, verdict."""
    told = [row for row in organisation.tickets() if row[1] == "action" and not row[3]]
    roles = {ticket: (since, version) for ticket, _, since, _, version in told}
    links = [(row[0], row[2]) for row in organisation.incident_links() if row[1] == "action" and not row[-1]]
    for ticket, (since, version) in roles.items():
        life = organisation.lives[ticket]
        now = life.moments[-1]
        incidents = sorted({incident for item, incident in links if item == ticket})
        owners = sorted({NAMES[held.value] for held in now.values("owner")})
        is_dream = any(held.value.lower() in DREAMS[version] for held in now.values("label"))
        due = None if is_dream else due_at(organisation, life, since, version)
        age = ((now.closed_at or life.as_of) - since).total_seconds()
        is_over = all(not organisation.lives[incident].moments[-1].is_open for incident in incidents)
        is_after = now.is_open and is_over if incidents else None if now.is_open else False
        verdict = "done late" if due and now.closed_at and now.closed_at > due else "done"
        if now.is_open:
            verdict = "aspirational" if is_dream else "overdue" if due and due < life.as_of else "open"
        yield (
            *(ticket, incidents, life.until(since).queue or None, owners, since, now.closed_at, due),
            *(age if age >= 0 else None, now.is_open, is_dream, is_after, verdict),
        )


def due_at(organisation: Organisation, life: Life, since: datetime, version: int) -> datetime:
    usual = since + timedelta(days=organisation.said.incident[version].review.action_days)
    etas = sorted((event for event in life.events if event.field == "eta"), key=lambda e: (e.occurred_at, e.seq))
    told = etas[-1].new if etas else None
    if told is None or told == "soon":
        return usual
    if "T" in told:
        return datetime.fromisoformat(told).replace(tzinfo=None)
    zone = "UTC"
    if life.until(since).queue == "infra":
        zone = "Europe/Vienna" if since < datetime.fromisoformat("2026-11-04") else "Asia/Tokyo"
    return naive(datetime.combine(date.fromisoformat(told) + timedelta(days=1), time(), ZoneInfo(zone)))


def changes(organisation: Organisation) -> Iterator[tuple[str, datetime, str]]:
    """ticket, instant, opened, reopened, closed or withdrawn: gone tickets are withdrawn when they go."""
    places = organisation.places()
    for ticket, life in organisation.lives.items():
        was_in = has_been_in = False
        for place in places:
            if life.gone_at and place[0] > life.gone_at:
                break
            now = organisation.state(life, place)
            is_in = now is not None and now.is_open and organisation.has_role(life, "action", place)
            if is_in and not was_in:
                yield ticket, place[0], "reopened" if has_been_in else "opened"
            elif was_in and not is_in:
                assert now
                is_done = not now.is_open and organisation.has_role(life, "action", place)
                yield ticket, place[0], "closed" if is_done else "withdrawn"
            was_in, has_been_in = is_in, has_been_in or is_in
        if was_in and life.gone_at:
            yield ticket, life.gone_at, "withdrawn"
