"""How long finished tickets stood in each stage: of those closed within a window, stage by stage."""

from collections.abc import Sequence
from datetime import datetime

import duckdb
import polars as pl

from metrics.distributions import nearest_rank
from metrics.instants import parse_instant
from metrics.stage_times import STAGES, stage_times

_SCHEMA = {
    "stage": pl.String,
    "tickets": pl.Int64,
    "p50_seconds": pl.Float64,
    "p85_seconds": pl.Float64,
    "share": pl.Float64,
}


def stage_waits(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, queues: Sequence[str], since: datetime
) -> pl.DataFrame:
    """One row per stage that tickets closed in [since, as_of) and not reopened had stood in: stage, tickets (that
    stood in it), p50_seconds and p85_seconds (of those; null below five), share (of the open time of all together)."""
    moment = parse_instant(since).isoformat(" ")
    done = (
        stage_times(con, as_of=as_of, queue=list(queues))
        .filter(f"is_finished AND last_done_at >= TIMESTAMP '{moment}'")
        .pl()
    )
    total = float(done["open_seconds"].sum())
    rows = []
    for stage in STAGES:
        times = done.filter(pl.col(f"{stage}_seconds") > 0)[f"{stage}_seconds"]
        if len(times):
            rows.append(
                (stage, len(times), nearest_rank(times, 50), nearest_rank(times, 85), float(times.sum()) / total)
            )
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")
