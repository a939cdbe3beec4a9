"""Open time for whole columns: two ways to answer, one of which always fits in memory.

Both answer the same two questions as Polars expressions, in microseconds: how much open time a calendar has had
until an instant, counted from a start of its own, and by which instant a given amount was reached. Differences
and sums of such counts are all that working-time arithmetic needs.

`SlotTable` cuts time into slots so short that each is wholly open or wholly closed, and looks instants up by
division. Several calendars lie end to end in one table: its lanes. `SpanSearch` needs no slots: it searches
the open spans, at a tenth of the speed, for ranges too long or steps too fine for a table.
"""

import math
from array import array
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate

import polars as pl

from metrics.opening_hours import Schedule
from metrics.opening_spans import PAGE, page, page_total

MOST_SLOTS = 2**24
"""A table has at most this many slots: 64 MB, and as much again to look up instants by open time."""

MOST_PAGES = 2048
"""A table covers at most this many pages over all lanes, so that finding its step stays cheap."""


class SlotTable:
    """Slots of equal length over some pages of one or more schedules, one lane each.

    `instant` is an Int64 expression of microseconds on those pages, `lane` an integer expression with the
    position of the row's schedule. Null in, null out. Counts run on from lane to lane.
    """

    def __init__(self, schedules: tuple[Schedule, ...], pages: range, step: int) -> None:
        """Lay out every page of every lane in slots of `step` microseconds, which divides all their edges."""
        self._origin, self._length, self._step = pages.start * PAGE, len(pages) * PAGE, step
        lane_edges = [_edges(schedule, pages, lane * self._length) for lane, schedule in enumerate(schedules)]
        end = pl.Series([0, len(schedules) * self._length], dtype=pl.Int64)
        is_open = _is_open_by_slot(pl.concat([*lane_edges, end]) // step)
        # One number a slot, open slots before it and whether it is open itself, is one memory access a row.
        self._slots = (is_open.cum_sum() - is_open) * 2 + is_open
        open_slots = is_open.cast(pl.Boolean).arg_true()
        self._closed_slots_before = open_slots - pl.int_range(open_slots.len(), dtype=pl.UInt32, eager=True)
        totals = (sum(page_total(schedule, number) for number in pages) for schedule in schedules)
        self._opened_by_end = pl.Series(list(accumulate(totals)), dtype=pl.Int64)

    def opened_until(self, instant: pl.Expr, lane: pl.Expr) -> pl.Expr:
        """Open microseconds until each instant."""
        elapsed = instant - self._origin + lane * self._length
        slot = pl.lit(self._slots).gather(elapsed // self._step)
        return (slot // 2).cast(pl.Int64) * self._step + (slot % 2).cast(pl.Int64) * (elapsed % self._step)

    def reached(self, opened: pl.Expr, lane: pl.Expr) -> pl.Expr:
        """The first instant by which each count > 0 was reached; null where that is not on the pages."""
        by_end = pl.lit(self._opened_by_end).gather(lane)
        open_slot = pl.when((opened > 0) & (opened <= by_end)).then((opened - 1) // self._step)
        closed = pl.lit(self._closed_slots_before).gather(open_slot).cast(pl.Int64) * self._step
        return opened + closed + self._origin - lane * self._length


class SpanSearch:
    """A binary search over the open spans of one schedule; only pages that hold an instant are unfolded.

    Takes the same expressions as `SlotTable`, with a single lane.
    """

    def __init__(self, schedule: Schedule, pages: range) -> None:
        """Note how much is open before each page."""
        self._schedule, self._pages = schedule, pages
        totals = (page_total(schedule, number) for number in pages)
        self._opened_before_page = pl.Series(list(accumulate(totals, initial=0)), dtype=pl.Int64)

    def opened_until(self, instant: pl.Expr, lane: pl.Expr) -> pl.Expr:
        """Open microseconds until each instant."""
        del lane
        return instant.map_batches(self._opened_until, return_dtype=pl.Int64)

    def reached(self, opened: pl.Expr, lane: pl.Expr) -> pl.Expr:
        """The first instant by which each count > 0 was reached; null where that is not on the pages."""
        del lane
        return opened.map_batches(self._reached, return_dtype=pl.Int64)

    def _opened_until(self, instants: pl.Series) -> pl.Series:
        opens, closes, opened_before = self._unfolded(instants // PAGE - self._pages.start)
        at = pl.col("at")
        span = pl.lit(opens).search_sorted(at, side="right").cast(pl.Int64) - 1
        # A page begins with an empty span, so that an instant before its first opening finds its own page.
        until = pl.min_horizontal(at, pl.lit(closes).gather(span))
        opened = pl.lit(opened_before).gather(span) + until - pl.lit(opens).gather(span)
        return instants.to_frame("at").select(pl.when(at.is_not_null()).then(opened)).to_series()

    def _reached(self, opened: pl.Series) -> pl.Series:
        page_of = self._opened_before_page.search_sorted(opened, side="left").cast(pl.Int64) - 1
        is_reached = (opened > 0) & (opened <= self._opened_before_page[-1])
        opens, _, opened_before = self._unfolded(page_of.filter(is_reached))
        wanted = pl.col("wanted")
        span = pl.lit(opened_before).search_sorted(wanted, side="left").cast(pl.Int64) - 1
        reached = pl.lit(opens).gather(span) + wanted - pl.lit(opened_before).gather(span)
        return opened.to_frame("wanted").select(pl.when(is_reached).then(reached)).to_series()

    def _unfolded(self, positions: pl.Series) -> tuple[pl.Series, pl.Series, pl.Series]:
        origin = self._pages.start * PAGE
        opens, closes, opened_before = array("q", [origin]), array("q", [origin]), array("q", [0])
        for position in positions.drop_nulls().unique().sort().to_list():
            number, before = self._pages[position], self._opened_before_page[position]
            spans = page(self._schedule, number)
            opens.extend([number * PAGE, *spans.opens])
            closes.extend([number * PAGE, *spans.closes])
            opened_before.extend([before, *(before + opened for opened in spans.opened_before)])
        return _int64(opens), _int64(closes), _int64(opened_before)


def lookup(schedules: tuple[Schedule, ...], first_page: int, last_page: int) -> SlotTable | SpanSearch | None:
    """The quickest way to answer for these pages that fits in memory; None for several schedules too large."""
    table = slot_table(schedules, first_page, last_page)
    if table is None and len(schedules) == 1:
        return SpanSearch(schedules[0], range(first_page, last_page + 1))
    return table


@lru_cache(maxsize=8)
def slot_table(schedules: tuple[Schedule, ...], first_page: int, last_page: int) -> SlotTable | None:
    """The table of these pages, or None where it would be too large; equal questions share it."""
    pages = range(first_page, last_page + 1)
    if len(pages) * len(schedules) > MOST_PAGES:
        return None
    step = math.gcd(PAGE, *(_step(schedule, number) for schedule in schedules for number in pages))
    if len(schedules) * len(pages) * PAGE // step > MOST_SLOTS:
        return None
    return SlotTable(schedules, pages, step)


@lru_cache(maxsize=32_768)
def _step(schedule: Schedule, number: int) -> int:
    """What divides every edge of a page; pages begin at multiples of their length."""
    spans = page(schedule, number)
    return math.gcd(PAGE, *spans.opens, *spans.closes)


def _edges(schedule: Schedule, pages: range, lane_start: int) -> pl.Series:
    edges = array("q")
    for number in pages:
        spans = page(schedule, number)
        edges.extend(spans.opens)
        edges.extend(spans.closes)
    return _int64(edges) - pages.start * PAGE + lane_start


def _is_open_by_slot(edges: pl.Series) -> pl.Series:
    """One UInt32 of 0 or 1 per slot, from the slots at which open and closed take turns, in any order."""
    lengths = edges.sort().diff().drop_nulls()
    runs = pl.DataFrame({"length": lengths}).with_row_index("position").filter(pl.col("length") > 0)
    is_open = (pl.col("position") % 2).cast(pl.UInt32)
    return runs.select(is_open.repeat_by("length").explode()).to_series()


def _int64(values: Sequence[int]) -> pl.Series:
    return pl.Series(values=values, dtype=pl.Int64)
