"""maniphest.search, user.search, project.search, project.column.search and phid.query of a made-up Phorge."""

from collections.abc import Callable
from typing import Any

from ingest.demo.trackers.phorge.model import HERALD, PRIORITIES, Column, Project, Task, User
from ingest.demo.trackers.phorge.paging import envelope, listed, paged
from ingest.demo.trackers.phorge.refusal import Refusal
from ingest.demo.trackers.phorge.tables import Tables

Json = dict[str, Any]
EARLIEST = 30_000_000  # smaller numbers are read as a calendar date
POLICY = {"view": "users", "edit": "users"}
BY_NUMBER: dict[str, Callable[[Any], Any]] = {"oldest": lambda row: row.id, "newest": lambda row: -row.id}
TASK_ORDERS: dict[str, Callable[[Task], Any]] = {
    **BY_NUMBER,
    "outdated": lambda task: (task.modified, task.id),
    "updated": lambda task: (-task.modified, -task.id),
    "priority": lambda task: (-task.priority, -task.id),
}
TASK_CONSTRAINTS = frozenset(["ids", "phids", "modifiedStart", "modifiedEnd", "statuses", "projects"])
TASK_ATTACHMENTS = frozenset(["columns", "projects", "subscribers", "dependsOn", "dependedOnBy"])


