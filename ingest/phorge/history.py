"""The transactions of many tasks at once, in three questions for a hundred tasks.

`transaction.search` takes one task or all tasks there are, and on every installed release it says of column moves,
merges, custom fields and more only that there was *something*. The frozen `maniphest.gettasktransactions` takes any
number of tasks and tells all of that, in raw words; it lacks who edited or removed a comment, and when. So it is asked
first, and `transaction.search` for the transactions, by their PHIDs, that it alone can tell more about: comments, and
on releases before November 2024 those of a task's first second, which belong together as one creation.

On a server without the frozen call every changed task costs a request of its own.
"""

from collections.abc import Iterator
from typing import Any

from ingest.client import Client, UnavailableError
from ingest.phorge.conduit import TRANSACTIONS, UNAUTHORISED, ConduitError, LostCursorError, MissingError, call

Rows = list[dict[str, Any]]
PHIDS = 500  # in one question


def history(client: Client, tasks: Rows) -> tuple[dict[str, Rows] | None, Rows]:
    """What the frozen call tells, by task number (None: there is no such call), and rows of `transaction.search`.

    A task that vanished since it was seen has none. Raises ClientError.
    """
    try:
        raw = _raw(client, [task["id"] for task in tasks])
    except MissingError:
        return None, [row for task in tasks for row in _of_task(client, task["phid"])]
    wanted = [phid for task in tasks for phid in _worth_a_look(task, raw.get(str(task["id"]), []))]
    return raw, list(_by_phid(client, wanted))


def _raw(client: Client, ids: list[int]) -> dict[str, Rows]:
    """The frozen call has no pages: what is too long for the server is asked by halves."""
    try:
        found = call(client, "maniphest.gettasktransactions", ids=ids)
    except UnavailableError:
        if len(ids) < 2:
            raise
        half = len(ids) // 2
        return _raw(client, ids[:half]) | _raw(client, ids[half:])
    return dict(found or {})  # nothing is [] in PHP


def _worth_a_look(task: dict[str, Any], raw: Rows) -> Iterator[str]:
    opened = str(task["fields"]["dateCreated"])
    for row in raw:
        is_ungrouped = "core.groupID" not in (row.get("meta") or {})
        if row["transactionType"] == "core:comment" or (is_ungrouped and str(row["dateCreated"]) == opened):
            yield row["transactionPHID"]


def _by_phid(client: Client, phids: list[str]) -> Iterator[dict[str, Any]]:
    for begin in range(0, len(phids), PHIDS):
        wanted = {"phids": phids[begin : begin + PHIDS]}
        yield from call(
            client, "transaction.search", objectType="TASK", constraints=wanted, limit=TRANSACTIONS
        )["data"]  # fmt: skip


def _of_task(client: Client, phid: str) -> Rows:
    told: Rows = []
    after = None
    while True:
        try:
            found = call(client, "transaction.search", objectIdentifier=phid, limit=TRANSACTIONS, after=after)
        except ConduitError as error:
            if error.code in UNAUTHORISED:
                raise
            return []  # it vanished meanwhile, and half a history is none
        told += found["data"]
        after = found["cursor"]["after"]
        if not after:
            return told


def changed_comments(client: Client, after: list[int], since: int) -> tuple[set[str], list[int] | None]:
    """One page of all transactions there are, newest first: the PHIDs of tasks with a comment that was edited or
    removed at `since` or later, and what to go on after (None: that was all).

    Editing a comment changes nothing but its own transaction, so no list of changed tasks shows it.
    Raises ClientError: OverheatedError where the account sees too little for this way.
    """
    while True:
        try:
            found = call(
                client, "transaction.search", objectType="TASK", limit=TRANSACTIONS, after=after[0] if after else None
            )
        except LostCursorError:
            after = after[1:]
            continue
        rows = found["data"]
        touched = {row["objectPHID"] for row in rows if row["comments"] and _was_touched(row, since)}
        if not found["cursor"]["after"]:
            return touched, None
        return touched, [rows[n]["id"] for n in (-1, -2, -10, -100) if -n <= len(rows)] + after[:2]


def _was_touched(row: dict[str, Any], since: int) -> bool:
    is_another = row["dateModified"] > row["dateCreated"] or len(row["comments"]) > 1
    return bool(row["dateModified"] >= since and is_another)
