"""Who goes off duty and who comes on, at the change of hands that belongs to a week's end.

The rota has no history: shifts are as the calendars have them now, and those planned for later are among them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import duckdb

from metrics.columns import Queues, ask, queue_names
from metrics.instants import parse_instant
from metrics.policies import FOREVER
from metrics.weeks import Week

NEAR = timedelta(days=3, hours=12)  # of a week's end: whatever weekday a role changes hands on, one change lies there
_ROLES = """
SELECT v.role, list(DISTINCT q.queue ORDER BY q.queue)
FROM role_version AS v JOIN role_queue AS q USING (version)
WHERE $as_of >= v.valid_from AND $as_of < v.valid_until
GROUP BY v.role HAVING $queues IS NULL OR list_has_any(list(q.queue), $queues) ORDER BY v.role
"""
_PIECES = """
SELECT person, from_at, until_at FROM duty($ever)
WHERE role = $role AND from_at < $until AND until_at > $since ORDER BY from_at, person
"""


@dataclass(frozen=True, slots=True)
class Role:
    """A role of the rota and the queues it answers for."""

    name: str
    queues: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Handover:
    """A change of hands at `changes_at` (UTC; None: nobody comes or goes around that week's end).

    outgoing go off, incoming come on, staying hold the role before and after.
    """

    changes_at: datetime | None
    outgoing: tuple[str, ...] = ()
    incoming: tuple[str, ...] = ()
    staying: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Piece:
    person: str
    from_at: datetime
    until_at: datetime


def roles(con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, queue: Queues = None) -> tuple[Role, ...]:
    """The roles in force that answer for any of these queues, by name, each with all of its queues."""
    found = ask(con, _ROLES, as_of=parse_instant(as_of), queues=queue_names(queue)).fetchall()
    return tuple(Role(name, tuple(queues)) for name, queues in found)


def handover(con: duckdb.DuckDBPyConnection, *, role: str, week: Week) -> Handover:
    """Of the changes of hands within half a week of the week's end, the one nearest to it."""
    end = parse_instant(week.ends_at)
    asked = {"role": role, "ever": FOREVER, "since": end - 2 * NEAR, "until": end + 2 * NEAR}
    pieces = [_Piece(*row) for row in ask(con, _PIECES, **asked).fetchall()]
    edges = {edge for piece in pieces for edge in (piece.from_at, piece.until_at) if abs(edge - end) <= NEAR}
    for edge in sorted(edges, key=lambda edge: (abs(edge - end), edge)):
        before, after = _holding(pieces, edge, is_before=True), _holding(pieces, edge, is_before=False)
        if set(before) != set(after):
            return _changed(pieces, edge, before, after)
    return Handover(None, staying=_holding(pieces, end, is_before=True))


def _holding(pieces: Iterable[_Piece], instant: datetime, *, is_before: bool) -> tuple[str, ...]:
    """Who held the role up to an instant, or holds it from there on."""
    found = (
        piece.person
        for piece in pieces
        if (piece.from_at < instant <= piece.until_at if is_before else piece.from_at <= instant < piece.until_at)
    )
    return tuple(dict.fromkeys(found))


def _changed(pieces: Sequence[_Piece], edge: datetime, before: tuple[str, ...], after: tuple[str, ...]) -> Handover:
    """Where nobody holds the role on one side, the last who did before, and the first who will after."""
    former = before or _holding(pieces, max((p.until_at for p in pieces if p.until_at < edge), default=edge),
                                is_before=True)  # fmt: skip
    next_at = min((p.from_at for p in pieces if p.from_at > edge), default=edge)
    later = after or _holding(pieces, next_at, is_before=False)
    return Handover(
        edge.replace(tzinfo=UTC),
        tuple(person for person in former if person not in later),
        tuple(person for person in later if person not in former),
        tuple(person for person in former if person in later),
    )
