"""Pages into records. Pure: a page holds everything its records need."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ingest.github import graphql as words
from ingest.github import issue as github_issue
from ingest.github.issue import Home, instant, ticket_id_of
from ingest.records import Census, Event, Gone, Observed, Record, Rejected, UnreadableError

Json = Mapping[str, Any]


def parse(page: Json, site: Any, scope: str = "") -> Iterator[Record]:
    """The records of one page; none for a pull request.

    `scope` names the ticket queue; the repository's name otherwise. An issue that cannot be read is Rejected, and the
    rest of its page is not. Raises UnreadableError where the page is a single issue, or no page at all.
    """
    home = Home(site.name, scope, tuple(site.boards))
    match page.get("type", "issue"):
        case "graphql":
            yield from _each(page, lambda node: _from_graphql(node, page, home))
        case "rest":
            yield from _each(page, lambda told: _from_rest(told, page, home))
        case "census":
            try:
                yield from _census(page, home)
            except (KeyError, TypeError, AttributeError, ValueError) as error:
                raise UnreadableError(f"not a list of issues: {type(error).__name__}: {error}") from error
        case _ if not is_pull_request(page):
            yield from _issue(page, home)


def is_pull_request(page: Json) -> bool:
    """GitHub lists pull requests among issues; they carry the key `pull_request`."""
    issue = page.get("issue")
    return page.get("type", "issue") != "issue" or (
        isinstance(issue, Mapping) and issue.get("pull_request") is not None
    )


def _issue(page: Json, home: Home) -> Iterator[Record]:
    try:
        issue, timeline = page["issue"], page["events"]
    except KeyError as error:
        raise UnreadableError(f"not an issue with its timeline: KeyError: {error}") from error
    yield from github_issue.records(issue, timeline, home)


def _each(page: Json, read: Callable[[Json], list[Record]]) -> Iterator[Record]:
    if not isinstance(page.get("issues"), list):
        raise UnreadableError("a page of issues without issues")
    for told in page["issues"]:
        try:
            yield from read(told)
        except (UnreadableError, KeyError, TypeError, AttributeError, ValueError) as error:
            yield Rejected(_place(told, page), f"{type(error).__name__}: {error}")


def _place(told: Any, page: Json) -> str:
    number = (told.get("number") or (told.get("issue") or {}).get("number")) if isinstance(told, Mapping) else None
    return f"{page.get('repository')}#{number}"


def _from_rest(told: Json, page: Json, home: Home) -> list[Record]:
    if is_pull_request(told):
        return []
    issue = {**told["issue"], "repository_url": page["repository"]}
    return list(github_issue.records(issue, told["events"], home))


def _from_graphql(node: Json, page: Json, home: Home) -> list[Record]:
    issue, part = words.issue(node, page["repository"]), (page.get("boards") or {}).get(node["id"])
    moves = words.nodes((part or {}).get("timelineItems"))
    timeline = words.timeline(words.nodes(node["timelineItems"]), moves)
    found = list(github_issue.records(issue, timeline, home))
    if part is None:
        return found
    has_priority = any(isinstance(record, Event) and record.field == "priority" for record in found)
    return [*found, *_observed(ticket_id_of(issue, home.name), part, home.boards, has_priority=has_priority)]


def _observed(ticket_id: str, part: Json, boards: Sequence[str], *, has_priority: bool) -> Iterator[Observed]:
    """Where the issue stands now, since when: moves are not always recorded, and priorities on boards never are.

    Of several boards, the one whose value was set last speaks.
    """
    items = [item for item in words.nodes(part.get("projectItems")) if _board(item) in map(str.casefold, boards)]
    if items:
        yield _latest(ticket_id, "column", items, "status") or _empty(ticket_id, items)
    priority = _latest(ticket_id, "priority", items, "priority")
    if priority and not has_priority:
        yield priority


def _board(item: Json) -> str:
    project = item.get("project") or {}
    return f"{(project.get('owner') or {}).get('login')}/{project.get('number')}".casefold()


def _latest(ticket_id: str, field: str, items: list[Json], value: str) -> Observed | None:
    set_values = [item[value] for item in items if (item.get(value) or {}).get("name")]
    if not set_values:
        return None
    last = max(set_values, key=lambda option: option["updatedAt"])
    return Observed(ticket_id, field, (last["name"],), instant(last["updatedAt"]))


def _empty(ticket_id: str, items: list[Json]) -> Observed:
    return Observed(ticket_id, "column", (), max(instant(item["updatedAt"]) for item in items))


def _census(page: Json, home: Home) -> Iterator[Record]:
    """What is known to have left first: the count alone would only say that it is missing."""
    taken_at, prefix = instant(page["taken_at"]), f"{home.name}/{page['repository']}#"
    for reason in ("moved", "deleted"):
        for number in page[reason]:
            yield Gone(f"{prefix}{number}", taken_at, reason)
    yield Census("ticket", prefix, tuple(f"{prefix}{number}" for number in page["numbers"]), taken_at)
