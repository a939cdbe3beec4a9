"""Every metric over two years, from ten thousand to a million tickets, beside pandas and plain SQL on the same tables.

Watchbill is asked for its weekly series, or for its summary where there is none; pandas and SQL for those of its
numbers that an analyst would want first, at times by the wall clock where Watchbill answers in working time as well
(beside/ has each question). First all three must tell the same, of the middle store. Cold is a fresh process: opening
the store and the first answer, the program's imports apart; warm is the fastest of a few more. Below stands what the
facts of a next snapshot take, after a day's news. WATCHBILL_BENCH_STORE names a store of a million made-up tickets to
use again, and where to leave it when there is none.
"""

import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.metrics import same
from benchmarks.metrics.beside import QUESTIONS
from benchmarks.metrics.questions import LEAN, asked
from benchmarks.synthetic import build
from metrics import facts

SIZES = (10_000, 100_000, 1_000_000)
PATIENCE = 3600  # seconds for one process


def main() -> None:
    """Build or take the stores, prove the answers equal, measure, and print one line for each metric."""
    with tempfile.TemporaryDirectory() as folder:
        stores = {size: _store(Path(folder), size) for size in SIZES}
        same.prove(stores[SIZES[1]])
        print(f"{len(QUESTIONS)} answers are the same in pandas and in SQL\n")
        others = {size: _told("others", store) or {} for size, store in stores.items()}
        _print_head()
        for name, (what, _) in asked().items():
            _print_line(name, what, [_told("by_watchbill", store, name) for store in stores.values()], others)
        print()
        for size, store in stores.items():
            _print_next(size, _told("next_snapshot", store))
        readers = [_told("by_watchbill", stores[SIZES[-1]], *how) for how in ((), (LEAN,))]
    read = others[SIZES[-1]].get("pandas_read", math.nan)
    print(f"at {SIZES[-1]:,} tickets: pandas first reads for {read:,.1f} s", end="; ")
    peaks = [f"{reader['peak_mib']:,.0f} MiB" if reader else "?" for reader in readers]
    print(f"a process that asks Watchbill everything takes {peaks[0]}, a lean one {peaks[1]}")


def _store(folder: Path, tickets: int) -> Path:
    """A store of so many tickets, made now unless it is the one to use again."""
    kept = os.environ.get("WATCHBILL_BENCH_STORE") if tickets == SIZES[-1] else None
    path = Path(kept) if kept else folder / f"{tickets}.duckdb"
    if path.exists():
        print(f"{tickets:12,} tickets: {path.name}, as it was")
        return path
    settled: list[float] = []

    def settle(private: Path) -> None:
        begin = perf_counter()
        facts.settle(private)
        settled.append(perf_counter() - begin)

    begin = perf_counter()
    build(path, tickets, settle=settle)
    spent, size = perf_counter() - begin, path.resolve().stat().st_size / 1e6
    print(f"{tickets:12,} tickets: rows {spent - sum(settled):.1f} s, facts {sum(settled):.1f} s, {size:,.0f} MB")
    return path


def _print_next(tickets: int, told: dict[str, Any] | None) -> None:
    taken = f"{told['seconds']:.1f} s, {told['tickets']:,} of them with news" if told else "too long"
    print(f"{tickets:12,} tickets: facts of the next snapshot {taken}", flush=True)


def _told(module: str, *arguments: object) -> dict[str, Any] | None:
    """What a process of its own measured; None where it took too long."""
    command = [sys.executable, "-m", f"benchmarks.metrics.{module}", *map(str, arguments)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return None
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"{' '.join(command[2:])} failed:\n{error.stderr}") from None
    return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def _print_head() -> None:
    warm = "".join(f"{f'warm {size:,}':>16}" for size in SIZES)
    print(f"{'milliseconds':24}{'':9}{warm}{'cold':>10}{'growth':>8}{'pandas':>10}{'x':>7}{'SQL':>10}{'x':>7}")


def _print_line(name: str, what: str, told: list[dict[str, Any] | None], others: dict[int, dict[str, Any]]) -> None:
    """Of one metric; pandas, SQL and cold at the largest size, and how many times as long they take."""
    warm = [answer["warm"] if answer else math.nan for answer in told]
    largest = told[-1] or {"open": math.nan, "first": math.nan}
    growth = math.log(warm[-1] / warm[0], SIZES[-1] / SIZES[0])
    line = "".join(f"{1000 * seconds:16,.0f}" for seconds in warm)
    line += f"{1000 * (largest['open'] + largest['first']):10,.0f}{growth:8.2f}"
    for other in ("pandas", "sql"):
        seconds = others[SIZES[-1]].get(other, {}).get(name)
        line += f"{1000 * seconds:10,.0f}{seconds / warm[-1]:7.1f}" if seconds else f"{'':17}"
    print(f"{name:24}{what:9}{line}", flush=True)
