"""What each item of a Jira history changes: the vocabulary of the parser, one entry a field.

Ids are compared, never names; a name from the history stands in where an id has vanished from Jira's lists.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ingest.jira.fields import Fields
from ingest.jira.instants import tidy
from ingest.jira.text import plain

Json = Mapping[str, Any]
Change = tuple[str, str | None, str | None]  # field, old, new

# Fields that change nothing Watchbill measures, in lower case. Any field neither here nor in _CHANGES is unknown.
UNINTERPRETED = frozenset(
    [
        "remoteissuelink",
        "remoteworkitemlink",
        "workflow",
        "worklogid",
        "worklogtimespent",
        "timeestimate",
        "timeoriginalestimate",
        "rank",
        "attachment",
        "component",
        "version",
        "environment",
        "reporter",
        "security",
        "project",
        "key",
        "archived",
        "restored",
        "votes",
        "watches",
        "lastviewed",
    ]
) | {"epic name", "epic colour", "epic color", "epic status", "original estimate", "remaining estimate"}
_CUSTOM = "custom field "

_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Words:
    """What the ids of one page mean. `names` are by kind and id, `projects` are keys by id, `keys` are issue ids."""

    source: str
    names: Mapping[str, Mapping[str, str]]
    projects: Mapping[str, str]
    fields: Fields
    phrases: tuple[str, ...]  # of issue links, longest first: "is blocked by"
    keys: Mapping[str, str]

    def name(self, kind: str, known_as: str | None, told: str | None) -> str | None:
        """What an id is called today; how the history told it where nobody knows the id any more."""
        if not known_as:
            return told or None
        return self.names[kind].get(str(known_as)) or told or str(known_as)

    def account(self, known_as: str | None) -> str | None:
        return f"{self.source}/{known_as}" if known_as else None

    def ticket(self, issue: str) -> str:
        """The ticket behind an id or a key; keys that lead nowhere stay keys."""
        return f"{self.source}/{self.keys.get(issue, issue)}"


def is_known(kind: str) -> bool:
    """Whether Watchbill knows what an item of this field means, if only that it means nothing here."""
    return kind.lower() in _CHANGES or kind.lower() in UNINTERPRETED or kind.startswith(_CUSTOM)


def changes(items: Iterable[Json], words: Words) -> list[Change]:
    """What the items of one history changed, in their order. A field nobody knows is kept as `other`."""
    listed = list(items)
    return [change for item in listed for change in _change(item, words)] + _move(listed, words)


def _change(item: Json, words: Words) -> list[Change]:
    custom = words.fields.id_of(item)
    if custom:
        return _custom(words.fields.ours[custom], item)
    kind = str(item["field"])
    known = _CHANGES.get(kind.lower())
    if known:
        return known(item, words)
    is_custom = item.get("fieldtype") == "custom" and kind.lower() not in UNINTERPRETED
    return [("other", None, f"{_CUSTOM}{kind}" if is_custom else kind)]


def _custom(field: str, item: Json) -> list[Change]:
    if field == "custom.sprint":
        return _differences("milestone", sprints(item, "from"), sprints(item, "to"))
    return [(field, value(item, "from"), value(item, "to"))]


def value(item: Json, side: str) -> str | None:
    """A custom field's value. Dates are told for the eye, too, in somebody's language: the plain form counts."""
    raw = item.get(side)
    if isinstance(raw, str) and _DATE.match(raw):
        return tidy(raw)
    return plain(_string(item, side)) or (str(raw) if raw else None)


def labels(item: Json, side: str) -> list[str]:
    """The whole set of labels that one side of an item tells."""
    return (_string(item, side) or "").split()


def sprints(item: Json, side: str) -> list[str]:
    """The sprints of one side. Ids and names are lists in one string each; a name may hold the comma itself."""
    ids = [known_as.strip() for known_as in str(item.get(side) or "").split(",") if known_as.strip()]
    names = (_string(item, side) or "").split(", ")
    return names if len(names) == len(ids) else [f"sprint {known_as}" for known_as in ids]


def _string(item: Json, side: str) -> str | None:
    told = item.get(f"{side}String")
    return told if isinstance(told, str) and told else None


def _differences(field: str, before: list[str], after: list[str]) -> list[Change]:
    lost: list[Change] = [(field, name, None) for name in sorted(set(before) - set(after))]
    return lost + [(field, None, name) for name in sorted(set(after) - set(before))]


def _named(field: str, kind: str) -> Callable[[Json, Words], list[Change]]:
    def change(item: Json, words: Words) -> list[Change]:
        before, after = (words.name(kind, item.get(side), _string(item, side)) for side in ("from", "to"))
        return [(field, before, after)]

    return change


def _priority(item: Json, words: Words) -> list[Change]:
    field = "custom.priority" if words.fields.is_priority_told else "priority"
    return _named(field, "priority")(item, words)


def _due(item: Json, words: Words) -> list[Change]:
    before, after = ((item.get(side) or _string(item, side) or "")[:10] or None for side in ("from", "to"))
    return [("custom.duedate" if words.fields.is_eta_told else "eta", before, after)]


def _owner(item: Json, words: Words) -> list[Change]:
    before, after = words.account(item.get("from")), words.account(item.get("to"))
    lost: list[Change] = [("owner", before, None)] if before else []
    return lost + ([("owner", None, after)] if after else [])


def _version(item: Json, _: Words) -> list[Change]:
    before, after = (_string(item, side) or item.get(side) for side in ("from", "to"))
    lost: list[Change] = [("milestone", before, None)] if before else []
    return lost + ([("milestone", None, after)] if after else [])


def _text(field: str) -> Callable[[Json, Words], list[Change]]:
    return lambda item, _: [(field, _string(item, "from"), _string(item, "to"))]


def _description(item: Json, _: Words) -> list[Change]:
    return [("description", plain(_string(item, "from")) or None, plain(_string(item, "to")) or None)]


def _effort(item: Json, _: Words) -> list[Change]:
    """Seconds in all, before and after: what was added, in minutes. A deleted work log takes away."""
    seconds = [float(item.get(side) or _string(item, side) or 0) for side in ("from", "to")]
    return [("effort", None, minutes(seconds[1] - seconds[0]))]


def minutes(seconds: float) -> str:
    return f"{seconds / 60:.12g}"


def _comment_deleted(item: Json, _: Words) -> list[Change]:
    return [("comment_deleted", None, None) if not _string(item, "to") else ("other", None, "Comment")]


def _link(item: Json, words: Words) -> list[Change]:
    """The target is a key, perhaps an old one; the relation is only told in a sentence of the reader's language, which
    ends with the phrase of the link type and the key."""
    told: list[Change] = []
    for side in ("from", "to"):
        key, sentence = item.get(side), _string(item, side) or ""
        if key:
            phrase = next((known for known in words.phrases if sentence.endswith(f" {known} {key}")), "linked to")
            link = f"{relation(phrase)} {words.ticket(str(key))}"
            told.append(("link", link, None) if side == "from" else ("link", None, link))
    return told


def relation(phrase: str) -> str:
    return "_".join(phrase.split())


def _family(role: str) -> Callable[[Json, Words], list[Change]]:
    def change(item: Json, words: Words) -> list[Change]:
        before, after = (item.get(side) or _string(item, side) for side in ("from", "to"))
        lost: list[Change] = [("link", f"{role} {words.ticket(str(before))}", None)] if before else []
        return lost + ([("link", None, f"{role} {words.ticket(str(after))}")] if after else [])

    return change


def _move(items: list[Json], words: Words) -> list[Change]:
    """To another project: a `project` item tells ids, a `Key` item the keys of the issue."""
    sides: dict[str, str] = {}
    for item in items:
        for side in ("from", "to"):
            if item["field"] == "Key" and _string(item, side):
                sides.setdefault(side, str(_string(item, side)).rpartition("-")[0])
            if item["field"] == "project" and words.projects.get(str(item.get(side))):
                sides[side] = words.projects[str(item.get(side))]
    before, after = sides.get("from"), sides.get("to")
    return [("queue", before, after)] if after and before != after else []


_CHANGES: dict[str, Callable[[Json, Words], list[Change]]] = {
    "status": _named("status", "status"),
    "resolution": _named("custom.resolution", "resolution"),
    "issuetype": _named("type", "issuetype"),
    "priority": _priority,
    "assignee": _owner,
    "labels": lambda item, _: _differences("label", labels(item, "from"), labels(item, "to")),
    "fix version": _version,
    "sprint": lambda item, _: _differences("milestone", sprints(item, "from"), sprints(item, "to")),
    "summary": _text("title"),
    "description": _description,
    "duedate": _due,
    "timespent": _effort,
    "flagged": lambda item, _: _custom("custom.flagged", item),
    "link": _link,
    "parent": _family("child_of"),
    "issueparentassociation": _family("child_of"),
    "epic link": _family("child_of"),
    "epic child": _family("parent_of"),
    "comment": _comment_deleted,
}
