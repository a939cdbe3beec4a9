"""Raw replies, kept as they came, so that a mended parser can read them again without asking the tracker.

One file per run. Each reply is one JSON line in a gzip member of its own, so a file cut short by a crash loses its
last reply at most. Secrets known to the program are blanked before anything is written.

    SOURCE/00000012-DIGEST.jsonl.gz   a whole run; the number orders the runs, the digest names the content, and
                                      taking the same archive in twice keeps one copy
    SOURCE/pending.part               a run over the network that goes on where it was interrupted
    SOURCE/unfinished.part            an import; interrupted, it begins anew
"""

import gzip
import hashlib
import json
import os
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ingest.records import UnreadableError

BLANK = "[secret]"


@dataclass(frozen=True, slots=True)
class Reply:
    """One raw answer. `place` says where it came from: file and line, or request without its credentials."""

    source: str  # the source's name in the settings
    scope: str  # the queue it was read for
    place: str
    body: str  # empty: no answer to keep, only progress
    kind: str = ""  # of source, such as github; empty: the same as its name
    since: str = ""  # JSON: where fetching goes on after this reply; empty: read from a file


class JournalWriter:
    """Appends replies to a file that gets its name, and so becomes visible, only when the run is whole."""

    def __init__(self, folder: Path, source: str, secrets: Iterable[str] = ()) -> None:
        self._folder = folder / source
        self._folder.mkdir(parents=True, exist_ok=True)
        self._unfinished = self._folder / "unfinished.part"
        self._secrets = tuple(secrets)
        self._file = self._unfinished.open("wb")

    def write(self, reply: Reply) -> None:
        self._file.write(_member(reply, self._secrets))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        if kind is None:
            _keep(self._unfinished)


class Pending:
    """The run of one source over the network, which outlives every interruption: what was written is read again, and
    writing goes on behind it."""

    def __init__(self, folder: Path, source: str, secrets: Iterable[str] = ()) -> None:
        self._path = folder / source / "pending.part"
        self.secrets = tuple(secrets)

    def replies(self) -> Iterator[Reply]:
        """What was written so far, whole replies only. Raises UnreadableError where the file is damaged."""
        return _replies(self._path) if self._path.exists() else iter(())

    @property
    def since(self) -> Mapping[str, Any] | None:
        """Where fetching goes on; None where nothing is pending."""
        last = deque(self.replies(), maxlen=1)
        return json.loads(last[0].since) if last else None

    def write(self, reply: Reply) -> None:
        """Append a reply; it is on disk when this returns."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            file.write(_member(reply, self.secrets))
            file.flush()
            os.fsync(file.fileno())

    def mend(self) -> None:
        """Cut off a reply that a crash left unfinished, so that writing can go on behind the whole ones."""
        if self._path.exists():
            whole = sum(size for size, _ in _members(self._path))
            os.truncate(self._path, whole)

    def keep(self) -> None:
        """The run is stored: from now on its replies are history. A run without any leaves nothing."""
        if any(reply.body for reply in self.replies()):
            _keep(self._path)
        else:
            self.drop()

    def drop(self) -> None:
        self._path.unlink(missing_ok=True)


def _member(reply: Reply, secrets: tuple[str, ...]) -> bytes:
    told = {name: blanked(text, secrets) for name, text in asdict(reply).items() if text or name in _ALWAYS}
    return gzip.compress(json.dumps(told, ensure_ascii=False).encode() + b"\n", compresslevel=4, mtime=0)


_ALWAYS = ("source", "scope", "place", "body")


def blanked(text: str, secrets: Iterable[str]) -> str:
    """The text without the secrets, however JSON spells them."""
    for secret in secrets:
        for spelling in _spellings(secret) if secret else ():
            text = text.replace(spelling, BLANK)
    return text


def _spellings(secret: str) -> list[str]:
    """As it is, and as JSON writes it: longest first, so that none leaves a rest of another."""
    return sorted({secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}, key=len)[::-1]


def _keep(unfinished: Path) -> None:
    """Give a whole run its name: the newest, and the only one of its content."""
    folder, digest = unfinished.parent, _digest(unfinished)
    known = [path for path in _runs(folder) if _stem(path).endswith(digest)]
    newest = max((_ordinal(path) for path in _runs(folder)), default=0)
    unfinished.replace(folder / f"{newest + 1:08d}-{digest}.jsonl.gz")
    for path in known:
        path.unlink()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:32]


def _runs(folder: Path) -> list[Path]:
    """Oldest first. Runs kept by earlier versions have no number; the time of their writing orders them."""
    return sorted(folder.glob("*.jsonl.gz"), key=lambda path: (_ordinal(path), path.stat().st_mtime_ns, path.name))


def _stem(path: Path) -> str:
    return path.name.removesuffix(".jsonl.gz")


def _ordinal(path: Path) -> int:
    number, dash, _ = _stem(path).partition("-")
    return int(number) if dash else 0


def forget(folder: Path) -> None:
    """Remove every whole run, for a store that begins anew."""
    for path in folder.glob("*/*.jsonl.gz"):
        path.unlink()


def replay(folder: Path) -> Iterator[Reply]:
    """Every reply of whole runs, each source's oldest run first. Raises UnreadableError where a file is damaged."""
    for source in sorted(folder.glob("*/")):
        for path in _runs(source):
            yield from _replies(path)


def _replies(path: Path) -> Iterator[Reply]:
    try:
        for _, line in _members(path):
            yield Reply(**json.loads(line))
    except (zlib.error, ValueError, TypeError) as error:
        raise UnreadableError(f"{path} is damaged ({error}); fetch a copy, or move it away") from None


def _members(path: Path) -> Iterator[tuple[int, bytes]]:
    """The gzip members of a file, each with its size on disk; one that is cut short is left out."""
    with path.open("rb") as file:
        member, rest, size = zlib.decompressobj(wbits=31), b"", 0
        line = b""
        while chunk := rest or file.read(1 << 16):
            line += member.decompress(chunk)
            rest = member.unused_data
            size += len(chunk) - len(rest)
            if member.eof:
                yield size, line
                member, line, size = zlib.decompressobj(wbits=31), b"", 0
