"""How GitHub is asked: its two addresses, its limits, and what its errors mean."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from ingest.client import Answer, Client, ClientError, UnavailableError
from ingest.client import told_to_wait as told_to_wait_by_http

T = TypeVar("T")
Json = Mapping[str, Any]

LARGEST = 50  # issues asked for in one query
GOOD_ENOUGH = 10  # answers in a row after which a larger query is tried again
_LIMIT_WORDS = ("rate limit", "abuse detection")
_SCOPE_WORDS = ("resource not accessible by", "insufficient_scopes", "required scopes", "saml")


class TooHeavyError(Exception):
    """The query was too much for the server: ask for less."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class QueryRefusedError(ClientError):
    """GitHub understood a query and answered nothing of it. `is_right_missing`: for lack of a right."""

    def __init__(self, text: str, *, is_right_missing: bool = False) -> None:
        super().__init__(text)
        self.is_right_missing = is_right_missing


def addresses(url: str) -> tuple[str, str]:
    """Where REST and GraphQL are: on github.com side by side, on GitHub Enterprise Server below /api."""
    root = url.rstrip("/").removesuffix("/graphql").removesuffix("/v3")
    return (f"{root}/v3", f"{root}/graphql") if root.endswith("/api") else (root, f"{root}/graphql")


def told_to_wait(answer: Answer) -> float | None:
    """Seconds until GitHub may be asked again, None if at once, 0 if it does not say.

    A used-up limit comes as 200, 403 or 429. Only an answer that refuses something makes anybody wait: the last good
    answer of an hour says that nothing remains, too. A server without limits sends none of these headers.
    """
    words = _refusal(answer)
    if not words:
        return told_to_wait_by_http(answer)
    is_used_up = answer.headers.get("x-ratelimit-remaining") == "0"
    if not (answer.status == 429 or is_used_up or any(word in words for word in _LIMIT_WORDS)):
        return None
    said = answer.headers.get("Retry-After", "").strip()
    if said.isdigit():
        return float(said)
    reset = answer.headers.get("x-ratelimit-reset", "")
    if is_used_up and reset.isdigit() and answer.served_at:
        return max(1.0, float(reset) - answer.served_at.timestamp() + 1)
    return 0.0


def _refusal(answer: Answer) -> str:
    """What the answer says in refusing something, in lower case; nothing where it refuses nothing.

    Of a good answer only its errors count: an issue, too, may speak of rate limits.
    """
    if answer.status in (403, 429):
        return answer.text.lower() or "no"
    if answer.status != 200 or '"errors"' not in answer.text:
        return ""
    try:
        page = answer.json()
    except (ValueError, RecursionError):
        return ""
    return json.dumps(page.get("errors")).lower() if isinstance(page, dict) and page.get("errors") else ""


@dataclass(slots=True)
class Asker:
    """Asks one GitHub, and counts the points that its queries cost."""

    client: Client
    graphql: str
    points: int = field(default=0)

    @property
    def began_at(self) -> datetime:
        """When this run began, by the server's clock. Raises ClientError before the first answer."""
        if self.client.began_at is None:
            raise ClientError(f"{self.graphql}: nothing was asked yet")
        return self.client.began_at

    def query(self, text: str, variables: Json, *, is_smallest: bool = False, may_miss: bool = False) -> dict[str, Any]:
        """The data of an answer without errors. Raises TooHeavyError, QueryRefusedError, ClientError.

        A server that gives up on a heavy query says 502 or 504 and counts it against us: the same query is asked
        again only where it cannot be made smaller. `may_miss`: single nodes that were asked for may be gone.
        """
        patience: dict[str, Any] = {} if is_smallest else {"accept": (502, 504)}
        answer = self.client.post(self.graphql, json={"query": text, "variables": dict(variables)}, **patience)
        if answer.status in (502, 504):
            raise TooHeavyError(f"HTTP {answer.status}")
        page = answer.json()
        if not isinstance(page, dict):
            raise UnavailableError(f"{self.graphql}: an answer that is no object")
        data, errors = page.get("data"), page.get("errors") or []
        self.points += ((data or {}).get("rateLimit") or {}).get("cost") or 0
        if may_miss:
            errors = [error for error in errors if not _is_a_missing_part(error)]
        if errors:
            raise self._complaint(data, errors)
        if not isinstance(data, dict):
            raise UnavailableError(f"{self.graphql}: an answer without data")
        return data

    def _complaint(self, data: Any, errors: list[Any]) -> Exception:
        said = [error for error in errors if isinstance(error, dict)]
        words = self.client.redact("; ".join(sorted({str(error.get("message", "")) for error in said}))[:300])
        kinds = " ".join(str(error.get("type", "")) for error in said).lower()
        is_right_missing = any(word in f"{words} {kinds}".lower() for word in (*_SCOPE_WORDS, "forbidden"))
        told = [value for key, value in (data or {}).items() if key != "rateLimit"]
        if is_right_missing and "resource_limits" not in kinds:
            if any(told):
                return PartlyRefusedError(words, {str(error["path"][-1]) for error in said if error.get("path")})
            return QueryRefusedError(words, is_right_missing=True)
        if not any(told) and not _is_heavy(words, kinds):
            return QueryRefusedError(words)
        return TooHeavyError(words)


class PartlyRefusedError(Exception):
    """The fields named are missing from the answer because a right is: no smaller query would help."""

    def __init__(self, words: str, fields: set[str]) -> None:
        super().__init__(words)
        self.words, self.fields = words, fields


def _is_a_missing_part(error: Any) -> bool:
    return isinstance(error, dict) and error.get("type") == "NOT_FOUND" and len(error.get("path") or []) > 1


def _is_heavy(words: str, kinds: str) -> bool:
    heavy = ("timeout", "timed out", "something went wrong while executing", "resource limits")
    return "resource_limits" in kinds or any(word in words.lower() for word in heavy)


def asked_in_sizes(state: dict[str, Any], ask: Callable[[int], T]) -> T:
    """Ask for as many issues as the server can bear: half as many after each answer that was too heavy.

    `state` keeps the size from run to run. Raises TooHeavyError where even one is too much.
    """
    state.setdefault("size", LARGEST)
    while True:
        try:
            found = ask(state["size"])
        except TooHeavyError:
            if state["size"] <= 1:
                raise
            state["size"], state["good"] = state["size"] // 2, 0
            continue
        state["good"] = state.get("good", 0) + 1
        if state["good"] >= GOOD_ENOUGH:
            state["size"], state["good"] = min(LARGEST, state["size"] * 2), 0
        return found


def pages(asker: Asker, text: str, variables: Json, find: Callable[[Json], Json]) -> Iterator[Any]:
    """All nodes of a connection that fits a hundred to a page. `find` leads to it. Raises as `query` does."""
    after = variables.get("after")
    while True:
        try:
            data = asker.query(text, {**variables, "after": after}, is_smallest=True)
        except TooHeavyError as error:
            raise UnavailableError(f"{asker.graphql}: {error.words}", 502) from None
        connection = find(data)
        yield from (node for node in connection["nodes"] or [] if node is not None)
        if not connection["pageInfo"]["hasNextPage"]:
            return
        after = connection["pageInfo"]["endCursor"]
