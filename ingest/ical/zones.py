"""Which time zone a calendar means.

Producers name zones as IANA does, as Windows does ("W. Europe Standard Time"), with a vendor's prefix
("/example.org/Europe/Berlin"), or by a name of their own that a VTIMEZONE of the file defines. A name that the system
knows counts for what the system knows: its rules are kept up to date, those in the file need not be.
"""

import hashlib
from collections.abc import Iterable
from datetime import tzinfo
from zoneinfo import ZoneInfo

from icalendar import Timezone
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from ingest.ical.text import Component
from ingest.records import UnreadableError


class Zones:
    """The zones of one file. `own` is where its times that name no zone are at home."""

    def __init__(self, own: ZoneInfo, definitions: Iterable[Component] = (), *, is_guessed: bool = False) -> None:
        self.own = own
        self.is_guessed = is_guessed  # nobody said where the calendar is at home
        self._definitions = {part.told("TZID"): part for part in definitions}
        self._found: dict[str, tzinfo] = {}

    def named(self, name: str) -> tzinfo:
        """Raises UnreadableError where neither the system nor the file knows the zone."""
        if name not in self._found:
            self._found[name] = known(name) or self._defined(name)
        return self._found[name]

    def _defined(self, name: str) -> tzinfo:
        definition = self._definitions.get(name)
        if definition is None:
            raise UnreadableError(f"the time zone {name!r} is unknown, and the file does not define it")
        try:
            return _made(definition)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError):
            raise UnreadableError(
                f"the time zone {name!r}, defined in line {definition.number}, cannot be read"
            ) from None


def known(name: str) -> ZoneInfo | None:
    """The system's zone of that name, if it has one."""
    parts = name.strip("/").split("/")
    candidates = ["/".join(parts), WINDOWS_TO_OLSON.get(name, "")]
    if name.startswith("/"):
        candidates += ["/".join(parts[start:]) for start in range(1, len(parts))]
    return next((zone for candidate in candidates if candidate and (zone := _of_system(candidate))), None)


def _of_system(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def _made(definition: Component) -> tzinfo:
    """icalendar keeps zones by name for the whole program, so the name given to it is one that no other file has."""
    lines = [line for line in definition.written() if not line.upper().startswith("TZID")]
    name = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    text = "\r\n".join([lines[0], f"TZID:{name}", *lines[1:]])
    made = Timezone.from_ical(text)
    if not isinstance(made, Timezone):
        raise TypeError
    zone: tzinfo = made.to_tz(lookup_tzid=False)
    return zone
