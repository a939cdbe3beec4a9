"""A made-up GitHub's books: where things are, and how what happens is written down."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from ingest.demo.trackers.github.limits import Limits
from ingest.demo.trackers.github.model import Board, Issue, Json, Repository, instant, node_id, type_name

API = "https://api.github.com"
WEB = "https://github.com"
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


class Books:
    """`token` is the one accepted. `hide_types`: what this server's schema does not have. `is_ghes`: an Enterprise
    Server, which has no limits and counts its REST pages. `boards`: queues that are worked on a board, not by labels.
    `page_size`: no answer lists more. `heavy`: with timelines of more issues than that, GraphQL times out;
    `cut`: with more than that, it answers in part. `scopes`: of a classic token; None: a fine-grained one.
    """

    def __init__(
        self,
        *,
        token: str = "ghp_made_up",  # noqa: S107
        now: datetime = BEGINNING,
        owner: str = "acme",
        boards: Sequence[str] = (),
        hide_types: Sequence[str] = (),
        is_ghes: bool = False,
        board_events: bool = True,
        page_size: int = 100,
        heavy: int | None = None,
        cut: int | None = None,
        scopes: Sequence[str] | None = ("repo", "read:org", "read:project"),
        may_read_boards: bool = True,
    ) -> None:
        self.token, self.now, self.owner, self.is_ghes, self.board_events = token, now, owner, is_ghes, board_events
        self.hide_types, self.page_size, self.heavy, self.cut = tuple(hide_types), page_size, heavy, cut
        self.scopes = scopes
        self.may_read_boards = may_read_boards and (scopes is None or bool({"project", "read:project"} & set(scopes)))
        self.limits = Limits(is_off=is_ghes)
        self.repositories: dict[str, Repository] = {}
        self.users: dict[str, Json] = {}
        self.boards = [
            Board(owner, number, f"{queue.title()} board", instant(now)) for number, queue in enumerate(boards, start=1)
        ]
        self.board_of = {f"{owner}/{queue}": board for queue, board in zip(boards, self.boards, strict=True)}
        self.forbidden: set[str] = set()  # fields of an issue that the token may not read
        self.unbearable: set[str] = set()  # keys of issues that GraphQL can never tell in time
        self.numbers = {"event": 21_000_000_000, "comment": 3_400_000_000, "issue": 2_900_000_000, "other": 500_000}
        self.places = 0
        self.moved: dict[str, str] = {}  # the key an issue had before a transfer

    def enrol(self, login: str, name: str, *, is_bot: bool = False, email: str | None = None) -> None:  # noqa: ARG002
        """E-mail addresses are nobody's business at GitHub."""
        login = f"{login}[bot]" if is_bot and not login.endswith("[bot]") else login
        number = self.next_number("other")
        self.users[login] = {
            "login": login,
            "id": number,
            "node_id": node_id("BOT" if is_bot else "U", number),
            "url": f"{API}/users/{login}",
            "html_url": f"{WEB}/{login}",
            "type": "Bot" if is_bot else "User",
            "site_admin": False,
            "_name": None if is_bot else name,
        }

    # Where things are.

    def issue(self, ticket: str) -> Issue:
        while ticket in self.moved:
            ticket = self.moved[ticket]
        queue, number = ticket.rsplit("#", 1)
        return self.repository(queue).issues[int(number)]

    def repository(self, queue: str) -> Repository:
        return self.repositories[f"{self.owner}/{queue}".casefold()]

    def opened(self, at: datetime, who: str, title: str, text: str, queue: str) -> Issue:
        repository = self.home(f"{self.owner}/{queue}")
        repository.last_number += 1
        number = repository.last_number
        facts = addresses(repository, number) | {
            "id": self.next_number("issue"),
            "number": number,
            "title": title,
            "body": text,
            "user": self.user(who),
            "labels": [],
            "assignees": [],
            "milestone": None,
            "type": None,
            "comments": 0,
            "state": "open",
            "state_reason": None,
            "locked": False,
            "author_association": "MEMBER",
            "created_at": instant(at),
            "updated_at": instant(at),
            "closed_at": None,
            "closed_by": None,
        }
        issue = repository.issues[number] = Issue(repository, facts)
        facts["node_id"] = issue.node_id
        self.touch(issue, at)
        return issue

    def home(self, full_name: str) -> Repository:
        owner, name = full_name.split("/")
        if full_name.casefold() not in self.repositories:
            self.repositories[full_name.casefold()] = Repository(owner, name, self.next_number("other"))
        return self.repositories[full_name.casefold()]

    def label_of(self, repository: Repository, name: str) -> Json:
        label = repository.label(name)
        if label is None:
            number = self.next_number("other")
            label = {"id": number, "node_id": node_id("LA", repository.identity, number), "name": name}
            label |= {"color": "bfd4f2", "default": False, "description": None}
            repository.labels.append(label)
        return label

    def user(self, login: str) -> Json:
        known = login if login in self.users else f"{login}[bot]"
        if known not in self.users:
            self.enrol(login, login.title())
            known = login
        return self.users[known]

    def tell(self, issue: Issue, at: datetime, who: str, kind: str, *, is_change: bool = True, **told: Any) -> None:
        number = self.next_number("comment" if kind == "commented" else "event")
        self.places += 1
        event: Json = {"event": kind, "actor": self.user(who), "created_at": instant(at), "_place": self.places}
        if kind != "cross-referenced":
            letters = "".join(letter for letter in type_name(kind) if letter.isupper())
            event |= {"id": number, "node_id": node_id(letters, issue.repository.identity, issue.facts["id"], number)}
        if kind == "commented":
            address = f"{issue.facts['html_url']}#issuecomment-{number}"
            event |= {"user": event["actor"], "updated_at": instant(at), "html_url": address}
            event["issue_url"] = issue.facts["url"]
        issue.timeline.append(event | told)
        self.touch(issue if is_change else None, at)

    def touch(self, issue: Issue | None, at: datetime) -> None:
        self.now = max(self.now, at)
        if issue:
            issue.facts["updated_at"] = max(issue.facts["updated_at"], instant(at))

    def next_number(self, what: str) -> int:
        self.numbers[what] += 17
        return self.numbers[what]


def addresses(repository: Repository, number: int) -> Json:
    api = f"{API}/repos/{repository.full_name}"
    return {
        "url": f"{api}/issues/{number}",
        "repository_url": api,
        "html_url": f"{WEB}/{repository.full_name}/issues/{number}",
    }
