"""Gaps between updates shared out among weeks: how much each week had of what was owed, and of what came late.

Time within a week is told by its two ends. So gaps that begin and end in the same weeks are added up first, and only
their sums are laid out week by week.
"""

from collections.abc import Sequence
from datetime import datetime

import duckdb
import polars as pl

from metrics import cadence_gaps, policies
from metrics.columns import ask
from metrics.readings import reading, shown_by
from metrics.week_bins import bin_sql
from metrics.weeks import Week
from metrics.worktime import Calendar

# A ticket's gaps follow each other: a week in which one ends and the next begins has both of them, and one ticket.
_SUMS = """
WITH gap AS (
    SELECT *, make_timestamp(epoch_us(coalesce(ended_at, $as_of)) - 1) AS newest_at,
        coalesce(ended_us, {now_us}) AS over_us, make_timestamp(epoch_us({previous}) - 1) AS before_at
    FROM ({gaps}) WHERE $queues IS NULL OR list_contains($queues, queue)
)
SELECT calendar, {first} AS first, {last} AS last,
    CASE WHEN due_at <= newest_at THEN {late} END AS late,
    count(*) AS gaps, count(*) FILTER ({before} = {first}) AS again,
    sum(started_us) AS started_us, sum(over_us) AS over_us, sum(due_us) AS due_us
FROM gap WHERE started_at < $until GROUP BY ALL
"""
_PLACES = {
    "first": "started_at",
    "last": "newest_at",
    "late": "due_at",
    "before": "before_at",
}
_AMONG_ALL, _AMONG_SOME = "previous_until", "lag(ended_at) OVER (PARTITION BY ticket_id ORDER BY started_at)"


def week_by_week(
    con: duckdb.DuckDBPyConnection,
    as_of: datetime,
    weeks: Sequence[Week],
    table: pl.DataFrame,
    queues: list[str] | None,
) -> pl.DataFrame:
    """One row per week in which any gap ran: place (of the week, from 0), owed_seconds, covered_seconds, gaps,
    late_gaps, tickets. `table` is that of the weeks, which are consecutive."""
    calendars, bounds = policies.calendars(con), table.select(since=pl.min("starts_at"), until=pl.max("ends_at")).row(0)
    places = {name: bin_sql(column, weeks, has_before=True) for name, column in _PLACES.items()}
    now_us = shown_by("calendar", calendars, as_of)
    with cadence_gaps.timed(con, as_of, bounds[0]) as gaps:
        previous = _AMONG_ALL if queues is None else _AMONG_SOME
        sql = _SUMS.format(gaps=gaps, previous=previous, now_us=now_us, **places)
        sums = ask(con, sql, as_of=as_of, until=bounds[1], queues=queues).pl()
    return _laid_out(sums, table, calendars)


def _laid_out(sums: pl.DataFrame, table: pl.DataFrame, calendars: dict[str, Calendar]) -> pl.DataFrame:
    # What goes on after all of the weeks has no last one.
    reached = pl.int_ranges(pl.max_horizontal("first", 0), pl.min_horizontal(pl.col("last") + 1, table.height))
    laid = sums.with_columns(place=reached).explode("place").drop_nulls("place")
    laid = laid.join(_clocks(table, calendars), on=["calendar", "place"], how="left")
    gaps, place, late = pl.col("gaps"), pl.col("place"), pl.col("late")
    opens, closes = gaps * pl.col("opens_us"), gaps * pl.col("closes_us")
    over = pl.when(place == pl.col("last")).then("over_us").otherwise(closes)
    begun = pl.when(place == pl.col("first")).then("started_us").otherwise(opens)
    late_from = pl.when(place == late).then("due_us").otherwise(opens)
    is_late = place >= late
    sums = laid.group_by("place").agg(
        gaps=gaps.sum(),
        late_gaps=gaps.filter(is_late).sum(),
        tickets=gaps.sum() - pl.col("again").filter(place == pl.col("first")).sum(),
        owed=(over - begun).sum().cast(pl.Int64),
        late=(over - late_from).filter(is_late).sum().cast(pl.Int64),
    )
    # Divided by a column: Polars multiplies by the reciprocal of a constant, which is not the same to the last digit.
    told = sums.with_columns(second=1_000_000)
    return told.with_columns(
        owed_seconds=pl.col("owed") / pl.col("second"),
        covered_seconds=(pl.col("owed") - pl.col("late")) / pl.col("second"),
    )


def _clocks(table: pl.DataFrame, calendars: dict[str, Calendar]) -> pl.DataFrame:
    """What each calendar's clock shows when each week begins and ends: calendar, place, opens_us, closes_us."""
    names = pl.DataFrame({"calendar": list(calendars)}, schema={"calendar": pl.String})
    weeks = names.join(table.select("starts_at", "ends_at").with_row_index("place"), how="cross")
    opens, closes = (reading(calendars, weeks, moment).cast(pl.Int128) for moment in ("starts_at", "ends_at"))
    return weeks.select("calendar", pl.col("place").cast(pl.Int64), opens_us=opens, closes_us=closes)
