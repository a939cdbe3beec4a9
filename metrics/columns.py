"""Between relations and Polars columns: where SQL hands over to working-time arithmetic, and back."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import duckdb
import polars as pl

from metrics.snapshot import parse_instant

Queues = str | Sequence[str] | None


_INSTANTS = re.compile(r"\$(as_of|since|until)\b")


def ask(con: duckdb.DuckDBPyConnection, sql: str, **values: Any) -> duckdb.DuckDBPyRelation:
    """A query with its values: `$as_of`, `$since` and `$until` written into it, the others as parameters.

    DuckDB plans a query before it knows its parameters. Blind to the instant, it joined the shared relations in an
    order that took minutes where the same query with the instant in it takes half a second.
    """
    written = _INSTANTS.sub(lambda found: _instant(values[found[1]]), sql)
    others = {name: value for name, value in values.items() if name not in ("as_of", "since", "until")}
    return con.sql(written, params=others) if others else con.sql(written)


def _instant(value: datetime | None) -> str:
    return "NULL::TIMESTAMP" if value is None else f"TIMESTAMP '{value:%Y-%m-%d %H:%M:%S.%f}'"


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
