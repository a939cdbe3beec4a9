"""Every made-up tracker with the settings that read it: for tests that hold for all sources alike."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import settings
from ingest.client import Wire
from ingest.demo.trackers import Tracker, wire
from settings import Settings

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


@dataclass(frozen=True)
class World:
    """One kind of tracker: how to make an empty one, and the settings that read it."""

    kind: str
    make: Callable[[], Any]  # a Tracker that is a Desk, too
    token: str
    table: str  # the [[source]] table

    @property
    def address(self) -> str:
        return f"http://{self.kind}.example"

    @property
    def variable(self) -> str:
        return f"WATCHBILL_{self.kind.upper()}_TOKEN"


PHORGE_TOKEN, RT_TOKEN = f"api-{'m' * 28}", f"1-14-{'0123456789abcdef' * 2}"
GITHUB_TOKEN, JIRA_TOKEN = "ghp_made_up_for_tests", "jira_made_up_for_tests"


def _phorge() -> Any:
    from ingest.demo.trackers.phorge import Phorge

    return Phorge(token=PHORGE_TOKEN, now=NOW)


def _github() -> Any:
    from ingest.demo.trackers.github import GitHub

    return GitHub(token=GITHUB_TOKEN, now=NOW)


def _jira() -> Any:
    from ingest.demo.trackers.jira import Jira

    return Jira(edition="cloud", token=JIRA_TOKEN, email="reader@jira.example", now=NOW)


def _rt() -> Any:
    from ingest.demo.trackers.rt import RequestTracker

    return RequestTracker(token=RT_TOKEN, now=NOW)


WORLDS = {
    "phorge": World("phorge", _phorge, PHORGE_TOKEN, 'queues = ["infra"]'),
    "github": World("github", _github, GITHUB_TOKEN, 'repositories = ["acme/infra"]'),
    "jira": World("jira", _jira, JIRA_TOKEN, 'projects = ["INFRA"]\nemail = "reader@jira.example"'),
    "rt": World("rt", _rt, RT_TOKEN, ""),
}
QUEUES = {"phorge": "infra", "github": "infra", "jira": "INFRA", "rt": "infra"}  # as each desk calls it


def settings_of(*kinds: str) -> Settings:
    tables = [f'[[source]]\nkind = "{kind}"\nurl = "{WORLDS[kind].address}"\n{WORLDS[kind].table}' for kind in kinds]
    return settings.parse("\n\n".join(tables), "test")


def environment(*kinds: str) -> dict[str, str]:
    return {WORLDS[kind].variable: WORLDS[kind].token for kind in kinds}


def wired(trackers: Mapping[str, Tracker], waits: list[float] | None = None) -> Wire:
    """A wire to these trackers, by kind, on which nobody really waits."""
    reached = {WORLDS[kind].address: tracker for kind, tracker in trackers.items()}
    taken = [] if waits is None else waits
    return Wire(session=lambda: wire.session(reached), wait=taken.append)
