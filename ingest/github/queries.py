"""The GraphQL queries, built from what this server offers.

One unknown name spoils a whole query, and GitHub Enterprise lags behind: so the server is asked first which timeline
events and which fields it has. Its list of item types may name events that its timeline cannot hold; what the timeline
can hold counts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

PROBE = """query Probe {
  timeline: __type(name: "IssueTimelineItems") { possibleTypes { name fields(includeDeprecated: true) { name } } }
  kinds: __type(name: "IssueTimelineItemsItemType") { enumValues(includeDeprecated: true) { name } }
  issue: __type(name: "Issue") { fields(includeDeprecated: true) { name args { name } } }
  values: __type(name: "IssueFieldValue") { possibleTypes { name } }
  fields: __type(name: "IssueFields") { possibleTypes { name } }
  board: __type(name: "ProjectV2") { fields { name args { name } } }
}"""

# Kinds that tell nothing of an issue; they can be many.
_NOISE = frozenset(
    [
        "SubscribedEvent",
        "UnsubscribedEvent",
        "MentionedEvent",
        "UserBlockedEvent",
        "IssueCommentPinnedEvent",
        "IssueCommentUnpinnedEvent",
    ]
)
# Kinds whose project a token may not be allowed to read: asked for apart, so that the rest is not spoilt.
BOARD_KINDS = frozenset(
    [
        "AddedToProjectV2Event",
        "RemovedFromProjectV2Event",
        "ProjectV2ItemStatusChangedEvent",
        "ConvertedFromDraftEvent",
    ]
)
_URL = "{ ... on UniformResourceLocatable { url } }"
_PROJECT = "project { number title owner { ... on Actor { login } } }"
_FIELD = "issueField { ...FieldName }"
_EVENTS: dict[str, tuple[str, ...]] = {
    "IssueComment": ("fullDatabaseId", "author { ...Who }", "body"),
    "ClosedEvent": (
        "stateReason",
        f"duplicateOf {_URL}",
        "closer { __typename ... on Commit { oid } ... on PullRequest { url } }",
    ),
    "ReopenedEvent": ("stateReason",),
    "LabeledEvent": ("label { id name }",),
    "UnlabeledEvent": ("label { id name }",),
    "AssignedEvent": ("assignee { ...Who }",),
    "UnassignedEvent": ("assignee { ...Who }",),
    "MilestonedEvent": ("milestoneTitle",),
    "DemilestonedEvent": ("milestoneTitle",),
    "RenamedTitleEvent": ("previousTitle", "currentTitle"),
    "MarkedAsDuplicateEvent": (f"canonical {_URL}",),
    "UnmarkedAsDuplicateEvent": (f"canonical {_URL}",),
    "LockedEvent": ("lockReason",),
    "IssueTypeAddedEvent": ("issueType { name }",),
    "IssueTypeChangedEvent": ("issueType { name }", "prevIssueType { name }"),
    "IssueTypeRemovedEvent": ("issueType { name }",),
    "IssueFieldAddedEvent": (_FIELD, "value"),
    "IssueFieldChangedEvent": (_FIELD, "previousValue", "newValue"),
    "IssueFieldRemovedEvent": (_FIELD,),
    "ParentIssueAddedEvent": ("parent { url }",),
    "ParentIssueRemovedEvent": ("parent { url }",),
    "SubIssueAddedEvent": ("subIssue { url }",),
    "SubIssueRemovedEvent": ("subIssue { url }",),
    "BlockedByAddedEvent": ("blockingIssue { url }",),
    "BlockedByRemovedEvent": ("blockingIssue { url }",),
    "BlockingAddedEvent": ("blockedIssue { url }",),
    "BlockingRemovedEvent": ("blockedIssue { url }",),
    "ConnectedEvent": (f"subject {_URL}",),
    "DisconnectedEvent": (f"subject {_URL}",),
    "CrossReferencedEvent": (f"source {_URL}",),
    "AddedToProjectV2Event": (_PROJECT,),
    "RemovedFromProjectV2Event": (_PROJECT,),
    "ProjectV2ItemStatusChangedEvent": (_PROJECT, "previousStatus", "status"),
    "ConvertedFromDraftEvent": (_PROJECT,),
    "AddedToProjectEvent": ("projectColumnName",),
    "MovedColumnsInProjectEvent": ("previousProjectColumnName", "projectColumnName"),
    "RemovedFromProjectEvent": ("projectColumnName",),
    "ConvertedNoteToIssueEvent": ("projectColumnName",),
}
_ISSUE = (
    "id",
    "number",
    "title",
    "body",
    "url",
    "state",
    "createdAt",
    "updatedAt",
    "closedAt",
    "author { ...Who }",
    "issueType { name }",
    "labels(first: 100) { nodes { id name } }",
)
STATE = frozenset(["updatedAt", "title", "state", "issueType", "labels", "assignedActors", "assignees"])
_VALUES = {  # one answer may not hold one name with two types
    "IssueFieldSingleSelectValue": "value",
    "IssueFieldTextValue": "textValue: value",
    "IssueFieldNumberValue": "numberValue: value",
    "IssueFieldDateValue": "dateValue: value",
}
_FIELDS = ("IssueFieldSingleSelect", "IssueFieldText", "IssueFieldNumber", "IssueFieldDate")
_NEEDED = frozenset(["id", "number", "title", "url", "state", "createdAt", "updatedAt", "label", "nodes", "name"])
_WHO = "fragment Who on Actor { __typename login ... on User { name } }"


@dataclass(frozen=True, slots=True)
class Offer:
    """What a server can be asked for."""

    events: Mapping[str, frozenset[str]]  # what the timeline can hold and be asked for: the fields of each type
    issue: Mapping[str, frozenset[str]]  # fields of an issue, and their arguments
    values: frozenset[str]  # kinds of values of issue fields
    fields: frozenset[str]  # kinds of issue fields
    has_boards: bool
    has_board_filter: bool

    def without(self, names: Iterable[str]) -> "Offer":
        """As if the server did not offer fields of these names: what a token may not read spoils a query as well."""
        gone = frozenset(names) - _NEEDED
        issue = {name: args for name, args in self.issue.items() if name not in gone}
        return replace(self, events={kind: fields - gone for kind, fields in self.events.items()}, issue=issue)

    @property
    def issue_kinds(self) -> list[str]:
        return sorted(set(self.events) - _NOISE - BOARD_KINDS)

    @property
    def board_kinds(self) -> list[str]:
        return sorted(set(self.events) & BOARD_KINDS)


def offer(answer: Mapping[str, Any]) -> Offer:
    """Understand the answer to PROBE."""
    kinds = {_type_name(value["name"]) for value in (answer["kinds"] or {}).get("enumValues") or []}
    board = _fields(answer["board"])
    return Offer(
        {kind["name"]: frozenset(field["name"] for field in kind["fields"])
         for kind in answer["timeline"]["possibleTypes"] if kind["name"] in kinds},
        _fields(answer["issue"]),
        _possible(answer["values"]),
        _possible(answer["fields"]),
        bool(board),
        "query" in board.get("items", ()),
    )  # fmt: skip


def _fields(described: Mapping[str, Any] | None) -> dict[str, frozenset[str]]:
    fields = (described or {}).get("fields") or []
    return {field["name"]: frozenset(arg["name"] for arg in field["args"]) for field in fields}


def _possible(described: Mapping[str, Any] | None) -> frozenset[str]:
    return frozenset(kind["name"] for kind in (described or {}).get("possibleTypes") or [])


def _type_name(item_type: str) -> str:
    """LABELED_EVENT asks for LabeledEvent."""
    return "".join(word.capitalize() for word in item_type.split("_"))


def _item_type(type_name: str) -> str:
    """LabeledEvent is asked for as LABELED_EVENT."""
    return "".join(f"_{letter}" if letter.isupper() else letter.upper() for letter in type_name).lstrip("_")


FACTS = """query Facts($owner: String!, $name: String!, $after: String) {
  rateLimit { cost remaining }
  repository(owner: $owner, name: $name) {
    id nameWithOwner
    labels(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { id name } }
  }
}"""

NUMBERS = """query Numbers($owner: String!, $name: String!, $after: String) {
  rateLimit { cost remaining }
  repository(owner: $owner, name: $name) {
    issues(first: 100, after: $after, orderBy: {field: CREATED_AT, direction: ASC}) {
      pageInfo { hasNextPage endCursor } nodes { number }
    }
  }
}"""

_PAGE = """repository(owner: $owner, name: $name) {
    issues(first: $first, after: $after, orderBy: {field: UPDATED_AT, direction: ASC}, filterBy: {since: $since}) {
      pageInfo { hasNextPage endCursor } nodes { %s }
    }
  }"""

NEXT = f"""query Next($owner: String!, $name: String!, $since: DateTime, $after: String, $first: Int!) {{
  {_PAGE % "number"}
}}"""

BOARD = """query Board($owner: String!, $number: Int!) {
  rateLimit { cost remaining }
  repositoryOwner(login: $owner) { ... on ProjectV2Owner { projectV2(number: $number) { id title updatedAt } } }
}"""


def issues(offered: Offer) -> str:
    """A page of issues, the longest unchanged first."""
    return f"""query Issues(
  $owner: String!, $name: String!, $since: DateTime, $after: String, $first: Int!, $items: Int!
) {{
  rateLimit {{ cost remaining }}
  {_PAGE % "...Parts"}
}}
{_parts(offered)}"""


def issues_by_number(offered: Offer, numbers: Iterable[int]) -> str:
    """Single issues, each under `i` and its number."""
    wanted = "\n    ".join(f"i{number}: issue(number: {number}) {{ ...Parts }}" for number in numbers)
    return f"""query Numbered($owner: String!, $name: String!, $items: Int!) {{
  rateLimit {{ cost remaining }}
  repository(owner: $owner, name: $name) {{
    {wanted}
  }}
}}
{_parts(offered)}"""


def timeline(offered: Offer, kinds: Iterable[str]) -> str:
    """More of one issue's timeline, and how the issue stands by then."""
    kinds = list(kinds)
    return f"""query Timeline($id: ID!, $after: String, $items: Int!) {{
  rateLimit {{ cost remaining }}
  node(id: $id) {{ ... on Issue {{ {_state(offered)} {_timeline(kinds, "after: $after, ")} }} }}
}}
{_event(offered, kinds)}"""


