"""Numbers, durations and instants as people say them. Plain text: never markup."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

NOTHING = "–"  # shown where nothing is known; a zero is shown as 0


def counted(n: int, singular: str, plural: str | None = None) -> str:
    """
    >>> counted(1, "ticket"), counted(0, "ticket"), counted(2, "breach", "breaches")
    ('1 ticket', '0 tickets', '2 breaches')
    """
    return f"{n:,} {singular if abs(n) == 1 else plural or singular + 's'}"


def signed(n: int) -> str:
    """
    >>> signed(3), signed(-3), signed(0)
    ('+3', '−3', '0')
    """
    return "0" if n == 0 else f"{'+' if n > 0 else '−'}{abs(n):,}"


def percent(share: float | None) -> str:
    """Rounded to a whole percent, but never up to 100 or down to 0: those two are claims of their own.

    >>> percent(0.8), percent(1.0), percent(0.999), percent(0.001), percent(None)
    ('80 %', '100 %', '99 %', '1 %', '–')
    """
    if share is None:
        return NOTHING
    whole = round(share * 100)
    return f"{whole if share in (0.0, 1.0) else min(max(whole, 1), 99)} %"


def span(seconds: float | None) -> str:
    """A duration in hours and minutes: working time has no days.

    >>> span(45 * 60), span(3 * 3600), span(3 * 3600 + 20 * 60), span(0), span(20), span(None)
    ('45 min', '3 h', '3 h 20 min', '0 min', 'under 1 min', '–')
    """
    if seconds is None:
        return NOTHING
    if 0 < seconds < 60:
        return "under 1 min"
    hours, minutes = divmod(int(seconds // 60), 60)
    if hours >= 24 or not minutes:
        return f"{hours:,} h" if hours else f"{minutes} min"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def lasted(seconds: float) -> str:
    """A while on the wall: days have 24 hours.

    >>> lasted(20), lasted(45 * 60), lasted(30 * 3600), lasted(49 * 3600), lasted(90 * 86400)
    ('under 1 min', '45 min', '30 h', '2 days', '90 days')
    """
    if seconds < 3600:
        return span(seconds)
    return f"{int(seconds // 3600)} h" if seconds < 48 * 3600 else counted(int(seconds // 86400), "day")


def joined(words: Sequence[str], last: str = "and") -> str:
    """
    >>> joined(["a"]), joined(["a", "b"]), joined(["a", "b", "c"], "or")
    ('a', 'a and b', 'a, b or c')
    """
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def local(instant: datetime, zone: str) -> datetime:
    """An instant, UTC where it says no zone, on the clocks of `zone`."""
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(ZoneInfo(zone))


def day(instant: datetime, zone: str, year_of: datetime | None = None) -> str:
    """Such as `Mon 9 Nov`, and `Wed 30 Mar 2022` where it lies in another year than `year_of`."""
    there = local(instant, zone)
    is_other_year = year_of is not None and there.year != local(year_of, zone).year
    return f"{there:%a} {there.day} {there:%b}{f' {there.year}' if is_other_year else ''}"


def moment(instant: datetime, zone: str, near: datetime | None = None, year_of: datetime | None = None) -> str:
    """Such as `Tue 3 Nov 12:00`; `Tue 12:00` where it lies within six days of `near`; with a year as `day` has it."""
    there = local(instant, zone)
    is_near = near is not None and abs(there - local(near, zone)) < timedelta(days=6)
    return f"{there:%a %H:%M}" if is_near else f"{day(instant, zone, year_of or near)} {there:%H:%M}"


def sentence(text: str) -> str:
    """With a capital first letter and a full stop."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


def shortened(text: str, most: int = 300) -> str:
    """A text that a page can hold, cut where it is longer, and saying so.

    >>> shortened("short"), shortened("a" * 400, 3)
    ('short', 'aaa … (400 characters)')
    """
    return text if len(text) <= most else f"{text[:most]} … ({len(text):,} characters)"
