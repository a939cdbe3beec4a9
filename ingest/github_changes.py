"""What each kind of GitHub timeline event changes: the vocabulary of the parser, one entry a kind."""

from collections.abc import Callable, Mapping
from typing import Any

NAME = "github"
GHOST = "ghost"

Json = Mapping[str, Any]
Change = tuple[str, str | None, str | None]  # field, old, new

# Kinds that change nothing Watchbill measures. Any kind neither here nor in CHANGES is unknown.
UNINTERPRETED = frozenset(
    [
        "subscribed",
        "unsubscribed",
        "mentioned",
        "user_blocked",
        "pinned",
        "unpinned",
        "comment_pinned",
        "comment_unpinned",
        "head_ref_deleted",
        "referenced",
    ]
)


def is_known(kind: str) -> bool:
    """Whether Watchbill knows what an event of this kind means, if only that it means nothing here."""
    return kind in CHANGES or kind in UNINTERPRETED


def changes(event: Json) -> list[Change]:
    """What an event changed. A kind nobody knows is kept as `other`."""
    return CHANGES.get(event["event"], _opaque)(event)


def account_id(user: Json | None) -> str:
    """The account behind a user of the API; null stands for one that was deleted."""
    return f"{NAME}/{user['login'] if user else GHOST}"


def source(event: Json) -> str:
    issue = (event.get("source") or {}).get("issue") or {}
    return issue.get("html_url") or event.get("commit_id") or "unnamed"


def _opaque(event: Json) -> list[Change]:
    return [("other", None, event["event"])]


def _closed(event: Json) -> list[Change]:
    return [("status", None, event.get("state_reason") or event["closed_reason"] or "closed")]


def _transferred(event: Json) -> list[Change]:
    return [("queue", None, event["queue"])] if event["queue"] else _opaque(event)


def _project_name(event: Json) -> str:
    project = event.get("project_v2") or event.get("project") or event.get("project_card") or {}
    return str(project.get("title") or project.get("name") or project.get("project_id") or "unnamed")


def _option(value: Any) -> str | None:
    """A board column, given as its name or as an object with one; "" stands for none."""
    name = value.get("name") if isinstance(value, Mapping) else value
    return name or None


def _board_move(event: Json) -> list[Change]:
    if "status" not in event:  # REST does not document this event's fields: without them, keep it as it is
        return _opaque(event)
    return [("column", _option(event.get("previous_status")), _option(event["status"]))]


def _classic_card(event: Json) -> list[Change]:
    card = event.get("project_card")
    if not card:
        return _opaque(event)
    old, new = card.get("previous_column_name"), card.get("column_name")
    if event["event"] == "removed_from_project":
        return [("column", new, None), ("project", _project_name(event), None)]
    entry: list[Change] = [] if old else [("project", None, _project_name(event))]
    return [*entry, ("column", old, new)]


def _type_name(value: Any) -> str | None:
    return value.get("name") if isinstance(value, Mapping) else value


def _issue_type(event: Json) -> list[Change]:
    if "issue_type" not in event and "prev_issue_type" not in event:
        return _opaque(event)
    now, before = _type_name(event.get("issue_type")), _type_name(event.get("prev_issue_type"))
    return [("type", now, None)] if event["event"] == "issue_type_removed" else [("type", before, now)]


def _duplicate(event: Json) -> list[Change]:
    canonical = (event.get("canonical") or {}).get("html_url") or "not named"
    return [("duplicate", None, canonical)]


def _gains(field: str, name: Callable[[Json], str]) -> Callable[[Json], list[Change]]:
    return lambda event: [(field, None, name(event))]


def _loses(field: str, name: Callable[[Json], str]) -> Callable[[Json], list[Change]]:
    return lambda event: [(field, name(event), None)]


def _label_name(event: Json) -> str:
    return str(event["label"]["name"])


def _assignee_id(event: Json) -> str:
    return account_id(event.get("assignee"))


def _milestone_title(event: Json) -> str:
    return str(event["milestone"]["title"])


CHANGES: dict[str, Callable[[Json], list[Change]]] = {
    "closed": _closed,
    "reopened": lambda _: [("status", None, "open")],
    "converted_to_discussion": lambda _: [("status", None, "converted")],
    "labeled": _gains("label", _label_name),
    "unlabeled": _loses("label", _label_name),
    "assigned": _gains("owner", _assignee_id),
    "unassigned": _loses("owner", _assignee_id),
    "milestoned": _gains("milestone", _milestone_title),
    "demilestoned": _loses("milestone", _milestone_title),
    "renamed": lambda event: [("title", event["rename"]["from"], event["rename"]["to"])],
    "commented": lambda event: [("comment", None, event.get("body") or "")],
    "comment_deleted": lambda _: [("comment_deleted", None, None)],
    "transferred": _transferred,
    "marked_as_duplicate": _duplicate,
    "unmarked_as_duplicate": lambda event: [("duplicate", _duplicate(event)[0][2], None)],
    "locked": lambda event: [("lock", None, event.get("lock_reason") or "locked")],
    "unlocked": lambda _: [("lock", "locked", None)],
    "added_to_project_v2": _gains("project", _project_name),
    "removed_from_project_v2": lambda event: [
        ("project", _project_name(event), None),
        ("column", None, None),
    ],
    "project_v2_item_status_changed": _board_move,
    "added_to_project": _classic_card,
    "moved_columns_in_project": _classic_card,
    "removed_from_project": _classic_card,
    "converted_note_to_issue": _classic_card,
    "issue_type_added": _issue_type,
    "issue_type_changed": _issue_type,
    "issue_type_removed": _issue_type,
    "cross-referenced": _gains("link", source),
    "connected": _gains("link", source),
    "disconnected": _loses("link", source),
}
