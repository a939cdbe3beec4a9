"""Who answers which queue, and on whose clocks."""

from dataclasses import dataclass
from datetime import datetime

import duckdb

from metrics.columns import ask
from metrics.instants import parse_instant

_TEAMS = """
SELECT t.team, v.zone, coalesce(list(q.queue ORDER BY q.queue) FILTER (q.queue <> ''), []) AS queues,
    coalesce(sum(q.tickets), 0)::BIGINT AS tickets
FROM store.team AS t
LEFT JOIN calendar_version AS v ON v.calendar = t.calendar AND $as_of >= v.valid_from AND $as_of < v.valid_until
LEFT JOIN (
    SELECT c.team, c.queue, sum(p.tickets) AS tickets
    FROM queue_calendar AS c LEFT JOIN fact.place AS p USING (queue) GROUP BY c.team, c.queue
) AS q ON q.team = t.team
GROUP BY t.team, t.ordinal, v.zone ORDER BY t.ordinal
"""


@dataclass(frozen=True, slots=True)
class Team:
    """A team as the snapshot knows it; `zone` is UTC where no calendar says otherwise, and has_calendar tells."""

    name: str
    zone: str
    has_calendar: bool
    queues: tuple[str, ...]
    tickets: int


def teams(con: duckdb.DuckDBPyConnection, *, as_of: str | datetime) -> tuple[Team, ...]:
    """Every team, in the order of the settings, with the calendar in force at as_of."""
    rows = ask(con, _TEAMS, as_of=parse_instant(as_of)).fetchall()
    return tuple(
        Team(name, zone or "UTC", zone is not None, tuple(queues), tickets) for name, zone, queues, tickets in rows
    )
