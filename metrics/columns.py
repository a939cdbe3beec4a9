"""Between relations and Polars columns: where SQL hands over to working-time arithmetic, and back."""

from collections.abc import Sequence
from datetime import datetime

import duckdb
import polars as pl

from metrics.snapshot import parse_instant

Queues = str | Sequence[str] | None


def relation(con: duckdb.DuckDBPyConnection, frame: pl.DataFrame) -> duckdb.DuckDBPyRelation:
    """Columns as a relation of this connection."""
    return con.from_arrow(frame.to_arrow())


def queue_names(queue: Queues) -> list[str] | None:
    """One queue or several as the parameter `$queues`; None is every queue."""
    return [queue] if isinstance(queue, str) else None if queue is None else list(queue)


def window(since: str | datetime | None, until: str | datetime | None) -> dict[str, datetime | None]:
    """The query parameters of a window [since, until); None is unbounded."""
    return {
        "since": parse_instant(since, "since") if since is not None else None,
        "until": parse_instant(until, "until") if until is not None else None,
    }
