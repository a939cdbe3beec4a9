"""What goes into a page besides its issues, so that it can be parsed years later and alone: the names of the ids that
stand in it, the people it only numbers, the issues that it only calls by key."""

from collections.abc import Iterator, Mapping
from typing import Any

from ingest.jira import people as jira_people
from ingest.jira.changes import Words
from ingest.jira.fields import fields
from ingest.jira.instance import Edition, Place
from ingest.jira.names import KINDS, alike, shown
from ingest.jira.walk import Json


class Pages:
    """Makes the pages of one run. Whom or what it looked up once it remembers."""

    def __init__(self, edition: Edition, place: Place, wanted: Mapping[str, str]) -> None:
        self._edition, self._place = edition, place
        self._asked = place.asked_fields(wanted)
        self._people: dict[str, Json | None] = {}
        self._keys: dict[str, str | None] = {}

    def page(self, found: list[Json]) -> dict[str, Any]:
        issues = self._edition.complete(found, self._asked)
        return {
            "home": self._place.home,
            "projects": self._place.projects,
            "names": {kind: alike(self._place.names[kind], _ids(kind, issues)) for kind in KINDS},
            "fields": self._place.fields,
            "links": self._place.links,
            "people": self._looked_up(jira_people.unknown(issues)),
            "keys": self._resolved(sorted(_linked_keys(issues))),
            "issues": issues,
        }

    def _looked_up(self, ids: list[str]) -> list[Json]:
        new = [known_as for known_as in ids if known_as not in self._people]
        if new:
            self._people |= dict.fromkeys(new)
            self._people |= {jira_people.known_as(user) or "": user for user in self._edition.people(new)}
        return [user for user in map(self._people.get, ids) if user]

    def _resolved(self, keys: list[str]) -> dict[str, str]:
        new = [key for key in keys if key not in self._keys]
        if new:
            self._keys |= dict.fromkeys(new)
            self._keys |= dict(self._edition.issues_of(new))
        return {key: known_as for key in keys if (known_as := self._keys[key])}


def words(page: Json, source: str, wanted: Mapping[str, str]) -> Words:
    """What the ids of a page mean."""
    phrases = {link[direction] for link in page["links"] for direction in ("inward", "outward")}
    keys = dict(page["keys"])
    for issue in page["issues"]:
        keys |= _present_keys(issue)
    return Words(
        source=source,
        names={kind: shown(page["names"][kind], page["projects"]) for kind in KINDS},
        projects=page["projects"],
        fields=fields(page["fields"], wanted),
        phrases=tuple(sorted(phrases, key=lambda phrase: (-len(phrase), phrase))),
        keys=keys,
    )


def _ids(kind: str, issues: list[dict[str, Any]]) -> set[str]:
    """The ids of a kind that stand in these issues and their histories."""
    found = {str(value["id"]) for issue in issues if (value := issue["fields"].get(kind))}
    items = (item for issue in issues for history in issue["histories"] for item in history["items"])
    return found | {
        str(item[side]) for item in items if item["field"] == kind for side in ("from", "to") if item.get(side)
    }


def _linked_keys(issues: list[dict[str, Any]]) -> Iterator[str]:
    """Keys that histories name as ends of links, but for those whose ids stand in the issue itself."""
    for issue in issues:
        known = _present_keys(issue)
        items = (item for history in issue["histories"] for item in history["items"] if item["field"] == "Link")
        for item in items:
            yield from {str(item[side]) for side in ("from", "to") if item.get(side)} - known.keys()


def _present_keys(issue: Json) -> dict[str, str]:
    ends = [
        link.get(side) for link in issue["fields"].get("issuelinks") or [] for side in ("inwardIssue", "outwardIssue")
    ]
    return {end["key"]: str(end["id"]) for end in ends if end}
