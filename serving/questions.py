"""A question to a metric as an address spells it, checked word by word before anything is asked.

/data/slo.csv?as_of=2026-11-16T00:00Z&queue=infra&since=2026-11-01T00:00Z&part=rows
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

from metrics import by_name
from metrics.by_name import Part
from metrics.catalogue import Metric
from metrics.instants import parse_instant
from metrics.weeks import Week

CALLED = {"ticket_id": "ticket"}  # as the command line calls it
NAMES = ("as_of", "since", "until", "queue", "ticket", "policy", "weeks", "zone", "part")
MOST_WEEKS, WEEKS = 520, 12


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a metric. `spelled` tells the same questions from others, however they were written."""

    metric: Metric
    part: Part
    asked: dict[str, Any]

    @property
    def spelled(self) -> str:
        return repr((self.metric.name, self.part, sorted(self.asked.items())))


def read(metric: Metric, given: Iterable[tuple[str, str]], newest: datetime) -> Question:
    """The question of an address; without as_of, of the newest instant. Raises ValueError, with what to write."""
    told = _once(list(given))
    queues: list[str] = told.pop("queue", [])
    part = told.pop("part", "rows")
    if part not in get_args(Part):
        raise ValueError(f"part={part} is none of {', '.join(get_args(Part))}")
    as_of = _instant(told.pop("as_of", newest), "as_of")
    asked: dict[str, Any] = {"as_of": as_of}
    asked |= {name: _instant(told.pop(name), name) for name in ("since", "until") if name in told}
    asked |= {"queue": tuple(sorted(set(queues)))} if queues else {}
    asked |= _weeks(told, as_of, part)
    asked |= {name: told.pop(word) for name, word in (("ticket_id", "ticket"), ("policy", "policy")) if word in told}
    return Question(metric, part, asked)


def _once(given: list[tuple[str, str]]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, text in given:
        if name not in NAMES:
            raise ValueError(f"there is no parameter {name!r}; there are {', '.join(NAMES)}")
        if not text.strip():
            raise ValueError(f"{name} is empty: leave it away, or say which")
        if name == "queue":
            told.setdefault(name, []).append(text)
        elif name in told:
            raise ValueError(f"{name} stands there twice; only queue may be repeated")
        else:
            told[name] = text
    return told


def _instant(value: str | datetime, name: str) -> datetime:
    """A plus sign in an address means a space, and offsets are written with one."""
    text = value.replace(" ", "+") if isinstance(value, str) and "T" in value else value
    instant = parse_instant(text, name).replace(tzinfo=UTC)
    if not 1971 <= instant.year <= 2100:
        raise ValueError(f"{name}={value} is out of range: calendars here reach from 1971 to 2100")
    return instant


def _weeks(told: dict[str, Any], as_of: datetime, part: str) -> dict[str, Any]:
    """The weeks that end with the one of as_of; [since, until) is for the other parts."""
    count, zone = told.pop("weeks", None), told.pop("zone", None)
    if part != "weekly":
        if count or zone:
            raise ValueError("weeks and zone belong to part=weekly")
        return {}
    number = str(count or WEEKS)
    if not (number.isascii() and number.isdecimal() and 1 <= int(number[:9]) <= MOST_WEEKS):
        raise ValueError(f"weeks={count} is not a number from 1 to {MOST_WEEKS}")
    last = Week.containing(as_of - timedelta(microseconds=1), _zone(zone or "UTC"))
    return {"weeks": tuple(last.through(int(number)))}


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError):
        raise ValueError(f"zone={name} is no time zone; write it such as Europe/Amsterdam") from None


def ask(con: Any, question: Question) -> by_name.Answer:
    """The metric's answer. Raises ValueError in the words of addresses."""
    asked = {name: list(value) if isinstance(value, tuple) else value for name, value in question.asked.items()}
    return by_name.answer(con, question.metric, question.part, asked, CALLED)
