"""What tickets took: the work recorded on them, or else the working time for which they were active, and who was in it.

Time worked is recorded where anybody told of any and did not take all of it back. Otherwise it is the time in the stage
active, by the working hours of the team whose queue the ticket was in when it became active. Of a ticket that never was
active, nothing is known.
"""

from datetime import datetime
from typing import Any

import duckdb
import polars as pl

from metrics import outcomes, policies
from metrics.beginnings import first_since
from metrics.columns import ask
from metrics.worktime import working_seconds_by

_OPENED = """
opened AS MATERIALIZED (
    SELECT ticket_id, author_id FROM store.ticket SEMI JOIN (/* concerned */) AS c USING (ticket_id)
    WHERE opened_at < $as_of AND ($since IS NULL OR opened_at >= $since) AND ($until IS NULL OR opened_at < $until)
)
"""
_RECORDED = f"""
WITH {_OPENED}
SELECT ticket_id, 60 * sum(try_cast(e.new AS DOUBLE)) AS recorded_seconds
FROM fact.event AS e SEMI JOIN opened USING (ticket_id)
WHERE e.field = 'effort' AND e.occurred_at >= $first AND e.occurred_at < $as_of
GROUP BY ticket_id HAVING sum(try_cast(e.new AS DOUBLE)) > 0
"""
_ACTIVE = f"""
WITH {_OPENED},
active AS (
    SELECT s.ticket_id, s.from_at, s.until_at
    FROM stage_spell($as_of) AS s SEMI JOIN opened USING (ticket_id)
    WHERE s.stage = 'active' AND s.from_at >= $first
),
queued AS (
    SELECT ticket_id, value AS queue, from_at, until_at FROM spell($as_of) SEMI JOIN opened USING (ticket_id)
    WHERE field = 'queue' AND from_at >= $first AND until_at IS DISTINCT FROM from_at
)
SELECT a.ticket_id, a.from_at, coalesce(a.until_at, $as_of) AS until_at, a.until_at IS NULL AS is_lasting,
    v.version AS calendar
FROM active AS a
ASOF LEFT JOIN queued AS q ON q.ticket_id = a.ticket_id AND a.from_at >= q.from_at
LEFT JOIN queue_calendar AS c ON c.queue = q.queue AND (q.until_at IS NULL OR q.until_at > a.from_at)
LEFT JOIN calendar_version AS v ON v.calendar = c.calendar AND a.from_at >= v.valid_from AND a.from_at < v.valid_until
"""
# Doing something to a ticket, or speaking on it. A mention elsewhere, a lock or a subscription is neither.
_PEOPLE = f"""
WITH {_OPENED}
SELECT e.ticket_id, count(DISTINCT a.name) AS people, to_json(list(DISTINCT a.name ORDER BY a.name)) AS names
FROM fact.event AS e
JOIN opened AS o USING (ticket_id)
JOIN actor AS a ON a.account_id = e.actor_id
LEFT JOIN actor AS author ON author.account_id = o.author_id
WHERE e.occurred_at >= $first AND e.occurred_at < $as_of AND NOT a.is_bot
    AND coalesce(a.person_id, e.actor_id) IS DISTINCT FROM coalesce(author.person_id, o.author_id)
    AND e.field IN ('comment', 'note', 'description', 'title', 'status', 'column', 'priority', 'owner', 'project',
        'label', 'queue', 'type', 'milestone', 'eta', 'effort', 'duplicate')
GROUP BY e.ticket_id
"""


def effort(
    con: duckdb.DuckDBPyConnection, as_of: datetime, since: datetime | None, until: datetime | None
) -> pl.DataFrame:
    """One row per ticket opened in [since, until) that took anything.

    ticket_id, effort_seconds (null where nothing is known), has_effort_recorded, people, names (a sorted JSON array);
    the last two are null where nobody had a hand in it.
    """
    asked: dict[str, Any] = {"as_of": as_of, "since": since, "until": until, "first": first_since(con, since)}
    if not outcomes.are_kept(con):
        return _labour(con, _about(outcomes.EVERY), **asked)
    moving = f"{outcomes.MOVING} UNION SELECT ticket_id FROM fact.labour WHERE is_active"
    told = [outcomes.narrowed(con, sql, as_of, moving) for sql in _about(moving)]
    return pl.concat([ask(con, _KNOWN, **asked).pl(), _labour(con, told, **asked)])


_COLUMNS = ("ticket_id", "effort_seconds", "has_effort_recorded", "people", "names")
_KNOWN = f"""
SELECT {", ".join(_COLUMNS)} FROM fact.labour WHERE NOT is_active AND last_at < $as_of
    AND ($since IS NULL OR opened_at >= $since) AND ($until IS NULL OR opened_at < $until)
"""


def labour(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """What `effort` says in the end of each ticket in `fact.subject`, as a fact: opened_at and last_at beside it, and
    is_active: it is at work still, so that only an instant says for how long."""
    asked: dict[str, Any] = {"as_of": outcomes.FOREVER, "since": None, "until": None, "first": first_since(con, None)}
    active = ask(con, _ACTIVE.replace("/* concerned */", outcomes.SUBJECT), **asked)
    lasting = active.filter("is_lasting").select("ticket_id").distinct().pl().with_columns(is_active=True)
    told = _labour(con, _about(outcomes.SUBJECT), **asked, has_lasting=False).join(
        lasting, on="ticket_id", how="full", coalesce=True
    )
    life = con.sql("SELECT ticket_id, opened_at, last_at FROM fact.life").pl()
    is_known = {name: pl.col(name).fill_null(value=False) for name in ("has_effort_recorded", "is_active")}
    return told.with_columns(**is_known).join(life, on="ticket_id")


def _about(tickets: str) -> list[str]:
    """What was recorded, was active and who had a hand in it, of the tickets that a query selects."""
    return [sql.replace("/* concerned */", tickets) for sql in (_RECORDED, _ACTIVE, _PEOPLE)]


def _labour(
    con: duckdb.DuckDBPyConnection, queries: list[str], *, has_lasting: bool = True, **asked: datetime | None
) -> pl.DataFrame:
    recorded, active, people = (ask(con, sql, **asked) for sql in queries)
    worked = _worked(con, (active if has_lasting else active.filter("NOT is_lasting")).pl())
    known = worked.join(recorded.pl(), on="ticket_id", how="full", coalesce=True)
    known = known.join(people.pl(), on="ticket_id", how="full", coalesce=True)
    effort_seconds, is_recorded = (
        pl.coalesce("recorded_seconds", "active_seconds"),
        pl.col("recorded_seconds").is_not_null(),
    )
    return known.with_columns(effort_seconds=effort_seconds, has_effort_recorded=is_recorded).select(_COLUMNS)


def _worked(con: duckdb.DuckDBPyConnection, spells: pl.DataFrame) -> pl.DataFrame:
    """ticket_id, active_seconds: null where no spell of the ticket has a calendar."""
    seconds = working_seconds_by(policies.calendars(con), spells["calendar"], spells["from_at"], spells["until_at"])
    spent = spells.with_columns(seconds=seconds).drop_nulls("seconds").group_by("ticket_id")
    return spent.agg(pl.col("seconds").sum().alias("active_seconds"))


def hands(frame: pl.DataFrame, by: str) -> pl.DataFrame:
    """How many had a hand in the tickets of each group, from their names: the group's column, people."""
    names = frame.select(by, pl.col("names").str.json_decode(pl.List(pl.String)))
    people = pl.col("names").drop_nulls().n_unique().cast(pl.Int64)
    return names.explode("names", empty_as_null=True).group_by(by).agg(people=people)
