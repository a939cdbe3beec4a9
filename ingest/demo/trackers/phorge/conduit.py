"""How a made-up Phorge answers: PHP's form fields taken apart, the token looked at, the method called.

Nearly every refusal is HTTP 200 with an error code; an address that is none of its methods gets a web page.
"""

import json
import re
from collections.abc import Callable
from typing import Any, Literal

from ingest.demo.trackers.phorge.calendar_events import Calendar
from ingest.demo.trackers.phorge.model import PRIORITIES, READER
from ingest.demo.trackers.phorge.refusal import Refusal
from ingest.demo.trackers.phorge.search import Search
from ingest.demo.trackers.phorge.tables import Tables
from ingest.demo.trackers.phorge.told import Told
from ingest.demo.trackers.wire import Request, Response

Release = Literal["master", "stable", "2024.35"]
Json = dict[str, Any]
SEARCH = frozenset(["queryKey", "constraints", "attachments", "order", "before", "after", "limit"])
PAGE = '<!DOCTYPE html><html lang="en"><head><title>Authentication Required</title></head></html>'


class Conduit:
    """The methods that a reader needs."""

    def __init__(self, tables: Tables, token: str, release: Release, *, has_calendar: bool) -> None:
        self.release: Release = release
        self._tables, self._token, self._has_calendar = tables, token, has_calendar
        self._search, self._told, self._calendar = Search(tables), Told(tables), Calendar(tables)
        self.missing: set[str] = set()  # methods that this installation does not have
        self._methods: dict[str, tuple[frozenset[str], Callable[[Json], Any]]] = {
            "conduit.ping": (frozenset(), lambda _: "phorge.example"),
            "user.whoami": (frozenset(), self._whoami),
            "user.search": (SEARCH, self._search.users),
            "project.search": (SEARCH, self._search.projects),
            "project.column.search": (SEARCH, self._search.columns),
            "phid.query": (frozenset(["phids", "limit", "offset"]), self._search.named),
            "maniphest.search": (SEARCH, lambda asked: self._search.tasks(asked, self.release)),
            "maniphest.status.search": (frozenset(), self._statuses),
            "maniphest.priority.search": (frozenset(), self._priorities),
            "maniphest.gettasktransactions": (
                frozenset(["ids", "limit", "offset"]), lambda asked: self._told.frozen(asked, self.release)
            ),
            "transaction.search": (
                frozenset(["objectIdentifier", "objectType", "constraints", "before", "after", "limit"]),
                lambda asked: self._told.search(asked, self.release),
            ),
            "calendar.event.search": (SEARCH, lambda asked: self._calendar.search(asked, self.release)),
        }  # fmt: skip

    def answer(self, request: Request) -> Response:
        if not re.fullmatch(r"/api/[a-z.]+", request.path):
            return Response(200, PAGE.encode(), {"Content-Type": "text/html; charset=UTF-8"})
        try:
            result, code, info = self._result(request), None, None
        except Refusal as refusal:
            result, code, info = None, refusal.code, refusal.info
        body = json.dumps({"result": result, "error_code": code, "error_info": info})
        return Response(200, body.encode(), {"Content-Type": "application/json"})

    def _result(self, request: Request) -> Any:
        if "json" in request.headers.get("content-type", ""):
            raise Refusal("ERR-CONDUIT-CORE", "Use form-encoded data to submit parameters to Conduit endpoints.")
        asked, token = _parameters(request)
        name = request.path.removeprefix("/api/")
        if name not in self._methods or name in self.missing:
            raise Refusal("ERR-CONDUIT-CALL", f'Conduit API method "{name}" does not exist.')
        if name != "conduit.ping":
            self._check(token)
        if name == "calendar.event.search" and not self._has_calendar:
            raise Refusal(
                "ERR-CONDUIT-CALL", f"Method '{name}' belongs to application 'Calendar', which is not enabled."
            )
        takes, method = self._methods[name]
        unknown = sorted(set(asked) - takes)
        if unknown:
            words = ", ".join(f"'{each}'" for each in unknown)
            raise Refusal("ERR-CONDUIT-CALL", f'API Method "{name}" does not define these parameters: {words}.')
        return method(asked)

    def _check(self, token: str | None) -> None:
        if token is None:
            raise Refusal("ERR-INVALID-SESSION", "Session key is not present.")
        if len(token) != 32:
            raise Refusal(
                "ERR-INVALID-AUTH",
                f'API token "{token}" has the wrong length. API tokens should be 32 characters long.',
            )
        if token != self._token:
            raise Refusal("ERR-INVALID-AUTH", f'API token "{token}" is not valid.')

    def _whoami(self, _: Json) -> Json:
        user = self._tables.users[self._tables.user(READER)]
        return {"phid": user.phid, "userName": user.login, "realName": user.name, "image": "", "uri": "",
                "roles": ["agent", "verified", "approved", "activated"], "primaryEmail": ""}  # fmt: skip

    def _statuses(self, _: Json) -> Json:
        told = []
        for value, name, is_closed, special in self._tables.statuses:
            row = {"name": name, "value": value, "closed": is_closed}
            told.append({**row, "special": special} if special else row)
        return {"data": told}

    def _priorities(self, _: Json) -> Json:
        return {
            "data": [
                {"name": name, "keywords": [name.split()[0].lower()], "short": name, "color": "sky", "value": value}
                for value, name in PRIORITIES
            ]
        }


def _parameters(request: Request) -> tuple[Json, str | None]:
    """What was asked, and the token: form fields in PHP's notation, or one field with JSON."""
    fields = dict([*request.query, *request.form])
    if "params" in fields:
        try:
            asked: Json = json.loads(fields["params"])
        except ValueError:
            raise Refusal("ERR-CONDUIT-CORE", "Invalid parameter information was passed.") from None
        return asked, (asked.pop("__conduit__", None) or {}).get("token")
    token = fields.pop("api.token", None)
    fields.pop("output", None)
    return _nested(fields), token


def _nested(fields: dict[str, str]) -> Json:
    """constraints[ids][0]=7 into {"constraints": {"ids": ["7"]}}."""
    found: Json = {}
    for name, value in fields.items():
        first, *rest = re.split(r"\]\[|\[|\]", name.removesuffix("]"))
        level, key = found, first
        for part in rest:
            level, key = level.setdefault(key, {}), part
        level[key] = value
    return {key: _listed(value) for key, value in found.items()}


def _listed(value: Any) -> Any:
    """PHP knows no difference between a list and a map from 0, 1, 2."""
    if not isinstance(value, dict):
        return value
    whole = {key: _listed(part) for key, part in value.items()}
    return list(whole.values()) if list(whole) == [str(n) for n in range(len(whole))] else whole
