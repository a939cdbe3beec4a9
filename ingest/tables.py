"""Records into the tables of `schema.sql`: in bulk, by natural key, changing only what is different."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import astuple, fields
from datetime import UTC, datetime
from typing import Any

import duckdb
import polars as pl

from ingest.records import Account, Event, Gone, Person, Record, Shift, Ticket
from ingest.store import NATURAL_KEYS

_TABLES: dict[type[Any], str] = {
    Ticket: "ticket",
    Event: "event",
    Gone: "gone",
    Account: "account",
    Person: "person",
    Shift: "shift",
}
# Of several tellings of one inferred event, the instant of the first.
_FIRST_TOLD = """REPLACE (if(
    origin = 'inferred',
    first_value(occurred_at) OVER (PARTITION BY ticket_id, event_id, origin ORDER BY incoming_order),
    occurred_at
) AS occurred_at)"""


def upsert(con: duckdb.DuckDBPyConnection, records: Iterable[Record]) -> dict[str, int]:
    """Store records by natural key; of two with one key the later wins. Returns changed rows per table.

    An inferred event keeps the instant at which it was first told: a later snapshot would only push it forward, and
    with it numbers that people have already seen.
    """
    by_type: dict[type[Any], list[Any]] = defaultdict(list)
    for record in records:
        by_type[type(record)].append(record)
    return {_TABLES[kind]: _upsert_table(con, kind, rows) for kind, rows in by_type.items()}


def clear(con: duckdb.DuckDBPyConnection) -> None:
    """Empty the tables that sources fill, for a store that is made anew."""
    for table in (*_TABLES.values(), "sync_run", "rejected", "watermark"):
        con.execute(f"DELETE FROM {table}")


def _upsert_table(con: duckdb.DuckDBPyConnection, kind: type[Any], rows: list[Any]) -> int:
    table, key = _TABLES[kind], ", ".join(NATURAL_KEYS[_TABLES[kind]])
    instants = _FIRST_TOLD if kind is Event else ""
    con.register("incoming_rows", frame(kind, rows).with_row_index("incoming_order"))
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE incoming AS SELECT * EXCLUDE (incoming_order) {instants} FROM incoming_rows"
        f" QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY incoming_order DESC) = 1"
    )
    con.unregister("incoming_rows")
    if kind is Event:
        con.execute(
            "UPDATE incoming SET occurred_at = known.occurred_at FROM event AS known"
            " WHERE incoming.origin = 'inferred' AND known.origin = 'inferred'"
            " AND incoming.ticket_id = known.ticket_id AND incoming.event_id = known.event_id"
        )
    con.execute(f"CREATE OR REPLACE TEMP TABLE changed AS FROM incoming EXCEPT FROM {table}")
    con.execute(f"DELETE FROM {table} WHERE ({key}) IN (SELECT ({key}) FROM changed)")
    con.execute(f"INSERT INTO {table} BY NAME FROM changed")
    [(count,)] = con.execute("SELECT count(*) FROM changed").fetchall()
    return int(count)


def frame(kind: type[Any], rows: list[Any]) -> pl.DataFrame:
    """Records of one class as columns, instants as UTC without a zone."""
    columns = zip(*map(astuple, rows), strict=True)
    return pl.DataFrame(
        [_series(field.name, list(column)) for field, column in zip(fields(kind), columns, strict=True)]
    )


def _series(name: str, column: list[Any]) -> pl.Series:
    if name.endswith("_at"):
        return pl.Series(name, [_naive_utc(value) for value in column], pl.Datetime("us"))
    kinds = {"seq": pl.Int32, "is_bot": pl.Boolean, "joined_on": pl.Date, "left_on": pl.Date}
    if name == "roles":
        return pl.Series(name, column, pl.List(pl.String))
    return pl.Series(name, column, kinds[name]) if name in kinds else _texts(name, column)


def _texts(name: str, column: list[str | None]) -> pl.Series:
    try:
        return pl.Series(name, column, pl.String)
    except UnicodeEncodeError:
        return pl.Series(name, [text and _whole(text) for text in column], pl.String)


def _whole(text: str) -> str:
    """JSON can spell half a character (a lone surrogate), which no text may hold: a replacement character."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _naive_utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)
