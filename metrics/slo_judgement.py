"""When each clock of a promise falls due: its goal in working time, moved on by what paused it.

Kept as a fact of the store (`fact.judged`), and worked out anew, for an earlier instant, for the clocks that were
still running then: see metrics/slo.py.
"""

from datetime import datetime
from typing import Any

import duckdb
import polars as pl

from metrics import deadline, policies, slo_clocks
from metrics.readings import microseconds, reading
from metrics.worktime import Calendar, add_working_seconds_by, working_seconds_by

FOREVER = datetime(9999, 1, 1)  # noqa: DTZ001 - instants in the store are UTC without a zone
VERDICTS = ("met", "breached-closed", "breached-open", "running")
COLUMNS: dict[str, Any] = {
    "ticket_id": pl.String,
    "key": pl.String,
    "policy": pl.String,
    "policy_ordinal": pl.Int32,
    "clock": pl.String,
    "queue": pl.String,
    "cycle": pl.Int64,
    "priority": pl.String,
    "goal": pl.String,
    "version": pl.String,
    "calendar": pl.String,
    "regime_from_at": pl.Datetime("us"),
    "regime_until_at": pl.Datetime("us"),
    "is_start": pl.Boolean,
    "started_at": pl.Datetime("us"),
    "met_at": pl.Datetime("us"),
    "withdrawn_at": pl.Datetime("us"),
    "closed_at": pl.Datetime("us"),
    "is_open": pl.Boolean,
    "due_at": pl.Datetime("us"),
    "paused_from_at": pl.Datetime("us"),  # of a pause that lasts
    "last_at": pl.Datetime("us"),  # when anything last happened to the ticket
    "paused_us": pl.Int64,
    "started_us": pl.Int64,  # readings of the calendar's clock
    "due_us": pl.Int64,
    "stopped_us": pl.Int64,
    "place_once_due": pl.UInt8,  # of the verdict among VERDICTS, when the deadline has passed
}


def judged(con: duckdb.DuckDBPyConnection, as_of: datetime, tickets: pl.DataFrame | None = None) -> pl.DataFrame:
    """One row per clock, promise and regime, as known at an instant: COLUMNS. A clock that was withdrawn before it fell
    due is none.

    A pause that lasts is named, and not yet in due_at and paused_us: how long it is, only the instant asked about says.
    """
    rows = slo_clocks.goals(con, slo_clocks.clocks(con, as_of, tickets), as_of, tickets)
    calendars = policies.calendars(con)
    rows = rows.with_columns(deadline.due_at(calendars, rows), _goal_text()).with_row_index("row")
    rows = _moved_by_pauses(calendars, rows, slo_clocks.pauses(con, as_of, tickets))
    rows = rows.with_columns(stopped_at=pl.coalesce("met_at", "withdrawn_at", "closed_at"))
    rows = rows.with_columns(
        reading(calendars, rows, moment).alias(name)
        for moment, name in {"started_at": "started_us", "due_at": "due_us", "stopped_at": "stopped_us"}.items()
    )
    was_owed = (pl.col("met_at").is_null() & (pl.col("withdrawn_at") <= pl.col("due_at"))).not_().fill_null(True)
    rows = rows.filter(was_owed).with_columns(place_once_due=_place_once_due())
    return rows.select(pl.col(name).cast(kind) for name, kind in COLUMNS.items())


def paused_until(calendars: dict[str, Calendar], rows: pl.DataFrame, instant: datetime) -> pl.DataFrame:
    """Rows of `judged` with what a pause that still lasts at an instant has moved."""
    rows = rows.with_columns(now=pl.lit(instant, pl.Datetime("us")))
    waited = working_seconds_by(calendars, rows["calendar"], rows["paused_from_at"], rows["now"]).fill_null(0.0)
    moved = add_working_seconds_by(calendars, rows["calendar"], rows["due_at"], waited)
    return rows.with_columns(
        due_at=pl.when(pl.col("paused_from_at").is_null()).then("due_at").otherwise(moved),
        due_us=pl.col("due_us") + microseconds(waited),
        paused_us=pl.col("paused_us") + microseconds(waited),
        paused_from_at=pl.lit(None, pl.Datetime("us")),
    ).drop("now")


def _place_once_due() -> pl.Expr:
    met, closed, still_open = map(VERDICTS.index, ("met", "breached-closed", "breached-open"))
    is_left = pl.col("met_at").is_null() & pl.col("withdrawn_at").is_null() & pl.col("is_open").fill_null(False)
    late = pl.when(is_left).then(still_open).otherwise(closed)
    verdict = pl.when(pl.col("met_at") <= pl.col("due_at")).then(met).otherwise(late)
    return pl.when(pl.col("due_at").is_not_null()).then(verdict)


def _goal_text() -> pl.Expr:
    by_arrival = pl.format("{} in office hours, else by the {}", "inside", "outside")
    return pl.coalesce("within", by_arrival).alias("goal")


def _moved_by_pauses(calendars: dict[str, Calendar], rows: pl.DataFrame, pauses: pl.DataFrame) -> pl.DataFrame:
    """Deadlines moved on by the working time paused, pause by pause: one that began after the deadline is too late."""
    rows = rows.with_columns(paused_us=pl.lit(0, pl.Int64), paused_from_at=pl.lit(None, pl.Datetime("us")))
    is_over = pl.col("met_at").is_not_null() | pl.col("withdrawn_at").is_not_null()
    waits = (
        rows.filter("pauses")
        .select("row", "ticket_id", "started_at", "judged_at", is_over.alias("is_over"))
        .join(pauses, on="ticket_id")
        .with_columns(
            is_lasting=pl.col("until_at").is_null() & ~pl.col("is_over"),
            from_at=pl.max_horizontal("from_at", "started_at"),
            until_at=pl.min_horizontal("until_at", "judged_at"),
        )
        .filter(pl.col("from_at") < pl.col("until_at"))
        .sort("row", "from_at")
        .with_columns(turn=pl.int_range(pl.len()).over("row"))
    )
    for turn in waits["turn"].unique().sort():
        rows = _moved_once(calendars, rows, waits.filter(turn=turn).select("row", "from_at", "until_at", "is_lasting"))
    return rows


def _moved_once(calendars: dict[str, Calendar], rows: pl.DataFrame, waits: pl.DataFrame) -> pl.DataFrame:
    waiting = rows.join(waits, on="row", how="semi", maintain_order="left")
    waiting = waiting.join(waits, on="row", how="left", maintain_order="left")
    counts = (pl.col("from_at") < pl.col("due_at")).fill_null(False)
    ended = waiting.filter(counts, ~pl.col("is_lasting"))
    paused = working_seconds_by(calendars, ended["calendar"], ended["from_at"], ended["until_at"])
    moved = ended.select("row", pausing_us=microseconds(paused)).with_columns(
        add_working_seconds_by(calendars, ended["calendar"], ended["due_at"], paused).alias("moved_at")
    )
    lasting = waiting.filter(counts, "is_lasting").select("row", lasting_from_at="from_at")
    rows = rows.join(moved, on="row", how="left", maintain_order="left")
    rows = rows.join(lasting, on="row", how="left", maintain_order="left")
    return rows.with_columns(
        due_at=pl.coalesce("moved_at", "due_at"),
        paused_us=pl.col("paused_us") + pl.col("pausing_us").fill_null(0),
        paused_from_at=pl.coalesce("lasting_from_at", "paused_from_at"),
    ).drop("moved_at", "pausing_us", "lasting_from_at")
