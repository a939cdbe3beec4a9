"""The clocks of one promise, each with when it began, of what kind its ticket is, and during whose shift it began.

As `slo` tells them, without those that nothing can judge: their queue has no calendar.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import duckdb
import polars as pl

from metrics import outcomes, policies
from metrics.columns import ask
from metrics.instants import parse_instant
from metrics.slo import verdicts
from metrics.worktime import Calendar, working_seconds_by

ARRIVALS = ("in opening hours", "before opening", "after closing", "on a closed day")
NO_CATEGORY, NOBODY = "no rule covers it", "nobody on duty"
_COLUMNS = (
    "ticket_id, key, queue, cycle, clock, goal, priority, calendar, started_at, due_at, met_at, verdict, verdict_today,"
    " late_working_seconds, paused_working_seconds, is_open"
)
_KINDS = "SELECT k.ticket_id, k.category FROM {kinds} AS k SEMI JOIN clock USING (ticket_id)"
# One clock may begin in the shifts of several roles, and of several people in one role: it is one shift's, then.
_SHIFTS = """
WITH stretch AS MATERIALIZED (
    SELECT s.role, s.stretch_at, s.stretch_until_at, min(h.starts_at) AS shift_at, any_value(s.version) AS version
    FROM duty_stretch($as_of) AS s JOIN rota_shift($as_of) AS h USING (shift_id) GROUP BY ALL
)
SELECT c.place, s.role, s.shift_at FROM clock AS c JOIN stretch AS s
    ON c.started_at >= s.stretch_at AND c.started_at < s.stretch_until_at
SEMI JOIN role_queue AS q ON q.version = s.version AND q.queue = c.queue
"""
_ROLES = """
SELECT DISTINCT v.role FROM role_version AS v JOIN role_queue AS q USING (version)
WHERE list_contains($queues, q.queue) AND v.valid_from < $as_of AND v.valid_until >= $as_of ORDER BY v.role
"""


def promise_clocks(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, queues: Sequence[str], policy: str, since: datetime
) -> pl.DataFrame:
    """One row per clock of the promise that began, or fell due, from `since` on: what `reasons` are told from, and
    verdict_today. Instants are UTC without a zone."""
    rows = verdicts(
        con, as_of=as_of, since=since.replace(tzinfo=UTC), queue=list(queues), policy=policy, has_today=True
    )
    told = rows.filter("verdict IS NOT NULL").select(_COLUMNS).pl()
    return told.sort("started_at", "ticket_id", "cycle")


def with_arrival(clocks: pl.DataFrame, calendars: Mapping[str, Calendar], zone: str) -> pl.DataFrame:
    """With hour and weekday (1 is Monday) on the zone's clocks, and arrival: one of ARRIVALS, by the clock's own
    calendar on its own day."""
    local = pl.col("started_at").dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    timed = clocks.with_columns(hour=local.dt.hour().cast(pl.Int64), weekday=local.dt.weekday().cast(pl.Int64))
    begun, midnight, next_midnight = _days(timed, calendars)
    moment = begun.dt.offset_by("1s")
    names = timed["calendar"]
    now, before, after = (
        working_seconds_by(calendars, names, start, end).fill_null(0) > 0
        for start, end in ((begun, moment), (midnight, begun), (begun, next_midnight))
    )
    inside, early, late, closed = (pl.lit(word) for word in ARRIVALS)
    arrival = pl.when(now).then(inside).when(before).then(late).when(after).then(early).otherwise(closed)
    return timed.with_columns(arrival=arrival)


def _days(clocks: pl.DataFrame, calendars: Mapping[str, Calendar]) -> tuple[pl.Series, pl.Series, pl.Series]:
    """When each clock began, and the two midnights around that in its calendar's zone; UTC without a zone."""
    rows = clocks.select("calendar", "started_at").with_row_index("row")
    parts = [
        part.with_columns(
            midnight=_local(zone).dt.truncate("1d").dt.convert_time_zone("UTC").dt.replace_time_zone(None),
            after=_local(zone)
            .dt.truncate("1d")
            .dt.offset_by("1d")
            .dt.convert_time_zone("UTC")
            .dt.replace_time_zone(None),
        )
        for (name,), part in rows.group_by("calendar")
        for zone in (calendars[str(name)].zone,)
    ]
    told = pl.concat(parts).sort("row") if parts else rows.with_columns(midnight="started_at", after="started_at")
    return told["started_at"], told["midnight"], told["after"]


def _local(zone: str) -> pl.Expr:
    return pl.col("started_at").dt.replace_time_zone("UTC").dt.convert_time_zone(zone)


def with_category(con: duckdb.DuckDBPyConnection, clocks: pl.DataFrame, *, as_of: str | datetime) -> pl.DataFrame:
    """With category: the kind of work, as `toil` tells it."""
    con.register("clock", clocks.select("ticket_id").unique())
    try:
        instant = parse_instant(as_of)
        kinds = ask(con, _KINDS.format(kinds=outcomes.told(con, "kind", instant)), as_of=instant).pl()
    finally:
        con.unregister("clock")
    joined = clocks.join(kinds.unique("ticket_id"), on="ticket_id", how="left", maintain_order="left")
    return joined.with_columns(pl.col("category").fill_null(NO_CATEGORY))


def roles(con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, queues: Sequence[str]) -> list[str]:
    """The roles that answer for any of the queues."""
    return [role for (role,) in ask(con, _ROLES, as_of=parse_instant(as_of), queues=list(queues)).fetchall()]


def shifts(con: duckdb.DuckDBPyConnection, clocks: pl.DataFrame, *, as_of: str | datetime) -> pl.DataFrame:
    """One row per clock and role on duty when it began: place (the clock's row, from 0), role, shift_at (when that
    shift began). Who held it is not told: promises are a team's."""
    con.register("clock", clocks.select("queue", "started_at").with_row_index("place"))
    try:
        return ask(con, _SHIFTS, as_of=parse_instant(as_of)).pl().sort("place", "role")
    finally:
        con.unregister("clock")


def has_kinds(con: duckdb.DuckDBPyConnection, queues: Sequence[str]) -> bool:
    """Whether any rules say what kinds of work these queues see."""
    query = "SELECT 1 FROM queue_practice WHERE kind = 'toil' AND list_contains(?, queue) LIMIT 1"
    return bool(con.execute(query, [list(queues)]).fetchall())


def has_changed(con: duckdb.DuckDBPyConnection, policy: str, since: datetime, until: datetime) -> tuple[datetime, ...]:
    """When other versions of the promise came into force within [since, until)."""
    groups = policies.versions(con, "slo", by_name=True)
    told = (version.valid_from for group in groups for version in group if version.name == policy)
    return tuple(moment for moment in told if since <= moment < until)
