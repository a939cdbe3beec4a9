"""What a report says, whatever it is written as: headings, sentences, figures, pictures and lists of plain text.

Every text may come from a tracker: whoever writes a document out escapes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import polars as pl

from metrics.weekly_tile import Tile
from metrics.wording import day, local

Mark = Literal["better", "worse", "neutral", "decision"]


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence; is_notice: of what is lacking, and what to do. is_small: beside the point, and good to know."""

    words: str
    is_notice: bool = False
    is_small: bool = False


@dataclass(frozen=True, slots=True)
class Points:
    """Things to know, each with its mark in words, if any."""

    points: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Tiles:
    tiles: tuple[Tile, ...]
    before: str = "week before"


@dataclass(frozen=True, slots=True)
class Picture:
    """An SVG drawn by reports.svg; alt says it without the picture."""

    svg: str
    alt: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A text of a table, leading to an address if it has one."""

    words: str
    url: str | None = None
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """A table; total says how many rows there are, where these are only the first."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: int


Part = Said | Points | Tiles | Picture | Listing


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A report: its question, what it is of, how fresh its numbers are, its sections; brief is what a chat reads."""

    title: str
    heading: str
    stood: str
    sections: tuple[Section, ...]
    brief: tuple[str, ...]


_LABELS = {
    "key": "Ticket", "due_at": "Due", "entered_at": "Came in", "recognised_at": "Recognised", "updated_at": "Last word",
    "is_ongoing": "Goes on", "is_overdue": "Overdue", "is_past_due": "Past due", "age_days": "Age, days",
    "eta_at": "Promised for", "eta": "Promised for", "debrief_due_at": "Debrief due", "since_at": "Since",
}  # fmt: skip
_HIDDEN = ("ticket_id", "url", "cycle", "queue", "stage_days")


def listing(rows: pl.DataFrame, zone: str, total: int | None = None, columns: Sequence[str] | None = None) -> Listing:
    """Rows of tickets as a table: the key leads to the tracker, instants are on the team's clocks."""
    shown = [name for name in columns or rows.columns if name in rows.columns and name not in _HIDDEN]
    cells = tuple(
        tuple(_cell(name, row[name], row.get("url"), zone) for name in shown) for row in rows.iter_rows(named=True)
    )
    return Listing(tuple(_label(name) for name in shown), cells, len(rows) if total is None else total)


def _label(name: str) -> str:
    if name in _LABELS:
        return _LABELS[name]
    if name.endswith("_seconds"):
        unit = "working h" if name.endswith("_working_seconds") else "h"
        name = f"{name.removesuffix('_seconds').removesuffix('_working')}, {unit}"
    words = name.removesuffix("_at").removeprefix("is_").removeprefix("has_").replace("_", " ")
    return f"{words[:1].upper()}{words[1:]}"


def _cell(name: str, value: object, url: object, zone: str) -> Cell:
    if name == "key":
        return Cell(str(value), str(url) if url else None)
    if isinstance(value, bool):
        return Cell("yes" if value else "no")
    if isinstance(value, datetime):
        return Cell(f"{day(value, zone)} {local(value, zone):%H:%M}")
    if isinstance(value, date):
        return Cell(f"{value:%a} {value.day} {value:%b}")
    if isinstance(value, int | float):
        amount = value / 3600 if name.endswith("_seconds") else value
        return Cell(f"{amount:,.1f}" if isinstance(amount, float) else f"{amount:,}", is_number=True)
    return Cell("–" if value is None else str(value))
