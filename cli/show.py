"""Rows in a terminal, a pipe or a file; complaints and summaries; progress that vanishes in a pipe."""

import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

out = Console(width=None if sys.stdout.isatty() else 10_000)
err = Console(stderr=True)


class Format(StrEnum):
    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"


def say(words: str) -> None:
    out.print(words, markup=False, highlight=False)


def plain(text: str) -> None:
    """Text as it is, to the byte."""
    sys.stdout.write(text)


def warn(words: str) -> None:
    err.print(words, markup=False, highlight=False, soft_wrap=True)


def progress(items: Iterable[Any], what: str, total: int | None = None) -> Iterator[Any]:
    """The items, with a bar while somebody watches."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        yield from bar.track(items, total=total, description=what)


def rows(frame: pl.DataFrame, format: Format, output: Path | None, *, lies_down: bool) -> None:  # noqa: A002
    """Print the rows, or write them to a file; lying down, columns become lines. Raises ValueError."""
    if format is Format.parquet:
        if output is None:
            raise ValueError("parquet is not text; name a file with --out")
        frame.write_parquet(output)
        return
    text = _text(frame, format, lies_down=lies_down)
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_text(text, encoding="utf-8")


def _text(frame: pl.DataFrame, format: Format, *, lies_down: bool) -> str:  # noqa: A002
    instants = pl.selectors.datetime()
    plain = frame.with_columns(instants.dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ"))
    if format is Format.csv:
        return plain.write_csv()
    if format is Format.json:
        return plain.write_json() + "\n"
    table = Table(box=None, pad_edge=False, show_header=not lies_down)
    with out.capture() as captured:
        _fill(table, plain, lies_down=lies_down)
        out.print(table)
    return captured.get()


def _fill(table: Table, frame: pl.DataFrame, *, lies_down: bool) -> None:
    if lies_down:  # a summary has many columns and few rows: turned, it fits a terminal
        table.add_column("")
        for _ in range(frame.height):
            table.add_column(justify="right")
        for column in frame.columns:
            table.add_row(column, *(_cell(value) for value in frame[column]))
        return
    for column, kind in frame.schema.items():
        table.add_column(column, justify="right" if kind.is_numeric() else "left", overflow="fold")
    for row in frame.iter_rows():
        table.add_row(*map(_cell, row))


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:,.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else escape(str(value))
