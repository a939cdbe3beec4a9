"""What each kind of GitHub timeline event changes: the vocabulary of the parser, one entry a kind."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
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
        "converted_from_draft",
    ]
)


@dataclass(frozen=True, slots=True)
class Setting:
    """What an event does not say itself, but its meaning hangs on."""

    name: str = NAME  # the source's name, which begins all its ids
    boards: Collection[str] = ()  # owner/number of the boards whose columns count; none: all of them
    reason: str | None = None  # why the issue is closed, where this is its last closing
    queue: str | None = None  # where the ticket arrived, where this is its last transfer


def is_known(kind: str) -> bool:
    """Whether Watchbill knows what an event of this kind means, if only that it means nothing here."""
    return kind in CHANGES or kind in UNINTERPRETED


def changes(event: Json, setting: Setting) -> list[Change]:
    """What an event changed. A kind nobody knows is kept as `other`."""
    return CHANGES.get(event["event"], _opaque)(event, setting)


def account_id(user: Json | None, name: str) -> str:
    """The account behind a user of the API; null stands for one that was deleted."""
    return f"{name}/{user['login'] if user else GHOST}"


def ticket_id(issue: Json | None, name: str) -> str | None:
    """The ticket behind an issue that another one points to; None where it is not an issue, or not named."""
    address = (issue or {}).get("html_url") or (issue or {}).get("url") or ""
    found = re.search(r"([^/]+/[^/]+)/issues/(\d+)$", address)
    return f"{name}/{found[1]}#{found[2]}" if found else None


def source(event: Json) -> str:
    issue = (event.get("source") or {}).get("issue") or {}
    return issue.get("html_url") or event.get("commit_id") or "unnamed"


def custom_field(name: str) -> str:
    """The event field of an issue field: GitHub has no priority but a field that is called so."""
    return "priority" if name.casefold() == "priority" else f"custom.{name}"


def _opaque(event: Json, _: Setting) -> list[Change]:
    return [("other", None, event["event"])]


def _closed(event: Json, setting: Setting) -> list[Change]:
    told: list[Change] = [("status", None, event.get("state_reason") or setting.reason or "closed")]
    closer = (event.get("closer") or {}).get("html_url") or event.get("commit_id")
    if closer:
        told.append(("link", None, f"closed_by {closer}"))
    if event.get("duplicate_of"):
        told.append(("duplicate", None, event["duplicate_of"]["html_url"]))
    return told


def _transferred(event: Json, setting: Setting) -> list[Change]:
    return [("queue", None, setting.queue)] if setting.queue else _opaque(event, setting)


def _project_name(event: Json) -> str:
    project = event.get("project_v2") or event.get("project") or event.get("project_card") or {}
    return str(project.get("title") or project.get("name") or project.get("project_id") or "unnamed")


def _counts(event: Json, setting: Setting) -> bool:
    """Whether this event's board is one of those whose columns count."""
    project = event.get("project_v2") or {}
    owner = (project.get("owner") or {}).get("login")
    if not setting.boards or not owner:
        return True
    return f"{owner}/{project.get('number')}".casefold() in {board.casefold() for board in setting.boards}


def _option(value: Any) -> str | None:
    """A board column, given as its name or as an object with one; "" stands for none."""
    name = value.get("name") if isinstance(value, Mapping) else value
    return name or None


def _board_move(event: Json, setting: Setting) -> list[Change]:
    if "status" not in event or not _counts(event, setting):
        return _opaque(event, setting)  # REST does not document this event's fields: without them, keep it as it is
    return [("column", _option(event.get("previous_status")), _option(event["status"]))]


def _board_exit(event: Json, setting: Setting) -> list[Change]:
    exit_: Change = ("project", _project_name(event), None)
    return [exit_, ("column", None, None)] if _counts(event, setting) else [exit_]


def _classic_card(event: Json, setting: Setting) -> list[Change]:
    card = event.get("project_card")
    if not card:
        return _opaque(event, setting)
    old, new = card.get("previous_column_name"), card.get("column_name")
    if event["event"] == "removed_from_project":
        return [("column", new, None), ("project", _project_name(event), None)]
    entry: list[Change] = [] if old else [("project", None, _project_name(event))]
    return [*entry, ("column", old, new)]


def _name(value: Any) -> str | None:
    return value.get("name") if isinstance(value, Mapping) else value


def _issue_type(event: Json, setting: Setting) -> list[Change]:
    if "issue_type" not in event and "prev_issue_type" not in event:
        return _opaque(event, setting)
    now, before = _name(event.get("issue_type")), _name(event.get("prev_issue_type"))
    return [("type", now, None)] if event["event"] == "issue_type_removed" else [("type", before, now)]


