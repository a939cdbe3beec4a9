"""Raw replies are kept as they came, whole runs only, and never with a secret in them."""

import gzip
import os
from pathlib import Path

import pytest

from ingest.journal import BLANK, JournalWriter, Pending, Reply, forget, replay
from ingest.records import UnreadableError

FIRST = Reply("github", "infra", "issues.jsonl, line 1", '{"title": "Ünïcode \\ud83d “quotes”\\n"}')
SECOND = Reply("github", "infra", "issues.jsonl, line 2", "not even JSON \0 \u2028")


def written(folder: Path, *replies: Reply, secrets: tuple[str, ...] = ()) -> Path:
    """The file of one run."""
    before = set(folder.glob("*/*"))
    with JournalWriter(folder, "github", secrets) as journal:
        for reply in replies:
            journal.write(reply)
    [file] = set(folder.glob("*/*")) - before or before
    return file


def dated(file: Path, day: int) -> None:
    os.utime(file, (day * 86_400, day * 86_400))


def test_replies_come_back_as_they_were_and_in_their_order(tmp_path: Path) -> None:
    written(tmp_path, FIRST, SECOND)
    assert list(replay(tmp_path)) == [FIRST, SECOND]


def test_a_journal_that_was_never_written_is_empty(tmp_path: Path) -> None:
    assert list(replay(tmp_path / "nowhere")) == []


def test_a_run_without_replies_is_fine(tmp_path: Path) -> None:
    written(tmp_path)
    assert list(replay(tmp_path)) == []


def test_the_same_content_is_one_file(tmp_path: Path) -> None:
    assert written(tmp_path, FIRST, SECOND).read_bytes() == written(tmp_path, FIRST, SECOND).read_bytes()
    assert len(list(tmp_path.glob("*/*"))) == 1


def test_other_content_is_another_file(tmp_path: Path) -> None:
    assert written(tmp_path, FIRST) != written(tmp_path, SECOND)


def test_runs_are_replayed_oldest_first_whatever_a_copy_did_to_the_files_dates(tmp_path: Path) -> None:
    dated(written(tmp_path, FIRST), 2)
    dated(written(tmp_path, SECOND), 1)
    assert list(replay(tmp_path)) == [FIRST, SECOND]


def test_runs_kept_by_an_earlier_version_come_first_in_the_order_of_their_dates(tmp_path: Path) -> None:
    third = Reply("github", "infra", "line 3", "{}")
    for reply, name, day in ((FIRST, "b", 2), (SECOND, "a", 3)):
        dated(written(tmp_path, reply).rename(tmp_path / "github" / f"{name}.jsonl.gz"), day)
    written(tmp_path, third)
    assert list(replay(tmp_path)) == [FIRST, SECOND, third]


def test_content_that_comes_again_counts_as_new(tmp_path: Path) -> None:
    """Or a store read again from the journal would end at what is no longer so."""
    written(tmp_path, FIRST)
    written(tmp_path, SECOND)
    with JournalWriter(tmp_path, "github") as journal:
        journal.write(FIRST)
    assert list(replay(tmp_path)) == [SECOND, FIRST]


@pytest.mark.parametrize("secret", ["ghp_madeUpToken", 'pass"wo\\rd', "pässwörd", "ab"])
def test_a_secret_is_blanked_wherever_it_stands(tmp_path: Path, secret: str) -> None:
    body = f"authorization: {secret} and {secret!r}, as JSON {gzip.__name__}"
    file = written(tmp_path, Reply("github", secret, f"GET /?token={secret}", body), secrets=("", secret))
    [kept] = replay(tmp_path)
    assert secret not in gzip.decompress(file.read_bytes()).decode()
    assert (
        kept.scope == BLANK and kept.place == f"GET /?token={BLANK}" and kept.body.startswith(f"authorization: {BLANK}")
    )


def test_a_secret_is_blanked_as_json_spells_it_too(tmp_path: Path) -> None:
    written(tmp_path, Reply("github", "", "", r'{"password": "pa\"ss\\wo\u00f6rd"}'), secrets=('pa"ss\\woörd',))
    [kept] = replay(tmp_path)
    assert kept.body == f'{{"password": "{BLANK}"}}'


