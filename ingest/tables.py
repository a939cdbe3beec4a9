"""Records into the tables of `schema.sql`: in bulk, by natural key, changing only what is different."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any

import duckdb
import polars as pl

from ingest import observed
from ingest.records import Absence, Account, Census, Event, Gone, Observed, Person, Record, Shift, Status, Ticket
from ingest.store import NATURAL_KEYS

_TABLES: dict[type[Any], str] = {
    Ticket: "ticket",
    Event: "event",
    Gone: "gone",
    Account: "account",
    Status: "source_status",
    Person: "person",
    Shift: "shift",
    Absence: "absence",
}
_EVENT_KEY = NATURAL_KEYS["event"]
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


@dataclass(slots=True)
class Changes:
    """What storing records did."""

    rows: Counter[str] = field(default_factory=Counter)  # new or different, by table
    new_tickets: int = 0
    gone: int = 0  # tickets found to be gone that were there before

    def __iadd__(self, other: "Changes") -> "Changes":
        self.rows.update(other.rows)
        self.new_tickets += other.new_tickets
        self.gone += other.gone
        return self


def upsert(con: duckdb.DuckDBPyConnection, records: Iterable[Record]) -> Changes:
    """Store records in their order, by natural key; of two with one key the later wins.

    An inferred event keeps the instant at which it was first told: a later snapshot would only push it forward, and
    with it numbers that people have already seen. A ticket that is told again after it was gone is back.
    """
    changes = Changes()
    for told, seen, census in _stretches(records):
        changes += _upsert_plain(con, told)
        if seen:
            changes += _upsert_plain(con, observed.differences(con, seen))
        if census:
            changes += _take_census(con, census)
    return changes


def _stretches(records: Iterable[Record]) -> Iterator[tuple[list[Record], list[Observed], Census | None]]:
    """The records in pieces that can be stored at once: what is told, what was seen after that, and a census.

    A snapshot is compared with what was told before it: what is told later about its ticket begins another piece.
    """
    told, seen, seen_tickets = list[Record](), list[Observed](), set[str]()
    for record in records:
        if isinstance(record, Observed):
            seen.append(record)
            seen_tickets.add(record.ticket_id)
            continue
        if isinstance(record, Census) or (seen and getattr(record, "ticket_id", None) in seen_tickets):
            yield told, seen, record if isinstance(record, Census) else None
            told, seen, seen_tickets = [], [], set()
        if not isinstance(record, Census):
            told.append(record)
    yield told, seen, None


def differences(con: duckdb.DuckDBPyConnection, other: str) -> Counter[str]:
    """Rows that an attached store does not have, by table; tables without any are left out."""
    counts = {
        table: con.execute(f"SELECT count(*) FROM (FROM {table} EXCEPT FROM {other}.{table})").fetchall()[0][0]
        for table in _TABLES.values()
    }
    return Counter({table: count for table, count in counts.items() if count})


def clear(con: duckdb.DuckDBPyConnection) -> None:
    """Empty the tables that sources fill, for a store that is made anew."""
    forget_history(con)
    for table in ("sync_run", "rejected", "watermark"):
        con.execute(f"DELETE FROM {table}")


def forget_history(con: duckdb.DuckDBPyConnection) -> None:
    """Empty the tables whose rows the journal can tell again."""
    for table in _TABLES.values():
        if table != "person":
            con.execute(f"DELETE FROM {table}")


def without_ticket(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Remove the events whose ticket no source shows; the ids of those tickets."""
    found = con.execute("SELECT DISTINCT ticket_id FROM event ANTI JOIN ticket USING (ticket_id) ORDER BY 1").fetchall()
    if found:
        con.execute("DELETE FROM event WHERE ticket_id NOT IN (SELECT ticket_id FROM ticket)")
    return [ticket_id for (ticket_id,) in found]


def _upsert_plain(con: duckdb.DuckDBPyConnection, records: Iterable[Record]) -> Changes:
    by_type: dict[type[Any], list[Any]] = defaultdict(list)
    last_word: dict[str, Gone | None] = {}  # of each ticket: is it there?
    for record in records:
        if isinstance(record, Gone):
            last_word[record.ticket_id] = record
            continue
        if isinstance(record, Ticket):
            last_word[record.ticket_id] = None
        by_type[type(record)].append(record)
    changes = Changes()
    for kind, rows in by_type.items():
        changes += _upsert_table(con, kind, rows)
    return _mark_gone(con, last_word, changes)


