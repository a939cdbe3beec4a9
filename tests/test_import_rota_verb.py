"""`watchbill import rota`: what it says, what it puts into the store, and how it ends."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

import watchbill

SHIFTS = "role,person,starts_at,ends_at\n"


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Call `watchbill import rota` with these words, in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def call(*words: object) -> Said:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["watchbill", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            watchbill.main()
        captured = capsys.readouterr()
        return Said(int(ended.value.code or 0), captured.out, captured.err)

    return call


def rows(table: str) -> list[tuple[object, ...]]:
    with duckdb.connect(Path("watchbill.duckdb").resolve(), read_only=True) as con:
        return con.execute(f"SELECT account_id, starts_at::DATE::VARCHAR FROM {table} ORDER BY ALL").fetchall()


def weeks(*people: str) -> str:
    starts = ["2026-11-02", "2026-11-09", "2026-11-16", "2026-11-23"]
    return SHIFTS + "".join(f"duty,{who},{starts[n]},{starts[n + 1]}\n" for n, who in enumerate(people))


def test_a_corrected_file_takes_the_place_of_the_one_before(run: Run) -> None:
    Path("shifts.csv").write_text(weeks("ana", "bo", "cy"), encoding="utf-8")
    Path("absences.csv").write_text("person,starts_at,ends_at\nana,2026-12-24,2027-01-02\n", encoding="utf-8")
    said = run("import", "rota", ".", "--zone", "UTC")
    assert said.code == 0
    assert said.out == (
        "3 shifts and 1 absences read into watchbill.duckdb; "
        "new, different or removed: 3 accounts, 3 shifts, 1 absences.\n"
    )
    assert rows("absence") == [("files/ana", "2026-12-24")]
    Path("shifts.csv").write_text(weeks("ana", "cy", "bo"), encoding="utf-8")
    said = run("import", "rota", "shifts.csv", "--zone", "UTC")
    assert said.code == 0 and "removed: 4 shifts." in said.out
    assert rows("shift") == [("files/ana", "2026-11-02"), ("files/bo", "2026-11-16"), ("files/cy", "2026-11-09")]
    assert "new, different or removed: nothing." in run("import", "rota", "shifts.csv", "--zone", "UTC").out


def test_the_journal_tells_the_same_rota_again(run: Run) -> None:
    Path("shifts.csv").write_text(weeks("ana", "bo"), encoding="utf-8")
    assert run("import", "rota", "shifts.csv", "--zone", "UTC").code == 0
    before = rows("shift")
    assert run("reparse").code == 0
    assert rows("shift") == before


def test_wrong_rows_are_told_and_nothing_is_taken_in(run: Run) -> None:
    Path("shifts.csv").write_text(weeks("ana", ""), encoding="utf-8")
    said = run("import", "rota", "shifts.csv", "--zone", "UTC")
    assert said.code == 2 and not Path("watchbill.duckdb").exists()
    assert said.err.splitlines() == [
        "shifts.csv, line 3, column person: this must not be empty",
        "Nothing was taken in. Mend these, or take in the rest with --keep-good.",
    ]
    kept = run("import", "rota", "shifts.csv", "--zone", "UTC", "--keep-good")
    assert kept.code == 1 and rows("shift") == [("files/ana", "2026-11-02")]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothing.csv"], "nothing.csv: there is no such file"),
        (["."], "neither shifts.csv nor absences.csv"),
        ([".", "--zone", "Mars"], "'Mars' is not a time zone"),
        ([".", "--name", "My Rota"], "'My Rota' cannot begin ids"),
    ],
)
def test_a_mistake_is_one_sentence_and_ends_with_2(run: Run, words: list[str], said: str) -> None:
    told = run("import", "rota", *words)
    assert told.code == 2 and told.out == ""
    assert said in told.err and "Traceback" not in told.err
