"""schema.sql is the contract: the records, the natural keys and the tables say the same."""

from dataclasses import fields
from typing import Any

import duckdb
import pytest

from ingest import policies, store, tables
from ingest.records import Absence, Account, Event, Gone, Person, Shift, Status, Ticket

RECORDS: dict[str, type[Any]] = {
    "source_status": Status,
    "absence": Absence,
    "ticket": Ticket,
    "event": Event,
    "gone": Gone,
    "account": Account,
    "person": Person,
    "shift": Shift,
}
SCHEMA = store._SCHEMA.read_text(encoding="utf-8")


def columns() -> dict[str, list[tuple[str, str, bool]]]:
    """Every table of schema.sql, as (column, type, may be null)."""
    con = duckdb.connect()
    con.execute(SCHEMA)
    found: dict[str, list[tuple[str, str, bool]]] = {}
    rows = con.execute(
        "SELECT table_name, column_name, data_type, is_nullable FROM duckdb_columns()"
        " WHERE NOT internal ORDER BY table_name, column_index"
    ).fetchall()
    con.close()
    for table, *column in rows:
        found.setdefault(table, []).append((column[0], column[1], column[2]))
    return found


COLUMNS = columns()


@pytest.mark.parametrize("table", RECORDS)
def test_a_records_fields_are_its_tables_columns_in_their_order(table: str) -> None:
    assert [field.name for field in fields(RECORDS[table])] == [name for name, _, _ in COLUMNS[table]]


@pytest.mark.parametrize("table", RECORDS)
def test_a_field_may_be_none_where_its_column_may_be_null(table: str) -> None:
    annotated = {field.name: "None" in str(field.type) for field in fields(RECORDS[table])}
    assert annotated == {name: may_be_null for name, _, may_be_null in COLUMNS[table]}


@pytest.mark.parametrize("table", store.NATURAL_KEYS)
def test_natural_keys_are_columns_that_are_never_null(table: str) -> None:
    assert {(name, False) for name in store.NATURAL_KEYS[table]} <= {(name, null) for name, _, null in COLUMNS[table]}


def test_every_record_has_a_table_and_a_natural_key() -> None:
    assert set(tables._TABLES.values()) == set(RECORDS)
    assert set(RECORDS) <= set(store.NATURAL_KEYS) <= set(COLUMNS)


@pytest.mark.parametrize("table", policies._COLUMNS)
def test_settings_fill_every_column_of_their_tables(table: str) -> None:
    assert list(policies._COLUMNS[table]) == [name for name, _, _ in COLUMNS[table]]


def test_the_tables_are_the_promised_ones() -> None:
    assert set(COLUMNS) == {
        *RECORDS,
        *policies._COLUMNS,
        "store_meta",
        "sync_run",
        "rejected",
        "watermark",
    }


def test_instants_end_in_at_and_have_no_zone_of_their_own() -> None:
    kinds: dict[str, Any] = {f"{table}.{name}": kind for table, found in COLUMNS.items() for name, kind, _ in found}
    instants = {name for name, kind in kinds.items() if kind.startswith("TIMESTAMP")}
    assert {name for name in kinds if name.endswith("_at")} | {n for n in kinds if n.endswith("valid_from")} | {
        "sync_run.data_until"
    } == instants
    assert {kinds[name] for name in instants} == {"TIMESTAMP"}
    assert "at" not in {name.split(".")[1] for name in kinds}
