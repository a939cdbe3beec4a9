"""How Jira asks for patience: 429 with any of several headers or none, 503 with Retry-After."""

from datetime import UTC, datetime

from ingest import client
from ingest.client import SLOW_DOWN, Answer


def told_to_wait(answer: Answer) -> float | None:
    """Seconds to wait (0: not said how long), or None where Jira does not ask for it.

    A used-up quota names the instant it is filled again, which may lie further away than Retry-After says.
    Data Center says `retry-after: 0` while it still has tokens to give.
    """
    if answer.status not in SLOW_DOWN:
        return None
    told = max(client.told_to_wait(answer) or 0.0, _until_reset(answer))
    return told or (None if answer.status == 503 else 0.0)


def _until_reset(answer: Answer) -> float:
    try:
        reset = datetime.fromisoformat(answer.headers["X-RateLimit-Reset"])
        return max(0.0, (reset - (answer.served_at or datetime.now(UTC))).total_seconds())
    except (KeyError, ValueError, TypeError):
        return 0.0