def _mark_gone(con: duckdb.DuckDBPyConnection, last_word: dict[str, Gone | None], changes: Changes) -> Changes:
    back = [ticket_id for ticket_id, gone in last_word.items() if gone is None]
    if back:
        _count(
            con, "DELETE FROM gone WHERE ticket_id IN (SELECT ticket_id FROM given)", pl.DataFrame({"ticket_id": back})
        )
    gone = [gone for gone in last_word.values() if gone]
    if gone:
        new = "INSERT INTO gone BY NAME FROM given ANTI JOIN gone USING (ticket_id)"
        changes.gone += _count(con, new, frame(Gone, gone))
    if changes.gone:
        changes.rows["gone"] += changes.gone
    return changes


def _take_census(con: duckdb.DuckDBPyConnection, census: Census) -> Changes:
    present, changes = pl.DataFrame({"id": census.ids}, schema={"id": pl.String}), Changes()
    if census.what != "ticket":
        key = f"{census.what}_id"
        missing = f"starts_with({key}, $prefix) AND {key} NOT IN (SELECT id FROM given)"
        deleted = _count(con, f"DELETE FROM {census.what} WHERE {missing}", present, {"prefix": census.prefix})
        changes.rows[census.what] += deleted
        return changes
    _count(con, "DELETE FROM gone WHERE ticket_id IN (SELECT id FROM given)", present)
    changes.gone = _count(con, _MISSING, present, {"taken_at": _naive_utc(census.taken_at), "prefix": census.prefix})
    if changes.gone:
        changes.rows["gone"] += changes.gone
    return changes


_MISSING = """
INSERT INTO gone
SELECT ticket_id, $taken_at, 'hidden' FROM ticket ANTI JOIN gone USING (ticket_id)
WHERE starts_with(ticket_id, $prefix) AND opened_at < $taken_at AND ticket_id NOT IN (SELECT id FROM given)
"""


def _upsert_table(con: duckdb.DuckDBPyConnection, kind: type[Any], rows: list[Any]) -> Changes:
    table, keys = _TABLES[kind], NATURAL_KEYS[_TABLES[kind]]
    incoming = frame(kind, rows)
    if kind is Event:
        incoming = _as_first_told(incoming, incoming)
    incoming = incoming.unique(keys, keep="last", maintain_order=True)
    known = _frame(con, f"FROM {table} SEMI JOIN given USING ({', '.join(keys)})", incoming.select(keys))
    if kind is Event:
        incoming = _as_first_told(incoming, known)
    changed = incoming.join(known, on=incoming.columns, how="anti", nulls_equal=True) if len(known) else incoming
    replaced = 0
    if len(known) and len(changed):
        columns = ", ".join(keys)
        same_key = f"({columns}) IN (SELECT ({columns}) FROM given)"
        replaced = _count(con, f"DELETE FROM {table} WHERE {same_key}", changed.select(keys))
    _count(con, f"INSERT INTO {table} BY NAME FROM given", changed)
    return Changes(Counter({table: len(changed)}), new_tickets=len(changed) - replaced if kind is Ticket else 0)


# Frames are read as `given`, by the name of a local variable: a registered view or a temporary table would keep its
# rows in memory until the end of the transaction.


def _count(
    con: duckdb.DuckDBPyConnection,
    sql: str,
    given: pl.DataFrame,  # noqa: ARG001
    values: dict[str, Any] | None = None,
) -> int:
    [(count,)] = con.execute(sql, values).fetchall()
    return int(count)


def _frame(con: duckdb.DuckDBPyConnection, sql: str, given: pl.DataFrame) -> pl.DataFrame:  # noqa: ARG001
    return con.sql(sql).pl()


def _as_first_told(events: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """The events, each inferred one at the instant at which `told` first has it."""
    inferred = told.filter(origin="inferred").unique(_EVENT_KEY, keep="first", maintain_order=True)
    if inferred.is_empty():
        return events
    first = inferred.select(*_EVENT_KEY, "origin", first_told_at="occurred_at")
    told_at = pl.coalesce("first_told_at", "occurred_at").alias("occurred_at")
    return (
        events.join(first, on=[*_EVENT_KEY, "origin"], how="left", maintain_order="left")
        .with_columns(told_at)
        .drop("first_told_at")
    )


def frame(kind: type[Any], rows: list[Any]) -> pl.DataFrame:
    """Records of one class as columns, instants as UTC without a zone."""
    names = [field.name for field in fields(kind)]
    columns = zip(*map(attrgetter(*names), rows), strict=True)
    return pl.DataFrame([_series(name, list(column)) for name, column in zip(names, columns, strict=True)])


def _series(name: str, column: list[Any]) -> pl.Series:
    if name.endswith("_at"):
        return pl.Series(name, [(value - _EPOCH) // _MICROSECOND for value in column], pl.Int64).cast(pl.Datetime("us"))
    kinds = {"seq": pl.Int64, "is_bot": pl.Boolean, "joined_on": pl.Date, "left_on": pl.Date, "share": pl.Float64}
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
