"""calendar.event.search of a made-up Phorge, with what makes it hard to read.

Without display=list it shows the current month; instances of repeating events have no PHID, and an endless series
fills the page so that later events do not fit in.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from ingest.demo.trackers.phorge.model import CalendarEvent
from ingest.demo.trackers.phorge.paging import envelope, listed
from ingest.demo.trackers.phorge.refusal import Refusal
from ingest.demo.trackers.phorge.search import POLICY
from ingest.demo.trackers.phorge.tables import Tables

Json = dict[str, Any]
CONSTRAINTS = {"ids", "phids", "invitedPHIDs", "hostPHIDs"}
SINCE_2025 = {"display", "isCancelled"}
PAGE = 100


class Calendar:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def search(self, asked: Json, release: str) -> Json:
        """One page, sorted by begin. Raises Refusal."""
        constraints = asked.get("constraints") or {}
        if set(constraints) - CONSTRAINTS - (SINCE_2025 if release != "2024.35" else set()):
            code = "ERR-INVALID-CONSTRAINT" if release != "2024.35" else "ERR-CONDUIT-CORE"
            raise Refusal(code, 'Parameter "constraints" includes an invalid key.')
        if int(asked.get("limit") or PAGE) > PAGE:
            raise Refusal("ERR-INVALID-PAGE-SIZE", "Maximum page size for Conduit API method calls is 100.")
        chosen = [event for event in self._tables.events.values() if _wanted(event, constraints)]
        first, last = self._range(asked, constraints)
        shown = [row for event in chosen for row in self._instances(event, constraints) if first <= row[1] < last]
        shown.sort(key=lambda row: (row[1], row[0] is None, row[2].id))
        rows = [_row(*row) for row in shown[: int(asked.get("limit") or PAGE)]]
        return envelope(rows, {"limit": asked.get("limit", PAGE), "after": None, "before": None}, asked)

    def _range(self, asked: Json, constraints: Json) -> tuple[datetime, datetime]:
        now = self._tables.now.astimezone(UTC)
        forever = datetime.max.replace(tzinfo=UTC)
        if asked.get("queryKey") == "upcoming":
            return now, forever
        if constraints.get("display") == "list":
            return datetime.min.replace(tzinfo=UTC), forever
        first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return first, first + timedelta(days=31)

    def _instances(
        self, event: CalendarEvent, constraints: Json
    ) -> list[tuple[str | None, datetime, CalendarEvent, datetime]]:  # fmt: skip
        """An event and, unless it is asked for by name, its repetitions, which have none."""
        starts, ends = _instant(event.starts), _instant(event.ends)
        found: list[tuple[str | None, datetime, CalendarEvent, datetime]] = [(event.phid, starts, event, ends)]
        if event.repeats and "phids" not in constraints and "ids" not in constraints:
            late = timedelta(days=0 if isinstance(event.starts, datetime) else 1)  # all-day ghosts end a day too late
            steps = (timedelta(days=event.repeats * n) for n in range(1, PAGE))
            found += [(None, starts + step, event, ends + step + late) for step in steps]
        return found


def _wanted(event: CalendarEvent, constraints: Json) -> bool:
    cancelled = constraints.get("isCancelled", "active")
    guests, hosts = listed(constraints, "invitedPHIDs"), listed(constraints, "hostPHIDs")
    ids, phids = listed(constraints, "ids"), listed(constraints, "phids")
    return (
        (cancelled == "both" or event.is_cancelled == (cancelled == "cancelled"))
        and (guests is None or bool(set(guests) & set(event.guests)))
        and (hosts is None or event.host in hosts)
        and (ids is None or str(event.id) in ids)
        and (phids is None or event.phid in phids)
    )


def _instant(when: date | datetime) -> datetime:
    if isinstance(when, datetime):
        return when.astimezone(UTC)
    return datetime(when.year, when.month, when.day, tzinfo=UTC)


def _row(phid: str | None, starts: datetime, event: CalendarEvent, ends: datetime) -> Json:
    is_all_day = not isinstance(event.starts, datetime)
    fields = {
        "name": event.name, "description": "", "isAllDay": is_all_day,
        "startDateTime": _time(starts, is_all_day), "endDateTime": _time(ends, is_all_day), "spacePHID": None,
        "dateCreated": event.created if phid else 0, "dateModified": event.created if phid else 0, "policy": POLICY,
    }  # fmt: skip
    return {"id": event.id if phid else 0, "type": "CEVT" if phid else "????", "phid": phid, "fields": fields,
            "attachments": {}}  # fmt: skip


def _time(when: datetime, is_all_day: bool) -> Json:
    """The date of an all-day event is everybody's; its epoch is midnight at the viewer's, here five hours off."""
    shown = when.strftime("%Y%m%d") if is_all_day else when.strftime("%Y%m%dT%H%M%SZ")
    epoch = int(when.timestamp()) + (5 * 3_600 if is_all_day else 0)
    return {"epoch": epoch, "display": {"default": when.strftime("%b %d %Y, %H:%M")}, "iso8601": shown,
            "timezone": "America/New_York" if is_all_day else "UTC"}  # fmt: skip