def _issue_field(event: Json, setting: Setting) -> list[Change]:
    """`old` and `new` as text; what a removed field held is not told."""
    field = event.get("issue_field") or {}
    if not field.get("name"):
        return _opaque(event, setting)
    is_removed = event["event"] == "issue_field_removed"
    old, new = event.get("previous_value"), None if is_removed else event.get("value", field.get("value"))
    return [(custom_field(field["name"]), _text(old), _text(new))]


def _text(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)


def _duplicate(event: Json) -> str:
    return str((event.get("canonical") or {}).get("html_url") or "not named")


def _relation(relation: str, other: str, *, is_gain: bool) -> Callable[[Json, Setting], list[Change]]:
    """A tie to another ticket, such as `child_of github/acme/infra#7`; `other` is where the event names it."""

    def change(event: Json, setting: Setting) -> list[Change]:
        ticket = ticket_id(event.get(other), setting.name)
        if not ticket:
            return _opaque(event, setting)
        link = f"{relation} {ticket}"
        return [("link", None, link) if is_gain else ("link", link, None)]

    return change


def _reference(relation: str, *, is_gain: bool = True) -> Callable[[Json, Setting], list[Change]]:
    """A tie to whatever the event comes from: a ticket where it is an issue, else the address of it, or the commit."""

    def change(event: Json, setting: Setting) -> list[Change]:
        issue = (event.get("source") or {}).get("issue")
        link = f"{relation} {ticket_id(issue, setting.name) or source(event)}"
        return [("link", None, link) if is_gain else ("link", link, None)]

    return change


def _gains(field: str, name: Callable[[Json], str]) -> Callable[[Json, Setting], list[Change]]:
    return lambda event, _: [(field, None, name(event))]


def _loses(field: str, name: Callable[[Json], str]) -> Callable[[Json, Setting], list[Change]]:
    return lambda event, _: [(field, name(event), None)]


def _label_name(event: Json) -> str:
    return str(event["label"]["name"])


def _milestone_title(event: Json) -> str:
    return str(event["milestone"]["title"])


CHANGES: dict[str, Callable[[Json, Setting], list[Change]]] = {
    "closed": _closed,
    "reopened": lambda *_: [("status", None, "open")],
    "converted_to_discussion": lambda *_: [("status", None, "converted")],
    "labeled": _gains("label", _label_name),
    "unlabeled": _loses("label", _label_name),
    "assigned": lambda event, setting: [("owner", None, account_id(event.get("assignee"), setting.name))],
    "unassigned": lambda event, setting: [("owner", account_id(event.get("assignee"), setting.name), None)],
    "milestoned": _gains("milestone", _milestone_title),
    "demilestoned": _loses("milestone", _milestone_title),
    "renamed": lambda event, _: [("title", event["rename"]["from"], event["rename"]["to"])],
    "commented": lambda event, _: [("comment", None, event.get("body") or "")],
    "comment_deleted": lambda *_: [("comment_deleted", None, None)],
    "transferred": _transferred,
    "marked_as_duplicate": _gains("duplicate", _duplicate),
    "unmarked_as_duplicate": _loses("duplicate", _duplicate),
    "locked": lambda event, _: [("lock", None, event.get("lock_reason") or "locked")],
    "unlocked": lambda *_: [("lock", "locked", None)],
    "added_to_project_v2": _gains("project", _project_name),
    "removed_from_project_v2": _board_exit,
    "project_v2_item_status_changed": _board_move,
    "added_to_project": _classic_card,
    "moved_columns_in_project": _classic_card,
    "removed_from_project": _classic_card,
    "converted_note_to_issue": _classic_card,
    "issue_type_added": _issue_type,
    "issue_type_changed": _issue_type,
    "issue_type_removed": _issue_type,
    "issue_field_added": _issue_field,
    "issue_field_changed": _issue_field,
    "issue_field_removed": _issue_field,
    "parent_issue_added": _relation("child_of", "parent_issue", is_gain=True),
    "parent_issue_removed": _relation("child_of", "parent_issue", is_gain=False),
    "sub_issue_added": _relation("parent_of", "sub_issue", is_gain=True),
    "sub_issue_removed": _relation("parent_of", "sub_issue", is_gain=False),
    "blocked_by_added": _relation("blocked_by", "blocking_issue", is_gain=True),
    "blocked_by_removed": _relation("blocked_by", "blocking_issue", is_gain=False),
    "blocking_added": _relation("blocks", "blocked_issue", is_gain=True),
    "blocking_removed": _relation("blocks", "blocked_issue", is_gain=False),
    "cross-referenced": _reference("mentioned_by"),
    "connected": _reference("linked_to"),
    "disconnected": _reference("linked_to", is_gain=False),
}
