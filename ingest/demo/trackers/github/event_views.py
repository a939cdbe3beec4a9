"""What the made-up GitHub's GraphQL shows of a timeline: of each REST event, the fields of its GraphQL type."""

from functools import cache

from ingest.demo.trackers.github.board_views import readable
from ingest.demo.trackers.github.model import Issue, Json, initials, node_id, type_name
from ingest.demo.trackers.github.people import Asked, Node, person


def event(asked: Asked, told: Json, held: Issue) -> Node:
    """Of a REST event, the fields of its GraphQL type. Where REST gives no id, GraphQL has one of its own."""
    name = type_name(told["event"])
    number = told.get("id") or 40_000_000_000 + told["_place"]
    view: Node = {
        "__typename": name,
        "id": node_id(initials(name), held.repository.identity, held.facts["id"], number),
        "createdAt": told["created_at"],
        "actor": person(told.get("actor")),
    }
    if name == "IssueComment":
        view |= {
            "author": person(told.get("user")),
            "fullDatabaseId": str(told["id"]),
            "body": told["body"],
            "updatedAt": told.get("updated_at", told["created_at"]),
        }
    return view | _named(told) | _pointing(asked, told)


def _named(told: Json) -> Node:
    """What an event names: labels as they are called now, titles as they were."""
    view: Node = {}
    if "label" in told:
        view["label"] = label(told.get("_label") or {"node_id": "LA_gone", "color": "ededed", **told["label"]})
    if "assignee" in told:
        view["assignee"] = person(told["assignee"])
    if "milestone" in told:
        view["milestoneTitle"] = told["milestone"]["title"]
    if "rename" in told:
        view |= {"previousTitle": told["rename"]["from"], "currentTitle": told["rename"]["to"]}
    if told["event"] in ("closed", "reopened"):
        view["stateReason"] = (told.get("state_reason") or "").upper() or None
    if told.get("lock_reason"):
        view["lockReason"] = told["lock_reason"].upper().replace(" ", "_").replace("-", "_")
    if "issue_type" in told:
        view |= {"issueType": issue_type(told["issue_type"]), "prevIssueType": issue_type(told.get("prev_issue_type"))}
    if "issue_field" in told:
        name = told["issue_field"]["name"]
        view["issueField"] = {"__typename": "IssueFieldSingleSelect", "id": f"IFSS_{name}", "name": name}
        value = told.get("value", told["issue_field"].get("value"))
        view |= {"value": value, "newValue": value, "previousValue": told.get("previous_value")}
    if "status" in told:
        view |= {"previousStatus": told.get("previous_status") or "", "status": told["status"] or ""}
    return view


def _pointing(asked: Asked, told: Json) -> Node:
    """What an event points to."""
    view: Node = {"wasAutomated": False}
    if "project_v2" in told:
        view["project"] = lambda _: readable(asked, told.get("_board"))
    other = told.get("_other")
    if other:
        names = ("parent", "subIssue", "blockingIssue", "blockedIssue", "canonical", "subject", "source")
        view |= dict.fromkeys(names, lambda _: asked.show(other))
    elif told["event"] == "cross-referenced":
        pointer = told["source"]["issue"]
        kind = "PullRequest" if "/pull/" in pointer["html_url"] else "Issue"
        view["source"] = {"__typename": kind, "url": pointer["html_url"], "number": pointer["number"]}
    if told.get("commit_id"):
        view["closer"] = view["commit"] = {"__typename": "Commit", "id": "C_1", "oid": told["commit_id"], "url": ""}
    return view


def label(held: Json) -> Node:
    return {"__typename": "Label", "id": held["node_id"], "name": held["name"], "color": held["color"]}


def issue_type(kind: Json | None) -> Node | None:
    return {"__typename": "IssueType", "id": "IT_1", "name": kind["name"]} if kind else None


@cache
def item_type(name: str) -> str:
    """LabeledEvent is asked for as LABELED_EVENT."""
    return "".join(f"_{letter}" if letter.isupper() else letter.upper() for letter in name).lstrip("_")
