"""Jira Cloud as published: what the source asks and what the made-up Jira answers, held against the OpenAPI document.

Where the document is loose or wrong, it is corrected here, and nowhere else:

- `created` of a history is a string there, an integer in its own example of changelog/bulkfetch, and both in life.
- `from`, `to` and their strings are strings there and null in its examples.
- Fields of an issue are anything at all there: users, statuses, comments inside of them are held against their own
  schemas here.
- `GET /rest/api/2/serverInfo` is API v2; the document describes the same answer for v3.
"""

import copy
import json
import lzma
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ingest import jira
from ingest.demo.trackers.jira import Jira
from ingest.demo.trackers.wire import Request, Response
from tests.ingest.jira_reader import Copy, client_of, site

pytestmark = pytest.mark.shared
Json = dict[str, Any]
T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)
INSIDE = {  # what stands in an issue's fields
    "creator": "UserDetails",
    "reporter": "UserDetails",
    "assignee": "UserDetails",
    "status": "StatusDetails",
    "priority": "Priority",
    "issuetype": "IssueTypeDetails",
    "resolution": "Resolution",
    "project": "ProjectDetails",
    "comment": "PageOfComments",
}


@pytest.fixture(scope="module")
def contract(shared: Path) -> Json:
    with lzma.open(shared / "contracts" / "jira-cloud-openapi.json.xz") as file:
        told: Json = json.load(file)
    schemas = told["components"]["schemas"]
    schemas["Changelog"]["properties"]["created"] = {"type": ["string", "integer"]}
    for name in ("from", "fromString", "to", "toString"):
        schemas["ChangeDetails"]["properties"][name] = {"type": ["string", "null"]}
    return told


class Contract:
    """Which question a request is, and whether it and its answer are as described."""

    def __init__(self, told: Json) -> None:
        self.told = told
        self.checked: set[str] = set()

    def hold(self, request: Request, response: Response) -> None:
        path = request.path.replace("/rest/api/2/serverInfo", "/rest/api/3/serverInfo")
        name, operation = self._operation(path, request.method.lower())
        if request.body:
            content = operation["requestBody"]["content"]["application/json"]
            self._valid(json.loads(request.body), content["schema"])
        known = {parameter["name"] for parameter in operation.get("parameters", [])}
        assert {key for key, _ in request.query} <= known, (name, request.query)
        answer = operation["responses"][str(response.status)]
        told = json.loads(response.body)
        if "content" in answer:
            self._valid(told, answer["content"]["application/json"]["schema"])
        for issue in self._issues(told):
            for field, schema in INSIDE.items():
                if issue.get("fields", {}).get(field) is not None:
                    self._valid(issue["fields"][field], {"$ref": f"#/components/schemas/{schema}"})
        self.checked.add(name)

    def _operation(self, path: str, method: str) -> tuple[str, Json]:
        exact = self.told["paths"].get(path)
        if exact and method in exact:
            return path, exact[method]
        for name, operations in self.told["paths"].items():
            if method in operations and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", name), path):
                return name, operations[method]
        raise AssertionError(f"{method} {path} is in no published API")

    def _valid(self, told: Any, schema: Json) -> None:
        whole = {**copy.copy(schema), "components": self.told["components"]}
        jsonschema.Draft7Validator(whole).validate(told)

    def _issues(self, told: Any) -> Iterator[Json]:
        if isinstance(told, dict):
            yield from told.get("issues", [])
            yield from [told] if "fields" in told else []


class Held:
    """A Jira whose every exchange is held against the contract."""

    def __init__(self, tracker: Jira, contract: Contract) -> None:
        self.tracker, self.contract = tracker, contract

    @property
    def now(self) -> datetime:
        return self.tracker.now

    def answer(self, request: Request) -> Response:
        response = self.tracker.answer(request)
        self.contract.hold(request, response)
        return response


