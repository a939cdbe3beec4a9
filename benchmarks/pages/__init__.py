"""How long each page takes on the server: on the demo store, and on a million made-up tickets.

A server reads its code and opens the store as it starts: how long that takes stands first. A cold page is the first
that such a server draws, before anybody has asked it anything. New is a question nobody has asked before, in a process
that is warm; first is a new visitor's first look at something known, again the same visitor's next. Ten are ten new
visitors at the same instant, of whom the last is told. Nobody's browser is in these numbers. WATCHBILL_BENCH_STORE
names the store of a million tickets, or where to leave it.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from time import perf_counter

import metrics
from benchmarks.pages.visitor import Visitor
from benchmarks.synthetic import build
from metrics import facts
from views import _menu

TOP = Path(__file__).parents[2]
TICKETS = 1_000_000
LOOKS, QUESTIONS, TEN = 20, 3, 10


def main() -> None:
    """One line for each page of each store, in milliseconds; then whose time it was."""
    with tempfile.TemporaryDirectory() as folder:
        for name, store in (("demo", _demo(Path(folder))), (f"{TICKETS:,} tickets", _large(Path(folder)))):
            print(f"A server over the {name} starts in {_start(store):.1f} s.")
            print(f"{name:20}{'cold':>8}{'new p50':>9}{'first p95':>11}{'again p95':>11}{'ten':>8}", end="")
            print(f"{'Watchbill':>12}{'Plotly':>9}{'Streamlit':>11}")
            shares = _shares(store)
            for _, path, _ in _menu.written():
                times = "".join(f"{1000 * spent:{width},.0f}" for spent, width in _times(store, path))
                owned = "".join(f"{shares[path][owner]:{width}.0%}" for owner, width in _OWNERS)
                print(f"{'/' + path:20}{times}{owned}", flush=True)


_OWNERS = (("Watchbill", 12), ("Plotly", 9), ("Streamlit", 11))


def _demo(folder: Path) -> Path:
    store = folder / "demo.duckdb"
    command = [sys.executable, "-m", "watchbill", "demo", "--store", str(store)]
    subprocess.run(command, cwd=TOP, check=True, capture_output=True)
    return store


def _large(folder: Path) -> Path:
    path = Path(os.environ.get("WATCHBILL_BENCH_STORE") or folder / "large.duckdb")
    if not path.exists():
        build(path, TICKETS, settle=facts.settle)
    return path.absolute()


def _start(store: Path) -> float:
    begin = perf_counter()
    with served(store) as address, Visitor(address):
        return perf_counter() - begin


def _times(store: Path, path: str) -> Iterator[tuple[float, int]]:
    """Seconds and how wide they stand in the line."""
    with served(store) as address:
        with Visitor(address) as visitor:
            yield visitor.paint(path), 8
            new = [visitor.paint(path, as_of=instant) for instant in _earlier(store)]
            yield sorted(new)[QUESTIONS // 2], 9
            again = [visitor.paint(path) for _ in range(LOOKS)]
        yield _p95([_first(address, path) for _ in range(LOOKS)]), 11
        yield _p95(again), 11
        with ThreadPoolExecutor(TEN) as ten:
            yield max(ten.map(lambda _: _first(address, path), range(TEN))), 8


def _first(address: str, path: str) -> float:
    with Visitor(address) as visitor:
        return visitor.paint(path)


def _p95(times: list[float]) -> float:
    return quantiles(times, n=20, method="inclusive")[-1]


def _earlier(store: Path) -> list[str]:
    con = metrics.open_store(store)
    try:
        until = metrics.data_until(con) or datetime.now(UTC)
    finally:
        con.close()
    return [(until - timedelta(days=7 * n, hours=n)).strftime("%Y-%m-%dT%H:%MZ") for n in range(1, QUESTIONS + 1)]


def _shares(store: Path) -> dict[str, dict[str, float]]:
    command = [sys.executable, "-m", "benchmarks.pages.shares", str(store)]
    done = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]


@contextmanager
def served(store: Path) -> Iterator[str]:
    """The app over a store, in a process of its own: its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(TOP / "app.py"), "--server.address=127.0.0.1",
               f"--server.port={port}", "--server.headless=true"]  # fmt: skip
    environment = {**os.environ, "WATCHBILL_STORE": str(store)}
    with subprocess.Popen(command, env=environment, cwd=TOP, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        if not any("URL:" in line for line in server.stdout):
            raise SystemExit("The server did not start.")
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
