"""The clock hours in which whoever was on duty was interrupted.

An interruption is a ticket that arrives in a queue the role answers for (opened, reopened, moved in), or one there
that becomes P0 or P1 from something less urgent; unless the person on duty did that themselves. However many there are
within one hour of the person's own clock, the hour is lost once; its kind is that of the first.
"""

from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl

from metrics import duty_hours
from metrics.duty_hours import KINDS
from metrics.recent import ask_since

_QUARTERS = Path(__file__).with_name("interruptions.sql").read_text(encoding="utf-8")


def interrupted_hours(
    con: duckdb.DuckDBPyConnection,
    as_of: datetime,
    queues: list[str] | None,
    since: datetime | None = None,
    until: datetime | None = None,
    role: str | None = None,
) -> pl.DataFrame:
    """One row per shift, of one role or any, and hour with an interruption in [since, until): shift_id, role, version,
    person_id, person, zone, hour_at, moment_at (the first one), ticket_id (whose it was). Where nobody knows the
    person's zone, the hours are those of UTC."""
    quarters = ask_since(con, since, _QUARTERS, as_of=as_of, queues=queues, since=since, until=until, role=role).pl()
    return (
        _with_hour(quarters)
        .sort("moment_at")
        .unique(["shift_id", "hour_at"], keep="first", maintain_order=True)
        .sort("shift_id", "hour_at")
    )


def with_kind(con: duckdb.DuckDBPyConnection, hours: pl.DataFrame) -> pl.DataFrame:
    """The rows of `interrupted_hours` with kind: business, off or sleep; null where nobody knows the person's zone."""
    return hours.with_columns(kind=duty_hours.kinds(con, hours))


def _with_hour(quarters: pl.DataFrame) -> pl.DataFrame:
    """Which hour of the person's clock each moment is in, as the instant at which that hour began."""
    moment = pl.col("moment_at")
    pieces = []
    for (zone,), rows in quarters.group_by("zone", maintain_order=True):
        local = moment.dt.replace_time_zone("UTC").dt.convert_time_zone(str(zone or "UTC"))
        past = pl.duration(minutes=local.dt.minute(), seconds=local.dt.second(), microseconds=local.dt.microsecond())
        pieces.append(rows.with_columns(hour_at=moment - past))
    return pl.concat(pieces) if pieces else quarters.with_columns(hour_at=moment)


def by_kind(hours: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """Interrupted hours per key: interruptions, business_interruptions, off_interruptions, sleep_interruptions, which
    are null where no hour's kind is known."""
    known = pl.col("kind").count() > 0
    return hours.group_by(*keys).agg(
        pl.len().cast(pl.Int64).alias("interruptions"),
        *(
            pl.when(known).then((pl.col("kind") == kind).sum().cast(pl.Int64)).alias(f"{kind}_interruptions")
            for kind in KINDS
        ),
    )