def test_an_unfinished_run_is_not_replayed_and_the_next_takes_its_place(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), JournalWriter(tmp_path, "github") as journal:
        journal.write(FIRST)
        raise KeyboardInterrupt
    assert list(replay(tmp_path)) == []
    written(tmp_path, SECOND)
    assert list(replay(tmp_path)) == [SECOND]
    assert [file.suffix for file in tmp_path.glob("*/*")] == [".gz"]


@pytest.mark.parametrize("lost", [1, 8, 30])
def test_a_file_cut_short_loses_its_last_reply_and_no_other(tmp_path: Path, lost: int) -> None:
    file = written(tmp_path, FIRST, SECOND)
    file.write_bytes(file.read_bytes()[:-lost])
    assert list(replay(tmp_path)) == [FIRST]


def test_a_file_damaged_inside_is_named(tmp_path: Path) -> None:
    file = written(tmp_path, FIRST, SECOND)
    raw = bytearray(file.read_bytes())
    raw[20:24] = b"\xff\xff\xff\xff"
    file.write_bytes(raw)
    with pytest.raises(UnreadableError, match=rf"{file.name} is damaged.*fetch a copy"):
        list(replay(tmp_path))


def test_replies_larger_than_any_buffer_come_back(tmp_path: Path) -> None:
    huge = Reply("github", "", "x", os.urandom(1_500_000).hex())
    written(tmp_path, FIRST, huge, SECOND)
    assert list(replay(tmp_path)) == [FIRST, huge, SECOND]


# --- A run that outlives interruptions ---------------------------------------------------------------


def told(n: int, body: str = "{}") -> Reply:
    return Reply("rt", "", f"page {n}", body, "rt", f'{{"after": {n}}}')


def test_a_pending_run_tells_where_to_go_on(tmp_path: Path) -> None:
    pending = Pending(tmp_path, "rt")
    assert (pending.since, list(pending.replies())) == (None, [])
    pending.write(told(1))
    pending.write(told(2))
    assert Pending(tmp_path, "rt").since == {"after": 2}
    assert list(Pending(tmp_path, "rt").replies()) == [told(1), told(2)]


def test_a_pending_run_is_not_history_until_it_is_kept(tmp_path: Path) -> None:
    pending = Pending(tmp_path, "rt")
    pending.write(told(1))
    assert list(replay(tmp_path)) == []
    pending.keep()
    assert list(replay(tmp_path)) == [told(1)]
    assert pending.since is None


@pytest.mark.parametrize("lost", [1, 10, 60])
def test_writing_goes_on_behind_a_reply_that_a_crash_cut_off(tmp_path: Path, lost: int) -> None:
    pending = Pending(tmp_path, "rt")
    for n in (1, 2):
        pending.write(told(n))
    file = tmp_path / "rt" / "pending.part"
    file.write_bytes(file.read_bytes()[:-lost])
    pending.mend()
    assert pending.since == {"after": 1}
    pending.write(told(3))
    assert list(pending.replies()) == [told(1), told(3)]


def test_a_run_that_brought_no_page_leaves_nothing_behind(tmp_path: Path) -> None:
    pending = Pending(tmp_path, "rt")
    pending.write(told(1, body=""))
    pending.keep()
    assert list(tmp_path.glob("*/*")) == []


def test_a_pending_run_holds_no_secret(tmp_path: Path) -> None:
    Pending(tmp_path, "rt", ["hush"]).write(told(1, body='{"key": "hush"}'))
    assert [reply.body for reply in Pending(tmp_path, "rt").replies()] == [f'{{"key": "{BLANK}"}}']


def test_forgetting_history_leaves_what_is_pending(tmp_path: Path) -> None:
    written(tmp_path, FIRST)
    pending = Pending(tmp_path, "rt")
    pending.write(told(1))
    forget(tmp_path)
    assert list(replay(tmp_path)) == [] and pending.since == {"after": 1}
