"""Which of a series of weeks an instant lies in, as arithmetic: no join, however many rows."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from metrics.weeks import Week

_WEEK = timedelta(weeks=1)


BEFORE = -1  # the place of what happened before the first week


def bin_sql(column: str, weeks: Sequence[Week], *, has_before: bool = False) -> str:
    """The place of each instant's week among consecutive `weeks`, counted from 0, as SQL; NULL outside all of them.

    With has_before, what happened before the first week has the place BEFORE.

    Weeks are seven days apart but where clocks change, so that a series falls into a few stretches of equal ones; the
    last week of a stretch may be an hour longer.
    """
    if not weeks:
        return "NULL::INTEGER"
    stretches = _stretches(weeks)
    ends = [*(place for place, _ in stretches[1:]), len(weeks)]
    branches = [
        f"WHEN {column} >= {_written(start)} THEN least({place} + (epoch_us({column}) - epoch_us({_written(start)})) "
        f"// {_WEEK // timedelta(microseconds=1)}, {end - 1})"
        for (place, start), end in reversed(list(zip(stretches, ends, strict=True)))
    ]
    earlier = f"ELSE {BEFORE}" if has_before else ""
    end = _written(_naive(weeks[-1].ends_at))
    return f"CASE WHEN {column} >= {end} THEN NULL {' '.join(branches)} {earlier} END::INTEGER"


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
    """Place and start of each week that does not begin seven days after the one before."""
    starts = [_naive(week.starts_at) for week in weeks]
    return [(n, start) for n, start in enumerate(starts) if not n or start - starts[n - 1] != _WEEK]


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def _written(moment: datetime) -> str:
    return f"TIMESTAMP '{moment.isoformat(' ')}'"
