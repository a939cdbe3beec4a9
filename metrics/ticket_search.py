"""Finding tickets by words and by how they stood at an instant: how many there are, and the first of them, described.

A ticket is sought by its key and by the title it has today; it is shown under the title it had then. Every condition
narrows by itself, so that a question without conditions touches nothing but the queues: a store may hold a million
tickets.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import duckdb
import polars as pl

from metrics.columns import ask
from metrics.instants import parse_instant
from metrics.ticket_rows import described

NOBODY, NO_PRIORITY, NO_STAGE = "nobody", "none", "not mapped"
Order = Literal["newest", "oldest"]

# A closed ticket has no presence; one that is in a queue and has none is closed.
_FOUND = """
FROM fact.queue_span AS q
ANTI JOIN (FROM store.gone WHERE gone_at < $as_of) AS g ON g.ticket_id = q.ticket_id
{joins}
WHERE q.opened_at < $as_of AND q.from_at < $as_of AND (q.until_at IS NULL OR q.until_at >= $as_of)
    AND list_contains($queues, q.queue)
    AND ($since IS NULL OR q.opened_at >= $since) AND ($until IS NULL OR q.opened_at < $until)
"""
_NOW = "from_at < $as_of AND (until_at IS NULL OR until_at >= $as_of)"
_WORDS = "SEMI JOIN (SELECT ticket_id FROM store.ticket WHERE {told}) AS w ON w.ticket_id = q.ticket_id"
_WORD = "(contains(lower(title), {word}) OR contains(lower(key), {word}))"
_OPEN = f"{{kind}} JOIN (SELECT ticket_id FROM fact.presence WHERE {_NOW}) AS o ON o.ticket_id = q.ticket_id"
_STAGE = f"""
SEMI JOIN (SELECT ticket_id FROM fact.stage_stay WHERE stage = $stage AND {_NOW}) AS s ON s.ticket_id = q.ticket_id
"""
_PRIORITY = f"""
{{kind}} JOIN (SELECT ticket_id FROM fact.priority_spell WHERE {{told}} AND {_NOW}) AS p ON p.ticket_id = q.ticket_id
"""
_OWNER = f"""
{{kind}} JOIN (
    SELECT ticket_id FROM fact.spell WHERE field = 'owner' AND {{told}} AND {_NOW}
) AS h ON h.ticket_id = q.ticket_id
"""
_THEIR = "value IN (SELECT account_id FROM actor WHERE name = $owner)"
# A key that was typed whole stands first.
_FIRST = """
SELECT count(*), {best}(q.ticket_id, (coalesce(x.ticket_id IS NOT NULL, false){same}, q.opened_at, q.ticket_id), {most})
"""
_EXACT = """
LEFT JOIN (
    SELECT ticket_id FROM store.ticket WHERE lower(key) = $text OR lower(ticket_id) = $text
) AS x ON x.ticket_id = q.ticket_id
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is sought. Every word of `text` stands in the key or the title; None asks nothing of a field.

    owner is a person's name, or NOBODY; priority may be NO_PRIORITY, stage NO_STAGE. opened_since and opened_until are
    the window [since, until) in which the ticket was opened.
    """

    text: str = ""
    stage: str | None = None
    priority: str | None = None
    owner: str | None = None
    is_open: bool | None = None
    opened_since: datetime | None = None
    opened_until: datetime | None = None
    order: Order = "newest"


@dataclass(frozen=True, eq=False)
class Found:
    """How many tickets there are, and the first of them; rows as in metrics.ticket_rows."""

    total: int
    rows: pl.DataFrame


def ticket_search(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, queues: Sequence[str], wanted: Wanted, most: int
) -> Found:
    """The tickets of these queues that are as wanted at as_of, the first `most` of them described."""
    instant = parse_instant(as_of)
    text = " ".join(wanted.text.lower().split())
    best, same = ("arg_max", "") if wanted.order == "newest" else ("arg_min", " IS FALSE")
    sql = _FIRST.format(best=best, same=same, most=most) + _FOUND.format(joins="\n".join([_EXACT, *_joins(wanted)]))
    since, until = (parse_instant(at) if at else None for at in (wanted.opened_since, wanted.opened_until))
    asked: dict[str, Any] = {"as_of": instant, "queues": list(queues), "since": since, "until": until}
    asked |= {"stage": "" if wanted.stage == NO_STAGE else wanted.stage or "", "owner": wanted.owner or ""}
    asked |= {"text": text, "priority": wanted.priority or ""}
    asked |= {f"word_{n}": word for n, word in enumerate(text.split())}
    [(total, chosen)] = ask(con, sql, **asked).fetchall()
    return Found(total, described(con, instant, chosen or []))


def _joins(wanted: Wanted) -> list[str]:
    words = [_WORD.format(word=f"$word_{n}") for n in range(len(wanted.text.split()))]
    joins = [_WORDS.format(told=" AND ".join(words))] if words else []
    if wanted.is_open is not None:
        joins.append(_OPEN.format(kind="SEMI" if wanted.is_open else "ANTI"))
    if wanted.stage:
        joins.append(_STAGE)
    if wanted.priority:
        told = "priority IS NOT NULL" if wanted.priority == NO_PRIORITY else "priority = $priority"
        joins.append(_PRIORITY.format(kind="ANTI" if wanted.priority == NO_PRIORITY else "SEMI", told=told))
    if wanted.owner:
        kind, told = ("ANTI", "true") if wanted.owner == NOBODY else ("SEMI", _THEIR)
        joins.append(_OWNER.format(kind=kind, told=told))
    return joins


def owners(con: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """Everybody who ever had a ticket, by name."""
    rows = con.execute(
        "SELECT DISTINCT a.name FROM (SELECT DISTINCT value FROM fact.spell WHERE field = 'owner') AS s "
        "JOIN actor AS a ON a.account_id = s.value ORDER BY a.name"
    ).fetchall()
    return tuple(name for (name,) in rows)


def priorities(con: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """Every priority that a ticket ever had."""
    query = "SELECT DISTINCT priority FROM fact.priority_spell WHERE priority IS NOT NULL ORDER BY priority"
    return tuple(priority for (priority,) in con.execute(query).fetchall())
