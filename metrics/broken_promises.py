"""Why clocks missed their deadlines: everything a reason is told from, gathered for many clocks at once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import polars as pl

from metrics import policies
from metrics.beginnings import first_of
from metrics.breach_reason import Broken, Deed, Held, reason
from metrics.recent import ask_about
from metrics.worktime import Calendar

_DEEDS = """
SELECT e.ticket_id, e.occurred_at, e.field, e.old, e.new, e.is_bot, e.is_author
FROM known_event($as_of) AS e SEMI JOIN (SELECT unnest($tickets) AS ticket_id) USING (ticket_id)
WHERE e.occurred_at >= $first ORDER BY e.occurred_at, e.seq
"""
_CONDITIONS = """
SELECT ticket_id, condition, changed_at, change
FROM condition_change($as_of) SEMI JOIN (SELECT unnest($tickets) AS ticket_id) USING (ticket_id)
WHERE changed_at >= $first ORDER BY changed_at, seq
"""
_ALIKE = ("clock", "goal", "started_at", "due_at", "met_at", "is_open", "paused_working_seconds")


def reasons(
    con: duckdb.DuckDBPyConnection,
    broken: pl.DataFrame,
    *,
    as_of: datetime,
    zone: str,
    near: datetime,
    calendars: dict[str, Calendar] | None = None,
) -> list[str]:
    """One or two sentences for each row of `slo` whose verdict is a breach, in order; instants are told in `zone`.

    as_of and near are UTC without a zone; around `near`, a weekday needs no date.
    """
    if broken.is_empty():
        return []
    tickets = broken["ticket_id"].unique().to_list()
    told = _Told(
        calendars or policies.calendars(con),
        zone,
        near,
        _by_ticket(con, _DEEDS, as_of, tickets, Deed),
        _by_ticket(con, _CONDITIONS, as_of, tickets, Held),
        _rules(con, broken),
    )
    return [reason(told.broken(row)) for row in broken.iter_rows(named=True)]


def _by_ticket(
    con: duckdb.DuckDBPyConnection, query: str, as_of: datetime, tickets: list[str], kind: Any
) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {ticket: [] for ticket in tickets}
    for ticket_id, *told in ask_about(con, tickets, query, as_of=as_of, first=first_of(con, tickets)).fetchall():
        found[ticket_id].append(kind(*told))
    return found


def _rules(con: duckdb.DuckDBPyConnection, chosen: pl.DataFrame) -> dict[tuple[str, str], list[policies.Version]]:
    """The versions of the triage rule that decide for a ticket in a queue."""
    groups = policies.versions(con, "triage")
    told = (
        "SELECT ticket_id, source FROM fact.ticket SEMI JOIN (SELECT unnest($tickets) AS ticket_id) USING (ticket_id)"
    )
    sources = dict(ask_about(con, chosen["ticket_id"].unique().to_list(), told).fetchall())
    places = chosen.select("ticket_id", "queue").unique().rows()
    return {(ticket, queue): policies.deciding(groups, sources[ticket], queue) for ticket, queue in places}


@dataclass(frozen=True, slots=True)
class _Told:
    calendars: dict[str, Calendar]
    zone: str
    near: datetime
    deeds: dict[str, list[Deed]]
    conditions: dict[str, list[Held]]
    rules: dict[tuple[str, str], list[policies.Version]]

    def broken(self, row: dict[str, Any]) -> Broken:
        return Broken(
            **{name: row[name] for name in _ALIKE},
            calendar=self.calendars[row["calendar"]],
            zone=self.zone,
            near=self.near,
            deeds=self.deeds[row["ticket_id"]],
            conditions=self.conditions[row["ticket_id"]],
            rule=self._rule((row["ticket_id"], row["queue"]), row["started_at"]),
        )

    def _rule(self, place: tuple[str, str], started_at: datetime) -> Any:
        versions = self.rules[place]
        return next((v.definition for v in versions if v.valid_from <= started_at < v.valid_until), None)
