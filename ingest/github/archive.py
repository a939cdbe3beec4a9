"""Issues with their timelines saved as JSON files: one JSONL (plain, .gz, .xz), or a folder of one-issue files."""

import gzip
import lzma
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from ingest.github import NAME
from ingest.journal import Reply

SUFFIXES = (".json", ".jsonl", ".json.gz", ".jsonl.gz", ".json.xz", ".jsonl.xz")


class ArchiveError(Exception):
    """The archive cannot be read; the text says which file and what to do."""


def files(path: Path) -> list[Path]:
    """The archive's files, by number where their names have one. Raises ArchiveError."""
    if not path.exists():
        raise ArchiveError(f"{path}: there is no such file or folder")
    if path.is_file():
        return [path]
    found = [file for file in path.rglob("*") if file.is_file() and file.name.endswith(SUFFIXES)]
    if not found:
        raise ArchiveError(f"{path}: no {', '.join(SUFFIXES)} files in this folder; name the one that holds the issues")
    return sorted(found, key=_by_number)


def _by_number(file: Path) -> tuple[str, int, str]:
    digits = re.search(r"\d+", file.name)
    return str(file.parent), int(digits[0]) if digits else 0, file.name


def replies(file: Path, queue: str | None) -> Iterator[Reply]:
    """The issues of one file, unparsed. Raises ArchiveError where the file itself is damaged."""
    try:
        with _open(file) as lines:
            if re.search(r"\.json(\.gz|\.xz)?$", file.name):
                yield Reply(NAME, queue or "", file.name, lines.read())
                return
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield Reply(NAME, queue or "", f"{file.name}, line {number}", line.rstrip("\n"))
    except (EOFError, lzma.LZMAError, gzip.BadGzipFile, zlib.error) as error:
        raise ArchiveError(f"{file}: the compressed file is damaged or cut short ({error}); fetch it again") from None
    except UnicodeDecodeError as error:
        raise ArchiveError(f"{file}: not UTF-8 text ({error.reason} at byte {error.start})") from None


def _open(file: Path) -> IO[str]:
    """As text; Windows programs put a byte order mark before UTF-8."""
    if file.suffix == ".gz":
        return gzip.open(file, "rt", encoding="utf-8-sig")
    if file.suffix == ".xz":
        return lzma.open(file, "rt", encoding="utf-8-sig")
    return file.open(encoding="utf-8-sig")
