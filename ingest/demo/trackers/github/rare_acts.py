"""What people do at a made-up GitHub and at no other tracker."""

from datetime import datetime

from ingest.demo.trackers.github.books import API, Books, addresses
from ingest.demo.trackers.github.model import GHOST, Board, Issue, Item, Json, instant, node_id


class OnlyHere(Books):
    """Boards, types, fields, ties between issues, and what goes away."""

    def open_pull_request(self, at: datetime, who: str, title: str, *, queue: str) -> str:
        issue = self.opened(at, who, title, "", queue)
        issue.facts["html_url"] = issue.facts["html_url"].replace("/issues/", "/pull/")
        issue.facts["pull_request"] = {"url": issue.facts["url"], "html_url": issue.facts["html_url"]}
        return issue.key

    def edit_comment(self, at: datetime, ticket: str, nth: int, text: str, *, shows_on_issue: bool = False) -> None:
        """The nth comment of an issue, from 0. Whether the issue counts as updated is not documented."""
        issue = self.issue(ticket)
        comment = [event for event in issue.timeline if event["event"] == "commented"][nth]
        comment |= {"body": text, "updated_at": instant(at)}
        self.touch(issue if shows_on_issue else None, at)

    def delete_comment(self, at: datetime, who: str, ticket: str, nth: int) -> None:
        issue = self.issue(ticket)
        comment = [event for event in issue.timeline if event["event"] == "commented"][nth]
        issue.timeline.remove(comment)
        issue.facts["comments"] -= 1
        self.tell(issue, at, who, "comment_deleted")

    def rename_label(self, at: datetime, queue: str, old: str, new: str) -> None:
        """Changes no issue."""
        self.label_of(self.repository(queue), old)["name"] = new
        self.touch(None, at)

    def transfer(self, at: datetime, who: str, ticket: str, queue: str) -> str:
        """Into another repository, under another number; labels come along silently. The new key."""
        issue, target = self.issue(ticket), self.home(f"{self.owner}/{queue}")
        before, old = issue.repository, issue.key
        del before.issues[issue.number]
        target.last_number += 1
        before.left[issue.number] = f"{API}/repos/{target.full_name}/issues/{target.last_number}"
        issue.repository = target
        issue.facts |= addresses(target, target.last_number) | {"number": target.last_number}
        issue.facts["labels"] = [self.label_of(target, label["name"]) for label in issue.facts["labels"]]
        target.issues[issue.number] = issue
        self.moved[old] = issue.key
        self.tell(issue, at, who, "transferred", _from=before)
        return issue.key

    def delete(self, at: datetime, ticket: str) -> None:
        issue = self.issue(ticket)
        del issue.repository.issues[issue.number]
        issue.repository.left[issue.number] = "deleted"
        for board in self.boards:
            board.items = [item for item in board.items if item.issue is not issue]
        self.touch(None, at)

    def put_on_board(self, at: datetime, who: str, ticket: str, board: Board, column: str = "New") -> None:
        issue, number = self.issue(ticket), self.next_number("other")
        board.items.append(Item(issue, node_id("PVTI", number), instant(at), instant(at)))
        if self.board_events:
            self.tell(issue, at, who, "added_to_project_v2", is_change=False, **_project(board))
        self.move_on_board(at, who, ticket, column, board)

    def move_on_board(self, at: datetime, who: str, ticket: str, column: str, board: Board | None = None) -> None:
        """ "" takes the issue out of all columns."""
        issue = self.issue(ticket)
        board = board or self.board_of[issue.repository.full_name]
        item = board.item(issue)
        assert item, f"{ticket} is not on {board.title}"
        if item.status == column:
            return
        told: Json = {"previous_status": item.status, "status": column, **_project(board)}
        item.status, item.status_at, item.status_by = column, instant(at), self.user(who)
        item.updated_at = board.updated_at = instant(at)
        if self.board_events:
            self.tell(issue, at, who, "project_v2_item_status_changed", is_change=False, **told)
        self.touch(None, at)

    def take_off_board(self, at: datetime, who: str, ticket: str) -> None:
        issue = self.issue(ticket)
        board = self.board_of[issue.repository.full_name]
        board.items = [item for item in board.items if item.issue is not issue]
        board.updated_at = instant(at)
        self.tell(issue, at, who, "removed_from_project_v2", **_project(board))

    def set_type(self, at: datetime, who: str, ticket: str, kind: str | None) -> None:
        issue = self.issue(ticket)
        old, new = issue.facts["type"], {"id": 1, "node_id": "IT_1", "name": kind} if kind else None
        issue.facts["type"] = new
        change = "changed" if old and new else "added" if new else "removed"
        told: Json = {"issue_type": new or old} | ({"prev_issue_type": old} if change == "changed" else {})
        self.tell(issue, at, who, f"issue_type_{change}", **told)

    def set_field(self, at: datetime, who: str, ticket: str, name: str, value: str | None) -> None:
        """An issue field of the organization, such as Priority."""
        issue = self.issue(ticket)
        old = issue.fields.pop(name, None)
        if value is not None:
            issue.fields[name] = value
        change = "removed" if value is None else "changed" if old is not None else "added"
        told: Json = {"issue_field": {"name": name}}
        told |= {"previous_value": old} if change == "changed" else {}
        told |= {"value": value} if value is not None else {}
        self.tell(issue, at, who, f"issue_field_{change}", **told)

    def add_sub_issue(self, at: datetime, who: str, parent: str, child: str, *, is_on: bool = True) -> None:
        change = "added" if is_on else "removed"
        above, below = self.issue(parent), self.issue(child)
        self.tell(above, at, who, f"sub_issue_{change}", sub_issue=_pointer(below), _other=below)
        self.tell(below, at, who, f"parent_issue_{change}", parent_issue=_pointer(above), _other=above)

    def block(self, at: datetime, who: str, ticket: str, by: str, *, is_on: bool = True) -> None:
        change = "added" if is_on else "removed"
        blocked, blocking = self.issue(ticket), self.issue(by)
        self.tell(blocked, at, who, f"blocked_by_{change}", blocking_issue=_pointer(blocking), _other=blocking)
        self.tell(blocking, at, who, f"blocking_{change}", blocked_issue=_pointer(blocked), _other=blocked)

    def mark_duplicate(self, at: datetime, who: str, ticket: str, of: str) -> None:
        original = self.issue(of)
        self.tell(self.issue(ticket), at, who, "marked_as_duplicate", canonical=_pointer(original), _other=original)

    def refer(self, at: datetime, who: str, ticket: str, source: str) -> None:
        """Another issue mentions this one: REST gives such an event no id, and the issue is not updated by it."""
        other = self.issue(source)
        told: Json = {"source": {"type": "issue", "issue": _pointer(other)}, "updated_at": instant(at), "_other": other}
        self.tell(self.issue(ticket), at, who, "cross-referenced", is_change=False, **told)

    def set_milestone(self, at: datetime, who: str, ticket: str, title: str | None) -> None:
        issue = self.issue(ticket)
        old = issue.facts["milestone"]
        if old:
            self.tell(issue, at, who, "demilestoned", milestone={"title": old["title"]})
        issue.facts["milestone"] = {"number": 1, "title": title} if title else None
        if title:
            self.tell(issue, at, who, "milestoned", milestone={"title": title})

    def lock(self, at: datetime, who: str, ticket: str, reason: str | None = None) -> None:
        self.tell(self.issue(ticket), at, who, "locked", lock_reason=reason)

    def convert_to_discussion(self, at: datetime, who: str, ticket: str) -> None:
        issue = self.issue(ticket)
        issue.facts |= {"state": "closed", "closed_at": instant(at)}
        self.tell(issue, at, who, "converted_to_discussion")

    def delete_account(self, at: datetime, login: str) -> None:
        """Nobody acted, where it acted; a placeholder wrote, where it wrote."""
        gone, ghost = self.user(login), self.user(GHOST)
        for repository in self.repositories.values():
            for issue in repository.issues.values():
                if issue.facts["user"] is gone:
                    issue.facts["user"] = ghost
                issue.facts["assignees"] = [user for user in issue.facts["assignees"] if user is not gone]
                for event in issue.timeline:
                    if event.get("user") is gone:
                        event["user"] = event["actor"] = ghost
                    event |= {name: None for name in ("actor", "assignee") if event.get(name) is gone}
        del self.users[login]
        self.touch(None, at)

    def rename_repository(self, at: datetime, queue: str, name: str) -> None:
        """The old name still leads there."""
        repository = self.repository(queue)
        repository.name = name
        for issue in repository.issues.values():
            issue.facts |= addresses(repository, issue.number)
        self.touch(None, at)


def _pointer(issue: Issue) -> Json:
    return {name: issue.facts[name] for name in ("id", "number", "title", "url", "html_url")}


def _project(board: Board) -> Json:
    return {"project_v2": {"title": board.title, "number": board.number}, "_board": board}
