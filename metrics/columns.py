"""Between relations and Polars columns: where SQL hands over to working-time arithmetic, and back."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import duckdb
import polars as pl

from metrics.instants import parse_instant

Queues = str | Sequence[str] | None


_NAMES = re.compile(r"\$([a-z]\w*)\b")


def ask(con: duckdb.DuckDBPyConnection, sql: str, **values: Any) -> duckdb.DuckDBPyRelation:
    """A query with its values written into it in place of `$name`; nothing is computed before somebody looks.

    DuckDB plans a query before it knows its parameters. Blind to the instant, it joined the shared relations in an
    order that took minutes where the same query with the instant in it takes half a second; and a query with parameters
    is computed at once, whole, even if its rows are only to be counted.
    """
    return con.sql(written(sql, **values))


def written(sql: str, **values: Any) -> str:
    """The text of a query with its values in place of `$name`."""
    return _NAMES.sub(lambda found: _literal(found[1], values) if found[1] in values else found[0], sql)


def _literal(name: str, values: dict[str, Any]) -> str:
    match values[name]:
        case None:
            return _NOTHING.get(name, "NULL")
        case datetime() as instant:
            return f"TIMESTAMP '{instant.isoformat(' ')}'"
        case date() as day:
            return f"DATE '{day.isoformat()}'"
        case str() as text:
            return quoted(text)
        case bool() | int() | float() as number:
            return str(number)
        case list() | tuple() as items:
            kind = "::VARCHAR[]" if all(isinstance(item, str) for item in items) else ""
            return "[" + ", ".join(_literal("", {"": item}) for item in items) + "]" + kind
    raise TypeError(f"{name} is a {type(values[name]).__name__}, which is no value of a query")


# What is left out has a type all the same.
_NOTHING = {
    "as_of": "NULL::TIMESTAMP",
    "since": "NULL::TIMESTAMP",
    "until": "NULL::TIMESTAMP",
    "queues": "NULL::VARCHAR[]",
}


def quoted(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


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
