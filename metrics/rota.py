"""Who may hold which role, and what the settings say of it: the tables that the relations on shifts stand on.

The relations themselves are in rota.sql: `duty` (who did which shift when), `duty_stretch`, `duty_day`, `absence`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import polars as pl

from metrics import policies
from metrics.policies import FOREVER, Version
from metrics.policy_rows import EVER, SPAN, Row, Schema, create

_RELATIONS = Path(__file__).with_suffix(".sql")
CODE = (Path(__file__), _RELATIONS)
_VERSION: Schema = {"version": pl.String, "role": pl.String, "burden": pl.Float64, "people": pl.Int64}
_VERSION |= {"excludes": pl.List(pl.String), "rest_days": pl.Int64, "share_limit": pl.Float64}
_VERSION |= {"calendar": pl.String, **SPAN}
_MEMBER: Schema = {"role": pl.String, "person_id": pl.String, "person": pl.String, "zone": pl.String}
_MEMBER |= {"share": pl.Float64, "from_at": pl.Datetime("us"), "until_at": pl.Datetime("us")}
_QUEUES = "SELECT DISTINCT queue FROM place WHERE queue <> '' ORDER BY queue"
_PERSONS = "SELECT roles, person_id, name, zone, share, joined_on, left_on FROM store.person ORDER BY person_id"


def install(con: duckdb.DuckDBPyConnection) -> None:
    """Create the tables `role_version`, `role_queue` and `member`, and the relations of rota.sql."""
    versions = role_versions(con)
    queues = [queue for (queue,) in con.execute(_QUEUES).fetchall()]
    create(con, "role_version", _VERSION, [_version(version) for version in versions])
    answered = [(v.key, q) for v in versions for q in queues if policies.matches(q, v.definition["queues"])]
    create(con, "role_queue", {"version": pl.String, "queue": pl.String}, answered)
    create(con, "member", _MEMBER, list(_members(con)))
    con.execute(_RELATIONS.read_text(encoding="utf-8"))


@contextmanager
def known_as(con: duckdb.DuckDBPyConnection, **frames: pl.DataFrame) -> Iterator[None]:
    """Queries know the frames by these names meanwhile."""
    for name, frame in frames.items():
        con.register(name, frame)
    try:
        yield
    finally:
        for name in frames:
            con.unregister(name)


def role_versions(con: duckdb.DuckDBPyConnection) -> list[Version]:
    """Every version of every role that the settings describe."""
    return [version for group in policies.versions(con, "role", by_name=True) for version in group]


def _version(version: Version) -> Row:
    said = version.definition
    agreed = (said[key] for key in ("burden", "people", "excludes", "rest_days", "share_limit", "calendar"))
    return version.key, version.name, *agreed, version.valid_from, version.valid_until


def _members(con: duckdb.DuckDBPyConnection) -> Iterator[Row]:
    """Who may hold a role, from the day of joining to the day of leaving, which is the first one without them."""
    for roles, person_id, name, zone, share, joined, left in con.execute(_PERSONS).fetchall():
        since, until = _midnight(joined, zone, EVER), _midnight(left, zone, FOREVER)
        yield from ((role, person_id, name, zone, share, since, until) for role in dict.fromkeys(roles))


def _midnight(day: date | None, zone: str, otherwise: datetime) -> datetime:
    if day is None:
        return otherwise
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None)
