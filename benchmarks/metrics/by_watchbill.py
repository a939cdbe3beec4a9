"""What Watchbill's own answers cost, in a process of its own: `python -m benchmarks.metrics.by_watchbill STORE [NAME]`.

With the name of a metric, prints seconds as JSON: to open the store, the first answer, the fastest of the following;
without one, asks every metric once and prints the peak of memory; with `lean` for a name, over a lean store.
"""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import metrics
from benchmarks.metrics.questions import LEAN, asked

ENOUGH_RUNS, ENOUGH_SECONDS = 5, 10.0


def main(store: str, name: str | None = None) -> None:
    begin = perf_counter()
    con = metrics.open_store(store, is_lean=name == LEAN)
    opened = perf_counter() - begin
    if name in (None, LEAN):
        for _, ask in asked().values():
            ask(con)
        told = {"peak_mib": _peak_kib() / 1024}
    else:
        _, ask = asked()[name]
        told = {"open": opened, "first": _timed(ask, con), "warm": _fastest(ask, con)}
    print(json.dumps(told))


def _peak_kib() -> float:
    """The most memory that this process held, by Linux's own account: getrusage begins with that of its parent."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return float(re.findall(r"^VmHWM:\s*(\d+) kB$", status, re.MULTILINE)[0])


def _timed(ask: Callable[[Any], Any], con: Any) -> float:
    begin = perf_counter()
    ask(con)
    return perf_counter() - begin


def _fastest(ask: Callable[[Any], Any], con: Any) -> float:
    """The shortest of a few runs, fewer where each is long."""
    times: list[float] = []
    while len(times) < ENOUGH_RUNS and sum(times) < ENOUGH_SECONDS:
        times.append(_timed(ask, con))
    return min(times)


if __name__ == "__main__":
    main(*sys.argv[1:])
