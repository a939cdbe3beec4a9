"""What Jira's ids are called today. Names are translated, renamed and used twice, so ids are what is compared."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from ingest.records import Status

Json = Mapping[str, Any]
Stage = Literal["new", "active", "done"]

KINDS = ("status", "priority", "issuetype", "resolution")  # also the paths of their lists
_STAGES: dict[str, Stage] = {"new": "new", "indeterminate": "active", "done": "done"}


def trimmed(entry: Json) -> dict[str, Any]:
    """An entry of such a list without pictures and prose."""
    project = ((entry.get("scope") or {}).get("project") or {}).get("id")
    category = (entry.get("statusCategory") or {}).get("key")
    kept = {"id": str(entry["id"]), "name": entry["name"]}
    return kept | ({"project": str(project)} if project else {}) | ({"category": category} if category else {})


def shown(entries: Iterable[Json], projects: Mapping[str, str]) -> dict[str, str]:
    """What each id is called: its name. Of several with one name, those of a single project carry the project's key,
    or its id where the key is not known: "Done (OPS)"."""
    listed = list(entries)
    uses = Counter(entry["name"] for entry in listed)
    plain = {entry["name"]: entry["id"] for entry in listed if "project" not in entry}
    called = {}
    for entry in listed:
        is_plain = uses[entry["name"]] == 1 or plain.get(entry["name"]) == entry["id"]
        owner = entry.get("project") or f"id {entry['id']}"
        called[entry["id"]] = entry["name"] if is_plain else f"{entry['name']} ({projects.get(owner, owner)})"
    return called


def alike(entries: Iterable[Json], ids: Iterable[str]) -> list[Json]:
    """The entries with these ids and all that share a name with them: enough for `shown`."""
    listed, wanted = list(entries), set(ids)
    names = {entry["name"] for entry in listed if entry["id"] in wanted}
    return [entry for entry in listed if entry["name"] in names]


def stages(source: str, entries: Iterable[Json], projects: Mapping[str, str]) -> Iterator[Status]:
    """What Jira says of its statuses; the category `undefined` says nothing."""
    listed = list(entries)
    called = shown(listed, projects)
    for entry in listed:
        if stage := _STAGES.get(entry.get("category", "")):
            yield Status(source, called[entry["id"]], stage)
