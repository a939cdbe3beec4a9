"""The policies a snapshot carries, spelled out per source and queue as small tables the shared relations join."""

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import duckdb
import polars as pl

from metrics import policies
from metrics.policies import FOREVER, Version
from metrics.priority_words import spelled_out

PRACTICES = ("cadence", "wip", "ownership", "intake", "toil")
STAGES = ("new", "triaged", "active", "waiting", None, "done")  # rank; None: a value the stage map does not name
EVER = datetime(1, 1, 1)  # noqa: DTZ001 - instants in the store are UTC without a zone
Schema = dict[str, Any]  # column to Polars type
Row = tuple[Any, ...]

SPAN: Schema = {"valid_from": pl.Datetime("us"), "valid_until": pl.Datetime("us")}
_PLACE: Schema = {"source": pl.String, "queue": pl.String}
_MAPPING: Schema = {"kind": pl.String, **_PLACE, "field": pl.String, "value": pl.String, "target": pl.String}
_MAPPING = {**_MAPPING, "rank": pl.Int32, **SPAN}
_TRIAGE: Schema = {**_PLACE, "rule": pl.String, **SPAN}
_INCIDENT: Schema = {**_PLACE, "version": pl.String, **SPAN}
_PRACTICE: Schema = {"kind": pl.String, **_PLACE, "version": pl.String, "definition": pl.String, **SPAN}
_CALENDAR: Schema = {"queue": pl.String, "team": pl.String, "calendar": pl.String}
_SLO: Schema = {
    "policy": pl.String,
    "version": pl.String,
    "queue": pl.String,
    "clock": pl.String,
    "kind": pl.String,
    "calendar": pl.String,
}
_SLO |= {"pauses": pl.Boolean, "objective": pl.Float64, "window": pl.String, "ordinal": pl.Int32, **SPAN}
_GOAL: Schema = {"version": pl.String, "ordinal": pl.Int32}
_GOAL |= {key: pl.List(pl.String) for key in ("priorities", "labels", "types")}
_GOAL |= dict.fromkeys(("within", "inside", "outside", "next_day"), pl.String)

PLACES = """
SELECT DISTINCT t.source, e.new FROM store.event AS e JOIN store.ticket AS t USING (ticket_id)
WHERE e.field = 'queue' AND e.new IS NOT NULL
UNION SELECT source, '' FROM store.ticket
ORDER BY ALL
"""
# While one version of a promise and one of the calendar it runs on are in force; no calendar before its first version.
_REGIME = """
CREATE TABLE slo_regime AS
WITH governed AS (
    SELECT p.* REPLACE (coalesce(p.calendar, c.calendar) AS calendar)
    FROM slo_policy AS p LEFT JOIN queue_calendar AS c USING (queue)
),
begun AS (SELECT calendar, min(valid_from) AS begins_at FROM calendar_version GROUP BY calendar)
SELECT g.*, v.version AS calendar_version,
    greatest(g.valid_from, v.valid_from) AS from_at, least(g.valid_until, v.valid_until) AS until_at
FROM governed AS g
JOIN calendar_version AS v ON v.calendar = g.calendar AND v.valid_from < g.valid_until AND g.valid_from < v.valid_until
UNION ALL
SELECT g.*, NULL, g.valid_from, least(g.valid_until, b.begins_at)
FROM governed AS g LEFT JOIN begun AS b USING (calendar)
WHERE b.begins_at IS NULL OR b.begins_at > g.valid_from
"""


def install(con: duckdb.DuckDBPyConnection, places_sql: str = PLACES) -> None:
    """Create `place` (every source and queue there ever was; '' is none), `queue_mapping`, `queue_triage`,
    `queue_incident`, `queue_practice`, `queue_calendar`, `slo_policy`, `slo_goal`, `goal_label` and `slo_regime`."""
    places = con.execute(places_sql).fetchall()
    create(con, "place", _PLACE, places)
    queues = sorted({"", *(queue for _, queue in places)})
    said = _said_by_sources(con)
    stages, priorities, triage, incidents = (
        policies.versions(con, kind) for kind in ("stages", "priorities", "triage", "incident")
    )
    mappings = [row for place in places for row in _stages(policies.deciding(stages, *place), place, said[place[0]])]
    mappings += [
        row for place in places for v in policies.deciding(priorities, *place) for row in _priorities(v, place)
    ]
    create(con, "queue_mapping", _MAPPING, mappings)
    rules = [(place, version) for place in places for version in policies.deciding(triage, *place)]
    conditions = [(*place, policies.triage_condition(v.definition), *_span(v)) for place, v in rules]
    create(con, "queue_triage", _TRIAGE, conditions)
    rules = [(place, version) for place in places for version in policies.deciding(incidents, *place)]
    create(con, "queue_incident", _INCIDENT, [(*place, v.key, *_span(v)) for place, v in rules])
    create(con, "queue_practice", _PRACTICE, [row for kind in PRACTICES for row in _practices(con, kind, places)])
    create(con, "queue_calendar", _CALENDAR, [row for queue in queues for row in _calendar(con, queue)])
    promises = [version for group in policies.versions(con, "slo", by_name=True) for version in group]
    create(con, "slo_policy", _SLO, [row for queue in queues for v in promises for row in _promise(v, queue)])
    create(con, "slo_goal", _GOAL, [row for version in promises for row in _goals(version)])
    labels = {label.lower() for version in promises for goal in version.definition["goals"] for label in goal["label"]}
    create(con, "goal_label", {"label": pl.String}, [(label,) for label in sorted(labels)])
    con.execute(_REGIME)


