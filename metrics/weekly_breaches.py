"""The promises broken in a week, each with the reason in words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import duckdb
import polars as pl

from metrics import policies
from metrics.breach_reason import Broken, Deed, Held, reason
from metrics.columns import ask
from metrics.weekly_facts import Facts, naive
from metrics.wording import span

_DEEDS = """
SELECT e.ticket_id, e.occurred_at, e.field, e.old, e.new, e.is_bot, e.is_author
FROM known_event($as_of) AS e WHERE list_contains($tickets, e.ticket_id) ORDER BY e.occurred_at, e.seq
"""
_CONDITIONS = """
SELECT ticket_id, condition, changed_at, change
FROM condition_change($as_of) WHERE list_contains($tickets, ticket_id) ORDER BY changed_at, seq
"""


@dataclass(frozen=True, slots=True)
class Breach:
    """One broken promise. is_carried_over: it fell due before the week and is still open; late is working time."""

    ticket_id: str
    key: str
    url: str | None
    title: str
    owner: str | None
    priority: str | None
    policy: str
    cycle: int
    started_at: datetime
    due_at: datetime
    met_at: datetime | None
    is_open: bool
    is_carried_over: bool
    late_working_seconds: float
    late: str
    reason: str


def breaches(con: duckdb.DuckDBPyConnection, facts: Facts) -> tuple[Breach, ...]:
    """Clocks that fell due in the week and were broken, then those still open from before; the latest first."""
    chosen = _chosen(facts).join(facts.tickets.drop("key", "priority", "is_open"), on="ticket_id", how="left")
    tickets = chosen["ticket_id"].unique().to_list()
    deeds = _by_ticket(con, _DEEDS, facts.as_of, tickets, Deed)
    conditions = _by_ticket(con, _CONDITIONS, facts.as_of, tickets, Held)
    told = _Told(facts, deeds, conditions, _rules(con, chosen))
    return tuple(told.breach(row) for row in chosen.iter_rows(named=True))


def _chosen(facts: Facts) -> pl.DataFrame:
    since, until = facts.bounds(facts.week)
    broken = facts.clocks.filter(pl.col("verdict").str.starts_with("breached"))
    is_carried_over = pl.col("due_at") < since
    broken = broken.with_columns(
        is_carried_over=is_carried_over, is_waiting=pl.col("verdict") == "breached-open"
    ).filter(pl.col("due_at") < until, ~is_carried_over | pl.col("is_waiting"))
    return broken.sort(
        "is_carried_over", "is_waiting", "late_working_seconds", descending=[False, True, True], maintain_order=True
    )


def _by_ticket(
    con: duckdb.DuckDBPyConnection, query: str, as_of: datetime, tickets: list[str], kind: Any
) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {ticket: [] for ticket in tickets}
    for ticket_id, *told in ask(con, query, as_of=as_of, tickets=tickets).fetchall():
        found[ticket_id].append(kind(*told))
    return found


def _rules(con: duckdb.DuckDBPyConnection, chosen: pl.DataFrame) -> dict[tuple[str, str], list[policies.Version]]:
    """The versions of the triage rule that decide for a ticket in a queue."""
    groups = policies.versions(con, "triage")
    told = "SELECT ticket_id, source FROM store.ticket WHERE list_contains(?, ticket_id)"
    sources = dict(con.execute(told, [chosen["ticket_id"].unique().to_list()]).fetchall())
    places = chosen.select("ticket_id", "queue").unique().rows()
    return {(ticket, queue): policies.deciding(groups, sources[ticket], queue) for ticket, queue in places}


@dataclass(frozen=True, slots=True)
class _Told:
    facts: Facts
    deeds: dict[str, list[Deed]]
    conditions: dict[str, list[Held]]
    rules: dict[tuple[str, str], list[policies.Version]]

    def breach(self, row: dict[str, Any]) -> Breach:
        shown = {name: row[name] for name in Breach.__dataclass_fields__ if name not in ("late", "is_open", "reason")}
        is_waiting: bool = row["is_waiting"]
        return Breach(
            **shown, is_open=is_waiting, late=span(row["late_working_seconds"]), reason=reason(self._broken(row))
        )

    def _broken(self, row: dict[str, Any]) -> Broken:
        alike = ("clock", "goal", "started_at", "due_at", "met_at", "is_open", "paused_working_seconds")
        return Broken(
            **{name: row[name] for name in alike},
            calendar=self.facts.calendars[row["calendar"]],
            zone=self.facts.team.zone,
            near=naive(self.facts.week.starts_at) + timedelta(days=3.5),
            deeds=self.deeds[row["ticket_id"]],
            conditions=self.conditions[row["ticket_id"]],
            rule=self._rule((row["ticket_id"], row["queue"]), row["started_at"]),
        )

    def _rule(self, place: tuple[str, str], started_at: datetime) -> Any:
        versions = self.rules[place]
        return next((v.definition for v in versions if v.valid_from <= started_at < v.valid_until), None)
