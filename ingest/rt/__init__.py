"""Request Tracker 5, asked through REST2: who asks, what a page holds, and what the doctor looks at.

A page is one of
- `{"kind": "tickets", ...}`: tickets with their whole history, see `pages`;
- `{"kind": "queues", "queues": ...}`: whose lifecycle tells what a status means;
- `{"kind": "census", "numbers": ..., "taken_at": ...}`: every live ticket that the account sees.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ingest.client import Client, ClientError, Wire
from ingest.records import Account, Census, Record, Rejected, Status, UnreadableError
from ingest.rt import questions as ask
from ingest.rt.changes import NAME, NOBODY, SYSTEM, Names, is_known
from ingest.rt.history import records
from ingest.rt.text import texts
from ingest.rt.walk import fetch
from ingest.source import Json
from settings.sources import RequestTracker

__all__ = ["NAME", "connect", "examine", "fetch", "is_known", "parse"]

# The stages of RT's own lifecycle, `default`. Others have statuses of their own, which REST2 does not explain.
STAGES = (
    ("new", "new"),
    ("open", "active"),
    ("stalled", "waiting"),
    ("resolved", "done"),
    ("rejected", "done"),
    ("deleted", "done"),
)
_TOKEN = re.compile(r"\d+-(\d+)-\w+")  # the middle is whose it is
_MALFORMED = (KeyError, TypeError, AttributeError, ValueError, IndexError, OverflowError)


def connect(site: RequestTracker, secret: str | None, wire: Wire | None = None) -> Client:
    """A client that carries the account's auth token. Raises ClientError where there is none."""
    if not secret:
        raise ClientError(f"{site.name} needs an auth token of Request Tracker; put it into {site.variable}")
    base = site.url.rstrip("/").removesuffix("/REST/2.0")
    return Client(f"{base}/REST/2.0", headers={"Authorization": f"token {secret}"}, secrets=[secret], wire=wire)


def parse(page: Json, site: RequestTracker, scope: str = "") -> Iterator[Record]:  # noqa: ARG001
    """The records of one page. Raises UnreadableError; a ticket that cannot be read is rejected by itself."""
    try:
        match page["kind"]:
            case "tickets":
                yield from _tickets(page, site)
            case "queues":
                yield from _statuses(page, site)
            case "census":
                ids = tuple(f"{site.name}/{number}" for number in page["numbers"])
                yield Census("ticket", f"{site.name}/", ids, datetime.fromisoformat(page["taken_at"]))
            case kind:
                raise UnreadableError(f"{kind!r} is no page of Request Tracker")
    except UnreadableError:
        raise
    except _MALFORMED as error:
        raise UnreadableError(f"not a page of Request Tracker: {type(error).__name__}: {error}") from error


def examine(client: Client, site: RequestTracker) -> Iterator[tuple[bool, str]]:
    """Is RT there and new enough, whose token is it, in which time zone, and what does it see? Raises ClientError."""
    version = str(client.get("rt").json().get("Version"))
    is_new_enough = version.split(".")[0].isdigit() and int(version.split(".")[0]) >= 5
    yield is_new_enough, f"Request Tracker {version} answers" + ("" if is_new_enough else "; version 5 is needed")
    yield _zone(client)
    names = {str(queue["Name"]) for queue in ask.queues(client).values()}
    for queue in site.queues:
        if queue not in names:
            yield False, f"there is no queue {queue}, or this account lacks SeeQueue there"
    newest = ask.newest_ticket(client)
    seen = f"the account sees tickets up to #{newest}" if newest else "the account sees no ticket; grant it ShowTicket"
    yield bool(newest), seen


def _zone(client: Client) -> tuple[bool, str]:
    whose = _TOKEN.fullmatch(client.secrets[0])
    person = ask.person(client, whose[1]) if whose else None
    if not person:
        return False, "the token does not tell whose it is, so the account's time zone is unknown; it should be UTC"
    zone = person.get("Timezone")
    if zone == "UTC":
        return True, f"the account {person['Name']} has the time zone UTC"
    has = f"has the time zone {zone}" if zone else "has no time zone of its own"
    return False, f"the account {person['Name']} {has}; set it to UTC, so that dates mean the same to all who ask"


def _tickets(page: Json, site: RequestTracker) -> Iterator[Record]:
    names = Names(site.name, page["people"], page["queues"], page["customfields"], site.labels)
    yield from _accounts(page, names)
    rows: dict[str, dict[int, Json]] = defaultdict(dict)
    for row in page["transactions"]:
        if row["Type"]:  # without one it is a row that the account may not see
            rows[row["ObjectId"]][int(row["id"])] = row
    said = texts(page["attachments"])
    for ticket in page["tickets"]:
        own = [row for _, row in sorted(rows[str(ticket["id"])].items())]
        try:
            yield from list(records(ticket, own, said, names))
        except _MALFORMED as error:
            yield Rejected(f"ticket {ticket['id']}", f"{type(error).__name__}: {error}")


def _accounts(page: Json, names: Names) -> Iterator[Account]:
    known: dict[str, Json] = {}
    for number, person in page["people"].items():
        login = str(person.get("Name") or number)
        if login != NOBODY and (login not in known or person.get("RealName")):
            known[login] = person
    for login, person in sorted(known.items()):
        name, email = person.get("RealName") or None, person.get("EmailAddress") or None
        yield Account(f"{names.source}/{login}", names.source, login, name, login == SYSTEM, email)


def _statuses(page: Json, site: RequestTracker) -> Iterator[Status]:
    lifecycles: set[Any] = {queue.get("Lifecycle") for queue in page["queues"].values()}
    if "default" in lifecycles:
        yield from (Status(site.name, status, stage) for status, stage in STAGES)  # type: ignore[arg-type]
