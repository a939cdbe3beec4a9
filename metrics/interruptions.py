"""The clock hours in which whoever was on duty was interrupted.

An interruption is a ticket that arrives in a queue the role answers for (opened, reopened, moved in), or one there
that becomes P0 or P1 from something less urgent; unless the person on duty did that themselves. However many there are
within one hour of the person's own clock, the hour is lost once; its kind is that of the first.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from metrics import duty_hours
from metrics.columns import ask
from metrics.duty_hours import KINDS
from metrics.ended_shifts import over_until, running_since
from metrics.policy_rows import EVER
from metrics.recent import ask_since

_SQL = Path(__file__).with_suffix(".sql")
CODE = (Path(__file__), _SQL, Path(duty_hours.__file__ or ""))
NAME = "interrupted_hour"
_QUARTERS = _SQL.read_text(encoding="utf-8")
_HOUR = timedelta(hours=1)
_SCHEMA = dict.fromkeys(
    ("shift_id", "role", "version", "person_id", "person", "zone", "ticket_id", "kind"), pl.String
) | dict.fromkeys(("hour_at", "moment_at"), pl.Datetime("us"))
_COLUMNS = tuple(_SCHEMA)
Asked = dict[str, Any]  # queues, since, until: as a query has them
_OVER = f"""
FROM fact.{NAME}
WHERE ends_at <= $over AND (CASE WHEN $queues IS NULL THEN is_first ELSE list_contains($queues, queue) END)
    AND ($until IS NULL OR moment_at < $until)
"""
# An hour that begins before the window may tell of a moment before it, too.
_KNOWN = f"SELECT {', '.join(_COLUMNS)} {_OVER} AND ($since IS NULL OR hour_at > $since - INTERVAL 1 hour)"
_KINDS = ", ".join(
    f"CASE WHEN count(kind) > 0 THEN count(*) FILTER (kind = '{kind}') END AS {kind}_interruptions" for kind in KINDS
)
_COUNTED = f"""
SELECT {{keys}}, count(*) AS interruptions, {_KINDS} {_OVER} AND ($since IS NULL OR hour_at >= $since) GROUP BY {{keys}}
"""
COUNTS = ("interruptions", *(f"{kind}_interruptions" for kind in KINDS))


def keep(con: duckdb.DuckDBPyConnection, until: datetime) -> None:
    """Write every interrupted hour of the rota until then into the attached store: one row per shift, queue and hour,
    of which the first of a shift and hour `is_first`."""
    hours = _hours(con, until, EVER, dict.fromkeys(("queues", "since", "until")), "queue")
    is_first = pl.struct("shift_id", "hour_at").is_first_distinct()
    con.register("ever_interrupted", hours.select(*_COLUMNS, "queue", "ends_at", is_first=is_first))
    con.execute(f"CREATE OR REPLACE TABLE store.fact.{NAME} AS FROM ever_interrupted")
    con.unregister("ever_interrupted")


def interrupted_hours(
    con: duckdb.DuckDBPyConnection,
    as_of: datetime,
    queues: list[str] | None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> pl.DataFrame:
    """One row per shift and hour with an interruption in [since, until): shift_id, role, version, person_id, person,
    zone, hour_at, moment_at (the first one), ticket_id (whose it was), kind (business, off or sleep). Where nobody
    knows the person's zone, the hours are those of UTC and of no kind."""
    asked = {"queues": queues, "since": since, "until": until}
    over = over_until(con, as_of)
    parts = [_running(con, as_of, over, asked)]
    if over > EVER:
        parts.append(_over(con, as_of, over, asked))
    hours = pl.concat([part.select(_COLUMNS) for part in parts if not part.is_empty()] or parts[:1])
    return _firsts(hours, "shift_id").sort("shift_id", "hour_at")


