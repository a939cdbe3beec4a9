"""The store: readers see one whole snapshot or the next, writers come one at a time, and a failure leaves the last."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest

import metrics
from ingest import store
from ingest.store import StoreError, writing

TOP = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "watchbill.duckdb"


def write(path: Path, number: int) -> None:
    """Leave one ticket, whose title is the number."""
    with writing(path) as con:
        put(con, number)


def put(con: duckdb.DuckDBPyConnection, number: int) -> None:
    con.execute("DELETE FROM ticket")
    con.execute(
        "INSERT INTO ticket VALUES ('t', 'test', 't', NULL, ?, '2026-03-02 09:00', NULL, NULL, NULL)", [str(number)]
    )


def read(path: Path) -> list[tuple[Any, ...]]:
    con = metrics.open_store(path)
    try:
        return con.execute("SELECT title FROM store.ticket").fetchall()
    finally:
        con.close()


def snapshots(path: Path) -> list[str]:
    return sorted(file.name for file in store.folder(path).glob("snapshot-*"))


@contextmanager
def process(program: str, *arguments: Path) -> Iterator[subprocess.Popen[str]]:
    """A Python program that says a line when it is ready and ends when it is told one."""
    running = subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        cwd=TOP,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert running.stdout and running.stdout.readline() == "ready\n"
        yield running
    finally:
        running.communicate("go on\n" if running.poll() is None else None)


# --- A new store ------------------------------------------------------------------------------------


def test_a_new_store_has_the_tables_of_the_schema_and_says_its_version(path: Path) -> None:
    write(path, 1)
    with duckdb.connect(path.resolve(), read_only=True) as con:
        found = {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        assert con.execute("SELECT schema_version, is_demo FROM store_meta").fetchall() == [
            (store.SCHEMA_VERSION, False)
        ]
    assert {*store.NATURAL_KEYS, "policy", "sync_run", "rejected"} <= found
    assert store.SCHEMA_VERSION == metrics.snapshot.SCHEMA_VERSION


def test_folders_on_the_way_are_made(tmp_path: Path) -> None:
    path = tmp_path / "it's new" / "and deep" / "a store.duckdb"
    write(path, 1)
    assert read(path) == [("1",)]


def test_a_relative_path_is_the_same_store_from_its_own_folder_and_from_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(Path("s.duckdb"), 1)
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert read(Path("../s.duckdb")) == [("1",)]
    write(Path("../s.duckdb"), 2)
    assert read(tmp_path / "s.duckdb") == [("2",)]


def test_a_store_may_be_moved_with_its_folder(path: Path, tmp_path: Path) -> None:
    write(path, 1)
    (tmp_path / "new").mkdir()
    for part in (path, store.folder(path)):
        part.rename(tmp_path / "new" / part.name)
    write(tmp_path / "new" / path.name, 2)
    assert read(tmp_path / "new" / path.name) == [("2",)]


def test_anybodys_duckdb_can_open_a_snapshot_read_only(path: Path) -> None:
    write(path, 1)
    con = duckdb.connect(str(path), read_only=True)
    assert con.execute("SELECT title FROM ticket").fetchall() == [("1",)]
    con.close()
    header = path.resolve().read_bytes()[:24]
    assert header[8:12] == b"DUCK" and header[12] <= 68, "DuckDB 1.5 opens it, too"


# --- A store of an earlier version ------------------------------------------------------------------


def shape(con: duckdb.DuckDBPyConnection) -> set[tuple[str, str, str]]:
    return set(
        con.execute("SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal").fetchall()
    )


def test_a_store_of_the_first_version_is_brought_up_to_date_and_loses_nothing(path: Path) -> None:
    place = store.folder(path)
    place.mkdir()
    with duckdb.connect(place / "private.duckdb") as con:
        con.execute((Path(__file__).parents[1] / "data" / "schema-1.sql").read_text(encoding="utf-8"))
        con.execute("INSERT INTO store_meta (schema_version) VALUES (1)")
        con.execute(
            "INSERT INTO ticket (ticket_id, source, key, title, opened_at) VALUES ('a', 's', 'a', 'Old', '2026-03-02')"
        )
        con.execute("INSERT INTO event VALUES ('a', 'e', '2026-03-02', 7, NULL, 'label', NULL, 'x', 'recorded')")
        con.execute("INSERT INTO sync_run VALUES ('r', 's', 'q', '2026-03-02', '2026-03-02', NULL, 1, 1, 2, 0)")
    with writing(path) as con, duckdb.connect() as fresh:
        fresh.execute(store._SCHEMA.read_text(encoding="utf-8"))
        assert shape(con) == shape(fresh)
        assert con.execute("SELECT seq, new FROM event").fetchall() == [(7, "x")]
        assert con.execute("SELECT requests, failure FROM sync_run").fetchall() == [(0, None)]
    assert read(path) == [("Old",)]


# --- One writer, several transactions -----------------------------------------------------------------


def test_what_some_transactions_kept_is_published_though_another_failed(path: Path) -> None:
    with store.holding(path) as writer:
        with writer.transaction() as con:
            put(con, 1)
        with pytest.raises(ZeroDivisionError), writer.transaction() as con:
            put(con, 2)
            raise ZeroDivisionError
        assert not path.exists(), "readers see all of a run or nothing"
    assert read(path) == [("1",)]


def test_an_interrupted_run_publishes_what_was_kept(path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), store.holding(path) as writer:
        with writer.transaction() as con:
            put(con, 1)
        raise KeyboardInterrupt
    assert read(path) == [("1",)]


def test_holding_a_store_without_changing_it_publishes_nothing(path: Path) -> None:
    write(path, 1)
    before = path.resolve()
    with store.holding(path):
        pass
    assert path.resolve() == before


# --- Snapshots --------------------------------------------------------------------------------------


def test_a_snapshot_never_changes_and_the_next_has_another_name(path: Path) -> None:
    write(path, 1)
    first = path.resolve()
    before = first.read_bytes()
    write(path, 2)
    assert path.resolve() != first and first.read_bytes() == before


def test_the_last_few_snapshots_stay_and_older_ones_go(path: Path) -> None:
    for number in range(store.SNAPSHOTS_KEPT + 3):
        write(path, number)
    kept = [f"snapshot-{number:09d}.duckdb" for number in range(4, 4 + store.SNAPSHOTS_KEPT)]
    assert snapshots(path) == kept
    assert path.resolve().name == kept[-1]


def test_an_open_reader_keeps_its_snapshot_and_a_new_one_sees_the_next(path: Path) -> None:
    write(path, 1)
    con = metrics.open_store(path)
    for number in range(2, 9):  # enough for the reader's file to be pruned
        write(path, number)
    assert con.execute("SELECT title FROM store.ticket").fetchall() == [("1",)]
    assert read(path) == [("8",)]
    con.close()


def test_a_reader_in_another_process_neither_waits_for_a_writer_nor_holds_it_up(path: Path) -> None:
    write(path, 1)
    reader = (
        "import sys, metrics; con = metrics.open_store(sys.argv[1]); print('ready', flush=True); input();"
        "assert con.execute('SELECT title FROM store.ticket').fetchall() == [('1',)]"
    )
    with process(reader, path) as reading:
        with writing(path) as con:
            put(con, 2)
            assert read(path) == [("1",)]
        assert read(path) == [("2",)]
    assert reading.returncode == 0


def test_a_second_writer_is_refused_in_words(path: Path) -> None:
    writer = (
        "import sys, pathlib; from ingest.store import writing\n"
        "with writing(pathlib.Path(sys.argv[1])): print('ready', flush=True); input()"
    )
    write(path, 1)
    with process(writer, path):
        with pytest.raises(StoreError, match="another Watchbill is writing to this store"):
            write(path, 2)
        assert read(path) == [("1",)]
    write(path, 3)
    assert read(path) == [("3",)]


# --- Failures ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_run_that_fails_leaves_the_last_snapshot(path: Path, failure: type[BaseException]) -> None:
    write(path, 1)
    before = snapshots(path)
    with pytest.raises(failure), writing(path) as con:
        put(con, 2)
        raise failure
    assert read(path) == [("1",)] and snapshots(path) == before
    write(path, 3)
    assert read(path) == [("3",)]


def test_a_first_run_that_fails_leaves_no_store(path: Path) -> None:
    with pytest.raises(ValueError, match="broken"), writing(path):
        raise ValueError("broken")
    with pytest.raises(metrics.StoreError, match="there is no store"):
        read(path)


def test_rows_that_break_a_natural_key_are_never_published(path: Path) -> None:
    write(path, 1)
    with pytest.raises(StoreError, match="stored twice; nothing was changed"), writing(path) as con:
        con.execute("INSERT INTO ticket FROM ticket")
    assert read(path) == [("1",)]


def test_events_without_a_ticket_are_never_published(path: Path) -> None:
    with pytest.raises(StoreError, match="have no ticket"), writing(path) as con:
        con.execute("INSERT INTO event VALUES ('x', 'e', '2026-03-02', 0, NULL, 'created', NULL, NULL, 'recorded')")


def test_where_publishing_fails_the_last_snapshot_stays_and_the_next_run_publishes(path: Path) -> None:
    write(path, 1)
    obstacle = store.folder(path) / "next-link"
    obstacle.mkdir()
    (obstacle / "in the way").touch()
    with pytest.raises(OSError, match="next-link"):
        write(path, 2)
    assert read(path) == [("1",)]
    (obstacle / "in the way").unlink()
    obstacle.rmdir()
    with writing(path):
        pass
    assert read(path) == [("2",)]


def limited(size: int) -> None:
    """No file of this process may grow beyond this: what a full disk looks like."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_where_the_disk_is_full_the_last_snapshot_stays(path: Path) -> None:
    write(path, 1)
    program = (
        "import sys, pathlib; from ingest.store import writing\n"
        "with writing(pathlib.Path(sys.argv[1])) as con: con.execute(\"UPDATE ticket SET title = '2'\")"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: limited(path.stat().st_size // 2),
    )
    assert done.returncode != 0
    assert read(path) == [("1",)]
    write(path, 3)
    assert read(path) == [("3",)]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
def test_where_the_folder_cannot_be_written_it_is_said_by_the_system(path: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(PermissionError):
            write(path, 1)
    finally:
        tmp_path.chmod(0o700)


def test_a_lost_private_file_is_made_again_from_the_snapshot(path: Path) -> None:
    write(path, 1)
    (store.folder(path) / "private.duckdb").unlink()
    with writing(path) as con:
        assert con.execute("SELECT title FROM ticket").fetchall() == [("1",)]
    assert read(path) == [("1",)]


def test_a_private_file_of_no_bytes_is_made_again_from_the_snapshot(path: Path) -> None:
    """A process killed at the right instant leaves one."""
    write(path, 1)
    private = store.folder(path) / "private.duckdb"
    private.unlink()
    private.touch()
    with writing(path) as con:
        assert con.execute("SELECT title FROM ticket").fetchall() == [("1",)]


def test_a_damaged_private_file_is_named_with_the_remedy(path: Path) -> None:
    write(path, 1)
    (store.folder(path) / "private.duckdb").write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreError, match=r"private\.duckdb is damaged.*delete it"):
        write(path, 2)
    assert read(path) == [("1",)]


def test_a_lost_link_is_made_again(path: Path) -> None:
    write(path, 1)
    path.unlink()
    with writing(path):
        pass
    assert read(path) == [("1",)]


# --- What is no store -------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"plain text", b"x" * 20_000])
def test_a_plain_file_is_neither_written_nor_read(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(StoreError, match="is not a store that Watchbill wrote"):
        write(path, 1)
    assert path.read_bytes() == content and not store.folder(path).exists()
    with pytest.raises(metrics.StoreError, match=r"is not a Watchbill store|is a database, but not a Watchbill store"):
        read(path)


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "a.duckdb").mkdir()
    with pytest.raises(StoreError, match="is not a store that Watchbill wrote"):
        write(tmp_path / "a.duckdb", 1)


def test_a_name_that_is_its_own_folder_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is not a store that Watchbill wrote"):
        write(tmp_path / "a.store", 1)
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_place_of_the_folder_is_refused(path: Path) -> None:
    store.folder(path).write_text("mine")
    with pytest.raises(StoreError, match="is not a store that Watchbill wrote"):
        write(path, 1)


@pytest.mark.parametrize("target", ["nowhere", "plain.txt", "other.duckdb"])
def test_a_link_to_something_else_is_left_alone(path: Path, tmp_path: Path, target: str) -> None:
    """Writing through it would cut it loose from the store that its owner meant."""
    (tmp_path / "plain.txt").write_text("mine")
    write(tmp_path / "other.duckdb", 7)
    path.symlink_to(target)
    with pytest.raises(StoreError, match=f"is a link to {target}; name that store itself"):
        write(path, 1)
    assert path.readlink() == Path(target)
    assert read(tmp_path / "other.duckdb") == [("7",)]


def test_a_link_to_a_store_can_be_read(path: Path, tmp_path: Path) -> None:
    write(tmp_path / "other.duckdb", 7)
    path.symlink_to("other.duckdb")
    assert read(path) == [("7",)]


def test_another_version_of_the_tables_is_refused_by_writer_and_reader(path: Path) -> None:
    write(path, 1)
    with writing(path) as con:
        con.execute("UPDATE store_meta SET schema_version = 99")
    with pytest.raises(StoreError, match=r"another version of Watchbill .*version 99.*--store"):
        write(path, 2)
    with pytest.raises(metrics.StoreError, match=r"another version of Watchbill .*version 99"):
        read(path)
