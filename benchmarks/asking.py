"""What a thousand tickets cost at each tracker: requests and seconds, beside one request per ticket.

The trackers are the made-up ones, in this process. Their latencies are virtual: each request counts as many seconds as
the tracker's kind takes (measured for Phorge and Request Tracker, assumed for GitHub and Jira), plus the time that this
program really spends. One request per ticket is how a first script does it: a list of tickets, then each one's history.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

import settings
from ingest import sources
from ingest.client import Client, Wire
from ingest.demo.trackers import Desk
from ingest.demo.trackers.github import GitHub
from ingest.demo.trackers.jira import Jira
from ingest.demo.trackers.phorge import Phorge
from ingest.demo.trackers.rt import RequestTracker
from ingest.demo.trackers.wire import Request, Response, session
from ingest.source import Fetched

TICKETS = 1_000
BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
PHORGE_TOKEN, RT_TOKEN = f"api-{'b' * 28}", f"1-14-{'0123456789abcdef' * 2}"
Kind = tuple[Any, str, str, str, float]  # tracker, its queue, token, settings, seconds a request


def main() -> None:
    """Read each tracker first whole, then with nothing new, then ticket by ticket; print a line each."""
    print(f"{f'{TICKETS:,} tickets':14}{'first load':>24}{'nothing new':>24}{'one request per ticket':>28}{'x':>8}")
    for kind, naive in NAIVE.items():
        tracker, queue, token, table, latency = KINDS[kind]()
        fill(tracker, queue)
        site = settings.parse(f'[[source]]\nkind = "{kind}"\nurl = "http://{kind}.example"\n{table}', kind).source[0]
        slow = Slow(tracker, latency)
        since = read(site, token, slow, {})
        first = slow.cost()
        tracker.now += timedelta(minutes=15)
        read(site, token, slow, since)
        again = slow.cost()
        naive(connected(site, token, slow))
        plain = slow.cost()
        print(f"{kind:14}{told(first):>24}{told(again):>24}{told(plain):>28}{plain[1] / first[1]:8.1f}")


def told(cost: tuple[int, float]) -> str:
    return f"{cost[0]:,} requests {cost[1]:,.1f} s"


class Slow:
    """A tracker that takes its time, on a clock of its own."""

    def __init__(self, tracker: Any, latency: float) -> None:
        self._tracker, self._latency = tracker, latency
        self.requests, self._began = 0, perf_counter()

    @property
    def now(self) -> datetime:
        return self._tracker.now  # type: ignore[no-any-return]

    def answer(self, request: Request) -> Response:
        self.requests += 1
        return self._tracker.answer(request)  # type: ignore[no-any-return]

    def cost(self) -> tuple[int, float]:
        """Requests and seconds since the last time somebody asked."""
        cost = self.requests, self.requests * self._latency + perf_counter() - self._began
        self.requests, self._began = 0, perf_counter()
        return cost


def connected(site: Any, token: str, tracker: Slow) -> Client:
    wire = Wire(session=lambda: session({site.url: tracker}), wait=lambda _: None)
    return sources.source(site.kind).connect(site, token, wire)


def read(site: Any, token: str, tracker: Slow, since: Any) -> Any:
    """Fetch to the end and parse every page; where the next run begins."""
    source = sources.source(site.kind)
    for fetched in source.fetch(connected(site, token, tracker), site, since):
        assert isinstance(fetched, Fetched), fetched
        since = fetched.since
        if fetched.page is not None:
            list(source.parse(fetched.page, site))
    return since


def fill(desk: Desk, queue: str) -> None:
    """A thousand tickets with a short life each."""
    for login in ("ana", "ben"):
        desk.enrol(login, login.title())
    for n in range(TICKETS):
        at = BEGIN + timedelta(minutes=10 * n)
        ticket = desk.open(at, "ana", f"Disk {n} is full", "It was fine yesterday.", queue=queue)
        desk.prioritise(at + timedelta(minutes=1), "ben", ticket, "P2")
        desk.assign(at + timedelta(minutes=2), "ben", ticket, "ben")
        desk.comment(at + timedelta(minutes=5), "ben", ticket, "I had a look.")
        if n % 3:
            desk.close(at + timedelta(minutes=9), "ben", ticket)
    desk.now += timedelta(hours=1)


def _pages(ask: Callable[[Any], dict[str, Any]], rows: str, after: Callable[[dict[str, Any]], Any]) -> Iterator[Any]:
    page = ask(None)
    while True:
        yield from page[rows]
        if not (follow := after(page)):
            return
        page = ask(follow)


def naive_phorge(client: Client) -> None:
    def ask(after: Any) -> dict[str, Any]:
        form = {"api.token": PHORGE_TOKEN, "order": "oldest", "limit": 100, **({"after": after} if after else {})}
        return client.post("api/maniphest.search", form=form).json()["result"]  # type: ignore[no-any-return]

    for task in list(_pages(ask, "data", lambda page: page["cursor"]["after"])):
        client.post("api/transaction.search", form={"api.token": PHORGE_TOKEN, "objectIdentifier": task["phid"]})


def naive_github(client: Client) -> None:
    address: str | None = "repos/acme/infra/issues?state=all&per_page=100"
    while address:
        answer = client.get(address)
        for issue in answer.json():
            client.get(f"repos/acme/infra/issues/{issue['number']}/timeline?per_page=100")
        address = answer.link("next")


def naive_jira(client: Client) -> None:
    def ask(token: Any) -> dict[str, Any]:
        question = {"jql": "project = INFRA ORDER BY key ASC", "fields": ["*all"], "maxResults": 100}
        return client.post(
            "rest/api/3/search/jql", json={**question, **({"nextPageToken": token} if token else {})}
        ).json()  # type: ignore[no-any-return]

    for issue in list(_pages(ask, "issues", lambda page: page.get("nextPageToken"))):
        client.get(f"rest/api/3/issue/{issue['id']}/changelog", {"maxResults": 100})
        client.get(f"rest/api/3/issue/{issue['id']}/comment", {"maxResults": 100})


def naive_rt(client: Client) -> None:
    for page in range(1, TICKETS // 100 + 1):
        found = client.get("tickets", {"query": "id > 0", "per_page": 100, "page": page}).json()
        for ticket in found["items"]:
            client.get(f"ticket/{ticket['id']}/history", {"per_page": 100})


NAIVE = {"phorge": naive_phorge, "github": naive_github, "jira": naive_jira, "rt": naive_rt}
KINDS: dict[str, Callable[[], Kind]] = {
    "phorge": lambda: (Phorge(token=PHORGE_TOKEN, now=BEGIN), "infra", PHORGE_TOKEN, 'queues = ["infra"]', 0.05),
    "github": lambda: (
        GitHub(token="ghp_made_up", now=BEGIN),
        "infra",
        "ghp_made_up",
        'repositories = ["acme/infra"]',
        0.5,
    ),
    "jira": lambda: (
        Jira(edition="cloud", token="t", email="reader@jira.example", now=BEGIN),
        "INFRA",
        "t",
        'projects = ["INFRA"]\nemail = "reader@jira.example"',
        0.3,
    ),
    "rt": lambda: (RequestTracker(token=RT_TOKEN, now=BEGIN), "infra", RT_TOKEN, "", 0.25),
}

if __name__ == "__main__":
    main()
