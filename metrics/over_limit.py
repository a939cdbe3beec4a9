"""Who has more in work at an instant than was agreed, and which tickets those are.

What `wip_limits.breaches` says of one instant, without looking at the times before it: a store may hold millions of
them. At the limit is fine, above is a breach; a person is judged by all the queues that the limit is for.
"""

import json
from datetime import datetime
from typing import Any

import duckdb
import polars as pl

from metrics.columns import Queues, queue_names
from metrics.instants import parse_instant
from metrics.recent import ask_open

_WORK = """
SELECT DISTINCT w.ticket_id, w.queue, w.person_id, w.person, w.from_at, l.version, l.definition
FROM fact.work AS w
JOIN queue_practice AS l ON l.kind = 'wip' AND l.source = w.source AND l.queue = w.queue
    AND l.valid_from < $as_of AND l.valid_until >= $as_of
WHERE w.from_at < $as_of AND (w.until_at IS NULL OR w.until_at >= $as_of) AND w.person_id IS NOT NULL
"""


def over_limit(con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, queue: Queues = None) -> pl.DataFrame:
    """One row per ticket in work of a person above a limit, the tickets last begun first: ticket_id, person_id, person,
    queue, from_at, tickets, allowed_tickets. `queue` narrows the rows, not what people are judged by."""
    work = ask_open(con, _WORK, as_of=parse_instant(as_of)).pl()
    limits = {version: json.loads(text) for version, text in work.select("version", "definition").unique().rows()}
    held = work.group_by("version", "person_id", "person").agg(tickets=pl.col("ticket_id").n_unique().cast(pl.Int64))
    allowed = [_allowed(limits[version], person) for version, person in held.select("version", "person").rows()]
    held = held.with_columns(allowed_tickets=pl.Series(allowed, dtype=pl.Int64))
    above = held.filter(pl.col("tickets") > pl.col("allowed_tickets"))
    rows = work.drop("definition").join(above, on=["version", "person_id", "person"])
    queues = queue_names(queue)
    asked = rows if queues is None else rows.filter(pl.col("queue").is_in(queues))
    ordered = asked.sort("person", "person_id", "from_at", "ticket_id", descending=[False, False, True, False])
    return ordered.select("ticket_id", "person_id", "person", "queue", "from_at", "tickets", "allowed_tickets")


def _allowed(definition: dict[str, Any], person: str) -> int | None:
    limit: int | None = definition["people"].get(person, definition["person"])
    return limit
