"""A made-up organisation, told in GitHub's own wire format.

Harrow Hosting runs machines for other companies. Its infrastructure team answers in `harrow-hosting/infra`, with a
board; its small access team in `harrow-hosting/access`, with labels. Both work from Los Angeles and promise: opened
inside office hours, triaged within four of them; otherwise by the end of the next working day. One year passes: a
quiet December, a move that everybody notices in March, a thin summer, and an October in which two people are away,
an incident follows the other, and the pile grows.

Everything hangs on the seed and the calendar. The same seed and `until` give the same bytes; a later `until` shows
more of the same world. Nobody and nothing in it is real. `watchbill.example.toml` describes the same teams.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

DEFAULT_UNTIL = datetime(2026, 11, 16, 16, 30, tzinfo=UTC)  # a Monday morning in Los Angeles, before the meeting


def payloads(*, seed: int = 7, until: datetime = DEFAULT_UNTIL) -> Iterator[dict[str, Any]]:
    """Each issue with its timeline, as GitHub's REST API would have given them at `until`."""
    from ingest.demo import github, world  # the year is imagined when somebody asks for it

    if until.tzinfo is None:
        raise ValueError("until needs a time zone")
    until = until.astimezone(UTC)
    yield from github.payloads(world.lives_until(seed, until), until)
