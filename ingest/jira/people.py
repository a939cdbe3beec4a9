"""Jira's users as accounts: by accountId on Cloud; on Data Center by key, which stays when a login is renamed."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ingest.records import Account

Json = Mapping[str, Any]


def known_as(user: Json | None) -> str | None:
    """The id behind a user; None where the answer names nobody: deleted, or anonymous."""
    if not user:
        return None
    found = user.get("accountId") or user.get("key") or user.get("name")
    return str(found) if found else None


def users(issue: Json) -> Iterator[Json]:
    """Everybody whom an issue, with its histories and comments, describes."""
    told = issue["fields"]
    listed = [told.get("creator"), told.get("reporter"), told.get("assignee")]
    listed += [history.get("author") for history in issue["histories"]]
    listed += [comment.get(role) for comment in issue["comments"] for role in ("author", "updateAuthor")]
    yield from (user for user in listed if user and known_as(user))


def owners(issue: Json) -> Iterator[tuple[str, str | None]]:
    """Those whom the histories name as owners by nothing but an id, and what they were called then."""
    for history in issue["histories"]:
        for item in history["items"]:
            if item["field"] == "assignee":
                for side in ("from", "to"):
                    if item.get(side):
                        yield str(item[side]), item.get(f"{side}String")


def unknown(issues: Iterable[Json]) -> list[str]:
    """Ids that the issues name without describing the person."""
    listed = list(issues)
    described = {known_as(user) for issue in listed for user in users(issue)}
    return sorted({owner for issue in listed for owner, _ in owners(issue)} - described)


def accounts(source: str, issues: Iterable[Json], looked_up: Iterable[Json]) -> Iterator[Account]:
    """One account for each person that the issues describe or name."""
    listed = list(issues)
    seen: dict[str, Account] = {}
    for user in [*looked_up, *(user for issue in listed for user in users(issue))]:
        login = known_as(user)
        if login and login not in seen:
            seen[login] = _account(source, login, user)
    for issue in listed:
        for owner, called in owners(issue):
            seen.setdefault(owner, Account(f"{source}/{owner}", source, owner, called, False))
    yield from seen.values()


def _account(source: str, known_by: str, user: Json) -> Account:
    login = known_by if user.get("accountId") else str(user.get("name") or known_by)
    is_bot = user.get("accountType") == "app"
    return Account(
        f"{source}/{known_by}", source, login, user.get("displayName"), is_bot, user.get("emailAddress") or None
    )
