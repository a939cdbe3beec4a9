"""The age by which most tickets are done: what an open one is held against.

The 85th percentile of the time from opening to closing, of the tickets closed in the trailing window (90 days unless
told) and not reopened since, by nearest rank; None below five. Working time is that of the team's calendar in force
when the ticket was opened.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
import polars as pl

from metrics import policies
from metrics.distributions import nearest_rank
from metrics.instants import parse_instant
from metrics.stage_times import stage_times
from metrics.worktime import working_seconds_by

PERCENT, DAYS = 85, 90
_CALENDARS = """
SELECT c.queue, v.version AS calendar, v.valid_from, v.valid_until
FROM queue_calendar AS c JOIN calendar_version AS v USING (calendar)
"""


@dataclass(frozen=True, slots=True)
class Expectation:
    """In seconds; tickets is how many it was told from."""

    tickets: int
    calendar: float | None
    working: float | None


def expectation(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    queues: Sequence[str],
    days: int = DAYS,
    percent: int = PERCENT,
) -> Expectation:
    """The age by which `percent` % of those closed in the last `days` were."""
    since = parse_instant(as_of) - timedelta(days=days)
    told = stage_times(con, as_of=as_of, queue=list(queues)).filter(
        f"is_finished AND last_done_at >= TIMESTAMP '{since.isoformat(' ')}'"
    )
    done = told.select("ticket_id, queue, opened_at, last_done_at, lead_seconds").pl()
    versions = con.sql(_CALENDARS).pl()
    placed = done.join(versions, on="queue").filter(
        pl.col("opened_at") >= pl.col("valid_from"), pl.col("opened_at") < pl.col("valid_until")
    )
    calendars = policies.calendars(con)
    working = working_seconds_by(calendars, placed["calendar"], placed["opened_at"], placed["last_done_at"])
    return Expectation(len(done), nearest_rank(done["lead_seconds"], percent), nearest_rank(working, percent))
