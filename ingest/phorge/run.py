"""One run through a Phorge, step by step: every step can be left after any page and taken up again by another run.

What is carried from run to run (`since`):

    from       tasks that changed at this instant or later were not read yet (seconds since 1970, as everywhere here)
    known      the numbers of the tasks that were read
    swept      when the last census was taken
    names      a digest of what projects and columns were called then
    calendar   the last transaction of the Calendar that was seen, and when it was read
    run        only while a run is under way: when it began, the step it is at, and the place within

The next run begins where this one *began*, less an overlap: a task that changes behind the reader's back is read then.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from ingest.client import Client
from ingest.phorge import calendar_events as phorge_calendar
from ingest.phorge.conduit import LIMIT, UNAUTHORISED, ConduitError, MissingError, OverheatedError, call, rows
from ingest.phorge.history import changed_comments, history
from ingest.phorge.ids import numbers, spelled
from ingest.phorge.names import PHID, Names
from ingest.phorge.rows import of_tasks
from ingest.phorge.walk import ATTACHMENTS, Place, beginning, walk
from ingest.source import Fetched, Trouble
from settings.sources import Phorge

State = dict[str, Any]
Row = dict[str, Any]

OVERLAP = 900  # seconds: a change is dated when it is saved, and seen when its transaction is committed
SWEEP = 7 * 86_400  # how often deletions, edited comments and renamed projects are looked for


class Run:
    """Where a run is, and what it has learnt."""

    def __init__(self, client: Client, site: Phorge, since: State) -> None:
        self._client, self._site, self._names = client, site, Names(client)
        self._state = dict(since)

    def pages(self) -> Iterator[Fetched | Trouble]:
        """Everything since then. Raises ClientError."""
        if "run" not in self._state:
            start = self._state.get("from")
            self._go_to("tasks", beginning(start - OVERLAP if start else None))
        yield from self._tasks()
        yield from self._census()
        yield from self._sweep()
        yield from self._comments()
        yield from self._calendar()
        began = self._state.pop("run")["began"]
        self._state["from"] = began
        yield Fetched(dict(self._state), until=datetime.fromtimestamp(began, UTC))

    # Where we are.

    @property
    def _run(self) -> State:
        run: State = self._state["run"]
        return run

    @property
    def _is_first(self) -> bool:
        return "from" not in self._state

    def _go_to(self, step: str, place: Any) -> None:
        self._state["run"] = {**self._state.get("run", {}), "step": step, "place": place}

    def _began(self) -> int:
        """When the run began, by the server's clock; its first answer tells."""
        if "began" not in self._run:
            assert self._client.began_at  # nobody asks before something was answered
            self._run["began"] = int(self._client.began_at.timestamp())
        began: int = self._run["began"]
        return began

    def _fetched(self, page: Row | None = None, place: str = "") -> Fetched:
        self._began()
        return Fetched(json.loads(json.dumps(self._state)), page, place)

    # Tasks.

    def _tasks(self) -> Iterator[Fetched]:
        """What changed, or everything; and of everything, which tasks there are."""
        if self._run["step"] != "tasks":
            return
        known = numbers(self._state.get("known", ""))
        left: Place | None
        for tasks, left in walk(self._client, self._run["place"], is_whole=True):
            page, read = self._page(tasks)
            known |= read
            self._state["known"] = spelled(known)
            self._go_to("tasks" if left else "census" if self._is_first else "sweep", left)
            if page:
                yield self._fetched(page, _called(tasks))

    def _census(self) -> Iterator[Fetched]:
        """Who read everything has counted it."""
        if self._run["step"] != "census":
            return
        users, places = self._everybody()
        yield self._reference(users)
        self._state.update(swept=self._began(), names=_digest(places, self._began()))
        self._go_to("calendar", None)
        yield self._fetched({"census": self._state["known"], "taken_at": self._began()}, "census")

    def _page(self, tasks: list[Row]) -> tuple[Row | None, set[int]]:
        """Tasks, their history, and the names of everything in it; the numbers of those that have a history."""
        if not tasks:
            return None, set()
        raw, told = history(self._client, tasks)
        rows_of = of_tasks(raw, told)
        read = [task for task in tasks if rows_of.get(str(task["id"])) or rows_of.get(task["phid"])]
        words = [json.dumps([task["fields"], task["attachments"]]) for task in read]
        words += [row.mentions() for rows in rows_of.values() for row in rows]
        words += [version["authorPHID"] for row in told for version in row["comments"]]
        mentioned = {phid for word in words for phid in PHID.findall(word)} - {task["phid"] for task in tasks}
        names = self._names.of(mentioned) | self._names.configured()
        page = {"tasks": read, "raw": raw, "told": told, **names}
        return page, {task["id"] for task in read}

    def _again(self, **which: list[Any]) -> tuple[Row | None, set[int]]:
        """Some tasks, whether they changed or not."""
        found = call(
            self._client, "maniphest.search", order="oldest", limit=LIMIT, constraints=which, attachments=ATTACHMENTS
        )
        return self._page(found["data"])

    # What no change tells: deletions, edited comments, other names.

    def _sweep(self) -> Iterator[Fetched]:
        if self._run["step"] != "sweep":
            return
        if self._began() - self._state["swept"] < SWEEP:
            self._go_to("calendar", None)
            return
        if self._run["place"] is None:
            users, places = self._everybody()
            yield self._reference(users)
            if _digest(places, self._state["swept"]) != self._state["names"]:
                yield from self._anew()
                return
            self._run.update(ids="", names=_digest(places, self._began()))
            self._go_to("sweep", beginning())
        yield from self._count()

    def _anew(self) -> Iterator[Fetched]:
        """Projects or columns are called something else now, and so they are in every task that has known them."""
        for name in ("from", "known"):
            self._state.pop(name)
        self._go_to("tasks", beginning())
        yield from self._tasks()
        yield from self._census()

    def _count(self) -> Iterator[Fetched]:
        """Which tasks there are. Those that nobody has read yet came into sight without being changed; what changed
        since the last count may have been out of sight just then, and is read once more."""
        known, ids = numbers(self._state["known"]), numbers(self._run["ids"])
        left: Place | None
        for tasks, left in walk(self._client, self._run["place"], is_whole=False):
            seen = {task["id"] for task in tasks}
            doubtful = sorted(seen - known | {task["id"] for task in tasks if self._may_be_missed(task)})
            page, read = self._again(ids=doubtful) if doubtful else (None, set())
            ids |= seen & known | read
            known |= read
            self._state["known"], self._run["ids"] = spelled(known), spelled(ids)
            if left:
                self._go_to("sweep", left)
                yield self._fetched(page, _called(tasks))
            elif page:
                yield self._fetched(page, _called(tasks))
        self._state.update(known=spelled(ids), names=self._run["names"])
        self._go_to("comments", [])
        yield self._fetched({"census": spelled(ids), "taken_at": self._began()}, "census")

    def _reference(self, users: list[Row]) -> Fetched:
        """What stands by itself: everybody, whether they did anything or not, and what statuses mean."""
        return self._fetched({"people": users, "statuses": self._names.configured()["statuses"]}, "people and statuses")

    def _may_be_missed(self, task: Row) -> bool:
        """Changed since the last count, and before what this run has read already."""
        first, last = self._state["swept"], self._state["from"]
        return bool(first - OVERLAP <= task["fields"]["dateModified"] < last - OVERLAP)

    def _everybody(self) -> tuple[list[Row], list[Row]]:
        """Everybody who has an account, and every project and column."""
        users = sorted(rows(self._client, "user.search"), key=lambda user: user["id"])
        projects = rows(self._client, "project.search", constraints={"status": "all"})
        return users, [*projects, *rows(self._client, "project.column.search")]

    def _comments(self) -> Iterator[Fetched]:
        """Tasks of which a comment was edited or removed since the last sweep."""
        if self._run["step"] != "comments":
            return
        since = self._state["swept"] - OVERLAP
        after: list[int] | None = self._run["place"]
        while after is not None:
            try:
                touched, after = changed_comments(self._client, after, since)
            except OverheatedError:
                yield from self._reread()
                break
            for phids in _chunks(sorted(touched)):
                page, _ = self._again(phids=phids)
                yield self._fetched(page, "tasks with edited comments")
            self._go_to("comments", after)
            yield self._fetched()
        self._state["swept"] = self._began()
        self._go_to("calendar", None)

    def _reread(self) -> Iterator[Fetched]:
        """Where an account sees so little that Phorge will not list all transactions, it has few tasks to read."""
        for ids in _chunks(sorted(numbers(self._state["known"]))):
            page, _ = self._again(ids=ids)
            yield self._fetched(page, "all tasks, for their comments")

    # Calendar.

    def _calendar(self) -> Iterator[Fetched | Trouble]:
        if not self._site.calendar:
            return
        try:
            page = self._calendar_page()
        except ConduitError as error:
            if error.code in UNAUTHORISED:
                raise
            hint = "; switch on prototype applications in Phorge, or leave `calendar` out of the settings"
            yield Trouble("calendar", f"{error}{hint if isinstance(error, MissingError) else ''}")
            return
        if page:
            yield self._fetched(page, "calendar")

    def _calendar_page(self) -> Row | None:
        """None: nothing has changed since the last one."""
        seen = self._state.get("calendar", {})
        rules = _hash([duty.model_dump() for duty in self._site.calendar])
        newest = phorge_calendar.newest(self._client)
        is_old = self._began() - seen.get("read", 0) >= SWEEP
        if newest == seen.get("newest") and rules == seen.get("rules") and not is_old:
            return None
        page = phorge_calendar.page(self._client, self._site.calendar, self._began())
        self._state["calendar"] = {"newest": newest, "read": self._began(), "rules": rules}
        return page


def _digest(places: list[Row], until: int) -> str:
    """How projects and columns that are older than `until` are called, in a few letters."""
    old = (place for place in places if place["fields"]["dateCreated"] < until)
    return _hash(sorted([place["phid"], place["fields"]["name"]] for place in old))


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:16]


def _called(tasks: list[Row]) -> str:
    return f"tasks T{tasks[0]['id']} to T{tasks[-1]['id']}" if tasks else ""


def _chunks(values: list[Any]) -> Iterator[list[Any]]:
    yield from (values[begin : begin + LIMIT] for begin in range(0, len(values), LIMIT))
