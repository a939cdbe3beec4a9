"""Everything one ticket went through before an instant: what was done to it, the stages it stood in, its links."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import duckdb
import polars as pl

from metrics.columns import ask
from metrics.event_words import said
from metrics.instants import parse_instant

LONGEST_WORDS = 2_000  # characters of a comment: a page is not the place for the log that somebody pasted

# Links and duplicates are told by the other ticket's key where the store knows it.
_EVENTS = f"""
SELECT e.occurred_at, e.actor_id, coalesce(a.name, e.actor_id) AS actor, e.is_bot, e.origin, e.field,
    left(coalesce(was.name, e.relation_lost || coalesce(lost.key, e.lost_ticket), e.old), {LONGEST_WORDS}) AS old,
    left(coalesce(became.name, e.relation_won || coalesce(won.key, e.won_ticket), e.new), {LONGEST_WORDS}) AS new,
    length(e.new) AS characters
FROM (
    SELECT *,
        CASE field WHEN 'link' THEN substr(old, strpos(old, ' ') + 1) WHEN 'duplicate' THEN old END AS lost_ticket,
        CASE field WHEN 'link' THEN substr(new, strpos(new, ' ') + 1) WHEN 'duplicate' THEN new END AS won_ticket,
        CASE field WHEN 'link' THEN replace(split_part(old, ' ', 1), '_', ' ') || ' ' ELSE '' END AS relation_lost,
        CASE field WHEN 'link' THEN replace(split_part(new, ' ', 1), '_', ' ') || ' ' ELSE '' END AS relation_won
    FROM known_event($as_of) WHERE ticket_id = $ticket_id
) AS e
LEFT JOIN actor AS a ON a.account_id = e.actor_id
LEFT JOIN actor AS was ON e.field = 'owner' AND was.account_id = e.old
LEFT JOIN actor AS became ON e.field = 'owner' AND became.account_id = e.new
LEFT JOIN store.ticket AS lost ON lost.ticket_id = e.lost_ticket
LEFT JOIN store.ticket AS won ON won.ticket_id = e.won_ticket
ORDER BY e.occurred_at, e.seq, e.event_id
"""
_STAGES = """
SELECT nullif(stage, '') AS stage, nullif(queue, '') AS queue, from_at, until_at,
    epoch(coalesce(until_at, $as_of) - from_at)::DOUBLE AS stood_seconds
FROM stage_stay($as_of) WHERE ticket_id = $ticket_id AND until_at IS DISTINCT FROM from_at
ORDER BY from_at, from_seq
"""
_LINKS = """
WITH tie AS (
    SELECT relation, other_id, true AS is_told_here FROM fact.link_spell
    WHERE ticket_id = $ticket_id AND from_at < $as_of AND (until_at IS NULL OR until_at >= $as_of)
    UNION
    SELECT relation, ticket_id, false FROM fact.link_spell
    WHERE other_id = $ticket_id AND from_at < $as_of AND (until_at IS NULL OR until_at >= $as_of)
    UNION
    SELECT 'duplicate_of', new, true FROM known_event($as_of)
    WHERE ticket_id = $ticket_id AND field = 'duplicate' AND new IS NOT NULL
)
SELECT tie.relation, tie.other_id, tie.is_told_here, t.ticket_id, t.key, t.title,
    CASE WHEN t.url SIMILAR TO 'https?://.*' THEN t.url END AS url
FROM tie LEFT JOIN store.ticket AS t ON t.ticket_id = tie.other_id AND t.opened_at < $as_of
ORDER BY tie.is_told_here DESC, tie.relation, coalesce(t.key, tie.other_id)
"""


@dataclass(frozen=True, slots=True)
class Deed:
    """What one person did to a ticket at one instant (UTC, without a zone).

    words are its parts, each following the name; text is the comment or note that was written, cut where it is very
    long. actor is None where the tracker names nobody; origin is recorded or inferred.
    """

    occurred_at: datetime
    actor: str | None
    is_bot: bool
    origin: str
    words: tuple[str, ...]
    text: str | None


@dataclass(frozen=True, slots=True)
class Link:
    """A tie to another ticket: `relation` is the word of whoever tells it; ticket_id is None for one not known here."""

    relation: str
    other_id: str
    is_told_here: bool
    ticket_id: str | None
    key: str | None
    title: str | None
    url: str | None


def ticket_deeds(con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, ticket_id: str) -> tuple[Deed, ...]:
    """What was done to the ticket, the newest first; what one person did at one instant is one deed."""
    found = ask(con, _EVENTS, as_of=parse_instant(as_of), ticket_id=ticket_id)
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]
    return tuple(_deeds(rows))[::-1]


def _deeds(rows: list[dict[str, Any]]) -> Iterator[Deed]:
    for (occurred_at, _, origin), together in groupby(
        rows, lambda row: (row["occurred_at"], row["actor_id"], row["origin"])
    ):
        events = list(together)
        is_opening = any(event["field"] == "created" for event in events)
        told = [event for event in events if not (is_opening and event["field"] in ("title", "description"))]
        words = tuple(dict.fromkeys(said(event["field"], event["old"], event["new"]) for event in told))
        texts = [_text(event) for event in told if event["field"] in ("comment", "note") and event["new"]]
        first = events[0]
        yield Deed(occurred_at, first["actor"], first["is_bot"], origin, words, "\n\n".join(texts) or None)


def _text(event: dict[str, Any]) -> str:
    text: str = event["new"]
    return text if event["characters"] <= LONGEST_WORDS else f"{text} … ({event['characters']:,} characters)"


def ticket_stages(con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, ticket_id: str) -> pl.DataFrame:
    """One row per stay in a stage of a queue, in order: stage, queue, from_at, until_at, stood_seconds.

    until_at is null while it lasts; stage is null where the map of stages does not tell.
    """
    return ask(con, _STAGES, as_of=parse_instant(as_of), ticket_id=ticket_id).pl()


def ticket_links(con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, ticket_id: str) -> tuple[Link, ...]:
    """The ties that hold at as_of, told by this ticket first, then those that others tell of it."""
    rows = ask(con, _LINKS, as_of=parse_instant(as_of), ticket_id=ticket_id).fetchall()
    return tuple(Link(*row) for row in rows)
