"""Which of a series of weeks an instant lies in, as arithmetic: no join, however many rows."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from metrics.weeks import Week

_WEEK, _MICROSECOND = timedelta(weeks=1), timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - instants in the store are UTC without a zone

BEFORE = -1  # the place of what happened before the first week


def bin_sql(column: str, weeks: Sequence[Week], *, has_before: bool = False) -> str:
    """The place of each instant's week among consecutive `weeks`, counted from 0, as SQL; NULL outside all of them.

    With has_before, what happened before the first week has the place BEFORE.

    Weeks are seven days apart but where clocks change, so that a series falls into a few stretches of equal ones.
    """
    if not weeks:
        return "NULL::INTEGER"
    start, end = (_written(_naive(moment)) for moment in (weeks[0].starts_at, weeks[-1].ends_at))
    place = f"(epoch_us({column}) - {_origin(column, _stretches(weeks))}) // {_WEEK // _MICROSECOND}"
    before = BEFORE if has_before else "NULL"
    return f"CASE WHEN {column} >= {end} THEN NULL WHEN {column} < {start} THEN {before} ELSE {place} END::INTEGER"


def _origin(column: str, stretches: Sequence[tuple[int, datetime]]) -> str:
    """When week 0 would have begun, had all been like those of an instant's stretch; in microseconds, as SQL.

    What a week lasts longer than seven days is in its last hour: it counts back from the next stretch.
    """
    origins = [(start - place * _WEEK - _EPOCH) // _MICROSECOND for place, start in stretches]
    begins = [min(start, was + (place - before) * _WEEK) for (before, was), (place, start) in pairwise(stretches)]
    later = list(zip(begins, origins[1:], strict=True))
    branches = " ".join(f"WHEN {column} >= {_written(begin)} THEN {origin}" for begin, origin in reversed(later))
    return f"CASE {branches} ELSE {origins[0]} END" if branches else str(origins[0])


def first_instant(weeks: Sequence[Week]) -> datetime | None:
    """When the first of some weeks in order began; None of none."""
    return _naive(weeks[0].starts_at) if weeks else None


def span(weeks: Sequence[Week]) -> dict[str, datetime | None]:
    """The window that some weeks in order take up, as questions have it: since, until; None of none."""
    return {"since": weeks[0].starts_at if weeks else None, "until": weeks[-1].ends_at if weeks else None}


def consecutive(weeks: Sequence[Week]) -> list[Week]:
    """The weeks in order, with those between them that nobody asked about."""
    if not weeks:
        return []
    return weeks[-1].through((weeks[-1].monday - weeks[0].monday).days // 7 + 1)


def _stretches(weeks: Sequence[Week]) -> list[tuple[int, datetime]]:
    """Place and start of each week that does not begin seven days after the one before, and of the end likewise."""
    starts = [*(_naive(week.starts_at) for week in weeks), _naive(weeks[-1].ends_at)]
    return [(n, start) for n, start in enumerate(starts) if not n or start - starts[n - 1] != _WEEK]


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def _written(moment: datetime) -> str:
    return f"TIMESTAMP '{moment.isoformat(' ')}'"
