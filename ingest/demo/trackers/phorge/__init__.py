"""A made-up Phorge: what people do in it, as its own editors would write that down.

Everybody's card board has the columns Backlog, Triaged, Doing, Waiting and Done; who waits also sets the status to
stalled. Internal comments do not exist: they are comments. What is asked of it is answered by `conduit`.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from ingest.demo.trackers import Ending, Priority, Stage
from ingest.demo.trackers.phorge.conduit import Conduit, Release
from ingest.demo.trackers.phorge.model import ADMIN, HERALD, CalendarEvent, Task, phid
from ingest.demo.trackers.phorge.tables import (
    DEPENDED_ON_BY,
    DEPENDS_ON,
    DUPLICATE_OF,
    HAS_DUPLICATE,
    Edit,
    Tables,
)  # fmt: skip
from ingest.demo.trackers.wire import Request, Response

PRIORITY = {"P0": 100, "P1": 80, "P2": 50, "P3": 25}
STATUS = {"done": "resolved", "declined": "wontfix", "duplicate": "duplicate"}
COLUMN = {"new": "Backlog", "triaged": "Triaged", "active": "Doing", "waiting": "Waiting"}
ETA = "acme.eta"
DAWN = datetime(2020, 1, 1, tzinfo=UTC)


class Phorge:
    """A Desk and a Tracker. `token` is the one accepted; `release` decides what transaction.search keeps to itself."""

    def __init__(
        self, *, token: str = f"api-{'a' * 28}", now: datetime = DAWN, release: Release = "master",
        has_calendar: bool = True,
    ) -> None:  # fmt: skip
        self.tables = Tables(now)
        self._conduit = Conduit(self.tables, token, release, has_calendar=has_calendar)

    @property
    def now(self) -> datetime:
        return self.tables.now

    @now.setter
    def now(self, now: datetime) -> None:
        self.tables.now = now

    @property
    def release(self) -> Release:
        return self._conduit.release

    @release.setter
    def release(self, release: Release) -> None:
        """An upgrade of the server."""
        self._conduit.release = release

    def answer(self, request: Request) -> Response:
        return self._conduit.answer(request)

    # What people do at any tracker.

    def enrol(self, login: str, name: str, *, is_bot: bool = False, email: str | None = None) -> None:  # noqa: ARG002
        """Conduit tells nobody's e-mail address."""
        self.tables.enrol(login, name, is_bot=is_bot)

    def open(self, at: datetime, who: str, title: str, text: str, *, queue: str, kind: str | None = None) -> str:
        tables = self.tables
        task = tables.new_task(at, tables.user(who), title, text)
        project = tables.project(queue).phid
        with tables.edit(at, who, task, is_create=True) as edit:
            tables.write(edit, "core:create")
            tables.write(edit, "title", "", title)
            if text:
                tables.write(edit, "description", "", text)
            if kind:
                task.subtype = kind
                tables.write(edit, "core:subtype", "default", kind)
            tables.set_projects(edit, add=(project,))
            tables.subscribe(edit, edit.author)
        return f"T{task.id}"

    def comment(self, at: datetime, who: str, ticket: str, text: str, *, is_internal: bool = False) -> None:  # noqa: ARG002
        with self._edit(at, who, ticket) as edit:
            self.tables.say(edit, text)

    def assign(self, at: datetime, who: str, ticket: str, whom: str | None) -> None:
        with self._edit(at, who, ticket) as edit:
            self._set(edit, "owner", "reassign", self.tables.user(whom) if whom else None)

    def prioritise(self, at: datetime, who: str, ticket: str, priority: Priority) -> None:
        with self._edit(at, who, ticket) as edit:
            self._prioritise(edit, PRIORITY[priority])

    def label(self, at: datetime, who: str, ticket: str, name: str, *, is_on: bool = True) -> None:
        project = (self.tables.project(name).phid,)
        with self._edit(at, who, ticket) as edit:
            self.tables.set_projects(edit, **{"add" if is_on else "remove": project})

    def move(self, at: datetime, who: str, ticket: str, stage: Stage) -> None:
        with self._edit(at, who, ticket) as edit:
            board = self.tables.home(edit.task)
            if board:
                self.tables.drop_on(edit, board, COLUMN[stage])
            if stage == "waiting" or edit.task.status == "stalled":
                self.tables.set_status(edit, "stalled" if stage == "waiting" else "open")

    def close(self, at: datetime, who: str, ticket: str, how: Ending = "done") -> None:
        with self._edit(at, who, ticket) as edit:
            self.tables.set_status(edit, STATUS[how])

    def reopen(self, at: datetime, who: str, ticket: str) -> None:
        with self._edit(at, who, ticket) as edit:
            self.tables.set_status(edit, "open")

    def rename(self, at: datetime, who: str, ticket: str, title: str) -> None:
        with self._edit(at, who, ticket) as edit:
            self._set(edit, "title", "title", title)

    def requeue(self, at: datetime, who: str, ticket: str, queue: str) -> None:
        project = self.tables.project(queue).phid
        with self._edit(at, who, ticket) as edit:
            self.tables.set_projects(
                edit, add=(project,), remove=tuple(p for p in edit.task.projects[:1] if p != project)
            )

    def hide(self, at: datetime, ticket: str) -> None:
        """Only administrators may see it from now on."""
        self._let_see(at, ticket, is_visible=False)

    # What only Phorge can do to a task.

    def show(self, at: datetime, ticket: str) -> None:
        """The reverse of hiding: its whole history is there at once."""
        self._let_see(at, ticket, is_visible=True)

    def _let_see(self, at: datetime, ticket: str, *, is_visible: bool) -> None:
        with self._edit(at, ADMIN, ticket) as edit:
            if edit.task.is_visible != is_visible:
                edit.task.is_visible = is_visible
                old, new = ("admin", "users") if is_visible else ("users", "admin")
                self.tables.write(edit, "core:view-policy", old, new)

    def whisper(self, ticket: str, *, is_visible: bool) -> None:
        """The reader leaves or joins a project that may see the task: the task itself knows nothing of it."""
        self.tables.task(ticket).is_visible = is_visible

    def destroy(self, at: datetime, ticket: str) -> None:
        """For good, with its transactions."""
        self.tables.reach(at)
        gone = self.tables.task(ticket).phid
        del self.tables.tasks[gone]
        self.tables.transactions = [row for row in self.tables.transactions if row.task != gone]

    def merge(self, at: datetime, who: str, ticket: str, into: str) -> None:
        """Closes it as a duplicate, without a status row; both get rows, of which some are only marks."""
        tables, other = self.tables, self.tables.task(into)
        with self._edit(at, who, ticket) as edit, tables.edit(at, who, other) as beside:
            tables.write(edit, "core:edge", [], [other.phid], **{"edge:type": DUPLICATE_OF})
            tables.write(edit, "mergedinto", None, other.phid)
            tables.merge(edit)
            tables.write(beside, "core:edge", [], [edit.task.phid], **{"edge:type": HAS_DUPLICATE})
            tables.write(beside, "mergedfrom", None, [edit.task.phid])

    def edit_comment(self, at: datetime, who: str, ticket: str, number: int, text: str) -> None:
        """The comment of this number, counted from 0."""
        self.tables.say_again(at, who, self._comment(ticket, number), text, is_removed=False)

    def remove_comment(self, at: datetime, who: str, ticket: str, number: int) -> None:
        self.tables.say_again(at, who, self._comment(ticket, number), "", is_removed=True)

    def herald(self, at: datetime, ticket: str, *, priority: Priority | None = None, label: str | None = None) -> None:
        """A rule of the installation does it: nobody in particular."""
        with self._edit(at, HERALD, ticket) as edit:
            if priority:
                self._prioritise(edit, PRIORITY[priority])
            if label:
                self.tables.set_projects(edit, add=(self.tables.project(label).phid,))

    def touch(self, at: datetime, who: str, ticket: str) -> None:
        """Save without a change: the task is bumped, and no row is written."""
        with self._edit(at, who, ticket):
            pass

    def set_status(self, at: datetime, who: str, ticket: str, status: str) -> None:
        with self._edit(at, who, ticket) as edit:
            self.tables.set_status(edit, status)

    def set_field(self, at: datetime, who: str, ticket: str, key: str, value: Any) -> None:
        """A custom field, by its key without `custom.`."""
        with self._edit(at, who, ticket) as edit:
            old = edit.task.custom.get(key)
            if old != value:
                edit.task.custom[key] = value
                self.tables.write(edit, "core:customfield", old, value, **{"customfield:key": f"std:maniphest:{key}"})

    def set_eta(self, at: datetime, who: str, ticket: str, due: date) -> None:
        self.set_field(at, who, ticket, ETA, due.isoformat())

    def set_points(self, at: datetime, who: str, ticket: str, points: float | None) -> None:
        with self._edit(at, who, ticket) as edit:
            self._set(edit, "points", "points", points)

    def subtask(self, at: datetime, who: str, parent: str, child: str, *, is_on: bool = True) -> None:
        """Both tasks are told."""
        above, below = self.tables.task(parent), self.tables.task(child)
        for task, other, kin, number in (
            (above, below, above.children, DEPENDS_ON), (below, above, below.parents, DEPENDED_ON_BY)
        ):  # fmt: skip
            with self.tables.edit(at, who, task) as edit:
                if (other.phid in kin) != is_on:
                    (kin.append if is_on else kin.remove)(other.phid)
                    old, new = ([], [other.phid]) if is_on else ([other.phid], [])
                    self.tables.write(edit, "core:edge", old, new, **{"edge:type": number})

    def drop_on(self, at: datetime, who: str, ticket: str, project: str, column: str) -> None:
        """Move the card on one of its boards."""
        with self._edit(at, who, ticket) as edit:
            self.tables.drop_on(edit, self.tables.project(project).phid, column)

    def retag(self, at: datetime, who: str, ticket: str, *, add: str | None = None, remove: str | None = None) -> None:
        """Projects in one row: by name, or by PHID where a name is not enough (milestones)."""
        with self._edit(at, who, ticket) as edit:
            self.tables.set_projects(
                edit, **{which: (self._project(name),) for which, name in (("add", add), ("remove", remove)) if name}
            )

    def add_milestone(self, project: str, name: str) -> str:
        """Its PHID. Its project's board gets a column for it."""
        parent = self.tables.project(project)
        number = 1 + sum(each.parent == parent.phid for each in self.tables.projects.values())
        return self.tables.found(name, parent.phid, number).phid

    def archive_project(self, name: str) -> None:
        self.tables.project(name).is_archived = True

    def rename_project(self, name: str, new: str) -> None:
        self.tables.project(name).name = new

    def disable(self, login: str) -> None:
        self.tables.users[self.tables.user(login)].is_disabled = True

    def remove_status(self, value: str) -> None:
        """From the configuration: tasks keep it."""
        self.tables.statuses = [row for row in self.tables.statuses if row[0] != value]

    # Calendar.

    def schedule(
        self, at: datetime, who: str, name: str, starts: date, ends: date, guests: list[str],
        *, every: timedelta | None = None,
    ) -> str:  # fmt: skip
        """An event, all day where it is given in dates (the last one exclusive); returned is its monogram."""
        tables = self.tables
        tables.reach(at)
        number = len(tables.events) + 1
        made = CalendarEvent(
            number, phid("CEVT", number), name, tables.user(who), starts, ends,
            [tables.user(guest) for guest in guests], int(at.timestamp()), repeats=every.days if every else None,
        )  # fmt: skip
        tables.events[made.phid] = made
        for kind in ("core:create", "calendar.name", "calendar.startdate", "calendar.enddate", "calendar.invite"):
            tables.write_about_event(at, made.host, made, kind)
        return f"E{number}"

    def cancel(self, at: datetime, who: str, event: str) -> None:
        made = self._event(event)
        made.is_cancelled = True
        self.tables.write_about_event(at, self.tables.user(who), made, "calendar.cancel")

    def invite(self, at: datetime, who: str, event: str, guests: list[str]) -> None:
        """These, and nobody else any more."""
        made = self._event(event)
        made.guests = [self.tables.user(guest) for guest in guests]
        self.tables.write_about_event(at, self.tables.user(who), made, "calendar.invite")

    def _event(self, event: str) -> CalendarEvent:
        return self.tables.events[phid("CEVT", int(event.removeprefix("E")))]

    # How that is done.

    def _edit(self, at: datetime, who: str, ticket: str) -> Any:
        return self.tables.edit(at, who, self.tables.task(ticket))

    def _set(self, edit: Edit, name: str, kind: str, value: Any) -> None:
        old = getattr(edit.task, name)
        if old != value:
            setattr(edit.task, name, value)
            self.tables.write(edit, kind, old, value)

    def _prioritise(self, edit: Edit, priority: int) -> None:
        if edit.task.priority != priority:
            self.tables.write(edit, "priority", str(edit.task.priority), str(priority))
            edit.task.priority = priority

    def _comment(self, ticket: str, number: int) -> Any:
        rows = self.tables.rows_of(self.tables.task(ticket).phid)
        return [row for row in rows if row.kind == "core:comment"][number]

    def _project(self, name: str) -> str:
        return name if name.startswith("PHID-") else self.tables.project(name).phid

    def task(self, ticket: str) -> Task:
        """As it is now."""
        return self.tables.task(ticket)
