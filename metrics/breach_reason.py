"""Why a promise was broken, in words: what was not done before the deadline, told from events alone.

Every function here is given what was known at the instant asked about, and asks nothing itself.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from metrics.deadline import seconds
from metrics.wording import counted, joined, moment, sentence, span
from metrics.worktime import Calendar

_LACKING = {
    "priority_set": "a priority",
    "project_set": "a project",
    "label_set": "a label",
    "owner_set": "an owner",
    "commented": "a comment",
    "closed": "a closing",
    "left_new": "a move out of New",
}
_UNSEEN = ("created", "other", "link", "lock")  # changes by which nobody takes up a ticket
_BEGUN_BY_ARRIVAL = ("triage", "first_response", "resolve")
_BY_ARRIVAL = re.compile(r"(?P<inside>.+) in office hours, else by the (?P<outside>.+)")


@dataclass(frozen=True, slots=True)
class Deed:
    """One event of the ticket; is_author says that the requester did it."""

    occurred_at: datetime
    field: str
    old: str | None
    new: str | None
    is_bot: bool = False
    is_author: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """A triage condition that began (+1) or ceased (-1) to hold."""

    condition: str
    changed_at: datetime
    change: int


@dataclass(frozen=True, slots=True)
class Broken:
    """A clock that missed its deadline, with everything its reason is told from.

    Instants are UTC without a zone, as in the store. `rule` is the triage rule in force as any/all over conditions,
    None where the queue has none. `near` is the instant around which a weekday needs no date.
    """

    clock: str
    goal: str
    started_at: datetime
    due_at: datetime
    met_at: datetime | None
    is_open: bool
    paused_working_seconds: float
    calendar: Calendar
    zone: str
    near: datetime
    deeds: Sequence[Deed]
    conditions: Sequence[Held] = ()
    rule: Any = None

    def when(self, instant: datetime) -> str:
        return moment(instant, self.zone, self.near)


def reason(broken: Broken) -> str:
    """One or two sentences."""
    causes = {"triage": _untriaged, "first_response": _unanswered, "resolve": _unfinished, "update": _silent}
    cause = causes.get(broken.clock, _undone)(broken)
    told = [f"{arrival}; {cause}" if (arrival := _arrival(broken)) else cause, _pause(broken), _handovers(broken)]
    return " ".join(sentence(text) for text in told if text)


def _arrival(broken: Broken) -> str | None:
    if broken.clock not in _BEGUN_BY_ARRIVAL or broken.calendar.is_open(broken.started_at.replace(tzinfo=UTC)):
        return None
    return f"arrived {broken.when(broken.started_at)}, outside hours"


def _untriaged(broken: Broken) -> str:
    touch = _first(broken)
    if touch is None:
        return _untouched(broken)
    lacked = lacking(broken.rule, holding(broken.conditions, broken.due_at))
    answer = _first(broken, "comment")
    seen = f"answered {broken.when(answer)}" if answer else f"first touched {broken.when(touch)}"
    return f"{seen}, but {f'lacked {lacked}' if lacked else 'was not triaged'} {_until(broken)}"


def _unanswered(broken: Broken) -> str:
    touch = _first(broken)
    if touch is None:
        return _untouched(broken)
    return f"touched {broken.when(touch)}, but nobody wrote to the requester in time: {_promise(broken)}"


def _untouched(broken: Broken) -> str:
    has_bot_word = any(
        deed.is_bot and deed.field == "comment" and deed.occurred_at < broken.due_at for deed in broken.deeds
    )
    nobody = "only a bot answered" if has_bot_word else "nobody but the requester touched it"
    return f"{nobody} before the deadline: {_promise(broken)}"


def _unfinished(broken: Broken) -> str:
    owned = _first(broken, "owner")
    if owned is None:
        return f"had no owner before the deadline: {_promise(broken)}"
    return f"had an owner since {broken.when(owned)}, but was not finished: {_promise(broken)}"


def _silent(broken: Broken) -> str:
    end = f"until {broken.when(broken.met_at)}" if broken.met_at else "to this day"
    return f"no word of progress from {broken.when(broken.started_at)} {end}; one was owed within {_goal(broken)}"


def _undone(broken: Broken) -> str:
    done = f"done {broken.when(broken.met_at)}" if broken.met_at else "not done yet"
    return f"{done}: {_promise(broken)}"


def _until(broken: Broken) -> str:
    if broken.met_at is not None:
        return f"until {broken.when(broken.met_at)}"
    return "to this day" if broken.is_open else "until it was closed"


def _first(broken: Broken, gained: str | None = None) -> datetime | None:
    """When somebody other than the requester first touched the ticket, or gave it such a thing, before the deadline."""
    by_staff = (deed for deed in broken.deeds if not (deed.is_bot or deed.is_author or deed.field in _UNSEEN))
    before = (
        d.occurred_at
        for d in by_staff
        if d.occurred_at <= broken.due_at and (gained is None or (d.field == gained and d.new))
    )
    return min((at for at in before if at >= broken.started_at), default=None)


def _promise(broken: Broken) -> str:
    arrived = "came" if broken.clock in _BEGUN_BY_ARRIVAL else "began"
    after = "" if "day" in (goal := _goal(broken)) else f" after it {arrived}"
    return f"due {broken.when(broken.due_at)}, {goal}{after}"


def _goal(broken: Broken) -> str:
    found = _BY_ARRIVAL.fullmatch(broken.goal)
    goal = broken.goal if found is None else found["inside" if _is_inside(broken) else "outside"]
    if (allowed := seconds(goal)) is None:
        return "the end of the next working day"
    kind = "" if broken.calendar == Calendar.always(broken.calendar.zone) else "working "
    hours, minutes = divmod(int(allowed) // 60, 60)
    return counted(hours, f"{kind}hour") if not minutes else counted(hours * 60 + minutes, f"{kind}minute")


def _is_inside(broken: Broken) -> bool:
    started = broken.started_at.replace(tzinfo=UTC)
    day = broken.calendar.day_span(broken.calendar.local(started).date())
    return day is not None and day[0] <= started < day[1]


def _pause(broken: Broken) -> str | None:
    paused = broken.paused_working_seconds
    return f"its clock stood still for {span(paused)} while it waited" if paused else None


def _handovers(broken: Broken) -> str | None:
    """Passing a ticket on twice or more is worth telling; once is how work is shared."""
    end = broken.met_at or datetime.max  # noqa: DTZ901 - instants in the store carry no zone
    gained = [deed.new for deed in broken.deeds if deed.field == "owner" and deed.new and deed.occurred_at <= end]
    passed = sum(before != after for before, after in pairwise(gained))
    return f"changed hands {passed} times" if passed > 1 else None


def holding(conditions: Sequence[Held], instant: datetime) -> frozenset[str]:
    """The triage conditions that held at an instant."""
    totals: dict[str, int] = {}
    for held in conditions:
        if held.changed_at <= instant:
            totals[held.condition] = totals.get(held.condition, 0) + held.change
    return frozenset(condition for condition, total in totals.items() if total > 0)


def lacking(rule: Any, held: frozenset[str]) -> str | None:
    """What a triage rule still asks for, in words; None where it is satisfied or there is none.

    >>> lacking({"any": ["left_new", {"all": ["priority_set", "owner_set"]}]}, frozenset())
    'a move out of New, or a priority and an owner'
    >>> lacking({"any": ["left_new", {"all": ["priority_set", "owner_set"]}]}, frozenset({"priority_set"}))
    'a move out of New or an owner'
    """
    match rule:
        case str():
            return None if rule in held else _LACKING[rule]
        case {"all": parts}:
            return joined([text for part in parts if (text := lacking(part, held))]) or None
        case {"any": parts}:
            texts = [lacking(part, held) for part in parts if part != "closed" or len(parts) == 1]
            open_ways = [text for text in texts if text]
            is_met = len(open_ways) < len(texts) or ("closed" in parts and "closed" in held)
            return None if is_met else _either(open_ways)
    return None


def _either(ways: Sequence[str]) -> str:
    return ", or ".join(ways) if any(" and " in way for way in ways) else joined(ways, "or")
