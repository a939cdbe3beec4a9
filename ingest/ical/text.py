"""iCalendar text into components and their content lines. Every line knows where it stands in the file, so that
whatever is wrong with it can be said with its number.

Only the frame is read here: unfolding, BEGIN and END. What a line means is icalendar's business, one line at a time,
so that one unreadable line spoils its own event and no other.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from icalendar.parser import Contentline
from icalendar.prop import vDDDTypes

from ingest.records import UnreadableError

_BREAK = re.compile(r"\r?\n")  # never str.splitlines: it breaks at characters that titles may hold
YEARS = range(1900, 2200)  # within reach of every zone

Moment = date | datetime


@dataclass(frozen=True, slots=True)
class Line:
    """One content line, unfolded."""

    number: int  # where it begins in the file
    name: str  # in upper case
    text: str

    def parts(self) -> tuple[dict[str, str], str]:
        """Parameters, names in upper case, and the value without escapes. Raises UnreadableError."""
        try:
            return _parts(self.text)
        except ValueError:
            raise UnreadableError(f"line {self.number} is not a property: {self.text!r:.60}") from None

    def moments(self) -> list[Any]:
        """The dates, instants, durations or periods of the line, as written. Raises UnreadableError."""
        _, value = self.parts()
        return [self._moment(text) for text in value.split(",") if text]

    def _moment(self, text: str) -> Any:
        try:
            moment = vDDDTypes.from_ical(text.strip())  # type: ignore[no-untyped-call]
        except (ValueError, OverflowError):
            raise UnreadableError(
                f"line {self.number}: {self.name} is {text!r:.40}, which is no date or time"
            ) from None
        if isinstance(moment, date) and moment.year not in YEARS:
            raise UnreadableError(f"line {self.number}: {self.name} is {text!r:.40}, in a year out of reach")
        return moment


@lru_cache(maxsize=256)  # a line is looked at several times in a row
def _parts(text: str) -> tuple[dict[str, str], str]:
    _, parameters, value = Contentline(text).parts()  # type: ignore[no-untyped-call]
    return {key.upper(): _one(found) for key, found in parameters.items()}, str(value)


def _one(value: Any) -> str:
    return str(value[0]) if isinstance(value, list) and value else str(value)


@dataclass(slots=True)
class Component:
    """What stands between a BEGIN and its END."""

    name: str
    number: int  # the line of its BEGIN
    lines: list[Line] = field(default_factory=list)
    parts: list["Component"] = field(default_factory=list)
    is_whole: bool = True  # it had an END of its own

    def every(self, name: str) -> list[Line]:
        return [line for line in self.lines if line.name == name]

    def first(self, name: str) -> Line | None:
        return next((line for line in self.lines if line.name == name), None)

    def text(self, name: str) -> str:
        """The value of a property, or "" where there is none. Raises UnreadableError."""
        line = self.first(name)
        return " ".join(line.parts()[1].split()) if line else ""

    def told(self, name: str) -> str:
        """The same of a property that matters little: "" where it cannot be read."""
        try:
            return self.text(name)
        except UnreadableError:
            return ""

    def written(self) -> Iterator[str]:
        """As content lines again."""
        yield f"BEGIN:{self.name}"
        yield from (line.text for line in self.lines)
        for part in self.parts:
            yield from part.written()
        yield f"END:{self.name}"


def calendars(text: str) -> list[Component]:
    """The VCALENDAR components of a file.

    Raises UnreadableError where the text is no calendar, or ends before the calendar does: what is missing from half
    a calendar was not deleted.
    """
    found: list[Component] = []
    stack: list[Component] = []
    for line in _unfolded(text):
        if line.name == "BEGIN":
            _begin(Component(_value(line), line.number), stack)
        elif line.name == "END":
            found += _end(_value(line), stack)
        elif stack:
            stack[-1].lines.append(line)
        elif not found:
            raise UnreadableError(f"this is no calendar: line {line.number} is {line.text!r:.60}, not BEGIN:VCALENDAR")
    if stack:
        raise UnreadableError(f"the calendar that begins in line {stack[0].number} has no end: the file was cut off")
    if not any(component.name == "VCALENDAR" for component in found):
        raise UnreadableError("this is no calendar: it holds no BEGIN:VCALENDAR")
    return [component for component in found if component.name == "VCALENDAR"]


def _unfolded(text: str) -> Iterator[Line]:
    number, kept = 1, ""
    for n, physical in enumerate(_BREAK.split(text.removeprefix("\ufeff")), start=1):
        if physical[:1] in (" ", "\t") and kept:
            kept += physical[1:]
            continue
        if kept.strip():
            yield Line(number, _name(kept), kept)
        number, kept = n, physical
    if kept.strip():
        yield Line(number, _name(kept), kept)


def _name(text: str) -> str:
    return re.split("[;:]", text, maxsplit=1)[0].strip().upper()


def _value(line: Line) -> str:
    return line.text.partition(":")[2].strip().upper()


def _begin(component: Component, stack: list[Component]) -> None:
    if component.name == "VEVENT" and stack and stack[-1].name == "VEVENT":
        stack.pop().is_whole = False
    if stack:
        stack[-1].parts.append(component)
    stack.append(component)


def _end(name: str, stack: list[Component]) -> list[Component]:
    """Close the innermost component of that name; what was still open within it is not whole."""
    if name not in [component.name for component in stack]:
        for component in stack[-1:]:
            component.is_whole = False
        return []
    while (closed := stack.pop()).name != name:
        closed.is_whole = False
    return [] if stack else [closed]
