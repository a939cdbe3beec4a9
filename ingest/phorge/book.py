"""What a page's PHIDs and numbers are called: people, projects, priorities, statuses, fields."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

from ingest.records import Account, Status, UnreadableError

Json = Mapping[str, Any]
BOTS = ("bot", "agent", "list")


class Book:
    """Made from one page; asks nothing."""

    def __init__(self, page: Json, source: str, eta: str | None = None) -> None:
        self.source = source
        self._eta = eta
        self._users: dict[str, Json] = {user["phid"]: user for user in page["users"]}
        self._objects: dict[str, Json] = {row["phid"]: row for row in page["objects"]}
        self._tasks = {task["phid"]: task["id"] for task in page["tasks"]}
        self._priorities = {row["value"]: row["name"] for row in page["priorities"]}
        self._statuses: list[Json] = page["statuses"]
        self.projects: dict[str, Json] = {row["phid"]: row["fields"] for row in page["projects"]}

    # People.

    def account(self, phid: str | None) -> str | None:
        return f"{self.source}/{self._login(phid)}" if phid else None

    def accounts(self, phids: set[str]) -> Iterator[Account]:
        for phid in sorted(phids):
            user = self._users.get(phid)
            yield account(self.source, user) if user else self._no_user(phid)

    def _login(self, phid: str) -> str:
        if phid in self._users:
            return str(self._users[phid]["fields"]["username"])
        if phid.startswith("PHID-APPS-"):  # no login ends like this
            return f"{self._objects[phid]['name'] if phid in self._objects else phid}[app]"
        return phid  # this account may not see who it is

    def _no_user(self, phid: str) -> Account:
        login = self._login(phid)
        is_application = login.endswith("[app]")
        return Account(f"{self.source}/{login}", self.source, login, login[:-5] if is_application else None,
                       is_bot=is_application)  # fmt: skip

    # Tasks, projects, priorities.

    def ticket_id(self, phid: str) -> str:
        number = f"T{self._tasks[phid]}" if phid in self._tasks else self._objects.get(phid, {}).get("name", phid)
        return f"{self.source}/{number}"

    def project(self, phid: str) -> str:
        """As Phorge shows it: a milestone under its project, since every project may have a Sprint 1."""
        fields = self.projects.get(phid)
        if fields is None:
            return phid  # nobody tells this account what it is called
        if fields["milestone"] is not None and fields["parent"]:
            return f"{fields['parent']['name']} ({fields['name']})"
        return str(fields["name"])

    def lineage(self, phid: str) -> Iterator[str]:
        """A project and the projects it is a part of, nearest first."""
        seen: set[str] = set()
        while phid not in seen:
            seen.add(phid)
            yield phid
            phid = ((self.projects.get(phid) or {}).get("parent") or {}).get("phid") or phid

    def priority(self, number: int | None) -> str | None:
        return None if number is None else str(self._priorities.get(number, number))

    # Statuses.

    @property
    def default_status(self) -> str:
        return self._special("default", "open")

    @property
    def duplicate_status(self) -> str:
        return self._special("duplicate", "duplicate")

    def _special(self, what: str, otherwise: str) -> str:
        return next((str(row["value"]) for row in self._statuses if row.get("special") == what), otherwise)

    # Fields that the installation added.

    def field(self, key: str, value: Any) -> tuple[str, str | None]:
        """Our word for a custom field, and its value as text."""
        text = self._text(value)
        if key == self._eta:
            expected = eta(text)
            if expected or text is None:
                return "eta", expected
        return f"custom.{key}", text

    def _text(self, value: Any) -> str | None:
        """Unset is null, or empty. People are told as a list of PHIDs, which transactions write as JSON."""
        if isinstance(value, str) and value.startswith(('["PHID-', "[]")):
            with suppress(ValueError):
                value = json.loads(value)
        if isinstance(value, list):
            names = (self._login(part) if str(part).startswith("PHID-USER-") else str(part) for part in value)
            return ", ".join(names) or None
        if isinstance(value, bool):
            return "1" if value else None
        if isinstance(value, float):
            return f"{value:g}"
        return None if value in (None, "") else str(value)

    def points(self, value: Any) -> str | None:
        """13 and "13", 0.5 and "0.5" are the same."""
        return None if value in (None, "") else f"{float(value):g}"

    def policy(self, value: Any) -> str | None:
        return self.project(value) if str(value).startswith("PHID-PROJ-") else self._text(value)


def account(source: str, user: Json) -> Account:
    fields = user["fields"]
    is_bot = any(role in BOTS for role in fields["roles"])
    return Account(f"{source}/{fields['username']}", source, fields["username"], fields["realName"] or None, is_bot)


def statuses(source: str, configured: Iterable[Json]) -> Iterator[Status]:
    """Phorge only says which are closed. `stalled` is open, yet hardly new: the settings say what it is."""
    for row in configured:
        if row["closed"] or row["value"] != "stalled":
            yield Status(source, row["value"], "done" if row["closed"] else "new")


def eta(text: str | None) -> str | None:
    """A date field holds seconds since 1970; a text field whatever people write, of which ISO dates are understood."""
    if text is None:
        return None
    if text.isdigit() and len(text) >= 9:
        return instant(int(text)).isoformat()
    try:
        day = date.fromisoformat(text[:10])
        return datetime.fromisoformat(text).isoformat() if len(text) > 10 else day.isoformat()
    except ValueError:
        return None


def instant(seconds: int) -> datetime:
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 < seconds < 32_503_680_000:
        raise UnreadableError(f"{seconds!r} is no instant: seconds since 1970 are expected")
    return datetime.fromtimestamp(seconds, UTC)
