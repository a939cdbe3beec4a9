"""A made-up Request Tracker 5: what it answers to whom, by the rules of REST2.

Lists are cut into pages before the rows that the reader may not see are left out, so that a page may be short or even
empty with more behind it; then RT tells no total. Searches for tickets never find deleted ones, and merged ones only
where the question names EffectiveId.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from math import ceil
from typing import Any
from urllib.parse import urlencode

from ingest.demo.trackers.rt.columns import SEARCHED, TICKETS, TRANSACTIONS, columns, ticket_columns
from ingest.demo.trackers.rt.desk import RequestTrackerDesk
from ingest.demo.trackers.rt.queries import MalformedError, Query, QueryError, searched, sql
from ingest.demo.trackers.rt.rows import READER, Attachment, Queue, Ticket, Transaction
from ingest.demo.trackers.rt.shapes import CannotTellError, Row, Teller
from ingest.demo.trackers.wire import Request, Response

VERSION = "5.0.3+dfsg-3~deb12u6"
TOKEN = f"1-{READER}-0123456789abcdef0123456789abcdef"


class RequestTracker(RequestTrackerDesk):
    """`user_zone` is the time zone in the reader's profile, None for none: then the server's counts."""

    def __init__(
        self,
        *,
        token: str = TOKEN,
        now: datetime = datetime(2026, 1, 1, tzinfo=UTC),
        user_zone: str | None = "UTC",
        is_superuser: bool = False,
    ) -> None:
        super().__init__(now, user_zone=user_zone, is_superuser=is_superuser)
        self._token = token

    def answer(self, request: Request) -> Response:
        refusal = self._refusal(request)
        path = request.path.removeprefix("/REST/2.0")
        if refusal or path == request.path:
            return refusal or _problem(404, "Not Found")
        try:
            return _Answering(self, request).to(path.strip("/").split("/"))
        except QueryError as error:
            return _problem(400, str(error))
        except (MalformedError, CannotTellError):
            return Response(500, b"", _JSON)

    def _refusal(self, request: Request) -> Response | None:
        """A browser is sent to the login page; anything else is told."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        told = token if scheme.lower() == "token" else dict(request.query).get("token")
        if told == self._token:
            return None
        if "Mozilla" in request.headers.get("user-agent", ""):
            return Response(302, b"Login required", {"Location": "/"})
        return _problem(401, "Unauthorized")


_JSON = {"Content-Type": 'application/json; charset="utf-8"'}


def _problem(status: int, message: str) -> Response:
    body = json.dumps({"message": message}).encode()
    return Response(status, body, {"Content-Type": "application/json; charset=utf-8"})


def _told(told: Any, **headers: str) -> Response:
    return Response(200, json.dumps(told).encode(), {**_JSON, **headers})


