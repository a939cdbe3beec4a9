"""What a Jira keeps: projects, people, statuses, issues with their histories and comments."""

from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]


@dataclass(slots=True)
class User:
    login: str
    name: str
    number: int
    is_bot: bool = False
    email: str | None = None
    is_forgotten: bool = False

    @property
    def account_id(self) -> str:
        return f"712020:{self.number:08x}-5b10-4a28-8c20-{self.number:012x}"

    @property
    def key(self) -> str:
        return f"JIRAUSER{10_100 + self.number}"


@dataclass(slots=True)
class Status:
    id: str
    name: str
    category: str  # new, indeterminate, done
    project: str | None = None  # of a team-managed project: its id


@dataclass(slots=True)
class Project:
    id: str
    key: str
    name: str
    statuses: dict[str, str]  # by what they are for: new, triaged, active, waiting, done
    issues: int = 0  # ever opened here
    can_browse: bool = True
    is_listed: bool = True


@dataclass(frozen=True, slots=True)
class History:
    id: int
    at: datetime
    who: str | None
    items: list[Json]


@dataclass(slots=True)
class Comment:
    id: int
    at: datetime
    who: str
    text: str
    is_internal: bool
    updated: datetime
    editor: str


@dataclass(slots=True)
class Issue:
    id: int
    project: str  # key
    key: str
    title: str
    text: str
    creator: str
    created: datetime
    updated: datetime
    kind: str
    status: str
    priority: str | None = None
    resolution: str | None = None
    resolved: datetime | None = None
    assignee: str | None = None
    parent: int | None = None
    due: str | None = None
    seconds_spent: int = 0
    labels: list[str] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)
    sprints: list[str] = field(default_factory=list)
    links: list[tuple[str, str, int]] = field(default_factory=list)  # type, inward or outward, the other's id
    custom: Json = field(default_factory=dict)  # by field id, as answers show it
    comments: list[Comment] = field(default_factory=list)
    histories: list[History] = field(default_factory=list)  # not part of what a search has indexed
    indexed: list["Issue"] = field(default_factory=list)  # how a search may still see it, oldest first

    def copy(self) -> "Issue":
        made = copy(self)
        made.labels, made.versions, made.sprints = list(self.labels), list(self.versions), list(self.sprints)
        made.links, made.custom, made.indexed = list(self.links), dict(self.custom), []
        made.comments = [copy(comment) for comment in self.comments]
        return made


@dataclass(slots=True)
class Limits:
    """How much one answer holds. Tests make them small."""

    rows: int = 100  # issues with fields
    ids: int = 5_000  # issues with nothing but ids
    histories: int = 10_000  # of changelog/bulkfetch
    embedded: int = 40  # histories that Cloud's expand=changelog tells: the newest
    embedded_in_search: int | None = None  # the same of Data Center's search; None: all
    embedded_alone: int | None = None  # and of Data Center's single issue
    comments: int = 20  # that a search tells of an issue
    comment_rows: int = 100


def precisely(at: datetime) -> datetime:
    """As Jira writes it: to the millisecond."""
    at = at.astimezone(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def millis(at: datetime) -> int:
    return round(at.timestamp() * 1000)
