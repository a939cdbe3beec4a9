"""Raw replies, kept as they came, so that a mended parser can read them again without asking the tracker.

One file per run, named by its content: taking the same archive in twice keeps one copy. Each reply is one JSON line
in a gzip member of its own, so a file cut short by a crash loses its last reply at most. Secrets known to the
program are blanked before anything is written.
"""

import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from ingest.records import UnreadableError

BLANK = "[secret]"


@dataclass(frozen=True, slots=True)
class Reply:
    """One raw answer. `place` says where it came from: file and line, or request without its credentials."""

    source: str
    scope: str  # the queue it was read for
    place: str
    body: str


class JournalWriter:
    """Appends replies to a file that gets its name, and so becomes visible, only when the run is whole."""

    def __init__(self, folder: Path, source: str, secrets: Iterable[str] = ()) -> None:
        self._folder = folder / source
        self._folder.mkdir(parents=True, exist_ok=True)
        self._unfinished = self._folder / "unfinished.part"
        self._secrets = [spelling for secret in secrets if secret for spelling in spellings(secret)]
        self._digest = hashlib.sha256()
        self._file = self._unfinished.open("wb")

    def write(self, reply: Reply) -> None:
        line = json.dumps({name: self._blanked(text) for name, text in asdict(reply).items()}, ensure_ascii=False)
        encoded = line.encode()
        self._digest.update(encoded)
        self._file.write(gzip.compress(encoded + b"\n", compresslevel=4, mtime=0))

    def _blanked(self, text: str) -> str:
        for spelling in self._secrets:
            text = text.replace(spelling, BLANK)
        return text

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        if kind is None:
            self._unfinished.replace(self._folder / f"{self._digest.hexdigest()[:32]}.jsonl.gz")


def spellings(secret: str) -> list[str]:
    """As it is, and as JSON writes it: longest first, so that none leaves a rest of another."""
    return sorted({secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}, key=len)[::-1]


def forget(folder: Path) -> None:
    """Remove every finished run, for a store that begins anew."""
    for path in folder.glob("*/*.jsonl.gz"):
        path.unlink()


def replay(folder: Path) -> Iterator[Reply]:
    """Every journalled reply, oldest run first. Raises UnreadableError where a file is damaged."""
    for path in sorted(folder.glob("*/*.jsonl.gz"), key=lambda file: (file.stat().st_mtime_ns, file.name)):
        try:
            for line in _members(path):
                yield Reply(**json.loads(line))
        except (zlib.error, ValueError, TypeError) as error:
            raise UnreadableError(f"{path} is damaged ({error}); fetch a copy, or move it away") from None


def _members(path: Path) -> Iterator[bytes]:
    """The gzip members of a file, one by one; one that is cut short is left out."""
    with path.open("rb") as file:
        member, rest = zlib.decompressobj(wbits=31), b""
        line = b""
        while chunk := rest or file.read(1 << 16):
            line += member.decompress(chunk)
            rest = member.unused_data
            if member.eof:
                yield line
                member, line = zlib.decompressobj(wbits=31), b""
