"""Labels under one name each, though a tracker's history tells the names of their day."""

from collections.abc import Iterable
from dataclasses import replace

from ingest.records import Event


def held(events: Iterable[Event], field: str) -> set[str]:
    """The values of a many-valued field after all events."""
    values: set[str] = set()
    for event in events:
        if event.field == field:
            values.discard(event.old or "")
            values |= {event.new} if event.new else set()
    return values


def with_current_label_names(events: list[Event], current: set[str]) -> list[Event]:
    """The events, with labels called as the ticket calls them now.

    A label that differs from a current one in case only is that label. Where exactly one vanished and exactly one
    appeared that has no events of its own, it was renamed; its events are then `inferred`. A label of the past keeps
    the last spelling it had.
    """
    spelling = _last_spellings(events) | {name.casefold(): name for name in current}
    spelled = _renamed(events, {name: spelling[name.casefold()] for name in _label_names(events)})
    vanished, appeared = held(spelled, "label") - current, current - held(spelled, "label")
    if len(vanished) != 1 or len(appeared) != 1 or not appeared.isdisjoint(_label_names(spelled)):
        return spelled
    before = vanished.pop()
    renamed = _renamed(spelled, {before: appeared.pop()})
    return [replace(now, origin="inferred") if now != then else now for then, now in zip(spelled, renamed, strict=True)]


def _label_names(events: list[Event]) -> list[str]:
    return [name for event in events if event.field == "label" for name in (event.old, event.new) if name]


def _last_spellings(events: list[Event]) -> dict[str, str]:
    return {name.casefold(): name for name in _label_names(events)}


def _renamed(events: list[Event], names: dict[str, str]) -> list[Event]:
    return [
        replace(event, old=names.get(event.old or "", event.old), new=names.get(event.new or "", event.new))
        if event.field == "label"
        else event
        for event in events
    ]
