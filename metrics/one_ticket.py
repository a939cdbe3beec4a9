"""One ticket as it stood at an instant: what it was called, where it was, who had it."""

from dataclasses import dataclass
from datetime import datetime

import duckdb
import polars as pl

from metrics.broken_promises import reasons
from metrics.columns import ask
from metrics.instants import parse_instant
from metrics.slo import slo

# The title as it was: undone by the first renaming that came later. Addresses that a browser would run are dropped.
_TICKET = """
WITH held AS (FROM spell($as_of) WHERE ticket_id = $ticket_id AND until_at IS NULL),
renamed AS (
    SELECT arg_min(old, (occurred_at, seq)) AS title FROM store.event
    WHERE ticket_id = $ticket_id AND field = 'title' AND occurred_at >= $as_of AND old IS NOT NULL
)
SELECT t.ticket_id, t.key, CASE WHEN t.url SIMILAR TO 'https?://.*' THEN t.url END AS url,
    coalesce((SELECT title FROM renamed), t.title) AS title, t.source,
    (SELECT nullif(max(queue), '') FROM queue_of($as_of) WHERE ticket_id = $ticket_id) AS queue,
    coalesce((SELECT max(value) FROM held WHERE field = 'type'), t.type) AS type, t.opened_at,
    coalesce(author.name, t.author_id) AS author,
    o.is_open, CASE WHEN NOT o.is_open THEN o.from_at END AS closed_at,
    (SELECT max(value) FROM held WHERE field = 'status') AS status, s.stage, p.priority,
    (SELECT coalesce(list(coalesce(a.name, h.value) ORDER BY coalesce(a.name, h.value)), [])
        FROM held AS h LEFT JOIN actor AS a ON a.account_id = h.value WHERE h.field = 'owner') AS owners,
    (SELECT coalesce(list(value ORDER BY value), []) FROM held WHERE field = 'label') AS labels,
    g.gone_at, g.reason AS gone_reason
FROM store.ticket AS t
LEFT JOIN actor AS author ON author.account_id = t.author_id
LEFT JOIN (FROM open_spell($as_of) WHERE until_at IS NULL AND ticket_id = $ticket_id) AS o ON true
LEFT JOIN (FROM stage_spell($as_of) WHERE until_at IS NULL AND ticket_id = $ticket_id) AS s ON true
LEFT JOIN (FROM priority_spell($as_of) WHERE until_at IS NULL AND ticket_id = $ticket_id) AS p ON true
LEFT JOIN (FROM store.gone WHERE gone_at < $as_of AND ticket_id = $ticket_id) AS g ON true
WHERE t.ticket_id = $ticket_id AND t.opened_at < $as_of
"""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket at an instant. Instants are UTC without a zone. gone_reason says why it left the numbers."""

    ticket_id: str
    key: str
    url: str | None
    title: str
    source: str
    queue: str | None
    type: str | None
    opened_at: datetime
    author: str | None
    is_open: bool | None
    closed_at: datetime | None
    status: str | None
    stage: str | None
    priority: str | None
    owners: tuple[str, ...]
    labels: tuple[str, ...]
    gone_at: datetime | None
    gone_reason: str | None


def one_ticket(con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, ticket_id: str) -> Ticket | None:
    """The ticket, or None where none of this name was known before as_of."""
    found = ask(con, _TICKET, as_of=parse_instant(as_of), ticket_id=ticket_id)
    rows = found.fetchall()
    if not rows:
        return None
    told = dict(zip(found.columns, rows[0], strict=True))
    return Ticket(**told | {"owners": tuple(told["owners"]), "labels": tuple(told["labels"])})


def ticket_clocks(con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, ticket_id: str, zone: str) -> pl.DataFrame:
    """The rows of `slo` for one ticket, as far as they can be judged, with the `reason` of those that were broken."""
    clocks = slo(con, as_of=as_of, ticket_id=ticket_id).pl().filter(pl.col("verdict").is_not_null())
    is_broken = clocks["verdict"].str.starts_with("breached")
    instant = parse_instant(as_of)
    told = iter(reasons(con, clocks.filter(is_broken), as_of=instant, zone=zone, near=instant))
    return clocks.with_columns(
        reason=pl.Series([next(told) if broken else None for broken in is_broken], dtype=pl.String)
    )
