"""The small formats of `watchbill.toml`, each checked where it is read, with a word on what to write instead."""

import re
from datetime import UTC, date, datetime, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator

from settings.presets import CONDITIONS, TRIAGE_PRESETS

DEADLINE = re.compile(r"(?P<count>[1-9]\d*) ?(?P<unit>m|h)|end of (?:the )?next working day")
RHYTHM = re.compile(r"(?P<count>[1-9]\d*) ?(?P<unit>m|h|working days?)")
RANGE = re.compile(r"(\d+)-(\d+)")
WINDOW = re.compile(r"[1-9]\d*d|week|month|quarter")
EVENT_FIELDS = (
    *("opened", "closed", "status", "column", "label", "owner", "project", "milestone", "priority", "queue", "type"),
    *("title", "eta", "comment", "note"),
)
_WIDEST_RANGE = 1_000


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is not a time zone; write one like 'America/Los_Angeles' or 'UTC'") from None
    return name


def _intervals(texts: list[str]) -> list[str]:
    closes = -1
    for text in texts:
        found = re.fullmatch(r"(\d\d):([0-5]\d)-(\d\d):([0-5]\d)", text)
        if not found:
            raise ValueError(f"{text!r} is not an opening time; write it as '09:00-17:00'")
        opens, until = (int(found[h]) * 60 + int(found[m]) for h, m in ((1, 2), (3, 4)))
        if not closes <= opens < until <= 24 * 60:
            raise ValueError(f"{text!r} overlaps the one before it, ends before it starts, or passes 24:00")
        closes = until
    return texts


def _deadline(text: str) -> str:
    if not DEADLINE.fullmatch(text):
        raise ValueError(
            f"{text!r} is not a deadline; write working time such as '4h' or '30m', or 'end of next working day'"
        )
    return text


def _rhythm(text: str) -> str:
    if not RHYTHM.fullmatch(text):
        raise ValueError(f"{text!r} is not a rhythm; write '24h' or '30m' of the calendar's time, or '1 working day'")
    return text


def _window(text: str) -> str:
    if not WINDOW.fullmatch(text):
        raise ValueError(f"{text!r} is not a window; write '28d' for the last 28 days, or 'week', 'month', 'quarter'")
    return text


def _triage_rule(rule: object) -> object:
    if isinstance(rule, str):
        if rule not in TRIAGE_PRESETS:
            raise ValueError(f"{rule!r} is unknown; choose among {', '.join(TRIAGE_PRESETS)}, or write any/all")
    else:
        _check_expression(rule)
    return rule


def _check_expression(part: object) -> None:
    match part:
        case str() if part in CONDITIONS:
            return
        case {"any": [_, *_] as parts, **rest} | {"all": [_, *_] as parts, **rest} if not rest:
            for inner in parts:
                _check_expression(inner)
        case _:
            raise ValueError(
                f"{part!r} is not a condition; write one of {', '.join(CONDITIONS)}, "
                "or { any = [...] } or { all = [...] } of them"
            )


def _event_field(name: str) -> str:
    if name not in EVENT_FIELDS and not re.fullmatch(r"custom\.\S.*", name):
        raise ValueError(f"{name!r} is nothing that happens; write one of {', '.join(EVENT_FIELDS)}, or custom.NAME")
    return name


def _priority_word(word: str) -> str:
    if found := RANGE.fullmatch(word):
        first, last = int(found[1]), int(found[2])
        if not first <= last < first + _WIDEST_RANGE:
            raise ValueError(
                f"{word!r} is not a range; write the smaller number first, such as '90-100', and at most "
                f"{_WIDEST_RANGE} numbers"
            )
    return word


def _instant(value: object) -> object:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{value.isoformat()} has no zone; end it with Z, or write a bare date")
        return value.astimezone(UTC)
    return datetime.combine(value, time(), UTC) if isinstance(value, date) else value


Zone = Annotated[str, AfterValidator(_zone)]
Intervals = Annotated[list[str], AfterValidator(_intervals)]
Deadline = Annotated[str, AfterValidator(_deadline)]
Instant = Annotated[datetime, BeforeValidator(_instant)]
EventField = Annotated[str, AfterValidator(_event_field)]
PriorityWord = Annotated[str, AfterValidator(_priority_word)]
Rhythm = Annotated[str, AfterValidator(_rhythm)]
Window = Annotated[str, AfterValidator(_window)]
Rule = Annotated[str | dict[str, Any], BeforeValidator(_triage_rule)]