def counted(
    con: duckdb.DuckDBPyConnection,
    as_of: datetime,
    queues: list[str] | None,
    since: datetime | None,
    until: datetime | None,
    *keys: str,
) -> pl.DataFrame:
    """How many such hours there are per key: COUNTS, of which the kinds are null where no hour's kind is known."""
    over = over_until(con, as_of)
    if over == EVER or (queues is not None and len(queues) != 1):  # the same hour may be one of several queues
        return _by_kind(interrupted_hours(con, as_of, queues, since, until), *keys)
    asked = {"queues": queues, "since": since, "until": until}
    whole = ask(con, _COUNTED.format(keys=", ".join(keys)), over=over, **asked).pl()
    others = _running(con, as_of, over, asked), _cut(con, as_of, over, asked)
    hours = _firsts(pl.concat([part.select(_COLUMNS) for part in others]), "shift_id")
    totals = (pl.when(pl.col(name).count() > 0).then(pl.col(name).sum()).alias(name) for name in COUNTS)
    return pl.concat([whole, _by_kind(hours, *keys)]).group_by(keys).agg(totals)


def _cut(con: duckdb.DuckDBPyConnection, as_of: datetime, over: datetime, asked: Asked) -> pl.DataFrame:
    """Those of the hours of shifts that are over that begin before the window."""
    since, until = asked["since"], asked["until"]
    if since is None:
        return pl.DataFrame(schema=_SCHEMA)
    first = asked | {"until": since + _HOUR if until is None else min(since + _HOUR, until)}
    return _over(con, as_of, over, first).filter(pl.col("hour_at") < since)


def _over(con: duckdb.DuckDBPyConnection, as_of: datetime, over: datetime, asked: Asked) -> pl.DataFrame:
    """The hours of shifts that are over. Where the window begins within an hour in which something was before, it is
    looked at again what was since then."""
    hours, since, until = ask(con, _KNOWN, over=over, **asked).pl(), asked["since"], asked["until"]
    if since is None or (is_within := hours["moment_at"] >= since).all():
        return hours
    first = asked | {"until": since + _HOUR if until is None else min(since + _HOUR, until)}
    return pl.concat([hours.filter(is_within), _hours(con, as_of, EVER, first).select(_COLUMNS)])


def _running(con: duckdb.DuckDBPyConnection, as_of: datetime, over: datetime, asked: Asked) -> pl.DataFrame:
    """The hours of shifts that are not over."""
    begun, since = running_since(con, as_of, over), asked["since"]
    if begun is None:
        return pl.DataFrame(schema=_SCHEMA)
    return _hours(con, as_of, over, asked | {"since": begun if since is None else max(begun, since)})


def _hours(con: duckdb.DuckDBPyConnection, as_of: datetime, over: datetime, asked: Asked, *keys: str) -> pl.DataFrame:
    """The first interruption in each hour of a shift, the soonest first, with its kind."""
    quarters = ask_since(con, asked["since"], _QUARTERS, as_of=as_of, over=over, **asked).pl()
    hours = _firsts(_with_hour(quarters), "shift_id", *keys)
    return hours.with_columns(kind=duty_hours.kinds(con, hours))


def _firsts(moments: pl.DataFrame, *keys: str) -> pl.DataFrame:
    return moments.sort("moment_at", "ticket_id").unique([*keys, "hour_at"], keep="first", maintain_order=True)


def _with_hour(quarters: pl.DataFrame) -> pl.DataFrame:
    """Which hour of the person's clock each moment is in, as the instant at which that hour began."""
    moment = pl.col("moment_at")
    pieces = []
    for (zone,), rows in quarters.group_by("zone", maintain_order=True):
        local = moment.dt.replace_time_zone("UTC").dt.convert_time_zone(str(zone or "UTC"))
        past = pl.duration(minutes=local.dt.minute(), seconds=local.dt.second(), microseconds=local.dt.microsecond())
        pieces.append(rows.with_columns(hour_at=moment - past))
    return pl.concat(pieces) if pieces else quarters.with_columns(hour_at=moment)


def _by_kind(hours: pl.DataFrame, *keys: str) -> pl.DataFrame:
    known = pl.col("kind").count() > 0
    return hours.group_by(*keys).agg(
        pl.len().cast(pl.Int64).alias("interruptions"),
        *(
            pl.when(known).then((pl.col("kind") == kind).sum().cast(pl.Int64)).alias(f"{kind}_interruptions")
            for kind in KINDS
        ),
    )
