"""Jira Service Management: its promises (SLAs) and its request types, as the issue's custom fields tell them.

An SLA is kept as `custom.sla:NAME`: `running` from the start of a cycle, `breached` from the instant its goal passed
while it ran, `met` or `missed` when it stopped. Each cycle carries its own instants, so the history is the tracker's
own. While a cycle is paused it counts as running. A goal instant that still lies ahead is no event.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ingest.jira.instants import instant
from ingest.records import Event

Json = Mapping[str, Any]


def promises(ticket_id: str, field_id: str, name: str, value: Any, seq: int) -> Iterator[Event]:
    """The events of one SLA field."""
    if not isinstance(value, Mapping):
        return
    ongoing = value.get("ongoingCycle")
    for cycle in [*(value.get("completedCycles") or []), *([ongoing] if ongoing else [])]:
        before = None
        for part, occurred_at, state in _states(cycle):
            event_id = f"sla/{field_id}/{_millis(cycle['startTime'])}/{part}"
            yield Event(ticket_id, event_id, occurred_at, seq, None, f"custom.sla:{name}", before, state)
            before = state


def request_type(value: Any) -> str | None:
    """The name of a request type. Data Center tells it as `portal/key`."""
    if isinstance(value, Mapping):
        inner = value.get("requestType")
        return (inner.get("name") if isinstance(inner, Mapping) else None) or value.get("name")
    return value if isinstance(value, str) else None


def _states(cycle: Json) -> Iterator[tuple[str, datetime, str]]:
    if not cycle.get("startTime"):
        return
    yield "start", instant(_millis(cycle["startTime"])), "running"
    goal, stop = cycle.get("breachTime"), cycle.get("stopTime")
    is_breached = bool(cycle.get("breached"))
    if is_breached and goal:
        yield "breach", instant(_millis(goal)), "breached"
    if stop:
        yield "stop", instant(_millis(stop)), "missed" if is_breached else "met"


def _millis(told: Any) -> int:
    return int(told["epochMillis"] if isinstance(told, Mapping) else told)
