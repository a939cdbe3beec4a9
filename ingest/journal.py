"""Raw replies, kept as they came, so that a mended parser can read them again without asking the tracker.

One file per run, named by its content: taking the same archive in twice keeps one copy. Each reply is one JSON line
in a gzip member of its own, so a file cut short by a crash loses its last reply at most. Secrets known to the
program are blanked before anything is written.
"""

import gzip
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

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
        self._secrets = [secret for secret in secrets if secret]
        self._digest = hashlib.sha256()
        self._file = self._unfinished.open("wb")

    def write(self, reply: Reply) -> None:
        line = json.dumps(asdict(reply), ensure_ascii=False)
        for secret in self._secrets:
            line = line.replace(secret, BLANK)
        encoded = line.encode()
        self._digest.update(encoded)
        self._file.write(gzip.compress(encoded + b"\n", compresslevel=4, mtime=0))

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


def replay(folder: Path) -> Iterator[Reply]:
    """Every journalled reply, oldest run first."""
    for path in sorted(folder.glob("*/*.jsonl.gz"), key=lambda file: (file.stat().st_mtime_ns, file.name)):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield Reply(**json.loads(line))
