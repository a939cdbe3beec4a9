"""Running the tests against one mutant at a time, in copies of the tree."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from time import monotonic
from typing import Literal

from tests.mutation.mutant import Mutant

Verdict = Literal["killed", "timeout", "stillborn", "survived"]
ROOT = Path(__file__).parents[2]
_LEFT_BEHIND = shutil.ignore_patterns(
    ".*", "__pycache__", "*.duckdb", "*.store", "*.egg-info", "node_modules", "watchbill.toml"
)
_OPTIONS = ("-x", "-q", "--no-header", "--tb=short", "-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:xdist")
_UNREADABLE = re.compile(
    r"\b(ParserException|BinderException|CatalogException|SyntaxError|Parser Error|Binder Error)\b"
)
_NOT_COLLECTED = (2, 4)  # what pytest answers when a file cannot be imported


class TrialError(Exception):
    """The tests cannot judge any mutant; the text says why."""


def judged(
    sources: Mapping[Path, str], trials: Sequence[tuple[Path, Mutant]], tests: Sequence[str], jobs: int
) -> Iterator[tuple[Path, Mutant, Verdict]]:
    """Each mutant with what the tests made of it, as they finish; its file is relative to the tree.

    `sources` are the texts that the mutants were found in: the tree may have moved on since. Raises TrialError where
    the tests fail on the tree as it is.
    """
    with tempfile.TemporaryDirectory(prefix="watchbill-mutants-") as folder, ThreadPoolExecutor(jobs) as workers:
        trees: SimpleQueue[Path] = SimpleQueue()
        for n in range(jobs):
            trees.put(_copy(Path(folder) / str(n), sources))
        with _borrowed(trees) as tree:
            patience = _baseline(tree, tests) * 4 + 10

        def judge(file: Path, mutant: Mutant) -> tuple[Path, Mutant, Verdict]:
            with _borrowed(trees) as tree:
                return file, mutant, _verdict(tree, file, mutant.of(sources[file]), tests, patience)

        futures = [workers.submit(judge, file, mutant) for file, mutant in trials]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            workers.shutdown(cancel_futures=True)


def _copy(place: Path, sources: Mapping[Path, str]) -> Path:
    """The tree, with the shared material beside it as it is beside the checkout."""
    tree = place / ROOT.name
    shutil.copytree(ROOT, tree, ignore=_LEFT_BEHIND)
    if (shared := ROOT.parent / "shared").is_dir():
        (place / "shared").symlink_to(shared)
    for file, text in sources.items():
        (tree / file).write_text(text, encoding="utf-8")
    return tree


@contextmanager
def _borrowed(trees: "SimpleQueue[Path]") -> Iterator[Path]:
    tree = trees.get()
    try:
        yield tree
    finally:
        trees.put(tree)


def _baseline(tree: Path, tests: Sequence[str]) -> float:
    """Seconds that the tests take on the tree as it is."""
    begin = monotonic()
    code, output = _pytest(tree, tests, None, may_keep_bytecode=True)
    if code:
        raise TrialError(f"the tests fail before anything is changed:\n{output}")
    return monotonic() - begin


def _verdict(tree: Path, file: Path, changed: str, tests: Sequence[str], patience: float) -> Verdict:
    if file.suffix == ".py" and not _compiles(changed):
        return "stillborn"
    place = tree / file
    source = place.read_text(encoding="utf-8")
    for stale in (place.parent / "__pycache__").glob(f"{place.stem}.*"):
        stale.unlink()  # a change of the same length within a second would go unnoticed
    place.write_text(changed, encoding="utf-8")
    try:
        code, output = _pytest(tree, tests, patience)
    finally:
        place.write_text(source, encoding="utf-8")
    if code is None:
        return "timeout"
    if code in _NOT_COLLECTED or (code and _UNREADABLE.search(output)):
        return "stillborn"
    return "killed" if code else "survived"


def _compiles(source: str) -> bool:
    try:
        compile(source, "mutant", "exec")
    except SyntaxError:
        return False
    return True


def _pytest(
    tree: Path, tests: Sequence[str], patience: float | None, *, may_keep_bytecode: bool = False
) -> tuple[int | None, str]:
    """Its exit code, None where it took too long, and what it printed."""
    command = [sys.executable, "-m", "pytest", *_OPTIONS, *tests]
    environment = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "" if may_keep_bytecode else "1"}
    process = subprocess.Popen(
        command, cwd=tree, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True,
    )  # fmt: skip
    try:
        output, _ = process.communicate(timeout=patience)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return None, ""
    return process.returncode, output
