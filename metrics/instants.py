"""Instants as people write them, and as DuckDB wants them."""

from datetime import UTC, datetime


def parse_instant(value: str | datetime, name: str = "as_of") -> datetime:
    """An instant as DuckDB wants it: UTC without a zone. Raises ValueError where the zone is missing."""
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError(f"{name}={value} is not an instant; write it such as 2026-11-16T00:00Z") from None
    if instant.tzinfo is None:
        raise ValueError(f"{name}={value} has no time zone; end it with Z for UTC, such as 2026-11-16T00:00Z")
    return instant.astimezone(UTC).replace(tzinfo=None)
