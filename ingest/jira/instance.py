"""One Jira as it is found when a run begins: its edition, its projects, and what ids are called there."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ingest.client import Client
from ingest.jira.cloud import Cloud
from ingest.jira.datacenter import DataCenter
from ingest.jira.fields import Fields, of_interest
from ingest.jira.fields import fields as fields_under
from ingest.jira.fields import missing as missing_fields
from ingest.jira.names import KINDS, shown, trimmed
from ingest.jira.walk import Found, Json

FIELDS = [
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


class Edition(Protocol):
    """What Cloud and Data Center answer each in their way."""

    root: str

    def projects(self, keys: list[str]) -> Iterator[Json]: ...
    def search(self, jql: str, fields: Iterable[str], token: str | None = None) -> Found: ...
    def ids(self, jql: str, token: str | None = None) -> Found: ...
    def created_after(self, issues: list[Json]) -> int | None: ...
    def complete(self, issues: list[Json], fields: list[str]) -> list[dict[str, Any]]: ...
    def people(self, ids: list[str]) -> Iterator[Json]: ...
    def issues_of(self, keys: list[str]) -> Iterator[tuple[str, str]]: ...


@dataclass(frozen=True, slots=True)
class Place:
    """Names and fields as they are now. `projects` are the keys, by id, of those that can be read."""

    home: str
    projects: dict[str, str]
    names: dict[str, list[dict[str, Any]]]  # the entries of each kind's list
    fields: list[dict[str, Any]]  # custom fields of interest
    links: list[dict[str, str]]  # link types
    complaints: list[str]  # about fields that the settings name

    def asked_fields(self, wanted: Mapping[str, str]) -> list[str]:
        """What a search should tell of each issue."""
        known = self.under(wanted)
        return [*FIELDS, *known.ours, *known.slas]

    def under(self, wanted: Mapping[str, str]) -> Fields:
        return fields_under(self.fields, wanted)

    def called(self) -> dict[str, str]:
        """What ids are called that the tickets of these projects can have; the names of other projects' own statuses
        do not matter. A name that changes makes stored tickets outdated."""
        return {
            f"{kind}/{entry['id']}": name[entry["id"]]
            for kind, entries in self.names.items()
            for name in [shown(entries, self.projects)]
            for entry in entries
            if entry.get("project") in (None, *self.projects)
        }


def edition(client: Client) -> tuple[Edition, Json]:
    """Cloud or Data Center, and what the server says of itself: both answer this one question at the same place."""
    told = client.get("rest/api/2/serverInfo").json()
    return (Cloud(client) if told.get("deploymentType") == "Cloud" else DataCenter(client)), told


def look_around(client: Client, asked: Edition, server: Json, projects: list[str], wanted: Mapping[str, str]) -> Place:
    """A handful of questions, however many tickets there are."""
    listed = client.get(f"{asked.root}/field").json()
    links = client.get(f"{asked.root}/issueLinkType", accept=(404,))  # 404: linking is switched off
    return Place(
        home=str(server["baseUrl"]).rstrip("/"),
        projects={str(project["id"]): project["key"] for project in asked.projects(projects)},
        names={kind: [trimmed(entry) for entry in client.get(f"{asked.root}/{kind}").json()] for kind in KINDS},
        fields=of_interest(listed, wanted),
        links=[] if links.status == 404 else [_trimmed_link(link) for link in links.json()["issueLinkTypes"]],
        complaints=list(missing_fields(listed, wanted)),
    )


def _trimmed_link(link: Json) -> dict[str, str]:
    return {direction: link[direction] for direction in ("inward", "outward")}
