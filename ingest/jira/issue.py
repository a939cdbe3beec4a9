"""One Jira issue with its histories and comments into records.

What Jira does not say, and what is made of it:

- Nothing tells how an issue began. A field began as the first history about it says it was before, or as it is now
  where no history mentions it. Fix versions and links are replayed backwards from how they stand now: `inferred`.
- The author is the creator; the reporter, who may change later, only where Jira names no creator.
- One tie to a parent can be told twice (Epic Link, IssueParentAssociation): what is held already is not gained again.
- Where the issue as it stands disagrees with the end of its own history (a version or priority that an administrator
  removed leaves no trace there), the difference is `Observed`; not where the snapshot may be older than the history.
- A comment that only some may see (`jsdPublic` false, a visibility, Service Management's own mark) is a note.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ingest.jira import changes as jira_changes
from ingest.jira import service as jira_service
from ingest.jira.changes import Change, Words
from ingest.jira.instants import instant, tidy
from ingest.jira.people import known_as
from ingest.jira.text import plain
from ingest.label_names import held
from ingest.records import Event, Observed, Origin, Record, Ticket

Json = Mapping[str, Any]
_SETS = ("label", "owner", "milestone", "link")
_ALWAYS = ("status", "title", "queue")
_COMPARED = ("status", "priority", "type", "title", "queue", "label", "owner", "milestone")


def records(issue: Json, words: Words, home: str) -> Iterator[Record]:
    """The ticket and everything that happened to it. Raises KeyError and the like where the issue is not one."""
    told, ticket_id = issue["fields"], f"{words.source}/{issue['id']}"
    yield Ticket(
        ticket_id=ticket_id,
        source=words.source,
        key=issue["key"],
        url=f"{home}/browse/{issue['key']}",
        title=told["summary"],
        opened_at=instant(told["created"]),
        author_id=_author(told, words),
        type=_now(issue, words).get("type"),
        description=plain(told.get("description")) or None,
    )
    told_twice = list(_recorded(ticket_id, issue, words))
    began = _begun_with(issue, words, told_twice)
    recorded = _without_repeats(told_twice, began["link"])
    yield from _opening(ticket_id, issue, recorded, began, words)
    yield from recorded
    for field_id, name in words.fields.slas.items():
        yield from jira_service.promises(ticket_id, field_id, name, told.get(field_id), len(recorded) + 1)
    yield from _observed(ticket_id, issue, recorded, began, words)


def _author(told: Json, words: Words) -> str | None:
    return words.account(known_as(told.get("creator")) or known_as(told.get("reporter")))


def _recorded(ticket_id: str, issue: Json, words: Words) -> Iterator[Event]:
    """Histories and comments in one order: of one instant, histories first, each in the order of their numbers."""
    happened = [(instant(one["created"]), 0, int(one["id"]), one) for one in issue["histories"]]
    happened += [(instant(one["created"]), 1, int(one["id"]), one) for one in issue["comments"]]
    happened.sort(key=lambda entry: entry[:3])
    for seq, (occurred_at, is_comment, number, one) in enumerate(happened, start=1):
        name = f"comment/{number}" if is_comment else f"change/{number}"
        told = [_comment(one)] if is_comment else jira_changes.changes(one["items"], words)
        actor = words.account(known_as(one.get("author")))
        for part, (field, old, new) in enumerate(told):
            yield Event(ticket_id, name + (f"/{part}" if part else ""), occurred_at, seq, actor, field, old, new)


def _comment(comment: Json) -> Change:
    marks = {mark.get("key"): mark.get("value") for mark in comment.get("properties") or []}
    is_internal = (marks.get("sd.public.comment") or {}).get("internal") in (True, "true")
    is_note = comment.get("jsdPublic") is False or bool(comment.get("visibility")) or is_internal
    return ("note" if is_note else "comment", None, plain(comment.get("body")))


def _now(issue: Json, words: Words) -> dict[str, str | None]:
    """The fields with one value, as the issue stands."""
    told, ours = issue["fields"], words.fields
    found = {
        "status": _called("status", told, words),
        "type": _called("issuetype", told, words),
        "custom.resolution": _called("resolution", told, words),
        "custom.priority" if ours.is_priority_told else "priority": _called("priority", told, words),
        "custom.duedate" if ours.is_eta_told else "eta": told.get("duedate"),
        "title": told["summary"],
        "queue": words.projects.get(str(told["project"]["id"]), told["project"]["key"]),
    }
    for field_id, field in ours.ours.items():
        if field != "custom.sprint":
            current = told.get(field_id)
            found[field] = jira_service.request_type(current) if field == "custom.request_type" else shown(current)
    return found


def _called(kind: str, told: Json, words: Words) -> str | None:
    value = told.get(kind)
    return words.name(kind, value["id"], value["name"]) if value else None


def shown(value: Any) -> str | None:
    """A custom field's value as people see it: an option, a person, a number, a list of those, a text."""
    match value:
        case None | "" | []:
            return None
        case bool():
            return str(value).lower()
        case float():
            return f"{value:.12g}"
        case list():
            return ",".join(filter(None, map(shown, value))) or None
        case Mapping():
            if value.get("type") == "doc":
                return plain(value) or None
            named = (value.get(key) for key in ("value", "name", "displayName", "key"))
            return next((str(name) for name in named if name), None)
        case _:
            return tidy(plain(str(value))) or None


