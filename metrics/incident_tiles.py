"""The headline figures on incidents: this window, the one before, n, and the rule behind a colour."""

from datetime import datetime
from typing import NamedTuple

import polars as pl

from metrics.weekly_tiles import Tile, definition_of
from metrics.wording import NOTHING, percent

Bounds = tuple[datetime, datetime]  # [since, until), UTC without a zone


class Reviewed(NamedTuple):
    """All rows of `incidents` and of `postmortems`, as known at one instant."""

    incidents: pl.DataFrame
    debriefs: pl.DataFrame


def tiles(
    now: Reviewed, begun: Reviewed, item_weeks: pl.DataFrame, inside: Bounds, earlier: Bounds
) -> tuple[Tile, ...]:
    """In reading order: what happened, what goes on, what was learnt, what is left; what stands now beside what stood
    when the window had `begun`. `item_weeks` begins with the week before the window."""
    return (
        _incidents(now.incidents, inside, earlier),
        _ongoing(now.incidents, begun.incidents),
        _in_time(now.debriefs, inside, earlier),
        _overdue(now.debriefs, begun.debriefs),
        _items(item_weeks, "open_items", "Action items open", "items:open"),
        _items(item_weeks, "overdue_items", "Action items overdue", "items:overdue"),
    )


def _within(rows: pl.DataFrame, column: str, bounds: Bounds) -> pl.DataFrame:
    return rows.filter(pl.col(column) >= bounds[0], pl.col(column) < bounds[1])


def _incidents(every: pl.DataFrame, inside: Bounds, earlier: Bounds) -> Tile:
    now, before = (len(_within(every, "recognised_at", bounds)) for bounds in (inside, earlier))
    return Tile(
        "incidents", "Incidents", now, f"{now:,}", before, f"{before:,}", None, now, "tickets", "in this window",
        "neutral", "", "No rule: this is a plain count.", definition_of("incidents"), "incidents",
    )  # fmt: skip


def _ongoing(*every: pl.DataFrame) -> Tile:
    now, before = (int(incidents["is_ongoing"].sum()) for incidents in every)
    return Tile(
        "ongoing", "Going on now", now, f"{now:,}", before, f"{before:,}", None, now, "tickets",
        "open, and nothing tells of an end", "bad" if now else "neutral", "not over" if now else "",
        "Marked while any incident is open and nothing tells of its resolution.", definition_of("incidents"), "ongoing",
    )  # fmt: skip


def _in_time(reviewed: pl.DataFrame, inside: Bounds, earlier: Bounds) -> Tile:
    (kept, judged), before = (_judged(reviewed, bounds) for bounds in (inside, earlier))
    return Tile(
        "debriefs", "Debriefs in time", kept / judged if judged else None, _of(kept, judged),
        before[0] / before[1] if before[1] else None, _of(*before), None, judged, "debriefs",
        f"{percent(kept / judged)} of those due in this window" if judged else "none fell due in this window",
        "neutral" if judged else "unknown", "", "Held by its deadline, of all that fell due: a promise of their own is "
        "judged on the page of promises.", definition_of("postmortems"), "debriefs",
    )  # fmt: skip


def _judged(reviewed: pl.DataFrame, bounds: Bounds) -> tuple[int, int]:
    """Held in time, and all that fell due."""
    due = _within(reviewed, "debrief_due_at", bounds).filter(pl.col("verdict") != "due")
    return due.filter(verdict="held").height, len(due)


def _of(count: int, n: int) -> str:
    return f"{count:,} of {n:,}" if n else NOTHING


def _overdue(reviewed: pl.DataFrame, reviewed_before: pl.DataFrame) -> Tile:
    late, waiting = (reviewed.filter(verdict=verdict).height for verdict in ("overdue", "due"))
    before = reviewed_before.filter(verdict="overdue").height
    return Tile(
        "overdue", "Debriefs overdue", late, f"{late:,}", before, f"{before:,}", "0", late, "incidents",
        f"and {waiting:,} still in time",
        "bad" if late else "neutral", "not held" if late else "", "Marked while any debrief is past its deadline.",
        definition_of("postmortems"), "debriefs:outstanding",
    )  # fmt: skip


def _items(weeks: pl.DataFrame, column: str, label: str, rows: str) -> Tile:
    before, now = int(weeks[column][0]), int(weeks[column][-1])
    is_late = column == "overdue_items"
    return Tile(
        column, label, now, f"{now:,}", before, f"{before:,}", "0" if is_late else None, now, "tickets",
        "past the day they were promised for" if is_late else "of every incident so far",
        "bad" if is_late and now else "neutral", "not done" if is_late and now else "",
        "Marked while any is past its day." if is_late else "No rule: this is a plain count.",
        definition_of("action_items"), rows,
    )  # fmt: skip