def board_items(offered: Offer) -> str:
    """A page of a board: which issues stand on it, and when their places last changed."""
    parameter, argument = (", $filter: String", ", query: $filter") if offered.has_board_filter else ("", "")
    return f"""query BoardItems($board: ID!, $after: String, $first: Int!{parameter}) {{
  rateLimit {{ cost remaining }}
  node(id: $board) {{
    ... on ProjectV2 {{
      items(first: $first, after: $after{argument}) {{
        pageInfo {{ hasNextPage endCursor }}
        nodes {{ id updatedAt content {{ ... on Issue {{ id number repository {{ nameWithOwner }} }} }} }}
      }}
    }}
  }}
}}"""


def board_parts(offered: Offer) -> str:
    """What boards know of some issues: where they stand now, and the moves that were recorded."""
    moves = _timeline(offered.board_kinds) if offered.board_kinds else ""
    return f"""query BoardParts($ids: [ID!]!{", $items: Int!" if moves else ""}) {{
  rateLimit {{ cost remaining }}
  nodes(ids: $ids) {{
    ... on Issue {{
      id
      projectItems(first: 10, includeArchived: true) {{
        nodes {{
          id updatedAt {_PROJECT}
          status: fieldValueByName(name: "Status") {{ ...Option }}
          priority: fieldValueByName(name: "Priority") {{ ...Option }}
        }}
      }}
      {moves}
    }}
  }}
}}
fragment Option on ProjectV2ItemFieldSingleSelectValue {{ name updatedAt }}
{_event(offered, offered.board_kinds) if moves else ""}"""