class Search:
    """Each method: what was asked to what is answered. Raises Refusal."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def tasks(self, asked: Json, release: str) -> Json:
        constraints = _known(asked.get("constraints") or {}, TASK_CONSTRAINTS, release)
        attachments = asked.get("attachments") or {}
        if release != "2024.35" and set(attachments) - TASK_ATTACHMENTS:
            raise Refusal("ERR-INVALID-ATTACHMENT", 'Parameter "attachments" includes an invalid key.')
        found, cursor = paged(
            list(self._tables.tasks.values()), asked, query="ManiphestTaskQuery",
            key=_order(asked, TASK_ORDERS, "priority", "ManiphestTaskQuery"),
            wanted=self._wanted(constraints), is_visible=lambda task: task.is_visible,
        )  # fmt: skip
        return envelope([self._task(task, set(attachments)) for task in found], cursor, asked)

    def _wanted(self, constraints: Json) -> Callable[[Task], bool]:
        ids, phids = listed(constraints, "ids"), listed(constraints, "phids")
        statuses, projects = listed(constraints, "statuses"), listed(constraints, "projects")
        start, end = _epoch(constraints, "modifiedStart"), _epoch(constraints, "modifiedEnd")
        chosen, named = set(ids or ()), set(phids or ())

        def wanted(task: Task) -> bool:
            return (
                (ids is None or str(task.id) in chosen)
                and (phids is None or task.phid in named)
                and (statuses is None or task.status in statuses)
                and (projects is None or set(projects) <= set(task.projects))
                and (start is None or task.modified >= start)
                and (end is None or task.modified <= end)
            )

        return wanted

    def _task(self, task: Task, attachments: set[str]) -> Json:
        name = next((row[1] for row in self._tables.statuses if row[0] == task.status), "Unknown Status")
        fields: Json = {
            "name": task.title,
            "description": {"raw": task.text},
            "authorPHID": task.author,
            "ownerPHID": task.owner,
            "status": {"value": task.status, "name": name, "color": None},
            "priority": {"value": task.priority, "name": dict(PRIORITIES)[task.priority], "color": "sky"},
            "points": None if task.points is None else f"{task.points:g}",
            "subtype": task.subtype,
            "closerPHID": task.closer,
            "dateClosed": task.closed,
            "groupByProjectPHID": None,
            "spacePHID": None,
            "dateCreated": task.created,
            "dateModified": task.modified,
            "policy": {"view": "users" if task.is_visible else "admin", "interact": "users", "edit": "users"},
        }
        keys = {key for each in self._tables.tasks.values() for key in each.custom}
        fields |= {f"custom.{key}": task.custom.get(key) for key in sorted(keys)}
        attached = {name: self._attached(task, name) for name in sorted(attachments & TASK_ATTACHMENTS)}
        return {"id": task.id, "type": "TASK", "phid": task.phid, "fields": fields, "attachments": attached}

    def _attached(self, task: Task, name: str) -> Json:
        if name == "projects":
            return {"projectPHIDs": list(reversed(task.projects))}
        if name == "columns":
            return {"boards": self._boards(task) or []}  # nothing is [] in PHP
        if name == "subscribers":
            return {"subscriberPHIDs": task.subscribers, "subscriberCount": len(task.subscribers),
                    "viewerIsSubscribed": False}  # fmt: skip
        return {"taskPHIDs": task.children if name == "dependsOn" else task.parents}

    def _boards(self, task: Task) -> Json:
        """Boards on which a milestone's column holds the card are left out."""
        found = {}
        for project in task.projects:
            column = self._tables.place(task, project)
            if column and column.proxy is None:
                found[project] = {"columns": [{"id": column.id, "phid": column.phid, "name": column.name}]}
        return found

    def users(self, asked: Json) -> Json:
        constraints = _known(asked.get("constraints") or {}, {"ids", "phids", "usernames"})
        phids, names = listed(constraints, "phids"), listed(constraints, "usernames")
        found, cursor = paged(
            list(self._tables.users.values()), asked, query="PhabricatorPeopleQuery",
            key=_order(asked, BY_NUMBER, "newest", "PhabricatorPeopleQuery"),
            wanted=lambda user: (phids is None or user.phid in phids) and (names is None or user.login in names),
        )  # fmt: skip
        return envelope([_user(user) for user in found], cursor, asked)

    def projects(self, asked: Json) -> Json:
        """Archived projects are hidden from whoever does not ask for every status."""
        constraints = _known(asked.get("constraints") or {}, {"ids", "phids", "status", "name"})
        phids, status = listed(constraints, "phids"), constraints.get("status", "active")
        name = str(constraints.get("name", "")).lower()

        def wanted(project: Project) -> bool:
            is_asked = (phids is None or project.phid in phids) and name in project.name.lower()
            return is_asked and (status == "all" or project.is_archived == (status == "archived"))

        found, cursor = paged(
            list(self._tables.projects.values()), asked, query="PhabricatorProjectQuery",
            key=_order(asked, BY_NUMBER, "newest", "PhabricatorProjectQuery"), wanted=wanted,
            is_visible=lambda project: project.is_visible,
        )  # fmt: skip
        return envelope([self._project(project) for project in found], cursor, asked)

    def _project(self, project: Project) -> Json:
        parent = self._tables.projects[project.parent] if project.parent else None
        return {"id": project.id, "type": "PROJ", "phid": project.phid, "attachments": {}, "fields": {
            "name": project.name,
            "slug": None if project.milestone else project.name.lower().replace(" ", "_"),
            "subtype": "default",
            "milestone": project.milestone,
            "depth": 1 if parent else 0,
            "parent": {"id": parent.id, "phid": parent.phid, "name": parent.name} if parent else None,
            "icon": {"key": "project", "name": "Project", "icon": "fa-briefcase"},
            "color": {"key": "blue", "name": "Blue"},
            "status": "archived" if project.is_archived else "active",
            "spacePHID": None, "dateCreated": project.created, "dateModified": project.created,
            "policy": {**POLICY, "join": "users"}, "description": None,
        }}  # fmt: skip

    def columns(self, asked: Json) -> Json:
        constraints = _known(asked.get("constraints") or {}, {"ids", "phids", "projects"})
        phids, projects = listed(constraints, "phids"), listed(constraints, "projects")
        found, cursor = paged(
            list(self._tables.columns.values()), asked, query="PhabricatorProjectColumnQuery",
            key=_order(asked, BY_NUMBER, "newest", "PhabricatorProjectColumnQuery"),
            wanted=lambda column: (phids is None or column.phid in phids)
            and (projects is None or column.project in projects),
            is_visible=lambda column: self._tables.projects[column.project].is_visible,
        )  # fmt: skip
        return envelope([self._column(column) for column in found], cursor, asked)

    def _column(self, column: Column) -> Json:
        project = self._tables.projects[column.project]
        return {"id": column.id, "type": "PCOL", "phid": column.phid, "attachments": {}, "fields": {
            "name": column.name, "proxyPHID": column.proxy,
            "project": {"id": project.id, "phid": project.phid, "name": project.name},
            "isHidden": False, "isDefaultColumn": column.sequence == 0, "sequence": column.sequence,
            "dateCreated": column.created, "dateModified": column.created, "policy": POLICY,
        }}  # fmt: skip

    def named(self, asked: Json) -> Any:
        """phid.query: what is unknown or hidden is silently missing, and nothing at all is a list."""
        found = {phid: self._object(phid) for phid in listed(asked, "phids") or []}
        return {phid: row for phid, row in found.items() if row} or []

    def _object(self, phid: str) -> Json | None:
        tables = self._tables
        task, project, user = tables.tasks.get(phid), tables.projects.get(phid), tables.users.get(phid)
        if task and task.is_visible:
            return _named(phid, "Maniphest Task", "TASK", f"T{task.id}", f"T{task.id}: {task.title}")
        if project and project.is_visible:
            return _named(phid, "Project", "PROJ", project.name, project.name)
        if user:
            return _named(phid, "User", "USER", user.login, f"{user.login} ({user.name})")
        return _named(phid, "Application", "APPS", "Herald", "Herald") if phid == HERALD else None


