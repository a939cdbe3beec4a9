"""The questions a Jira answers: search, histories, comments, and the lists that names are looked up in."""

import base64
import json
import re
import zlib
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ingest.demo.trackers.jira.jql import Catalogue, JqlError, Query, parse
from ingest.demo.trackers.jira.lists import Lists, RefusedError
from ingest.demo.trackers.jira.model import Issue, Json, millis
from ingest.demo.trackers.wire import Request, Response

if TYPE_CHECKING:
    from ingest.demo.trackers.jira import Jira

REMOVED = "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API."
TOKENS_LIVE = timedelta(days=7)


def answer(jira: "Jira", request: Request) -> Response:
    """What the product would say."""
    try:
        return _json(200, _Asked(jira, request).told())
    except RefusedError as refused:
        return _json(refused.status, {"errorMessages": list(refused.messages), "errors": {}})
    except JqlError as error:
        return _json(400, {"errorMessages": [str(error)], "errors": {}})


def _json(status: int, told: Any) -> Response:
    return Response(status, json.dumps(told).encode(), {"Content-Type": "application/json;charset=UTF-8"})


class _Asked(Lists):
    """One question."""

    def told(self) -> Any:
        path = self.request.path.rstrip("/")
        if path in ("/rest/api/2/serverInfo", "/rest/api/3/serverInfo"):  # for anybody
            return self._server()
        self._require_login()
        if self.jira.is_cloud and path in ("/rest/api/2/search", "/rest/api/3/search"):
            raise RefusedError(410, REMOVED)
        version = "[23]" if self.jira.is_cloud else "(?:2|latest)"
        for pattern, method, told in _CLOUD if self.jira.is_cloud else _DATA_CENTER:
            match = re.fullmatch(f"/rest/api/{version}/{pattern}", path)
            if match and self.request.method in method.split():
                return told(self, *match.groups())
        raise RefusedError(404, f"null for uri: {self.shapes.base}{path}")

    def _require_login(self) -> None:
        jira, said = self.jira, self.request.headers.get("authorization", "")
        pair = base64.b64encode(f"{jira.email}:{jira.token}".encode()).decode()
        if said != (f"Basic {pair}" if jira.email else f"Bearer {jira.token}"):
            raise RefusedError(401, "Client must be authenticated to access this resource.")

    def _server(self) -> Json:
        kind = ("1001.0.0-SNAPSHOT", [1001, 0, 0], "Cloud") if self.jira.is_cloud else ("9.12.7", [9, 12, 7], "Server")
        names = dict(zip(("version", "versionNumbers", "deploymentType"), kind, strict=True))
        return {
            "baseUrl": self.shapes.base,
            **names,
            "serverTime": self.shapes.instant(self.jira.now),
            "serverTitle": "Jira",
        }

    # --- Searching ------------------------------------------------------------------------------

    def search(self) -> Json:
        """Cloud's: an opaque token for the next page, no total, and nothing but ids unless fields are asked for."""
        body = self.body() if self.request.method == "POST" else self.query_as_body()
        query = self._parsed(str(body.get("jql") or ""))
        if not query.conditions:
            raise RefusedError(400, "Unbounded JQL queries are not allowed here. Please add a search restriction.")
        fields = body.get("fields") or ["id"]
        most = self.jira.limits.ids if set(fields) <= {"id", "key"} else self.jira.limits.rows
        most = min(most, int(body.get("maxResults") or 50))
        found = query.of(self._indexed(body.get("reconcileIssues") or []))
        start = self._opened(body.get("nextPageToken"), body["jql"])
        rows = found[start : start + most]
        told: Json = {"issues": [self._row(issue, fields, str(body.get("expand") or "")) for issue in rows]}
        is_last = start + len(rows) >= len(found)
        told |= {"isLast": is_last} if self.jira.tells_last else {}
        return told | ({} if is_last else {"nextPageToken": self._token(body["jql"], start + len(rows))})

    def search_by_offset(self) -> Json:
        """Data Center's."""
        body = self.body() if self.request.method == "POST" else self.query_as_body()
        found = self._parsed(str(body.get("jql") or "")).of(self._indexed([]))
        start = int(body.get("startAt") or 0)
        most = min(self.jira.limits.rows, int(body.get("maxResults") or 50))
        rows = found[start : start + most]
        fields = body.get("fields") or ["*navigable"]
        told = [self._row(issue, fields, str(body.get("expand") or "")) for issue in rows]
        return {"startAt": start, "maxResults": most, "total": len(found), "issues": told}

    def count(self) -> Json:
        return {"count": len(self._parsed(str(self.body()["jql"])).of(self._indexed([])))}

    def _row(self, issue: Issue, fields: list[str], expand: str) -> Json:
        told = self.shapes.issue(issue, fields)
        if "changelog" in expand:
            limits = self.jira.limits
            most = limits.embedded if self.jira.is_cloud else limits.embedded_in_search
            told["changelog"] = self.shapes.changelog(issue, most)
        return told

    def _indexed(self, fresh: list[Any]) -> list[Issue]:
        """What a search sees: the index, and the truth about the issues it is told to look up afresh."""
        if len(fresh) > 50:
            raise RefusedError(400, "reconcileIssues: 50 ids at most.")
        rows = {issue.id: issue for issue in self.jira.seen_by_search()}
        rows |= {known: self.jira.issues[known] for known in map(int, fresh) if known in self.jira.issues}
        return [issue for issue in rows.values() if self._is_readable(issue)]

    def _parsed(self, jql: str) -> Query:
        return parse(jql, Catalogue(self._project_key, self._issue_id, self.jira.zone))

    def _project_key(self, name: str) -> str:
        for project in self.jira.projects.values():
            is_seen = project.can_browse or project.is_listed
            if is_seen and name.lower() in (project.key.lower(), project.name.lower(), project.id):
                return project.key
        raise JqlError(f"The value '{name}' does not exist for the field 'project'.")

    def _issue_id(self, name: str) -> int:
        known = self._readable(name)
        if known is None:
            raise JqlError(f"An issue with key '{name}' does not exist for field 'key'.")
        return known.id

    def _token(self, jql: str, start: int) -> str:
        told = [zlib.crc32(jql.encode()), start, millis(self.jira.now)]
        return base64.urlsafe_b64encode(json.dumps(told).encode()).decode()

    def _opened(self, token: str | None, jql: str) -> int:
        """Where a token leads: rows to skip. It belongs to one question and dies after a week."""
        if not token:
            return 0
        try:
            question, start, made = json.loads(base64.urlsafe_b64decode(token))
        except ValueError:
            raise RefusedError(400, "The provided next page token is invalid.") from None
        is_dead = millis(self.jira.now) - made > TOKENS_LIVE / timedelta(milliseconds=1)
        if question != zlib.crc32(jql.encode()) or is_dead:
            raise RefusedError(400, "The provided next page token is invalid or has expired.")
        return int(start)

    # --- Issues one by one, and their parts -----------------------------------------------------

    def histories_of_many(self) -> Json:
        """Oldest first over all the issues, so that one issue may be spread over several pages."""
        body = self.body()
        keys = body["issueIdsOrKeys"]
        if not keys or len(keys) > 1_000:
            raise RefusedError(400, "issueIdsOrKeys: between 1 and 1000 are needed.")
        issues = {issue.id: issue for key in keys if (issue := self._readable(str(key)))}
        rows = sorted(
            (history.at, issue.id, history.id, history) for issue in issues.values() for history in issue.histories
        )
        start = self._opened(body.get("nextPageToken"), str(keys))
        page = rows[start : start + min(self.jira.limits.histories, int(body.get("maxResults") or 1_000))]
        told: dict[int, list[Json]] = defaultdict(list)
        for _, known, _, history in page:
            told[known].append(self.shapes.history(history, is_epoch=True))
        logs = [{"issueId": str(known), "changeHistories": histories} for known, histories in told.items()]
        end = start + len(page)
        return {"issueChangeLogs": logs} | ({"nextPageToken": self._token(str(keys), end)} if end < len(rows) else {})

    def many(self) -> Json:
        body = self.body()
        if len(body["issueIdsOrKeys"]) > 100:
            raise RefusedError(400, "issueIdsOrKeys: 100 at most.")
        found = {issue.id: issue for key in body["issueIdsOrKeys"] if (issue := self._readable(str(key)))}
        told = [self.shapes.issue(issue, body.get("fields") or ["*navigable"]) for issue in found.values()]
        return {"issues": told, "issueErrors": []}

    def one(self, key: str) -> Json:
        issue = self._issue(key)
        fields = ",".join(self.query["fields"]).split(",") if self.query["fields"] else ["*all"]
        told = self.shapes.issue(issue, fields)
        if "changelog" in ",".join(self.query["expand"]):
            limits = self.jira.limits
            told["changelog"] = self.shapes.changelog(
                issue, limits.embedded if self.jira.is_cloud else limits.embedded_alone
            )
        return told

    def histories_of_one(self, key: str) -> Json:
        issue, start, most = self._issue(key), self.start(), min(100, self.most(100))
        told = [self.shapes.history(history) for history in issue.histories[start : start + most]]
        is_last = start + len(told) >= len(issue.histories)
        return {"startAt": start, "maxResults": most, "total": len(issue.histories), "isLast": is_last, "values": told}

    def comments(self, key: str) -> Json:
        most = min(self.jira.limits.comment_rows, self.most(100))
        return self.shapes.comments(self._issue(key).comments, self.start(), most)

    def _issue(self, key: str) -> Issue:
        issue = self._readable(key)
        if issue is None:
            raise RefusedError(404, "Issue does not exist or you do not have permission to see it.")
        return issue

    def _readable(self, key: str) -> Issue | None:
        known = int(key) if key.isdigit() else self.jira.ids.get(key.upper(), 0)
        issue = self.jira.issues.get(known)
        return issue if issue and self._is_readable(issue) else None

    def _is_readable(self, issue: Issue) -> bool:
        return self.jira.projects[issue.project].can_browse


Told = Callable[..., Any]
_LISTS: list[tuple[str, str, Told]] = [
    ("myself", "GET", _Asked.myself),
    ("status", "GET", _Asked.statuses),
    ("(priority|resolution|issuetype)", "GET", _Asked.names),
    ("field", "GET", _Asked.fields),
    ("issueLinkType", "GET", _Asked.link_types),
    ("issue/([^/]+)", "GET", _Asked.one),
    ("issue/([^/]+)/comment", "GET", _Asked.comments),
]
_CLOUD: list[tuple[str, str, Told]] = [
    *_LISTS,
    ("search/jql", "GET POST", _Asked.search),
    ("search/approximate-count", "POST", _Asked.count),
    ("changelog/bulkfetch", "POST", _Asked.histories_of_many),
    ("issue/bulkfetch", "POST", _Asked.many),
    ("issue/([^/]+)/changelog", "GET", _Asked.histories_of_one),
    ("user/bulk", "GET", _Asked.people),
    ("project/search", "GET", _Asked.projects_found),
]
_DATA_CENTER: list[tuple[str, str, Told]] = [
    *_LISTS,
    ("search", "GET POST", _Asked.search_by_offset),
    ("user", "GET", _Asked.person),
    ("project", "GET", _Asked.projects),
]
