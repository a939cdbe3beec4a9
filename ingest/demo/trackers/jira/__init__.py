"""A Jira, Cloud or Data Center: what people do there, and what it writes down about it.

It writes as the product does: one save is one history with several items (closing sets status and resolution), a
label change tells the whole set before and after, a link leaves an item on both of its ends, comments and deletions
leave none. How it answers questions is in `questions`.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from ingest.demo.trackers import Ending, Priority, Stage
from ingest.demo.trackers.jira.catalogue import (
    FIELDS,
    LINKS,
    PRIORITIES,
    PRIORITY_IDS,
    RESOLUTION_IDS,
    RESOLUTIONS,
    STATUSES,
    TYPES,
)
from ingest.demo.trackers.jira.items import item, items_of
from ingest.demo.trackers.jira.model import (
    Comment,
    History,
    Issue,
    Json,
    Limits,
    Project,
    Status,
    User,
    millis,
    precisely,
)
from ingest.demo.trackers.jira.questions import answer
from ingest.demo.trackers.wire import Request, Response

Edition = Literal["cloud", "datacenter"]


class Jira:
    """A Jira at which people work. `zone` is the profile's of whoever asks: offsets in answers and quoted dates in
    questions are in it. `lag` is how many seconds a search of Cloud may stay behind. `tells_last` is whether answers
    of search/jql carry isLast, as newer ones do."""

    def __init__(
        self,
        *,
        edition: Edition = "cloud",
        token: str = "jira-token",  # noqa: S107
        email: str | None = "reader@watchbill.example",
        now: datetime = datetime(2026, 3, 2, tzinfo=UTC),
        zone: str = "America/New_York",
        lag: float = 0.0,
        tells_last: bool = True,
    ) -> None:
        self.is_cloud = edition == "cloud"
        self.token, self.email = token, email if self.is_cloud else None
        self.now, self.zone, self.lag, self.tells_last = now, ZoneInfo(zone), timedelta(seconds=lag), tells_last
        self.limits = Limits()
        self.users: dict[str, User] = {}
        self.projects: dict[str, Project] = {}
        self.statuses = {status.id: Status(status.id, status.name, status.category) for status in STATUSES.values()}
        self.priorities, self.versions, self.sprints = dict(PRIORITIES), dict[str, str](), dict[str, str]()  # by id
        self.resolutions, self.types, self.links, self.fields = RESOLUTIONS, TYPES, LINKS, FIELDS
        self.issues: dict[int, Issue] = {}
        self.ids: dict[str, int] = {}  # every key an issue ever had
        self.wording = "This issue"  # how sentences about links begin in the reader's language
        self._numbers: dict[str, int] = {}

    def answer(self, request: Request) -> Response:
        return answer(self, request)

    # --- People and places ----------------------------------------------------------------------

    def enrol(self, login: str, name: str, *, is_bot: bool = False, email: str | None = None) -> None:
        if login in self.users:
            self.users[login].name, self.users[login].is_bot, self.users[login].email = name, is_bot, email
        else:
            self.users[login] = User(login, name, len(self.users) + 1, is_bot, email)

    def forget(self, login: str) -> None:
        """Delete an account: its name goes, its id stays on what it did."""
        user = self.users[login]
        user.name, user.email, user.is_forgotten = "Former user", None, True

    def project(self, queue: str) -> Project:
        """The project that a queue is, made where there is none. Its key is in capitals."""
        key = queue.upper()
        if key not in self.projects:
            number = str(10_000 + len(self.projects))
            self.projects[key] = Project(number, key, queue, {stage: known.id for stage, known in STATUSES.items()})
        return self.projects[key]

    def team_manages(self, queue: str) -> None:
        """Give a project statuses of its own, called as everywhere else."""
        project = self.project(queue)
        for stage, known in STATUSES.items():
            own = Status(f"{20_000 + len(self.statuses)}", known.name, known.category, project.id)
            self.statuses[own.id], project.statuses[stage] = own, own.id

    def rename_status(self, before: str, after: str) -> None:
        """For all projects and for the past: no history tells of it."""
        for status in self.statuses.values():
            status.name = after if status.name == before and status.project is None else status.name

    def lose_access(self, queue: str, *, is_listed: bool = False) -> None:
        """The account that reads may browse this project no more; it may still see that it exists."""
        self.project(queue).can_browse, self.project(queue).is_listed = False, is_listed

    def regain_access(self, queue: str) -> None:
        self.project(queue).can_browse = self.project(queue).is_listed = True

    # --- What a Desk does -----------------------------------------------------------------------

    def open(self, at: datetime, who: str, title: str, text: str, *, queue: str, kind: str | None = None) -> str:
        project, at = self.project(queue), precisely(at)
        project.issues += 1
        number, key = self._number("issue", 10_001), f"{project.key}-{project.issues}"
        creator, status = self._known(who), project.statuses["new"]
        issue = Issue(number, project.key, key, title, text, creator, at, at, self._type(kind), status)
        self.issues[issue.id] = issue
        self.ids[issue.key] = issue.id
        self._changed(at, issue)
        return issue.key

    def comment(self, at: datetime, who: str, ticket: str, text: str, *, is_internal: bool = False) -> None:
        issue, at = self.issue(ticket), precisely(at)
        number = self._number("comment", 30_001)
        issue.comments.append(Comment(number, at, self._known(who), text, is_internal, at, who))
        self._changed(at, issue)

    def assign(self, at: datetime, who: str, ticket: str, whom: str | None) -> None:
        self._save(at, who, ticket, assignee=self._known(whom) if whom else None)

    def prioritise(self, at: datetime, who: str, ticket: str, priority: Priority) -> None:
        self._save(at, who, ticket, priority=PRIORITY_IDS[priority])

    def label(self, at: datetime, who: str, ticket: str, name: str, *, is_on: bool = True) -> None:
        others = [label for label in self.issue(ticket).labels if label != name]
        self._save(at, who, ticket, labels=sorted([*others, name]) if is_on else others)

    def move(self, at: datetime, who: str, ticket: str, stage: Stage) -> None:
        self._save(at, who, ticket, status=self._status(ticket, stage))

    def close(self, at: datetime, who: str, ticket: str, how: Ending = "done") -> None:
        status, resolution = self._status(ticket, "done"), RESOLUTION_IDS[how]
        self._save(at, who, ticket, resolution=resolution, resolved=precisely(at), status=status)

    def reopen(self, at: datetime, who: str, ticket: str) -> None:
        self._save(at, who, ticket, resolution=None, resolved=None, status=self._status(ticket, "new"))

    def rename(self, at: datetime, who: str, ticket: str, title: str) -> None:
        self._save(at, who, ticket, title=title)

    def requeue(self, at: datetime, who: str, ticket: str, queue: str) -> None:
        """A move: another key, another project, the status of the same meaning there."""
        issue, project = self.issue(ticket), self.project(queue)
        project.issues += 1
        stage = next(stage for stage, known in self.projects[issue.project].statuses.items() if known == issue.status)
        key = f"{project.key}-{project.issues}"
        self.ids[key] = issue.id
        self._save(at, who, ticket, project=project.key, key=key, status=project.statuses[stage])

    def hide(self, at: datetime, ticket: str) -> None:
        """Deleted: nothing remains, and nothing tells."""
        self.now = max(self.now, precisely(at))
        del self.issues[self.ids[ticket]]

    # --- What only Jira knows -------------------------------------------------------------------

    def edit_comment(self, at: datetime, who: str, ticket: str, comment: int, text: str) -> None:
        found = next(one for one in self.issue(ticket).comments if one.id == comment)
        found.text, found.updated, found.editor = text, precisely(at), self._known(who)
        self._changed(precisely(at), self.issue(ticket))

    def delete_comment(self, at: datetime, ticket: str, comment: int) -> None:
        issue = self.issue(ticket)
        issue.comments = [one for one in issue.comments if one.id != comment]
        self._changed(precisely(at), issue)

    def work(self, at: datetime, who: str, ticket: str, minutes: int) -> None:
        """Log work; a negative number takes a work log away."""
        log = str(self._number("worklog", 40_001))
        told = [item(self, "WorklogId", to=log, to_string=log), item(self, "timeestimate", to="0", to_string="0")]
        self._save(at, who, ticket, *told, seconds_spent=self.issue(ticket).seconds_spent + 60 * minutes)

    def due(self, at: datetime, who: str, ticket: str, day: str | None) -> None:
        self._save(at, who, ticket, due=day)

    def plan(self, at: datetime, who: str, ticket: str, version: str, *, is_on: bool = True) -> None:
        """Add a fix version, or take it away."""
        self.versions.setdefault(version, str(50_000 + len(self.versions)))
        others = [name for name in self.issue(ticket).versions if name != version]
        self._save(at, who, ticket, versions=[*others, version] if is_on else others)

    def sprint(self, at: datetime, who: str, ticket: str, *names: str) -> None:
        for name in names:
            self.sprints.setdefault(name, str(100 + len(self.sprints)))
        self._save(at, who, ticket, sprints=list(names))

    def link(
        self, at: datetime, who: str, ticket: str, other: str, kind: str = "Blocks", *, is_on: bool = True
    ) -> None:
        """Both ends write it down, each in a history of its own."""
        for here, there, direction in ((ticket, other, "outward"), (other, ticket, "inward")):
            issue, target = self.issue(here), self.issue(there)
            phrase = LINKS[kind][direction == "outward"]
            told = f"{self.wording} {phrase} {target.key}"
            sides = (None, None, target.key, told) if is_on else (target.key, told, None, None)
            link = (kind, direction, target.id)
            links = [*issue.links, link] if is_on else [known for known in issue.links if known != link]
            self._save(at, who, here, item(self, "Link", *sides), links=links)

    def adopt(self, at: datetime, who: str, ticket: str, parent: str | None) -> None:
        """Put below a parent. Cloud tells it twice."""
        if self.is_cloud:
            before, after = self.issue(ticket).parent, self.ids[parent] if parent else None
            told = item(self, "Epic Link", **self.ends(before, after))
            self._save(at, who, ticket, {**told, "fieldtype": "custom", "fieldId": "customfield_10014"})
        self._save(at, who, ticket, parent=self.ids[parent] if parent else None)

    def set_field(self, at: datetime, who: str, ticket: str, name: str, value: Any) -> None:
        """Set a custom field as its answers show it; a plain value or an option `{"value": ...}`."""
        [field_id] = [known_as for known_as, (called, _) in FIELDS.items() if called == name]
        custom = {**self.issue(ticket).custom, field_id: value}
        self._save(at, who, ticket, custom=custom)

    def promise(
        self, at: datetime, ticket: str, name: str, cycles: list[tuple[datetime, datetime, datetime | None]]
    ) -> None:
        """The cycles of an SLA: started, goal, stopped. Its field changes without a history, and `updated` with it."""
        [field_id] = [known_as for known_as, (called, _) in FIELDS.items() if called == name]
        told = [self._cycle(precisely(at), *cycle) for cycle in cycles]
        ongoing = {"ongoingCycle": told[-1]} if told and "stopTime" not in told[-1] else {}
        completed = [cycle for cycle in told if "stopTime" in cycle]
        issue = self.issue(ticket)
        issue.custom[field_id] = {"id": field_id[-2:], "name": name, "completedCycles": completed, **ongoing}
        self._changed(precisely(at), issue)

    def touch(self, at: datetime, ticket: str) -> None:
        """What timers and automation do: nothing but `updated` changes."""
        self._changed(precisely(at), self.issue(ticket))

    def chatter(self, at: datetime, who: str, ticket: str) -> None:
        """What fills most histories and changes nothing anybody asks about."""
        told = [item(self, "RemoteIssueLink", to="7", to_string="a page elsewhere")]
        self._save(at, who, ticket, *told, item(self, "Workflow", "1", "before", "2", "after"))

    # --- What is known --------------------------------------------------------------------------

    def issue(self, ticket: str) -> Issue:
        """By any key it ever had, or by id."""
        return self.issues[int(ticket) if ticket.isdigit() else self.ids[ticket]]

    def seen_by_search(self) -> list[Issue]:
        """The issues as the index has them: Cloud's may be behind."""
        until = self.now - self.lag
        if not self.lag:
            return list(self.issues.values())
        versions = ([one for one in issue.indexed if one.updated <= until] for issue in self.issues.values())
        return [known[-1] for known in versions if known]

    def ends(self, before: int | None, after: int | None) -> dict[str, str]:
        """Two issues as the sides of an item: id, and key to show."""
        sides = {"from_": before, "to": after}
        ids = {side: str(known) for side, known in sides.items() if known}
        strings = {f"{side.rstrip('_')}_string": self.issues[known].key for side, known in sides.items() if known}
        return ids | strings

    def _save(self, at: datetime, who: str, ticket: str, *told: Json, **values: Any) -> None:
        """One save: a history with an item for each value that differs."""
        issue, at = self.issue(ticket), precisely(at)
        changed = {name: value for name, value in values.items() if getattr(issue, name) != value}
        items = [entry for name, value in changed.items() for entry in items_of(self, issue, name, value)]
        for name, value in changed.items():
            setattr(issue, name, value)
        if told or items:
            number = self._number("history", 70_001)
            issue.histories.append(History(number, at, self._known(who), [*items, *told]))
            self._changed(at, issue)

    def _changed(self, at: datetime, issue: Issue) -> None:
        issue.updated = max(issue.updated, at)
        self.now = max(self.now, at)
        if self.lag:
            behind = [known for known in issue.indexed if known.updated > self.now - self.lag]
            before = [known for known in issue.indexed if known.updated <= self.now - self.lag][-1:]
            issue.indexed = [*before, *behind, issue.copy()]

    def _cycle(self, at: datetime, start: datetime, goal: datetime, stop: datetime | None) -> Json:
        ended = {"stopTime": {"epochMillis": millis(stop)}} if stop else {"paused": False}
        return {
            "startTime": {"epochMillis": millis(start)},
            "breachTime": {"epochMillis": millis(goal)},
            "breached": (stop or at) > goal,
            "goalDuration": {"millis": millis(goal) - millis(start)},
            **ended,
        }

    def _status(self, ticket: str, stage: str) -> str:
        return self.projects[self.issue(ticket).project].statuses[stage]

    def _type(self, kind: str | None) -> str:
        return next((known_as for known_as, name in TYPES.items() if name.lower() == (kind or "").lower()), "10001")

    def _known(self, login: str) -> str:
        if login not in self.users:
            self.enrol(login, login)
        return login

    def _number(self, kind: str, first: int) -> int:
        self._numbers[kind] = self._numbers.get(kind, first - 1) + 1
        return self._numbers[kind]
