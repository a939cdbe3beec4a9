"""Every open ticket with what may keep it from moving: how old, how long silent, who has it, what it waits for.

Stale: no human has updated it for 6 days or more, by `aging`. Blocked: it stands in the stage waiting, or a ticket that
is open blocks it. Owners are people; bots hold nothing.
"""

from collections.abc import Sequence
from datetime import datetime

import duckdb
import polars as pl

from metrics.aging import SILENCES, aging
from metrics.instants import parse_instant
from metrics.recent import ask_open

NOBODY, NO_PRIORITY, NO_STAGE = "nobody", "none", "not mapped"
MARKS = ("moving", "stale", "blocked")
_DAY = 86_400
STALE_DAYS = sorted(SILENCES)[2]
_HELD = """
SELECT s.ticket_id, list(DISTINCT coalesce(a.name, s.value) ORDER BY coalesce(a.name, s.value)) AS people
FROM spell($as_of) AS s SEMI JOIN open_ticket USING (ticket_id) LEFT JOIN actor AS a ON a.account_id = s.value
WHERE s.field = 'owner' AND s.until_at IS NULL AND NOT coalesce(a.is_bot, false) GROUP BY s.ticket_id
"""
_BLOCKED = """
SELECT l.ticket_id, string_agg(DISTINCT b.key, ', ' ORDER BY b.key) AS blocked_by
FROM link_spell($as_of) AS l SEMI JOIN open_ticket USING (ticket_id)
JOIN store.ticket AS b ON b.ticket_id = l.other_id
JOIN (FROM open_spell($as_of) WHERE until_at IS NULL AND is_open) AS o ON o.ticket_id = l.other_id
WHERE l.relation IN ('blocked_by', 'depends_on') AND l.until_key IS NULL GROUP BY l.ticket_id
"""


def open_work(con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, queues: Sequence[str]) -> pl.DataFrame:
    """One row per open ticket of the queues, the oldest first.

    ticket_id, key, queue, stage and priority (words where there is none), people (a list of names), opened_at,
    age_seconds, age_working_seconds, silent_seconds, silence, blocked_by (keys, or null), and mark: blocked, else
    stale, else moving.
    """
    rows = aging(con, as_of=as_of, queue=list(queues)).pl()
    con.register("open_ticket", rows.select("ticket_id"))
    try:
        held, blocked = (ask_open(con, sql, as_of=parse_instant(as_of)).pl() for sql in (_HELD, _BLOCKED))
    finally:
        con.unregister("open_ticket")
    for found in (held, blocked):
        rows = rows.join(found, on="ticket_id", how="left", maintain_order="left")
    is_blocked = (pl.col("stage") == "waiting").fill_null(value=False) | pl.col("blocked_by").is_not_null()
    is_stale = pl.col("silent_seconds") >= STALE_DAYS * _DAY
    mark = pl.when(is_blocked).then(pl.lit("blocked")).when(is_stale).then(pl.lit("stale")).otherwise(pl.lit("moving"))
    return rows.with_columns(
        pl.col("stage").fill_null(NO_STAGE), pl.col("priority").fill_null(NO_PRIORITY), mark=mark
    ).select(
        *("ticket_id", "key", "queue", "stage", "priority", "people", "opened_at", "age_seconds"),
        *("age_working_seconds", "silent_seconds", "silence", "blocked_by", "mark"),
    )


def by_person(rows: pl.DataFrame) -> pl.DataFrame:
    """One row per person and priority: person, priority, tickets, oldest_seconds; people by the alphabet, nobody last.
    A ticket of two owners counts for both."""
    people = pl.when(pl.col("people").is_null()).then(pl.lit([NOBODY])).otherwise(pl.col("people"))
    held = rows.with_columns(person=people).explode("person")
    counted = held.group_by("person", "priority").agg(
        pl.len().cast(pl.Int64).alias("tickets"), pl.col("age_seconds").max().alias("oldest_seconds")
    )
    return counted.sort(pl.col("person") == NOBODY, "person", pl.col("priority") == NO_PRIORITY, "priority")


def by_silence(rows: pl.DataFrame) -> pl.DataFrame:
    """One row per silence and stage: silence, stage, tickets."""
    return rows.group_by("silence", "stage").agg(pl.len().cast(pl.Int64).alias("tickets")).sort("silence", "stage")
