"""What the made-up GitHub's GraphQL shows of its model: each node as its type's fields, worked out when asked for."""

from datetime import UTC, datetime
from typing import Any

from graphql import GraphQLError

from ingest.demo.trackers.github.board_views import board, board_item, may_read_boards, organization
from ingest.demo.trackers.github.event_views import event, issue_type, item_type, label
from ingest.demo.trackers.github.model import Issue, Json, Repository, instant, type_name
from ingest.demo.trackers.github.people import Asked, Node, person


class Root:
    """The fields of Query."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked

    def rateLimit(self, *_: Any, **__: Any) -> Node | None:  # noqa: N802
        limits, now = self._asked.github.limits, self._asked.github.now
        if limits.is_off:
            return None
        remaining, resets_at = limits.remaining("graphql", now), limits.resets_at("graphql", now)
        return {
            "limit": limits.hourly,
            "cost": self._asked.points,
            "remaining": remaining,
            "used": limits.hourly - remaining,
            "resetAt": instant(datetime.fromtimestamp(resets_at, UTC)),
            "nodeCount": 0,
        }

    def viewer(self, *_: Any, **__: Any) -> Node:
        return {"__typename": "User", "login": "reader", "id": "U_1", "name": "Reader", "url": ""}

    def repository(self, _: Any, owner: str, name: str, **__: Any) -> Node:
        wanted = f"{owner}/{name}".casefold()
        known = self._asked.github.repositories
        found = known.get(wanted) or next((one for one in known.values() if one.full_name.casefold() == wanted), None)
        if not found:
            text = f"Could not resolve to a Repository with the name '{owner}/{name}'."
            raise GraphQLError(text, extensions={"type": "NOT_FOUND"})
        return repository(self._asked, found)

    def repositoryOwner(self, _: Any, login: str, **__: Any) -> Node | None:  # noqa: N802
        if login.casefold() != self._asked.github.owner.casefold():
            return None
        return organization(self._asked, login)

    def node(self, _: Any, id: str, **__: Any) -> Node:  # noqa: A002
        found = self._find(id)
        if found is None:
            raise GraphQLError(_unresolved(id), extensions={"type": "NOT_FOUND"})
        return found

    def nodes(self, _: Any, ids: list[str], **__: Any) -> list[Any]:
        """A node that is gone is an error in its place."""
        missing = [GraphQLError(_unresolved(one), extensions={"type": "NOT_FOUND"}) for one in ids]
        return [self._find(one) or error for one, error in zip(ids, missing, strict=True)]

    def _find(self, wanted: str) -> Node | None:
        github = self._asked.github
        held = self._asked.issues.get(wanted)
        if held:
            return issue(self._asked, held)
        shown = next((shown for shown in github.boards if shown.node_id == wanted), None)
        return board(self._asked, shown) if shown else None


def _unresolved(identity: str) -> str:
    return f"Could not resolve to a node with the global id of '{identity}'"


def repository(asked: Asked, held: Repository) -> Node:
    def issues(_: Any, orderBy: Json | None = None, filterBy: Json | None = None, **args: Any) -> Node:  # noqa: N803
        since = (filterBy or {}).get("since") or ""
        order = orderBy or {"field": "CREATED_AT", "direction": "ASC"}
        key = {"UPDATED_AT": "updated_at", "CREATED_AT": "created_at"}[order["field"]]
        rows = [one for one in held.issues.values() if not one.is_pull_request and one.facts["updated_at"] >= since]
        return asked.page(
            rows, args, lambda one: issue(asked, one), lambda one: [one.facts[key], one.facts["id"]],
            is_backwards=order["direction"] == "DESC",
        )  # fmt: skip

    def one_issue(_: Any, number: int) -> Node:
        found = held.issues.get(number)
        if not found or found.is_pull_request:
            text = f"Could not resolve to an Issue with the number of {number}."
            raise GraphQLError(text, extensions={"type": "NOT_FOUND"})
        return issue(asked, found)

    return {
        "__typename": "Repository",
        "id": held.node_id,
        "name": held.name,
        "nameWithOwner": held.full_name,
        "issues": issues,
        "issue": one_issue,
        "labels": lambda _, **args: asked.page(held.labels, args, label, lambda one: [one["id"]]),
    }


def issue(asked: Asked, held: Issue) -> Node:
    facts, reason = held.facts, held.facts["state_reason"]
    view = {
        "__typename": "Issue",
        "id": held.node_id,
        "fullDatabaseId": str(facts["id"]),
        "number": held.number,
        "title": facts["title"],
        "body": facts["body"] or "",
        "url": facts["html_url"],
        "state": facts["state"].upper(),
        "stateReason": lambda _, enableDuplicate=False: _reason(reason, enableDuplicate),  # noqa: N803
        "createdAt": facts["created_at"],
        "updatedAt": facts["updated_at"],
        "closedAt": facts["closed_at"],
        "author": person(facts["user"]),
        "issueType": issue_type(facts.get("type")),
        "repository": lambda _: repository(asked, held.repository),
    }
    return view | _lists(asked, held) | dict.fromkeys(asked.github.forbidden, _forbidden)


def _lists(asked: Asked, held: Issue) -> Node:
    def timeline(info: Any, itemTypes: list[str] | None = None, **args: Any) -> Node:  # noqa: N803
        _count_timeline(asked, held, itemTypes or [])
        kinds = {item_type(kind.name) for kind in info.schema.type_map["IssueTimelineItems"].types}
        wanted = kinds & set(itemTypes) if itemTypes else kinds
        rows = [one for one in held.timeline if item_type(type_name(one["event"])) in wanted]
        return asked.page(rows, args, lambda one: event(asked, one, held), lambda one: [one["_place"]])

    def items(_: Any, **args: Any) -> Node:
        may_read_boards(asked)
        rows = [(shown, item) for shown in asked.github.boards if (item := shown.item(held))]
        return asked.page(rows, args, lambda row: board_item(asked, *row), lambda row: [row[0].number])

    def values(_: Any, **args: Any) -> Node:
        return asked.page(sorted(held.fields.items()), args, _field_value, lambda row: [row[0]])

    def assigned(_: Any, **args: Any) -> Node:
        people = [shown for user in held.facts["assignees"] if (shown := person(user))]
        return asked.page(people, args, dict[str, Any], lambda one: [one["login"]])

    return {
        "labels": lambda _, **args: asked.page(held.facts["labels"], args, label, lambda one: [one["id"]]),
        "assignedActors": assigned,
        "assignees": assigned,
        "issueFieldValues": values,
        "projectItems": items,
        "timelineItems": timeline,
    }


def _count_timeline(asked: Asked, held: Issue, item_types: list[str]) -> None:
    """Timelines are what makes a question heavy."""
    asked.timelines += 1
    asked.is_unbearable |= held.key in asked.github.unbearable and "ISSUE_COMMENT" in item_types
    if asked.github.cut is not None and asked.timelines > asked.github.cut:
        text = "Resource limits for this query exceeded."
        raise GraphQLError(text, extensions={"type": "RESOURCE_LIMITS_EXCEEDED"})


def _forbidden(*_: Any, **__: Any) -> None:
    raise GraphQLError("Resource not accessible by personal access token", extensions={"type": "FORBIDDEN"})


def _reason(reason: str | None, enable_duplicate: bool) -> str | None:
    """Unless asked to, GraphQL calls a duplicate not planned."""
    if reason == "duplicate" and not enable_duplicate:
        return "NOT_PLANNED"
    return reason.upper() if reason else None


def _field_value(row: tuple[str, str]) -> Node:
    name, value = row
    field = {"__typename": "IssueFieldSingleSelect", "id": f"IFSS_{name}", "name": name}
    return {
        "__typename": "IssueFieldSingleSelectValue",
        "id": f"V_{name}",
        "value": value,
        "name": value,
        "field": field,
    }