def _sets(issue: Json, words: Words) -> dict[str, set[str]]:
    """The fields with many values, as the issue stands."""
    told = issue["fields"]
    owner = words.account(known_as(told.get("assignee")))
    sprints = [sprint for field in words.fields.called("custom.sprint") for sprint in told.get(field) or []]
    return {
        "label": set(told.get("labels") or []),
        "owner": {owner} if owner else set(),
        "milestone": {version["name"] for version in told.get("fixVersions") or []} | set(map(_sprint, sprints)),
        "link": set(_links(told, words)),
    }


def _sprint(sprint: Any) -> str:
    """Data Center writes a sprint as the text of a Java object: `...Sprint@1f[id=7,...,name=Spring 7,goal=...]`."""
    if isinstance(sprint, Mapping):
        return str(sprint["name"])
    return str(sprint).partition(",name=")[2].partition(",startDate=")[0] or str(sprint)


def _links(told: Json, words: Words) -> Iterator[str]:
    for link in told.get("issuelinks") or []:
        for side, direction in (("outwardIssue", "outward"), ("inwardIssue", "inward")):
            if link.get(side):
                yield f"{jira_changes.relation(link['type'][direction])} {words.ticket(link[side]['id'])}"
    if told.get("parent"):
        yield f"child_of {words.ticket(told['parent']['id'])}"


def _begun_with(issue: Json, words: Words, recorded: list[Event]) -> dict[str, set[str]]:
    """What the fields with many values began with."""
    began = _sets(issue, words)
    for event in reversed(recorded):
        if event.field in _SETS and event.new:
            began[event.field].discard(event.new)
        elif event.field in _SETS and event.old:
            began[event.field].add(event.old)
    oldest = sorted(issue["histories"], key=lambda one: (instant(one["created"]), int(one["id"])))
    items = [item for one in reversed(oldest) for item in reversed(one["items"])]
    for item in items:  # the first of each field comes last and wins
        if item["field"] == "labels":
            began["label"] = set(jira_changes.labels(item, "from"))
        if item["field"] == "assignee":
            began["owner"] = {owner for owner in [words.account(item.get("from"))] if owner}
    return began


def _without_repeats(recorded: list[Event], links: set[str]) -> list[Event]:
    """The events but for links gained while held or lost while not held."""
    links, kept = set(links), []
    for event in recorded:
        if event.field == "link":
            if (event.new in links) if event.new else (event.old not in links):
                continue
            links ^= {event.new or event.old or ""}
        kept.append(event)
    return kept


def _opening(
    ticket_id: str, issue: Json, recorded: list[Event], began: Mapping[str, set[str]], words: Words
) -> Iterator[Event]:
    author, opened_at = _author(issue["fields"], words), instant(issue["fields"]["created"])
    first = {field: _first(recorded, field, current) for field, current in _now(issue, words).items()}
    opening: list[Change] = [("created", None, None), *((field, None, first[field]) for field in _ALWAYS)]
    opening += [(field, None, value) for field, value in first.items() if value and field not in _ALWAYS]
    for field, old, new in opening:
        yield Event(ticket_id, f"opened/{field}", opened_at, 0, author, field, old, new)
    for field, values in began.items():
        origin: Origin = "recorded" if field in ("label", "owner") else "inferred"
        for value in sorted(values):
            yield Event(ticket_id, f"opened/{field}/{value}", opened_at, 0, author, field, None, value, origin)
    effort = _effort_at_opening(issue, recorded)
    if effort > 0:
        told = jira_changes.minutes(effort)
        yield Event(ticket_id, "opened/effort", opened_at, 0, author, "effort", None, told, "inferred")


def _first(recorded: list[Event], field: str, current: str | None) -> str | None:
    return next((event.old for event in recorded if event.field == field), current)


def _effort_at_opening(issue: Json, recorded: list[Event]) -> float:
    """Seconds that no history accounts for: work logged elsewhere, before the issue was imported."""
    told = sum(float(event.new or 0) for event in recorded if event.field == "effort")
    return float(issue["fields"].get("timespent") or 0) - 60 * told


def _observed(
    ticket_id: str, issue: Json, recorded: list[Event], began: Mapping[str, set[str]], words: Words
) -> Iterator[Observed]:
    """Only fields whose last change is older than the snapshot: a younger one may not be in it."""
    seen_at = instant(issue["fields"]["updated"])
    now, sets = _now(issue, words), _sets(issue, words)
    for field in _COMPARED:
        told = [event for event in recorded if event.field == field]
        if told and told[-1].occurred_at >= seen_at:
            continue
        if field in sets:
            starts = [Event(ticket_id, "", seen_at, 0, None, field, None, value) for value in sorted(began[field])]
            ends, current = held([*starts, *told], field), sets[field]
        else:
            current = {value for value in [now.get(field)] if value}
            ends = {value for value in [told[-1].new] if value} if told else current
        if ends != current:
            yield Observed(ticket_id, field, tuple(sorted(current)), seen_at)
