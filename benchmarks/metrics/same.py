"""Do Watchbill, pandas and plain SQL tell the same numbers? What each tells, brought into one shape: a row per week."""

from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import pandas as pd  # type: ignore[import-untyped] # it ships no types
import polars as pl

import metrics
from benchmarks.metrics import by_pandas, by_sql
from benchmarks.metrics.span import AS_OF, FIRST, WEEKS
from metrics.distributions import nearest_rank
from metrics.weeks import Week

Answer = Callable[[duckdb.DuckDBPyConnection, str, Sequence[Week]], pl.DataFrame]


def prove(store: Path) -> None:
    """Ask all three; raises AssertionError where they disagree."""
    tables = by_pandas.read(store, pd.date_range(FIRST, periods=len(WEEKS) + 1, freq="7D"))
    ours = metrics.open_store(store)
    with ours, duckdb.connect(str(store.resolve()), read_only=True) as raw:
        for name, answer in ANSWERS.items():
            told = answer(ours, AS_OF, WEEKS)
            for where, theirs in (
                ("SQL", by_sql.ask(raw, name, FIRST)),
                ("pandas", pl.from_pandas(by_pandas.QUESTIONS[name](tables), nan_to_null=True)),
            ):
                different = differences(told, theirs)
                assert different.is_empty(), f"{name} in {where} differs:\n{different}"


def differences(ours: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    """The weeks about which two tables of the same columns disagree; no rows where they do not."""
    columns = sorted(set(ours.columns) & set(theirs.columns) - {"week"})
    assert columns, (ours, theirs)
    assert len(ours) == len(theirs), (ours, theirs)
    elsewhere = theirs.select(pl.col(columns).name.suffix("_elsewhere"))
    pairs = pl.concat([ours.select(columns), elsewhere], how="horizontal")
    return pairs.filter(pl.any_horizontal(pl.col(c).ne_missing(pl.col(f"{c}_elsewhere")) for c in columns))


def _medians(rows: pl.DataFrame, began: str, seconds: str, weeks: Sequence[Week]) -> pl.DataFrame:
    known = rows.filter(pl.col(seconds).is_not_null())
    inside = [known.filter(_in(began, week))[seconds] for week in weeks]
    return pl.DataFrame({"n": [len(values) for values in inside], "median": [nearest_rank(v, 50) for v in inside]})


def _in(column: str, week: Week) -> pl.Expr:
    start, end = (bound.replace(tzinfo=None) for bound in (week.starts_at, week.ends_at))
    return pl.col(column).is_between(start, end, closed="left")


def _triage(con: duckdb.DuckDBPyConnection, as_of: str, weeks: Sequence[Week]) -> pl.DataFrame:
    return _medians(metrics.triage_latency(con, as_of=as_of).pl(), "entered_at", "latency_seconds", weeks)


def _first_response(con: duckdb.DuckDBPyConnection, as_of: str, weeks: Sequence[Week]) -> pl.DataFrame:
    return _medians(metrics.first_response(con, as_of=as_of).pl(), "opened_at", "response_seconds", weeks)


def _slo(con: duckdb.DuckDBPyConnection, as_of: str, weeks: Sequence[Week]) -> pl.DataFrame:
    rows = metrics.slo(con, as_of=as_of, policy="Triage").pl()
    inside = [rows.filter(_in("started_at", week))["verdict"] for week in weeks]
    return pl.DataFrame(
        {
            "met": [(verdicts == "met").sum() for verdicts in inside],
            "breached": [verdicts.str.starts_with("breached").sum() for verdicts in inside],
        }
    )


def _weekly(name: str) -> Answer:
    [metric] = [metric for metric in metrics.catalogue() if metric.name == name]
    assert metric.weekly
    weekly = metric.weekly
    return lambda con, as_of, weeks: weekly(con, as_of=as_of, weeks=weeks)


ANSWERS: dict[str, Answer] = {
    "triage_latency": _triage,
    "first_response": _first_response,
    "slo": _slo,
    "flow": _weekly("flow"),
    "cumulative_flow": _weekly("cumulative_flow"),
}
