"""What the same answers cost in pandas and in SQL: `python -m benchmarks.metrics.others STORE`, seconds as JSON."""

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter

import duckdb
import pandas as pd  # type: ignore[import-untyped] # it ships no types

from benchmarks.metrics import by_pandas, by_sql
from benchmarks.metrics.span import FIRST, WEEKS

ENOUGH_RUNS, ENOUGH_SECONDS = 3, 10.0


def main(store: str) -> None:
    path = Path(store).resolve()
    with duckdb.connect(str(path), read_only=True) as con:
        con.execute("SET enable_progress_bar = false")  # it would stand among what is read from standard output
        sql = {name: _fastest(partial(by_sql.ask, con, name, FIRST)) for name in by_sql.QUESTIONS}
    begin = perf_counter()
    tables = by_pandas.read(path, pd.date_range(FIRST, periods=len(WEEKS) + 1, freq="7D"))
    read = perf_counter() - begin
    pandas = {name: _fastest(partial(ask, tables)) for name, ask in by_pandas.QUESTIONS.items()}
    print(json.dumps({"sql": sql, "pandas": pandas, "pandas_read": read}))


def _fastest(question: Callable[[], object]) -> float:
    times: list[float] = []
    while len(times) < ENOUGH_RUNS and sum(times) < ENOUGH_SECONDS:
        begin = perf_counter()
        question()
        times.append(perf_counter() - begin)
    return min(times)


if __name__ == "__main__":
    main(sys.argv[1])
