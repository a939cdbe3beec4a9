"""A made-up organisation, told in the trackers' own wire formats.

Harrow Hosting runs machines for other companies. Its infrastructure team answers in `harrow-hosting/infra` at GitHub,
with a board; its small access team in `harrow-hosting/access`, with labels. Both work from Los Angeles and promise:
opened inside office hours, triaged within four of them; otherwise by the end of the next working day. One year passes:
a quiet December, a move that everybody notices in March, a thin summer, and an October in which two people are away,
an incident follows the other, and the pile grows.

The same people take turns on duty, with tasks and a Calendar in Phorge. The product team plans in Jira, and writes
down there what it learns from incidents. The old help desk in Request Tracker gets fewer mails every month.
`harrow.trackers` gives all four as trackers that answer.

Everything hangs on the seed and the calendar. The same seed and `until` give the same bytes; a later `until` shows
more of the same world. Nobody and nothing in it is real. `watchbill.example.toml` describes the same teams.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

# Whoever runs the demo may read all of it: these open nothing but the made-up trackers.
DEMO_TOKENS = {
    "github": "github-demo",
    "phorge": "api-demo-of-harrow-hosting-00000",
    "jira": "jira-demo",
    "rt": "1-14-00000000000000000000000000000000",
}
DEFAULT_UNTIL = datetime(2026, 11, 16, 16, 30, tzinfo=UTC)  # a Monday morning in Los Angeles, before the meeting


def in_utc(until: datetime) -> datetime:
    """Raises ValueError where `until` has no time zone."""
    if until.tzinfo is None:
        raise ValueError("until needs a time zone")
    return until.astimezone(UTC)


def payloads(*, seed: int = 7, until: datetime = DEFAULT_UNTIL) -> Iterator[dict[str, Any]]:
    """Each issue with its timeline, as GitHub's REST API would have given them at `until`."""
    from ingest.demo import github, world  # the year is imagined when somebody asks for it

    until = in_utc(until)
    yield from github.payloads(world.lives_until(seed, until), until)
