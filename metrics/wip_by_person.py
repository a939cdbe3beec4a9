"""What each person had in work when each week ended, against the limit then in force; people by the alphabet.

Where a limit is for more queues than those asked about, a person's tickets in all of them count against it, as in
`wip_limits`; people without a limit are counted in the queues asked about. Whoever had nothing there at the end of any
week is left out.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import duckdb
import polars as pl

from metrics.instants import parse_instant
from metrics.limit_times import loads
from metrics.week_table import week_table
from metrics.weeks import Week
from metrics.wip import wip

_COLUMNS = ("person", "person_id", "scope", "week", "tickets", "allowed_tickets", "is_above", "was_above")
_HOLDER = ("person", "person_id", "scope")


def wip_by_person(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, weeks: Sequence[Week], queues: Sequence[str]
) -> pl.DataFrame:
    """One row per person, limit (its scope; null: none) and week: person, person_id, scope, week, tickets,
    allowed_tickets (null: no limit then), is_above (when the week ended, or at as_of), was_above (at any time in the
    week)."""
    asked: dict[str, Any] = {"as_of": as_of, "queue": list(queues)}
    spans = [
        (name, start, min(end, parse_instant(as_of)))
        for name, start, end in week_table(weeks, as_of).select("week", "starts_at", "ends_at").rows()
    ]
    begun = spans[0][1]
    limited = loads(con, **asked, since=begun).filter(pl.col("person_id").is_not_null())
    lasts = f"until_at IS NULL OR until_at >= TIMESTAMP '{begun.isoformat(' ')}'"
    free = (
        wip(con, **asked)
        .filter(f"person_id IS NOT NULL AND ({lasts})")
        .select("person, person_id, from_at, until_at")
        .pl()
    )
    free = free.join(limited.select("person_id").unique(), on="person_id", how="anti")
    parts = [part for span in spans for part in (_limited(limited, *span), _free(free, span[0], span[2]))]
    told = pl.concat(parts)
    seen = told.group_by(*_HOLDER).agg(pl.col("asked_tickets").sum() > 0).filter("asked_tickets").drop("asked_tickets")
    grid = seen.join(pl.DataFrame({"week": [name for name, _, _ in spans]}), how="cross")
    filled = grid.join(told, on=[*_HOLDER, "week"], how="left", nulls_equal=True)
    counted = filled.with_columns(
        pl.col("tickets").fill_null(0), pl.col("is_above", "was_above").fill_null(value=False)
    )
    return counted.sort("person", "person_id", "scope", "week").select(_COLUMNS)


def _limited(loads: pl.DataFrame, week: str, start: datetime, end: datetime) -> pl.DataFrame:
    """What stood just before `end`, and whether more than allowed stood at any time since `start`."""
    is_asked_above = (pl.col("tickets") > pl.col("allowed_tickets")) & (pl.col("asked_tickets") > 0)
    reached = loads.filter(pl.col("from_at") < end, pl.col("until_at").is_null() | (pl.col("until_at") > start))
    stands = pl.col("until_at").is_null() | (pl.col("until_at") >= end)
    now = reached.filter(stands).with_columns(is_above=is_asked_above)
    above = reached.group_by(*_HOLDER).agg(was_above=is_asked_above.any())
    return now.join(above, on=_HOLDER, nulls_equal=True).select(
        *_HOLDER, pl.lit(week).alias("week"), "tickets", "asked_tickets", "allowed_tickets", "is_above", "was_above"
    )


def _free(work: pl.DataFrame, week: str, end: datetime) -> pl.DataFrame:
    stands = pl.col("until_at").is_null() | (pl.col("until_at") >= end)
    now = work.filter(pl.col("from_at") < end, stands).group_by("person", "person_id").agg(tickets=pl.len())
    return now.select(
        "person",
        "person_id",
        pl.lit(None, pl.String).alias("scope"),
        pl.lit(week).alias("week"),
        pl.col("tickets").cast(pl.Int64),
        pl.col("tickets").cast(pl.Int64).alias("asked_tickets"),
        pl.lit(None, pl.Int64).alias("allowed_tickets"),
        is_above=pl.lit(value=False),
        was_above=pl.lit(value=False),
    )
