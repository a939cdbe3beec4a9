"""From wall-clock hours to the instants at which a team is open.

An instant is open if and only if its local wall-clock time lies within the hours of its local date. So time is
cut into periods of one constant UTC offset each, and in every period the hours are laid on the wall clock
and clipped to it. What happens on a DST change then needs no rule: hours that the clock skips have no
instants, and hours that it shows twice have two.

Instants here are whole microseconds since 1970-01-01 UTC; all intervals are `[from, until)`.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from metrics.opening_hours import Schedule

SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 24 * 60 * MINUTE
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

EARLIEST = (datetime.min.replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
LATEST = (datetime.max.replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)

PAGE = 366 * DAY
"""Spans are worked out, and kept, by pages of about a year: calendars have no horizon, and few years are looked at."""
LAST_PAGE = LATEST // PAGE

# The shortest period between two changes of any zone's offset, 1844 to 2100, is just under seven days.
_PROBE = 3 * DAY // SECOND


Span = tuple[int, int]
"""An open interval `[opens, closes)`."""


class Page:
    """The open spans of one page, in order, none touching another, and the open time before each."""

    __slots__ = ("closes", "opened_before", "opens", "total")

    def __init__(self, spans: Iterable[Span]) -> None:
        """Keep the spans in arrays: a page of a round-the-clock minute grid is still some megabytes."""
        self.opens, self.closes, self.opened_before = array("q"), array("q"), array("q")
        self.total = 0
        for opens, closes in spans:
            self.opens.append(opens)
            self.closes.append(closes)
            self.opened_before.append(self.total)
            self.total += closes - opens

    def opened_until(self, instant: int) -> int:
        """Open microseconds between the start of the page and an instant on it."""
        span = bisect_right(self.opens, instant) - 1
        if span < 0:
            return 0
        return self.opened_before[span] + min(instant, self.closes[span]) - self.opens[span]

    def reached(self, opened: int) -> int:
        """The first instant by which `opened` microseconds of the page were open; 0 < opened <= total."""
        span = bisect_left(self.opened_before, opened) - 1
        return self.opens[span] + opened - self.opened_before[span]

    def is_open(self, instant: int) -> bool:
        """Whether an instant on this page lies within a span."""
        span = bisect_right(self.opens, instant) - 1
        return span >= 0 and instant < self.closes[span]


@lru_cache(maxsize=2048)
def page(schedule: Schedule, number: int) -> Page:
    """The spans of one page of a schedule; equal schedules share it."""
    return Page(merged(_page_spans(schedule, number)))


@lru_cache(maxsize=32_768)
def page_total(schedule: Schedule, number: int) -> int:
    """Open microseconds on one page; outlives the page itself, so that centuries can be summed twice."""
    return page(schedule, number).total


def opened_between(schedule: Schedule, start: int, end: int) -> int:
    """Open microseconds in `[start, end)`; negative when `end` is the earlier one."""
    if end < start:
        return -opened_between(schedule, end, start)
    first, last = start // PAGE, end // PAGE
    opened = page(schedule, last).opened_until(end) - page(schedule, first).opened_until(start)
    return opened + sum(page_total(schedule, number) for number in range(first, last))


def first_reached(schedule: Schedule, start: int, wanted: int) -> int | None:
    """The first instant by which `wanted` > 0 microseconds after `start` were open; None if there is none."""
    first = start // PAGE
    wanted += page(schedule, first).opened_until(start)
    for number in range(first, max(first, _final_page(schedule)) + 1):
        total = page_total(schedule, number)
        if wanted <= total:
            reached = page(schedule, number).reached(wanted)
            return reached if reached <= LATEST else None
        wanted -= total
    return None


def last_page_needed(schedule: Schedule, start: int, wanted: int) -> int:
    """The last page that `first_reached` can need for this start and amount, and for any smaller ones."""
    if wanted == 0:
        return start // PAGE
    reached = first_reached(schedule, start, wanted)
    return max(start // PAGE, _final_page(schedule)) if reached is None else reached // PAGE


def _final_page(schedule: Schedule) -> int:
    """The page after which a schedule stays closed: without weekly hours, that of its last special day."""
    if any(schedule.weekly):
        return LAST_PAGE
    last = schedule.last_exception
    return EARLIEST // PAGE if last is None else (last + 2) * DAY // PAGE


def spans_between(schedule: Schedule, first: int, until: int) -> Iterator[Span]:
    """The open spans that touch `[first, until)`, clipped to it; adjacent ones are merged."""
    return merged(_clipped_pages(schedule, first, until))


def spans_of_day(schedule: Schedule, day: int) -> list[Span]:
    """The open spans of one local date, given as its day number, in the order of their instants."""
    # No zone is more than a day from UTC.
    first, until = (day - 1) * DAY, (day + 2) * DAY
    pieces = _offset_pieces(schedule.zone, first, until)
    return [span for piece in pieces for span in _spans_in_piece(schedule, [day], *piece)]


def merged(spans: Iterable[Span]) -> Iterator[Span]:
    """The same open time with every pair of touching spans joined; `spans` are in order."""
    iterator = iter(spans)
    begin, end = next(iterator, (0, 0))
    for opens, closes in iterator:
        if opens > end:
            yield begin, end
            begin = opens
        end = closes
    if begin < end:
        yield begin, end


def _page_spans(schedule: Schedule, number: int) -> Iterator[Span]:
    for begin, end, offset in _offset_pieces(schedule.zone, number * PAGE, (number + 1) * PAGE):
        days = range((begin + offset) // DAY, (end + offset - 1) // DAY + 1)
        yield from _spans_in_piece(schedule, days, begin, end, offset)


def _clipped_pages(schedule: Schedule, first: int, until: int) -> Iterator[Span]:
    for number in range(first // PAGE, -(-until // PAGE)):
        spans = page(schedule, number)
        begin = bisect_right(spans.closes, first)
        end = bisect_left(spans.opens, until)
        for k in range(begin, end):
            yield max(spans.opens[k], first), min(spans.closes[k], until)


def _spans_in_piece(schedule: Schedule, days: Iterable[int], begin: int, end: int, offset: int) -> Iterator[Span]:
    for day in days:
        midnight = day * DAY - offset
        for opens, closes in schedule.hours_on(day):
            span = max(midnight + opens * MINUTE, begin), min(midnight + closes * MINUTE, end)
            if span[0] < span[1]:
                yield span


def _offset_pieces(zone: str, first: int, until: int) -> list[tuple[int, int, int]]:
    """Cut `[first, until)` into `(from, until, offset)`, all in microseconds."""
    numbers = range(first // PAGE, -(-until // PAGE))
    changes = [change * SECOND for number in numbers for change in _offset_changes(zone, number)]
    cuts = [first, *changes[bisect_right(changes, first) : bisect_left(changes, until)], until]
    info = ZoneInfo(zone)
    return [(begin, end, _offset(info, begin // SECOND) * SECOND) for begin, end in pairwise(cuts)]


@lru_cache(maxsize=32_768)
def _offset_changes(zone: str, number: int) -> tuple[int, ...]:
    """The seconds since 1970 on one page from which the zone's clock shows another offset."""
    info = ZoneInfo(zone)
    first, until = number * PAGE // SECOND, (number + 1) * PAGE // SECOND
    probes = [*range(first - 1, until - 1, _PROBE), until - 1]
    offsets = [_offset(info, probe) for probe in probes]
    return tuple(
        _first_change(info, probes[k], probes[k + 1]) for k in range(len(probes) - 1) if offsets[k] != offsets[k + 1]
    )


def _first_change(info: ZoneInfo, before: int, after: int) -> int:
    old = _offset(info, before)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(info, middle) == old:
            before = middle
        else:
            after = middle
    return after


def _offset(info: ZoneInfo, second: int) -> int:
    """The zone's offset from UTC in seconds."""
    # At either end of time the local date has no datetime; no zone changes its clock there.
    second = min(max(second, EARLIEST // SECOND + 86_400), LATEST // SECOND - 86_400)
    offset = (EPOCH + timedelta(seconds=second)).astimezone(info).utcoffset()
    if offset is None:
        raise ValueError(f"The time zone {info.key} names no offset from UTC.")
    return offset // timedelta(seconds=1)
