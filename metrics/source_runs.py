"""When each source was read, what that brought, what it cost, and why it ended early where it did."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import duckdb
import polars as pl

from metrics.columns import ask
from metrics.instants import parse_instant

# What is told of a run. Runs of the journal read nothing from a tracker: they re-read what was kept.
_RUNS = """
SELECT source, scope, started_at, epoch_us(finished_at - started_at) / 1e6 AS took_seconds, tickets, new_tickets,
    events, changed, rejected, gone, requests, waited_seconds, data_until AS data_until_at, failure
FROM store.sync_run WHERE finished_at < $as_of ORDER BY finished_at DESC, source, scope, run_id LIMIT $most
"""
# Of each source and scope the last run, and the one before it.
_SOURCES = """
WITH run AS (
    SELECT *, row_number() OVER (PARTITION BY source, scope ORDER BY finished_at DESC, run_id DESC) AS back
    FROM store.sync_run WHERE finished_at < $as_of AND source <> 'journal'
),
well AS (
    SELECT source, max(data_until) AS data_until_at, max(finished_at) AS synced_at FROM run WHERE failure IS NULL
    GROUP BY source
),
counted AS (SELECT source, count(*) AS tickets FROM store.ticket WHERE opened_at < $as_of GROUP BY source)
SELECT r.source, coalesce(any_value(c.tickets), 0) AS tickets, any_value(w.data_until_at) AS data_until_at,
    any_value(w.synced_at) AS synced_at, max(r.finished_at) AS tried_at,
    sum(r.requests) FILTER (back = 1)::BIGINT AS requests,
    coalesce(sum(r.requests) FILTER (back = 2), 0)::BIGINT AS requests_before,
    sum(r.waited_seconds) FILTER (back = 1) AS waited_seconds,
    coalesce(sum(r.waited_seconds) FILTER (back = 2), 0) AS waited_seconds_before,
    sum(r.rejected) FILTER (back = 1)::BIGINT AS rejected,
    coalesce(sum(r.rejected) FILTER (back = 2), 0)::BIGINT AS rejected_before,
    sum(r.gone) FILTER (back = 1)::BIGINT AS gone, max(back) > 1 AS was_read_before,
    arg_max(r.failure, r.finished_at) FILTER (back = 1 AND r.failure IS NOT NULL
        AND r.finished_at > coalesce(w.synced_at, TIMESTAMP '0001-01-01')) AS failure
FROM run AS r LEFT JOIN well AS w USING (source) LEFT JOIN counted AS c USING (source)
GROUP BY r.source ORDER BY r.source
"""
_COUNT = "SELECT count(*) FROM store.sync_run WHERE finished_at < $as_of"


@dataclass(frozen=True, eq=False)
class Runs:
    """How many runs there were, and the newest of them: source, scope, started_at, took_seconds, tickets, new_tickets,
    events, changed, rejected, gone, requests, waited_seconds, data_until_at, failure."""

    total: int
    rows: pl.DataFrame


def last_read_at(con: duckdb.DuckDBPyConnection) -> datetime | None:
    """The first instant at which everything is known that this store was told: just after its last run ended. The data
    themselves end before."""
    [(instant,)] = con.execute("SELECT max(greatest(finished_at, data_until)) FROM store.sync_run").fetchall()
    return instant.replace(tzinfo=UTC) + timedelta(microseconds=1) if instant else None


def source_runs(con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, most: int) -> Runs:
    """The runs that had ended by as_of, the newest first."""
    instant = parse_instant(as_of)
    [(total,)] = ask(con, _COUNT, as_of=instant).fetchall()
    return Runs(total, ask(con, _RUNS, as_of=instant, most=most).pl())


def source_states(con: duckdb.DuckDBPyConnection, *, as_of: str | datetime) -> pl.DataFrame:
    """One row per source: source, tickets, data_until_at (its history is complete until then), synced_at (the last run
    that succeeded), tried_at; of the last run over each of its scopes, and of the one before: requests,
    requests_before, waited_seconds, waited_seconds_before, rejected, rejected_before; gone; was_read_before; failure
    (why the last run did not succeed)."""
    return ask(con, _SOURCES, as_of=parse_instant(as_of)).pl()