def _state(offered: Offer) -> str:
    """What the timeline has to end at."""
    chosen = (field for field in (*_ISSUE, _owners(offered)) if _word(field) in offered.issue)
    return " ".join(field for field in chosen if _word(field) in STATE)


def _owners(offered: Offer) -> str:
    owners = "assignedActors" if "assignedActors" in offered.issue else "assignees"
    return f"{owners}(first: 20) {{ nodes {{ ...Who }} }}"


def _parts(offered: Offer) -> str:
    chosen = [field for field in _ISSUE if _word(field) in offered.issue]
    chosen.append("stateReason(enableDuplicate: true)" if "enableDuplicate" in offered.issue.get("stateReason", ())
                  else "stateReason" if "stateReason" in offered.issue else "")  # fmt: skip
    chosen.append(_owners(offered))
    if "issueFieldValues" in offered.issue:
        chosen.append(f"issueFieldValues(first: 50) {{ nodes {{ {_field_values(offered)} }} }}")
    chosen.append(_timeline(offered.issue_kinds))
    body = "\n  ".join(field for field in chosen if field)
    return f"fragment Parts on Issue {{\n  {body}\n}}\n{_event(offered, offered.issue_kinds)}"


def _field_values(offered: Offer) -> str:
    known = (f"... on {kind} {{ {value} {_named(offered)} }}" for kind, value in _VALUES.items()
             if kind in offered.values)  # fmt: skip
    return " ".join(("__typename", *known))


def _named(offered: Offer) -> str:
    return f"field {{ __typename {_field_names(offered)} }}"


def _field_names(offered: Offer) -> str:
    return " ".join(f"... on {kind} {{ name }}" for kind in _FIELDS if kind in offered.fields)


def _timeline(kinds: list[str], more: str = "") -> str:
    asked = " ".join(map(_item_type, kinds))
    return (
        f"timelineItems(first: $items, {more}itemTypes: [{asked}])"
        " { pageInfo { hasNextPage endCursor } nodes { ...Event } }"
    )


def _event(offered: Offer, kinds: Iterable[str]) -> str:
    """The fragments that events of these kinds need. Of an unknown kind, when and by whom."""
    told = [_of_kind(kind, offered.events[kind]) for kind in kinds]
    fragments = ["fragment Event on IssueTimelineItems {\n  __typename\n  ... on Node { id }", *told, "}", _WHO]
    text = "\n".join(fragments)
    if "...FieldName" in text:
        text += f"\nfragment FieldName on IssueFields {{ __typename {_field_names(offered)} }}"
    return text


def _of_kind(kind: str, fields: frozenset[str]) -> str:
    wanted = ("createdAt", "actor { ...Who }", *_EVENTS.get(kind, ()))
    chosen = " ".join(field for field in wanted if _word(field) in fields)
    return f"  ... on {kind} {{ {chosen or '__typename'} }}"


def _word(selection: str) -> str:
    return selection.split("(")[0].split()[0]
