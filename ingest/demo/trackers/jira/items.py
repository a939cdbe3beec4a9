"""The items of a Jira history: what each field writes down when it changes. Data Center leaves out `fieldId`."""

from typing import TYPE_CHECKING, Any

from ingest.demo.trackers.jira.model import Issue, Json

if TYPE_CHECKING:
    from ingest.demo.trackers.jira import Jira

_IDS = {  # what a value of the model is called in histories; None: it has no id there
    "title": ("summary", "summary"),
    "status": ("status", "status"),
    "priority": ("priority", "priority"),
    "resolution": ("resolution", "resolution"),
    "assignee": ("assignee", "assignee"),
    "labels": ("labels", "labels"),
    "due": ("duedate", "duedate"),
    "seconds_spent": ("timespent", "timespent"),
    "project": ("project", "project"),
    "key": ("Key", None),
}


def item(
    jira: "Jira",
    field: str,
    from_: str | None = None,
    from_string: str | None = None,
    to: str | None = None,
    to_string: str | None = None,
    *,
    field_id: str | None = None,
    kind: str = "jira",
) -> Json:
    told = {"field": field, "fieldtype": kind} | ({"fieldId": field_id} if field_id and jira.is_cloud else {})
    return told | {"from": from_, "fromString": from_string, "to": to, "toString": to_string}


def items_of(jira: "Jira", issue: Issue, name: str, value: Any) -> list[Json]:
    """The items for one value of an issue that is about to change."""
    before = getattr(issue, name)
    match name:
        case "links" | "resolved":
            return []
        case "parent":
            field = "IssueParentAssociation" if jira.is_cloud else "Epic Link"
            return [item(jira, field, **jira.ends(before, value), kind="jira" if jira.is_cloud else "custom")]
        case "versions":
            return [_version(jira, gone, is_on=False) for gone in before if gone not in value] + [
                _version(jira, new, is_on=True) for new in value if new not in before
            ]
        case "sprints":
            sides = [(", ".join(jira.sprints[sprint] for sprint in told), ", ".join(told)) for told in (before, value)]
            return [item(jira, "Sprint", *sides[0], *sides[1], field_id="customfield_10020", kind="custom")]
        case "custom":
            return [
                _custom(jira, known_as, before.get(known_as), new)
                for known_as, new in value.items()
                if before.get(known_as) != new
            ]
    field, field_id = _IDS[name]
    return [item(jira, field, *_side(jira, name, before), *_side(jira, name, value), field_id=field_id)]


def _side(jira: "Jira", name: str, value: Any) -> tuple[str | None, str | None]:
    """What stands for a value, and how it reads."""
    if value is None:
        return None, None
    match name:
        case "status":
            return value, jira.statuses[value].name
        case "priority":
            return value, jira.priorities[value]
        case "resolution":
            return value, jira.resolutions[value]
        case "assignee":
            user = jira.users[value]
            return user.account_id if jira.is_cloud else user.key, user.name
        case "labels":
            return None, " ".join(value)
        case "project":
            return jira.projects[value].id, jira.projects[value].name
        case "due":
            return value, f"{value} 00:00:00.0"
        case "seconds_spent":
            return (str(value), str(value)) if value else (None, None)
    return None, str(value)


def _version(jira: "Jira", name: str, *, is_on: bool) -> Json:
    side = (jira.versions[name], name)
    sides = (None, None, *side) if is_on else (*side, None, None)
    return item(jira, "Fix Version", *sides, field_id="fixVersions")


def _custom(jira: "Jira", field_id: str, before: Any, after: Any) -> Json:
    return item(jira, jira.fields[field_id][0], *_shown(before), *_shown(after), field_id=field_id, kind="custom")


def _shown(value: Any) -> tuple[str | None, str | None]:
    match value:
        case None:
            return None, ""
        case {"value": shown}:
            return "10500", str(shown)
        case {"requestType": {"name": shown}}:
            return "12", str(shown)
        case [{"value": shown}]:
            return "[10019]", str(shown)
        case str() if value[:4].isdigit() and value[4:5] == "-":
            return value, "02/Mar/26 9:00 AM"
        case float():
            return None, f"{value:.12g}"
    return None, str(value)
