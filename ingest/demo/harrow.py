"""The four trackers of Harrow Hosting, each with the year that its people had there."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ingest.demo import DEFAULT_UNTIL, DEMO_TOKENS, duty_team, github, in_utc, old_queue, product_team, world, year
from ingest.demo.trackers import Tracker
from ingest.demo.trackers.github import GitHub
from ingest.demo.trackers.jira import Jira
from ingest.demo.trackers.phorge import Phorge
from ingest.demo.trackers.rt import RequestTracker

READER = "watchbill@harrow.example"  # whose token Jira accepts
SET_UP = datetime.combine(year.START, datetime.min.time(), UTC) - timedelta(days=90)


def trackers(*, seed: int = 7, until: datetime = DEFAULT_UNTIL) -> dict[str, Tracker]:
    """Every tracker by name. Raises ValueError where `until` has no time zone."""
    return {name: tracker(name, seed=seed, until=until) for name in DEMO_TOKENS}


def tracker(name: str, *, seed: int = 7, until: datetime = DEFAULT_UNTIL) -> Tracker:
    """One of them, with all that happened there before `until`, which is its now.

    It accepts its token of `DEMO_TOKENS` and nothing else. Raises ValueError where `until` has no time zone.
    """
    builders: dict[str, Callable[[int, datetime], Tracker]]
    builders = {"github": _github, "phorge": _phorge, "jira": _jira, "rt": _rt}
    made = builders[name](seed, in_utc(until))
    made.now = in_utc(until)
    return made


def _github(seed: int, until: datetime) -> GitHub:
    made = GitHub(token=DEMO_TOKENS["github"], now=SET_UP, owner=github.OWNER, boards=("infra",))
    old, new, renamed_at = year.LABEL_RENAMED
    lives = world.lives_until(seed, until)
    made.load(github.payloads(lives, until), renamed={old: new} if renamed_at < until else {})
    return made


def _phorge(seed: int, until: datetime) -> Phorge:
    made = Phorge(token=DEMO_TOKENS["phorge"], now=SET_UP)
    duty_team.live(made, seed, until)
    return made


def _jira(seed: int, until: datetime) -> Jira:
    made = Jira(token=DEMO_TOKENS["jira"], email=READER, now=SET_UP, zone="America/Los_Angeles")
    product_team.live(made, seed, until)
    return made


def _rt(seed: int, until: datetime) -> RequestTracker:
    made = RequestTracker(token=DEMO_TOKENS["rt"], now=SET_UP)
    old_queue.live(made, seed, until)
    return made
