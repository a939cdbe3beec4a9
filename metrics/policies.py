"""The policies a snapshot carries, spelled out per queue as small tables the shared relations join.

Of the policies of one kind, the first whose patterns match a queue decides; those with the same patterns are its
versions. A version is in force from its `valid_from` until the next one's.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Any

import duckdb
import polars as pl

from metrics.worktime import Calendar

STAGES = ("new", "triaged", "active", "waiting", None, "done")  # rank; None: a value the stage map does not name
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

    @property
    def key(self) -> str:
        """The name of this version among all."""
        return f"{self.name}@{self.valid_from:%Y-%m-%dT%H:%M}"

    def covers(self, queue: str) -> bool:
        return any(fnmatchcase(queue, pattern) for pattern in self.queues)


def versions(con: duckdb.DuckDBPyConnection, kind: str, *, by_name: bool = False) -> list[list[Version]]:
    """The policies of one kind in order, each as its versions, oldest first."""
    rows = con.execute(
        "SELECT name, queues, definition, ordinal, valid_from FROM store.policy WHERE kind = ? ORDER BY ordinal",
        [kind],
    ).fetchall()
    groups: dict[Any, list[Any]] = {}
    for row in rows:
        groups.setdefault(row[0] if by_name else tuple(row[1]), []).append(row)
    return [list(_chain(sorted(group, key=lambda row: row[-1]))) for group in groups.values()]


def _chain(rows: list[Any]) -> Iterator[Version]:
    for (name, queues, definition, ordinal, valid_from), (*_, valid_until) in pairwise([*rows, (FOREVER,)]):
        yield Version(name, tuple(queues), json.loads(definition), valid_from, valid_until, ordinal)


def install(con: duckdb.DuckDBPyConnection) -> None:
    """Create the tables `queue_mapping`, `queue_triage` and `queue_calendar` for every queue in the store."""
    queues = [""] + [
        row[0]
        for row in con.execute(
            "SELECT DISTINCT new FROM store.event WHERE field = 'queue' AND new IS NOT NULL ORDER BY 1"
        ).fetchall()
    ]
    _create(con, "queue_mapping", _MAPPING, [row for queue in queues for row in _mappings(con, queue)])
    _create(con, "queue_triage", _TRIAGE, [row for queue in queues for row in _triage(con, queue)])
    _create(con, "queue_calendar", _CALENDAR, [row for queue in queues for row in _calendar(con, queue)])
    promises = [version for group in versions(con, "slo", by_name=True) for version in group]
    _create(con, "slo_policy", _SLO, [row for queue in queues for v in promises for row in _promise(v, queue)])
    _create(con, "slo_goal", _GOAL, [row for version in promises for row in _goals(version)])


Schema = dict[str, Any]  # column to Polars type

_SPAN: Schema = {"valid_from": pl.Datetime("us"), "valid_until": pl.Datetime("us")}
_MAPPING: Schema = {
    "kind": pl.String,
    "queue": pl.String,
    "field": pl.String,
    "value": pl.String,
    "target": pl.String,
}
_MAPPING = {**_MAPPING, "rank": pl.Int32, **_SPAN}
_TRIAGE: Schema = {"queue": pl.String, "rule": pl.String, **_SPAN}
_CALENDAR: Schema = {"queue": pl.String, "team": pl.String, "calendar": pl.String}

_SLO: Schema = {
    "policy": pl.String,
    "version": pl.String,
    "queue": pl.String,
    "clock": pl.String,
    "kind": pl.String,
    "calendar": pl.String,
}
_SLO |= {"pauses": pl.Boolean, "objective": pl.Float64, "window": pl.String, "ordinal": pl.Int32, **_SPAN}
_GOAL: Schema = {"version": pl.String, "ordinal": pl.Int32}
_GOAL |= {key: pl.List(pl.String) for key in ("priorities", "labels", "types")}
_GOAL |= dict.fromkeys(("within", "inside", "outside", "next_day"), pl.String)


def _promise(version: Version, queue: str) -> Iterator[tuple[Any, ...]]:
    if version.covers(queue):
        said = version.definition
        clock = version.key if said["stop"] else said["clock"]  # clocks between milestones are each policy's own
        yield (
            version.name,
            version.key,
            queue,
            clock,
            said["clock"],
            said["calendar"],
            said["pauses"],
            said["objective"],
            said["window"],
            version.ordinal,
            version.valid_from,
            version.valid_until,
        )


def _goals(version: Version) -> Iterator[tuple[Any, ...]]:
    for n, goal in enumerate(version.definition["goals"]):
        matches = [goal[key] for key in ("priority", "label", "type")]
        yield version.key, n, *matches, *(goal[key] for key in ("within", "inside", "outside", "next_day"))


def _create(con: duckdb.DuckDBPyConnection, name: str, schema: Any, rows: list[Any]) -> None:
    con.register("policy_rows", pl.DataFrame(rows, schema=schema, orient="row"))
    con.execute(f"CREATE TABLE {name} AS FROM policy_rows")
    con.unregister("policy_rows")


def deciding(con: duckdb.DuckDBPyConnection, kind: str, queue: str) -> list[Version]:
    """The versions that decide for a queue, oldest first; none where nothing is configured.

    Before the first version of a policy that matches, a later policy that matches decides as if the first were not
    there: what comes into force tomorrow changes nothing about today.
    """
    found: list[Version] = []
    horizon = FOREVER
    for group in versions(con, kind):
        if group[0].covers(queue):
            begun = [version for version in group if version.valid_from < horizon]
            found += [replace(version, valid_until=min(version.valid_until, horizon)) for version in begun]
            horizon = min(horizon, group[0].valid_from)
    return sorted(found, key=lambda version: version.valid_from)


def _by_word(values: dict[str, str]) -> dict[str, str]:
    """The map with words in lower case, as they are compared; of two spellings the later entry holds."""
    return {word.lower(): target for word, target in values.items()}


def _mappings(con: duckdb.DuckDBPyConnection, queue: str) -> Iterator[tuple[Any, ...]]:
    for version in deciding(con, "stages", queue):
        for field, values in version.definition.items():
            for value, stage in _by_word(values).items():
                yield (
                    "stages",
                    queue,
                    field,
                    value,
                    stage,
                    STAGES.index(stage),
                    version.valid_from,
                    version.valid_until,
                )
            if values and field != "label":  # labels say many things; a status or column left out is a gap in the map
                unnamed = STAGES.index(None)
                yield "stages", queue, field, None, None, unnamed, version.valid_from, version.valid_until
    for version in deciding(con, "priorities", queue):
        yield from _priorities(queue, version)


def _priorities(queue: str, version: Version) -> Iterator[tuple[Any, ...]]:
    order = version.definition["order"]
    native = {name: name for name in order} | version.definition["value"]
    undecided = {word for said in version.definition["default"] for word in (said, said.lower())}
    for field, values in (("label", version.definition["label"]), ("priority", native)):
        for value, target in _by_word(values).items():
            if not {value, target} & undecided:
                rank = len(order) - order.index(target)
                yield "priorities", queue, field, value, target, rank, version.valid_from, version.valid_until


def _triage(con: duckdb.DuckDBPyConnection, queue: str) -> Iterator[tuple[Any, ...]]:
    for version in deciding(con, "triage", queue):
        yield queue, triage_condition(version.definition), version.valid_from, version.valid_until


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


def _calendar(con: duckdb.DuckDBPyConnection, queue: str) -> Iterator[tuple[Any, ...]]:
    teams = con.execute("SELECT team, calendar, queues FROM store.team ORDER BY ordinal").fetchall()
    for team, calendar, patterns in teams:
        if any(fnmatchcase(queue, pattern) for pattern in patterns):
            yield queue, team, calendar
            return


def calendars(con: duckdb.DuckDBPyConnection) -> dict[str, Calendar]:
    """Every calendar version in the store, under the name `calendar_version` gives it."""
    days: dict[str, dict[date, list[str]]] = {}
    for name, day, hours in con.execute(
        "SELECT v.version, d.day, d.hours FROM store.calendar_day AS d"
        " JOIN calendar_version AS v USING (calendar, valid_from)"
    ).fetchall():
        days.setdefault(name, {})[day] = hours
    rows = con.execute("SELECT version, zone, hours FROM calendar_version").fetchall()
    return {
        name: Calendar(zone=zone, hours=json.loads(hours), special_days=days.get(name, {}))
        for name, zone, hours in rows
    }
