"""Tickets and their events from files: any tracker that somebody can write a small export for.

Two files, CSV, JSONL (each also as .gz) or Parquet, in a folder as `tickets.*` and `events.*`, or named one by one.

    tickets   key        what people call the ticket: OPS-7; once in the file
              queue      where it lives; where events tell of other queues, the one before them
              title      where events tell of other titles, the one before them
              opened_at  an instant, ISO 8601: 2026-11-02T09:00:00+01:00, or 2026-11-02 09:00 with the option `zone`
              author     a login; may be empty
              url, type  these columns may be left out

    events    key          of a ticket in the other file
              occurred_at  an instant as above, not before the ticket was opened; the order of lines breaks ties
              actor        a login; may be empty
              field        what changed, one of FIELDS or custom.NAME, with the meaning it has in `schema.sql`
              old, new     empty: nothing. Where a ticket has several at once (owner, label, project, milestone, link),
                           old is what it lost and new what it gained

CSV is UTF-8, with or without a byte order mark, separated by commas, semicolons or tabs, quoted as spreadsheets do.

The files tell the whole history of their tickets. A ticket opens with the status that its first change of status
leaves, else `open`; likewise title, queue and type. An owner's and an author's login become accounts. The id of an
event is made of what its row says and how often it was said before: importing a file again changes nothing, and
importing a longer one adds what is new. (A row that was corrected is another event: import into a new store then.)

A page holds up to 200 tickets with all their events, checked, instants in UTC: `{"tickets": [...], "events": [...]}`.

Shifts and absences come from files, too: see `rota.py`. Their pages are `{"what": "shift", "rows": [...]}`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ingest.files import events as files_events
from ingest.files import rota as files_rota
from ingest.files import rows as files_rows
from ingest.files.checks import FIELDS, Checks, Problem, Problems
from ingest.files.rows import FilesError
from ingest.files.sorting import Sorted
from ingest.journal import Reply
from ingest.records import Record, UnreadableError
from ingest.source import Json

__all__ = ["FIELDS", "NAME", "FilesError", "Import", "Problem", "is_known", "parse", "read", "read_rota"]

NAME = "files"


@dataclass(frozen=True, slots=True)
class Import:
    """What two files hold. Without `keep_good`, no replies where there is a problem."""

    replies: Iterator[Reply]
    tickets: int  # in the replies
    events: int
    problems: list[Problem] = field(default_factory=list)  # the first fifty
    more: int = 0  # problems beyond those

    def complaints(self) -> list[str]:
        """A sentence for each problem, and one for those that are not listed."""
        rest = [f"... and {self.more} more"] if self.more else []
        return [str(problem) for problem in self.problems] + rest


def read(paths: Sequence[Path], *, zone: str | None = None, name: str = NAME, keep_good: bool = False) -> Import:
    """The pages of a folder, or of a file of tickets and a file of events.

    `zone` is where instants without a zone are at home, such as Europe/Amsterdam. `name` begins the ids of tickets and
    accounts. With `keep_good`, rows that are well are read although others are not; events of a ticket that is not
    well are not well either. Raises FilesError where the files as such cannot be read.
    """
    _check(name)
    tickets, events = files_rows.find(paths)
    problems, kept = Problems(), Sorted()
    checks = Checks(problems, _zone(zone), name)
    for row in files_rows.rows(tickets, checks.TICKET_COLUMNS, problems.of(tickets)):
        checks.ticket(row, problems.of(tickets), kept)
    for row in files_rows.rows(events, checks.EVENT_COLUMNS, problems.of(events)):
        checks.event(row, problems.of(events), kept)
    if problems.count and not keep_good:
        return Import(iter(()), 0, 0, problems.listed, problems.more)
    return Import(_replies(kept, tickets.name, name), kept.tickets, kept.events, problems.listed, problems.more)


def read_rota(
    paths: Sequence[Path], *, zone: str | None = None, name: str = NAME, keep_good: bool = False
) -> files_rota.Rota:
    """The pages of a file of shifts, of absences, or of a folder with either or both.

    The options are those of `read`. Raises FilesError where the files as such cannot be read.
    """
    _check(name)
    return files_rota.read(paths, zone=_zone(zone), name=name, keep_good=keep_good)


def _check(name: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9-]*", name):
        raise FilesError(
            f"{name!r} cannot begin ids; write a name of small letters, digits and hyphens, such as 'files'"
        )


def parse(page: Json, site: Any, scope: str = "") -> Iterator[Record]:  # noqa: ARG001 - each ticket names its queue
    """The records of one page. Raises UnreadableError."""
    try:
        if "what" in page:
            yield from files_rota.records(page, site.name)
        else:
            yield from files_events.records(page["tickets"], page["events"], site.name)
    except UnreadableError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableError(f"not a page of tickets and events: {type(error).__name__}: {error}") from None


def is_known(kind: str) -> bool:  # noqa: ARG001
    """Whoever writes `other` into a file says that it means nothing here."""
    return True


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        raise FilesError(f"{name!r} is not a time zone; write one like 'America/Los_Angeles' or 'UTC'") from None


def _replies(kept: Sorted, file: str, name: str) -> Iterator[Reply]:
    for first, last, body in kept.pages():
        yield Reply(name, "", f"{file}, tickets {first} to {last}", body, NAME)
