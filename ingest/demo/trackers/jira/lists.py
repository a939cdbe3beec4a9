"""A question put to a Jira, and the lists that it may be for: names, people, projects, fields."""

import json
from collections import defaultdict
from typing import TYPE_CHECKING

from ingest.demo.trackers.jira.model import Json
from ingest.demo.trackers.jira.shapes import Shapes
from ingest.demo.trackers.wire import Request

if TYPE_CHECKING:
    from ingest.demo.trackers.jira import Jira

HOST = "https://jira.example"
UNREADABLE = "Invalid request payload. Refer to the REST API documentation and try again."


class RefusedError(Exception):
    def __init__(self, status: int, *messages: str) -> None:
        super().__init__(*messages)
        self.status, self.messages = status, messages


class Lists:
    """One question, and the answers that are lists."""

    def __init__(self, jira: "Jira", request: Request) -> None:
        self.jira, self.request = jira, request
        self.shapes = Shapes(jira, request.base or HOST)
        self.query: dict[str, list[str]] = defaultdict(list)
        for name, value in request.query:
            self.query[name].append(value)

    def myself(self) -> Json:
        who = (
            {"accountId": "712020:reader", "accountType": "atlassian"}
            if self.jira.is_cloud
            else {"name": "reader", "key": "reader"}
        )
        return {**who, "displayName": "Reader", "active": True, "timeZone": self.jira.zone.key}

    def people(self) -> Json:
        wanted, start, most = self.query["accountId"], self.start(), self.most(10)
        users = [user for user in self.jira.users.values() if user.account_id in wanted and not user.is_forgotten]
        told = [self.shapes.user(user.login) for user in users[start : start + most]]
        return {
            "values": told,
            "startAt": start,
            "maxResults": most,
            "total": len(users),
            "isLast": start + most >= len(users),
        }

    def person(self) -> Json:
        for user in self.jira.users.values():
            if [user.key] == self.query["key"] and not user.is_forgotten:
                return self.shapes.user(user.login) or {}
        raise RefusedError(404, "The user does not exist.")

    def projects_found(self) -> Json:
        action, keys = self.query["action"], self.query["keys"]
        listed = [
            self.shapes.project(project)
            for project in self.jira.projects.values()
            if (project.can_browse or (project.is_listed and action != ["browse"]))
            and (not keys or project.key in keys)
        ]
        start, most = self.start(), min(100, self.most(50))
        page = listed[start : start + most]
        return {
            "values": page,
            "startAt": start,
            "maxResults": most,
            "total": len(listed),
            "isLast": start + most >= len(listed),
        }

    def projects(self) -> list[Json]:
        return [self.shapes.project(project) for project in self.jira.projects.values() if project.can_browse]

    def statuses(self) -> list[Json]:
        return [self.shapes.status(status) for status in self.jira.statuses.values()]

    def names(self, kind: str) -> list[Json]:
        names = {"priority": self.jira.priorities, "resolution": self.jira.resolutions, "issuetype": self.jira.types}[
            kind
        ]
        return [told for known_as in names if (told := self.shapes.named(kind, known_as, names))]

    def fields(self) -> list[Json]:
        system = [
            {"id": name, "name": name.title(), "custom": False, "schema": {"type": "string", "system": name}}
            for name in ("summary", "duedate")
        ]
        custom = [
            {
                "id": known_as,
                "name": name,
                "custom": True,
                "schema": {"type": "any", "custom": kind, "customId": int(known_as[12:])},
            }
            for known_as, (name, kind) in self.jira.fields.items()
        ]
        return [*system, *custom]

    def link_types(self) -> Json:
        told = enumerate(self.jira.links.items(), start=10_000)
        return {
            "issueLinkTypes": [
                {"id": str(n), "name": name, "inward": inward, "outward": outward}
                for n, (name, (inward, outward)) in told
            ]
        }

    # --- How questions are put ------------------------------------------------------------------

    def start(self) -> int:
        return int((self.query["startAt"] or ["0"])[0])

    def most(self, unless: int) -> int:
        return int((self.query["maxResults"] or [str(unless)])[0])

    def body(self) -> Json:
        try:
            body = json.loads(self.request.body)
        except ValueError:
            raise RefusedError(400, UNREADABLE) from None
        if not isinstance(body, dict):
            raise RefusedError(400, UNREADABLE)
        return body

    def query_as_body(self) -> Json:
        single = {name: values[0] for name, values in self.query.items() if values}
        fields = [name for value in self.query["fields"] for name in value.split(",")]
        return {**single, "fields": fields}