def create(con: duckdb.DuckDBPyConnection, name: str, schema: Schema, rows: list[Row]) -> None:
    """A table of this connection from rows."""
    con.register("policy_rows", pl.DataFrame(rows, schema=schema, orient="row"))
    con.execute(f"CREATE TABLE {name} AS FROM policy_rows")
    con.unregister("policy_rows")


def by_word(values: dict[str, str]) -> dict[str, str]:
    """The map with words in lower case, as they are compared; of two spellings the later entry holds."""
    return {word.lower(): target for word, target in values.items()}


def _span(version: Version) -> tuple[datetime, datetime]:
    return version.valid_from, version.valid_until


def _said_by_sources(con: duckdb.DuckDBPyConnection) -> defaultdict[str, dict[str, str]]:
    """What each tracker itself says of its statuses: status to stage."""
    said: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for source, status, stage in con.execute("FROM store.source_status ORDER BY ALL").fetchall():
        said[source] |= by_word({status: stage})
    return said


def _stages(versions: list[Version], place: Row, said: dict[str, str]) -> Iterator[Row]:
    """What the settings say, above what the tracker itself says of its statuses."""
    begun = versions[0].valid_from if versions else FOREVER
    if said and begun > EVER:
        yield from _meanings(place, "status", said, (EVER, begun))
    for version in versions:
        for field, values in version.definition.items():
            words = (said if field == "status" else {}) | by_word(values)
            yield from _meanings(place, field, words, _span(version))


def _meanings(place: Row, field: str, words: dict[str, str], span: Row) -> Iterator[Row]:
    for word, stage in words.items():
        yield "stages", *place, field, word, stage, STAGES.index(stage), *span
    if words and field != "label":  # labels say many things; a status or column left out is a gap in the map
        yield "stages", *place, field, None, None, STAGES.index(None), *span


def _priorities(version: Version, place: Row) -> Iterator[Row]:
    order = version.definition["order"]
    native = {name: name for name in order} | spelled_out(version.definition["value"])
    undecided = {word for said in version.definition["default"] for word in (said, said.lower())}
    for field, values in (("label", version.definition["label"]), ("priority", native)):
        for value, target in by_word(values).items():
            if not {value, target} & undecided:
                yield "priorities", *place, field, value, target, len(order) - order.index(target), *_span(version)


def _practices(con: duckdb.DuckDBPyConnection, kind: str, places: list[Row]) -> Iterator[Row]:
    versions = policies.versions(con, kind)
    for place in places:
        for version in policies.deciding(versions, *place):
            yield kind, *place, version.key, json.dumps(version.definition), *_span(version)


def _calendar(con: duckdb.DuckDBPyConnection, queue: str) -> Iterator[Row]:
    teams = con.execute("SELECT team, calendar, queues FROM store.team ORDER BY ordinal").fetchall()
    for team, calendar, patterns in teams:
        if policies.matches(queue, patterns):
            yield queue, team, calendar
            return


def _promise(version: Version, queue: str) -> Iterator[Row]:
    if version.covers(queue):
        said = version.definition
        clock = version.key if said["stop"] else said["clock"]  # clocks between milestones are each policy's own
        named = version.name, version.key, queue, clock, said["clock"], said["calendar"]
        yield *named, said["pauses"], said["objective"], said["window"], version.ordinal, *_span(version)


def _goals(version: Version) -> Iterator[Row]:
    for n, goal in enumerate(version.definition["goals"]):
        matches = [goal[key] for key in ("priority", "label", "type")]
        yield version.key, n, *matches, *(goal[key] for key in ("within", "inside", "outside", "next_day"))
