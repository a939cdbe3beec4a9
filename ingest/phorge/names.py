"""What PHIDs stand for: people, projects, columns, tasks. Each is asked about once in a run.

Archived projects are told only to those who ask for every status; what this account may not see is told to nobody.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from ingest.client import Client
from ingest.phorge.conduit import LIMIT, call, rows

Row = dict[str, Any]
PHID = re.compile(r"PHID-(?:USER|PROJ|TASK|APPS)-\w+")


class Names:
    """A memory of what this run has been told."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._told: dict[str, Row | None] = {}
        self._columns: dict[str, list[Row]] = {}  # by project
        self._configured: dict[str, list[Row]] = {}

    def of(self, phids: Iterable[str]) -> dict[str, list[Row]]:
        """Everything told about these, ready to be put into a page: users, projects and their ancestors, the columns
        of their boards, and other objects."""
        wanted = set(phids)
        wanted |= self._with_ancestors({phid for phid in wanted if phid.startswith("PHID-PROJ-")})
        self._ask(wanted, "PHID-USER-", self._users)
        others = {phid for phid in wanted if not phid.startswith(("PHID-USER-", "PHID-PROJ-"))}
        self._ask(others, "", self._objects)
        projects = sorted(phid for phid in wanted if phid.startswith("PHID-PROJ-"))
        self._ask_columns([phid for phid in projects if self._told.get(phid)])
        return {
            "users": self._found(wanted, "PHID-USER-"),
            "projects": self._found(wanted, "PHID-PROJ-"),
            "columns": [column for phid in projects for column in self._columns.get(phid, [])],
            "objects": self._found(others, ""),
        }

    def configured(self) -> dict[str, list[Row]]:
        """The statuses and priorities there are now."""
        if not self._configured:
            self._configured = {
                name: call(self._client, f"maniphest.{method}.search")["data"]
                for name, method in (("statuses", "status"), ("priorities", "priority"))
            }
        return self._configured

    def _found(self, wanted: Iterable[str], kind: str) -> list[Row]:
        told = (self._told.get(phid) for phid in sorted(wanted) if phid.startswith(kind))
        return [row for row in told if row is not None]

    def _ask(self, wanted: Iterable[str], kind: str, ask: Callable[[list[str]], Iterable[Row]]) -> None:
        unknown = sorted(phid for phid in wanted if phid.startswith(kind) and phid not in self._told)
        for begin in range(0, len(unknown), LIMIT):
            chunk = unknown[begin : begin + LIMIT]
            self._told.update(dict.fromkeys(chunk))
            self._told.update({row["phid"]: row for row in ask(chunk)})

    def _with_ancestors(self, projects: set[str]) -> set[str]:
        known, new = set(projects), set(projects)
        while new:
            self._ask(new, "PHID-PROJ-", self._projects)
            parents = ((self._told.get(phid) or {}).get("fields", {}).get("parent") for phid in new)
            new = {parent["phid"] for parent in parents if parent} - known
            known |= new
        return known

    def _users(self, phids: list[str]) -> Iterable[Row]:
        return rows(self._client, "user.search", constraints={"phids": phids})

    def _projects(self, phids: list[str]) -> Iterable[Row]:
        return rows(self._client, "project.search", constraints={"phids": phids, "status": "all"})

    def _objects(self, phids: list[str]) -> Iterable[Row]:
        return dict(call(self._client, "phid.query", phids=phids) or {}).values()

    def _ask_columns(self, projects: list[str]) -> None:
        unknown = [phid for phid in projects if phid not in self._columns]
        for begin in range(0, len(unknown), LIMIT):
            chunk = unknown[begin : begin + LIMIT]
            self._columns.update({phid: [] for phid in chunk})
            for column in rows(self._client, "project.column.search", constraints={"projects": chunk}):
                self._columns[column["fields"]["project"]["phid"]].append(column)