class _Answering:
    """One request."""

    def __init__(self, tracker: RequestTracker, request: Request) -> None:
        self.db, self.request = tracker.db, request
        self.asked = dict([*request.query, *(request.form if self._is_form() else [])])
        self.teller = Teller(self.db, f"{request.base}/REST/2.0", self._subfields)

    def to(self, path: list[str]) -> Response:
        match path:
            case ["rt"]:
                return _told({"Version": VERSION})
            case ["tickets"]:
                return self._tickets()
            case ["transactions"]:
                return self._search("transactions", self._transactions, self.db.sees)
            case ["attachments"]:
                return self._search("attachments", self._attachments, self._sees_attachment)
            case ["ticket", number, "history"]:
                return self._history(int(number))
            case ["ticket" | "transaction" as what, number, "attachments"]:
                return self._attached(what, int(number))
            case ["queues", "all"]:
                return self._list(list(self.db.queues.values()), self._sees_queue, has_total=self._sees_all)
            case ["queues" | "users" | "customfields" as what]:
                return self._names(what)
            case [kind, name]:
                return self._one(kind, name)
        return _problem(404, "Not Found")

    @property
    def _sees_all(self) -> bool:
        return self.db.is_superuser or not self.db.unseen

    def _is_form(self) -> bool:
        return "form-urlencoded" in self.request.headers.get("content-type", "")

    def _subfields(self, field: str) -> list[str]:
        return [name for name in self.asked.get(f"fields[{field}]", "").split(",") if name]

    def _question(self) -> str:
        return self.asked.get("query") or (self.request.body.decode() if not self._is_form() else "")

    def _tickets(self) -> Response:
        text = self.asked.get("query", "")
        query = sql(text, TICKETS, self.db.people[READER].zone) if text else None
        about = query.numbers.get("id", self.db.tickets) if query else ()
        rows = (self.db.tickets[number] for number in about if number in self.db.tickets)
        found = [row for row in rows if query and self._is_found(row, query)]
        return self._list(found, lambda _: True, has_total=True)

    def _is_found(self, row: Ticket, query: Query) -> bool:
        if row.status == "deleted" or (row.is_merged and "effectiveid" not in query.columns):
            return False
        return self.db.sees_ticket(row) and query.test(ticket_columns(self.db, row))

    def _search(self, what: str, rows: Callable[[Query], Iterable[Row]], sees: Callable[[Any], bool]) -> Response:
        """A search that finds nothing where nothing was asked."""
        text = self._question()
        if what == "transactions" and text and not text.lstrip().startswith("["):
            query: Query | None = sql(text, TRANSACTIONS, self.db.people[READER].zone)
        else:
            query = searched(text, SEARCHED[what]) if text else None
        found = [row for row in rows(query) if query.test(columns(row))] if query else []
        return self._list(found, sees, has_total=self.db.is_superuser)

    def _transactions(self, query: Query) -> Iterable[Row]:
        """Those that a question can be about."""
        if "id" in query.numbers:
            return [self.db.transactions[n] for n in query.numbers["id"] if n in self.db.transactions]
        if "objectid" in query.numbers:
            return [row for n in sorted(set(query.numbers["objectid"])) for row in self.db.about.get(n, [])]
        return self.db.transactions.values()

    def _attachments(self, query: Query) -> Iterable[Row]:
        if "transactionid" in query.numbers:
            return [row for n in sorted(set(query.numbers["transactionid"])) for row in self.db.said_with.get(n, [])]
        return self.db.attachments.values()

    def _names(self, what: str) -> Response:
        rows: dict[str, Iterable[Row]] = {
            "queues": self.db.queues.values(),
            "users": self.db.people.values(),
            "customfields": self.db.fields.values(),
        }
        text = self._question()
        query = searched(text, SEARCHED[what]) if text else None
        found = [row for row in rows[what] if not query or query.test(columns(row))]
        sees = self._sees_queue if what == "queues" else lambda _: True
        return self._list(found, sees, has_total=what != "queues" or self._sees_all)

    def _history(self, number: int) -> Response:
        """Of a ticket and of all that were merged with it; of none, an empty list."""
        one = self.db.tickets.get(number)
        about = {row.id for row in self.db.tickets.values() if one and row.effective_id == one.effective_id}
        rows = [
            row for row in self.db.transactions.values() if row.object_type == "RT::Ticket" and row.object_id in about
        ]
        return self._list(rows, self.db.sees, has_total=self.db.is_superuser)

    def _attached(self, what: str, number: int) -> Response:
        """What came with a transaction, or with all of a ticket."""
        about = {row.id for row in self.db.about.get(number, []) if row.object_type == "RT::Ticket"}
        wanted = about if what == "ticket" else {number}
        rows = [row for row in self.db.attachments.values() if row.transaction in wanted]
        return self._list(rows, self._sees_attachment, has_total=self.db.is_superuser)

    def _list(self, rows: Sequence[Row], sees: Callable[[Any], bool], *, has_total: bool) -> Response:
        size, page = self._number("per_page", 20), self._number("page", 1)
        size = min(size, 100)
        cut = self._ordered(rows)[size * (page - 1) : size * page]
        fields = [name for name in self.asked.get("fields", "").split(",") if name]
        items = [self.teller.listed(row, fields) for row in cut if sees(row)]
        total = len(rows) if has_total else None
        told = {"count": len(items), "total": total, "per_page": size, "page": page, "items": items}
        pages = None if total is None else ceil(total / size) or 0.0  # Perl's ceil of nothing is a float
        return _told({**told, **self._pages(page, pages)})

    def _pages(self, page: int, pages: float | None) -> dict[str, Any]:
        others = {"next_page": page + 1} if pages and page < pages else {}
        if pages and page > 1:
            others["prev_page"] = min(page - 1, int(pages))
        query = [(name, value) for name, value in self.request.query if name != "page"]
        address = f"{self.request.base}{self.request.path}?"
        links = {name: address + urlencode([*query, ("page", str(number))]) for name, number in others.items()}
        return {"pages": pages, **links}

    def _number(self, name: str, default: int) -> int:
        text = self.asked.get(name, "")
        return int(text) or default if text.isdigit() else default

    def _ordered(self, rows: Sequence[Row]) -> list[Row]:
        """By the columns asked for; a column that is not there is an error that RT swallows, rows and all."""
        found = sorted(rows, key=lambda row: row.id)
        keys = [value for name, value in self.request.query if name == "orderby"]
        directions = [value for name, value in self.request.query if name == "order"]
        for n in reversed(range(len(keys))):
            attribute = {"LastUpdated": "last_updated", "ObjectId": "object_id"}.get(keys[n], keys[n].lower())
            if not all(hasattr(row, attribute) for row in found):
                return []
            is_descending = n < len(directions) and directions[n].upper() == "DESC"
            found.sort(key=lambda row, name=attribute: getattr(row, name), reverse=is_descending)  # type: ignore[misc]
        return found

    def _one(self, kind: str, name: str) -> Response:
        row = self._found(kind, name)
        if row is None:
            return _problem(404, "Not Found")
        if not self._may_read(row):
            return _problem(403, "Forbidden")
        if not isinstance(row, Ticket):
            return _told(self.teller.alone(row))
        if "if-modified-since" in self.request.headers:
            raise CannotTellError
        own = [one.id for one in self.db.transactions.values() if one.object_id == row.id and self.db.sees(one)]
        tag = f'"{max(own, default=0)}"'
        if self.request.headers.get("if-none-match") == tag:
            return Response(304, b"", {**_JSON, "ETag": tag})
        return _told(self.teller.alone(row), ETag=tag)

    def _found(self, kind: str, name: str) -> Row | None:
        number = int(name) if name.isdigit() else 0
        match kind:
            case "ticket":
                return self.db.effective(number) if number in self.db.tickets else None
            case "user":
                return next((one for one in self.db.people.values() if name in (str(one.id), one.name)), None)
            case "queue":
                return self.db.queues.get(number)
            case "transaction":
                return self.db.transactions.get(number)
            case "attachment":
                return self.db.attachments.get(number)
            case "customfield":
                return self.db.fields.get(number)
        return None

    def _may_read(self, row: Row) -> bool:
        match row:
            case Ticket():
                return self.db.sees_ticket(row)
            case Transaction():
                return self.db.sees(row) and not self.db.is_ghost(row)
            case Attachment():
                return self._sees_attachment(row)
            case Queue():
                return self._sees_queue(row)
        return True

    def _sees_attachment(self, row: Attachment) -> bool:
        return self.db.sees(self.db.transactions[row.transaction])

    def _sees_queue(self, row: Queue) -> bool:
        return self.db.is_superuser or row.id not in self.db.unseen
