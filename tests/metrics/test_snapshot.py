"""Opening a store and naming an instant: what cannot be done is said in words."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import duckdb
import pytest

import metrics
from ingest import tables
from ingest.store import writing
from metrics import facts
from metrics.snapshot import parse_instant
from tests.conftest import History, utc

Store = Callable[..., Any]


def test_a_missing_store_names_the_verbs_that_make_one(tmp_path: Path) -> None:
    with pytest.raises(
        metrics.StoreError, match=r"there is no store at .*none\.duckdb; make one with `watchbill demo`"
    ):
        metrics.open_store(tmp_path / "none.duckdb")
    with pytest.raises(metrics.StoreError, match="there is no store"):
        metrics.open_store(tmp_path)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.duckdb").write_text("not a database, " * 1_000)
    with pytest.raises(metrics.StoreError, match="is not a Watchbill store that this program can read"):
        metrics.open_store(tmp_path / "notes.duckdb")


def test_another_database_is_refused(tmp_path: Path) -> None:
    with duckdb.connect(tmp_path / "other.duckdb") as con:
        con.execute("CREATE TABLE event (x INTEGER)")
    with pytest.raises(metrics.StoreError, match="is a database, but not a Watchbill store"):
        metrics.open_store(tmp_path / "other.duckdb")


def test_another_version_says_which(tmp_path: Path) -> None:
    with duckdb.connect(tmp_path / "later.duckdb") as con:
        con.execute("CREATE TABLE store_meta AS SELECT 99 AS schema_version")
    with pytest.raises(metrics.StoreError, match="its tables are version 99, this program reads version"):
        metrics.open_store(tmp_path / "later.duckdb")


def test_a_store_is_opened_for_reading_only(history: History, open_store_of: Store) -> None:
    con = open_store_of(history.records)
    with pytest.raises(duckdb.InvalidInputException, match="read-only"):
        con.execute("DELETE FROM store.event")


def test_a_lean_reader_of_a_store_that_carries_its_facts_holds_little_at_a_time(
    history: History, store_of: Store, tmp_path: Path
) -> None:
    history.ticket(1, "2026-11-02 09:00")
    settled, limit = tmp_path / "settled.duckdb", "SELECT current_setting('memory_limit')"
    with writing(settled, facts.settle) as con:
        tables.upsert(con, history.records)
    usual = duckdb.connect().execute(limit).fetchall()
    with metrics.open_store(settled, is_lean=True) as lean, metrics.open_store(settled) as other:
        assert lean.execute(limit).fetchall() == [("400.0 MiB",)]
        assert other.execute(limit).fetchall() == usual
    with metrics.open_store(store_of(history.records), is_lean=True) as unsettled:
        assert unsettled.execute(limit).fetchall() == usual


def test_a_name_with_a_quote_is_just_a_name(history: History, store_of: Store, tmp_path: Path) -> None:
    path = tmp_path / "ana's.duckdb"
    history.ticket(1, "2026-11-02 09:00")
    store_of(history.records).resolve().rename(path)  # the file itself: a link's own name is never opened
    con = metrics.open_store(path)
    assert con.execute("SELECT key FROM store.ticket").fetchall() == [("infra#1",)]
    con.close()


def test_no_metric_takes_an_instant_without_a_zone(history: History, open_store_of: Store) -> None:
    ticket_id = history.ticket(1, "2026-11-02 09:00")
    con = open_store_of(history.records)
    for metric in metrics.catalogue():
        ticket = {"ticket_id": ticket_id} if metric.name == "clock_trace" else {}
        for naive in ("2026-11-16", "2026-11-16T00:00", datetime.fromisoformat("2026-11-16")):
            with pytest.raises(ValueError, match="has no time zone; end it with Z"):
                metric.rows(con, as_of=naive, **ticket)


def test_instants_are_utc_whatever_their_zone() -> None:
    there = datetime.fromisoformat("2026-11-16T01:30+01:30")
    assert parse_instant(there) == parse_instant("2026-11-16T00:00Z") == datetime.fromisoformat("2026-11-16")
    assert parse_instant(there.astimezone(timezone(timedelta(hours=-9)))) == datetime.fromisoformat("2026-11-16")


def test_what_is_no_instant_says_how_to_write_one() -> None:
    with pytest.raises(ValueError, match="until=yesterday is not an instant; write it such as"):
        parse_instant("yesterday", "until")


def test_the_history_reaches_as_far_as_the_last_read(history: History, open_store_of: Store) -> None:
    assert metrics.data_until(open_store_of(history.records)) is None
    assert metrics.data_until(open_store_of(history.records, data_until="2026-11-16 08:00")) == utc("2026-11-16 08:00")
