"""Between rows of the desk and frozen dataclasses: instants, days and JSON; versions; what was there before."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from desk.store import DeskError, Stale

LONGEST = 200_000  # characters of one text: minutes of many hours, and no more
Row = TypeVar("Row")


def found(con: sqlite3.Connection, kind: type[Row], query: str, **values: Any) -> list[Row]:
    """The rows of a query as dataclasses: a field `agenda` is read from the column `agenda` or `agenda_json`."""
    rows = con.execute(query, {name: _written(value) for name, value in values.items()})
    return [_read(kind, row) for row in rows]


def by_id(con: sqlite3.Connection, kind: type[Row], table: str, key: int) -> Row | None:
    return next(iter(found(con, kind, f"SELECT * FROM {table} WHERE id = :id", id=key)), None)


def added(con: sqlite3.Connection, table: str, **values: Any) -> int:
    """Write a row, and give its id."""
    columns = ", ".join(values)
    places = ", ".join(f":{name}" for name in values)
    done = con.execute(f"INSERT INTO {table} ({columns}) VALUES ({places})", _all_written(values))
    assert done.lastrowid is not None
    return done.lastrowid


def changed(
    con: sqlite3.Connection, table: str, key: int, version: int, *, by: str, at: datetime, **values: Any
) -> None:
    """Change a row that still is at `version`; what it was is kept. Raises Stale."""
    _keep_past(con, table, key, version, by, at)
    told = ", ".join(f"{name} = :{name}" for name in values)
    con.execute(f"UPDATE {table} SET {told}, version = version + 1 WHERE id = :id", _all_written(values) | {"id": key})


def thrown_away(con: sqlite3.Connection, table: str, key: int, version: int, *, by: str, at: datetime) -> None:
    """Delete a row that still is at `version`; what it was is kept. Raises Stale."""
    _keep_past(con, table, key, version, by, at)
    con.execute(f"DELETE FROM {table} WHERE id = ?", [key])


def _keep_past(con: sqlite3.Connection, table: str, key: int, version: int, by: str, at: datetime) -> None:
    row = con.execute(f"SELECT * FROM {table} WHERE id = ?", [key]).fetchone()
    if row is None:
        raise Stale("Somebody has thrown this away in the meantime; nothing was changed.", None)
    if row["version"] != version:
        raise Stale(_overtaken(con, table, key, row["version"]), row["version"])
    content = json.dumps(dict(row), ensure_ascii=False)
    con.execute("INSERT INTO past VALUES (?, ?, ?, ?, ?, ?)", [table, key, version, content, _written(at), by])


def _overtaken(con: sqlite3.Connection, table: str, key: int, version: int) -> str:
    [(who, when)] = con.execute(
        "SELECT ended_by, ended_at FROM past WHERE kind = ? AND id = ? AND version = ?", [table, key, version - 1]
    )
    return (
        f"{who} changed this at {when[:16].replace('T', ' ')} UTC, after you opened it. Nothing of yours was written "
        "over it: look at what stands there now, and save again."
    )


def _all_written(values: dict[str, Any]) -> dict[str, Any]:
    return {name: json.dumps(value, ensure_ascii=False) if name.endswith("_json") else _written(value)
            for name, value in values.items()}  # fmt: skip


def _written(value: Any) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds")
        case date():
            return value.isoformat()
        case str() if len(value) > LONGEST:
            raise DeskError(f"This text has {len(value):,} characters; {LONGEST:,} are the most that is kept.")
    return value


def _read(kind: type[Row], row: sqlite3.Row) -> Row:
    names = set(row.keys())
    told = {field.name: _value(row, f"{field.name}_json" if f"{field.name}_json" in names else field.name)
            for field in fields(kind)}  # type: ignore[arg-type]  # fmt: skip
    return kind(**told)


def _value(row: sqlite3.Row, column: str) -> Any:
    value = row[column]
    if value is None:
        return None
    if column.endswith("_json"):
        return json.loads(value)
    if column.endswith("_at"):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if column.endswith("_on") else value


def said(text: str, what: str) -> str:
    """A text without space around it. Raises DeskError where nothing is left."""
    if not text.strip():
        raise DeskError(f"{what} is empty.")
    return text.strip()


def one_of(rows: Iterable[Row]) -> Row | None:
    return next(iter(rows), None)
