"""The questions asked of REST2, each put so that its answer is known to be whole.

Request Tracker leaves out rows that the account may not see only after it has cut the page, so a short page, or an
empty one, ends nothing, and for all but a superuser no total is told. Every question here either fits into one page
whatever is left out, or has a row that is known to be its last.

The searches are JSON and not TransactionSQL: conditions on one field are joined with OR there unless they say
otherwise, values are not converted from the account's time zone, and neither is any time asked about.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

from ingest.client import Client, UnavailableError
from ingest.source import Json

PAGE = 100  # rows of one page at most
BLIND_PAGES = 10  # pages without a visible row, before the newest one is looked for in another way

Condition = dict[str, Any]

TICKET_ROWS: Condition = {"field": "ObjectType", "value": "RT::Ticket"}
CREATIONS: Condition = {"field": "Type", "value": "Create"}
BODIES: Sequence[Condition] = (  # not the files people send along
    {"field": "ContentType", "operator": "STARTSWITH", "value": "text/"},
    {"field": "Filename", "operator": "IS", "value": "NULL"},
)

_PERSON = "id,Name,RealName,EmailAddress"  # with `id` it is the number that transactions speak of, not the login
_TICKET = {
    "fields": "Queue,Subject,Status,Owner,Creator,Requestor,Priority,Created,Due,LastUpdated,Type,EffectiveId,"
    "CustomFields",
    "fields[Queue]": "id,Name",
    "fields[Owner]": _PERSON,
    "fields[Creator]": _PERSON,
    "fields[Requestor]": _PERSON,
}
_TRANSACTION = {
    "fields": "Type,Field,OldValue,NewValue,Data,Creator,Created,TimeTaken,ObjectId",
    "fields[Creator]": _PERSON,
}
_PLACE = {"fields": "Type,ObjectId"}
_BODY = {"fields": "ContentType,TransactionId,Content"}


def among(field: str, values: Iterable[object]) -> list[Condition]:
    """The field has one of these values: conditions on one field are alternatives."""
    return [{"field": field, "value": value} for value in values]


def within(field: str, after: int, upto: int) -> list[Condition]:
    """The field is a number above `after`, `upto` at most."""
    return [
        {"field": field, "operator": ">", "value": after},
        {"field": field, "operator": "<=", "value": upto, "entry_aggregator": "AND"},
    ]


def newest_transaction(client: Client, after: int = 0) -> int | None:
    """The number of a transaction that nothing the account could see at that moment follows, or hardly anything.

    A long stretch of rows that it may not see is left aside for the ticket that changed last. None: it sees nothing.
    """
    row = _newest(client, [{"field": "id", "operator": ">", "value": after}])
    if row is None:
        changed_last = _tickets(client, "id > 0", {"orderby": "LastUpdated", "order": "DESC", "per_page": 1})["items"]
        row = _newest(client, among("ObjectId", [changed_last[0]["id"]])) if changed_last else None
    return int(row["id"]) if row else None


def newest_ticket(client: Client) -> int:
    """The number of the newest ticket that the account sees, deleted and merged ones included; 0: it sees none."""
    row = _newest(client, [CREATIONS])
    listed = _tickets(client, "id > 0", {"orderby": "id", "order": "DESC", "per_page": 1})["items"]
    return max([*(int(ticket["id"]) for ticket in listed), *([int(row["ObjectId"])] if row else [])], default=0)


def transactions_within(client: Client, after: int, upto: int) -> Iterator[Json]:
    """Where the ticket transactions of these numbers belong: `id` and `ObjectId`."""
    for start in range(after, upto, PAGE):
        window = within("id", start, min(start + PAGE, upto))
        yield from _search(client, "transactions", [TICKET_ROWS, *window], _PLACE)


def creations_within(client: Client, after: int, upto: int) -> list[Json]:
    """The first transactions of the tickets of at most a page of numbers, deleted and merged ones included."""
    return _search(client, "transactions", [TICKET_ROWS, CREATIONS, *within("ObjectId", after, upto)], _PLACE)


def creations_of(client: Client, tickets: Sequence[int]) -> list[Json]:
    """The first transactions of at most a page of tickets."""
    return _search(client, "transactions", [TICKET_ROWS, CREATIONS, *among("ObjectId", tickets)], _PLACE)


def transactions_of(client: Client, creations: Sequence[Json]) -> list[Json]:
    """All transactions of these tickets, oldest first. Their oldest creation is the last row of the search."""
    about = [TICKET_ROWS, *among("ObjectId", _numbers(creations))]
    found: dict[int, Json] = {}  # by number: rows that arrive meanwhile push others over to the next page
    page, blind, oldest = 1, 0, _oldest(creations)
    while oldest and oldest not in found:
        rows = _search(client, "transactions", about, {**_TRANSACTION, **_newest_first(page)})
        found |= {int(row["id"]): row for row in rows}
        page, blind = page + 1, 0 if rows else blind + 1
        if blind == BLIND_PAGES:  # is that row still there, and may it still be seen?
            oldest, blind = _oldest(creations_of(client, _numbers(creations))), 0
    return [row for _, row in sorted(found.items())]


def tickets(client: Client, numbers: Sequence[int]) -> list[Json]:
    """These tickets as they are now, at most a page of them. Deleted ones are missing.

    Merged ones are told as they were: only a search that asks for EffectiveId finds them.
    """
    any_of = " OR ".join(f"id = {number}" for number in numbers)
    listed: list[Json] = _tickets(client, f"({any_of}) AND EffectiveId > 0", {**_TICKET, "orderby": "id"})["items"]
    return listed


def ticket(client: Client, number: int) -> Json | None:
    """One ticket, even a deleted one; None where it is not there or may not be seen."""
    return _one(client, f"ticket/{number}")


def ticket_numbers(client: Client, condition: str = "id > 0") -> list[int] | None:
    """The numbers of all live tickets that the account sees. None where RT keeps to itself whether that is all: with
    `UseSQLForACLChecks` off it leaves tickets out as it leaves out transactions."""
    numbers: list[int] = []
    while True:
        answer = _tickets(client, f"({condition}) AND id > {max(numbers, default=0)}", {"orderby": "id"})
        if answer.get("total") is None:
            return None
        if not answer["items"]:
            return numbers
        numbers += [int(row["id"]) for row in answer["items"]]


def bodies(client: Client, transactions: Sequence[int]) -> list[Json]:
    """The texts that came with these transactions. Whoever sees a transaction sees its attachments, so that here, and
    only here, a page that is not full is the last."""
    found: list[Json] = []
    for start in range(0, len(transactions), PAGE):
        about = [*among("TransactionId", transactions[start : start + PAGE]), *BODIES]
        page, is_last = 1, False
        while not is_last:
            rows = _search(client, "attachments", about, {**_BODY, "orderby": "id", "page": page})
            found += rows
            page, is_last = page + 1, len(rows) < PAGE
    return found


def queues(client: Client) -> dict[str, Json]:
    """Queues by number, disabled ones too."""
    return _all(client, "queues", [{"field": "id", "operator": ">", "value": 0}], "id,Name,Lifecycle")


def custom_fields(client: Client) -> dict[str, Json]:
    """The custom fields of tickets, by number."""
    return _all(client, "customfields", [{"field": "LookupType", "value": "RT::Queue-RT::Ticket"}], "id,Name,Type")


def queue(client: Client, number: str) -> Json | None:
    """One queue; None where it is not there or may not be seen."""
    return _one(client, f"queue/{number}")


def person(client: Client, number_or_login: str) -> Json | None:
    """One account of RT; None where it is not there or may not be seen."""
    return _one(client, f"user/{quote(number_or_login, safe='@')}")


def _all(client: Client, what: str, about: Sequence[Condition], fields: str) -> dict[str, Json]:
    """A short list. Whoever may not see all of it is told no total: then an empty page has to do."""
    found: dict[str, Json] = {}
    page, last = 1, None
    while last is None or page <= last:
        answer = _page(client, what, about, {"fields": fields, "find_disabled_rows": 1, "orderby": "id", "page": page})
        found |= {str(row["id"]): row for row in answer["items"]}
        if not answer["items"]:
            break
        page, last = page + 1, answer.get("pages")
    return found


def _newest(client: Client, about: Sequence[Condition]) -> Json | None:
    for page in range(1, BLIND_PAGES + 1):
        if rows := _search(client, "transactions", [TICKET_ROWS, *about], {**_PLACE, **_newest_first(page)}):
            return rows[0]
    return None


def _numbers(creations: Sequence[Json]) -> list[int]:
    return [int(row["ObjectId"]) for row in creations]


def _oldest(creations: Sequence[Json]) -> int | None:
    return min((int(row["id"]) for row in creations), default=None)


def _newest_first(page: int) -> dict[str, Any]:
    return {"orderby": "id", "order": "DESC", "page": page}


def _search(client: Client, what: str, about: Sequence[Condition], wanted: dict[str, Any]) -> list[Json]:
    """One page of rows. Of some that the account may not see RT tells the number, and blanks the rest: no rows."""
    rows: list[Json] = _page(client, what, about, wanted)["items"]
    return [row for row in rows if row.get("Type", "attachment")]


def _page(client: Client, what: str, about: Sequence[Condition], wanted: dict[str, Any]) -> Json:
    return _whole(client.post(what, json=list(about), params={"per_page": PAGE, **wanted}).json(), client, what)


def _tickets(client: Client, query: str, wanted: dict[str, Any]) -> Json:
    answer = client.get("tickets", {"query": query, "per_page": PAGE, **wanted}).json()
    return _whole(answer, client, "tickets")


def _whole(answer: Any, client: Client, what: str) -> Json:
    if not isinstance(answer, dict) or not isinstance(answer.get("items"), list):
        raise UnavailableError(f"{client.base}/{what}: no list came back; is this the address of a Request Tracker 5?")
    return answer


def _one(client: Client, path: str) -> Json | None:
    answer = client.get(path, accept=(403, 404))
    found: Json | None = answer.json() if answer.status < 400 else None
    return found
