"""The policies a snapshot carries, and which of them is in force where and when.

Of the policies of one kind, the first whose patterns match source and queue decides; those with the same patterns are
its versions. A version is in force from its `valid_from` until the next one's.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fnmatch import fnmatchcase
from functools import lru_cache
from itertools import pairwise
from typing import Any

import duckdb

from metrics.columns import ask
from metrics.worktime import Calendar

CONDITIONS = ("priority_set", "project_set", "label_set", "owner_set", "commented", "closed", "left_new")
FOREVER = datetime(9999, 12, 31)  # noqa: DTZ001 - instants in the store are UTC without a zone


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a policy: what it says, and when it was in force, [valid_from, valid_until)."""

    name: str
    queues: tuple[str, ...]
    definition: dict[str, Any]
    valid_from: datetime
    valid_until: datetime
    ordinal: int
    sources: tuple[str, ...]

    @property
    def key(self) -> str:
        """The name of this version among all."""
        return f"{self.name}@{self.valid_from:%Y-%m-%dT%H:%M}"

    def covers(self, queue: str, source: str | None = None) -> bool:
        """Is it about this queue, and about tickets of this source?"""
        return matches(queue, self.queues) and (source is None or matches(source, self.sources))


def matches(name: str, patterns: Sequence[str]) -> bool:
    """Does any of the patterns with * and ? match?"""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


_POLICIES = """
SELECT name, queues, sources, definition, ordinal, valid_from FROM store.policy WHERE kind = $kind ORDER BY ordinal
"""


def versions(con: duckdb.DuckDBPyConnection, kind: str, *, by_name: bool = False) -> list[list[Version]]:
    """The policies of one kind in order, each as its versions, oldest first."""
    rows = ask(con, _POLICIES, kind=kind).fetchall()
    groups: dict[Any, list[Any]] = {}
    for row in rows:
        groups.setdefault(row[0] if by_name else (tuple(row[1]), tuple(row[2])), []).append(row)
    return [list(_chain(sorted(group, key=lambda row: row[-1]))) for group in groups.values()]


def _chain(rows: list[Any]) -> Iterator[Version]:
    for (name, queues, sources, definition, ordinal, valid_from), (*_, valid_until) in pairwise([*rows, (FOREVER,)]):
        yield Version(
            name, tuple(queues), json.loads(definition), valid_from, valid_until, ordinal, sources=tuple(sources)
        )


def deciding(groups: list[list[Version]], source: str, queue: str) -> list[Version]:
    """Of the policies of one kind, the versions that decide for a source's queue, oldest first; none: not configured.

    Before the first version of a policy that matches, a later policy that matches decides as if the first were not
    there: what comes into force tomorrow changes nothing about today.
    """
    found: list[Version] = []
    horizon = FOREVER
    for group in groups:
        if group[0].covers(queue, source):
            begun = [version for version in group if version.valid_from < horizon]
            found += [replace(version, valid_until=min(version.valid_until, horizon)) for version in begun]
            horizon = min(horizon, group[0].valid_from)
    return sorted(found, key=lambda version: version.valid_from)


def triage_rules(con: duckdb.DuckDBPyConnection) -> str:
    """The branches of `CASE rule ... END`, one for each rule that any queue has or had."""
    rules = con.execute("SELECT DISTINCT rule FROM queue_triage ORDER BY rule").fetchall()
    return " ".join(f"WHEN '{rule}' THEN {rule}" for (rule,) in rules) or "WHEN '' THEN false"


def triage_condition(expression: Any) -> str:
    """A triage rule as an SQL condition over the columns of `condition_state`.

    >>> triage_condition({"any": ["closed", {"all": ["priority_set", "owner_set"]}]})
    '(closed OR (priority_set AND owner_set))'
    """
    if isinstance(expression, str):
        if expression not in CONDITIONS:
            raise ValueError(f"{expression!r} is not a triage condition; known are {', '.join(CONDITIONS)}")
        return expression
    ((joint, parts),) = expression.items()
    return "(" + {"any": " OR ", "all": " AND "}[joint].join(map(triage_condition, parts)) + ")"


def calendars(con: duckdb.DuckDBPyConnection) -> dict[str, Calendar]:
    """Every calendar version in the store, under the name `calendar_version` gives it."""
    rows = con.execute("SELECT version, zone, hours, special_days FROM calendar_version").fetchall()
    return {name: _calendar(*told) for name, *told in rows}


@lru_cache(maxsize=64)
def _calendar(zone: str, hours: str, special_days: str) -> Calendar:
    """A calendar knows fifty years of holidays, and every metric asks for it anew."""
    days = {date.fromisoformat(special["day"]): special["hours"] for special in json.loads(special_days)}
    return Calendar(zone=zone, hours=json.loads(hours), special_days=days)
