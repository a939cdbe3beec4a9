"""What the settings promise after an incident, by version of the incident rules, as JSON for a query."""

import json
from typing import Any

import duckdb

from metrics import policies
from metrics.incident_rules import pattern


def reviews(con: duckdb.DuckDBPyConnection) -> str:
    """A JSON list: version, priorities, start_days, debrief_days, action_days, sections and aspirational.

    Sections are a list of name and pattern, aspirational one of patterns, all in lower case as GLOB takes them.
    """
    versions = [version for group in policies.versions(con, "incident") for version in group]
    return json.dumps([_review(version.key, version.definition["review"]) for version in versions])


def _review(version: str, said: dict[str, Any]) -> dict[str, Any]:
    sections = [{"name": name.rstrip("*"), "pattern": pattern(name)} for name in said["sections"]]
    aspirational = [pattern(name) for name in said.get("aspirational", [])]  # settings of old stores have none
    return said | {"version": version, "sections": sections, "aspirational": aspirational}
