"""Whose rota it is: teams whose queues one role answers for share it, under the name of the busiest of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from metrics.columns import ask
from metrics.teams import Team, teams

_ANSWERED = """
SELECT DISTINCT v.role, q.queue FROM role_version AS v LEFT JOIN role_queue AS q USING (version)
WHERE $as_of >= v.valid_from AND $as_of < v.valid_until ORDER BY v.role, q.queue
"""


@dataclass(frozen=True, slots=True)
class SharedRota:
    """The roles of a rota and the teams that share it; `name` is the one that it is kept and published under."""

    name: str
    teams: tuple[str, ...]
    roles: tuple[str, ...]


def shared_rota(con: duckdb.DuckDBPyConnection, *, team: str, as_of: datetime) -> SharedRota | None:
    """The rota of a team; None where no role answers for any of its queues."""
    roles: dict[str, set[str]] = {}
    for role, queue in ask(con, _ANSWERED, as_of=as_of.astimezone(UTC).replace(tzinfo=None)).fetchall():
        roles.setdefault(role, set()).update([queue] if queue else [])
    known = teams(con, as_of=as_of)
    sharing, held = {team}, set[str]()
    while True:
        queues = {queue for one in known if one.name in sharing for queue in one.queues}
        more = {role for role, answered in roles.items() if answered & queues}
        others = {one.name for one in known if set(one.queues) & set().union(*(roles[role] for role in more))}
        if more == held and others <= sharing:
            return _told(known, sharing, held) if held else None
        sharing, held = sharing | others, more


def _told(known: Sequence[Team], sharing: set[str], roles: set[str]) -> SharedRota:
    busiest = max((one for one in known if one.name in sharing), key=lambda one: one.tickets)
    return SharedRota(busiest.name, tuple(sorted(sharing)), tuple(sorted(roles)))
