"""Phorge's Calendar as shifts and absences: which events there are, which are cancelled, who is invited.

`calendar.event.search` tells none of that by itself, and shows one month unless told otherwise, so:

1. The transactions of all events name every event that is or was. When the newest of them is the one seen by the run
   before, nothing has changed, and that single question was all. (Once a week everything is read anyway: joining a
   project that is invited leaves no transaction.)
2. The events are asked for by PHID, a hundred at a time, which always fits into one page (paging here loses rows) and
   keeps the instances of endless series out; once with the cancelled ones and once without.
3. Of those that the settings call shifts or absences: who is invited? A group of people is asked about at once and
   halved where the answer is not empty. An event without guests is its host's.

What cannot be told this way: who declined, and guests who are invited as a project are indistinguishable from guests
invited by name. Only the first and the edited instances of a recurring event have a PHID; that others exist is said as
a rejection. The ICS export tells both: read it with an `ical` source instead.

All-day events are dates. They begin and end at midnight UTC: whose midnight Phorge meant is not told.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from ingest.client import Client
from ingest.phorge.book import account, instant
from ingest.phorge.conduit import LIMIT, TRANSACTIONS, ConduitError, LostCursorError, OverheatedError, call, rows
from ingest.records import Absence, Account, Census, Record, Rejected, Shift
from settings.sources import Duty, Phorge

Json = Mapping[str, Any]
Row = dict[str, Any]
LISTED = {"display": "list"}


def newest(client: Client) -> int:
    """The number of the last transaction of any event; 0: there are none. Raises ClientError."""
    try:
        found = call(client, "transaction.search", objectType="CEVT", limit=LIMIT)
    except OverheatedError:
        found = call(client, "transaction.search", objectType="CEVT", limit=TRANSACTIONS)
    return int(max((row["id"] for row in found["data"]), default=0))


def page(client: Client, duties: list[Duty], taken_at: int) -> Row:
    """Everything that Calendar tells of shifts and absences. Raises ClientError."""
    phids = _every_event(client)
    events, active, is_whole = _events(client, phids)
    wanted = [event["phid"] for event in events if event["phid"] in active and duty(event, duties)]
    users = sorted(rows(client, "user.search"), key=lambda user: user["id"])
    people = [user["phid"] for user in users]
    guests = _who(client, "invitedPHIDs", people, wanted, is_whole)
    alone = [phid for phid in wanted if not guests.get(phid)]
    hosts = _who(client, "hostPHIDs", people, alone, is_whole)
    named = {phid for found in (guests, hosts) for phids in found.values() for phid in phids}
    return {
        "calendar": [event for event in events if event["phid"] in wanted],
        "who": {phid: guests.get(phid) or hosts.get(phid, []) for phid in wanted},
        "users": [user for user in users if user["phid"] in named],
        "recurring": _recurring(client, duties) if is_whole else [],
        "is_whole": is_whole,
        "taken_at": taken_at,
    }


def duty(event: Json, duties: list[Duty]) -> Duty | None:
    """The first rule that an event's name matches."""
    return next((rule for rule in duties if fnmatchcase(event["fields"]["name"], _pattern(rule.title))), None)


def parse(page: Json, site: Phorge) -> Iterator[Record]:
    """The shifts and absences of a calendar page."""
    users = {user["phid"]: account(site.name, user) for user in page["users"]}
    yield from users.values()
    found: list[Shift | Absence] = []
    for event in page["calendar"]:
        found += _duties(event, page["who"].get(event["phid"], []), users, site)
    yield from found
    for name in page["recurring"]:
        yield Rejected(f"calendar, {name}", "it repeats, and Conduit does not tell its instances: read ICS instead")
    if not page["is_whole"]:
        yield Rejected("calendar", "before September 2025 Phorge told events to come only: read its ICS export instead")
        return
    for what, kind in (("shift", Shift), ("absence", Absence)):
        ids = tuple(_id(record) for record in found if isinstance(record, kind))
        yield Census(what, f"{site.name}/E", ids, instant(page["taken_at"]))  # type: ignore[arg-type]


def _duties(event: Json, people: list[str], users: dict[str, Account], site: Phorge) -> Iterator[Shift | Absence]:
    rule = duty(event, site.calendar)
    starts_at, ends_at = _time(event, "start"), _time(event, "end")
    if rule is None or ends_at <= starts_at:
        return
    for phid in people:
        name = f"{site.name}/E{event['id']}/{users[phid].login}"
        if rule.role is None:
            yield Absence(name, site.name, users[phid].account_id, starts_at, ends_at)
        else:
            yield Shift(name, site.name, rule.role, users[phid].account_id, starts_at, ends_at)


