"""An answer as JSON, CSV or Parquet, a batch at a time: a million rows never stand in memory together."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import duckdb
import polars as pl

from metrics.by_name import Answer
from metrics.spreadsheet import as_csv

ROWS_AT_ONCE, BYTES_AT_ONCE = 20_000, 1 << 18
MEDIA = {"json": "application/json", "csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}


def batches(answer: Answer) -> Iterator[pl.DataFrame]:
    """The rows in their order; an answer without rows is one batch that tells the columns."""
    if isinstance(answer, pl.DataFrame):
        yield answer.head(ROWS_AT_ONCE)
        yield from (answer.slice(start, ROWS_AT_ONCE) for start in range(ROWS_AT_ONCE, len(answer), ROWS_AT_ONCE))
        return
    is_empty = True
    for batch in answer.to_arrow_reader(ROWS_AT_ONCE):
        is_empty = False
        yield cast("pl.DataFrame", pl.from_arrow(batch))
    if is_empty:
        yield answer.limit(0).pl()


def as_json(answer: Answer) -> Iterator[bytes]:
    """A list of objects, one a line."""
    separator = b"[\n"
    for batch in batches(answer):
        lines = batch.with_columns(pl.selectors.datetime().dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ")).write_ndjson()
        if told := lines.strip().replace("\n", ",\n"):
            yield separator + told.encode()
            separator = b",\n"
    yield b"[]\n" if separator == b"[\n" else b"\n]\n"


def csv(answer: Answer) -> Iterator[bytes]:
    """As the pages save it: what a spreadsheet would run as a formula is made text."""
    for number, batch in enumerate(batches(answer)):
        yield as_csv(batch, has_header=number == 0)


def parquet(answer: Answer) -> Iterator[bytes]:
    """Written to a file that is gone when the answer has been read, or nobody reads on."""
    with tempfile.TemporaryDirectory(prefix="watchbill-") as folder:
        file = Path(folder) / "answer.parquet"
        if isinstance(answer, duckdb.DuckDBPyRelation):
            answer.write_parquet(str(file))
        else:
            answer.write_parquet(file)
        with file.open("rb") as told:
            while chunk := told.read(BYTES_AT_ONCE):
                yield chunk


FORMS: dict[str, Callable[[Answer], Iterator[bytes]]] = {"json": as_json, "csv": csv, "parquet": parquet}
