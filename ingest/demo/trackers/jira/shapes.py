"""How a Jira tells what it keeps: API v3 for Cloud (accountId, ADF), v2 for Data Center (name and key, wiki)."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ingest.demo.trackers.jira.model import Comment, History, Issue, Json, Project, Status, User, millis

if TYPE_CHECKING:
    from ingest.demo.trackers.jira import Jira

ALL_FIELDS = [
    "summary",
    "created",
    "updated",
    "creator",
    "reporter",
    "assignee",
    "status",
    "priority",
    "issuetype",
    "resolution",
    "resolutiondate",
    "project",
    "labels",
    "fixVersions",
    "issuelinks",
    "parent",
    "duedate",
    "timespent",
    "description",
    "comment",
]
_CATEGORIES = {
    "new": (2, "blue-gray", "To Do"),
    "indeterminate": (4, "yellow", "In Progress"),
    "done": (3, "green", "Done"),
}


class Shapes:
    """Answers' parts. `base` is the address that people use."""

    def __init__(self, jira: "Jira", base: str) -> None:
        self.jira, self.base = jira, base
        self.root = f"{base}/rest/api/{3 if jira.is_cloud else 2}"

    def instant(self, at: datetime) -> str:
        """2021-01-25T11:09:27.985+0800: an offset without a colon, in the reader's zone."""
        local = at.astimezone(self.jira.zone)
        return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}{local:%z}"

    def user(self, login: str | None) -> Json | None:
        known = self.jira.users.get(login or "")
        return self._user(known) if known else None

    def _user(self, user: User) -> Json:
        told: Json = {"displayName": user.name, "active": not user.is_forgotten}
        told |= {"emailAddress": user.email} if user.email else {}
        if not self.jira.is_cloud:
            return {"self": f"{self.root}/user?username={user.login}", "name": user.login, "key": user.key, **told}
        kind = "app" if user.is_bot else "atlassian"
        return {"accountId": user.account_id, "accountType": kind, **told}

    def status(self, status: Status) -> Json:
        number, color, name = _CATEGORIES[status.category]
        category = {"id": number, "key": status.category, "colorName": color, "name": name}
        scope = {"scope": {"type": "PROJECT", "project": {"id": status.project}}} if status.project else {}
        return {
            "self": f"{self.root}/status/{status.id}",
            "id": status.id,
            "name": status.name,
            "statusCategory": category,
            **scope,
        }

    def project(self, project: Project) -> Json:
        return {"self": f"{self.root}/project/{project.id}", "id": project.id, "key": project.key, "name": project.name}

    def named(self, kind: str, known_as: str | None, names: dict[str, str]) -> Json | None:
        return {"self": f"{self.root}/{kind}/{known_as}", "id": known_as, "name": names[known_as]} if known_as else None

    def issue(self, issue: Issue, fields: list[str]) -> Json:
        """With these fields; with no field but `id`, nothing else is told."""
        if set(fields) <= {"id"}:
            return {"id": str(issue.id)}
        head = {"id": str(issue.id), "key": issue.key, "self": f"{self.root}/issue/{issue.id}"}
        wanted = [*ALL_FIELDS, *self.jira.fields] if {"*all", "*navigable"} & set(fields) else fields
        told = {name: self._field(issue, name) for name in wanted if name in ALL_FIELDS or name in self.jira.fields}
        return head | {"fields": told}

    def _field(self, issue: Issue, name: str) -> Any:
        jira = self.jira
        if name.startswith("customfield_"):
            return self._sprints(issue) if jira.fields[name][0] == "Sprint" else issue.custom.get(name)
        if name in ("created", "updated"):
            return self.instant(getattr(issue, name))
        if name in ("creator", "reporter", "assignee"):
            return self.user(issue.assignee if name == "assignee" else issue.creator)
        makers: dict[str, Callable[[], Any]] = {
            "summary": lambda: issue.title,
            "description": lambda: self.body(issue.text),
            "status": lambda: self.status(jira.statuses[issue.status]),
            "priority": lambda: self.named("priority", issue.priority, jira.priorities),
            "issuetype": lambda: self.named("issuetype", issue.kind, jira.types),
            "resolution": lambda: self.named("resolution", issue.resolution, jira.resolutions),
            "resolutiondate": lambda: self.instant(issue.resolved) if issue.resolved else None,
            "project": lambda: self.project(jira.projects[issue.project]),
            "labels": lambda: list(issue.labels),
            "fixVersions": lambda: [{"id": jira.versions[one], "name": one} for one in issue.versions],
            "issuelinks": lambda: [told for link in issue.links if (told := self._link(issue, *link))],
            "parent": lambda: self._end(issue.parent),
            "duedate": lambda: issue.due,
            "timespent": lambda: issue.seconds_spent or None,
            "comment": lambda: self.comments(issue.comments, 0, jira.limits.comments),
        }
        return makers[name]()

    def _sprints(self, issue: Issue) -> list[Any] | None:
        if self.jira.is_cloud:
            return [
                {"id": int(self.jira.sprints[name]), "name": name, "state": "active"} for name in issue.sprints
            ] or None
        kind = "com.atlassian.greenhopper.service.sprint.Sprint@1f"
        told = ((self.jira.sprints[name], name) for name in issue.sprints)
        return [
            f"{kind}[id={known},rapidViewId=1,state=ACTIVE,name={name},startDate=<null>,goal=]" for known, name in told
        ] or None

    def _link(self, issue: Issue, kind: str, direction: str, other: int) -> Json | None:
        inward, outward = self.jira.links[kind]
        end = self._end(other)
        told = {
            "id": str(issue.id * 1_000 + other % 1_000),
            "type": {"name": kind, "inward": inward, "outward": outward},
        }
        return told | {f"{direction}Issue": end} if end else None

    def _end(self, other: int | None) -> Json | None:
        issue = self.jira.issues.get(other or 0)
        if issue is None:
            return None
        status = self.status(self.jira.statuses[issue.status])
        return {
            "id": str(issue.id),
            "key": issue.key,
            "self": f"{self.root}/issue/{issue.id}",
            "fields": {"summary": issue.title, "status": status},
        }

    def comments(self, comments: list[Comment], start: int, most: int) -> Json:
        told = [self._comment(comment) for comment in comments[start : start + most]]
        return {"comments": told, "startAt": start, "maxResults": most, "total": len(comments)}

    def _comment(self, comment: Comment) -> Json:
        return {
            "self": f"{self.root}/comment/{comment.id}",
            "id": str(comment.id),
            "author": self.user(comment.who),
            "body": self.body(comment.text),
            "updateAuthor": self.user(comment.editor),
            "created": self.instant(comment.at),
            "updated": self.instant(comment.updated),
            "jsdPublic": not comment.is_internal,
        }

    def body(self, text: str) -> Any:
        """A text as ADF, or on Data Center as it was typed."""
        if not self.jira.is_cloud:
            return text
        lines = [[{"type": "text", "text": line}] if line else [] for line in text.split("\n")]
        return {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": line} for line in lines]}

    def history(self, history: History, *, is_epoch: bool = False) -> Json:
        """`is_epoch`: as changelog/bulkfetch writes instants, in milliseconds."""
        created = millis(history.at) if is_epoch else self.instant(history.at)
        author = self.user(history.who)
        told = {"id": str(history.id), "created": created, "items": history.items}
        return told | ({"author": author} if author else {})

    def changelog(self, issue: Issue, most: int | None) -> Json:
        """Embedded: of a long history only the newest, which Cloud tells newest first."""
        histories = issue.histories[-most:] if most is not None else issue.histories
        told = [self.history(history) for history in (reversed(histories) if self.jira.is_cloud else histories)]
        return {"startAt": 0, "maxResults": len(told), "total": len(issue.histories), "histories": told}
