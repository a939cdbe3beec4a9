"""Where promises are missed: what fell due, cut by when the clock began, by the kind of work and by shift.

Shifts are told by role and date, never by whose they were: a promise is kept or missed by a team.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import polars as pl

from metrics import policies
from metrics.kept import Kept, kept
from metrics.promise_clocks import (
    ARRIVALS,
    NOBODY,
    has_kinds,
    roles,
    shifts,
    with_arrival,
    with_category,
)
from metrics.wording import day

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
NO_PRIORITY = "no priority"
CUTS = ("hour", "weekday", "arrival", "category", "priority", "shift")


@dataclass(frozen=True, slots=True)
class Group:
    """The clocks of one group; `value` is what the address calls it."""

    value: str
    label: str
    kept: Kept


@dataclass(frozen=True, slots=True)
class Cut:
    """What fell due, in groups that leave nothing out; no groups where nothing tells them apart. A clock that began in
    the shifts of two roles stands in both."""

    name: str
    groups: tuple[Group, ...]

    @property
    def judged(self) -> int:
        return sum(group.kept.judged for group in self.groups)


def cuts(
    con: duckdb.DuckDBPyConnection, due: pl.DataFrame, *, as_of: str | datetime, queues: Sequence[str], zone: str
) -> tuple[Cut, ...]:
    """Every way to cut the clocks that fell due (rows of `promise_clocks`), in the order of CUTS."""
    return tuple(_cut(con, due, name, as_of, queues, zone) for name in CUTS)


def _cut(
    con: duckdb.DuckDBPyConnection,
    due: pl.DataFrame,
    name: str,
    as_of: str | datetime,
    queues: Sequence[str],
    zone: str,
) -> Cut:
    if name == "category" and not has_kinds(con, queues):
        return Cut(name, ())
    told = membership(con, due, name, as_of=as_of, queues=queues, zone=zone)
    found: dict[Any, Kept] = {
        value: kept(part["verdict"]) for (value,), part in told.group_by("value", maintain_order=True)
    }
    groups = [Group(value, label, found.pop(value, Kept())) for value, label in _fixed(name)]
    return Cut(name, (*groups, *_others(name, found, zone)))


def _fixed(name: str) -> list[tuple[str, str]]:
    """The groups that are there even when empty."""
    match name:
        case "hour":
            return [(str(hour), f"{hour:02}") for hour in range(24)]
        case "weekday":
            return [(str(number), label) for number, label in enumerate(WEEKDAYS, start=1)]
        case "arrival":
            return [(arrival, arrival) for arrival in ARRIVALS]
    return []


def _others(name: str, found: Mapping[Any, Kept], zone: str) -> list[Group]:
    """The groups that the clocks themselves tell of: kinds of work by how much was missed, the others in order."""
    named = {str(value): counted for value, counted in found.items()}
    if name == "category":
        order = sorted(named, key=lambda value: (-named[value].breached, -named[value].judged, value))
    else:
        order = sorted(named)
    return [Group(value, _label(name, value, zone), named[value]) for value in order]


def _label(name: str, value: str, zone: str) -> str:
    if name != "shift":
        return value
    role, _, begun = value.rpartition("@")
    if not begun:
        return f"{role}: {NOBODY}"
    # A calendar's whole days begin at midnight UTC, which is the evening before for some.
    return f"{role} from {day(datetime.fromisoformat(begun), 'UTC' if begun.endswith('T00:00') else zone)}"


def membership(
    con: duckdb.DuckDBPyConnection,
    clocks: pl.DataFrame,
    name: str,
    *,
    as_of: str | datetime,
    queues: Sequence[str],
    zone: str,
) -> pl.DataFrame:
    """The clocks with `value`, the group of that cut they are in; once for each role in the cut by shift. Raises
    ValueError for a cut that there is not."""
    if name in ("hour", "weekday", "arrival"):
        told = with_arrival(clocks, policies.calendars(con), zone).with_columns(value=pl.col(name).cast(pl.String))
    elif name == "category":
        told = with_category(con, clocks, as_of=as_of).with_columns(value="category")
    elif name == "priority":
        told = clocks.with_columns(value=pl.col("priority").fill_null(NO_PRIORITY))
    elif name == "shift":
        told = _by_shift(con, clocks, as_of, queues)
    else:
        raise ValueError(f"there is no cut {name!r}")
    return told


def _by_shift(
    con: duckdb.DuckDBPyConnection, clocks: pl.DataFrame, as_of: str | datetime, queues: Sequence[str]
) -> pl.DataFrame:
    known = pl.DataFrame({"role": roles(con, as_of=as_of, queues=queues)}, schema={"role": pl.String})
    placed = clocks.with_row_index("place").with_columns(pl.col("place").cast(pl.Int64)).join(known, how="cross")
    found = shifts(con, clocks, as_of=as_of).with_columns(pl.col("place").cast(pl.Int64))
    told = placed.join(found, on=["place", "role"], how="left", maintain_order="left")
    begun = pl.col("shift_at").dt.strftime("%Y-%m-%dT%H:%M").fill_null("")
    return told.with_columns(value=pl.col("role") + pl.lit("@") + begun)
