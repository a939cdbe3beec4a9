"""Jira Cloud, API v3: search/jql with opaque page tokens, histories of many issues at once."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from ingest.client import Client
from ingest.jira.comments import with_comments
from ingest.jira.instants import instant, millis
from ingest.jira.keys import one_by_one
from ingest.jira.walk import Found, Json, guarded

ROOT = "rest/api/3"
ROWS = 100  # what a search gives at most when it is asked for more than ids
IDS = 5_000  # what it gives when it is not
HISTORIES = 5_000  # of the 10,000 that one answer may hold


class Cloud:
    """The questions that Cloud answers."""

    root = ROOT

    def __init__(self, client: Client) -> None:
        self._client = client

    def projects(self, keys: list[str]) -> Iterator[Json]:
        """Those of these projects whose issues this account may read: being shown a project is not enough."""
        for begin in range(0, len(keys), 50):
            query = [("keys", key) for key in keys[begin : begin + 50]]
            found = self._client.get(
                f"{ROOT}/project/search", params=[*query, ("action", "browse"), ("maxResults", 100)]
            ).json()
            yield from found["values"]

    def search(self, jql: str, fields: Iterable[str], token: str | None = None) -> Found:
        """One page of issues with these fields; what is not asked for is not told, not even the key."""
        asked = list(fields)
        most = IDS if asked == ["id"] else ROWS
        return self._search({"jql": jql, "fields": asked, "maxResults": most}, token)

    def ids(self, jql: str, token: str | None = None) -> Found:
        return self.search(jql, ["id"], token)

    def created_after(self, issues: list[Json]) -> int | None:
        """When the last of these was created, in milliseconds; a page of ids does not tell."""
        told = self._by_id([issue["id"] for issue in issues[-5:]], ["created"])
        return max((millis(instant(issue["fields"]["created"])) for issue in told), default=None)

    def complete(self, issues: list[Json], fields: list[str]) -> list[dict[str, Any]]:
        """The issues with their histories and comments. One that vanished meanwhile is left out."""
        histories = self._histories([issue["id"] for issue in issues])
        fresh = self._afresh(issues, histories, fields)
        # An issue must not know of more than its history does: what history lacks would count as there from the start.
        histories |= self._histories(list(fresh)) if fresh else {}
        told = (fresh.get(issue["id"], issue) for issue in issues)
        whole = [{**issue, "histories": histories.get(issue["id"], [])} for issue in told]
        return [issue for issue in whole if with_comments(self._client, ROOT, issue)]

    def people(self, ids: list[str]) -> Iterator[Json]:
        for begin in range(0, len(ids), 50):
            params = [("accountId", known_as) for known_as in ids[begin : begin + 50]]
            yield from self._client.get(f"{ROOT}/user/bulk", params=[*params, ("maxResults", 50)]).json()["values"]

    def issues_of(self, keys: list[str]) -> Iterator[tuple[str, str]]:
        """Keys and the ids behind them. A moved issue answers with its new key only, so an old key is asked alone."""
        found = {issue["key"]: str(issue["id"]) for issue in self._by_id(keys, ["created"])}
        yield from ((key, found[key]) for key in keys if key in found)
        yield from one_by_one(self._client, ROOT, [key for key in keys if key not in found])

    def _search(self, body: dict[str, Any], token: str | None) -> Found:
        answer = self._client.post(f"{ROOT}/search/jql", json=body | ({"nextPageToken": token} if token else {})).json()
        ended = answer.get("isLast") is True
        return Found(list(answer["issues"]), None if ended else answer.get("nextPageToken") or None)

    def _histories(self, ids: list[str]) -> dict[str, list[Json]]:
        """By issue id. The histories of one issue may be spread over several pages."""
        found: dict[str, dict[str, Json]] = defaultdict(dict)

        def page(token: str | None) -> Found:
            body = {"issueIdsOrKeys": ids, "maxResults": HISTORIES} | ({"nextPageToken": token} if token else {})
            answer = self._client.post(f"{ROOT}/changelog/bulkfetch", json=body).json()
            return Found(list(answer["issueChangeLogs"]), answer.get("nextPageToken") or None)

        for told in guarded(page, "changelog/bulkfetch"):
            for part in told.issues:
                found[str(part["issueId"])] |= {history["id"]: history for history in part["changeHistories"]}
        return {known_as: list(histories.values()) for known_as, histories in found.items()}

    def _afresh(self, issues: list[Json], histories: dict[str, list[Json]], fields: list[str]) -> dict[str, Json]:
        """Those that the search still showed as they were before their last change, read again; by id."""
        behind = [issue["id"] for issue in issues if _is_behind(issue, histories.get(issue["id"], []))]
        return {issue["id"]: issue for issue in self._by_id(behind, fields)}

    def _by_id(self, keys: list[str], fields: list[str]) -> list[Json]:
        """Issues by id or key, out of the database and not the index; those that are gone are left out."""
        found: list[Json] = []
        for begin in range(0, len(keys), ROWS):
            body = {"issueIdsOrKeys": keys[begin : begin + ROWS], "fields": fields}
            found += self._client.post(f"{ROOT}/issue/bulkfetch", json=body).json()["issues"]
        return found


def _is_behind(issue: Json, histories: list[Json]) -> bool:
    updated = instant(issue["fields"]["updated"])
    return any(instant(history["created"]) > updated for history in histories)
