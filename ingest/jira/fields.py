"""The fields of one Jira that matter here: those the settings ask for, and those its products bring along.

Jira calls custom fields `customfield_10042`; which number means what differs from site to site and is read from the
list of fields. Data Center's history tells fields by name only.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]

SLA = "com.atlassian.servicedesk:sd-sla-field"
REQUEST_TYPE = "com.atlassian.servicedesk:vp-origin"
SPRINT = "com.pyxis.greenhopper.jira:gh-sprint"
_OF_PRODUCTS = {REQUEST_TYPE: "request_type", SPRINT: "sprint"}
_FLAG = "flagged"  # how Jira Software marks an impediment: an ordinary custom field of this name
_FED_BY_SETTINGS = ("eta", "priority")  # our names that are fields of their own, not custom ones


@dataclass(frozen=True, slots=True)
class Fields:
    """Custom fields by what they are to us."""

    ours: Mapping[str, str]  # Jira's id -> our event field: custom.team, eta
    names: Mapping[str, str]  # Jira's name -> id, for histories without ids
    slas: Mapping[str, str]  # id -> name of the promise

    @property
    def is_eta_told(self) -> bool:
        """Whether a custom field stands for the eta instead of the due date."""
        return "eta" in self.ours.values()

    @property
    def is_priority_told(self) -> bool:
        return "priority" in self.ours.values()

    def id_of(self, item: Json) -> str | None:
        """The custom field that a history item is about, if it is one of these."""
        found = item.get("fieldId") or self.names.get(str(item.get("field")))
        return found if found in self.ours else None

    def called(self, ours: str) -> list[str]:
        """Ids of the fields that are this to us."""
        return [known_as for known_as, name in self.ours.items() if name == ours]


def fields(listed: Iterable[Json], wanted: Mapping[str, str]) -> Fields:
    """What the list of fields means under these settings (our name -> Jira's name or id)."""
    entries = list(listed)
    ours: dict[str, str] = {}
    for entry in entries:
        product = _OF_PRODUCTS.get(_kind(entry)) or (_FLAG if str(entry.get("name", "")).lower() == _FLAG else None)
        if product:
            ours[entry["id"]] = f"custom.{product}"
    for name, asked in wanted.items():
        ours |= {entry["id"]: event_field(name) for entry in _asked_for(entries, asked)[:1]}
    slas = {entry["id"]: entry["name"] for entry in entries if _kind(entry) == SLA}
    return Fields(ours, {entry["name"]: entry["id"] for entry in entries if entry["id"] in ours}, slas)


def event_field(name: str) -> str:
    return name if name in _FED_BY_SETTINGS else f"custom.{name}"


def missing(listed: Iterable[Json], wanted: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each field that the settings name and Jira does not have, or has twice."""
    entries = list(listed)
    for name, asked in wanted.items():
        found = _asked_for(entries, asked)
        if len(found) != 1:
            ids = ", ".join(entry["id"] for entry in found)
            why = f"several fields have this name ({ids}); write the id" if found else "Jira has no such field"
            yield f"fields.{name} = {asked!r}: {why}"


def of_interest(listed: Iterable[Json], wanted: Mapping[str, str]) -> list[dict[str, Any]]:
    """The entries of the list that `fields` needs, cut down to what it reads."""
    entries = list(listed)
    kept = fields(entries, wanted)
    return [
        {"id": entry["id"], "name": entry["name"], "schema": {"custom": _kind(entry)}}
        for entry in entries
        if entry["id"] in kept.ours or entry["id"] in kept.slas
    ]


def _asked_for(entries: list[Json], asked: str) -> list[Json]:
    by_id = [entry for entry in entries if entry["id"] == asked]
    return by_id or [entry for entry in entries if str(entry.get("name", "")).lower() == asked.lower()]


def _kind(entry: Json) -> str:
    return str((entry.get("schema") or {}).get("custom") or "")
