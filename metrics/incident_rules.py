"""What the settings say of incidents and milestones, as small tables the shared relations join.

Patterns stand there as DuckDB's GLOB takes them, with `*` and `?` alone having a meaning; lines of structured comments
as regular expressions of RE2.
"""

import re
from collections.abc import Iterator
from typing import Any

import duckdb
import polars as pl

from metrics import policies
from metrics.policies import Version
from metrics.policy_rows import Row, Schema, create

_MARK: Schema = {"version": pl.String, "role": pl.String, "way": pl.Int32, "field": pl.String}
_MARK |= {"pattern": pl.String, "needed": pl.Int32}
_RULE: Schema = {"version": pl.String, "milestone": pl.String, "way": pl.Int32, "field": pl.String}
_RULE |= {"pattern": pl.String, "word": pl.String, "line": pl.String, "is_value": pl.Boolean, "is_human": pl.Boolean}

# What a relation is called from the other end. One that is not named here has no name there.
_INVERSES = {
    "child_of": "parent_of",
    "blocks": "blocked_by",
    "depends_on": "depended_on_by",
    "refers_to": "referred_to_by",
    "mentions": "mentioned_by",
    "duplicates": "duplicated_by",
    "merged_into": "merged_from",
    "clones": "cloned_by",
    "causes": "caused_by",
    "action_of": "has_action",
    "postmortem_of": "has_postmortem",
    "relates_to": "relates_to",
    "linked_to": "linked_to",
}
# Without configured ends: an incident is acknowledged from its opening on, and debriefed from its first closing on.
_STARTS = {"acknowledge": {"field": "opened"}, "debrief": {"field": "closed"}}
_HUMAN = ("stop", "acknowledged")  # a bot neither answers nor acknowledges


def install(con: duckdb.DuckDBPyConnection) -> None:
    """Create the tables `incident_mark`, `milestone_rule` and `link_inverse`."""
    incidents = [version for group in policies.versions(con, "incident") for version in group]
    promises = [version for group in policies.versions(con, "slo", by_name=True) for version in group]
    create(con, "incident_mark", _MARK, [row for version in incidents for row in _marks(version)])
    milestones = [(v, name, ways) for v in incidents for name, ways in v.definition["milestones"].items()]
    milestones += [told for version in promises for told in _ends(version)]
    rules = [_rule(v, name, n, way) for v, name, ways in milestones for n, way in enumerate(ways)]
    create(con, "milestone_rule", _RULE, rules)
    pairs = [pair for there, back in _INVERSES.items() for pair in dict.fromkeys([(there, back), (back, there)])]
    create(con, "link_inverse", {"relation": pl.String, "inverse": pl.String}, pairs)


def pattern(text: str | None) -> str:
    """A pattern with * and ? as GLOB takes it, in lower case; None is any value.

    >>> pattern("[SEV?] *")
    '[[]sev?] *'
    """
    return re.sub(r"[\[\\]", lambda found: "[[]" if found[0] == "[" else r"\\", (text or "*").lower())


def line(key: str) -> str:
    r"""A line of a comment that begins with `key` and a colon; its first group is what follows.

    Lists and emphasis may stand around the key, quoting marks may not: a quoted line is somebody else's.
    """
    words = r"[ \t]+".join(map(re.escape, key.split()))
    return rf"(?im)^[ \t]*(?:[-*+#][ \t]+)?[*_]*{words}[*_]*[ \t]*:[*_]*[ \t]*(.*)$"


def _marks(version: Version) -> Iterator[Row]:
    for role, ways in version.definition["marks"].items():
        for n, fields in enumerate(ways):
            needed = len(fields) + 1  # and to be in a queue of this policy
            for field, patterns in fields.items():
                words = map(_relation, patterns) if field == "link" else patterns
                yield from ((version.key, role, n, field, pattern(word), needed) for word in words)


def _relation(text: str) -> str:
    """A relation as people write it, "is child of", in the one word that links carry."""
    return "_".join(text.lower().split()).removeprefix("is_")


def _ends(version: Version) -> Iterator[tuple[Version, str, list[dict[str, Any]]]]:
    if version.definition["stop"]:
        yield version, "start", [version.definition["start"] or _STARTS[version.definition["clock"]]]
        yield version, "stop", [version.definition["stop"]]


def _rule(version: Version, milestone: str, way: int, told: dict[str, Any]) -> Row:
    key = told.get("key")
    word, expression = (key.split()[0].lower(), line(key)) if key else (None, None)
    named = version.key, milestone, way, told["field"], pattern(told.get("value"))
    return *named, word, expression, told.get("when") == "value", milestone in _HUMAN
