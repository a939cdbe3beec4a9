"""The way through Request Tracker, and the places to go on from.

The cursor is a transaction's number, never a time: transactions are numbered as they are written, and RT reads the
dates of a question in the time zone of whoever asks. Numbers are handed out before they are committed, so the last
few are looked at again; what was seen of them is remembered, so that a run without news reads no ticket.

How far a run has come (`since`):

- `queues`: the queues in the settings. With others, everything is read anew.
- `cursor`, `seen`: transactions up to here are known; which of the last few were seen.
- `loading`: tickets with numbers above `after`, up to `last`, are still to be read; null: the first load is over.
- `visible`: queues whose tickets are known. The tickets of a queue that comes into sight are read once.
- `counted_at`: when all tickets were last listed, to notice those that vanished without a transaction.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from ingest.client import Client
from ingest.rt import questions as ask
from ingest.rt.pages import Reader
from ingest.source import Fetched, Json, Trouble
from settings.sources import RequestTracker

OVERLAP = 200  # transactions that may be committed after others with higher numbers
STRIDE = 1_000  # transactions between two places to go on from
CENSUS = timedelta(days=7)


def fetch(client: Client, site: RequestTracker, since: Json) -> Iterator[Fetched | Trouble]:
    """Everything that changed since `since` ({}: everything there is). Raises ClientError."""
    client.get("rt")
    wanted = sorted(site.queues)
    known = dict(since) if since.get("queues") == wanted else {"queues": wanted}
    queues = ask.queues(client)
    for name in sorted(set(wanted) - {str(queue["Name"]) for queue in queues.values()}):
        yield Trouble(f"queue {name}", "there is no such queue, or the account lacks SeeQueue there")
    reader = Reader(client, frozenset(wanted), dict(queues), ask.custom_fields(client))
    for step in (_begin, _load, _catch_up, _look_around, _count):
        for fetched in step(reader, queues, known):
            known = dict(fetched.since)
            yield fetched
    yield Fetched(known, until=client.began_at)


def _begin(reader: Reader, queues: dict[str, Json], known: Json) -> Iterator[Fetched]:
    """Where the first load ends and the increments begin is settled before anything is read."""
    if "cursor" in known:
        return
    cursor = ask.newest_transaction(reader.client) or 0
    recent = [int(row["id"]) for row in ask.transactions_within(reader.client, max(0, cursor - OVERLAP), cursor)]
    loading = {"after": 0, "last": ask.newest_ticket(reader.client)}
    begun = {"cursor": cursor, "seen": recent, "loading": loading, "visible": sorted(queues)}
    yield Fetched({**known, **begun}, {"kind": "queues", "queues": queues}, "queues")


def _load(reader: Reader, _: object, known: Json) -> Iterator[Fetched]:
    """All tickets by windows of their numbers: searches for tickets would leave out deleted ones."""
    loading = known.get("loading")
    while loading:
        after, last = loading["after"], loading["last"]
        upto = min(after + ask.PAGE, last)
        page = reader.page(ask.creations_within(reader.client, after, upto)) if upto else None
        loading = {"after": upto, "last": last} if upto < last else None
        known = {**known, "loading": loading}
        yield Fetched(known, page, f"tickets {after + 1} to {upto}")


def _catch_up(reader: Reader, _: object, known: Json) -> Iterator[Fetched]:
    """The tickets that a new transaction speaks of, each with its whole history."""
    newest = ask.newest_transaction(reader.client, max(0, known["cursor"] - OVERLAP))
    while newest is not None:
        upto = min(known["cursor"] + STRIDE, newest)
        after = max(0, min(known["cursor"], upto) - OVERLAP)
        rows = list(ask.transactions_within(reader.client, after, upto))
        fresh = {int(row["ObjectId"]) for row in rows if int(row["id"]) not in known["seen"]}
        yield from _pages(reader, known, sorted(fresh))
        recent = [int(row["id"]) for row in rows if int(row["id"]) > upto - OVERLAP]
        known = {**known, "cursor": upto, "seen": recent}
        yield Fetched(known)
        newest = newest if upto < newest else None


def _look_around(reader: Reader, queues: dict[str, Json], known: Json) -> Iterator[Fetched]:
    """The tickets of queues that came into sight: nothing else would ever tell of those that do not change."""
    still = [number for number in known["visible"] if number in queues]
    for number in sorted(set(queues) - set(still)):
        yield from _pages(reader, known, ask.ticket_numbers(reader.client, f"Queue = {number}") or [])
        still = sorted([*still, number])
        known = {**known, "visible": still}
        yield Fetched(known, {"kind": "queues", "queues": queues}, "queues")
    if still != known["visible"]:
        yield Fetched({**known, "visible": still})


def _count(reader: Reader, _: object, known: Json) -> Iterator[Fetched]:
    """Every live ticket, now and then: one that moves out of sight leaves no transaction that could be seen."""
    now = reader.client.began_at or datetime.now(UTC)
    counted_at = known.get("counted_at")
    if counted_at and now - datetime.fromisoformat(counted_at) < CENSUS:
        return
    numbers = ask.ticket_numbers(reader.client)
    if numbers is not None:
        page = {"kind": "census", "numbers": numbers, "taken_at": now.isoformat()}
        yield Fetched({**known, "counted_at": now.isoformat()}, page, "the list of all tickets")


def _pages(reader: Reader, known: Json, numbers: Sequence[int]) -> Iterator[Fetched]:
    for start in range(0, len(numbers), ask.PAGE):
        some = numbers[start : start + ask.PAGE]
        page = reader.page(ask.creations_of(reader.client, some))
        if page:
            yield Fetched(known, page, f"tickets {some[0]} to {some[-1]}")
