"""Issues as GraphQL gives them, put into the words of the REST API: one vocabulary for both.

What differs besides spelling: an event is named by a node id (the number inside it is REST's id), a bot goes without
its [bot], enumerations are in capitals, and a label is an object whose name is today's.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ingest.github.node_ids import database_id

Json = Mapping[str, Any]

# REST's names where they are not the type's own words.
_KINDS = {"IssueComment": "commented", "CrossReferencedEvent": "cross-referenced", "RenamedTitleEvent": "renamed",
          "IssueCommentPinnedEvent": "comment_pinned", "IssueCommentUnpinnedEvent": "comment_unpinned"}  # fmt: skip
# GraphQL's field of an event, and what REST calls it.
_ISSUES = {"parent": "parent_issue", "subIssue": "sub_issue", "blockingIssue": "blocking_issue",
           "blockedIssue": "blocked_issue", "canonical": "canonical", "duplicateOf": "duplicate_of"}  # fmt: skip
_LOCKS = {"OFF_TOPIC": "off-topic", "TOO_HEATED": "too heated"}


def issue(node: Json, repository: str) -> dict[str, Any]:
    """An `Issue` as REST's `GET /repos/{repository}/issues/{number}`; what Watchbill does not read is left out."""
    told: dict[str, Any] = {
        "repository_url": repository,
        "html_url": node["url"],
        "number": node["number"],
        "title": node["title"],
        "body": node.get("body"),
        "user": user(node.get("author")),
        "state": node["state"].lower(),
        "state_reason": _lower(node.get("stateReason")),
        "created_at": node["createdAt"],
        "updated_at": node["updatedAt"],
        "closed_at": node.get("closedAt"),
        "labels": [{"id": label["id"], "name": label["name"]} for label in nodes(node.get("labels"))],
        "assignees": [user(actor) for actor in nodes(node.get("assignedActors") or node.get("assignees"))],
        "field_values": dict(_field_values(node)),
    }
    if "issueType" in node:
        told["type"] = node["issueType"]
    return told


def nodes(connection: Json | None) -> list[Any]:
    """The members of a connection; null where the reader may not see one."""
    return [node for node in (connection or {}).get("nodes") or [] if node is not None]


def timeline(items: Iterable[Json], board_items: Sequence[Json] = ()) -> list[dict[str, Any]]:
    """Timeline items as REST's timeline. Events of boards are asked for apart and take their place by their time."""
    told = [event(item) for item in (*items, *board_items)]
    return sorted(told, key=lambda item: item["created_at"] or "") if board_items else told


def user(actor: Json | None) -> dict[str, Any] | None:
    """REST ends a bot's login in [bot]; GraphQL has a type for it instead."""
    if not actor or not actor.get("login"):
        return None
    is_bot = actor.get("__typename") == "Bot"
    login = actor["login"]
    told = {"login": f"{login}[bot]" if is_bot and not login.endswith("[bot]") else login}
    return {**told, "type": "Bot" if is_bot else "User", "name": actor.get("name")}


def event(item: Json) -> dict[str, Any]:
    """One timeline item. A type that is not known keeps its name, time and actor."""
    kind = kind_of(item["__typename"])
    told: dict[str, Any] = {
        "event": kind,
        "id": item.get("fullDatabaseId") or database_id(item["id"]),
        "created_at": item.get("createdAt"),
        "actor": user(item.get("actor") or item.get("author")),
    }
    if kind == "cross-referenced":
        told |= {"id": None, "source": {"issue": {"html_url": (item.get("source") or {}).get("url")}}}
    return told | _particulars(item)


def kind_of(typename: str) -> str:
    """LabeledEvent is labeled, AddedToProjectV2Event added_to_project_v2."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", typename.removesuffix("Event")).lower()
    return _KINDS.get(typename, words)


def _particulars(item: Json) -> dict[str, Any]:
    told: dict[str, Any] = {
        name: {"html_url": item[field]["url"]} for field, name in _ISSUES.items() if item.get(field)
    }
    for field in ("body", "label", "status"):
        if field in item:
            told[field] = item[field]
    if "assignee" in item:
        told["assignee"] = user(item["assignee"])
    if "milestoneTitle" in item:
        told["milestone"] = {"title": item["milestoneTitle"]}
    if "currentTitle" in item:
        told["rename"] = {"from": item["previousTitle"], "to": item["currentTitle"]}
    if item.get("lockReason"):
        told["lock_reason"] = _LOCKS.get(item["lockReason"], item["lockReason"].lower())
    if item.get("stateReason"):
        told["state_reason"] = item["stateReason"].lower()
    if item.get("closer"):
        told |= _closer(item["closer"])
    if item.get("subject"):
        told["source"] = {"issue": {"html_url": item["subject"].get("url")}}
    return told | _type_and_field(item) | _board(item)


def _closer(closer: Json) -> dict[str, Any]:
    return {"commit_id": closer["oid"]} if closer.get("oid") else {"closer": {"html_url": closer.get("url")}}


def _type_and_field(item: Json) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if "issueType" in item:
        told["issue_type"] = item["issueType"]
    if "prevIssueType" in item:
        told["prev_issue_type"] = item["prevIssueType"]
    if "issueField" in item:
        told["issue_field"] = item["issueField"]
        told["previous_value"] = item.get("previousValue")
        told["value"] = item.get("newValue", item.get("value"))
    return told


def _board(item: Json) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if item.get("project"):
        told["project_v2"] = item["project"]
    if "previousStatus" in item:
        told["previous_status"] = item["previousStatus"]
    if "projectColumnName" in item:  # classic boards, dead since April 2025
        told["project_card"] = {
            "column_name": item["projectColumnName"],
            "previous_column_name": item.get("previousProjectColumnName"),
        }
    return told


def _field_values(node: Json) -> Iterable[tuple[str, str | None]]:
    """The issue's own fields. A kind of value that is not known yet is passed over."""
    for value in nodes(node.get("issueFieldValues")):
        name = (value.get("field") or {}).get("name")
        given = next((value[key] for key in ("value", "textValue", "numberValue", "dateValue") if key in value), None)
        if name and given is not None:
            yield name, _number(given)


def _number(value: Any) -> str:
    """3.0 is 3, as the events tell it."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _lower(text: str | None) -> str | None:
    return text.lower() if text else None
