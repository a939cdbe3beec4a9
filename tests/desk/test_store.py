"""The desk keeps what it said it kept: two processes at once, a process killed, an older file, a newer one."""

import json
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from desk import meetings
from desk.schema import STEPS
from desk.store import DeskError, Stale, desk_file, reading, writing

TOP = Path(__file__).parents[2]
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
# Change one decision again and again, each time from what stands there; say each change once it is kept.
WRITER = """
import sys
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from desk.meetings import change_decision, decisions_about
from desk.store import Stale
desk, name, most = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
kept = 0
while not most or kept < most:
    [decision] = decisions_about(desk, "t")
    try:
        change_decision(desk, decision.id, decision.version, what=f"{decision.what} {name}{kept}", owner=None,
                        due_on=None, by=name, now=datetime.now(UTC))
    except Stale:
        continue
    print(f"{name}{kept}", flush=True)
    kept += 1
"""


def writer(desk: Path, name: str, most: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", WRITER, str(desk), name, str(most)]
    return subprocess.Popen(command, cwd=TOP, stdout=subprocess.PIPE, text=True)


def told(desk: Path) -> list[str]:
    [decision] = meetings.decisions_about(desk, "t")
    assert decision.version == len(decision.what.split()), "every change was one version"
    return decision.what.split()[1:]


@pytest.fixture
def decided(desk: Path) -> Path:
    meetings.decide(desk, team="infra", what="Begin", ticket_id="t", by="Ana", now=NOW)
    return desk


def test_two_processes_that_change_one_row_at_once_lose_nothing(decided: Path) -> None:
    running = [writer(decided, name, 30) for name in ("a", "b")]
    for process in running:
        with process:
            process.communicate(timeout=60)
        assert process.returncode == 0
    assert sorted(told(decided)) == sorted(f"{name}{n}" for name in ("a", "b") for n in range(30))


def test_a_process_that_is_killed_leaves_everything_it_had_said_was_kept(decided: Path) -> None:
    for round_, name in enumerate("abcde"):
        with writer(decided, name, 0) as process:
            assert process.stdout is not None
            said = [process.stdout.readline() for _ in range(round_ + 1)]
            process.send_signal(signal.SIGKILL)
            said += process.stdout.readlines()
        # The last change may have been kept and not been said; none that was said is missing.
        kept = [word for word in told(decided) if word.startswith(name)]
        assert [word.strip() for word in said] == kept[: len(said)] and len(kept) - len(said) in (0, 1)
    with reading(decided) as con:
        assert con.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_processes_that_find_no_file_make_one_together(desk: Path) -> None:
    program = """
import sys; from datetime import UTC, datetime; from pathlib import Path; from desk.meetings import decide
decide(Path(sys.argv[1]), team="infra", what=sys.argv[2], by="x", now=datetime.now(UTC))
"""
    commands = [[sys.executable, "-c", program, str(desk), str(n)] for n in range(6)]
    running = [subprocess.Popen(command, cwd=TOP) for command in commands]
    assert [process.wait(timeout=60) for process in running] == [0] * 6
    assert sorted(d.what for d in meetings.carried_over(desk, "infra")) == list("012345")


def test_the_desk_stands_beside_the_store_s_name(tmp_path: Path) -> None:
    store = tmp_path / "demo.duckdb"
    store.symlink_to(tmp_path / "demo.store" / "snapshot-1.duckdb")
    assert desk_file(store) == tmp_path / "demo.desk.sqlite"


def test_reading_makes_no_file(desk: Path) -> None:
    assert meetings.meetings(desk, "infra") == [] and not desk.exists()


def test_readers_do_not_wait_for_a_writer_and_see_only_what_is_kept(decided: Path) -> None:
    with writing(decided) as con:
        con.execute("UPDATE decision SET what = 'half'")
        assert meetings.decisions_about(decided, "t")[0].what == "Begin"
    assert meetings.decisions_about(decided, "t")[0].what == "half"


def test_what_fails_half_way_leaves_nothing(decided: Path) -> None:
    with pytest.raises(ZeroDivisionError), writing(decided) as con:
        con.execute("UPDATE decision SET what = 'half'")
        _ = 1 / 0
    assert meetings.decisions_about(decided, "t")[0].what == "Begin"


def test_a_file_of_every_older_version_is_brought_up_to_date(tmp_path: Path) -> None:
    for steps in range(len(STEPS)):
        old = tmp_path / f"{steps}.sqlite"
        with sqlite3.connect(old) as con:
            for step in STEPS[:steps]:
                con.executescript(step)
            con.execute(f"PRAGMA user_version = {steps}")
        con.close()
        meetings.decide(old, team="infra", what="Go on", by="Ana", now=NOW)
        with reading(old) as con:
            assert con.execute("PRAGMA user_version").fetchone()[0] == len(STEPS)


def test_a_newer_file_and_a_file_that_is_none_are_refused_in_words(decided: Path, tmp_path: Path) -> None:
    con = sqlite3.connect(decided)
    con.execute("PRAGMA user_version = 99")
    con.close()
    with pytest.raises(DeskError, match="newer Watchbill"):
        meetings.meetings(decided, "infra")
    other = tmp_path / "other.sqlite"
    other.write_text("no database, but long enough to be taken for one" * 100)
    with pytest.raises(DeskError, match="cannot be used now"):
        meetings.meetings(other, "infra")


def test_a_stale_edit_is_told_and_what_was_there_is_kept(decided: Path) -> None:
    [decision] = meetings.decisions_about(decided, "t")
    change = {"owner": None, "due_on": None}
    meetings.change_decision(decided, decision.id, 1, what="Bo's words", by="Bo", now=NOW, **change)
    with pytest.raises(Stale, match="Bo changed this at 2026-11-23 09:00 UTC") as stale:
        meetings.change_decision(decided, decision.id, 1, what="Ana's words", by="Ana", now=NOW, **change)
    assert stale.value.version == 2
    assert meetings.decisions_about(decided, "t")[0].what == "Bo's words"
    with reading(decided) as con:
        [past] = con.execute("SELECT * FROM past").fetchall()
    assert (past["version"], past["ended_by"], json.loads(past["content_json"])["what"]) == (1, "Bo", "Begin")


def test_any_text_is_kept_as_it_was_typed_and_no_more_than_fits(desk: Path) -> None:
    words = "'; DROP TABLE decision; -- \U0001f600 \u202e <b>x</b> =cmd()\n" + "x" * 100_000
    meetings.decide(desk, team="infra", what=words, ticket_id="t", by="Ana", now=NOW)
    assert meetings.decisions_about(desk, "t")[0].what == words
    with pytest.raises(DeskError, match="300,000 characters"):
        meetings.decide(desk, team="infra", what="x" * 300_000, by="Ana", now=NOW)