def eventful() -> Jira:
    """A little of everything."""
    desk, now = Jira(now=T0), T0
    desk.enrol("ana", "Ana", email="ana@example.org")
    desk.enrol("app", "Automation", is_bot=True)
    desk.team_manages("WEB")
    for n in range(5):
        desk.open(now, "ana", f"ticket {n}", "one\n\ntwo", queue="INFRA", kind="bug")
    desk.enrol("quiet", "Quiet")
    for whom in ("quiet", None, "ana"):
        now += timedelta(hours=1)
        desk.assign(now, "app", "INFRA-1", whom)
    desk.comment(now, "ana", "INFRA-1", "hello", is_internal=True)
    desk.comment(now, "app", "INFRA-1", "again")
    desk.label(now, "ana", "INFRA-1", "lamp")
    desk.prioritise(now, "ana", "INFRA-1", "P1")
    desk.due(now, "ana", "INFRA-1", "2026-04-01")
    desk.work(now, "ana", "INFRA-1", 30)
    desk.plan(now, "ana", "INFRA-1", "1.0")
    desk.sprint(now, "ana", "INFRA-1", "May 1")
    desk.adopt(now, "ana", "INFRA-1", "INFRA-2")
    desk.chatter(now, "app", "INFRA-1")
    desk.promise(now, "INFRA-1", "Time to resolution", [(T0, now, None)])
    desk.link(now, "ana", "INFRA-1", "INFRA-3")
    desk.link(now, "ana", "INFRA-1", "INFRA-3", is_on=False)
    desk.requeue(now, "ana", "INFRA-3", "WEB")
    desk.close(now, "ana", "INFRA-1")
    return desk


def test_every_question_and_every_answer_is_as_published(contract: Json) -> None:
    tracker, held = eventful(), Contract(contract)
    tracker.limits.rows = tracker.limits.ids = tracker.limits.histories = 2
    tracker.limits.comments, tracker.limits.comment_rows = 1, 1
    at = site(projects=("INFRA", "WEB"))
    Copy(at).read(Held(tracker, held))
    list(jira.examine(client_of(Held(tracker, held), at), at))
    assert held.checked == {
        "/rest/api/3/serverInfo",
        "/rest/api/3/myself",
        "/rest/api/3/field",
        "/rest/api/3/issueLinkType",
        "/rest/api/3/project/search",
        "/rest/api/3/status",
        "/rest/api/3/priority",
        "/rest/api/3/issuetype",
        "/rest/api/3/resolution",
        "/rest/api/3/search/jql",
        "/rest/api/3/changelog/bulkfetch",
        "/rest/api/3/issue/bulkfetch",
        "/rest/api/3/issue/{issueIdOrKey}",
        "/rest/api/3/issue/{issueIdOrKey}/comment",
        "/rest/api/3/user/bulk",
    }


def test_answers_to_questions_of_others_are_as_published_too(contract: Json) -> None:
    tracker, held = eventful(), Contract(contract)
    client = client_of(Held(tracker, held), site())
    client.get("rest/api/3/issue/INFRA-1", params={"expand": "changelog", "fields": "*all"})
    client.get("rest/api/3/issue/INFRA-1/changelog", params={"startAt": 0, "maxResults": 3})
    client.get("rest/api/3/search/jql", params={"jql": "project = INFRA", "fields": "summary,status", "maxResults": 1})
    client.post("rest/api/3/search/approximate-count", json={"jql": "project = INFRA"})
    assert len(held.checked) == 4


def test_the_examples_of_the_published_document_are_read(contract: Json) -> None:
    """Its example of a bulk fetch has integers for instants, its example of one issue's history the same as text."""

    def example(path: str, method: str) -> Json:
        answer = contract["paths"][path][method]["responses"]["200"]["content"]["application/json"]
        told: Json = json.loads(answer["example"])
        return told

    many = example("/rest/api/3/changelog/bulkfetch", "post")["issueChangeLogs"][0]["changeHistories"][0]
    one = example("/rest/api/3/issue/{issueIdOrKey}/changelog", "get")["values"][0]
    assert many["id"] == one["id"]
    instants = {jira.instant(told["created"]).isoformat() for told in (many, one)}
    assert instants == {"1970-01-18T06:27:50.429000+00:00"}
