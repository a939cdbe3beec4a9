"""A GitHub in a few hundred lines: issues and boards, told over GraphQL and REST as the real one tells them.

What people do is written down as GitHub writes it: a priority is a label, an owner who is replaced is two events of
one second, a move on a board changes the item but not the issue, and, for as long as `board_events` is off, leaves
no event at all.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ingest.demo.trackers import Ending, Priority, Stage
from ingest.demo.trackers.github.model import instant
from ingest.demo.trackers.github.rare_acts import OnlyHere
from ingest.demo.trackers.wire import Request, Response

PRIORITIES = ("P0", "P1", "P2", "P3")
COLUMNS: dict[Stage, str] = {"new": "New", "triaged": "Triaged", "active": "In progress", "waiting": "Waiting"}
STAGE_LABELS: dict[Stage, str] = {"triaged": "triaged", "active": "in progress", "waiting": "waiting"}
REASONS: dict[Ending, str] = {"done": "completed", "declined": "not_planned", "duplicate": "duplicate"}


class GitHub(OnlyHere):
    """What can be set is told by `Books`."""

    def answer(self, request: Request) -> Response:
        from ingest.demo.trackers.github import rest as github_rest  # GraphQL is a large thing to import

        return github_rest.answer(self, request)

    # What people do.

    def open(self, at: datetime, who: str, title: str, text: str, *, queue: str, kind: str | None = None) -> str:
        """The key is repository#number."""
        issue = self.opened(at, who, title, text, queue)
        if kind:
            self.set_type(at, who, issue.key, kind)
        board = self.board_of.get(issue.repository.full_name)
        if board:
            self.put_on_board(at, who, issue.key, board)
        return issue.key

    def comment(self, at: datetime, who: str, ticket: str, text: str, *, is_internal: bool = False) -> None:  # noqa: ARG002
        """GitHub has no internal comments: everybody sees it."""
        issue = self.issue(ticket)
        self.tell(issue, at, who, "commented", body=text)
        issue.facts["comments"] += 1

    def assign(self, at: datetime, who: str, ticket: str, whom: str | None) -> None:
        issue = self.issue(ticket)
        for user in list(issue.facts["assignees"]):
            issue.facts["assignees"].remove(user)
            self.tell(issue, at, who, "unassigned", assignee=user)
        if whom:
            issue.facts["assignees"].append(self.user(whom))
            self.tell(issue, at, who, "assigned", assignee=self.user(whom))

    def prioritise(self, at: datetime, who: str, ticket: str, priority: Priority) -> None:
        for label in list(self.issue(ticket).facts["labels"]):
            if label["name"] in PRIORITIES and label["name"] != priority:
                self.label(at, who, ticket, label["name"], is_on=False)
        self.label(at, who, ticket, priority)

    def label(self, at: datetime, who: str, ticket: str, name: str, *, is_on: bool = True) -> None:
        """A second time changes nothing, as on GitHub."""
        issue = self.issue(ticket)
        label = self.label_of(issue.repository, name)
        if (label in issue.facts["labels"]) is is_on:
            return
        if is_on:
            issue.facts["labels"].append(label)
        else:
            issue.facts["labels"].remove(label)
        told = {"name": label["name"], "color": label["color"]}
        self.tell(issue, at, who, "labeled" if is_on else "unlabeled", label=told, _label=label)

    def move(self, at: datetime, who: str, ticket: str, stage: Stage) -> None:
        issue = self.issue(ticket)
        board = self.board_of.get(issue.repository.full_name)
        if board:
            self.move_on_board(at, who, ticket, COLUMNS[stage], board)
            return
        for label in list(issue.facts["labels"]):
            if label["name"] in STAGE_LABELS.values() and label["name"] != STAGE_LABELS.get(stage):
                self.label(at, who, ticket, label["name"], is_on=False)
        if stage in STAGE_LABELS:
            self.label(at, who, ticket, STAGE_LABELS[stage])

    def close(self, at: datetime, who: str, ticket: str, how: Ending = "done") -> None:
        issue = self.issue(ticket)
        reason, user = REASONS[how], self.user(who)
        issue.facts |= {"state": "closed", "state_reason": reason, "closed_at": instant(at), "closed_by": user}
        self.tell(issue, at, who, "closed", state_reason=reason)

    def reopen(self, at: datetime, who: str, ticket: str) -> None:
        issue = self.issue(ticket)
        issue.facts |= {"state": "open", "state_reason": "reopened", "closed_at": None, "closed_by": None}
        self.tell(issue, at, who, "reopened", state_reason="reopened")

    def rename(self, at: datetime, who: str, ticket: str, title: str) -> None:
        issue = self.issue(ticket)
        told = {"from": issue.facts["title"], "to": title}
        issue.facts["title"] = title
        self.tell(issue, at, who, "renamed", rename=told)

    def requeue(self, at: datetime, who: str, ticket: str, queue: str) -> None:
        self.transfer(at, who, ticket, queue)

    def hide(self, at: datetime, ticket: str) -> None:
        self.delete(at, ticket)

    def load(self, pages: Iterable[Mapping[str, Any]], *, renamed: Mapping[str, str] | None = None) -> None:
        """Issues as an archive of REST answers holds them. `renamed`: labels that have another name since."""
        from ingest.demo.trackers.github import load as github_load

        github_load.load(self, pages, renamed or {})
