"""Rows of CSV, JSONL and Parquet files, one by one, each with its line. Nothing is held: files may be large."""

import csv
import gzip
import json
import math
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import IO, Any

import polars as pl

FORMATS = (".csv", ".csv.gz", ".jsonl", ".jsonl.gz", ".parquet")
LONGEST_CELL = 16 * 1024 * 1024  # a quote that is never closed must not swallow a large file
BATCH = 20_000  # rows of Parquet at a time

Tell = Callable[[int, str, str], None]  # line, column, what is wrong with it
Cell = str | datetime | None


class FilesError(ValueError):
    """The files as such cannot be read; the text says which, why, and what to do."""


@dataclass(frozen=True, slots=True)
class Columns:
    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        return self.needed + self.optional


@dataclass(frozen=True, slots=True)
class Row:
    """Cells by column, text without blanks around it. An instant stays one where the file has a type for it."""

    line: int  # where it begins; in Parquet the number of the row
    cells: Mapping[str, Cell]

    def text(self, column: str) -> str | None:
        value = self.cells.get(column)
        return value.isoformat() if isinstance(value, datetime) else value


def find(paths: Sequence[Path]) -> tuple[Path, Path]:
    """The file of tickets and the file of events. Raises FilesError."""
    match list(paths):
        case [folder] if folder.is_dir():
            return _only(folder, "tickets"), _only(folder, "events")
        case [one, other]:
            found = (other, one) if _is_named(other, "ticket") or _is_named(one, "event") else (one, other)
        case [path] if path.exists():
            raise FilesError(f"{path} is one file; name the folder, or both the file of tickets and that of events")
        case [path]:
            raise FilesError(f"{path}: there is no such folder")
        case _:
            raise FilesError("name a folder with tickets and events, or two files: tickets, then events")
    for path in found:
        if not path.is_file():
            raise FilesError(f"{path}: there is no such file")
        if not path.name.lower().endswith(FORMATS):
            raise FilesError(f"{path}: cannot tell what it is by its name; it should end in {', '.join(FORMATS)}")
    return found


def _only(folder: Path, stem: str) -> Path:
    found = [path for suffix in FORMATS if (path := folder / f"{stem}{suffix}").is_file()]
    if not found:
        raise FilesError(
            f"{folder}: there is no {stem}.csv in this folder (nor one ending in {', '.join(FORMATS[1:])})"
        )
    if len(found) > 1:
        raise FilesError(f"{folder}: both {found[0].name} and {found[1].name} are there; name the two files to read")
    return found[0]


def _is_named(path: Path, word: str) -> bool:
    return path.name.lower().startswith(word)


def rows(file: Path, columns: Columns, tell: Tell) -> Iterator[Row]:
    """The rows of a file. What is wrong with one is told and the next is read; columns that are wrong end it.

    Raises FilesError where the file cannot be read on: damaged, or not UTF-8.
    """
    kind = file.name.lower().removesuffix(".gz").rpartition(".")[2]
    reader = {"csv": _csv, "jsonl": _jsonl, "parquet": _parquet}[kind]
    try:
        yield from reader(file, columns, tell)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise FilesError(f"{file}: the compressed file is damaged or cut short ({error}); fetch it again") from None
    except OSError as error:
        raise FilesError(f"{file} cannot be read: {error.strerror or error}") from None


def _has_columns(names: Sequence[str], columns: Columns, line: int, tell: Tell) -> bool:
    """Whether every column has a known name and none is missing or there twice; what is not so is told."""
    unknown = [name for name in dict.fromkeys(names) if name not in columns.all]
    missing = [name for name in columns.needed if name not in names]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1 and name in columns.all]
    for name in missing:
        near = get_close_matches(name, unknown, n=1, cutoff=0.5)
        tell(line, name, "this column is missing" + (f"; is it the one called {near[0]!r}?" if near else ""))
    for name in unknown:
        known = f"the columns are {', '.join(columns.all)}"
        tell(line, name, f"there is no such column here; {known}" if name else f"a column without a name; {known}")
    for name in twice:
        tell(line, name, "this column is there twice")
    return not (unknown or missing or twice)


# --- CSV --------------------------------------------------------------------------------------------


def _csv(file: Path, columns: Columns, tell: Tell) -> Iterator[Row]:
    with _opened(file) as raw, _long_cells():
        lines = _Lines(file, raw)
        header = _header(lines, columns)
        if header is None:
            tell(1, "", f"the file is empty; its first line should name the columns: {','.join(columns.needed)}")
            return
        delimiter, names = header
        if not _has_columns(names, columns, lines.number, tell):
            return
        yield from _csv_rows(lines, delimiter, names, tell)


