"""What the made-up GitHub's GraphQL shows of boards (Projects v2), to those who may read them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from graphql import GraphQLError

from ingest.demo.trackers.github.model import Board, Item, instant
from ingest.demo.trackers.github.people import Asked, Node, person


def organization(asked: Asked, login: str) -> Node:
    def project(_: Any, number: int) -> Node:
        may_read_boards(asked)
        found = next((one for one in asked.github.boards if one.number == number), None)
        if not found:
            text = f"Could not resolve to a ProjectV2 with the number {number}."
            raise GraphQLError(text, extensions={"type": "NOT_FOUND"})
        return board(asked, found)

    return {"__typename": "Organization", "id": "O_1", "login": login, "url": "", "projectV2": project}


def may_read_boards(asked: Asked) -> None:
    github = asked.github
    if github.may_read_boards:
        return
    if github.scopes is None:
        text = "Resource not accessible by personal access token"
        raise GraphQLError(text, extensions={"type": "FORBIDDEN"})
    text = (
        "Your token has not been granted the required scopes to execute this query. The 'projectV2' field requires "
        f"one of the following scopes: ['read:project'], but your token has only been granted: {list(github.scopes)}."
    )
    raise GraphQLError(text, extensions={"type": "INSUFFICIENT_SCOPES"})


def readable(asked: Asked, shown: Board | None) -> Node | None:
    may_read_boards(asked)
    return board(asked, shown) if shown else None


def board(asked: Asked, shown: Board) -> Node:
    def items(_: Any, query: str = "", **args: Any) -> Node:
        rows = [item for item in shown.items if _matches(item, query or "", asked.github.now)]
        return asked.page(
            rows, args, lambda item: board_item(asked, shown, item), lambda item: [item.identity], keep=True
        )

    return {
        "__typename": "ProjectV2",
        "id": shown.node_id,
        "number": shown.number,
        "title": shown.title,
        "updatedAt": shown.updated_at,
        "owner": lambda _: organization(asked, shown.owner),
        "items": items,
    }


def _matches(item: Item, query: str, now: datetime) -> bool:
    """The board's filter: of its language only `-last-updated:Ndays`, by whole days."""
    found = re.fullmatch(r"-last-updated:(\d+)days?", query)
    if not found:
        return not query
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return item.updated_at >= instant(midnight - timedelta(days=int(found[1])))


def board_item(asked: Asked, shown: Board, item: Item) -> Node:
    def value(_: Any, name: str) -> Node | None:
        if name != "Status" or not item.status:
            return None
        return {
            "__typename": "ProjectV2ItemFieldSingleSelectValue",
            "id": f"{item.identity}_S",
            "name": item.status,
            "optionId": item.status.casefold(),
            "updatedAt": item.status_at,
            "creator": person(item.status_by),
        }

    return {
        "__typename": "ProjectV2Item",
        "id": item.identity,
        "createdAt": item.created_at,
        "updatedAt": item.updated_at,
        "isArchived": False,
        "type": "ISSUE",
        "project": lambda _: board(asked, shown),
        "content": lambda _: asked.show(item.issue),
        "fieldValueByName": value,
    }
