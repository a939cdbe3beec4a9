"""What a kind of work took in a quarter: so much would have been free, had it not come at all.

An estimate beside what is known: of the tickets without a known effort, nobody can say what they took.
"""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import polars as pl

from metrics.distributions import median
from metrics.effort import hands
from metrics.toil_rules import UNCLASSIFIED
from metrics.wording import local

_COLUMNS = (
    *("category", "tickets", "days", "people", "effort_seconds", "effort_tickets", "median_effort_seconds"),
    "freed_seconds",
)


def last_quarter(as_of: datetime, zone: str) -> tuple[str, datetime, datetime]:
    """The last quarter of the year that had ended at as_of: its name, and [since, until) in UTC.

    >>> name, since, until = last_quarter(datetime(2026, 11, 16, tzinfo=UTC), "Europe/Berlin")
    >>> name, f"{since:%F %H:%M}", f"{until:%F %H:%M}"
    ('July to September 2026', '2026-06-30 22:00', '2026-09-30 22:00')
    """
    there = local(as_of, zone)
    until = date(there.year, 3 * ((there.month - 1) // 3) + 1, 1)
    since = until.replace(month=until.month - 3) if until.month > 3 else date(until.year - 1, 10, 1)
    last = since.replace(month=since.month + 2)
    bounds = [datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC) for day in (since, until)]
    return f"{since:%B} to {last:%B} {last.year}", bounds[0], bounds[1]


def freed(rows: pl.DataFrame, zone: str) -> pl.DataFrame:
    """Rows of `toil`, one row per category but the unclassified, what would have freed most first.

    category, tickets, days (on the zone's clocks on which any was opened), people, effort_seconds (all that is known,
    null where nothing is), effort_tickets (of which it is known), median_effort_seconds (null below five of them),
    freed_seconds (what is known, and the median for each of the others; without a median, what is known alone).
    """
    kinds = rows.filter(pl.col("category") != UNCLASSIFIED)
    known = pl.col("effort_seconds").is_not_null()
    opened = pl.col("opened_at").dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    summed = kinds.group_by("category").agg(
        tickets=pl.len().cast(pl.Int64),
        days=opened.dt.date().n_unique().cast(pl.Int64),
        effort_seconds=pl.when(known.any()).then(pl.col("effort_seconds").sum()),
        effort_tickets=known.sum().cast(pl.Int64),
        median_effort_seconds=median("effort_seconds"),
    )
    rest = (pl.col("tickets") - pl.col("effort_tickets")) * pl.col("median_effort_seconds").fill_null(0)
    summed = summed.with_columns(freed_seconds=pl.col("effort_seconds") + rest)
    summed = summed.join(hands(kinds, "category"), on="category", how="left")
    summed = summed.with_columns(pl.col("people").fill_null(0)).select(*_COLUMNS)
    return summed.sort("freed_seconds", "tickets", "category", descending=[True, True, False], nulls_last=True)
