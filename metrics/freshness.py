"""How far each source has been read, and which could not be read lately."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import duckdb

LAGS_AFTER = timedelta(days=1)  # behind the newest source: its tickets are missing from the last day's numbers

# A source may have been read in several scopes (imported queue by queue); the newest word on each counts.
_AGES = """
SELECT
    source,
    max(data_until) FILTER (failure IS NULL),
    arg_max(failure, finished_at) FILTER (has_failed_since),
    max(finished_at) FILTER (has_failed_since)
FROM (
    SELECT *, failure IS NOT NULL AND finished_at > coalesce(well_at, TIMESTAMP '0001-01-01') AS has_failed_since
    FROM (
        SELECT *, max(finished_at) FILTER (failure IS NULL) OVER (PARTITION BY source) AS well_at
        FROM store.sync_run WHERE source <> 'journal'
    )
)
GROUP BY source ORDER BY source
"""


@dataclass(frozen=True, slots=True)
class SourceAge:
    """One source: its history is complete until `until` (None: never read to the end). `failure` says why the last
    attempt, at `failed_at`, did not succeed; None if it did."""

    source: str
    until: datetime | None
    failure: str | None = None
    failed_at: datetime | None = None

    def lags(self, newest: datetime | None) -> bool:
        """Whether this source's history ends well before the newest one's."""
        return newest is not None and (self.until is None or newest - self.until > LAGS_AFTER)


def source_ages(con: duckdb.DuckDBPyConnection) -> tuple[SourceAge, ...]:
    """Every source that was ever read into the store, by name."""
    rows = con.execute(_AGES).fetchall()
    return tuple(
        SourceAge(source, _aware(until), failure, _aware(failed_at)) for source, until, failure, failed_at in rows
    )


def _aware(instant: datetime | None) -> datetime | None:
    return instant.replace(tzinfo=UTC) if instant else None
