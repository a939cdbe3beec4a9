"""Every version of every policy that a snapshot carries: when each was in force, and what it changed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import duckdb
import polars as pl

from metrics import policies
from metrics.columns import ask
from metrics.instants import parse_instant
from metrics.policies import FOREVER, Version

KINDS = {
    "slo": "Promises",
    "triage": "When a ticket is triaged",
    "stages": "What statuses, columns and labels mean",
    "priorities": "What priorities mean",
    "cadence": "How often an update is owed",
    "wip": "Limits of work in progress",
    "ownership": "When a ticket is silent or dead",
    "intake": "The checklist for new tickets",
    "incident": "Incidents and reviews",
    "toil": "Kinds of work",
    "role": "Roles of the rota",
}
_BY_NAME = ("slo", "role")
EVER = datetime(1, 1, 2)  # noqa: DTZ001 - instants in the store are UTC; a version without a date is older than this
_MAP = """
SELECT m.source, m.queue, m.field, m.value, m.target FROM queue_mapping AS m
WHERE m.kind = $kind AND m.value IS NOT NULL AND m.queue <> '' AND list_contains($queues, m.queue)
    AND $as_of >= m.valid_from AND $as_of < m.valid_until
ORDER BY m.queue, m.source, m.field, m.rank DESC, m.value
"""
_CALENDARS = """
SELECT v.calendar, v.valid_from, v.valid_until, v.zone, v.hours::VARCHAR AS hours, count(d.day) AS special_days,
    max(d.day) AS last_day
FROM calendar_version AS v LEFT JOIN store.calendar_day AS d USING (calendar, valid_from)
GROUP BY ALL ORDER BY v.calendar, v.valid_from
"""
_TEAMS = "SELECT team, calendar, array_to_string(queues, ', ') AS queues FROM store.team ORDER BY ordinal"


@dataclass(frozen=True, slots=True)
class Edition:
    """One version: in force [valid_from, valid_until) (None: ever, or until further notice), what it says, a line to a
    value, and how that differs from the version before (nothing for the first)."""

    valid_from: datetime | None
    valid_until: datetime | None
    says: tuple[str, ...]
    changes: tuple[str, ...]

    def is_in_force(self, instant: datetime) -> bool:
        """At an instant, UTC without a zone."""
        return (self.valid_from or EVER) <= instant < (self.valid_until or FOREVER)


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy with its versions, oldest first; of several of a kind, the first that matches decides."""

    kind: str
    name: str
    queues: tuple[str, ...]
    sources: tuple[str, ...]
    editions: tuple[Edition, ...]


def policy_history(con: duckdb.DuckDBPyConnection) -> tuple[Policy, ...]:
    """Every policy, kind by kind, in the order in which they decide."""
    return tuple(
        _policy(kind, group) for kind in KINDS for group in policies.versions(con, kind, by_name=kind in _BY_NAME)
    )


def _policy(kind: str, group: list[Version]) -> Policy:
    last = group[-1]
    editions = tuple(_editions(group))
    return Policy(kind, last.name, last.queues, last.sources, editions)


def _editions(group: list[Version]) -> Iterator[Edition]:
    for before, version in pairwise([None, *group]):
        assert version is not None
        told = flattened(version.definition) | _scope(version)
        former = flattened(before.definition) | _scope(before) if before else None
        yield Edition(
            None if version.valid_from < EVER else version.valid_from,
            None if version.valid_until >= FOREVER else version.valid_until,
            tuple(f"{name} = {value}" for name, value in flattened(version.definition).items()),
            tuple(_changes(former, told)) if former is not None else (),
        )


def _scope(version: Version) -> dict[str, str]:
    return {"queues": _said(list(version.queues)), "sources": _said(list(version.sources))}


def flattened(definition: Any, path: str = "") -> dict[str, str]:
    """What a definition says, a line to each value; what is left out or empty says nothing.

    >>> flattened({"objective": 0.9, "goals": [{"within": "4h", "label": []}], "stop": None})
    {'objective': '0.9', 'goals.1.within': '"4h"'}
    """
    match definition:
        case dict():
            parts = [(f"{path}.{key}" if path else str(key), value) for key, value in definition.items()]
        case list() if any(isinstance(item, dict) for item in definition):
            parts = [(f"{path}.{place}", item) for place, item in enumerate(definition, start=1)]
        case None | [] | {} | "":
            return {}
        case _:
            return {path or "rule": _said(definition)}
    return {name: said for part, value in parts for name, said in flattened(value, part).items()}


def _said(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _changes(before: dict[str, str], now: dict[str, str]) -> Iterator[str]:
    for name in dict.fromkeys([*before, *now]):
        old, new = before.get(name), now.get(name)
        if old != new:
            yield f"{name}: {old or 'nothing'} → {new or 'nothing'}"


def word_map(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, kind: str, queues: tuple[str, ...]
) -> pl.DataFrame:
    """What words mean in these queues at as_of, with what a tracker itself says: source, queue, field, value, target
    (the stage, or the priority). `kind` is stages or priorities."""
    return ask(con, _MAP, as_of=parse_instant(as_of), kind=kind, queues=list(queues)).pl()


def calendar_versions(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """One row per version of a calendar: calendar, valid_from, valid_until, zone, hours (JSON by weekday), special_days
    (holidays and days with hours of their own), last_day (the last of them)."""
    return con.sql(_CALENDARS).pl()


def team_queues(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """One row per team, in the order in which they claim queues: team, calendar, queues (patterns)."""
    return con.sql(_TEAMS).pl()
