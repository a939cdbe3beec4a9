"""Who has how much in work at once.

Counts: tickets in the active stage, for each of their owners; a ticket with two owners counts for each of them, and
once for its queue. Two accounts of one person are one person. Unowned tickets in work are rows of their own.
Ignores: tickets in other stages; bots among the owners; what began and ended within one instant.
Clock: from when a ticket was active in a queue with an owner until it was not, or was gone; a day's number is what
stood when the day of the team's zone ended.
Undefined: the person of an unowned ticket (null); the queue of a ticket in none (null); limits that nobody has set.
"""

from datetime import datetime
from typing import Literal

import duckdb
import plotly.graph_objects as go
import polars as pl

from metrics import figures
from metrics.columns import Queues, ask, queue_names, window
from metrics.instants import parse_instant
from metrics.periods import day_table, steps, totals
from metrics.recent import ask_since

_ROWS = """
SELECT h.ticket_id, t.key, nullif(h.queue, '') AS queue, h.person, h.from_at, h.until_at, h.person_id, h.source
FROM work($as_of) AS h JOIN store.ticket AS t USING (ticket_id)
WHERE ($queues IS NULL OR list_contains($queues, h.queue))
    AND ($since IS NULL OR h.until_at IS NULL OR h.until_at > $since)
    AND ($until IS NULL OR h.from_at < $until)
ORDER BY h.from_at, h.ticket_id, h.person NULLS FIRST, h.person_id
"""
_IN_WORK = """
SELECT ticket_id, nullif(s.queue, '') AS queue, source, from_at, until_at
FROM stage_stay($as_of) AS s
WHERE stage = 'active' AND until_at IS DISTINCT FROM from_at AND ($queues IS NULL OR list_contains($queues, s.queue))
"""


def wip(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    queue: Queues = None,
) -> duckdb.DuckDBPyRelation:
    """One row per maximal time within which a ticket was active in one queue with one owner, or with none, if any of it
    lies in [since, until).

    ticket_id, key, queue, person (null: nobody), from_at, until_at (null: it lasts), person_id (tells people of one
    name apart; the account where no person is known), source.
    """
    span = window(since, until)
    return ask_since(con, span["since"], _ROWS, as_of=parse_instant(as_of), queues=queue_names(queue), **span)


def tickets_in_work(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, queue: Queues = None
) -> duckdb.DuckDBPyRelation:
    """One row per time a ticket was active in one queue, whoever's it was: ticket_id, queue, source, from_at, until_at
    (null: it lasts). Of a ticket with two owners, `wip` has two rows and this has one."""
    return ask(con, _IN_WORK, as_of=parse_instant(as_of), queues=queue_names(queue))


def summary(rows: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """One row per person (null: nobody) with work now, most first: person, tickets, oldest_from_at, person_id."""
    now = rows.filter("until_at IS NULL")
    counted = now.aggregate("person, count(*) AS tickets, min(from_at) AS oldest_from_at, person_id")
    return counted.order("tickets DESC, person, person_id").pl()


def daily(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    zone: str = "UTC",
    by: Literal["person", "queue"] = "person",
    queue: Queues = None,
) -> pl.DataFrame:
    """One row per day of the zone in [since, until) and person (null: nobody) or queue (null: none): day, starts_at,
    ends_at, is_complete, tickets in work when the day ended, or at as_of in the day that has not, and queue, or
    person and person_id.

    Without since, days begin with the first work. Whoever ever had work has a row for every day. For tickets in every
    stage, see `cumulative_flow.daily`.
    """
    asked, counted = window(since, until), wip if by == "person" else tickets_in_work
    rows = counted(con, as_of=as_of, queue=queue).pl()
    first: datetime | None = asked["since"] or rows["from_at"].min()  # type: ignore[assignment]
    days = day_table(zone, first, asked["until"], parse_instant(as_of))
    keys = ["person", "person_id"] if by == "person" else ["queue"]
    counts = totals(steps(rows, keys), days, keys)
    tickets = pl.col("standing").alias("tickets")
    return counts.sort("starts_at", *keys).select(
        "day", "starts_at", "ends_at", "is_complete", *keys[:1], tickets, *keys[1:]
    )


def figure(rows: duckdb.DuckDBPyRelation) -> go.Figure:
    """What each person has in work now, nobody's tickets among them."""
    now = summary(rows).sort("tickets", "person", descending=[True, False], nulls_last=True)
    people = [person or "nobody" for person in now["person"]]
    [(tickets,)] = rows.filter("until_at IS NULL").aggregate("count(DISTINCT ticket_id)").fetchall()
    return figures.drawn(
        [{"type": "bar", "x": people, "y": now["tickets"].to_list()}],
        question="Who has too much open at once?",
        y="Tickets in work (count)",
        n=tickets,
        counted="tickets in work",
    )
