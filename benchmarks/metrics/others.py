"""What the same answers cost in pandas and in SQL: `python -m benchmarks.metrics.others STORE`, seconds as JSON."""

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter

import duckdb

from benchmarks.metrics.beside import QUESTIONS
from benchmarks.metrics.beside.plain import asked_in_sql, read

ENOUGH_RUNS, ENOUGH_SECONDS = 3, 2.0


def main(store: str) -> None:
    path = Path(store).resolve()
    with duckdb.connect(str(path), read_only=True) as con:
        con.execute("SET enable_progress_bar = false")  # it would stand among what is read from standard output
        sql = {name: _fastest(partial(asked_in_sql, con, asked.in_sql)) for name, asked in QUESTIONS.items()}
    begin = perf_counter()
    tables = read(path)
    spent = perf_counter() - begin
    pandas = {name: _fastest(partial(asked.in_pandas, tables)) for name, asked in QUESTIONS.items()}
    print(json.dumps({"sql": sql, "pandas": pandas, "pandas_read": spent}))


def _fastest(question: Callable[[], object]) -> float:
    times: list[float] = []
    while len(times) < ENOUGH_RUNS and sum(times) < ENOUGH_SECONDS:
        begin = perf_counter()
        question()
        times.append(perf_counter() - begin)
    return min(times)


if __name__ == "__main__":
    main(sys.argv[1])
