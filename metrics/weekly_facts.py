"""What a week's page is told from: every metric's rows, each asked once, at one instant."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb
import polars as pl

from metrics import policies
from metrics.columns import ask, relation
from metrics.first_response import first_response
from metrics.flow import flow, weekly
from metrics.instants import parse_instant
from metrics.slo import slo
from metrics.slo_summary import slo_summary
from metrics.teams import Team
from metrics.ticket_state import ticket_state
from metrics.triage_latency import triage_latency
from metrics.weeks import Week
from metrics.worktime import Calendar

WEEKS_SHOWN = 12

# The title as it was: undone by the first renaming that came later. Addresses that a browser would run are dropped.
_TICKETS = """
WITH renamed AS (
    SELECT ticket_id, arg_min(old, (occurred_at, seq)) AS title FROM store.event
    WHERE field = 'title' AND occurred_at >= $as_of AND old IS NOT NULL GROUP BY ticket_id
)
SELECT t.ticket_id, t.key, CASE WHEN t.url SIMILAR TO 'https?://.*' THEN t.url END AS url,
    coalesce(renamed.title, t.title) AS title, t.opened_at,
    s.is_open, s.stage, s.priority, s.owners
FROM store.ticket AS t
LEFT JOIN renamed USING (ticket_id)
LEFT JOIN ticket_states AS s USING (ticket_id)
WHERE t.opened_at < $as_of
"""
_NAMES = """
SELECT a.login, coalesce(p.name, t.name, a.login)
FROM actor AS a JOIN store.account AS t USING (account_id) LEFT JOIN store.person AS p USING (person_id)
"""


@dataclass(frozen=True, eq=False)
class Facts:
    """Rows known at as_of (UTC, without a zone) for one team's queues, and the weeks they are shown by.

    changes, clocks, stays and answers are the rows of flow, slo, triage_latency and first_response of all time;
    tickets has ticket_id, key, url, title, opened_at, is_open, stage, priority, owner. promises is slo_summary over
    each policy's own window; weeks is flow by week, oldest first, ending with the week asked about.
    """

    team: Team
    week: Week
    as_of: datetime
    changes: pl.DataFrame
    weeks: pl.DataFrame
    clocks: pl.DataFrame
    promises: pl.DataFrame
    stays: pl.DataFrame
    answers: pl.DataFrame
    tickets: pl.DataFrame
    calendars: dict[str, Calendar] = field(repr=False)
    has_triage_rule: bool

    def bounds(self, week: Week) -> tuple[datetime, datetime]:
        """[from, until) of a week as far as it is known, UTC without a zone."""
        return naive(week.starts_at), min(naive(week.ends_at), self.as_of)

    @property
    def is_complete(self) -> bool:
        return naive(self.week.ends_at) <= self.as_of

    @property
    def shown_weeks(self) -> list[Week]:
        return self.week.through(WEEKS_SHOWN)


def naive(instant: datetime) -> datetime:
    return parse_instant(instant)


def gather(con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, week: Week, team: Team) -> Facts:
    """Ask every metric once."""
    instant, queues = parse_instant(as_of), list(team.queues)
    asked: dict[str, Any] = {"as_of": as_of, "queue": queues}
    changes, clocks = flow(con, **asked).pl(), slo(con, **asked).pl()
    return Facts(
        team=team,
        week=week,
        as_of=instant,
        changes=changes,
        weeks=weekly(relation(con, changes), week.through(WEEKS_SHOWN), as_of),
        clocks=_worked_out(clocks),
        promises=slo_summary(con, **asked, clocks=clocks),
        stays=triage_latency(con, **asked).pl(),
        answers=first_response(con, **asked).pl(),
        tickets=_tickets(con, instant, as_of),
        calendars=policies.calendars(con),
        has_triage_rule=_has_triage_rule(con, queues),
    )


def _has_triage_rule(con: duckdb.DuckDBPyConnection, queues: list[str]) -> bool:
    found = con.execute("SELECT 1 FROM queue_triage WHERE list_contains(?, queue) LIMIT 1", [queues]).fetchall()
    return bool(found)


def _worked_out(clocks: pl.DataFrame) -> pl.DataFrame:
    """Without clocks that nothing can judge: their queue has no calendar."""
    return clocks.filter(pl.col("verdict").is_not_null())


def _tickets(con: duckdb.DuckDBPyConnection, instant: datetime, as_of: str | datetime) -> pl.DataFrame:
    con.register("ticket_states", ticket_state(con, as_of=as_of).pl())
    try:
        tickets = ask(con, _TICKETS, as_of=instant).pl()
    finally:
        con.unregister("ticket_states")
    return tickets.with_columns(owner=_owner_names(con, tickets["owners"])).drop("owners")


def _owner_names(con: duckdb.DuckDBPyConnection, owners: pl.Series) -> pl.Series:
    """JSON lists of logins as the people's names, joined by commas; null where nobody owns the ticket."""
    names = dict(con.execute(_NAMES).fetchall())
    lists = owners.str.json_decode(pl.List(pl.String)).to_list()
    texts = [", ".join(names.get(login, login) for login in logins or []) or None for logins in lists]
    return pl.Series("owner", texts, pl.String)
