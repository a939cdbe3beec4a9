"""Whose time a page takes: `python -m benchmarks.pages.shares STORE` prints shares of each page, drawn again, as JSON.

Looking at the running script every so often, time is laid to the innermost of Watchbill, Plotly and Streamlit on its
stack: what DuckDB or pandas do is laid to whoever called them.
"""

import json
import os
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from views import _menu

TOP = Path(__file__).parents[2]
OWNERS = ("Watchbill", "Plotly", "Streamlit")
_LIBRARIES = tuple((f"{os.sep}site-packages{os.sep}{owner.lower()}{os.sep}", owner) for owner in OWNERS[1:])
BETWEEN = 0.002  # seconds
RUNS = 10


def main(store: str) -> None:
    os.environ["WATCHBILL_STORE"] = store
    print(json.dumps({path: _shares(path) for _, path, _ in _menu.written()}))


def _shares(path: str) -> dict[str, float]:
    page = AppTest.from_file(TOP / "views" / "_navigation.py", default_timeout=600)
    page._page_hash = calc_hash(path)
    page.run()
    seen: Counter[str] = Counter()
    with _watched(seen):
        for _ in range(RUNS):
            page.run()
    return {owner: seen[owner] / max(seen.total(), 1) for owner in OWNERS}


@contextmanager
def _watched(seen: Counter[str]) -> Iterator[None]:
    over = threading.Event()

    def watch() -> None:
        while not over.wait(BETWEEN):
            frames = sys._current_frames()
            for thread in threading.enumerate():
                if "ScriptRunner" in thread.name and thread.ident in frames:
                    seen.update(_innermost(frames[thread.ident]))

    watcher = threading.Thread(target=watch)
    watcher.start()
    yield
    over.set()
    watcher.join()


def _innermost(frame: FrameType | None) -> Iterator[str]:
    """The owner of the innermost frame that has one of the three."""
    while frame is not None:
        if owner := _owner(frame.f_code.co_filename):
            yield owner
            return
        frame = frame.f_back


def _owner(file: str) -> str | None:
    if "site-packages" in file:
        return next((owner for part, owner in _LIBRARIES if part in file), None)
    return "Watchbill" if file.startswith(str(TOP) + os.sep) else None


if __name__ == "__main__":
    main(*sys.argv[1:])
