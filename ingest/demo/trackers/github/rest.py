"""The made-up GitHub's REST API, and the door to its GraphQL."""

import base64
import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from ingest.demo.trackers.github import graphql as github_graphql
from ingest.demo.trackers.github.limits import JSON_TYPE
from ingest.demo.trackers.github.model import Issue, Json, Repository, served
from ingest.demo.trackers.wire import Request, Response

if TYPE_CHECKING:
    from ingest.demo.trackers.github import GitHub

DEEPEST_PAGE = 100
TOO_DEEP = (
    "Pagination with the page parameter is not supported for large datasets, "
    "please use cursor based pagination (after/before)"
)


def answer(github: "GitHub", request: Request) -> Response:
    """Anything: GraphQL by POST, the rest by GET."""
    path = re.sub(r"^/api(/v3)?(?=/)", "", request.path)
    resource: Any = "graphql" if path == "/graphql" else "core"
    refusal = github.limits.refusal(resource, github.now)
    if refusal:
        return refusal
    if request.headers.get("authorization") != f"Bearer {github.token}":
        return _told(401, {"message": "Bad credentials"})
    scopes = {} if github.scopes is None else {"x-oauth-scopes": ", ".join(github.scopes)}
    if resource == "graphql":
        found = github_graphql.answer(github, request)
    else:
        github.limits.spend("core", 1, github.now)
        found = _rest(github, request, path)
    headers = {**found.headers, **scopes, **github.limits.headers(resource, github.now)}
    return Response(found.status, found.body, headers)


def _told(status: int, body: Any, headers: dict[str, str] | None = None) -> Response:
    return Response(status, json.dumps(served(body)).encode(), JSON_TYPE | (headers or {}))


def _rest(github: "GitHub", request: Request, path: str) -> Response:
    found = re.fullmatch(r"/(?:repos/([^/]+/[^/]+)|repositories/(\d+))(/.*)?", path)
    repository = _repository(github, found[1], found[2]) if found else None
    if not found or not repository:
        return _told(404, {"message": "Not Found", "status": "404"})
    for pattern, reply in _ROUTES:
        route = re.fullmatch(pattern, found[3] or "")
        if route:
            return reply(github, request, repository, *route.groups())
    return _told(404, {"message": "Not Found", "status": "404"})


def _repository(github: "GitHub", name: str | None, identity: str | None) -> Repository | None:
    known = github.repositories
    if identity:
        return next((one for one in known.values() if str(one.identity) == identity), None)
    return known.get((name or "").casefold()) or next(
        (one for one in known.values() if one.full_name.casefold() == (name or "").casefold()), None
    )


def _about(_: "GitHub", __: Request, repository: Repository) -> Response:
    facts = {"id": repository.identity, "node_id": repository.node_id, "name": repository.name}
    return _told(200, {**facts, "full_name": repository.full_name, "has_issues": True})


def _issue(github: "GitHub", request: Request, repository: Repository, number: str) -> Response:
    issue = repository.issues.get(int(number))
    return _told(200, issue.facts) if issue else _absent(github, request, repository, int(number))


def _absent(github: "GitHub", request: Request, repository: Repository, number: int) -> Response:
    fate = repository.left.get(number)
    if fate is None:
        return _told(404, {"message": "Not Found", "status": "404"})
    if fate == "deleted":
        return _told(410, {"message": "This issue was deleted", "status": "410"})
    target = f"{request.base}{'/api/v3' if github.is_ghes else ''}/{fate.split('/', 3)[3]}"
    return _told(301, {"message": "Moved Permanently", "url": target}, {"Location": target})


def _timeline(github: "GitHub", request: Request, repository: Repository, number: str) -> Response:
    issue = repository.issues.get(int(number))
    if not issue:
        return _absent(github, request, repository, int(number))
    return _numbered_pages(github, request, repository, issue.timeline)


def _issues(github: "GitHub", request: Request, repository: Repository) -> Response:
    """Pull requests among them; open ones only and the newest first, unless asked otherwise."""
    asked = dict(request.query)
    state, since = asked.get("state", "open"), asked.get("since", "")
    key = {"updated": "updated_at", "created": "created_at"}[asked.get("sort", "created")]
    rows = [
        issue
        for issue in repository.issues.values()
        if state in ("all", issue.facts["state"]) and issue.facts["updated_at"] >= since
    ]
    rows.sort(key=_place(key), reverse=asked.get("direction", "desc") == "desc")
    if github.is_ghes or "page" in asked:
        return _numbered_pages(github, request, repository, [issue.facts for issue in rows])
    return _pages_by_cursor(github, request, repository, rows, key)


def _place(key: str) -> Callable[[Issue], tuple[str, int]]:
    return lambda issue: (issue.facts[key], issue.facts["id"])


def _comments(github: "GitHub", request: Request, repository: Repository) -> Response:
    asked = dict(request.query)
    key = {"updated": "updated_at", "created": "created_at"}[asked.get("sort", "created")]
    rows = [
        {name: value for name, value in event.items() if name not in ("event", "actor")}
        for issue in repository.issues.values()
        for event in issue.timeline
        if event["event"] == "commented" and event["updated_at"] >= asked.get("since", "")
    ]
    rows.sort(key=lambda comment: (comment[key], comment["id"]), reverse=asked.get("direction") == "desc")
    return _numbered_pages(github, request, repository, rows)


def _size(github: "GitHub", asked: dict[str, str]) -> int:
    return min(int(asked.get("per_page", 30)), 100, github.page_size)


def _numbered_pages(github: "GitHub", request: Request, repository: Repository, rows: list[Json]) -> Response:
    asked = dict(request.query)
    page, size = int(asked.get("page", 1)), _size(github, asked)
    if page > DEEPEST_PAGE:
        return _told(422, {"message": TOO_DEEP})
    more = {**asked, "page": str(page + 1)} if len(rows) > page * size else None
    return _told(200, rows[(page - 1) * size : page * size], _link(github, request, repository, more))


def _pages_by_cursor(
    github: "GitHub", request: Request, repository: Repository, rows: list[Issue], key: str
) -> Response:
    asked, place = dict(request.query), _place(key)
    size, is_backwards = _size(github, asked), asked.get("direction", "desc") == "desc"
    if "after" in asked:
        value, identity = json.loads(base64.urlsafe_b64decode(asked["after"]))
        mark = (value, identity)
        rows = [issue for issue in rows if (place(issue) < mark if is_backwards else place(issue) > mark)]
    shown = rows[:size]
    more = None
    if len(rows) > size:
        more = {**asked, "after": base64.urlsafe_b64encode(json.dumps(place(shown[-1])).encode()).decode()}
    return _told(200, [issue.facts for issue in shown], _link(github, request, repository, more))


def _link(
    github: "GitHub", request: Request, repository: Repository, more: dict[str, str] | None
) -> dict[str, str] | None:
    """The address names the repository by its number, not as it was asked for."""
    if not more:
        return None
    rest = re.sub(r"^(/api/v3)?/(repos/[^/]+/[^/]+|repositories/\d+)", "", request.path)
    root = f"{request.base}{'/api/v3' if github.is_ghes else ''}"
    return {"Link": f'<{root}/repositories/{repository.identity}{rest}?{urlencode(more)}>; rel="next"'}


_ROUTES: tuple[tuple[str, Callable[..., Response]], ...] = (
    ("", _about),
    ("/issues", _issues),
    ("/issues/comments", _comments),
    (r"/issues/(\d+)", _issue),
    (r"/issues/(\d+)/timeline", _timeline),
)
