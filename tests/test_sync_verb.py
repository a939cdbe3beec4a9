"""`watchbill sync`, `import events` and `doctor` as a person and a cron job meet them, against trackers that listen on
a real socket."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest.demo.trackers.wire import Request, Response, server
from ingest.store import folder
from tests.ingest.ledger import Act, perform
from tests.ingest.trackers import QUEUES, WORLDS

TOP = Path(__file__).parents[1]
EVENTS = TOP / "tests" / "data" / "files"
SOME = [Act("open", 0, "ana", "one", 0), Act("open", 0, "ben", "two words", 60), Act("assign", 0, "dev", "one", 60)]


@dataclass
class Place:
    """A folder with settings that name two served trackers."""

    folder: Path
    trackers: dict[str, Any]

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(**self.command(*words, **environment), check=False)

    def command(self, *words: str, **environment: str) -> dict[str, Any]:
        secrets = {WORLDS[kind].variable: WORLDS[kind].token for kind in ("rt", "phorge")}
        return {
            "args": [sys.executable, str(TOP / "watchbill.py"), *words],
            "cwd": self.folder,
            "env": {**os.environ, **secrets, **environment},
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "text": True,
        }


class Switchable:
    """A tracker that can be replaced while it is being served."""

    def __init__(self, tracker: Any) -> None:
        self.tracker = tracker

    @property
    def now(self) -> Any:
        return self.tracker.now

    def answer(self, request: Request) -> Response:
        return self.tracker.answer(request)  # type: ignore[no-any-return]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    trackers = {}
    for kind in ("rt", "phorge"):
        tracker = WORLDS[kind].make()
        perform(tracker, SOME, queue=QUEUES[kind])
        tracker.now += timedelta(hours=1)
        trackers[kind] = Switchable(tracker)
    with server(trackers) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        tables = [
            f'[[source]]\nkind = "{kind}"\nurl = "http://127.0.0.1:{listening.server_port}/{kind}"\n'
            f"{WORLDS[kind].table}\n"
            for kind in trackers
        ]
        (tmp_path / "watchbill.toml").write_text("\n".join(tables), encoding="utf-8")
        yield Place(tmp_path, trackers)
        listening.shutdown()


class Broken:
    """A tracker that refuses, and repeats in its refusal what should have opened it."""

    def __init__(self, tracker: Any) -> None:
        self.now = tracker.now

    def answer(self, request: Request) -> Response:
        return Response(400, str(dict(request.headers)).encode() + request.body)


def test_a_sync_says_what_each_source_brought_and_the_next_that_nothing_is_new(place: Place) -> None:
    first, second = place.run("sync"), place.run("sync")
    assert (first.returncode, second.returncode) == (0, 0), first.stderr
    lines = [line.split() for line in first.stdout.splitlines()]
    assert lines[0][:3] == ["source", "read", "new"]
    assert [line[:3] for line in lines[1:]] == [["rt", "2", "2"], ["phorge", "2", "2"]]
    assert [line.split()[:4] for line in second.stdout.splitlines()[1:]] == [
        ["rt", "0", "0", "0"],
        ["phorge", "0", "0", "0"],
    ]
    assert first.stderr == "" and "\x1b" not in first.stdout, "no bars and no colours in a pipe"


def test_the_exit_code_tells_a_failed_source_and_the_others_are_read(place: Place) -> None:
    place.trackers["rt"].tracker = Broken(place.trackers["rt"].tracker)
    done = place.run("sync")
    assert done.returncode == 1
    assert "rt failed: " in done.stderr
    assert [line.split()[:2] for line in done.stdout.splitlines()[1:]] == [["rt", "0"], ["phorge", "2"]]
    assert place.run("sync", "phorge").returncode == 0


def test_a_missing_secret_is_named_by_its_variable(place: Place) -> None:
    done = place.run("sync", "rt", WATCHBILL_RT_TOKEN="")
    assert done.returncode == 1 and "WATCHBILL_RT_TOKEN" in done.stderr


def test_an_unknown_source_is_refused_with_the_known_ones(place: Place) -> None:
    done = place.run("sync", "trac")
    assert done.returncode == 2
    assert "there is no source 'trac' in the settings; there are rt, phorge" in done.stderr


@pytest.mark.parametrize("is_broken", [False, True], ids=["well", "broken"])
@pytest.mark.parametrize("words", [("sync", "--verbose", "--full"), ("doctor",)])
def test_no_secret_is_ever_printed_or_stored(place: Place, words: tuple[str, ...], is_broken: bool) -> None:
    """At the most talkative, with trackers that repeat their tokens, in failure and in health."""
    place.run("sync")
    if is_broken:
        for served in place.trackers.values():
            served.tracker = Broken(served.tracker)
    done = place.run(*words)
    told = (done.stdout + done.stderr).encode()
    if "--verbose" in words:
        assert b"/rt/" in told or b"watchbill.client" in told, "this run is talkative"
    kept = b"".join(
        file.read_bytes() for file in folder(place.folder / "watchbill.duckdb").rglob("*") if file.is_file()
    )
    for kind in place.trackers:
        assert WORLDS[kind].token.encode() not in told + kept


def test_the_journal_can_be_read_again_without_asking_anybody(place: Place) -> None:
    place.run("sync")
    for served in place.trackers.values():
        served.tracker = Broken(served.tracker)
    done = place.run("sync", "--replay")
    assert done.returncode == 0, done.stderr
    assert "4 tickets" in done.stdout


class Killing:
    """A tracker whose reader is killed at its next question but so many."""

    def __init__(self, tracker: Any, questions: int) -> None:
        self._tracker, self._left = tracker, questions
        self.reader: subprocess.Popen[str] | None = None

    @property
    def now(self) -> Any:
        return self._tracker.now

    def answer(self, request: Request) -> Response:
        self._left -= 1
        if self._left < 0 and self.reader:
            self.reader.kill()
        return self._tracker.answer(request)  # type: ignore[no-any-return]


@pytest.mark.parametrize("kind", ["rt", "phorge"])
def test_runs_killed_with_minus_nine_add_up_to_a_clean_one(place: Place, kind: str) -> None:
    tracker = place.trackers[kind].tracker
    for questions in (0, 1, 3, 6, 9):
        killing = place.trackers[kind].tracker = Killing(tracker, questions)
        killing.reader = subprocess.Popen(**place.command("sync", kind))
        killing.reader.communicate()
        assert not (place.folder / "watchbill.duckdb").exists(), "readers never see a part"
    place.trackers[kind].tracker = tracker
    assert place.run("sync", kind).returncode == 0
    assert place.run("sync", kind, "--store", "clean.duckdb").returncode == 0
    killed, clean = (facts(place.folder / name) for name in ("watchbill.duckdb", "clean.duckdb"))
    assert killed == clean


def facts(store: Path) -> list[list[tuple[Any, ...]]]:
    with duckdb.connect(store.resolve(), read_only=True) as con:
        return [
            con.execute(f"FROM {table} ORDER BY ALL").fetchall() for table in ("ticket", "event", "account", "gone")
        ]


def test_the_doctor_asks_every_source_unless_told_not_to(place: Place) -> None:
    place.run("sync")
    asked, offline = place.run("doctor"), place.run("doctor", "--offline")
    assert "Source rt:" in asked.stdout and "Source phorge: Phorge knows us as" in asked.stdout
    assert "Source phorge: WATCHBILL_PHORGE_TOKEN is set; not asked" in offline.stdout


def test_the_doctor_names_a_variable_that_is_not_set(place: Place) -> None:
    done = place.run("doctor", WATCHBILL_PHORGE_TOKEN="")
    assert done.returncode == 1
    assert "Source phorge: no secret; put it into the environment variable WATCHBILL_PHORGE_TOKEN" in done.stdout


def test_two_tables_of_any_tracker_are_taken_in_once(place: Place) -> None:
    first, second = (place.run("import", "events", str(EVENTS)) for _ in range(2))
    assert (first.returncode, second.returncode) == (0, 0), first.stderr
    assert "3 tickets" in first.stdout and "new or different: nothing" in second.stdout


def test_nothing_is_taken_in_from_tables_with_a_mistake_unless_asked(place: Place) -> None:
    for name in ("tickets.csv", "events.csv"):
        (place.folder / name).write_bytes((EVENTS / name).read_bytes())
    with (place.folder / "events.csv").open("a", encoding="utf-8") as file:
        file.write("NOBODY-1,2026-11-02T09:00:00Z,ana,comment,,hello\n")
    refused = place.run("import", "events", ".")
    assert refused.returncode == 2
    assert "events.csv, line" in refused.stderr and "NOBODY-1" in refused.stderr
    assert "--keep-good" in refused.stderr and not (place.folder / "watchbill.duckdb").exists()
    kept = place.run("import", "events", ".", "--keep-good")
    assert kept.returncode == 1 and "3 tickets" in kept.stdout
