"""Phorge (and Phabricator): tasks, their transactions, and the Calendar, over Conduit.

`fetch` reads the tasks that changed, a hundred at a time in the order of their numbers, each hundred with its whole
history in one or two questions more (see `history` for how, and why it needs two APIs), and the names that
are new to this run. A run with nothing new asks once, and once more if it reads the Calendar. Once a week it also
looks for what no change tells: tasks that are gone or came into sight, comments that were edited or removed, projects
that got another name.

`parse` tells a task from its birth (`birth`) through its transactions (`rows`, `changes`,
`boards`, `task`). An event is named after its transaction, whichever API told of it. What the server
keeps to itself is kept as `other`, called `hidden`.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from ingest.client import Client, ClientError, Wire
from ingest.phorge import calendar_events as phorge_calendar
from ingest.phorge import changes as phorge_changes
from ingest.phorge import task as phorge_task
from ingest.phorge.boards import Boards
from ingest.phorge.book import Book, account, instant, statuses
from ingest.phorge.conduit import MissingError, OverheatedError, call
from ingest.phorge.ids import numbers
from ingest.phorge.rows import Row, of_tasks
from ingest.phorge.run import Run
from ingest.phorge.task import Tale
from ingest.records import Census, Record, UnreadableError
from ingest.source import Fetched, Json, Trouble
from settings.sources import Phorge

__all__ = ["NAME", "connect", "examine", "fetch", "is_known", "parse"]

NAME = "phorge"
SKEW = 120  # seconds that two clocks may disagree before somebody should look

is_known = phorge_changes.is_known


def connect(site: Phorge, secret: str | None, wire: Wire | None = None) -> Client:
    """A client with the account's Conduit token. Raises ClientError where there is none."""
    if not secret:
        raise ClientError(
            f"{site.name}: {site.variable} is not set; put a Conduit API token there (Settings, Conduit API Tokens)"
        )
    return Client(site.url, secrets=[secret], wire=wire)


def fetch(client: Client, site: Phorge, since: Json) -> Iterator[Fetched | Trouble]:
    """Everything that changed since `since` ({}: everything there is). Raises ClientError."""
    yield from Run(client, site, dict(since)).pages()


def parse(page: Json, site: Phorge, scope: str = "") -> Iterator[Record]:  # noqa: ARG001 (Phorge has but one scope)
    """The records of one page: tasks with their history, people, a census, or the Calendar. Raises UnreadableError."""
    try:
        if "tasks" in page:
            yield from _tasks(page, site)
        elif "people" in page:
            yield from (account(site.name, user) for user in page["people"])
            yield from statuses(site.name, page["statuses"])
        elif "calendar" in page:
            yield from phorge_calendar.parse(page, site)
        else:
            ids = tuple(f"{site.name}/T{number}" for number in sorted(numbers(page["census"])))
            yield Census("ticket", f"{site.name}/T", ids, instant(page["taken_at"]))
    except UnreadableError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError, IndexError) as error:
        raise UnreadableError(f"not a page of Phorge: {type(error).__name__}: {error}") from error


def _tasks(page: Json, site: Phorge) -> Iterator[Record]:
    """Statuses, people, then each task with its events."""
    book = Book(page, site.name, site.eta)
    boards = Boards(book, page["columns"], site.queues)
    rows_of = of_tasks(page["raw"], page["told"])
    yield from statuses(site.name, page["statuses"])
    yield from book.accounts(_people(page["tasks"], rows_of))
    for task in page["tasks"]:
        rows = rows_of.get(str(task["id"]) if page["raw"] is not None else task["phid"])
        if not rows:  # it vanished while it was read
            continue
        yield phorge_task.ticket(task, book, site.url)
        yield from Tale(task, rows, book, boards).events()
        yield from phorge_task.observed(task, rows, book, boards, site.eta)


def _people(tasks: list[Any], rows_of: dict[str, list[Row]]) -> set[str]:
    """The PHIDs of everybody who wrote, owned or did something."""
    found = {phid for task in tasks for phid in (task["fields"]["authorPHID"], task["fields"]["ownerPHID"])}
    for row in (row for rows in rows_of.values() for row in rows):
        found.add(row.actor)
        found.update(version["authorPHID"] for version in row.versions)
        found.update((row.old, row.new) if row.kind == "owner" else ())
    return {phid for phid in found if phid}


# For the doctor.


def examine(client: Client, site: Phorge) -> Iterator[tuple[bool, str]]:
    """Is Phorge there, who are we to it, what do we see, and do the settings fit? Raises ClientError."""
    who = call(client, "user.whoami")["userName"]
    yield True, f"Phorge knows us as {who}"
    yield _skew(client)
    yield from _sight(client, site.eta)
    yield _frozen(client)
    for queue in site.queues:
        found = call(client, "project.search", constraints={"name": queue, "status": "all"})["data"]
        is_there = any(row["fields"]["name"] == queue for row in found)
        yield is_there, f"project {queue} {'is there' if is_there else 'is not there, or may not be seen'}"
    if site.calendar:
        yield _calendar(client)


def _skew(client: Client) -> tuple[bool, str]:
    assert client.began_at
    apart = timedelta(seconds=round(abs((datetime.now(UTC) - client.began_at).total_seconds())))
    is_well = apart.total_seconds() <= SKEW
    return is_well, "the clocks agree" if is_well else f"Phorge's clock and ours disagree by {apart}"


def _sight(client: Client, eta: str | None) -> Iterator[tuple[bool, str]]:
    """The newest task, and whether it has the field that the settings name."""
    try:
        found = call(client, "maniphest.search", order="newest", limit=1)["data"]
    except OverheatedError:
        yield False, "this account sees hardly any of the newest tasks; what it may not see is not counted"
        return
    yield bool(found), f"the newest task it sees is T{found[0]['id']}" if found else "this account sees no tasks"
    if eta and found:
        is_there = f"custom.{eta}" in found[0]["fields"]
        yield is_there, f"tasks {'have' if is_there else 'do not have'} a custom field {eta}"


def _frozen(client: Client) -> tuple[bool, str]:
    try:
        call(client, "maniphest.gettasktransactions", ids=[1])
    except MissingError:
        return False, (
            "maniphest.gettasktransactions is gone: every changed task costs a request, and column moves are"
            " hidden on releases before August 2026"
        )
    return True, "the history of many tasks is told at once"


def _calendar(client: Client) -> tuple[bool, str]:
    try:
        call(client, "calendar.event.search", limit=1)
    except MissingError:
        return False, "Calendar is switched off: it needs prototype applications (phabricator.show-prototypes)"
    return True, "Calendar is switched on"
