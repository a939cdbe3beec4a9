"""Instants in Jira's three spellings."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from ingest.records import UnreadableError

_WITH_OFFSET = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?([+-]\d\d:?\d\d|Z)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(told: Any) -> datetime:
    """Text with any offset (2021-01-25T11:09:27.985+0800), or milliseconds since 1970. Raises UnreadableError."""
    if isinstance(told, int | float):
        return _EPOCH + timedelta(milliseconds=told)
    found = datetime.fromisoformat(str(told))
    if found.tzinfo is None:
        raise UnreadableError(f"{told!r} is no instant: it has no time zone")
    return found.astimezone(UTC)


def millis(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def tidy(told: str) -> str:
    """An instant in one spelling, however a field spells it; any other text as it is."""
    return instant(told).isoformat() if _WITH_OFFSET.fullmatch(told) else told
