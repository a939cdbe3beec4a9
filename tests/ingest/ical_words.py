"""Calendars in a few words, for the tests of the ical source."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from ingest import ical
from ingest.records import Absence, Account, Census, Record, Rejected, Shift
from settings.sources import ICal

READ_AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


def site(**facts: Any) -> ICal:
    """Duties in `Duty*`, absences in `Away*`, told by the attendees."""
    duties = [{"role": "duty", "title": "Duty*"}, {"title": "Away*"}]
    told = {"kind": "ical", "name": "rota", "url": "https://cal.example/rota.ics", "duties": duties, **facts}
    return ICal.model_validate({key: value for key, value in told.items() if value is not None})


def calendar(*events: str, properties: str = "", eol: str = "\r\n") -> str:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//rota.example//EN", properties, *events, "END:VCALENDAR", ""]
    text = "\n".join(line for line in lines[:-1] if line) + "\n"
    return text.replace("\r\n", "\n").replace("\n", eol)


def event(*lines: str, title: str = "Duty", who: str = "ada@acme.example", uid: str = "one") -> str:
    attendee = [f"ATTENDEE:mailto:{who}"] if who else []
    return "\n".join(["BEGIN:VEVENT", f"UID:{uid}", f"SUMMARY:{title}", *attendee, *lines, "END:VEVENT"])


def told(text: str, of: ICal | None = None, read_at: datetime = READ_AT) -> list[Record]:
    return list(ical.parse({"calendar": text, "read_at": read_at.isoformat()}, of or site()))


def spans(text: str, of: ICal | None = None) -> list[tuple[str, str]]:
    """Start and end of each shift or absence, in UTC, in order."""
    return sorted((f"{one.starts_at:%d.%m. %H:%M}", f"{one.ends_at:%d.%m. %H:%M}") for one in times(told(text, of)))


def times(records: list[Record]) -> list[Shift | Absence]:
    return [record for record in records if isinstance(record, Shift | Absence)]


def people(text: str, of: ICal | None = None) -> list[str]:
    return sorted(one.account_id for one in times(told(text, of)))


def accounts(text: str, of: ICal | None = None) -> list[Account]:
    return [record for record in told(text, of) if isinstance(record, Account)]


def rejected(records: list[Record]) -> list[str]:
    return [f"{record.place}: {record.reason}" for record in records if isinstance(record, Rejected)]


def complaints(text: str, of: ICal | None = None) -> list[str]:
    return rejected(told(text, of))


def covered(records: list[Record]) -> list[str]:
    """What the census of shifts says it covers, below the source's name."""
    return [record.prefix for record in records if isinstance(record, Census) and record.what == "shift"]


def take_in(stored: dict[str, Record], records: list[Record]) -> None:
    """What the store does with the records of a page."""
    for record in records:
        match record:
            case Shift():
                stored[record.shift_id] = record
            case Absence():
                stored[record.absence_id] = record
            case Census():
                for gone in list(_of_kind(stored, record)):
                    del stored[gone]


def _of_kind(stored: dict[str, Record], census: Census) -> Iterator[str]:
    kind = Shift if census.what == "shift" else Absence
    for key, record in stored.items():
        if isinstance(record, kind) and key.startswith(census.prefix) and key not in census.ids:
            yield key
