"""Do Watchbill, pandas and plain SQL tell the same numbers? What each tells, row by row."""

from pathlib import Path

import duckdb
import polars as pl

import metrics
from benchmarks.metrics.beside import QUESTIONS
from benchmarks.metrics.beside.plain import asked_in_sql, read
from benchmarks.metrics.span import AS_OF, WEEKS


def prove(store: Path) -> None:
    """Ask all three; raises AssertionError where they disagree."""
    tables = read(store)
    with metrics.open_store(store) as ours, duckdb.connect(str(store.resolve()), read_only=True) as raw:
        raw.execute("SET enable_progress_bar = false")
        for name, question in QUESTIONS.items():
            told = question.of_watchbill(ours, AS_OF, WEEKS)
            in_pandas = pl.from_pandas(question.in_pandas(tables), nan_to_null=True)
            for where, theirs in (("SQL", asked_in_sql(raw, question.in_sql)), ("pandas", in_pandas)):
                different = differences(told, theirs)
                assert different.is_empty(), f"{name} in {where} differs:\n{different}"


def differences(ours: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    """The rows about which two tables of the same columns disagree; none where they do not."""
    columns = sorted(set(ours.columns) & set(theirs.columns) - {"week"})
    assert columns, (ours, theirs)
    assert len(ours) == len(theirs), (ours, theirs)
    elsewhere = theirs.select(pl.col(columns).name.suffix("_elsewhere"))
    pairs = pl.concat([ours.select(columns), elsewhere], how="horizontal")
    return pairs.filter(pl.any_horizontal(pl.col(c).ne_missing(pl.col(f"{c}_elsewhere")) for c in columns))
