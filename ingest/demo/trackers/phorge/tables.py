"""The tables of a made-up Phorge, and how one edit is written: several rows of one group, the task bumped once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ingest.demo.trackers.phorge.model import (
    ADMIN,
    CLAIMING,
    COLUMNS,
    READER,
    STATUSES,
    CalendarEvent,
    Column,
    Comment,
    Project,
    Task,
    Transaction,
    User,
    phid,
)  # fmt: skip

PROJECTS, DEPENDS_ON, DEPENDED_ON_BY, DUPLICATE_OF, HAS_DUPLICATE = 41, 3, 4, 63, 62


@dataclass
class Edit:
    """Who does something to a task, when, and the group of its rows."""

    task: Task
    author: str
    at: int
    group: str
    is_create: bool = False


class Tables:
    """Everything there is. `now` follows what is done."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.users: dict[str, User] = {}  # by PHID, as all of these
        self.projects: dict[str, Project] = {}
        self.columns: dict[str, Column] = {}
        self.tasks: dict[str, Task] = {}
        self.transactions: list[Transaction] = []
        self.events: dict[str, CalendarEvent] = {}
        self.event_rows: list[Transaction] = []
        self.statuses = [*STATUSES]
        self._logins: dict[str, str] = {}
        self._groups = 0
        self._comments = 0
        self._task_count = 0
        self._task_rows: dict[str, list[Transaction]] = {}
        self.enrol(ADMIN, "Administrator")
        self.enrol(READER, "Watchbill", is_bot=True)

    # Whoever and whatever a name stands for.

    def enrol(self, login: str, name: str, *, is_bot: bool = False) -> None:
        if login not in self._logins:
            user = User(len(self.users) + 1, phid("USER", len(self.users) + 1), login, name, is_bot, self._seconds())
            self.users[user.phid] = user
            self._logins[login] = user.phid

    def user(self, login: str) -> str:
        return self._logins[login]

    def task(self, key: str) -> Task:
        return self.tasks[phid("TASK", int(key.removeprefix("T")))]

    def project(self, name: str) -> Project:
        """By its name; made, with a board, when it is first spoken of."""
        found = next((p for p in self.projects.values() if p.name == name and p.milestone is None), None)
        return found or self.found(name)

    def found(self, name: str, parent: str | None = None, milestone: int | None = None) -> Project:
        number = len(self.projects) + 1
        made = Project(number, phid("PROJ", number), name, self._seconds(), parent, milestone)
        self.projects[made.phid] = made
        for column in COLUMNS if parent is None else ():
            self.add_column(made.phid, column)
        if parent is not None:
            self.add_column(parent, name, proxy=made.phid)
        return made

    def add_column(self, project: str, name: str, *, proxy: str | None = None) -> None:
        number, place = len(self.columns) + 1, sum(column.project == project for column in self.columns.values())
        made = Column(number, phid("PCOL", number), name, project, place, self._seconds(), proxy)
        self.columns[made.phid] = made

    def board(self, project: str) -> list[Column]:
        return sorted((c for c in self.columns.values() if c.project == project), key=lambda column: column.sequence)

    def place(self, task: Task, project: str) -> Column | None:
        """Where its card lies on a board; None: there is no board. A milestone has a column on its project's."""
        board = self.board(project)
        lies = task.places.get(project)
        inside = next((column for column in board if column.proxy in task.projects), None)
        return inside or next((column for column in board if column.phid == lies), board[0] if board else None)

    def home(self, task: Task) -> str | None:
        """The first of its projects that has a board, or is part of one that has."""
        projects = (self.projects[phid] for phid in task.projects)
        boards = (project.parent or project.phid for project in projects)
        return next((phid for phid in boards if self.board(phid)), None)

    def rows_of(self, task: str) -> list[Transaction]:
        return self._task_rows.get(task, [])

    # Writing.

    @contextmanager
    def edit(self, at: datetime, who: str, task: Task, *, is_create: bool = False) -> Iterator[Edit]:
        """One save. The task is bumped even where nothing came of it."""
        self.reach(at)
        self._groups += 1
        author = who if who.startswith("PHID-") else self.user(who)
        made = Edit(task, author, self._seconds(at), phid("GRUP", self._groups, 32)[10:], is_create)
        yield made
        task.modified = max(task.modified, made.at)

    def reach(self, at: datetime) -> None:
        self.now = max(self.now, at)

    def write(self, edit: Edit, kind: str, old: Any = None, new: Any = None, **meta: Any) -> Transaction:
        number = len(self.transactions) + 1
        told = {**meta, **({"core.create": True} if edit.is_create else {}), "core.groupID": edit.group}
        row = Transaction(
            number, phid("XACT-TASK", number, 15), edit.task.phid, kind, edit.author, edit.at, edit.group, old, new,
            told, modified=edit.at,
        )  # fmt: skip
        self.transactions.append(row)
        self._task_rows.setdefault(edit.task.phid, []).append(row)
        return row

    def write_about_event(self, at: datetime, author: str, event: CalendarEvent, kind: str) -> None:
        self.reach(at)
        number = len(self.event_rows) + 1
        self.event_rows.append(
            Transaction(number, phid("XACT-CEVT", number, 15), event.phid, kind, author, self._seconds(at),
                        phid("GRUP", -number, 32)[10:], modified=self._seconds(at))
        )  # fmt: skip

    def new_task(self, at: datetime, author: str, title: str, text: str) -> Task:
        self.reach(at)
        self._task_count += 1
        seconds = self._seconds(at)
        made = Task(self._task_count, phid("TASK", self._task_count), title, text, author, seconds, seconds)
        self.tasks[made.phid] = made
        return made

    def say(self, edit: Edit, text: str) -> None:
        self.subscribe(edit, edit.author)
        self.write(edit, "core:comment").comments.append(self._version(edit.author, edit.at, text))

    def say_again(self, at: datetime, who: str, row: Transaction, text: str, *, is_removed: bool) -> None:
        """Another version of a comment: nothing but the old transaction shows it."""
        self.reach(at)
        row.comments.append(self._version(self.user(who), self._seconds(at), text, is_removed=is_removed))
        row.modified = self._seconds(at)

    def _version(self, author: str, at: int, text: str, *, is_removed: bool = False) -> Comment:
        self._comments += 1
        return Comment(self._comments, phid("XCMT", self._comments), author, at, text, is_removed)

    def subscribe(self, edit: Edit, user: str) -> None:
        if user.startswith("PHID-USER-") and user not in edit.task.subscribers:
            old = list(edit.task.subscribers)
            edit.task.subscribers.append(user)
            self.write(edit, "core:subscribers", old, list(edit.task.subscribers))

    def set_status(self, edit: Edit, status: str) -> None:
        """Resolving what nobody owns claims it, a row later."""
        task, old = edit.task, edit.task.status
        if old == status:
            return
        self.write(edit, "status", old, status)
        self._become(edit, status)
        if status in CLAIMING and task.owner is None and edit.author.startswith("PHID-USER-"):
            self.write(edit, "reassign", None, edit.author)
            task.owner = edit.author
        for parent in task.parents:
            self._unblock(edit, self.tasks[parent], old, status)

    def _become(self, edit: Edit, status: str) -> None:
        is_closed = next((closed for value, _, closed, _ in STATUSES if value == status), False)
        edit.task.status = status
        edit.task.closer, edit.task.closed = (edit.author, edit.at) if is_closed else (None, None)

    def merge(self, edit: Edit) -> None:
        """Without a status row."""
        self._become(edit, "duplicate")

    def _unblock(self, edit: Edit, parent: Task, old: str, new: str) -> None:
        about = Edit(parent, edit.author, edit.at, f"{edit.group[:-4]}prnt")
        self.write(about, "unblock", {edit.task.phid: old}, {edit.task.phid: new})
        parent.modified = max(parent.modified, edit.at)

    def set_projects(self, edit: Edit, *, add: tuple[str, ...] = (), remove: tuple[str, ...] = ()) -> None:
        task = edit.task
        gone = [each for each in remove if each in task.projects]
        come = [each for each in add if each not in task.projects]
        if gone or come:
            task.projects = [each for each in task.projects if each not in gone] + come
            self.write(edit, "core:edge", gone, come, **{"edge:type": PROJECTS})

    def drop_on(self, edit: Edit, project: str, name: str) -> None:
        """Move the card to a column of a board; within a column it is still a row."""
        old, new = self.place(edit.task, project), next(c for c in self.board(project) if c.name == name)
        was: dict[str, str] = {} if edit.is_create or old is None else {old.phid: old.phid}
        edit.task.places[project] = new.phid
        move: dict[str, Any] = {"columnPHID": new.phid, "beforePHIDs": [], "afterPHIDs": [], "boardPHID": project,
                "fromColumnPHIDs": was or []}  # fmt: skip
        self.write(edit, "core:columns", None, [move])
        inside = {column.proxy for column in self.board(project)} & set(edit.task.projects) - {new.proxy}
        if new.proxy or inside:  # into a milestone, or out of one
            self.set_projects(edit, add=(new.proxy or project,), remove=(project, *sorted(filter(None, inside))))

    def _seconds(self, at: datetime | None = None) -> int:
        return int((at or self.now).astimezone(UTC).timestamp())
