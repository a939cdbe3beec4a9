"""The command line, as a person and a cron job meet it: examples, answers, exit codes, one sentence on failure."""

import csv
import gzip
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import typer.main

import settings
import watchbill

TOP = Path(__file__).parents[1]
PAGES = [
    json.loads(file.read_text(encoding="utf-8")) for file in sorted((TOP / "tests" / "data" / "github").glob("*.json"))
]
AS_OF = "2026-03-09T00:00Z"
STATE = "ticket_id,key,queue,is_open,status,stage,priority,owners,labels,opened_at,closed_at"
VERBS = ["demo", "sync", "import github-archive", "import events", "import rota", "reparse", "apply", "metric", "plan"]
VERBS += ["report", "serve", "doctor"]


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Call `watchbill` with these words, in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def call(*words: object) -> Said:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["watchbill", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            watchbill.main()
        captured = capsys.readouterr()
        return Said(int(ended.value.code or 0), captured.out, captured.err)

    return call


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small archive and the store that was made of it."""
    place = tmp_path_factory.mktemp("imported") / "here"
    place.mkdir()
    save(place / "issues.jsonl", PAGES)
    assert program(place, "import", "github-archive", "issues.jsonl").code == 0
    return place


@pytest.fixture
def filled(run: Run, tmp_path: Path, imported: Path) -> Run:
    """Call `watchbill` in a copy of that folder."""
    shutil.copytree(imported, tmp_path, symlinks=True, dirs_exist_ok=True)
    return run


def save(file: Path, pages: list[Any]) -> Path:
    text = "".join(f"{told if isinstance(told, str) else json.dumps(told)}\n" for told in pages)
    file.write_text(text, encoding="utf-8")
    return file


def program(folder: Path, *words: object, **environment: str) -> Said:
    """A real process, its output in pipes."""
    command = [sys.executable, str(TOP / "watchbill.py"), *map(str, words)]
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    return Said(done.returncode, done.stdout, done.stderr)


def table(said: Said) -> list[dict[str, str]]:
    assert said.code == 0, said.err
    return list(csv.DictReader(io.StringIO(said.out)))


def assert_one_sentence(said: Said, *words: str) -> None:
    assert said.code == 2 and said.out == ""
    line = said.err.strip().splitlines()[-1]
    assert line.startswith("watchbill: ") and all(word in line for word in words), said.err
    assert "Traceback" not in said.err and "\x1b" not in said.err


# --- Help -------------------------------------------------------------------------------------------


def verbs() -> Iterator[str]:
    for name, command in typer.main.get_command(watchbill.app).commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        yield from (f"{name} {below}" for below in inner) if inner else (name,)


def test_the_verbs_below_are_all_there_are() -> None:
    assert sorted(verbs()) == sorted(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself_with_an_example(run: Run, verb: str) -> None:
    said = run(*verb.split(), "--help")
    assert said.code == 0 and f"Example: watchbill {verb}" in said.out
    assert {"--store", "--settings"} <= set(said.out.split())


@pytest.mark.parametrize("words", [[], ["import"]])
def test_without_a_verb_the_help_is_shown(run: Run, words: list[str]) -> None:
    said = run(*words)
    assert "Usage: " in said.out + said.err


@pytest.mark.parametrize(
    "words", [["mertic"], ["metric"], ["metric", "slo"], ["import", "github-archive"], ["doctor", "--x"]]
)
def test_words_that_are_no_call_end_with_2(run: Run, words: list[str]) -> None:
    assert run(*words).code == 2


# --- Import -----------------------------------------------------------------------------------------


def test_an_import_says_what_it_did(run: Run, tmp_path: Path) -> None:
    save(tmp_path / "issues.jsonl", PAGES)
    said = run("import", "github-archive", "issues.jsonl", "--queue", "lights")
    assert said.code == 0
    assert said.out.splitlines() == [
        "9 tickets with 90 events read into watchbill.duckdb; new or different: 9 tickets, 5 accounts, 90 events.",
        "Left out, not tickets (pull requests): 1.",
        "Kept without being understood: lighthouse_keeper_yawned (1).",
    ]
    assert "There is no watchbill.toml: using the built-in settings" in said.err


def test_the_same_import_again_finds_nothing_new(filled: Run) -> None:
    assert "new or different: nothing." in filled("import", "github-archive", "issues.jsonl").out


def test_a_queue_without_a_name_is_the_repositorys(filled: Run) -> None:
    assert "nothing." in filled("import", "github-archive", "issues.jsonl", "--queue", "").out
    assert {row["queue"] for row in table(filled("metric", "ticket_state", "--as-of", AS_OF, "--format", "csv"))} == {
        "beacon"
    }


def test_what_is_left_out_is_named_and_ends_with_1(run: Run, tmp_path: Path) -> None:
    save(tmp_path / "issues.jsonl", [PAGES[0], "{", PAGES[2]])
    said = run("import", "github-archive", "issues.jsonl")
    assert said.code == 1 and "2 tickets" in said.out
    assert said.err.splitlines()[-1].startswith("Rejected: issues.jsonl, line 2: not JSON")


def test_names_with_quotes_blanks_and_brackets_are_names(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "it's [bold]"
    folder.mkdir()
    save(folder / 'the "issues".jsonl', PAGES)
    said = run("import", "github-archive", folder, "--store", "new/st'o [/re].duckdb")
    assert said.code == 0 and "read into new/st'o [/re].duckdb" in said.out
    assert (
        len(
            table(
                run("metric", "ticket_state", "--as-of", AS_OF, "--store", "new/st'o [/re].duckdb", "--format", "csv")
            )
        )
        == 9
    )


def test_a_kind_of_event_with_signs_in_its_name_is_printed_harmlessly(run: Run, tmp_path: Path) -> None:
    told = json.loads(json.dumps(PAGES[-1]))
    told["events"][1]["event"] = "[/x]\x1b[31m"
    save(tmp_path / "issues.jsonl", [told])
    said = run("import", "github-archive", "issues.jsonl")
    assert said.code == 0 and "[/x]" in said.out and "\x1b" not in said.out


# --- Metrics ----------------------------------------------------------------------------------------


def test_ticket_state_as_csv_is_a_contract(filled: Run) -> None:
    said = filled("metric", "ticket_state", "--as-of", AS_OF, "--format", "csv")
    assert said.out.splitlines()[0] == STATE
    [row] = [row for row in table(said) if row["key"] == "beacon#12"]
    assert row == {
        "ticket_id": "github/lantern-works/beacon#12",
        "key": "beacon#12",
        "queue": "beacon",
        "is_open": "false",
        "status": "completed",
        "stage": "done",
        "priority": "P2",
        "owners": '["odalys"]',
        "labels": '["P2","lamp"]',
        "opened_at": "2026-03-02T09:00:00Z",
        "closed_at": "2026-03-06T15:00:00Z",
    }


def test_ticket_state_is_replayed_to_the_instant(filled: Run) -> None:
    said = filled("metric", "ticket_state", "--as-of", "2026-03-03T00:00Z", "--format", "csv")
    [row] = [row for row in table(said) if row["key"] == "beacon#12"]
    assert (row["owners"], row["status"], row["closed_at"]) == ('["pell"]', "open", "")


@pytest.mark.parametrize("name", ["triage_latency", "first_response", "slo", "reopen_cycles", "flow", "ticket_state"])
def test_rows_begin_with_the_ticket(filled: Run, name: str) -> None:
    said = filled("metric", name, "--as-of", AS_OF, "--format", "csv")
    assert said.code == 0 and said.out.startswith("ticket_id,key,")


def test_promises_carry_their_clock(filled: Run) -> None:
    said = filled("metric", "slo", "--as-of", AS_OF, "--format", "csv")
    assert said.out.startswith("ticket_id,key,policy,started_at,due_at,met_at,verdict,")
    assert {row["policy"] for row in table(said)} == {"Triage", "First response"}


def test_json_csv_and_parquet_tell_the_same(filled: Run, tmp_path: Path) -> None:
    asked = ("metric", "ticket_state", "--as-of", AS_OF)
    told = json.loads(filled(*asked, "--format", "json").out)
    assert filled(*asked, "--format", "parquet", "--out", "state.parquet") == Said(0, "", "")
    assert filled(*asked, "--format", "csv", "--out", "state.csv").out == ""
    kept = pl.read_parquet(tmp_path / "state.parquet")
    written = list(csv.DictReader(io.StringIO((tmp_path / "state.csv").read_text(encoding="utf-8"))))
    assert list(told[0]) == kept.columns == STATE.split(",")
    assert [row["key"] for row in told] == kept["key"].to_list() == [row["key"] for row in written]


def test_a_table_is_for_people(filled: Run) -> None:
    said = filled("metric", "ticket_state", "--as-of", AS_OF)
    head, *rows = said.out.splitlines()
    assert head.split() == STATE.split(",") and len(rows) == 9
    assert any("-" in row.split() for row in rows), "what is not known is a dash"


@pytest.mark.parametrize("name", ["ticket_state", "triage_latency", "first_response", "slo", "flow", "reopen_cycles"])
def test_a_summary_adds_up(filled: Run, name: str) -> None:
    said = filled("metric", name, "--as-of", AS_OF, "--summary")
    assert said.code == 0 and said.out


def test_one_ticket_can_be_traced(filled: Run) -> None:
    said = filled(
        "metric", "clock_trace", "--as-of", AS_OF, "--ticket", "github/lantern-works/beacon#12", "--format", "csv"
    )
    assert said.code == 0 and said.out.startswith("ticket_id,key,")


def test_another_queue_has_no_rows(filled: Run) -> None:
    assert table(filled("metric", "ticket_state", "--as-of", AS_OF, "--queue", "other", "--format", "csv")) == []


def test_settings_that_moved_on_are_noticed_until_they_are_applied(filled: Run, tmp_path: Path) -> None:
    changed = settings.DEFAULT_TOML.replace("objective = 0.9", "objective = 0.8")
    (tmp_path / "watchbill.toml").write_text(changed, encoding="utf-8")
    asked = ("metric", "ticket_state", "--as-of", AS_OF)
    assert "was made under other settings" in filled(*asked).err
    assert filled("apply").out == "watchbill.duckdb now goes by watchbill.toml.\n"
    assert filled(*asked).err == ""


def test_the_journal_can_be_read_again(filled: Run) -> None:
    assert "new or different: nothing." in filled("reparse").out


# --- The doctor -------------------------------------------------------------------------------------


def test_the_doctor_is_content_with_a_sound_store(run: Run, tmp_path: Path) -> None:
    page = next(told for told in PAGES if told["issue"]["number"] == 12)
    save(tmp_path / "issues.jsonl", [page])
    run("import", "github-archive", "issues.jsonl")
    said = run("doctor")
    assert said.code == 0 and all(line.startswith("  ok ") for line in said.out.splitlines())
    assert "Store: 1 tickets; history until 2026-03-06 15:00 UTC" in said.out


def test_the_doctor_says_what_to_look_at_and_ends_with_1(run: Run, tmp_path: Path) -> None:
    (tmp_path / "watchbill.toml").write_text("[[calender]]", encoding="utf-8")
    said = run("doctor")
    looked_at = [line for line in said.out.splitlines() if line.startswith("LOOK ")]
    assert said.code == 1 and len(looked_at) == 2
    assert "did you mean 'calendar'?" in looked_at[0] and "there is no store" in looked_at[1]


def test_the_doctor_knows_that_a_country_is_none(run: Run, tmp_path: Path) -> None:
    changed = settings.DEFAULT_TOML.replace('zone = "UTC"', 'zone = "UTC"\ncountry = "XX"')
    (tmp_path / "watchbill.toml").write_text(changed, encoding="utf-8")
    assert "LOOK  calendar 'office': Country XX not available" in run("doctor").out


# --- One sentence -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["metric", "ticket_state", "--as-of", AS_OF, "--store", "none"], "there is no store at none"),
        (["serve", "--store", "none"], "there is no store at none"),
        (["serve", "--address", "0.0.0.0"], "will not listen on 0.0.0.0. Watchbill answers this machine alone until"),
        (["reparse", "--store", "none"], "has no journal to read again"),
        (["apply", "--store", "none"], "there is no store at none"),
        (["metric", "ticket_state", "--as-of", "2026-03-09"], "has no time zone; end it with Z"),
        (["metric", "ticket_state", "--as-of", "yesterday"], "yesterday"),
        (["metric", "flow", "--as-of", AS_OF, "--from", "2026-03-09"], "since=2026-03-09 has no time zone"),
        (["metric", "triage"], "there is no metric 'triage'; there are ticket_state, triage_latency"),
        (["metric", "triage_latency", "--policy", "Triage"], "triage_latency cannot be asked like that"),
        (["metric", "clock_trace", "--summary", "--ticket", "x"], "clock_trace has no summary"),
        (["metric", "ticket_state", "--format", "parquet"], "name a file with --out"),
        (["metric", "ticket_state", "--out", "no/such/folder.csv", "--format", "csv"], "No such file or directory"),
        (["import", "github-archive", "nothing.jsonl"], "nothing.jsonl: there is no such file or folder"),
        (["import", "github-archive", "issues.jsonl", "--store", "."], "name"),
        (
            ["import", "github-archive", "issues.jsonl", "--store", "issues.jsonl"],
            "is not a store that Watchbill wrote",
        ),
        (["demo", "--store", "watchbill.duckdb"], "holds 9 tickets of your own; name another file with --store"),
        (["import", "github-archive", "issues.jsonl", "--settings", "bad.toml"], "did you mean 'calendar'?"),
        (["metric", "ticket_state", "--settings", "bad.toml"], "bad.toml: calender: there is no such setting"),
    ],
)
def test_a_mistake_is_one_sentence_and_ends_with_2(filled: Run, tmp_path: Path, words: list[str], said: str) -> None:
    (tmp_path / "bad.toml").write_text("[[calender]]", encoding="utf-8")
    if words[0] == "metric" and "--as-of" not in words:
        words = [*words, "--as-of", AS_OF]
    assert_one_sentence(filled(*words), said)


@pytest.mark.parametrize("damage", [lambda raw: raw[:-9], lambda raw: raw[:40] + b"\xff\xff\xff" + raw[43:]])
def test_a_damaged_archive_is_one_sentence_and_leaves_the_store_as_it_was(
    filled: Run, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    before = (tmp_path / "watchbill.duckdb").resolve()
    raw = gzip.compress("".join(json.dumps(page) + "\n" for page in PAGES).encode(), mtime=0)
    (tmp_path / "cut.jsonl.gz").write_bytes(damage(raw))
    assert_one_sentence(filled("import", "github-archive", "cut.jsonl.gz"), "cut.jsonl.gz", "damaged or cut short")
    assert (tmp_path / "watchbill.duckdb").resolve() == before


def test_a_full_disk_is_one_sentence(filled: Run) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    said = filled("metric", "ticket_state", "--as-of", AS_OF, "--format", "csv", "--out", "/dev/full")
    assert_one_sentence(said, "No space left on device")


# --- Real processes and pipes -----------------------------------------------------------------------


def test_in_a_pipe_there_are_neither_colours_nor_bars_whatever_the_terminal(tmp_path: Path) -> None:
    save(tmp_path / "issues.jsonl", PAGES)
    colourful = {"TERM": "xterm-256color", "COLUMNS": "40"}
    told = [program(tmp_path, "import", "github-archive", "issues.jsonl", **colourful)]
    told.append(program(tmp_path, "metric", "slo", "--as-of", AS_OF, "--summary", **colourful))
    told.append(program(tmp_path, "metric", "ticket_state", "--as-of", AS_OF, **colourful))
    assert [said.code for said in told] == [0, 0, 0]
    assert all("\x1b" not in said.out + said.err and "\r" not in said.out + said.err for said in told)
    assert all("Reading" not in said.err and "━" not in said.err for said in told)
    assert len(told[2].out.splitlines()) == 10, "a narrow terminal does not fold what goes into a pipe"


def test_the_answer_is_the_same_in_any_zone_and_locale(filled: Run, tmp_path: Path) -> None:
    asked = ("metric", "slo", "--as-of", AS_OF, "--format", "csv")
    far = program(tmp_path, *asked, TZ="Pacific/Chatham", LC_ALL="C")
    assert far == Said(0, filled(*asked).out, "")


def test_a_mistake_in_a_real_process_has_no_traceback(tmp_path: Path) -> None:
    assert_one_sentence(program(tmp_path, "metric", "slo", "--as-of", AS_OF), "there is no store")


def test_a_reader_that_goes_away_is_no_mistake_worth_a_traceback(filled: Run, tmp_path: Path) -> None:
    command = [sys.executable, str(TOP / "watchbill.py"), "metric", "flow", "--as-of", AS_OF, "--format", "json"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout and running.stderr
        running.stdout.close()
        assert "Traceback" not in running.stderr.read()


# --- The demo ---------------------------------------------------------------------------------------


def test_the_demo_is_made_from_nothing_and_makes_way_for_real_tickets(filled: Run) -> None:
    made = filled("demo", "--store", "demo.duckdb")
    assert made.code == 0 and made.err == ""
    assert [line.split()[0] for line in made.out.splitlines()[1:]] == ["phorge", "github", "jira", "rt"]
    said = filled("import", "github-archive", "issues.jsonl", "--store", "demo.duckdb")
    assert said.code == 0 and "made way" in said.out
    assert "9 tickets" in filled("doctor", "--store", "demo.duckdb").out
