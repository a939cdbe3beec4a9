"""What the doctor asks GitHub: is it there, what may the token do, how much is left, what can be seen."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from ingest.client import Answer, Client, UnavailableError
from ingest.github import queries
from ingest.github.ask import Asker, PartlyRefusedError, QueryRefusedError, TooHeavyError, addresses
from ingest.github.boards import Boards

Finding = tuple[bool, str]
ME = "query Me { viewer { login } rateLimit { limit remaining resetAt } }"
SEES = "query Sees($owner: String!, $name: String!) { repository(owner: $owner, name: $name) { nameWithOwner } }"
SKEW_SECONDS = 120


def examine(client: Client, site: Any) -> Iterator[Finding]:
    """Each finding is (is it well, a sentence). Raises ClientError where GitHub cannot be asked at all."""
    asker = Asker(client, addresses(site.url)[1])
    answer = client.post(asker.graphql, json={"query": ME, "variables": {}})
    told = answer.json().get("data") or {}
    login = (told.get("viewer") or {}).get("login")
    yield bool(login), f"the token is {login}'s" if login else "GitHub does not say whose the token is"
    yield from _clock(answer)
    yield from _rights(answer, site)
    yield _limit(told.get("rateLimit"))
    for name in site.repositories:
        yield _repository(asker, name)
    yield from _boards(asker, site)


def _clock(answer: Answer) -> Iterator[Finding]:
    if answer.served_at:
        skew = abs((datetime.now(UTC) - answer.served_at).total_seconds())
        off = f"this machine's clock is {timedelta(seconds=round(skew))} off GitHub's"
        words = "the clocks agree" if skew <= SKEW_SECONDS else off
        yield skew <= SKEW_SECONDS, f"{words}; GitHub tells all instants in UTC"


def _rights(answer: Answer, site: Any) -> Iterator[Finding]:
    """Only classic tokens tell their scopes."""
    if "x-oauth-scopes" not in {name.lower() for name in answer.headers}:
        yield True, "a fine-grained or app token: its rights show below, by what it can see"
        return
    scopes = {scope.strip() for scope in answer.headers["x-oauth-scopes"].split(",") if scope.strip()}
    yield True, f"a classic token with the scopes {', '.join(sorted(scopes)) or 'of the public'}"
    if site.boards and not scopes & {"project", "read:project"}:
        yield False, "boards need the scope read:project, which the token does not have"


def _limit(limit: dict[str, Any] | None) -> Finding:
    if not limit:
        return True, "this server has no rate limit"
    words = f"{limit['remaining']} of {limit['limit']} points are left until {limit['resetAt']}"
    return limit["remaining"] > limit["limit"] // 10, words


def _repository(asker: Asker, name: str) -> Finding:
    owner, repository = name.split("/")
    try:
        data = asker.query(SEES, {"owner": owner, "name": repository}, is_smallest=True)
    except (QueryRefusedError, PartlyRefusedError, TooHeavyError) as error:
        return False, f"{name} cannot be read: {error}"
    found = (data["repository"] or {}).get("nameWithOwner")
    if not found:
        return False, f"{name} is not there, or the token may not see it"
    renamed = "" if found.casefold() == name.casefold() else f"; it is called {found} now"
    return True, f"{name} can be read{renamed}"


def _boards(asker: Asker, site: Any) -> Iterator[Finding]:
    if not site.boards:
        return
    try:
        offer = queries.offer(asker.query(queries.PROBE, {}, is_smallest=True))
    except (QueryRefusedError, PartlyRefusedError, TooHeavyError, UnavailableError) as error:
        yield False, f"the server does not say what it offers: {error}"
        return
    boards = Boards(site.boards, {})
    for trouble in boards.find(asker, offer):
        yield False, f"{trouble.place} cannot be read: {trouble.reason}"
    for name, board in boards.readable.items():
        yield True, f"board {name} ({board['title']}) can be read"
    if boards.readable and "ProjectV2ItemStatusChangedEvent" not in offer.events:
        yield True, "this server records no moves on boards; Watchbill tells them by comparing"