def _user(user: User) -> Json:
    roles = [*(["bot"] if user.is_bot else []), *(["disabled"] if user.is_disabled else []), "verified", "approved"]
    return {"id": user.id, "type": "USER", "phid": user.phid, "attachments": {}, "fields": {
        "username": user.login, "realName": user.name,
        "roles": roles if user.is_disabled else [*roles, "activated"],
        "dateCreated": user.created, "dateModified": user.created, "policy": {"view": "public", "edit": "no-one"},
    }}  # fmt: skip


def _named(phid: str, type_name: str, kind: str, name: str, whole: str) -> Json:
    return {"phid": phid, "uri": "", "typeName": type_name, "type": kind, "name": name, "fullName": whole,
            "status": "open"}  # fmt: skip


def _order(asked: Json, orders: Any, default: str, query: str) -> Any:
    order = asked.get("order") or default
    if order not in orders:
        raise Refusal(
            "ERR-CONDUIT-CORE",
            f'Query "{query}" does not support a builtin order "{order}". Supported orders are: {", ".join(orders)}.',
        )
    return orders[order]


def _known(constraints: Any, keys: frozenset[str] | set[str], release: str = "master") -> Json:
    if not isinstance(constraints, dict):
        raise Refusal("ERR-INVALID-CONSTRAINTS-FORMAT", 'Parameter "constraints" must be a map of constraints.')
    if set(constraints) - keys:
        code = "ERR-CONDUIT-CORE" if release == "2024.35" else "ERR-INVALID-CONSTRAINT"
        raise Refusal(code, 'Parameter "constraints" includes an invalid key.')
    return constraints


def _epoch(constraints: Json, name: str) -> int | None:
    value = constraints.get(name)
    if value is None:
        return None
    if not str(value).lstrip("-").isdigit():
        raise Refusal("ERR-CONDUIT-CORE", f'Error while reading "{name}": Expected integer, got something else.')
    if int(value) <= 0:
        raise Refusal(
            "ERR-CONDUIT-CORE",
            f'Error while reading "{name}": Epoch timestamp must be larger than 0, got {value}.',
        )
    return int(value) if int(value) > EARLIEST else 2**62