def _id(record: Shift | Absence) -> str:
    return record.shift_id if isinstance(record, Shift) else record.absence_id


def _time(event: Json, which: str) -> datetime:
    """An all-day event is a date, the same for every viewer; its epoch is midnight where the viewer lives."""
    told = event["fields"][f"{which}DateTime"]
    if event["fields"]["isAllDay"]:
        return datetime.fromisoformat(f"{told['iso8601'][:8]}T000000+00:00")
    return instant(told["epoch"])


def _pattern(title: str) -> str:
    """Only * and ? are special in it."""
    return title.replace("[", "[[]")


def _every_event(client: Client) -> list[str]:
    """The PHIDs of all events, oldest transaction last."""
    found: dict[str, None] = {}
    after: list[int] = []
    while True:
        cursor = after[0] if after else None
        try:
            told = call(client, "transaction.search", objectType="CEVT", limit=TRANSACTIONS, after=cursor)
        except LostCursorError:
            after = after[1:]
            continue
        found.update(dict.fromkeys(row["objectPHID"] for row in told["data"]))
        if not told["cursor"]["after"]:
            return sorted(found)
        after = [row["id"] for row in reversed(told["data"])]


def _events(client: Client, phids: list[str]) -> tuple[list[Row], set[str], bool]:
    """All events that may be seen, those of them that are not cancelled, and whether the past is among them.

    Raises ClientError: also where there are no events, to learn whether Calendar is switched on.
    """
    try:
        asked = list(_chunks(phids)) or [[]]
        events = [event for chunk in asked for event in _search(client, chunk, isCancelled="both", **LISTED)]
        active = {event["phid"] for chunk in asked for event in _search(client, chunk, isCancelled="active", **LISTED)}
    except ConduitError as error:
        if not _is_unknown_constraint(error):
            raise
        events = [event for chunk in _chunks(phids) for event in _search(client, chunk, "upcoming")]
        return events, {event["phid"] for event in events}, False
    return events, active, True


def _search(client: Client, phids: Iterable[str], key: str | None = None, **constraints: Any) -> list[Row]:
    asked = {"phids": list(phids), **constraints}
    found = call(client, "calendar.event.search", queryKey=key, constraints=asked, limit=LIMIT)["data"]
    return [event for event in found if event["phid"]]


def _is_unknown_constraint(error: ConduitError) -> bool:
    return error.code == "ERR-INVALID-CONSTRAINT" or "invalid key" in str(error) or "constraint" in str(error).lower()


def _chunks(phids: list[str]) -> Iterator[list[str]]:
    yield from (phids[begin : begin + LIMIT] for begin in range(0, len(phids), LIMIT))


def _who(client: Client, which: str, people: list[str], events: list[str], is_whole: bool) -> dict[str, list[str]]:
    """The people of each event, in the order of `people`."""
    found: dict[str, list[str]] = {}
    how = (None, {**LISTED, "isCancelled": "active"}) if is_whole else ("upcoming", {})
    for chunk in _chunks(events):
        for person, phids in _halving(client, which, people, chunk, how):
            for phid in phids:
                found.setdefault(phid, []).append(person)
    return found


def _halving(
    client: Client, which: str, people: list[str], events: list[str], how: tuple[str | None, Json]
) -> Iterator[tuple[str, list[str]]]:
    """Each person with their events. A half of the people that shares no event is done with in one question; events
    that the whole was not invited to are not asked about again."""
    if not people or not events:
        return
    told = {event["phid"] for event in _search(client, events, how[0], **{which: people}, **how[1])}
    hit = [phid for phid in events if phid in told]
    if len(people) == 1:
        yield people[0], hit
        return
    half = len(people) // 2
    yield from _halving(client, which, people[:half], hit, how)
    yield from _halving(client, which, people[half:], hit, how)


def _recurring(client: Client, duties: list[Duty]) -> list[str]:
    """The names of shifts and absences that repeat: their further instances have no PHID."""
    found = call(
        client, "calendar.event.search", constraints={**LISTED, "isCancelled": "active"}, limit=LIMIT
    )["data"]  # fmt: skip
    return sorted({event["fields"]["name"] for event in found if not event["phid"] and duty(event, duties)})
