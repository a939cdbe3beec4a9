"""Saved issues as files: what is read, in which order, and what is said where they cannot be."""

import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.github import archive as github_archive
from ingest.github.archive import ArchiveError
from ingest.journal import Reply

Compress = Callable[[bytes], bytes]
LINES = '{"n": 1}\n{"n": 2}\n\n{"n": 3, "text": "Ünï\u2028code"}\n'
SUFFIXES = [("jsonl", bytes), ("jsonl.gz", gzip.compress), ("jsonl.xz", lzma.compress)]


def replies(path: Path, queue: str | None = None) -> list[Reply]:
    return [reply for file in github_archive.files(path) for reply in github_archive.replies(file, queue)]


@pytest.mark.parametrize(("suffix", "compress"), SUFFIXES)
def test_every_line_is_a_reply_that_knows_its_place(tmp_path: Path, suffix: str, compress: Compress) -> None:
    file = tmp_path / f"issues.{suffix}"
    file.write_bytes(compress(LINES.encode()))
    assert replies(file, "infra") == [
        Reply("github", "infra", f"issues.{suffix}, line 1", '{"n": 1}'),
        Reply("github", "infra", f"issues.{suffix}, line 2", '{"n": 2}'),
        Reply("github", "infra", f"issues.{suffix}, line 4", '{"n": 3, "text": "Ünï\u2028code"}'),
    ]


@pytest.mark.parametrize(
    ("suffix", "compress"), [("json", bytes), ("json.gz", gzip.compress), ("json.xz", lzma.compress)]
)
def test_a_json_file_is_one_reply_however_many_lines_it_has(tmp_path: Path, suffix: str, compress: Compress) -> None:
    file = tmp_path / f"issue-1.{suffix}"
    file.write_bytes(compress(b'{\n"n": 1\n}\n'))
    assert [(reply.place, reply.body) for reply in replies(file)] == [(f"issue-1.{suffix}", '{\n"n": 1\n}\n')]


def test_json_in_the_middle_of_a_name_does_not_make_it_one_reply(tmp_path: Path) -> None:
    file = tmp_path / "issues.json.copy.jsonl"
    file.write_text(LINES, encoding="utf-8")
    assert len(replies(file)) == 3


def test_a_byte_order_mark_is_no_part_of_the_first_line(tmp_path: Path) -> None:
    file = tmp_path / "issues.jsonl"
    file.write_text(LINES, encoding="utf-8-sig")
    assert replies(file)[0].body == '{"n": 1}'


def test_lines_may_end_as_on_windows_and_the_last_need_not_end(tmp_path: Path) -> None:
    file = tmp_path / "issues.jsonl"
    file.write_bytes(b'{"n": 1}\r\n{"n": 2}')
    assert [reply.body for reply in replies(file)] == ['{"n": 1}', '{"n": 2}']


def test_a_folder_is_read_in_the_order_of_its_numbers(tmp_path: Path) -> None:
    for name in ("issue-10.json", "issue-9.json", "issue-100.json.gz", "README.txt", "about.json"):
        raw = f'"{name}"'.encode()
        (tmp_path / name).write_bytes(gzip.compress(raw) if name.endswith("gz") else raw)
    assert [reply.place for reply in replies(tmp_path)] == [
        "about.json",
        "issue-9.json",
        "issue-10.json",
        "issue-100.json.gz",
    ]


def test_folders_in_a_folder_are_read_one_after_the_other(tmp_path: Path) -> None:
    for name in ("b/1.json", "a/2.json", "a/10.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}")
    assert [str(file.relative_to(tmp_path)) for file in github_archive.files(tmp_path)] == [
        "a/2.json",
        "a/10.json",
        "b/1.json",
    ]


def test_names_with_blanks_and_quotes_are_names(tmp_path: Path) -> None:
    file = tmp_path / 'it\'s "ours" [really]' / "the issues.jsonl"
    file.parent.mkdir()
    file.write_text(LINES, encoding="utf-8")
    assert len(replies(file)) == len(replies(file.parent)) == 3


@pytest.mark.parametrize("name", ["issues.jsonl", "folder"])
def test_a_missing_path_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(ArchiveError, match=f"{name}: there is no such file or folder"):
        replies(tmp_path / name)


def test_a_folder_without_issues_is_said_with_what_was_looked_for(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(ArchiveError, match=r"no \.json, \.jsonl.* files in this folder"):
        replies(tmp_path)


@pytest.mark.parametrize(("suffix", "compress"), SUFFIXES[1:])
def test_a_compressed_file_cut_short_is_said(tmp_path: Path, suffix: str, compress: Compress) -> None:
    file = tmp_path / f"issues.{suffix}"
    file.write_bytes(compress(LINES.encode() * 1000)[:-20])
    with pytest.raises(ArchiveError, match=f"issues.{suffix}: the compressed file is damaged or cut short"):
        replies(file)


@pytest.mark.parametrize(("suffix", "compress"), SUFFIXES[1:])
@pytest.mark.parametrize("place", [0, 15, 60])
def test_a_compressed_file_with_a_wrong_byte_is_said(
    tmp_path: Path, suffix: str, compress: Compress, place: int
) -> None:
    raw = bytearray(compress("".join(f'{{"n": {n}}}\n' for n in range(1000)).encode()))
    raw[place : place + 8] = bytes(255 - byte for byte in raw[place : place + 8])
    file = tmp_path / f"issues.{suffix}"
    file.write_bytes(raw)
    with pytest.raises(ArchiveError, match=r"damaged or cut short.*fetch it again"):
        replies(file)


def test_text_in_another_encoding_is_said(tmp_path: Path) -> None:
    file = tmp_path / "issues.jsonl"
    file.write_bytes("Größe\n".encode("latin-1"))
    with pytest.raises(ArchiveError, match=r"issues\.jsonl: not UTF-8 text"):
        replies(file)


def test_an_empty_file_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "issues.jsonl").touch()
    assert replies(tmp_path / "issues.jsonl") == []
