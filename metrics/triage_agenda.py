"""What a triage meeting has to decide: open tickets in the sections that empty them, each ticket once.

An agenda is plain data: a meeting keeps it as JSON, and the same question asked of the same history gives it again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

import duckdb
import polars as pl

from metrics.agenda_claims import Claims, Words
from metrics.agenda_sections import Heading, agreed, headings
from metrics.columns import ask
from metrics.instants import parse_instant
from metrics.ticket_rows import described

CAP = 25  # tickets that a section names: more than a meeting decides
# The title as it was: undone by the first renaming that came later. Addresses that a browser would run are dropped.
_NAMED = """
WITH wanted AS (SELECT unnest($chosen) AS ticket_id),
renamed AS (
    SELECT ticket_id, arg_min(old, (occurred_at, seq)) AS title FROM store.event SEMI JOIN wanted USING (ticket_id)
    WHERE field = 'title' AND occurred_at >= $as_of AND old IS NOT NULL GROUP BY ticket_id
)
SELECT t.ticket_id, CASE WHEN t.url SIMILAR TO 'https?://.*' THEN t.url END AS url,
    coalesce(renamed.title, t.title) AS title
FROM store.ticket AS t SEMI JOIN wanted USING (ticket_id) LEFT JOIN renamed USING (ticket_id)
"""
_PILE = """
SELECT count(*) FILTER (from_at >= $since), count(*) FILTER (until_at >= $since),
    count(*) FILTER (until_at IS NULL), count(*) FILTER (from_at < $since AND (until_at IS NULL OR until_at >= $since))
FROM presence($as_of) WHERE list_contains($queues, queue)
"""


@dataclass(frozen=True, slots=True)
class Item:
    """A ticket on an agenda as it stood, and why it stands there. Instants are ISO 8601, UTC."""

    ticket_id: str
    key: str
    url: str | None
    title: str
    owner: str | None
    priority: str | None
    stage: str | None
    age_days: float | None
    updated_at: str | None
    because: str


@dataclass(frozen=True, slots=True)
class Section:
    """One section: the first CAP of its tickets described, and the id and key of each of the others."""

    name: str
    title: str
    rule: str
    todo: str
    is_configured: bool
    items: tuple[Item, ...]
    more: tuple[tuple[str, str], ...]

    @property
    def count(self) -> int:
        return len(self.items) + len(self.more)

    @property
    def keys(self) -> dict[str, str]:
        """Every ticket of it, id to key."""
        return {item.ticket_id: item.key for item in self.items} | dict(self.more)


@dataclass(frozen=True, slots=True)
class Pile:
    """What came and what went since the last meeting, and what was open then and now."""

    came: int
    went: int
    open_now: int
    open_then: int


@dataclass(frozen=True, slots=True)
class Agenda:
    """An agenda at an instant. since is the last meeting's instant, or where what is new begins; both ISO 8601, UTC."""

    queues: tuple[str, ...]
    zone: str
    as_of: str
    since: str
    next_at: str
    sections: tuple[Section, ...]
    pile: Pile

    @property
    def count(self) -> int:
        return sum(section.count for section in self.sections)

    @property
    def items(self) -> tuple[tuple[Section, Item], ...]:
        """What the meeting steps through, in order."""
        return tuple((section, item) for section in self.sections for item in section.items)

    def to_json(self) -> dict[str, Any]:
        """Plain data for the desk."""
        return asdict(self)


def triage_agenda(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, queues: Sequence[str], zone: str, since: datetime,
    next_at: datetime, postponed: tuple[tuple[str, date], ...] = (),
) -> Agenda:  # fmt: skip
    """What to decide at as_of, before the next meeting at next_at. postponed: to which day a meeting put which ticket
    off."""
    instant = parse_instant(as_of)
    begun, until = parse_instant(since, "since"), parse_instant(next_at, "next_at")
    claims = Claims(con, instant, queues, zone, until, dict(postponed))
    said = headings(agreed(con, instant, list(queues)), until, zone)
    chosen = _each_once(said, claims)
    rows = _described(con, instant, claims, [ticket for named, _ in chosen.values() for ticket in named])
    keys = dict(claims.standing.select("ticket_id", "key").iter_rows())
    sections = tuple(_section(heading, *chosen[heading.name], rows, keys) for heading in said)
    [pile] = ask(con, _PILE, as_of=instant, since=begun, queues=list(queues)).fetchall()
    return Agenda(tuple(queues), zone, _text(instant), _text(begun), _text(until), sections, Pile(*pile))


Chosen = dict[str, tuple[dict[str, Words], list[str]]]


def _each_once(said: Iterable[Heading], claims: Claims) -> Chosen:
    """By section: what it names and why, and what else it claims; each ticket where it is claimed first."""
    free = set(claims.standing["ticket_id"])
    chosen: Chosen = {}
    for heading in said:
        found: dict[str, Words] = {}
        for ticket, because in claims.of(heading.name) if heading.is_configured else ():
            if ticket in free:
                found.setdefault(ticket, because)
        free -= found.keys()
        ordered = iter(found.items())
        chosen[heading.name] = dict(islice(ordered, CAP)), [ticket for ticket, _ in ordered]
    return chosen


def _described(
    con: duckdb.DuckDBPyConnection, as_of: datetime, claims: Claims, chosen: list[str]
) -> dict[str, dict[str, Any]]:
    """What is shown of the tickets that are named, by their ids."""
    named = ask(con, _NAMED, as_of=as_of, chosen=chosen).pl()
    rows = claims.standing.join(named, on="ticket_id")
    return {row["ticket_id"]: row for row in rows.iter_rows(named=True)}


def _section(
    heading: Heading, named: dict[str, Words], more: list[str], rows: dict[str, dict[str, Any]], keys: dict[str, str]
) -> Section:
    items = tuple(_item(rows[ticket], because()) for ticket, because in named.items())
    others = tuple((ticket, keys[ticket]) for ticket in more)
    return Section(heading.name, heading.title, heading.rule, heading.todo, heading.is_configured, items, others)


def _item(row: dict[str, Any], because: str) -> Item:
    told = {name: row[name] for name in ("ticket_id", "key", "url", "title", "owner", "priority", "stage", "age_days")}
    return Item(**told, updated_at=_text(row["updated_at"]) if row["updated_at"] else None, because=because)


def _text(instant: datetime) -> str:
    return instant.replace(tzinfo=UTC).isoformat()


def section_rows(con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, tickets: Sequence[str]) -> pl.DataFrame:
    """Tickets of a section as the rows of a list: see metrics.ticket_rows."""
    return described(con, parse_instant(as_of), tickets)


def from_json(told: dict[str, Any]) -> Agenda:
    """The agenda that a meeting kept."""
    sections = tuple(
        Section(**section | {
            "items": tuple(Item(**item) for item in section["items"]),
            "more": tuple((ticket, key) for ticket, key in section["more"]),
        })
        for section in told["sections"]
    )  # fmt: skip
    return Agenda(**told | {"queues": tuple(told["queues"]), "sections": sections, "pile": Pile(**told["pile"])})
