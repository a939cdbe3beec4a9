"""Jira Data Center and Server, API v2: a search with offsets, histories inside of its answer.

There is no page of histories: an issue whose history is cut off is read again alone, and if that does not help it is
marked, so that parsing rejects it with a sentence instead of telling a life with its beginning missing.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from ingest.client import Client, RefusedError
from ingest.jira.comments import with_comments
from ingest.jira.instants import instant, millis
from ingest.jira.keys import one_by_one
from ingest.jira.walk import Found, Json

ROOT = "rest/api/2"
ROWS = 50  # with their histories; more has brought servers down
IDS = 1_000


class DataCenter:
    """The questions that Data Center answers."""

    root = ROOT

    def __init__(self, client: Client) -> None:
        self._client = client

    def projects(self, keys: list[str]) -> Iterator[Json]:
        """Those of these projects that this account may read."""
        visible = self._client.get(f"{ROOT}/project").json()
        yield from (project for project in visible if project["key"] in keys)

    def search(self, jql: str, fields: Iterable[str], token: str | None = None) -> Found:
        """One page of issues with these fields and their histories."""
        return self._search(jql, ",".join(fields), ROWS, token, expand="changelog")

    def ids(self, jql: str, token: str | None = None) -> Found:
        return self._search(jql, "created", IDS, token)

    def created_after(self, issues: list[Json]) -> int | None:
        """When the last of these was created, in milliseconds."""
        return max((millis(instant(issue["fields"]["created"])) for issue in issues), default=None)

    def complete(self, issues: list[Json], fields: list[str]) -> list[dict[str, Any]]:
        """The issues with their histories and comments. One that vanished meanwhile is left out."""
        told = (self._with_histories(issue, fields) for issue in issues)
        return [issue for issue in told if issue and with_comments(self._client, ROOT, issue)]

    def people(self, ids: list[str]) -> Iterator[Json]:
        for known_as in ids:
            answer = self._client.get(f"{ROOT}/user", params={"key": known_as}, accept=(404,))
            if answer.status != 404:
                yield answer.json()

    def issues_of(self, keys: list[str]) -> Iterator[tuple[str, str]]:
        """Keys and the ids behind them."""
        yield from one_by_one(self._client, ROOT, keys)

    def _search(self, jql: str, fields: str, most: int, token: str | None, **more: str) -> Found:
        start = int(token or 0)
        params = {"jql": jql, "fields": fields, "startAt": start, "maxResults": most, **more}
        answer = self._client.get(f"{ROOT}/search", params=params).json()
        issues = list(answer["issues"])
        following = start + len(issues)  # the server may give fewer than it was asked for, without a word
        return Found(issues, str(following) if issues and following < int(answer["total"]) else None)

    def _with_histories(self, issue: Json, fields: list[str]) -> dict[str, Any] | None:
        if _is_cut(issue):
            params = {"fields": ",".join(fields), "expand": "changelog"}
            try:
                issue = self._client.get(f"{ROOT}/issue/{issue['id']}", params=params).json()
            except RefusedError as error:
                if error.status != 404:
                    raise
                return None
        log = issue["changelog"]
        whole = {name: value for name, value in issue.items() if name != "changelog"}
        whole["histories"] = list(log["histories"])
        return whole | ({"histories_in_all": int(log["total"])} if _is_cut(issue) else {})


def _is_cut(issue: Json) -> bool:
    return int(issue["changelog"]["total"]) > len(issue["changelog"]["histories"])