def _csv_rows(lines: "_Lines", delimiter: str, names: list[str], tell: Tell) -> Iterator[Row]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = lines.number + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            tell(line, "", f"cannot be read as CSV: {_plainly(str(error))}")
            continue
        if not any(cell.strip() for cell in cells):
            continue  # spreadsheets leave rows of empty cells at the end
        if len(cells) != len(names):
            tell(line, "", f"{len(cells)} cells where the first line names {len(names)} columns")
            continue
        yield Row(line, {name: cell.strip() or None for name, cell in zip(names, cells, strict=True)})


def _header(lines: "_Lines", columns: Columns) -> tuple[str, list[str]] | None:
    """The separator that makes known columns of the first line, and their names. Excel may write `sep=;` before it."""
    first = next((line for line in lines if line.strip() and not line.lower().startswith("sep=")), None)
    if first is None:
        return None
    split = {mark: [cell.strip().strip('"') for cell in first.strip("\r\n").split(mark)] for mark in ",;\t"}
    delimiter = max(split, key=lambda mark: len(set(split[mark]) & set(columns.all)))
    return delimiter, split[delimiter]


def _plainly(error: str) -> str:
    if "unexpected end of data" in error or "field larger" in error:
        return "a quotation mark in it is never closed"
    if "expected after" in error:
        return "text stands behind a closing quotation mark; a quotation mark within a cell is written twice"
    if "new-line character" in error:
        return "a line ends with a carriage return alone; save the file with ordinary line ends"
    return error


class _Lines:
    """The lines of a file as text, counted as an editor counts them."""

    def __init__(self, file: Path, raw: IO[bytes]) -> None:
        self._file, self._raw = file, raw
        self.number = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        raw = next(self._raw)
        self.number += 1
        if self.number == 1:
            if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise FilesError(f"{self._file}: this is UTF-16; save it as UTF-8 (in a spreadsheet: 'CSV UTF-8')")
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            place = f"{self._file}, line {self.number}"
            hint = "save the file as UTF-8 (in a spreadsheet: 'CSV UTF-8')"
            raise FilesError(f"{place}: not UTF-8 text (byte {raw[error.start]:#04x}); {hint}") from None


def _opened(file: Path) -> IO[bytes]:
    return gzip.open(file, "rb") if file.name.lower().endswith(".gz") else file.open("rb")  # type: ignore[return-value]


@contextmanager
def _long_cells() -> Iterator[None]:
    """Descriptions are longer than what the csv module allows by default."""
    before = csv.field_size_limit(LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


# --- JSONL ------------------------------------------------------------------------------------------


def _jsonl(file: Path, columns: Columns, tell: Tell) -> Iterator[Row]:
    with _opened(file) as raw:
        lines = _Lines(file, raw)
        well: set[tuple[str, ...]] = set()  # names seen together and found to be well
        for text in lines:
            if not text.strip():
                continue
            try:
                found = json.loads(text)
            except (ValueError, RecursionError):
                found = None
            if not isinstance(found, dict):
                tell(lines.number, "", 'not a JSON object; each line should be one, such as {"key": "OPS-7", ...}')
                continue
            names = tuple(found)
            if names in well or _has_columns(
                [*names, *(set(columns.needed) - set(names))], columns, lines.number, tell
            ):
                well.add(names)
                yield from _typed(lines.number, found, tell)


# --- Parquet ----------------------------------------------------------------------------------------


def _parquet(file: Path, columns: Columns, tell: Tell) -> Iterator[Row]:
    try:
        table = pl.scan_parquet(file)
        if not _has_columns(table.collect_schema().names(), columns, 1, tell):
            return
        line = 0
        while len(batch := table.slice(line, BATCH).collect()):
            for found in batch.iter_rows(named=True):
                line += 1
                yield from _typed(line, found, tell)
    except pl.exceptions.PolarsError as error:
        raise FilesError(f"{file}: not a Parquet file, or a damaged one ({str(error).splitlines()[0]})") from None


def _typed(line: int, found: Mapping[str, Any], tell: Tell) -> Iterator[Row]:
    """A row of typed cells, if each can be taken as text or as an instant."""
    cells = {name: _cell(value) for name, value in found.items()}
    wrong = [name for name, cell in cells.items() if cell is ...]
    for name in wrong:
        tell(line, name, f"{found[name]!r:.40} is neither text nor a number")
    if not wrong:
        yield Row(line, cells)


def _cell(value: Any) -> Any:
    """Numbers as a person writes them: pandas keeps whole numbers with gaps as 3.0."""
    match value:
        case str():
            return _whole(value.strip()) or None
        case None | datetime():
            return value
        case date():
            return value.isoformat()
        case bool():
            return "true" if value else "false"
        case float() if math.isnan(value):  # pandas' word for nothing
            return None
        case float() if value.is_integer():
            return str(int(value))
        case int() | float() | Decimal():
            return str(value)
    return ...


def _whole(text: str) -> str:
    """JSON can spell half a character (a lone surrogate), which no text may hold: a replacement character."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
