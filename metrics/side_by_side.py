"""Questions that do not wait for each other, asked side by side: while one is planned another is read."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

import duckdb

AT_ONCE = 2  # each reads with all cores there are, but plans with one

P = ParamSpec("P")
T = TypeVar("T")


class Ask(Protocol):
    """Asks a question, with a connection of its own; its answer is nothing that still needs the connection."""

    def __call__(
        self, question: Callable[Concatenate[duckdb.DuckDBPyConnection, P], T], *args: P.args, **asked: P.kwargs
    ) -> Future[T]: ...


@contextmanager
def side_by_side(con: duckdb.DuckDBPyConnection) -> Iterator[Ask]:
    """`with side_by_side(con) as ask: rows = ask(slo_summary, as_of=as_of)`; `rows.result()` waits for the answer."""
    with ThreadPoolExecutor(AT_ONCE) as threads:

        def ask(question: Callable[..., Any], *args: Any, **asked: Any) -> Future[Any]:
            return threads.submit(_asked, con.cursor(), question, *args, **asked)

        yield ask


def _asked(own: duckdb.DuckDBPyConnection, question: Callable[..., Any], *args: Any, **asked: Any) -> Any:
    with own:
        return question(own, *args, **asked)
